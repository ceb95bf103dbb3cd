from gearfast._native.sqlite_library cimport sqlite3_stmt
from gearfast._native.sqlite_link cimport sqlite_link


cdef class Database:
    cdef sqlite_link link
    cdef bytes path
    cdef tuple statements

    cdef check(self, int result)
    cdef object problem(self)
    cdef bind(self, sqlite3_stmt *statement, tuple values)
    cdef list rows_of(self, sqlite3_stmt *statement, Py_ssize_t most)
    cdef tuple row_of(self, sqlite3_stmt *statement)
    cdef object value_of(self, sqlite3_stmt *statement, int nth)
