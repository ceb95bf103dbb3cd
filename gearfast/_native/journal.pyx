"""The journal as the store's thread sees it: records become rows, and rows become jobs again.

One thread takes a batch, has a store commit it, and says so. Whatever gathers meanwhile is the next batch: a
lone job waits for one commit, and the more jobs come the larger the batches get. Most stores are written to
in Python; batches for SQLite are written here, and Python is not needed until one fails.
"""

import os
import threading
import time

from gearfast.stores.base import FUNCTION_MAX, MADE_KEY, UNIQUE_MAX, Batch, Damaged

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

from gearfast._native.batch cimport (
    LEFT_OUT,
    MADE_KEY_MOST,
    batch_drop,
    batch_free,
    batch_init,
    batch_take,
    fill_row,
    record_batch,
)
from gearfast._native.c_base cimport GF_OK, gf_flags_get, gf_flags_raise
from gearfast._native.c_block cimport (
    gf_block_data,
    gf_block_new,
    gf_block_unref,
    gf_pool_collect,
    gf_pool_stats,
    gf_pool_stats_out,
)
from gearfast._native.c_core cimport (
    GF_JOB_ROOM,
    GF_RECORD_ADD,
    GF_STORE_COMMITTED,
    GF_STORE_FAILED,
    GF_STORE_JOB,
    GF_STORE_READ,
    GF_STORE_RECOVERED,
    gf_core,
    gf_store_event,
)
from gearfast._native.c_thread cimport (
    gf_bell_awake,
    gf_bell_clear,
    gf_bell_ring,
    gf_bell_sleep,
    gf_lane_block,
    gf_lane_empty,
    gf_lane_flush,
    gf_lane_push,
    gf_lane_stalled,
)
from gearfast._native.giving_way cimport give_way
from gearfast._native.sqlite cimport Database
from gearfast._native.sqlite_batch cimport write_batch
from gearfast._native.sqlite_library cimport SQLITE_OK
from gearfast._native.sqlite_link cimport job_row, sqlite_link
from gearfast._native.store_lanes cimport (
    WANT_END,
    WANT_LAST,
    store_hand_over,
    store_lanes,
    store_lanes_drop,
    store_lanes_free,
    store_lanes_init,
)

cdef extern from "<poll.h>" nogil:
    struct pollfd:
        int fd
        short events
        short revents

    enum:
        POLLIN

    int poll(pollfd *descriptors, unsigned long count, int timeout_ms)

cdef enum:
    YIELDS = 16  # before the thread sleeps
    GATHER = 5  # ms that an asynchronous job waits for others to be committed with
    GATHERED = 4096  # records of a batch: then others come soon enough
    MEMORY_PAUSE = 100  # ms until there may be memory again
    COLLECT = 1000  # ms after which blocks that other threads dropped are looked for
    DATA_MOST = 0xFFFF0000
    PRIORITIES = 3

ROOM_SECONDS = 0.001
cdef bytes ERROR_CODE = b"QUEUE_ERROR\0"
cdef bytes MADE = MADE_KEY
cdef int64_t LATEST = 0x7FFFFFFFFFFFFFFF
cdef Py_ssize_t MADE_SIZE = len(b"gearfast::0123456789abcdef:01234567")


def made_unique(bytes key not None) -> bytes | None:
    """The unique of a job whose key the server made: empty or "-". None for any other key."""
    if not key.startswith(MADE):
        return None
    if len(key) == MADE_SIZE and key[9:10] == b":":
        return b""
    return b"-" if len(key) == MADE_SIZE + 1 and key[9:11] == b"-:" else None


# --- the lanes ---

cdef bint has_news(store_lanes *lanes) noexcept nogil:
    return not gf_lane_empty(&lanes.records) or gf_flags_get(&lanes.wants) & WANT_LAST != 0


cdef void nap(store_lanes *lanes, int milliseconds) noexcept nogil:
    """Sleep until the bell rings; the caller has declared sleep and looked once more."""
    cdef pollfd bell
    bell.fd = lanes.bell.fd
    bell.events = POLLIN
    poll(&bell, 1, milliseconds)


cdef int patience(store_lanes *lanes) noexcept nogil:
    cdef gf_pool_stats_out stats
    gf_pool_stats(lanes.pool, &stats)
    return COLLECT if stats.live_blocks > 0 else -1


cdef bint linger(store_lanes *lanes) noexcept nogil:
    """Whether there is news after giving way: a lone client's next job comes soon after the last commit."""
    cdef int _index
    for _index in range(lanes.way.times):
        if not give_way(&lanes.way):
            break
        if has_news(lanes):
            return True
    return has_news(lanes)


