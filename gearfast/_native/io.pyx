"""The I/O thread's steps: take new connections, receive, hand over, take effects, send.

Each step is a plain function that never waits; gearfast._native.loop calls them in turn.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy
from posix.unistd cimport close

from gearfast._native.c_base cimport (
    GF_AGAIN,
    GF_NOMEM,
    GF_OK,
    gf_counter_add,
    gf_counter_bump,
    gf_counter_get,
)
from gearfast._native.c_block cimport (
    gf_block,
    gf_block_data,
    gf_block_new,
    gf_block_unref,
    gf_pool_collect,
    gf_pool_free,
    gf_pool_is_idle,
    gf_pool_keep_large,
    gf_pool_new,
)
from gearfast._native.c_core cimport (
    GF_EFFECT_CLOSE,
    GF_EFFECT_FORGET,
    GF_EFFECT_PAUSE,
    GF_EFFECT_RESUME,
    GF_EVENT_CONNECT,
    GF_EVENT_GONE,
    GF_LINE_MAX,
    gf_effect,
    gf_event,
)
from gearfast._native.c_socket cimport (
    EPOLLERR,
    EPOLLET,
    EPOLLHUP,
    EPOLLIN,
    EPOLLOUT,
    EPOLLPRI,
    EPOLLRDHUP,
    gf_socket_discard,
)
from gearfast._native.c_thread cimport (
    GF_LOG_INFO,
    GF_LOG_WARNING,
    gf_bell,
    gf_bell_ring,
    gf_lane,
    gf_lane_empty,
    gf_lane_flush,
    gf_lane_free,
    gf_lane_init,
    gf_lane_look,
    gf_lane_peek,
    gf_lane_peek_seen,
    gf_lane_release,
    gf_lane_unblock,
    gf_log_free,
    gf_log_init,
    gf_log_on,
    gf_log_write,
    gf_poller_add,
    gf_poller_change,
)
from gearfast._native.connection cimport (
    CONNECTION_FLUSHING,
    CONNECTION_FREE,
    CONNECTION_LEAVING,
    CONNECTION_OPEN,
    INPUT_DRAINED,
    INPUT_END,
    SCRATCH_SIZE,
    arrival,
    connection,
    io_thread,
)
from gearfast._native.events cimport (
    event_new,
    events_block,
    events_free,
    events_hand_over,
    events_init,
    events_stalled,
)
from gearfast._native.input cimport input_drop, input_receive
from gearfast._native.output cimport output_drop, output_effect, output_send
from gearfast._native.readers cimport readers_add, readers_can_go, readers_next, readers_wait
from gearfast._native.slots cimport slot_at, slots_drop, slots_free, slots_release, slots_take
from gearfast._native.unfinished cimport unfinished_late, unfinished_patience


cdef enum:
    ARRIVALS = 256
    EFFECTS = 2048
    COLLECT = 1000  # ms
    KEPT_LARGE = 33554432  # bytes of large blocks, for a second
    PAUSE_SHARE = 4  # over a quarter of max_output pending, nothing more is read
    MEMORY_SHARE = 8  # over an eighth of the memory limit pending, the same holds for
    PAUSE_EARLY = 65536  # bytes pending of one connection
    GONE_WEIGHT = 16384  # taking back what a worker registered
    SECOND = 1000  # ms
    TURN = 131072  # bytes received before what they brought is dealt with
    INSISTING = EPOLLRDHUP | EPOLLPRI | EPOLLERR | EPOLLHUP
    WATCHED = EPOLLIN | EPOLLRDHUP | EPOLLPRI | EPOLLET


cdef int io_start(io_thread *io, const io_options *options, gf_bell *log_reader) noexcept nogil:
    """Prepare a zeroed struct; whatever the result, io_free undoes it."""
    io.number = options.number
    io.stride = options.stride
    io.max_packet = options.max_packet
    io.max_output = options.max_output
    io.memory_share = options.memory_limit // MEMORY_SHARE // options.stride
    io.packet_timeout = options.packet_timeout
    io.pool = gf_pool_new()
    io.scratch = <uint8_t *>malloc(SCRATCH_SIZE + GF_LINE_MAX)
    if io.pool == NULL or io.scratch == NULL:
        return GF_NOMEM
    gf_pool_keep_large(io.pool, KEPT_LARGE)
    if gf_lane_init(&io.arrivals, ARRIVALS, sizeof(arrival)) != GF_OK:
        return GF_NOMEM
    if events_init(io) != GF_OK:
        return GF_NOMEM
    if gf_lane_init(&io.effects, EFFECTS, sizeof(gf_effect)) != GF_OK:
        return GF_NOMEM
    return gf_log_init(&io.log, log_reader, options.log_level)


cdef void drop_events(io_thread *io, gf_lane *lane) noexcept nogil:
    cdef gf_event *event = <gf_event *>gf_lane_peek(lane)
    while event != NULL:
        if event.block != NULL:
            gf_block_unref(event.block, io.pool)
        event = <gf_event *>gf_lane_peek(lane)
    gf_lane_release(lane)


cdef void drop_lanes(io_thread *io) noexcept nogil:
    """With every thread stopped: close or release what was still on its way."""
    cdef arrival *new
    cdef gf_effect *effect
    new = <arrival *>gf_lane_peek(&io.arrivals)
    while new != NULL:
        close(new.fd)
        new = <arrival *>gf_lane_peek(&io.arrivals)
    drop_events(io, &io.small.lane)
    drop_events(io, &io.bulk.lane)
    effect = <gf_effect *>gf_lane_peek(&io.effects)
    while effect != NULL:
        if effect.block != NULL:
            gf_block_unref(effect.block, io.pool)
        effect = <gf_effect *>gf_lane_peek(&io.effects)


cdef void io_drop(io_thread *io) noexcept nogil:
    """With every thread stopped: let go of all connections, and of every block that is not in the pool."""
    if io.pool == NULL or io.scratch == NULL:
        return
    while events_hand_over(io) or gf_lane_flush(&io.effects):
        drop_lanes(io)
        gf_lane_release(&io.effects)
    drop_lanes(io)
    slots_drop(io)
    gf_pool_collect(io.pool)


cdef void io_free(io_thread *io) noexcept nogil:
    """After io_drop of every I/O thread and the end of the core: blocks of one may come from another."""
    if io.pool != NULL:
        gf_pool_collect(io.pool)
        gf_pool_free(io.pool)
    slots_free(io)
    free(io.scratch)
    gf_lane_free(&io.arrivals)
    events_free(io)
    gf_lane_free(&io.effects)
    gf_log_free(&io.log)


cdef void set_dirty(io_thread *io, connection *conn) noexcept nogil:
    if conn.is_dirty:
        return
    conn.is_dirty = True
    conn.next_dirty = io.dirty
    io.dirty = conn


cdef void leave(io_thread *io, connection *conn) noexcept nogil:
    """Read nothing more and tell the processing thread; if that fails for want of memory, later."""
    cdef gf_event *event
    conn.is_bulk = True
    event = event_new(io, conn, GF_EVENT_GONE, GONE_WEIGHT)
    input_drop(io, conn)
    if event == NULL:
        set_dirty(io, conn)
        return
    conn.state = CONNECTION_LEAVING


cdef void log_closed(io_thread *io, const connection *conn) noexcept nogil:
    if gf_log_on(&io.log, GF_LOG_INFO):
        gf_log_write(&io.log, GF_LOG_INFO, b"Disconnected, connection %u.%u", conn.slot, conn.generation)


cdef void disconnect(io_thread *io, connection *conn) noexcept nogil:
    """The socket is of no more use: drop what was to be sent over it."""
    output_drop(io, conn)
    if conn.fd >= 0:
        close(conn.fd)
        conn.fd = -1
        log_closed(io, conn)
    if conn.state == CONNECTION_OPEN:
        leave(io, conn)
    elif conn.state == CONNECTION_FLUSHING:
        set_dirty(io, conn)


cdef void greet(io_thread *io, connection *conn, const arrival *new, gf_block *address) noexcept nogil:
    """The processing thread hears of a connection before anything it sends."""
    cdef gf_event *event = event_new(io, conn, GF_EVENT_CONNECT, new.address_size)
    if event == NULL:
        gf_block_unref(address, io.pool)
        conn.fd = -1
        close(new.fd)
        slots_release(io, conn)
        return
    event.argument1 = <uint32_t>new.fd
    event.size = new.address_size
    event.block = address
    conn.state = CONNECTION_OPEN
    if gf_log_on(&io.log, GF_LOG_INFO):
        gf_log_write(
            &io.log,
            GF_LOG_INFO,
            b"Accepted connection %u.%u from %.*s",
            conn.slot,
            conn.generation,
            <int>new.address_size,
            new.address,
        )
    if gf_poller_add(io.poller, conn.fd, <uint64_t>conn, WATCHED) != GF_OK:
        disconnect(io, conn)


cdef void open_connection(io_thread *io, const arrival *new) noexcept nogil:
    cdef connection *conn = slots_take(io)
    cdef gf_block *address = gf_block_new(io.pool, new.address_size)
    if conn == NULL or address == NULL:
        gf_log_write(&io.log, GF_LOG_WARNING, b"Refused a connection: out of memory")
        if address != NULL:
            gf_block_unref(address, io.pool)
        if conn != NULL:
            slots_release(io, conn)
        else:
            gf_counter_add(io.open_connections, -1)
        close(new.fd)
        return
    memcpy(gf_block_data(address), new.address, new.address_size)
    conn.fd = new.fd
    conn.failed = conn.at_end = False
    conn.is_bulk = True
    conn.is_paused = conn.is_held_back = conn.insists = conn.is_blocked = False
    greet(io, conn, new, address)


cdef void io_take_arrivals(io_thread *io) noexcept nogil:
    """Connections the listener has dealt to this thread."""
    cdef arrival *new = <arrival *>gf_lane_peek(&io.arrivals)
    if new == NULL:
        return
    while new != NULL:
        open_connection(io, new)
        new = <arrival *>gf_lane_peek(&io.arrivals)
    gf_lane_release(&io.arrivals)


cdef void io_ready(io_thread *io, connection *conn, uint32_t events) noexcept nogil:
    """What the poller says of a connection, once: it is remembered until it is dealt with."""
    if conn.fd < 0:
        return
    if events & (EPOLLOUT | EPOLLERR | EPOLLHUP):
        set_dirty(io, conn)
    if conn.state == CONNECTION_OPEN and events & ~<uint32_t>EPOLLOUT:
        if events & INSISTING:
            conn.insists = conn.is_bulk = True
        readers_add(io, conn)


cdef void receive(io_thread *io, connection *conn) noexcept nogil:
    cdef int result
    if conn.fd < 0 or conn.state != CONNECTION_OPEN or conn.is_paused:
        return
    result = input_receive(io, conn)
    if result == GF_OK:
        readers_add(io, conn)
    elif result == INPUT_END:
        leave(io, conn)
    elif result != GF_AGAIN and result != INPUT_DRAINED:
        disconnect(io, conn)


cdef void close_unfinished(io_thread *io) noexcept nogil:
    cdef connection *conn = unfinished_late(io)
    while conn != NULL:
        gf_counter_bump(&io.closed_unfinished, 1)
        gf_log_write(
            &io.log,
            GF_LOG_WARNING,
            b"Closed connection %u.%u: its packet did not come to its end within --packet-timeout of %lld s",
            conn.slot,
            conn.generation,
            <long long>(io.packet_timeout // SECOND),
        )
        disconnect(io, conn)
        conn = unfinished_late(io)


cdef void io_receive(io_thread *io) noexcept nogil:
    """Read from those whose turn it is, until this turn's share is received or too much is under way."""
    cdef connection *conn
    cdef uint64_t most = gf_counter_get(&io.bytes_in) + TURN
    close_unfinished(io)
    while gf_counter_get(&io.bytes_in) < most:
        conn = readers_next(io)
        if conn == NULL:
            return
        receive(io, conn)


