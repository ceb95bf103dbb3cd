"""Files: they rotate, a full disk ends the recording and nothing else, and what is skipped is counted."""

from __future__ import annotations

import os
import resource
import time
from contextlib import closing, suppress
from pathlib import Path

from gearfast._native._csrc import ffi, lib
from gearfast.recording import Kind, Recording, RecordingError
from tests.core.driver import Core
from tests.protocol.peer import Peer
from tests.protocol.wire import JOB_CREATED, SUBMIT_JOB_BG, req
from tests.recording.recorded import events, peer, recording_server, submits, told
from tests.support.gearfast_process import run_gearfast

MANY = 80_000


def size_of(index: int) -> int:
    """So that each submit takes four bytes of the file."""
    return 128 + index % 200


def submit_many(client: Peer, count: int) -> None:
    client.send(*(req(SUBMIT_JOB_BG, b"f", b"", b"x" * size_of(index)) for index in range(count)))
    for _ in range(count):
        client.receive_kind(JOB_CREATED)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_follow_each_other_and_each_can_be_read_alone(tmp_path: Path) -> None:
    with recording_server(tmp_path, "--record-size", "64K") as server, peer(server) as client:
        submit_many(client, MANY)
    assert len(names(tmp_path)) >= 3
    found = submits(events(*tmp_path.iterdir()))
    assert [event.size for event in found] == [size_of(index) for index in range(MANY)]
    alone = events(tmp_path / "jobs.2")
    assert {event.function for event in submits(alone)} == {"f"}


def test_only_the_latest_files_are_kept(tmp_path: Path) -> None:
    options = ("--record-size", "64K", "--record-files", "2")
    with recording_server(tmp_path, *options) as server, peer(server) as client:
        submit_many(client, MANY)
    kept = names(tmp_path)
    assert len(kept) == 2
    assert "jobs" not in kept
    found = submits(events(*tmp_path.iterdir()))
    assert found[-1].size == size_of(MANY - 1)


def test_names_take_no_room_where_they_are_not_needed(tmp_path: Path) -> None:
    """More of them than a file has room for."""
    options = ("--record-size", "64K", "--record-files", "2")
    with recording_server(tmp_path, *options) as server, peer(server) as client:
        for number in range(250):
            client.submit(SUBMIT_JOB_BG, b"%03d" % number * 165, b"", b"")
        submit_many(client, MANY)
        client.submit(SUBMIT_JOB_BG, b"007" * 165, b"", b"last")
    found = submits(events(*tmp_path.iterdir()))
    assert len(found) > 5000
    assert {event.function for event in found[:-1]} == {"f"}
    assert (found[-1].function, found[-1].size) == ("007" * 165, 4)


def has_submit(path: Path) -> bool:
    """Not before its header is there."""
    with suppress(RecordingError):
        return Kind.SUBMIT in {event.kind for event in Recording([path]).events()}
    return False


def test_an_idle_server_writes_what_it_has(tmp_path: Path) -> None:
    """Also with nothing more to come that would wake it."""
    for threads in ("0", "1"):
        folder = tmp_path / threads
        folder.mkdir()
        with recording_server(folder, threads=threads) as server, peer(server) as client:
            client.submit(SUBMIT_JOB_BG, b"f", b"", b"x")
            while not has_submit(folder / "jobs"):
                time.sleep(0.05)


def test_full_disk_ends_the_recording_with_one_line(tmp_path: Path) -> None:
    with recording_server(tmp_path) as server, peer(server) as client:
        # A log line is a write, too, but to a pipe.
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (100_000, 100_000))
        submit_many(client, MANY)
        line = server.wait_for_log("The recording jobs stops")
        assert "File too large" in line
        assert client.ask(b"record status") == b"OK failed jobs File too large\n"
        submit_many(client, 10)
        while not client.ask(b"record start more").startswith(b"OK more"):
            pass
        submit_many(client, 10)
    assert len([line for line in server.log if " ERROR " in line]) == 1
    found = events(tmp_path / "jobs")
    assert 1000 < len(submits(found)) < MANY
    more = events(tmp_path / "more")
    assert len(submits(more)) == 10


