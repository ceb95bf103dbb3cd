from gearfast._native.c_base cimport gf_flags
from gearfast._native.c_thread cimport gf_bell, gf_poller
from gearfast._native.connection cimport io_thread
from gearfast._native.giving_way cimport giving_way
from gearfast._native.listener cimport listener_thread
from gearfast._native.processing cimport processing_thread

cdef extern from "<pthread.h>" nogil:
    ctypedef unsigned long pthread_t
    int pthread_join(pthread_t thread, void **result)

cdef enum:
    BELL_TAG = 1
    FIRST_LISTENER_TAG = 2
    FIRST_FREE_TAG = 1024  # tags from here on are addresses of connections
    WANT_STOP = 1


cdef struct loop_thread:
    # immutable after start
    gf_poller poller
    gf_bell bell
    listener_thread *listener  # each of the three is NULL unless this thread has the role
    io_thread *io
    processing_thread *proc
    giving_way way
    pthread_t thread
    bint is_started
    # raised by the main thread
    gf_flags wants


cdef int loop_init(loop_thread *loop) noexcept nogil
cdef int loop_start(loop_thread *loop, const char *name) noexcept nogil
cdef void loop_stop(loop_thread *loop) noexcept nogil
cdef void loop_free(loop_thread *loop) noexcept nogil
