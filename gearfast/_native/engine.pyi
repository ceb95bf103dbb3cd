from collections.abc import Sequence
from typing import NamedTuple

from gearfast._native.journal import Journal

class LogRecord(NamedTuple):
    level: int
    time: float
    thread: str
    text: str

class Recording(NamedTuple):
    at_once: tuple[int, bytes] | None
    directory: int
    file_size: int
    files: int
    payloads: bool

class Engine:
    def __init__(
        self,
        *,
        threads: int,
        handle_prefix: bytes,
        compat: int,
        round_robin: bool,
        max_attempts: int,
        wakeup: int,
        exceptions: bool,
        allow_shutdown: bool,
        max_packet: int,
        max_connections: int,
        max_output: int,
        memory_limit: int,
        max_functions: int,
        max_uniques: int,
        packet_timeout: int,
        job_lease: int,
        hashtable_buckets: int,
        version: bytes,
        log_level: int,
        has_store: bool = False,
        durability: int = 0,
        recording: Recording | None = None,
    ) -> None: ...
    @property
    def journal(self) -> Journal | None: ...
    def start(self, listeners: Sequence[int]) -> None: ...
    def fileno(self) -> int: ...
    def read(self) -> list[LogRecord | str]: ...
    def drain(self) -> None: ...
    def stop(self) -> None: ...
    def counters(self) -> dict[str, int]: ...
