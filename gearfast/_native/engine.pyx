"""The server's native part as one Python object: it starts the threads, reads their reports, stops them."""

import os
from collections.abc import Sequence
from typing import NamedTuple

from libc.stdint cimport uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from gearfast._native.c_base cimport GF_OK, gf_counter_get, gf_flags_raise, gf_flags_take
from gearfast._native.c_block cimport gf_pool, gf_pool_stats, gf_pool_stats_out
from gearfast._native.c_core cimport (
    GF_DURABILITY_ASYNC,
    GF_DURABILITY_NONE,
    gf_core_note,
    gf_core_options,
    gf_core_pool,
    gf_core_record_all,
)
from gearfast._native.c_recorder cimport (
    gf_recorder,
    gf_recorder_free,
    gf_recorder_init,
    gf_recorder_join,
    gf_recorder_options,
    gf_recorder_run,
    gf_recorder_start,
)
from gearfast._native.c_thread cimport (
    gf_bell,
    gf_bell_awake,
    gf_bell_clear,
    gf_bell_close,
    gf_bell_init,
    gf_bell_ring,
    gf_bell_sleep,
    gf_log,
    gf_log_peek,
    gf_log_record,
    gf_log_release,
)
from gearfast._native.connection cimport io_thread
from gearfast._native.io cimport io_drop, io_free, io_options, io_start
from gearfast._native.journal cimport Journal
from gearfast._native.listener cimport (
    LISTENERS_MAX,
    WANT_CLOSE,
    listener_free,
    listener_start,
    listener_thread,
    listener_watch,
)
from gearfast._native.loop cimport (
    FIRST_LISTENER_TAG,
    loop_free,
    loop_init,
    loop_start,
    loop_stop,
    loop_thread,
)
from gearfast._native.processing cimport (
    REPORT_DRAINED,
    REPORT_SHUTDOWN,
    REPORT_SHUTDOWN_GRACEFUL,
    WANT_DRAIN,
    processing_free,
    processing_start,
    processing_thread,
)

cdef enum:
    SUSPECT_AFTER = 1000  # ms a woken worker may take to come for its job
    # A job's block, with room in front, and a packet that passes it on, with a handle in front, fit 32 bits.
    MOST_PACKET = 0xFFFFFF00

# As gf_core_counts has them.
CORE_COUNTS = (
    "jobs", "job_bytes", "peers", "functions", "registrations", "attachments", "sleeping", "submitted",
    "coalesced", "refused", "completed", "failed", "requeued", "dropped", "lost_effects", "lost_timeouts",
    "memory", "leases_over",
)  # fmt: skip


class Recording(NamedTuple):
    """What may be recorded where.

    `at_once`: the descriptor of a directory and a name in it, for a recording that begins with the server.
    `directory`: a descriptor of where the text command `record start` may record; -1: nowhere. The caller
    closes both when the engine has stopped. `file_size` is in bytes; the last `files` are kept, at most 1000.
    """

    at_once: tuple[int, bytes] | None
    directory: int
    file_size: int
    files: int
    payloads: bool


class LogRecord(NamedTuple):
    """One line for the log; `level` is 0 (FATAL) to 7 (DEBUG), `time` in seconds of the wall clock."""

    level: int
    time: float
    thread: str
    text: str


