from libc.stdint cimport int64_t, uint32_t
from posix.types cimport dev_t, ino_t

from gearfast._native.sqlite_library cimport sqlite3, sqlite3_stmt, sqlite_library

cdef enum:
    TROUBLE_SIZE = 256
    MANY = 16  # rows that PUT_MANY writes

cdef enum:
    BEGIN
    COMMIT
    ROLLBACK
    PUT
    PUT_MANY
    REMOVE
    STATEMENTS


cdef struct job_row:
    # Borrowed texts; a reducer of no bytes is none.
    const char *key
    const char *function
    const char *data
    const char *reducer
    uint32_t key_size
    uint32_t function_size
    uint32_t data_size
    uint32_t reducer_size
    int64_t when
    int priority


cdef struct sqlite_link:
    # immutable once it is open
    const sqlite_library *lib
    sqlite3 *database
    const char *path  # borrowed
    const char *sql[STATEMENTS]  # borrowed
    dev_t device
    ino_t inode
    # owned by whoever uses the store
    sqlite3_stmt *statements[STATEMENTS]
    # why the last call failed: one of the three
    int system_error  # errno, or 0
    bint is_replaced  # the file: another one is in its place
    char trouble[TROUBLE_SIZE]  # what SQLite said


cdef int link_open(sqlite_link *link, int descriptor, int flags, int busy_ms) noexcept nogil
cdef void link_close(sqlite_link *link) noexcept nogil
cdef int link_failed(sqlite_link *link) noexcept nogil
cdef int link_begin(sqlite_link *link) noexcept nogil
cdef int link_put(sqlite_link *link, const job_row *row) noexcept nogil
cdef int link_put_many(sqlite_link *link, const job_row *rows) noexcept nogil
cdef int link_remove(sqlite_link *link, const job_row *row) noexcept nogil
cdef int link_end(sqlite_link *link, int result) noexcept nogil