def test_start_without_its_directory_fails(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    for options in (("--record", str(missing / "jobs")), ("--record-dir", str(missing))):
        done = run_gearfast("--config-file", os.devnull, "--port", "0", "--listen", "127.0.0.1", *options)
        assert done.returncode != 0
        assert "Cannot record in" in done.stderr
        assert "No such file or directory" in done.stderr


def test_options_without_a_recording_are_refused() -> None:
    for option in (("--record-size", "1M"), ("--record-files", "3"), ("--record-payloads",)):
        done = run_gearfast("--config-file", os.devnull, "--check-args", *option)
        assert done.returncode != 0
        assert "it goes with --record or --record-dir" in done.stderr


class Recorder:
    """The recorder without its thread: it writes when it is told to."""

    def __init__(self, folder: Path, *, payloads: bool = False) -> None:
        self._bell = ffi.new("gf_bell *")
        assert lib.gf_bell_init(self._bell) == lib.GF_OK
        self._recorder = ffi.new("gf_recorder *")
        settings = {"directory": -1, "file_size": 1 << 30, "files": 2, "payloads": payloads}
        options = ffi.new("gf_recorder_options *", settings)
        assert lib.gf_recorder_init(self._recorder, options, self._bell, lib.GF_LOG_ERROR) == lib.GF_OK
        self._folder = os.open(folder, os.O_RDONLY)

    def start(self, name: bytes) -> None:
        assert lib.gf_recorder_start(self._recorder, self._folder, name) == 0

    def listen_to(self, core: Core | None) -> None:
        """None: to nobody any more."""
        if core is not None:
            self._core = core
        told = self._recorder if core is not None else ffi.NULL
        lib.gf_core_note(self._core._core, told)

    def skipped(self) -> int:
        return int(lib.gf_counter_get(ffi.addressof(self._recorder.skipped)))

    def write(self) -> None:
        self._recorder.now += 1_000_000  # what was noted is old then
        lib.gf_recorder_publish(self._recorder)
        lib.gf_recorder_turn(self._recorder)

    def stop(self) -> None:
        lib.gf_recorder_stop(self._recorder)
        self.write()

    def close(self) -> None:
        lib.gf_recorder_join(self._recorder)
        lib.gf_recorder_free(self._recorder)
        lib.gf_bell_close(self._bell)
        os.close(self._folder)


def test_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    """Workloads of the largest size that is copied fill all chunks soon."""
    with closing(Core()) as core, closing(Recorder(tmp_path, payloads=True)) as recorder:
        client = core.connect(0)
        recorder.start(b"jobs")
        recorder.listen_to(core)

        def submit(count: int) -> None:
            for _ in range(count):
                core.packet(client, SUBMIT_JOB_BG, b"f\0\0" + bytes(4000))

        while recorder.skipped() == 0:
            submit(1)
        submit(99)
        skipped = recorder.skipped()
        recorder.write()
        submit(5)
        recorder.stop()
        recorder.listen_to(None)
        assert recorder.skipped() == skipped
    found = [event for event in events(tmp_path / "jobs") if event.kind in (Kind.SUBMIT, Kind.SKIPPED)]
    room = len(found) - 6
    assert room > 10 * lib.GF_RECORDER_CHUNKS
    assert [event.kind for event in found] == [Kind.SUBMIT] * room + [Kind.SKIPPED] + [Kind.SUBMIT] * 5
    assert found[room].size == skipped == 100


def test_payloads_small_and_large_stand_where_they_belong(tmp_path: Path) -> None:
    """Those too large to be copied go to the file from where they lie."""
    sizes = [0, 1, 4000, 4096, 4097, 5000, 100_000, 3, 2_000_000, 70_000] + [6000] * 100 + [9]
    with closing(Core()) as core, closing(Recorder(tmp_path, payloads=True)) as recorder:
        client = core.connect(0)
        recorder.start(b"jobs")
        recorder.listen_to(core)
        for index, size in enumerate(sizes):
            core.packet(client, SUBMIT_JOB_BG, b"f\0u%d\0" % index + bytes([index]) * size)
        recorder.stop()
        recorder.listen_to(None)
    found = submits(events(tmp_path / "jobs"))
    assert [(event.unique, event.data) for event in found] == [
        (b"u%d" % index, bytes([index]) * size) for index, size in enumerate(sizes)
    ]


def test_a_name_for_which_there_was_no_room_comes_later(tmp_path: Path) -> None:
    """Payloads that the recorder has not written yet leave no room for one that is too long to be copied."""
    later = b"later" * 1000
    with closing(Core()) as core, closing(Recorder(tmp_path, payloads=True)) as recorder:
        client = core.connect(0)
        recorder.start(b"jobs")
        recorder.listen_to(core)
        # An empty unique with its NUL and the workload fill it to the last byte.
        core.packet(client, SUBMIT_JOB_BG, b"large\0\0" + bytes((64 << 20) - 1))
        core.packet(client, SUBMIT_JOB_BG, later + b"\0\0x")
        core.packet(client, SUBMIT_JOB_BG, b"short\0\0xy")
        recorder.write()
        core.packet(client, SUBMIT_JOB_BG, later + b"\0\0xyz")
        recorder.stop()
        recorder.listen_to(None)
        assert recorder.skipped() == 1
    found = submits(events(tmp_path / "jobs"))
    assert [(event.function, event.size) for event in found[1:]] == [("short", 2), (later.decode(), 3)]
    assert [len(event.data or b"") for event in found] == [(64 << 20) - 1, 2, 3]


def test_functions_that_are_dropped_and_come_again(tmp_path: Path) -> None:
    with closing(Core()) as core, closing(Recorder(tmp_path)) as recorder:
        client = core.connect(0)
        recorder.start(b"jobs")
        recorder.listen_to(core)
        for number in range(100):
            name = b"f%d" % (number % 10)
            core.packet(client, SUBMIT_JOB_BG, name + b"\0\0x")
            core.line(client, b"drop function " + name)
        core.packet(client, SUBMIT_JOB_BG, b"kept\0\0x")
        recorder.stop()
        recorder.listen_to(None)
    found = [event.function for event in submits(events(tmp_path / "jobs"))]
    assert found == [f"f{number % 10}" for number in range(100)] + ["kept"]


def test_one_recording_after_another(tmp_path: Path) -> None:
    with closing(Core()) as core, closing(Recorder(tmp_path)) as recorder:
        client = core.connect(0)
        for name in (b"one", b"two"):
            recorder.start(name)
            recorder.listen_to(core)
            core.packet(client, SUBMIT_JOB_BG, b"f\0\0x")
            recorder.stop()
            recorder.listen_to(None)
    for path in (tmp_path / "one", tmp_path / "two"):
        assert told(events(path)) == [("CONNECT", 1, "", 0), ("SUBMIT", 5, "f", 1)]
    first, second = (Recording([tmp_path / name]) for name in ("one", "two"))
    assert first.started_at <= second.started_at
