"""What every native thread runs: sleep until something is ready, then the steps of its roles, in turn.

The thread modes differ only in which roles each thread has: one thread with all three, a listener beside a
thread with two, or one thread for each role and several for I/O.
"""

from libc.stdint cimport uint32_t, uint64_t

from gearfast._native.c_base cimport GF_ESYS, GF_OK, gf_flags_get, gf_flags_raise
from gearfast._native.c_socket cimport EPOLLET, EPOLLIN
from gearfast._native.c_thread cimport (
    GF_POLLER_BATCH,
    gf_bell_awake,
    gf_bell_close,
    gf_bell_init,
    gf_bell_ring,
    gf_bell_sleep,
    gf_poller_add,
    gf_poller_close,
    gf_poller_init,
    gf_poller_wait,
    gf_ready,
)
from gearfast._native.connection cimport connection
from gearfast._native.giving_way cimport give_way
from gearfast._native.io cimport (
    io_before_sleep,
    io_hand_over,
    io_has_work,
    io_patience,
    io_ready,
    io_receive,
    io_send,
    io_take_arrivals,
    io_take_effects,
)
from gearfast._native.listener cimport (
    listener_has_work,
    listener_patience,
    listener_ready,
    listener_step,
)
from gearfast._native.processing cimport processing_has_work, processing_patience, processing_step

cdef extern from "gf_thread.h" nogil:
    ctypedef void *gf_thread_main(void *argument) noexcept nogil
    int gf_thread_start(pthread_t *thread, const char *name, gf_thread_main *run, void *argument)

cdef extern from "<limits.h>":
    enum:
        INT_MAX


cdef enum:
    PROCESSING_YIELDS = 8
    IO_YIELDS = 1


cdef int loop_init(loop_thread *loop) noexcept nogil:
    """Prepare a zeroed struct without descriptors (-1); whatever the result, loop_free undoes it."""
    if gf_poller_init(&loop.poller) != GF_OK or gf_bell_init(&loop.bell) != GF_OK:
        return GF_ESYS
    # Edge-triggered, so that it need not be read: each ring is told once.
    return gf_poller_add(&loop.poller, loop.bell.fd, BELL_TAG, EPOLLIN | EPOLLET)


cdef void loop_free(loop_thread *loop) noexcept nogil:
    if loop.bell.fd >= 0:
        gf_bell_close(&loop.bell)
    if loop.poller.fd >= 0:
        gf_poller_close(&loop.poller)


cdef bint is_stopping(const loop_thread *loop) noexcept nogil:
    return gf_flags_get(&loop.wants) & WANT_STOP != 0


cdef bint has_work(loop_thread *loop) noexcept nogil:
    if loop.listener != NULL and listener_has_work(loop.listener):
        return True
    if loop.io != NULL and io_has_work(loop.io):
        return True
    if loop.proc != NULL and processing_has_work(loop.proc):
        return True
    return is_stopping(loop)


cdef inline uint64_t shorter(uint64_t one, uint64_t other) noexcept nogil:
    return one if one < other else other


cdef int patience(loop_thread *loop) noexcept nogil:
    """How long to sleep, in ms; -1: until something happens."""
    cdef uint64_t least = <uint64_t>-1
    if loop.listener != NULL:
        least = listener_patience(loop.listener)
    if loop.io != NULL:
        least = shorter(least, io_patience(loop.io))
    if loop.proc != NULL:
        least = shorter(least, processing_patience(loop.proc))
    if least == <uint64_t>-1:
        return -1
    return INT_MAX if least > INT_MAX else <int>least


cdef bint linger(loop_thread *loop) noexcept nogil:
    """Let others run first: what they bring meanwhile needs no wake-up, which costs far more than a yield."""
    cdef int _index
    for _index in range(loop.way.times):
        if not give_way(&loop.way):
            return has_work(loop)
        if has_work(loop):
            return True
    return False


cdef int fall_asleep(loop_thread *loop) noexcept nogil:
    """The time-out to poll with. Everything is looked at once more after declaring sleep: see gf_bell.h."""
    if has_work(loop) or linger(loop):
        return 0
    gf_bell_sleep(&loop.bell)
    if loop.io != NULL:
        io_before_sleep(loop.io)
    if has_work(loop):
        gf_bell_awake(&loop.bell)
        return 0
    return patience(loop)


cdef void dispatch(loop_thread *loop, const gf_ready *ready) noexcept nogil:
    if ready.tag >= FIRST_FREE_TAG:
        io_ready(loop.io, <connection *>ready.tag, ready.events)
    elif ready.tag != BELL_TAG:
        listener_ready(loop.listener, <uint32_t>(ready.tag - FIRST_LISTENER_TAG))


cdef void wait(loop_thread *loop) noexcept nogil:
    cdef gf_ready ready[256]
    cdef int index
    cdef int count = gf_poller_wait(&loop.poller, ready, GF_POLLER_BATCH, fall_asleep(loop))
    gf_bell_awake(&loop.bell)
    for index in range(count):
        dispatch(loop, &ready[index])


cdef void take_steps(loop_thread *loop) noexcept nogil:
    """Data flows one way: arrivals, events, effects, output."""
    if loop.listener != NULL:
        listener_step(loop.listener)
    if loop.io != NULL:
        io_take_arrivals(loop.io)
        io_receive(loop.io)
        io_hand_over(loop.io)
    if loop.proc != NULL:
        processing_step(loop.proc)
    if loop.io != NULL:
        io_take_effects(loop.io)
        io_send(loop.io)
        io_hand_over(loop.io)


cdef void *run(void *argument) noexcept nogil:
    cdef loop_thread *loop = <loop_thread *>argument
    while not is_stopping(loop):
        wait(loop)
        take_steps(loop)
    take_steps(loop)
    return NULL


cdef int yields_of(const loop_thread *loop) noexcept nogil:
    """The processing thread is worth waiting for, by everybody; nobody is beside a thread with both roles."""
    if (loop.io == NULL) == (loop.proc == NULL):
        return 0
    return PROCESSING_YIELDS if loop.proc != NULL else IO_YIELDS


cdef int loop_start(loop_thread *loop, const char *name) noexcept nogil:
    """GF_ESYS when the system gives no thread."""
    cdef int result
    loop.way.times = yields_of(loop)
    result = gf_thread_start(&loop.thread, name, run, loop)
    loop.is_started = result == GF_OK
    return result


cdef void loop_stop(loop_thread *loop) noexcept nogil:
    """Have the thread take its steps once more, and wait for its end. Does nothing if it does not run."""
    if not loop.is_started:
        return
    gf_flags_raise(&loop.wants, WANT_STOP)
    gf_bell_ring(&loop.bell)
    pthread_join(loop.thread, NULL)
    loop.is_started = False
