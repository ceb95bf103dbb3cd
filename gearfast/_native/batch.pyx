"""What the store is to commit at once: records taken from the lane, thinned out, and their rows."""

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from gearfast._native.c_base cimport GF_NOMEM, GF_OK
from gearfast._native.c_block cimport gf_block, gf_block_data, gf_block_unref, gf_pool_collect
from gearfast._native.c_core cimport GF_JOB_ROOM, GF_RECORD_ADD
from gearfast._native.c_thread cimport gf_bell_ring, gf_lane_peek, gf_lane_release, gf_lane_unblock

cdef enum:
    RECORDS_MOST = 16384
    BYTES_MOST = 33554432  # of blocks; one block may be more
    PLACES_MOST = 2 * RECORDS_MOST


cdef int batch_init(record_batch *batch) noexcept nogil:
    """Prepare a zeroed struct; whatever the result, batch_free undoes it."""
    batch.records = <gf_record *>malloc(RECORDS_MOST * sizeof(gf_record))
    batch.places = <uint32_t *>malloc(PLACES_MOST * sizeof(uint32_t))
    return GF_NOMEM if batch.records == NULL or batch.places == NULL else GF_OK


cdef void batch_free(record_batch *batch) noexcept nogil:
    """After batch_drop."""
    free(batch.records)
    free(batch.places)


cdef void take(record_batch *batch, store_lanes *lanes) noexcept nogil:
    cdef gf_record *record
    batch.bytes = 0
    while batch.count < RECORDS_MOST and batch.bytes < BYTES_MOST:
        record = <gf_record *>gf_lane_peek(&lanes.records)
        if record == NULL:
            break
        memcpy(&batch.records[batch.count], record, sizeof(gf_record))
        batch.bytes += record.block.size
        batch.count += 1
    gf_lane_release(&lanes.records)
    if gf_lane_unblock(&lanes.records):
        gf_bell_ring(lanes.processing_bell)


# --- jobs that came and went since the last batch leave no trace in the store, nor do rows they stood for ---

cdef uint32_t places_for(uint32_t count) noexcept nogil:
    cdef uint32_t size = 4
    while size < 2 * count:
        size *= 2
    return size


cdef inline uint32_t *place_of(record_batch *batch, const gf_block *block, uint32_t mask) noexcept nogil:
    """Where its add is noted, or is to be. A batch has references to its blocks: none comes twice."""
    cdef uint32_t at = <uint32_t>((<uint64_t><size_t>block * 0x9E3779B97F4A7C15ULL) >> 32) & mask
    while batch.places[at] != 0 and batch.records[batch.places[at] - 1].block != block:
        at = (at + 1) & mask
    return &batch.places[at]


cdef inline void leave_out(record_batch *batch, uint32_t index) noexcept nogil:
    batch.records[index].kind = LEFT_OUT
    batch.writes -= 1


cdef void thin_out(record_batch *batch) noexcept nogil:
    cdef uint32_t size = places_for(batch.count), index
    cdef uint32_t *place
    batch.writes = batch.count
    if batch.count < 2:
        return
    memset(batch.places, 0, size * sizeof(uint32_t))
    for index in range(batch.count):
        place = place_of(batch, batch.records[index].block, size - 1)
        if batch.records[index].kind == GF_RECORD_ADD:
            place[0] = index + 1
        elif place[0] != 0 and batch.records[place[0] - 1].kind == GF_RECORD_ADD:
            leave_out(batch, place[0] - 1)
            if not batch.records[place[0] - 1].replaces:
                leave_out(batch, index)


cdef void batch_take(record_batch *batch, store_lanes *lanes) noexcept nogil:
    """All that has gathered, up to a bound; the last batch is dropped. The blocks are the batch's then."""
    take(batch, lanes)
    batch.taken = batch.count
    if batch.count > 0:
        batch.mark = batch.records[batch.count - 1].mark
        thin_out(batch)


cdef void batch_drop(record_batch *batch, store_lanes *lanes) noexcept nogil:
    """Lets go of the blocks; all but `count` stays."""
    cdef uint32_t index
    for index in range(batch.count):
        gf_block_unref(batch.records[index].block, lanes.pool)
    batch.count = 0
    gf_pool_collect(lanes.pool)


# --- rows ---

cdef char *put_hex(char *to, uint64_t value, int digits) noexcept nogil:
    cdef const char *hexadecimal = b"0123456789abcdef"
    cdef int at
    for at in range(digits):
        to[at] = hexadecimal[(value >> (4 * (digits - 1 - at))) & 15]
    return to + digits


cdef uint32_t make_key(char *key, const gf_record *record, uint64_t run) noexcept nogil:
    """gearfast::RUN:NUMBER, or gearfast:-:RUN:NUMBER for the unique "-"; its size."""
    cdef char *end = key + 9
    memcpy(key, b"gearfast:", 9)
    if record.unique_size > 0:
        end[0] = c"-"
        end += 1
    end[0] = c":"
    end = put_hex(end + 1, run, 16)
    end[0] = c":"
    return <uint32_t>(put_hex(end + 1, record.number, 8) - key)


cdef void fill_row(job_row *row, const gf_record *record, uint64_t run, char *made_key) noexcept nogil:
    """Where the record's parts are in its block; of a done, key and function alone have a meaning.

    `made_key` is room for a key that is made: MADE_KEY_MOST bytes.
    """
    cdef const char *body = <const char *>gf_block_data(record.block) + GF_JOB_ROOM
    row.function = body
    row.function_size = record.function_size
    row.key = body + record.key_at
    row.key_size = record.key_size
    # A row of gearmand's may have an empty key; it stands behind the function's and unique's place.
    if record.key_size == 0 and record.key_at <= <uint32_t>record.function_size + 1:
        row.key = made_key
        row.key_size = make_key(made_key, record, run)
    row.reducer = body + record.function_size + record.unique_size + 2
    row.reducer_size = record.reducer_size
    row.data = body + record.data_at
    row.data_size = record.data_size
    row.priority = record.priority
    row.when = record.when
