"""An SQLite database as Python uses it: queries, and the writes that the store's thread makes natively."""

import os

from gearfast.stores.base import StoreError

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memset

from gearfast._native.sqlite_library cimport (
    SQLITE_BLOB,
    SQLITE_DONE,
    SQLITE_FLOAT,
    SQLITE_INTEGER,
    SQLITE_OK,
    SQLITE_OPEN_CREATE,
    SQLITE_OPEN_READWRITE,
    SQLITE_ROW,
    SQLITE_TEXT,
    SQLITE_UTF8,
    find_sqlite,
    sqlite3_stmt,
)
from gearfast._native.sqlite_link cimport (
    BEGIN,
    COMMIT,
    MANY,
    PUT,
    PUT_MANY,
    REMOVE,
    ROLLBACK,
    job_row,
    link_begin,
    link_close,
    link_end,
    link_failed,
    link_open,
    link_put,
    link_remove,
)

cdef extern from "Python.h":
    Py_ssize_t PY_SSIZE_T_MAX

cdef enum:
    UNDO = -1  # any result but SQLITE_OK

ROW = "(?, ?, ?, ?, ?, ?)"


cdef void name_job(job_row *row, bytes key, bytes function) noexcept:
    row.key = PyBytes_AS_STRING(key)
    row.key_size = <unsigned int>PyBytes_GET_SIZE(key)
    row.function = PyBytes_AS_STRING(function)
    row.function_size = <unsigned int>PyBytes_GET_SIZE(function)


cdef void fill_values(job_row *row, int priority, bytes data, object when, bytes reducer):
    row.priority = priority
    row.data = PyBytes_AS_STRING(data)
    row.data_size = <unsigned int>PyBytes_GET_SIZE(data)
    row.when = when
    row.reducer_size = 0
    if reducer is not None:
        row.reducer = PyBytes_AS_STRING(reducer)
        row.reducer_size = <unsigned int>PyBytes_GET_SIZE(reducer)


cdef class Database:
    """One connection, used by one thread at a time. Every method but `close` raises StoreError.

    `path` is of a file that is open under `descriptor`; it must not be closed before the database, since that
    would drop SQLite's own locks. `put` writes jobs, up to its VALUES; `remove` deletes one.
    """

    def __cinit__(self):
        memset(&self.link, 0, sizeof(self.link))

    def __init__(
        self,
        bytes path not None,
        int descriptor,
        *,
        bint creates,
        int busy_ms,
        str put not None,
        str remove not None,
    ):
        cdef int flags = SQLITE_OPEN_READWRITE | (SQLITE_OPEN_CREATE if creates else 0)
        self.path = path
        put_many = f"{put} {', '.join([ROW] * MANY)}"
        self.statements = (f"{put} {ROW}".encode(), put_many.encode(), remove.encode())
        self.link.lib = find_sqlite()
        self.link.path = self.path
        self.link.sql[BEGIN] = b"BEGIN IMMEDIATE"
        self.link.sql[COMMIT] = b"COMMIT"
        self.link.sql[ROLLBACK] = b"ROLLBACK"
        self.link.sql[PUT] = <bytes>self.statements[0]
        self.link.sql[PUT_MANY] = <bytes>self.statements[1]
        self.link.sql[REMOVE] = <bytes>self.statements[2]
        self.check(link_open(&self.link, descriptor, flags, busy_ms))

    def __dealloc__(self):
        self.close()

    def close(self) -> None:
        if self.link.database != NULL:
            with nogil:
                link_close(&self.link)

    cdef check(self, int result):
        if result != SQLITE_OK:
            raise self.problem()

    cdef object problem(self):
        """What the last call that failed has to say."""
        cdef bytes trouble = self.link.trouble
        path = os.fsdecode(self.path)
        if self.link.system_error > 0:
            return StoreError(f"{path}: {os.strerror(self.link.system_error)}")
        if self.link.is_replaced:
            return StoreError(f"{path} has been replaced")
        return StoreError(trouble.decode("utf-8", "replace"))

    # Queries

    def query(self, str sql not None, *values, Py_ssize_t most=PY_SSIZE_T_MAX) -> list:
        """The rows, text as bytes; no more of them once they have `most` bytes of text and data."""
        cdef sqlite3_stmt *statement = NULL
        cdef bytes text = sql.encode()
        if self.link.lib.prepare_v3(self.link.database, text, -1, 0, &statement, NULL) != SQLITE_OK:
            link_failed(&self.link)
            raise self.problem()
        try:
            self.bind(statement, values)
            return self.rows_of(statement, most)
        finally:
            self.link.lib.finalize(statement)

    cdef bind(self, sqlite3_stmt *statement, tuple values):
        """The values live longer than the statement, so nothing is copied."""
        cdef int nth = 0, result
        cdef bytes text
        for value in values:
            nth += 1
            if isinstance(value, int):
                result = self.link.lib.bind_int64(statement, nth, value)
            else:
                text = value
                result = self.link.lib.bind_text64(
                    statement, nth, text, PyBytes_GET_SIZE(text), NULL, SQLITE_UTF8
                )
            if result != SQLITE_OK:
                link_failed(&self.link)
                raise self.problem()

    cdef list rows_of(self, sqlite3_stmt *statement, Py_ssize_t most):
        cdef list rows = []
        cdef Py_ssize_t size = 0
        cdef int result
        while size <= most:
            with nogil:
                result = self.link.lib.step(statement)
            if result == SQLITE_DONE:
                break
            if result != SQLITE_ROW:
                link_failed(&self.link)
                raise self.problem()
            row = self.row_of(statement)
            rows.append(row)
            size += sum(len(value) for value in row if type(value) is bytes)
        return rows

    cdef tuple row_of(self, sqlite3_stmt *statement):
        cdef int nth
        return tuple([self.value_of(statement, nth) for nth in range(self.link.lib.column_count(statement))])

    cdef object value_of(self, sqlite3_stmt *statement, int nth):
        cdef int kind = self.link.lib.column_type(statement, nth)
        cdef const char *data
        cdef int size
        if kind == SQLITE_INTEGER:
            return self.link.lib.column_int64(statement, nth)
        if kind == SQLITE_FLOAT:
            return self.link.lib.column_double(statement, nth)
        if kind == SQLITE_TEXT or kind == SQLITE_BLOB:
            data = <const char *>self.link.lib.column_blob(statement, nth)
            size = self.link.lib.column_bytes(statement, nth)
            if data == NULL and size > 0:
                link_failed(&self.link)
                raise self.problem()
            return PyBytes_FromStringAndSize(data, size)
        return None

    # Transactions

    def begin(self) -> None:
        cdef int result
        with nogil:
            result = link_begin(&self.link)
        self.check(result)

    def put(self, adds) -> None:
        """Jobs as in Batch.adds."""
        cdef job_row row
        cdef int result
        for key, function, priority, data, when, reducer in adds:
            name_job(&row, key, function)
            fill_values(&row, priority, data, when, reducer)
            with nogil:
                result = link_put(&self.link, &row)
            self.check(result)

    def remove(self, keys) -> None:
        """Jobs as in Batch.dones."""
        cdef job_row row
        cdef int result
        for key, function in keys:
            name_job(&row, key, function)
            with nogil:
                result = link_remove(&self.link, &row)
            self.check(result)

    def commit(self) -> None:
        cdef int result
        with nogil:
            result = link_end(&self.link, SQLITE_OK)
        self.check(result)

    def rollback(self) -> None:
        with nogil:
            link_end(&self.link, UNDO)