cdef class Engine:
    """A job server's threads. It is started once and stopped once; a stopped one can't be started again."""

    cdef bytes handle_prefix
    cdef bytes version
    cdef list names  # of the threads, in the order of `logs`
    cdef gf_log **logs
    cdef gf_core_options options
    cdef io_options io_settings
    cdef uint64_t max_connections
    cdef uint32_t io_count
    cdef uint32_t loop_count
    cdef io_thread *io
    cdef processing_thread *proc
    cdef gf_recorder *recorder  # NULL: nothing may be recorded
    cdef object recording
    cdef listener_thread *listener
    cdef loop_thread *loops
    cdef gf_bell main_bell
    cdef bint is_started
    cdef list last_words  # read from the logs when the threads had ended
    cdef readonly Journal journal  # None without a store
    cdef bint writes_at_end

    def __cinit__(self, *_: object, **__: object):
        self.main_bell.fd = -1
        self.last_words = []

    def __init__(
        self,
        *,
        unsigned int threads,
        bytes handle_prefix not None,
        int compat,
        bint round_robin,
        unsigned int max_attempts,
        int wakeup,
        bint exceptions,
        bint allow_shutdown,
        uint64_t max_packet,
        uint64_t max_connections,
        uint64_t max_output,
        uint64_t memory_limit,
        uint64_t max_functions,
        uint64_t max_uniques,
        uint32_t packet_timeout,
        uint32_t job_lease,
        unsigned int hashtable_buckets,
        bytes version not None,
        int log_level,
        bint has_store = False,
        int durability = GF_DURABILITY_NONE,
        recording: Recording | None = None,
    ) -> None:
        """Times are in milliseconds; 0 is no limit.

        With a store, `journal` is there before the start, and jobs are awaited from it at once. Without
        durability its jobs are written when the engine stops.
        """
        self.recording = recording
        self.handle_prefix = handle_prefix
        self.version = version
        self.max_connections = max_connections
        self.io_count = max(1, threads)
        self.loop_count = threads + 2 if threads > 1 else threads + 1
        self.set_core_options(compat, round_robin, max_attempts, wakeup)
        self.options.exceptions = exceptions
        self.options.allow_shutdown = allow_shutdown
        self.options.log_level = log_level
        self.options.memory_limit = self.io_settings.memory_limit = memory_limit
        self.options.max_functions = max_functions
        self.options.max_uniques = max_uniques
        self.options.job_lease = job_lease
        self.io_settings.packet_timeout = packet_timeout
        self.options.buckets = hashtable_buckets
        self.options.reading = has_store
        self.options.durability = durability
        self.writes_at_end = has_store and durability == GF_DURABILITY_NONE
        if has_store:
            self.journal = Journal(gathers=durability == GF_DURABILITY_ASYNC)
        self.io_settings.stride = self.io_count
        self.io_settings.max_packet = <uint32_t>min(max_packet, <uint64_t>MOST_PACKET)
        self.options.max_packet = self.io_settings.max_packet
        self.io_settings.max_output = max_output
        self.io_settings.log_level = log_level
        if gf_bell_init(&self.main_bell) != GF_OK:
            raise OSError("no eventfd for the main thread")
        gf_bell_sleep(&self.main_bell)

    cdef void set_core_options(
        self,
        int compat,
        bint round_robin,
        uint32_t max_attempts,
        int wakeup,
    ):
        cdef bytes seed = os.urandom(16)
        self.options.handle_prefix = self.handle_prefix
        self.options.version = self.version
        self.options.seed.k0 = int.from_bytes(seed[:8], "little")
        self.options.seed.k1 = int.from_bytes(seed[8:], "little")
        self.options.compat = compat
        self.options.round_robin = round_robin
        self.options.max_attempts = max_attempts
        self.options.wakeup = wakeup
        self.options.io_threads = self.io_count
        self.options.suspect_after = SUSPECT_AFTER

    def start(self, listeners: Sequence[int]) -> None:
        """Serve connections to these bound and listening descriptors, which are duplicated.

        Raises OSError when the system refuses a thread or a descriptor, MemoryError, and ValueError for more
        than 64 listeners or a second start.
        """
        if self.is_started:
            raise ValueError("an engine is started only once")
        if len(listeners) > LISTENERS_MAX:
            raise ValueError(f"at most {LISTENERS_MAX} listening sockets")
        self.is_started = True
        try:
            self.allocate()
            self.assign_roles()
            self.prepare(listeners)
            self.start_threads()
        except BaseException:
            self.stop()
            raise

    cdef allocate(self):
        cdef uint32_t index
        cdef bint has_recorder
        self.io = <io_thread *>calloc(self.io_count, sizeof(io_thread))
        self.proc = <processing_thread *>calloc(1, sizeof(processing_thread))
        self.listener = <listener_thread *>calloc(1, sizeof(listener_thread))
        self.loops = <loop_thread *>calloc(self.loop_count, sizeof(loop_thread))
        self.logs = <gf_log **>calloc(self.io_count + 3, sizeof(gf_log *))
        if self.recording is not None:
            self.recorder = <gf_recorder *>calloc(1, sizeof(gf_recorder))
        has_recorder = self.recording is None or self.recorder != NULL
        if not (self.io and self.proc and self.listener and self.loops and self.logs and has_recorder):
            self.free_all()
            raise MemoryError
        for index in range(self.loop_count):
            self.loops[index].poller.fd = self.loops[index].bell.fd = -1  # those that are never opened, too
        for index in range(self.loop_count):
            if loop_init(&self.loops[index]) != GF_OK:
                raise OSError("no poller or eventfd for a thread")

    cdef assign_roles(self):
        """Listener first, then processing, then I/O: the order in which the threads are stopped."""
        cdef uint32_t index, io_loop
        cdef uint32_t proc_loop = 0 if self.loop_count == 1 else 1
        cdef loop_thread *loop
        self.loops[0].listener = self.listener
        self.loops[proc_loop].proc = self.proc
        self.listener.poller = &self.loops[0].poller
        self.listener.bell = &self.loops[0].bell
        self.proc.bell = &self.loops[proc_loop].bell
        for index in range(self.io_count):
            io_loop = proc_loop if self.io_count == 1 and self.loop_count < 3 else proc_loop + 1 + index
            loop = &self.loops[io_loop]
            loop.io = &self.io[index]
            loop.io.poller = &loop.poller
            loop.io.bell = &loop.bell
            loop.io.processing_bell = self.proc.bell

    cdef prepare(self, listeners):
        cdef uint32_t index
        if processing_start(self.proc, &self.options, &self.main_bell) != GF_OK:
            raise MemoryError
        if self.journal is not None:
            self.journal.lanes.processing_bell = self.proc.bell
            self.proc.store = &self.journal.lanes
        self.set_outside()
        if self.recorder != NULL:
            self.prepare_recorder()
        self.proc.io = self.listener.io = self.io
        self.proc.io_count = self.listener.io_count = self.io_count
        for index in range(self.io_count):
            self.prepare_io(&self.io[index], index)
        if listener_start(self.listener, &self.main_bell, self.options.log_level) != GF_OK:
            raise MemoryError
        self.listener.max_connections = self.max_connections
        self.listener.first_tag = FIRST_LISTENER_TAG
        for descriptor in listeners:
            self.listener.descriptors[self.listener.count] = os.dup(descriptor)
            self.listener.count += 1
        if not listener_watch(self.listener):
            raise OSError("the poller refuses a listening socket")
        self.name_logs()

    cdef set_outside(self):
        self.proc.open_connections = &self.listener.open_connections
        self.proc.refused_connections = &self.listener.refused
        self.proc.outside.max_connections = self.max_connections
        self.proc.outside.max_output = self.io_settings.max_output
        self.proc.outside.packet_timeout = <uint64_t>self.io_settings.packet_timeout

    cdef prepare_recorder(self):
        """With the processing thread not started yet, its part is played here."""
        cdef gf_recorder_options options
        options.directory = self.recording.directory
        options.file_size = self.recording.file_size
        options.files = self.recording.files
        options.payloads = self.recording.payloads
        if gf_recorder_init(self.recorder, &options, &self.main_bell, self.options.log_level) != GF_OK:
            raise MemoryError
        self.proc.recorder = self.recorder
        if self.recording.at_once is None:
            return
        directory, name = self.recording.at_once
        error = gf_recorder_start(self.recorder, directory, name)
        if error != 0:
            raise OSError(error, os.strerror(error), os.fsdecode(name))
        gf_core_note(self.proc.core, self.recorder)

    cdef prepare_io(self, io_thread *io, uint32_t number):
        self.io_settings.number = number
        io.seed = self.options.seed
        io.prefix = self.handle_prefix
        io.prefix_size = <uint32_t>len(self.handle_prefix)
        io.open_connections = &self.listener.open_connections
        if io_start(io, &self.io_settings, &self.main_bell) != GF_OK:
            raise MemoryError

    cdef name_logs(self):
        cdef uint32_t index
        self.names = ["listener", "proc", *(str(number + 1) for number in range(self.io_count))]
        self.logs[0] = &self.listener.log
        self.logs[1] = &self.proc.log
        for index in range(self.io_count):
            self.logs[index + 2] = &self.io[index].log
        if self.recorder != NULL:
            self.names.append("record")
            self.logs[self.io_count + 2] = &self.recorder.log

    cdef start_threads(self):
        cdef uint32_t index
        cdef bytes name
        if self.recorder != NULL and gf_recorder_run(self.recorder) != GF_OK:
            raise OSError("the system gives no thread")
        for index in range(self.loop_count):
            name = self.name_of(&self.loops[index], index).encode()
            if loop_start(&self.loops[index], name) != GF_OK:
                raise OSError("the system gives no thread")

    cdef str name_of(self, loop_thread *loop, uint32_t index):
        if loop.io == NULL:
            return "gf-listener" if loop.listener != NULL else "gf-processing"
        return "gf-server" if loop.proc != NULL else f"gf-io-{loop.io.number + 1}"

    def fileno(self) -> int:
        """A descriptor that is readable when read() has something."""
        return self.main_bell.fd

    def read(self) -> list[LogRecord | str]:
        """What the threads have logged and reported since the last call; never waits.

        Reports are "drained" (after drain(): no job is left), "shutdown" and "shutdown-graceful" (an admin
        asked for it).
        """
        cdef list found = self.last_words
        self.last_words = []
        gf_bell_awake(&self.main_bell)
        gf_bell_clear(&self.main_bell)
        self.collect(found)
        gf_bell_sleep(&self.main_bell)
        self.collect(found)
        return found

    cdef collect(self, list found):
        cdef uint32_t bits
        if self.logs == NULL or self.names is None:
            return
        for index in range(len(self.names)):
            self.collect_log(self.logs[index], self.names[index], found)
        bits = gf_flags_take(&self.proc.reports)
        if bits & REPORT_DRAINED:
            found.append("drained")
        if bits & REPORT_SHUTDOWN:
            found.append("shutdown")
        if bits & REPORT_SHUTDOWN_GRACEFUL:
            found.append("shutdown-graceful")

    cdef collect_log(self, gf_log *log, str name, list found):
        cdef const gf_log_record *record = gf_log_peek(log)
        while record != NULL:
            text = record.text[: record.length].decode("utf-8", "backslashreplace")
            found.append(LogRecord(record.level, record.time_us / 1e6, name, text))
            record = gf_log_peek(log)
        gf_log_release(log)

    def drain(self) -> None:
        """Accept no more connections and serve on; "drained" is reported once no job is left."""
        if self.names is None:
            return
        gf_flags_raise(&self.listener.wants, WANT_CLOSE)
        gf_flags_raise(&self.proc.wants, WANT_DRAIN)
        gf_bell_ring(self.listener.bell)
        gf_bell_ring(self.proc.bell)

    def stop(self) -> None:
        """Close every connection and end the threads; read() still gives what they said last.

        Waits until the store has what is its due. Raises MemoryError when jobs could not be written at last.
        """
        if self.loops == NULL:
            return
        for index in range(self.loop_count):
            with nogil:
                loop_stop(&self.loops[index])
        if self.recorder != NULL:
            if self.proc.core != NULL:
                gf_core_note(self.proc.core, NULL)
            with nogil:
                gf_recorder_join(self.recorder)
        self.collect(self.last_words)
        try:
            self.end_journal()
        finally:
            self.release()

    cdef end_journal(self):
        """With the processing thread ended."""
        cdef bint is_recorded = True
        if self.journal is None or self.proc.core == NULL:
            return
        if self.writes_at_end:
            is_recorded = gf_core_record_all(self.proc.core)
        self.journal.end(self.proc.core)
        if not is_recorded:
            raise MemoryError("not every background job could be written to the store")

    cdef release(self):
        """With every thread ended. Blocks of one pool may lie in another's queues: all are emptied first."""
        cdef uint32_t index
        self.names = None
        for index in range(self.io_count):
            io_drop(&self.io[index])
        processing_free(self.proc)
        if self.recorder != NULL:
            gf_recorder_free(self.recorder)
        for index in range(self.io_count):
            io_free(&self.io[index])
        listener_free(self.listener)
        for index in range(self.loop_count):
            loop_free(&self.loops[index])
        self.free_all()

    cdef free_all(self):
        free(self.io)
        free(self.proc)
        free(self.listener)
        free(self.loops)
        free(self.logs)
        free(self.recorder)
        self.recorder = NULL
        self.io = NULL
        self.proc = NULL
        self.listener = NULL
        self.loops = NULL
        self.logs = NULL

    def counters(self) -> dict[str, int]:
        """Numbers of the moment: jobs, connections, packets, blocks. Empty unless the engine runs."""
        cdef uint32_t index
        if self.names is None:
            return {}
        found = {name: gf_counter_get(&self.proc.counts[index]) for index, name in enumerate(CORE_COUNTS)}
        found["connections"] = gf_counter_get(&self.listener.open_connections)
        found["accepted"] = gf_counter_get(&self.listener.accepted)
        found["refused_connections"] = gf_counter_get(&self.listener.refused)
        found.update(self.io_counters())
        found.update(self.pool_counters())
        return found

    cdef dict io_counters(self):
        cdef uint64_t packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0
        cdef uint64_t closed_output = 0, closed_unfinished = 0
        cdef uint32_t index
        for index in range(self.io_count):
            packets_in += gf_counter_get(&self.io[index].packets_in)
            packets_out += gf_counter_get(&self.io[index].packets_out)
            bytes_in += gf_counter_get(&self.io[index].bytes_in)
            bytes_out += gf_counter_get(&self.io[index].bytes_out)
            closed_output += gf_counter_get(&self.io[index].closed_output)
            closed_unfinished += gf_counter_get(&self.io[index].closed_unfinished)
        return {
            "packets_in": packets_in, "packets_out": packets_out,
            "bytes_in": bytes_in, "bytes_out": bytes_out,
            "closed_output": closed_output, "closed_unfinished": closed_unfinished,
        }  # fmt: skip

    cdef dict pool_counters(self):
        cdef uint64_t blocks = 0, used = 0, mapped = 0
        cdef gf_pool_stats_out stats
        for index in range(self.io_count + 1 + (self.journal is not None)):
            gf_pool_stats(self.pool_at(index), &stats)
            blocks += stats.live_blocks
            used += stats.live_bytes
            mapped += stats.mapped_bytes
        return {"blocks_live": blocks, "bytes_live": used, "bytes_mapped": mapped}

    cdef gf_pool *pool_at(self, uint32_t index):
        if index == 0:
            return gf_core_pool(self.proc.core)
        return self.io[index - 1].pool if index <= self.io_count else self.journal.lanes.pool

    def __dealloc__(self):
        if self.loops != NULL:
            for index in range(self.loop_count):
                with nogil:
                    loop_stop(&self.loops[index])
        if self.main_bell.fd >= 0:
            gf_bell_close(&self.main_bell)
