"""A batch written to SQLite: what is done goes before what comes, as in every store."""

from libc.stdint cimport uint32_t, uint64_t

from gearfast._native.batch cimport MADE_KEY_MOST, fill_row, record_batch
from gearfast._native.c_core cimport GF_RECORD_ADD, GF_RECORD_DONE
from gearfast._native.sqlite_library cimport SQLITE_OK
from gearfast._native.sqlite_link cimport (
    MANY,
    job_row,
    link_begin,
    link_end,
    link_put,
    link_put_many,
    link_remove,
    sqlite_link,
)


cdef int remove_done(sqlite_link *link, const record_batch *batch, uint64_t run) noexcept nogil:
    cdef char made_key[MADE_KEY_MOST]
    cdef job_row row
    cdef uint32_t index
    cdef int result = SQLITE_OK
    for index in range(batch.count):
        if result != SQLITE_OK:
            break
        if batch.records[index].kind == GF_RECORD_DONE:
            fill_row(&row, &batch.records[index], run, made_key)
            result = link_remove(link, &row)
    return result


cdef int put_added(sqlite_link *link, const record_batch *batch, uint64_t run) noexcept nogil:
    """In the order in which they came: so they are read."""
    cdef char made_keys[MANY][MADE_KEY_MOST]
    cdef job_row rows[MANY]
    cdef uint32_t index, gathered = 0, written = 0
    cdef int result = SQLITE_OK
    for index in range(batch.count):
        if batch.records[index].kind != GF_RECORD_ADD:
            continue
        fill_row(&rows[gathered], &batch.records[index], run, made_keys[gathered])
        gathered += 1
        if gathered == MANY:
            result = link_put_many(link, rows)
            if result != SQLITE_OK:
                return result
            gathered = 0
    while written < gathered and result == SQLITE_OK:
        result = link_put(link, &rows[written])
        written += 1
    return result


cdef int write_batch(sqlite_link *link, const record_batch *batch, uint64_t run) noexcept nogil:
    """One transaction; SQLITE_OK, or it has failed as the link tells."""
    cdef int result
    if batch.writes == 0:
        return SQLITE_OK
    result = link_begin(link)
    if result == SQLITE_OK:
        result = remove_done(link, batch, run)
    if result == SQLITE_OK:
        result = put_added(link, batch, run)
    return link_end(link, result)
