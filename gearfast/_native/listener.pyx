"""The listener's step: accept, and deal the connections to the I/O threads in turn."""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memcpy
from posix.time cimport CLOCK_MONOTONIC
from posix.unistd cimport close

from gearfast._native.c_base cimport (
    GF_AGAIN,
    GF_FULL,
    gf_counter_add,
    gf_counter_bump,
    gf_counter_get,
    gf_flags_get,
    gf_flags_take,
)
from gearfast._native.c_socket cimport EPOLLIN, gf_socket_accept
from gearfast._native.c_thread cimport (
    GF_LOG_ERROR,
    GF_LOG_WARNING,
    gf_bell_ring,
    gf_lane_flush,
    gf_lane_push,
    gf_lane_stalled,
    gf_log_free,
    gf_log_init,
    gf_log_write,
    gf_poller_add,
    gf_poller_remove,
)
from gearfast._native.clock cimport milliseconds
from gearfast._native.connection cimport ADDRESS_SIZE, arrival, io_thread


cdef enum:
    ACCEPTED_AT_ONCE = 256
    PAUSE = 100  # ms without accepting once descriptors have run out
    RETRY = 5  # ms until an I/O thread may have room again


cdef int listener_start(listener_thread *listener, gf_bell *log_reader, int log_level) noexcept nogil:
    """Prepare a zeroed struct; whatever the result, listener_free undoes it."""
    return gf_log_init(&listener.log, log_reader, log_level)


cdef void close_all(listener_thread *listener) noexcept nogil:
    cdef uint32_t index
    for index in range(listener.count):
        close(listener.descriptors[index])
    listener.count = 0


cdef void listener_free(listener_thread *listener) noexcept nogil:
    close_all(listener)
    gf_log_free(&listener.log)


cdef bint listener_watch(listener_thread *listener) noexcept nogil:
    """Have the poller tell of new connections; False when it can't."""
    cdef uint64_t tag
    cdef uint32_t index
    for index in range(listener.count):
        tag = listener.first_tag + index
        if gf_poller_add(listener.poller, listener.descriptors[index], tag, EPOLLIN) < 0:
            return False
    listener.is_paused = False
    return True


cdef void pause(listener_thread *listener) noexcept nogil:
    """Out of descriptors: those who wait stay in the backlog, and nobody spins meanwhile."""
    cdef uint32_t index
    if listener.is_paused:
        return
    listener.is_paused = True
    listener.resume_at = milliseconds(CLOCK_MONOTONIC) + PAUSE
    for index in range(listener.count):
        gf_poller_remove(listener.poller, listener.descriptors[index])
    gf_log_write(&listener.log, GF_LOG_WARNING, b"Out of file descriptors: not accepting for a moment")


cdef bint is_full(listener_thread *listener) noexcept nogil:
    cdef uint64_t limit = listener.max_connections
    return limit != 0 and gf_counter_get(&listener.open_connections) >= limit


cdef void refuse(listener_thread *listener, int fd) noexcept nogil:
    gf_counter_bump(&listener.refused, 1)  # first: whoever sees the close may ask for the count
    close(fd)
    gf_log_write(
        &listener.log,
        GF_LOG_WARNING,
        b"Refused a connection: --max-connections of %llu is reached",
        <unsigned long long>listener.max_connections,
    )


cdef void deal(listener_thread *listener, int fd, const char *address, uint32_t size) noexcept nogil:
    cdef io_thread *io = &listener.io[listener.next_io]
    cdef arrival *new = <arrival *>gf_lane_push(&io.arrivals)
    if new == NULL:
        close(fd)
        return
    listener.next_io = (listener.next_io + 1) % listener.io_count
    new.fd = fd
    new.address_size = size
    memcpy(new.address, address, size)
    gf_counter_add(&listener.open_connections, 1)
    gf_counter_bump(&listener.accepted, 1)


cdef bint accept_one(listener_thread *listener, int descriptor) noexcept nogil:
    """False when there is no more to accept now."""
    cdef char address[ADDRESS_SIZE]
    cdef uint32_t size = 0
    cdef int fd = gf_socket_accept(descriptor, address, &size)
    if fd == GF_FULL:
        pause(listener)
    elif fd < 0 and fd != GF_AGAIN:
        gf_log_write(&listener.log, GF_LOG_ERROR, b"accept() failed")
    if fd < 0:
        return False
    if is_full(listener):
        refuse(listener, fd)
    else:
        deal(listener, fd, address, size)
    return True


cdef void hand_over(listener_thread *listener) noexcept nogil:
    cdef uint32_t index
    cdef io_thread *io
    for index in range(listener.io_count):
        io = &listener.io[index]
        if gf_lane_flush(&io.arrivals) and io.bell != listener.bell:
            gf_bell_ring(io.bell)


cdef void listener_ready(listener_thread *listener, uint32_t index) noexcept nogil:
    """The poller says that somebody wants to connect."""
    cdef uint32_t count = 0
    if index >= listener.count:
        return
    while count < ACCEPTED_AT_ONCE and accept_one(listener, listener.descriptors[index]):
        count += 1


cdef void listener_step(listener_thread *listener) noexcept nogil:
    """Hand over what was accepted, and accept again after a pause."""
    hand_over(listener)
    if listener.is_paused and milliseconds(CLOCK_MONOTONIC) >= listener.resume_at:
        if not listener_watch(listener):
            gf_log_write(&listener.log, GF_LOG_ERROR, b"The poller refuses a listening socket")
    if gf_flags_take(&listener.wants) & WANT_CLOSE:
        close_all(listener)


cdef bint listener_has_work(listener_thread *listener) noexcept nogil:
    """The look before sleeping."""
    return gf_flags_get(&listener.wants) != 0


cdef uint64_t listener_patience(listener_thread *listener) noexcept nogil:
    """Milliseconds until accepting or handing over is to be tried again; UINT64_MAX: no need to."""
    cdef uint32_t index
    for index in range(listener.io_count):
        if gf_lane_stalled(&listener.io[index].arrivals):
            return RETRY
    return PAUSE if listener.is_paused else <uint64_t>-1
