"""A connection to an SQLite database as the store's thread writes to it: without Python's global lock.

Every function returns SQLITE_OK, or another number after writing down in `trouble` what was wrong.
"""

from libc.errno cimport errno
from libc.string cimport memcpy
from posix.stat cimport fstat, stat, struct_stat

from gearfast._native.sqlite_library cimport (
    SQLITE_DONE,
    SQLITE_OK,
    SQLITE_OPEN_NOMUTEX,
    SQLITE_PREPARE_PERSISTENT,
    SQLITE_ROW,
    SQLITE_UTF8,
)

cdef extern from "<string.h>" nogil:
    size_t strnlen(const char *text, size_t most)

cdef enum:
    NOT_SQLITES = -1  # no code of SQLite's
    COLUMNS = 6


cdef int link_open(sqlite_link *link, int descriptor, int flags, int busy_ms) noexcept nogil:
    """With `lib`, `path` and `sql` set, the rest zero. `descriptor` is of the file that must be there."""
    cdef struct_stat status
    if fstat(descriptor, &status) != 0:
        return system_failed(link)
    link.device = status.st_dev
    link.inode = status.st_ino
    if link.lib.open_v2(link.path, &link.database, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK:
        return link_failed(link)
    if link.lib.busy_timeout(link.database, busy_ms) != SQLITE_OK:
        return link_failed(link)
    return SQLITE_OK


cdef void link_close(sqlite_link *link) noexcept nogil:
    cdef int nth
    for nth in range(STATEMENTS):
        link.lib.finalize(link.statements[nth])
        link.statements[nth] = NULL
    link.lib.close_v2(link.database)
    link.database = NULL


# --- what goes wrong ---

cdef int link_failed(sqlite_link *link) noexcept nogil:
    """SQLite has failed: keeps what it says, which the next call changes."""
    cdef const char *text = link.lib.errmsg(link.database)
    cdef size_t size = strnlen(text, TROUBLE_SIZE - 1)
    memcpy(link.trouble, text, size)
    link.trouble[size] = 0
    link.system_error = 0
    link.is_replaced = False
    return NOT_SQLITES


cdef int system_failed(sqlite_link *link) noexcept nogil:
    link.system_error = errno
    return NOT_SQLITES


cdef int replaced(sqlite_link *link) noexcept nogil:
    link.system_error = 0
    link.is_replaced = True
    return NOT_SQLITES


# --- statements ---

cdef int check_file(sqlite_link *link) noexcept nogil:
    """SQLite would go on writing to a file that has been deleted."""
    cdef struct_stat status
    if stat(link.path, &status) != 0:
        return system_failed(link)
    if status.st_dev != link.device or status.st_ino != link.inode:
        return replaced(link)
    return SQLITE_OK


cdef int prepare(sqlite_link *link, int nth) noexcept nogil:
    """Once a connection; SQLite keeps it right when the table changes."""
    if link.statements[nth] != NULL:
        return SQLITE_OK
    if link.lib.prepare_v3(
        link.database, link.sql[nth], -1, SQLITE_PREPARE_PERSISTENT, &link.statements[nth], NULL
    ) != SQLITE_OK:
        return link_failed(link)
    return SQLITE_OK


cdef int run(sqlite_link *link, int nth) noexcept nogil:
    cdef int result = link.lib.step(link.statements[nth])
    if result == SQLITE_DONE or result == SQLITE_ROW:
        link.lib.reset(link.statements[nth])
        return SQLITE_OK
    link_failed(link)
    link.lib.reset(link.statements[nth])
    return result


cdef int execute(sqlite_link *link, int nth) noexcept nogil:
    cdef int result = prepare(link, nth)
    return result if result != SQLITE_OK else run(link, nth)


cdef inline int bind_text(sqlite_link *link, int nth, int at, const char *text, uint32_t size) noexcept nogil:
    """It is not copied: it stays where it is until the statement has run. It need not be UTF-8."""
    return link.lib.bind_text64(link.statements[nth], at, text, size, NULL, SQLITE_UTF8)


# The first that fails ends it: the next would change what SQLite says was wrong.

cdef int bind_key(sqlite_link *link, int nth, int at, const job_row *row) noexcept nogil:
    cdef int result = bind_text(link, nth, at, row.key, row.key_size)
    return result or bind_text(link, nth, at + 1, row.function, row.function_size)


cdef int bind_row(sqlite_link *link, int nth, int at, const job_row *row) noexcept nogil:
    """To six places from `at` on."""
    cdef sqlite3_stmt *statement = link.statements[nth]
    cdef int result = bind_key(link, nth, at, row)
    result = result or link.lib.bind_int64(statement, at + 2, row.priority)
    result = result or link.lib.bind_blob64(statement, at + 3, row.data, row.data_size, NULL)
    result = result or link.lib.bind_int64(statement, at + 4, row.when)
    if row.reducer_size > 0:
        return result or bind_text(link, nth, at + 5, row.reducer, row.reducer_size)
    return result or link.lib.bind_null(statement, at + 5)


# --- transactions ---

cdef int link_begin(sqlite_link *link) noexcept nogil:
    cdef int result = check_file(link)
    return result if result != SQLITE_OK else execute(link, BEGIN)


cdef int put(sqlite_link *link, int nth, const job_row *rows, int count) noexcept nogil:
    cdef int index, bound = SQLITE_OK, result = prepare(link, nth)
    if result != SQLITE_OK:
        return result
    for index in range(count):
        bound = bound or bind_row(link, nth, COLUMNS * index + 1, &rows[index])
    return run(link, nth) if bound == SQLITE_OK else link_failed(link)


cdef int link_put(sqlite_link *link, const job_row *row) noexcept nogil:
    """A job of the same key and function is replaced."""
    return put(link, PUT, row, 1)


cdef int link_put_many(sqlite_link *link, const job_row *rows) noexcept nogil:
    """The same with MANY jobs: SQLite keeps its place in the table and in the index from row to row."""
    return put(link, PUT_MANY, rows, MANY)


cdef int link_remove(sqlite_link *link, const job_row *row) noexcept nogil:
    """It need not be there."""
    cdef int result = prepare(link, REMOVE)
    if result != SQLITE_OK:
        return result
    return run(link, REMOVE) if bind_key(link, REMOVE, 1, row) == SQLITE_OK else link_failed(link)


cdef int link_end(sqlite_link *link, int result) noexcept nogil:
    """Commits if `result`, of what came since link_begin, is SQLITE_OK; else, and if that fails, undoes it.

    A rollback has nothing to say of its own: SQLite has done it by itself, or it succeeds.
    """
    if result == SQLITE_OK:
        result = execute(link, COMMIT)
    if result != SQLITE_OK and link.lib.get_autocommit(link.database) == 0:
        prepare(link, ROLLBACK)
        link.lib.step(link.statements[ROLLBACK])
        link.lib.reset(link.statements[ROLLBACK])
    return result
