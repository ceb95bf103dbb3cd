"""What a connection is still to be sent: encoding effects, queueing their bytes, writing them out.

Short pieces are copied together; long ones are sent from the block they lie in.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from gearfast._native.c_base cimport GF_AGAIN, GF_OK, gf_counter_bump, gf_put_u32
from gearfast._native.c_block cimport gf_block, gf_block_data, gf_block_new, gf_block_ref, gf_block_unref
from gearfast._native.c_core cimport (
    GF_EFFECT_TEXT,
    GF_HANDLE_FIRST,
    GF_HANDLE_NONE,
    GF_HEADER_SIZE,
    GF_MAGIC_RES,
    gf_effect,
    gf_error_info,
    gf_errors,
)
from gearfast._native.c_socket cimport GF_SOCKET_IOV, gf_socket_send, iovec
from gearfast._native.connection cimport connection, io_thread, segment
from gearfast._native.packet cimport put_head

cdef enum:
    COPIED_AT_MOST = 1024
    FIRST_SEGMENT = 448
    NEXT_SEGMENT = 8128
    HEAD_SIZE = 96  # packet header, handle, NUL
    SHORT_SEGMENT = HEAD_SIZE  # between two pieces that are sent from their blocks
    SHARE = 131072  # bytes sent at once


cdef inline void release_segment(io_thread *io, segment *piece) noexcept nogil:
    if piece.block != NULL:
        gf_block_unref(piece.block, io.pool)
    gf_block_unref((<gf_block *>piece) - 1, io.pool)


cdef segment *add_segment(io_thread *io, connection *conn, uint32_t room) noexcept nogil:
    cdef gf_block *block = gf_block_new(io.pool, sizeof(segment) + room)
    if block == NULL:
        return NULL
    cdef segment *piece = <segment *>gf_block_data(block)
    piece.next = NULL
    piece.block = NULL
    piece.at = <uint8_t *>(piece + 1)
    piece.length = 0
    piece.room = block.size - <uint32_t>sizeof(segment)
    if conn.last != NULL:
        conn.last.next = piece
    else:
        conn.first = piece
    conn.last = piece
    return piece


cdef inline uint32_t room_behind(const segment *piece) noexcept nogil:
    """Of the next segment. Behind a long piece there may be just the head of another: room costs memory."""
    if piece == NULL:
        return FIRST_SEGMENT
    return NEXT_SEGMENT if piece.block == NULL else SHORT_SEGMENT


cdef inline void add_pending(io_thread *io, connection *conn, uint64_t size) noexcept nogil:
    conn.pending += size
    gf_counter_bump(&io.output, size)


cdef bint append_copy(io_thread *io, connection *conn, const uint8_t *bytes, uint32_t size) noexcept nogil:
    cdef segment *piece = conn.last
    cdef uint32_t room
    if size == 0:
        return True
    if piece == NULL or piece.room < size:
        room = room_behind(piece)
        piece = add_segment(io, conn, room if room > size else size)
        if piece == NULL:
            return False
    memcpy(piece.at + piece.length, bytes, size)
    piece.length += size
    piece.room -= size
    add_pending(io, conn, size)
    return True


cdef bint append_range(
    io_thread *io, connection *conn, gf_block *block, uint32_t at, uint32_t size
) noexcept nogil:
    cdef segment *piece
    if size <= COPIED_AT_MOST:
        return size == 0 or append_copy(io, conn, gf_block_data(block) + at, size)
    piece = add_segment(io, conn, 0)
    if piece == NULL:
        return False
    piece.block = gf_block_ref(block)
    piece.at = gf_block_data(block) + at
    piece.length = size
    piece.room = 0
    add_pending(io, conn, size)
    return True


cdef uint32_t put_handle(const io_thread *io, const gf_effect *effect, uint8_t *out) noexcept nogil:
    cdef uint32_t size = io.prefix_size
    memcpy(out, io.prefix, size)
    out[size] = c":"
    size += 1
    size += gf_put_u32(out + size, effect.number)
    if effect.handle == GF_HANDLE_FIRST:
        out[size] = 0
        size += 1
    return size


cdef bint append_packet(io_thread *io, connection *conn, const gf_effect *effect) noexcept nogil:
    cdef uint8_t head[HEAD_SIZE]
    cdef uint32_t size = GF_HEADER_SIZE
    cdef const gf_error_info *error = &gf_errors[effect.error]
    cdef uint32_t lengths = effect.length + effect.length2
    if effect.handle != GF_HANDLE_NONE:
        size += put_handle(io, effect, head + size)
    put_head(head, GF_MAGIC_RES, effect.type, size - GF_HEADER_SIZE + error.size + lengths)
    gf_counter_bump(&io.packets_out, 1)
    return (
        append_copy(io, conn, head, size)
        and append_copy(io, conn, <const uint8_t *>error.body, error.size)
        and append_range(io, conn, effect.block, effect.at, effect.length)
        and append_range(io, conn, effect.block, effect.at2, effect.length2)
    )


cdef bint output_effect(io_thread *io, connection *conn, const gf_effect *effect) noexcept nogil:
    """Queue what the effect says; False when memory is out, and the connection can't go on."""
    if effect.kind == GF_EFFECT_TEXT:
        return append_range(io, conn, effect.block, effect.at, effect.length)
    return append_packet(io, conn, effect)


cdef int gather(const connection *conn, iovec *pieces, uint64_t *size) noexcept nogil:
    """The first pieces, of `size` bytes together: one connection's share of a turn."""
    cdef segment *piece = conn.first
    cdef int count = 0
    size[0] = 0
    while piece != NULL and count < GF_SOCKET_IOV and size[0] < SHARE:
        pieces[count].iov_base = piece.at
        pieces[count].iov_len = piece.length if piece.length < SHARE else SHARE
        size[0] += pieces[count].iov_len
        count += 1
        piece = piece.next
    return count


cdef void consume(io_thread *io, connection *conn, uint64_t sent) noexcept nogil:
    cdef segment *piece
    add_pending(io, conn, <uint64_t>0 - sent)
    while conn.first != NULL and sent >= conn.first.length:
        piece = conn.first
        sent -= piece.length
        conn.first = piece.next
        release_segment(io, piece)
    if conn.first == NULL:
        conn.last = NULL
    else:
        conn.first.at += sent
        conn.first.length -= <uint32_t>sent


cdef int output_send(io_thread *io, connection *conn) noexcept nogil:
    """Send a share of what is pending: GF_OK; GF_AGAIN when the peer takes no more now; GF_ESYS."""
    cdef iovec pieces[64]
    cdef uint64_t asked
    cdef ssize_t sent
    cdef int count
    if conn.pending == 0:
        return GF_OK
    count = gather(conn, pieces, &asked)
    sent = gf_socket_send(conn.fd, pieces, count)
    if sent < 0:
        return <int>sent
    gf_counter_bump(&io.bytes_out, <uint64_t>sent)
    consume(io, conn, <uint64_t>sent)
    return GF_OK if <uint64_t>sent == asked else GF_AGAIN


cdef void output_drop(io_thread *io, connection *conn) noexcept nogil:
    """Forget what was still to be sent."""
    cdef segment *piece
    while conn.first != NULL:
        piece = conn.first
        conn.first = piece.next
        release_segment(io, piece)
    conn.last = NULL
    add_pending(io, conn, <uint64_t>0 - conn.pending)
