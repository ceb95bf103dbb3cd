"""What a connection sends: receiving it, cutting it into packets and text lines, handing them on.

Everything is received into the thread's one scratch buffer and parsed in place, but for a body that is not
complete yet: the rest of that goes straight to where it will stay.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memcpy

from gearfast._native.c_base cimport GF_NOMEM, GF_OK, gf_counter_bump
from gearfast._native.c_block cimport gf_block, gf_block_data, gf_block_new, gf_block_unref
from gearfast._native.c_core cimport (
    GF_ERROR_LINE_TOO_LONG,
    GF_ERROR_MAGIC,
    GF_ERROR_MISSING_ARGUMENT,
    GF_ERROR_NO_MEMORY,
    GF_ERROR_NONE,
    GF_ERROR_PACKET_TOO_LARGE,
    GF_EVENT_FAULT,
    GF_EVENT_LINE,
    GF_EVENT_PACKET,
    GF_HEADER_SIZE,
    GF_JOB_ROOM,
    GF_LINE_MAX,
    GF_MAGIC_REQ,
    gf_event,
    gf_packet_info,
    gf_packets,
)
from gearfast._native.c_socket cimport gf_socket_receive, iovec
from gearfast._native.connection cimport INPUT_DRAINED, INPUT_END, SCRATCH_SIZE, connection, io_thread
from gearfast._native.events cimport event_new
from gearfast._native.packet cimport cut_arguments, hash_arguments, parse_head
from gearfast._native.unfinished cimport unfinished_begin, unfinished_end


cdef enum:
    KEPT = 0  # nothing used: more has to come first
    SHARE = 4096  # bytes received at once
    BULK_SHARE = 32768  # of a connection that sends in bulk: small packets, many of them
    LARGE = 16384  # bytes of a packet; from who sent one as large, SCRATCH_SIZE is received at once
    BODY_SHARE = 131072  # bytes of a body


cdef gf_event *new_event(io_thread *io, connection *conn, uint8_t kind, uint32_t weight) noexcept nogil:
    cdef gf_event *event = event_new(io, conn, kind, weight)
    conn.failed |= event == NULL
    return event


cdef void fault(io_thread *io, connection *conn, uint32_t error, bint is_last) noexcept nogil:
    """Have the error answered in turn; after the last one the connection is closed."""
    cdef gf_event *event = new_event(io, conn, GF_EVENT_FAULT, 0)
    if event != NULL:
        event.error = <uint8_t>error
    if is_last:
        conn.at_end = True


cdef void deliver(
    io_thread *io, connection *conn, uint32_t type, gf_block *block, uint32_t size
) noexcept nogil:
    """Hand on a packet whose body, if it has any, lies in `block`."""
    cdef gf_event *event = new_event(io, conn, GF_EVENT_PACKET, size)
    cdef const uint8_t *body = <const uint8_t *>b""
    cdef uint32_t error
    gf_counter_bump(&io.packets_in, 1)
    if event == NULL:
        if block != NULL:
            gf_block_unref(block, io.pool)
        return
    event.type = <uint8_t>type
    event.size = size
    event.block = block
    if block != NULL:
        body = gf_block_data(block) + (GF_JOB_ROOM if gf_packets[type].submit else 0)
    if not gf_packets[type].request:
        return
    error = cut_arguments(body, event)
    if error == GF_ERROR_NONE:
        hash_arguments(&io.seed, body, event)
        return
    event.kind = GF_EVENT_FAULT
    event.error = <uint8_t>error
    conn.at_end |= error == GF_ERROR_MISSING_ARGUMENT


cdef uint32_t refuse(io_thread *io, connection *conn, uint32_t error) noexcept nogil:
    """Answer a packet by its header alone and pass over its body."""
    fault(io, conn, error, False)
    conn.skip = conn.head.size
    return GF_HEADER_SIZE


cdef uint32_t deliver_head(io_thread *io, connection *conn) noexcept nogil:
    """Hand on a packet whose body, if it has any, does not matter."""
    deliver(io, conn, conn.head.type, NULL, 0)
    conn.skip = conn.head.size
    return GF_HEADER_SIZE


cdef uint32_t begin_body(io_thread *io, connection *conn, const uint8_t *bytes, uint32_t size) noexcept nogil:
    """Put what is there of the body where it will stay."""
    cdef uint32_t room = GF_JOB_ROOM if gf_packets[conn.head.type].submit else 0
    cdef uint32_t have = size if size < conn.head.size else conn.head.size
    cdef gf_block *block = gf_block_new(io.pool, <size_t>room + conn.head.size)
    if block == NULL:
        return refuse(io, conn, GF_ERROR_NO_MEMORY)
    memcpy(gf_block_data(block) + room, bytes, have)
    conn.is_large |= conn.head.size >= LARGE
    if have == conn.head.size:
        deliver(io, conn, conn.head.type, block, have)
    else:
        conn.body = block
        conn.body_have = have
    return GF_HEADER_SIZE + have


cdef uint32_t parse_packet(
    io_thread *io, connection *conn, const uint8_t *bytes, uint32_t size
) noexcept nogil:
    cdef const gf_packet_info *info
    cdef uint32_t error
    if size < GF_HEADER_SIZE:
        return KEPT
    error = parse_head(bytes, &conn.head)
    if error != GF_ERROR_NONE:
        fault(io, conn, error, True)
        return size
    info = &gf_packets[conn.head.type]
    if conn.head.magic != GF_MAGIC_REQ:
        return refuse(io, conn, GF_ERROR_MAGIC)
    if not info.request or (info.arguments == 0 and not info.data):
        return deliver_head(io, conn)
    if conn.head.size > io.max_packet:
        return refuse(io, conn, GF_ERROR_PACKET_TOO_LARGE)
    if conn.head.size == 0:
        return deliver_head(io, conn)
    return begin_body(io, conn, bytes + GF_HEADER_SIZE, size - GF_HEADER_SIZE)


cdef void deliver_line(io_thread *io, connection *conn, const uint8_t *line, uint32_t size) noexcept nogil:
    cdef gf_block *block = NULL
    cdef gf_event *event
    if size > 0:
        block = gf_block_new(io.pool, size)
        if block == NULL:
            fault(io, conn, GF_ERROR_NO_MEMORY, False)
            return
        memcpy(gf_block_data(block), line, size)
    event = new_event(io, conn, GF_EVENT_LINE, size)
    if event != NULL:
        event.block = block
        event.size = size
    elif block != NULL:
        gf_block_unref(block, io.pool)


cdef uint32_t parse_line(io_thread *io, connection *conn, const uint8_t *bytes, uint32_t size) noexcept nogil:
    cdef uint32_t most = size if size < GF_LINE_MAX else GF_LINE_MAX
    cdef const uint8_t *end = <const uint8_t *>memchr(bytes, c"\n", most)
    cdef uint32_t length
    if end == NULL:
        if size < GF_LINE_MAX:
            return KEPT
        fault(io, conn, GF_ERROR_LINE_TOO_LONG, True)
        return size
    length = <uint32_t>(end - bytes)
    deliver_line(io, conn, bytes, length - 1 if length > 0 and bytes[length - 1] == c"\r" else length)
    return length + 1


cdef uint32_t parse_next(io_thread *io, connection *conn, const uint8_t *bytes, uint32_t size) noexcept nogil:
    """How many bytes the next message, or the rest of a refused one, took; KEPT when it is not complete."""
    cdef uint32_t passed
    if conn.skip > 0:
        passed = size if size < conn.skip else <uint32_t>conn.skip
        conn.skip -= passed
        return passed
    if bytes[0] == 0:
        return parse_packet(io, conn, bytes, size)
    return parse_line(io, conn, bytes, size)


cdef void keep(io_thread *io, connection *conn, const uint8_t *bytes, uint32_t size) noexcept nogil:
    conn.carry = gf_block_new(io.pool, size)
    if conn.carry == NULL:
        conn.failed = True
        return
    memcpy(gf_block_data(conn.carry), bytes, size)
    conn.carry_size = size


cdef bint parse(io_thread *io, connection *conn, const uint8_t *bytes, uint32_t size) noexcept nogil:
    """Whether any part has ended: a head, a line, a body."""
    cdef uint32_t at = 0, used
    cdef bint has_ended = False, is_passed_over
    while at < size and not conn.at_end and not conn.failed:
        is_passed_over = conn.skip > 0
        used = parse_next(io, conn, bytes + at, size - at)
        if used == KEPT:
            keep(io, conn, bytes + at, size - at)
            return has_ended
        at += used
        has_ended |= not is_passed_over or conn.skip == 0
    return has_ended


cdef inline uint32_t share(const connection *conn) noexcept nogil:
    """Small packets make much work; large ones are cheaper to copy than to receive in two pieces."""
    if not conn.is_bulk:
        return SHARE
    return SCRATCH_SIZE if conn.is_large else BULK_SHARE


cdef int place_receive(const io_thread *io, const connection *conn, iovec *into) noexcept nogil:
    """Where the next bytes go: the rest of a body first, what follows it into the scratch buffer."""
    cdef uint32_t room, missing
    if conn.body == NULL:
        into[0].iov_base = io.scratch + conn.carry_size
        into[0].iov_len = share(conn)
        return 1
    room = GF_JOB_ROOM if gf_packets[conn.head.type].submit else 0
    missing = conn.head.size - conn.body_have
    into[0].iov_base = gf_block_data(conn.body) + room + conn.body_have
    into[0].iov_len = missing if missing < BODY_SHARE else BODY_SHARE
    into[1].iov_base = io.scratch
    into[1].iov_len = share(conn)
    return 2 if missing <= BODY_SHARE else 1


cdef uint32_t fill_body(io_thread *io, connection *conn, uint32_t size) noexcept nogil:
    """Count what was received into the body; returns how much of it went to the scratch buffer."""
    cdef uint32_t missing = conn.head.size - conn.body_have
    cdef gf_block *body = conn.body
    if size < missing:
        conn.body_have += size
        return 0
    conn.body = NULL
    deliver(io, conn, conn.head.type, body, conn.head.size)
    return size - missing


cdef void take_carry(io_thread *io, connection *conn) noexcept nogil:
    memcpy(io.scratch, gf_block_data(conn.carry), conn.carry_size)
    gf_block_unref(conn.carry, io.pool)
    conn.carry = NULL
    conn.carry_size = 0


cdef void account(io_thread *io, connection *conn, bint has_ended) noexcept nogil:
    """What is not complete counts, in bytes and in time."""
    cdef uint64_t held = conn.carry_size + (conn.body_have if conn.body != NULL else 0)
    if held != conn.input_held:
        gf_counter_bump(&io.input, held - conn.input_held)
        conn.input_held = held
    if held == 0 and conn.skip == 0 and conn.body == NULL:
        unfinished_end(io, conn)
    elif has_ended or conn.unfinished_since == 0:
        unfinished_begin(io, conn)


cdef void take_in(io_thread *io, connection *conn, uint32_t size) noexcept nogil:
    """Hand on what is complete of the bytes that were just received."""
    cdef uint32_t carried = conn.carry_size
    cdef bint has_ended = False
    conn.is_large = conn.body != NULL and conn.head.size >= LARGE
    if conn.body != NULL:
        size = fill_body(io, conn, size)
        has_ended = conn.body == NULL
    elif conn.carry != NULL:
        take_carry(io, conn)
        size += carried
    has_ended |= parse(io, conn, io.scratch, size)
    account(io, conn, has_ended)


cdef int input_receive(io_thread *io, connection *conn) noexcept nogil:
    """Receive once and hand on what is complete.

    GF_OK: there may be more. GF_AGAIN, INPUT_DRAINED: nothing more for now; the poller will tell. INPUT_END:
    nothing more comes, but answers are to be sent. GF_ESYS, GF_NOMEM: it is broken.
    """
    cdef iovec into[2]
    cdef int count = place_receive(io, conn, into)
    cdef size_t asked = into[0].iov_len + (into[1].iov_len if count > 1 else 0)
    cdef ssize_t received = gf_socket_receive(conn.fd, into, count)
    if received < 0:
        return <int>received
    if received == 0:
        return INPUT_END
    gf_counter_bump(&io.bytes_in, <uint64_t>received)
    conn.is_bulk = received >= SHARE
    take_in(io, conn, <uint32_t>received)
    if conn.failed:
        return GF_NOMEM
    if conn.at_end:
        return INPUT_END
    return GF_OK if <size_t>received == asked or conn.insists else INPUT_DRAINED


cdef void input_drop(io_thread *io, connection *conn) noexcept nogil:
    """Forget what was received and is not complete."""
    if conn.carry != NULL:
        gf_block_unref(conn.carry, io.pool)
    if conn.body != NULL:
        gf_block_unref(conn.body, io.pool)
    conn.carry = NULL
    conn.carry_size = 0
    conn.body = NULL
    conn.skip = 0
    account(io, conn, False)
