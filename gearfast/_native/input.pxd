from gearfast._native.connection cimport connection, io_thread


cdef int input_receive(io_thread *io, connection *conn) noexcept nogil
cdef void input_drop(io_thread *io, connection *conn) noexcept nogil
