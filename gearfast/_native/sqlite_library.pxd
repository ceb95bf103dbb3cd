from libc.stdint cimport int64_t, uint64_t

cdef extern from *:
    """
    typedef struct sqlite3 sqlite3;
    typedef struct sqlite3_stmt sqlite3_stmt;
    """
    ctypedef struct sqlite3:
        pass
    ctypedef struct sqlite3_stmt:
        pass

cdef enum:
    SQLITE_OK = 0
    SQLITE_ROW = 100
    SQLITE_DONE = 101
    SQLITE_INTEGER = 1
    SQLITE_FLOAT = 2
    SQLITE_TEXT = 3
    SQLITE_BLOB = 4
    SQLITE_OPEN_READWRITE = 0x2
    SQLITE_OPEN_CREATE = 0x4
    SQLITE_OPEN_NOMUTEX = 0x8000
    SQLITE_PREPARE_PERSISTENT = 1
    SQLITE_UTF8 = 1

ctypedef void (*sqlite3_destructor)(void *) noexcept nogil


cdef struct sqlite_library:
    # In the order of NAMES in sqlite_library.pyx, and nothing else.
    int (*open_v2)(const char *path, sqlite3 **database, int flags, const char *vfs) noexcept nogil
    int (*close_v2)(sqlite3 *database) noexcept nogil
    int (*busy_timeout)(sqlite3 *database, int milliseconds) noexcept nogil
    const char *(*errmsg)(sqlite3 *database) noexcept nogil
    int (*get_autocommit)(sqlite3 *database) noexcept nogil
    int (*prepare_v3)(
        sqlite3 *database, const char *sql, int size, unsigned flags, sqlite3_stmt **made, const char **tail
    ) noexcept nogil
    int (*step)(sqlite3_stmt *statement) noexcept nogil
    int (*reset)(sqlite3_stmt *statement) noexcept nogil
    int (*finalize)(sqlite3_stmt *statement) noexcept nogil
    int (*bind_blob64)(
        sqlite3_stmt *statement, int nth, const void *data, uint64_t size, sqlite3_destructor keeps
    ) noexcept nogil
    int (*bind_text64)(
        sqlite3_stmt *statement,
        int nth,
        const char *text,
        uint64_t size,
        sqlite3_destructor keeps,
        unsigned char encoding,
    ) noexcept nogil
    int (*bind_int64)(sqlite3_stmt *statement, int nth, int64_t value) noexcept nogil
    int (*bind_null)(sqlite3_stmt *statement, int nth) noexcept nogil
    int (*column_count)(sqlite3_stmt *statement) noexcept nogil
    int (*column_type)(sqlite3_stmt *statement, int nth) noexcept nogil
    int64_t (*column_int64)(sqlite3_stmt *statement, int nth) noexcept nogil
    double (*column_double)(sqlite3_stmt *statement, int nth) noexcept nogil
    const void *(*column_blob)(sqlite3_stmt *statement, int nth) noexcept nogil
    int (*column_bytes)(sqlite3_stmt *statement, int nth) noexcept nogil


cdef const sqlite_library *find_sqlite() except NULL