cdef void io_hand_over(io_thread *io) noexcept nogil:
    """Publish this turn's events, and wake the processing thread for all of them at once."""
    if events_hand_over(io) and io.processing_bell != io.bell:
        gf_bell_ring(io.processing_bell)


cdef connection *addressee(const io_thread *io, const gf_effect *effect) noexcept nogil:
    cdef connection *conn = slot_at(io, effect.peer.slot // io.stride)
    return conn if conn.generation == effect.peer.generation and conn.state != CONNECTION_FREE else NULL


cdef void apply(io_thread *io, const gf_effect *effect) noexcept nogil:
    cdef connection *conn = addressee(io, effect)
    if conn == NULL:
        return
    if effect.kind == GF_EFFECT_FORGET:
        conn.state = CONNECTION_FLUSHING
        set_dirty(io, conn)
    elif effect.kind == GF_EFFECT_PAUSE or effect.kind == GF_EFFECT_RESUME:
        conn.is_held_back = effect.kind == GF_EFFECT_PAUSE
        set_dirty(io, conn)
    elif effect.kind == GF_EFFECT_CLOSE:
        if conn.fd >= 0:
            gf_log_write(&io.log, GF_LOG_WARNING, b"Closed a connection: out of memory")
        disconnect(io, conn)
    elif conn.fd >= 0:
        set_dirty(io, conn)
        if not output_effect(io, conn, effect):
            disconnect(io, conn)


cdef void io_take_effects(io_thread *io) noexcept nogil:
    """What the processing thread wants said up to now; it may go on as fast as this does."""
    cdef gf_effect *effect
    gf_lane_look(&io.effects)
    effect = <gf_effect *>gf_lane_peek_seen(&io.effects)
    if effect == NULL:
        return
    while effect != NULL:
        apply(io, effect)
        if effect.block != NULL:
            gf_block_unref(effect.block, io.pool)
        effect = <gf_effect *>gf_lane_peek_seen(&io.effects)
    gf_lane_release(&io.effects)
    if gf_lane_unblock(&io.effects) and io.processing_bell != io.bell:
        gf_bell_ring(io.processing_bell)


cdef void finish(io_thread *io, connection *conn) noexcept nogil:
    """Everything is said and the processing thread has forgotten it."""
    if conn.fd >= 0:
        gf_socket_discard(conn.fd, io.scratch, SCRATCH_SIZE)
        close(conn.fd)
        conn.fd = -1
        log_closed(io, conn)
    slots_release(io, conn)


cdef void go_on_later(io_thread *io, connection *conn, bint is_blocked) noexcept nogil:
    """What was not sent is sent in the next turn, or when the peer takes more."""
    if not is_blocked:
        set_dirty(io, conn)
    elif not conn.is_blocked:
        conn.is_blocked = True
        if gf_poller_change(io.poller, conn.fd, <uint64_t>conn, WATCHED | EPOLLOUT) != GF_OK:
            disconnect(io, conn)


cdef inline uint64_t most_pending(const io_thread *io) noexcept nogil:
    """Of a connection that is read from."""
    cdef uint64_t most = io.max_output // PAUSE_SHARE
    if io.memory_share != 0 and gf_counter_get(&io.output) > io.memory_share:
        return most if most < PAUSE_EARLY else PAUSE_EARLY
    return most


cdef void close_slow_reader(io_thread *io, connection *conn) noexcept nogil:
    gf_counter_bump(&io.closed_output, 1)
    gf_log_write(
        &io.log,
        GF_LOG_WARNING,
        b"Closed connection %u.%u: more than --max-output of %llu bytes waits to be read",
        conn.slot,
        conn.generation,
        <unsigned long long>io.max_output,
    )
    disconnect(io, conn)


cdef void pause_or_resume(io_thread *io, connection *conn) noexcept nogil:
    """Who does not take the answers, or is held back by the processing thread, is not read from."""
    cdef bint was_paused = conn.is_paused
    conn.is_paused = conn.is_held_back or conn.pending > most_pending(io)
    if was_paused and not conn.is_paused and conn.state == CONNECTION_OPEN:
        readers_add(io, conn)


cdef void send_one(io_thread *io, connection *conn) noexcept nogil:
    cdef int result
    if conn.fd < 0:
        if conn.state == CONNECTION_OPEN:
            leave(io, conn)
        elif conn.state == CONNECTION_FLUSHING:
            finish(io, conn)
        return
    result = output_send(io, conn)
    if conn.pending > io.max_output:
        close_slow_reader(io, conn)
    elif result != GF_OK and result != GF_AGAIN:
        disconnect(io, conn)
    elif conn.state == CONNECTION_FLUSHING and conn.pending == 0:
        finish(io, conn)
    else:
        pause_or_resume(io, conn)
        if conn.pending > 0:
            go_on_later(io, conn, result == GF_AGAIN)


cdef void io_send(io_thread *io) noexcept nogil:
    """One write for each connection that has something to be sent."""
    cdef connection *conn
    cdef connection *todo = io.dirty
    io.dirty = NULL
    while todo != NULL:
        conn = todo
        todo = conn.next_dirty
        conn.is_dirty = False
        send_one(io, conn)
    gf_pool_collect(io.pool)


cdef uint64_t io_patience(io_thread *io) noexcept nogil:
    """Milliseconds to sleep at most: blocks that other threads drop meanwhile are only collected here."""
    cdef uint64_t late = unfinished_patience(io)
    return late if gf_pool_is_idle(io.pool) or late < COLLECT else COLLECT


cdef bint io_has_work(io_thread *io) noexcept nogil:
    """The look before sleeping."""
    if io.dirty != NULL or readers_can_go(io):
        return True
    return not gf_lane_empty(&io.effects) or not gf_lane_empty(&io.arrivals)


cdef void io_before_sleep(io_thread *io) noexcept nogil:
    """Have the processing thread wake this one when it has taken what this one waits for, if it does."""
    if events_stalled(io) or readers_wait(io):
        events_block(io)
        io_hand_over(io)