cdef void wait_for_news(store_lanes *lanes) noexcept nogil:
    while not has_news(lanes) and not linger(lanes):
        gf_bell_sleep(&lanes.bell)
        if not has_news(lanes):
            nap(lanes, patience(lanes))
        gf_bell_awake(&lanes.bell)
        gf_bell_clear(&lanes.bell)
        gf_pool_collect(lanes.pool)


cdef void let_gather(store_lanes *lanes, const record_batch *last) noexcept nogil:
    """Where nobody waits for a commit, many jobs share one, and more come and go without a trace."""
    if lanes.gathers and last.taken < GATHERED and gf_flags_get(&lanes.wants) & WANT_END == 0:
        poll(NULL, 0, GATHER)


cdef void hand_over(store_lanes *lanes) noexcept nogil:
    if gf_lane_flush(&lanes.events):
        gf_bell_ring(lanes.processing_bell)


cdef bint must_wait_for_room(store_lanes *lanes) noexcept nogil:
    return gf_lane_stalled(&lanes.events) and gf_flags_get(&lanes.wants) & WANT_END == 0


cdef void wait_for_room(store_lanes *lanes) noexcept nogil:
    """Until the processing thread has taken what was handed over, or has ended."""
    hand_over(lanes)
    while must_wait_for_room(lanes):
        gf_lane_block(&lanes.events)
        gf_bell_sleep(&lanes.bell)
        hand_over(lanes)
        if must_wait_for_room(lanes):
            nap(lanes, COLLECT)
        gf_bell_awake(&lanes.bell)
        gf_bell_clear(&lanes.bell)
        hand_over(lanes)


cdef bint tell(store_lanes *lanes, const gf_store_event *event) noexcept nogil:
    """False when memory is out; the event's block is still the caller's."""
    cdef void *slot = gf_lane_push(&lanes.events)
    if slot != NULL:
        memcpy(slot, event, sizeof(gf_store_event))
    return slot != NULL


cdef void tell_at_last(store_lanes *lanes, const gf_store_event *event) noexcept nogil:
    """When there is memory: the server would wait for ever. Once it has stopped, it does not."""
    while not tell(lanes, event):
        hand_over(lanes)
        if gf_flags_get(&lanes.wants) & WANT_END != 0:
            if event.block != NULL:
                gf_block_unref(event.block, lanes.pool)
            return
        poll(NULL, 0, MEMORY_PAUSE)
    hand_over(lanes)


cdef void tell_committed(store_lanes *lanes, record_batch *batch) noexcept nogil:
    """And let go of the batch."""
    cdef gf_store_event event
    memset(&event, 0, sizeof(gf_store_event))
    event.kind = GF_STORE_COMMITTED
    event.mark = batch.mark
    event.bytes = batch.bytes
    tell_at_last(lanes, &event)
    batch_drop(batch, lanes)


# --- rows ---

cdef bytes text_or_empty(object value):
    return b"" if value is None else value


cdef object problem_of(object key, object function, object data, object reducer):
    """What is wrong with the texts of a row; None: nothing."""
    if type(function) is not bytes:
        return "its function is no text"
    if type(key) is not bytes:
        return "its unique is no text"
    if len(function) > FUNCTION_MAX or b"\0" in function:
        return "its function is no function name"
    if len(key) > 255 or (len(unique_of(key)) > UNIQUE_MAX):
        return f"its unique is longer than {UNIQUE_MAX} bytes"
    if data is not None and type(data) is not bytes:
        return "its data is a number"
    if len(text_or_empty(data)) > DATA_MOST:
        return "its data is too large for a packet"
    if reducer is not None and (type(reducer) is not bytes or len(reducer) > UNIQUE_MAX or b"\0" in reducer):
        return "its reducer is no function name"
    return None


cdef object problem_of_numbers(object priority, object when):
    if priority is not None and (type(priority) is not int or not 0 <= priority < PRIORITIES):
        return f"its priority is {priority!r}, not 0, 1 or 2"
    if when is not None and (type(when) is not int or when > LATEST):
        return f"its time is {when!r}, not a number of seconds"
    return None


def row_problem(tuple row not None) -> str | None:
    """Why what a store found is no job; None: it is one."""
    _, key, function, priority, data, when, reducer = row
    return problem_of(key, function, data, reducer) or problem_of_numbers(priority, when)


cdef bytes unique_of(bytes key):
    """gearmand wrote a unique of 64 bytes as 63 and a NUL."""
    cdef object made = made_unique(key)
    return key.split(b"\0", 1)[0] if made is None else made


cdef inline uint32_t put(uint8_t *to, uint32_t at, bytes text) noexcept:
    memcpy(to + at, PyBytes_AS_STRING(text), PyBytes_GET_SIZE(text))
    return at + <uint32_t>PyBytes_GET_SIZE(text)


cdef void fill_block(
    gf_store_event *event, bytes function, bytes unique, bytes reducer, bytes data, bytes key
):
    """As in a submit packet; behind the data, the key in the store if it is not the unique."""
    cdef uint8_t *body = gf_block_data(event.block) + GF_JOB_ROOM
    cdef uint32_t at = put(body, 0, function)
    body[at] = 0
    at = put(body, at + 1, unique)
    body[at] = 0
    at += 1
    if event.reducer_size > 0:
        at = put(body, at, reducer)
        body[at] = 0
        at += 1
    event.data_at = at
    at = put(body, at, data)
    if event.has_key:
        body[at] = <uint8_t>PyBytes_GET_SIZE(key)
        put(body, at + 1, key)


cdef class Journal:
    """What lies between the processing thread and the store's.

    It is used by the thread that keeps the store, from `begin` to `close`. With `gathers` nobody waits for a
    commit, so a few milliseconds' jobs share one.
    """

    def __cinit__(self, *, bint gathers):
        memset(&self.lanes, 0, sizeof(store_lanes))
        memset(&self.batch, 0, sizeof(record_batch))
        self.lanes.bell.fd = -1
        self.run = (<uint64_t>time.time() << 32) | int.from_bytes(os.urandom(4), "little")
        self.closed = threading.Event()
        self.lanes.way.times = YIELDS
        self.lanes.gathers = gathers
        if store_lanes_init(&self.lanes) != GF_OK or batch_init(&self.batch) != GF_OK:
            raise MemoryError

    def __dealloc__(self):
        store_lanes_free(&self.lanes)
        batch_free(&self.batch)

    def begin(self) -> None:
        """The store's thread starts: `close` will follow."""
        self.is_used = True

    def close(self) -> None:
        """The store's thread ends."""
        self.closed.set()

    cdef end(self, gf_core *core):
        """The processing thread has ended: hand on its last records, wait until they are dealt with."""
        if self.is_used:
            self.want(WANT_END)
            store_hand_over(&self.lanes, core)
            while gf_lane_stalled(&self.lanes.records) and not self.closed.wait(ROOM_SECONDS):
                store_hand_over(&self.lanes, core)
            self.want(WANT_LAST)
            self.closed.wait()
            batch_drop(&self.batch, &self.lanes)
        store_lanes_drop(&self.lanes)

    cdef want(self, uint32_t what):
        gf_flags_raise(&self.lanes.wants, what)
        gf_bell_ring(&self.lanes.bell)

    # Records

    def take(self, *, bint wait) -> Batch | None:
        """What has gathered since the last batch, which must have been `committed`.

        None when that is nothing: without `wait` for now, with it because the server has stopped.
        """
        with nogil:
            if wait:
                wait_for_news(&self.lanes)
                let_gather(&self.lanes, &self.batch)
            batch_take(&self.batch, &self.lanes)
        try:
            return self.gather() if self.batch.count else None
        finally:
            batch_drop(&self.batch, &self.lanes)

    cdef gather(self):
        cdef list adds = [], dones = []
        cdef char made_key[MADE_KEY_MOST]
        cdef job_row row
        cdef uint32_t index
        for index in range(self.batch.count):
            if self.batch.records[index].kind == LEFT_OUT:
                continue
            fill_row(&row, &self.batch.records[index], self.run, made_key)
            if self.batch.records[index].kind == GF_RECORD_ADD:
                adds.append(self.add_of(&row))
            else:
                dones.append((PyBytes_FromStringAndSize(row.key, row.key_size), self.function_of(&row)))
        return Batch(adds, dones)

    cdef bytes function_of(self, const job_row *row):
        """Many rows in a row are of one function."""
        if self.function is None or PyBytes_GET_SIZE(self.function) != row.function_size or (
            memcmp(PyBytes_AS_STRING(self.function), row.function, row.function_size) != 0
        ):
            self.function = PyBytes_FromStringAndSize(row.function, row.function_size)
        return self.function

    cdef tuple add_of(self, const job_row *row):
        cdef object reducer = None
        if row.reducer_size > 0:
            reducer = PyBytes_FromStringAndSize(row.reducer, row.reducer_size)
        key = PyBytes_FromStringAndSize(row.key, row.key_size)
        data = PyBytes_FromStringAndSize(row.data, row.data_size)
        return key, self.function_of(row), row.priority, data, row.when, reducer

    def write(self, Database database not None, *, bint wait) -> None:
        """Commit batch after batch in the database until the server has stopped; without `wait`, one.

        Raises StoreError when one fails: that must be written again, and `committed`, before the next.
        """
        cdef written result
        with nogil:
            result = self.write_next(&database.link, wait)
            while wait and result == WRITTEN:
                result = self.write_next(&database.link, wait)
        if result == FAILED:
            raise database.problem()

    cdef written write_next(self, sqlite_link *link, bint wait) noexcept nogil:
        if wait:
            wait_for_news(&self.lanes)
            let_gather(&self.lanes, &self.batch)
        batch_take(&self.batch, &self.lanes)
        if self.batch.count == 0:
            return NOTHING
        if write_batch(link, &self.batch, self.run) != SQLITE_OK:
            return FAILED
        tell_committed(&self.lanes, &self.batch)
        return WRITTEN

    def write_again(self, Database database not None) -> None:
        """Commit the batch that failed. Raises StoreError if it fails once more."""
        cdef int result
        with nogil:
            result = write_batch(&database.link, &self.batch, self.run)
        database.check(result)

    # What the store says

    cdef say(self, int kind):
        cdef gf_store_event event
        memset(&event, 0, sizeof(gf_store_event))
        event.kind = <uint8_t>kind
        with nogil:
            tell_at_last(&self.lanes, &event)

    def committed(self) -> None:
        """The last batch is in the store."""
        with nogil:
            tell_committed(&self.lanes, &self.batch)

    def failed(self, str text not None) -> None:
        """The store takes nothing, and this is why; until `recovered`. Waits for memory to say so."""
        cdef bytes body = ERROR_CODE + text.encode("utf-8", "backslashreplace")
        cdef gf_store_event event
        memset(&event, 0, sizeof(gf_store_event))
        event.kind = GF_STORE_FAILED
        while event.block == NULL:
            event.block = gf_block_new(self.lanes.pool, len(body))
            if event.block == NULL and self.pause(MEMORY_PAUSE):
                return
        event.data_size = put(gf_block_data(event.block), 0, body)
        with nogil:
            tell_at_last(&self.lanes, &event)

    def recovered(self) -> None:
        """It works again, and the batch that failed is committed."""
        self.say(GF_STORE_RECOVERED)

    def pause(self, int milliseconds) -> bool:
        """Wait for so long, or until the server stops; whether it has."""
        cdef double end = time.monotonic() + milliseconds / 1000.0
        cdef int left = milliseconds
        while left > 0 and gf_flags_get(&self.lanes.wants) & WANT_END == 0:
            with nogil:
                gf_bell_sleep(&self.lanes.bell)
                if gf_flags_get(&self.lanes.wants) & WANT_END == 0:
                    nap(&self.lanes, left)
                gf_bell_awake(&self.lanes.bell)
                gf_bell_clear(&self.lanes.bell)
            left = <int>((end - time.monotonic()) * 1000)
        return gf_flags_get(&self.lanes.wants) & WANT_END != 0

    # Jobs from before

    def restore(self, rows) -> tuple[int, list[Damaged]]:
        """Have the server take these jobs on, at its pace: how many they are, and the rows that are none.

        Waits for memory. Raises MemoryError when the server stops before there is any.
        """
        cdef list damaged = []
        cdef int count = 0
        for row in rows:
            problem = row_problem(row)
            if problem is not None:
                damaged.append(Damaged(row, problem))
                continue
            _, key, function, priority, data, when, reducer = row
            while not self.restore_one(key, function, priority or 0, text_or_empty(data), when or 0, reducer):
                if self.pause(MEMORY_PAUSE):
                    raise MemoryError
            count += 1
            if gf_lane_stalled(&self.lanes.events):
                with nogil:
                    wait_for_room(&self.lanes)
        hand_over(&self.lanes)
        return count, damaged

    cdef bint restore_one(
        self, bytes key, bytes function, int priority, bytes data, object when, object reducer
    ) except -1:
        """False when there is no memory for it now."""
        cdef gf_store_event event
        cdef bytes unique = unique_of(key)
        cdef bytes reduces = text_or_empty(reducer)
        memset(&event, 0, sizeof(gf_store_event))
        event.kind = GF_STORE_JOB
        event.priority = <uint8_t>priority
        event.when = max(when, 0)
        event.function_size = <unsigned short>len(function)
        event.unique_size = <uint8_t>len(unique)
        event.reducer_size = <uint8_t>len(reduces)
        event.data_size = <uint32_t>len(data)
        event.has_key = key != unique or key in (b"", b"-")
        event.block = gf_block_new(
            self.lanes.pool,
            GF_JOB_ROOM + len(function) + len(unique) + len(reduces) + 3 + len(data)
            + (1 + len(key) if event.has_key else 0),
        )
        if event.block == NULL:
            return False
        fill_block(&event, function, unique, reduces, data, key)
        if tell(&self.lanes, &event):
            return True
        gf_block_unref(event.block, self.lanes.pool)
        return False

    def all_restored(self) -> None:
        """Those were all: background submits need not wait any more."""
        self.say(GF_STORE_READ)
