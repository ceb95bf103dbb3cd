"""What the server was told to do: one frozen, checked value that every part reads."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, fields
from pathlib import Path

from gearfast.server.durability import Durability
from gearfast.server.levels import Level
from gearfast.server.threads import AUTO

IN_MEMORY = "builtin"
LIBSQLITE3 = "libsqlite3"
POSTGRES, MYSQL, LIBDRIZZLE = "postgres", "mysql", "libdrizzle"
_DATABASES = {"libpq": POSTGRES, "mysql": MYSQL, "libdrizzle": LIBDRIZZLE}  # by what their options begin with
REDIS = "redis"
LIBMEMCACHED = "libmemcached"
LIBTOKYOCABINET = "libtokyocabinet"

COMPAT_1_1 = 11
COMPAT_2_0 = 20

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
LARGEST_PACKET = 4 * GIB - 1
LARGEST_SIZE = (1 << 62) - 1

HANDLE_BYTES = 63
LONGEST_PREFIX = HANDLE_BYTES - len(":") - len(str(2**32 - 1))

LONGEST_RECORDING = 200  # bytes of a name

DAEMON_LOG_FILE = "/var/log/gearfast.log"

# Names that need no quotes; there is room behind them for "_damaged".
_POSTGRES_TABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,62}\.)?[A-Za-z_][A-Za-z0-9_]{0,53}")
_MYSQL_TABLE = re.compile(r"[A-Za-z0-9_$]{1,55}")

_C_INT = 2**31 - 1
_MOST_SECONDS = (2**32 - 1) // 1000
_RANGES = {
    "backlog": (1, _C_INT),
    "file_descriptors": (1, _C_INT),
    "hashtable_buckets": (1, _C_INT),
    "job_retries": (-1, 255),
    "keepalive_count": (-1, 127),
    "keepalive_idle": (-1, 32767),
    "keepalive_interval": (-1, 32767),
    "libdrizzle_port": (1, 65535),
    "job_lease": (0, _MOST_SECONDS),
    "max_connections": (0, _C_INT),
    "max_functions": (0, _C_INT),
    "max_output": (1, LARGEST_SIZE),
    "max_packet": (1, LARGEST_PACKET),
    "max_uniques": (0, _C_INT),
    "memory_limit": (0, LARGEST_SIZE),
    "mysql_port": (1, 65535),
    "packet_timeout": (0, _MOST_SECONDS),
    "port": (0, 65535),
    "record_files": (1, 1000),
    "record_size": (64 * KIB, LARGEST_SIZE),
    "redis_port": (1, 65535),
    "store_timeout": (1, 3600),
    "threads": (AUTO, 256),
    "worker_wakeup": (AUTO, _C_INT),
}

# Where the jobs are kept, for the types that have no default.
_PLACES = {
    LIBMEMCACHED: ("libmemcached_servers", "where memcached runs"),
    LIBSQLITE3: ("libsqlite3_db", "the file to keep the jobs in"),
    LIBTOKYOCABINET: ("libtokyocabinet_file", "the database"),
}
# SQLite takes rows of 10^9 bytes.
_LARGEST_KEPT = {LIBSQLITE3: 950 * MIB, REDIS: 512 * MIB, LIBTOKYOCABINET: GIB}


class InvalidOption(Exception):  # noqa: N818 - it is the option that is invalid
    """A value that the server cannot use; `name` is the field of Config."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


@dataclass(frozen=True)
class Config:
    """The server's options. Sizes are in bytes, times in seconds; keep-alive's may be -1, the system's own.

    Raises InvalidOption for a value out of range or at odds with another.
    """

    allow_shutdown: bool = False
    backlog: int = 4096
    compat: int = COMPAT_2_0
    coredump: bool = False
    daemon: bool = False
    durability: Durability | None = None
    exceptions: bool = False
    file_descriptors: int | None = None
    hashtable_buckets: int = 991
    job_handle_prefix: str = ""
    job_lease: int = 0
    job_retries: int | None = None
    keepalive: bool = True
    keepalive_count: int = 4
    keepalive_idle: int = 120
    keepalive_interval: int = 30
    libdrizzle_db: str = "gearman"
    libdrizzle_host: str = "localhost"
    libdrizzle_mysql: bool = False
    libdrizzle_password: str = ""
    libdrizzle_port: int = 3306
    libdrizzle_table: str = "queue"
    libdrizzle_uds: str = ""
    libdrizzle_user: str = "root"
    libpq_conninfo: str = ""
    libpq_table: str = "queue"
    libmemcached_prefix: str = "gear_"
    libmemcached_servers: str | None = None
    libsqlite3_db: str | None = None
    libsqlite3_table: str = "gearman_queue"
    libtokyocabinet_file: str | None = None
    libtokyocabinet_optimize: bool = False
    listen: tuple[str, ...] = ()
    log_file: str | None = None
    max_connections: int = 0
    max_functions: int = 0
    max_output: int | None = None
    max_packet: int = 256 * MIB
    max_uniques: int = 0
    memory_limit: int = 0
    mysql_db: str = ""
    mysql_host: str = "localhost"
    mysql_password: str = ""
    mysql_port: int = 3306
    mysql_table: str = "gearman_queue"
    mysql_user: str = ""
    packet_timeout: int = 300
    pid_file: str = ""
    port: int = 4730
    queue_type: str = IN_MEMORY
    record: str | None = None
    record_dir: str | None = None
    record_files: int = 10
    record_payloads: bool = False
    record_size: int = GIB
    redis_password: str | None = None
    redis_port: int = 6379
    redis_prefix: str = "_gear_"
    redis_server: str = "127.0.0.1"
    round_robin: bool = False
    store_queue_on_shutdown: bool = False
    store_timeout: int = 10
    syslog: bool = False
    threads: int = AUTO
    user: str | None = None
    verbose: Level = Level.ERROR
    worker_wakeup: int = AUTO

    def __post_init__(self) -> None:
        self._check_ranges()
        if len(os.fsencode(self.job_handle_prefix)) > LONGEST_PREFIX:
            text = f"longer than {LONGEST_PREFIX} bytes, which leaves no room for the job's number."
            raise InvalidOption("job_handle_prefix", text)
        if self.output_limit < self.max_packet:
            text = (
                f"{self.output_limit} is less than --max-packet, {self.max_packet}: raise it or lower that."
            )
            raise InvalidOption("max_output", text)
        if "" in self.listen:
            raise InvalidOption("listen", "the address is empty; leave the option out to listen on all.")
        self._check_store()
        self._check_databases()
        self._check_recording()

    def _check_recording(self) -> None:
        if self.record is not None and not 0 < len(os.fsencode(Path(self.record).name)) <= LONGEST_RECORDING:
            text = f"{self.record!r} is no file: a name of at most {LONGEST_RECORDING} bytes is needed."
            raise InvalidOption("record", text)
        if self.record is None and self.record_dir is None:
            for field in fields(self):
                if field.name.startswith("record_") and getattr(self, field.name) != field.default:
                    raise InvalidOption(field.name, "it goes with --record or --record-dir.")

    def _check_databases(self) -> None:
        for field in fields(self):
            queue_type = _DATABASES.get(field.name.partition("_")[0], self.queue_type)
            if self.queue_type != queue_type and getattr(self, field.name) != field.default:
                raise InvalidOption(field.name, f"it goes with --queue-type {queue_type}.")
        if self.queue_type == MYSQL and not self.mysql_db:
            raise InvalidOption("queue_type", "it needs --mysql-db, the database that has the table.")
        if not _POSTGRES_TABLE.fullmatch(self.libpq_table):
            text = "is no table: at most 54 letters, digits and _, if need be behind its schema and a dot."
            raise InvalidOption("libpq_table", f"{self.libpq_table!r} {text}")
        for name in ("mysql_table", "libdrizzle_table"):
            if not _MYSQL_TABLE.fullmatch(getattr(self, name)):
                text = f"{getattr(self, name)!r} is no table: at most 55 letters, digits, _ and $."
                raise InvalidOption(name, text)

    def _check_store(self) -> None:
        self._check_place()
        if self.queue_type == IN_MEMORY:
            if self.durability not in (None, Durability.NONE):
                raise InvalidOption("durability", "it needs a store: see --queue-type.")
            if self.store_queue_on_shutdown:
                raise InvalidOption("store_queue_on_shutdown", "it needs a store: see --queue-type.")
        elif self.store_queue_on_shutdown and self.durability is not None:
            text = "it writes jobs when the server stops, so --durability has no meaning beside it."
            raise InvalidOption("store_queue_on_shutdown", text)

    def _check_place(self) -> None:
        for queue_type, (name, what) in _PLACES.items():
            if self.queue_type == queue_type and not getattr(self, name):
                option = name.replace("_", "-")
                raise InvalidOption("queue_type", f"it needs --{option}, {what}.")
            if self.queue_type != queue_type and getattr(self, name) is not None:
                raise InvalidOption(name, f"it goes with --queue-type {queue_type}.")
        largest = _LARGEST_KEPT.get(self.queue_type, LARGEST_PACKET)
        if self.max_packet > largest:
            text = f"{self.queue_type} keeps no job that is larger than {largest} bytes."
            raise InvalidOption("max_packet", text)

    def _check_ranges(self) -> None:
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InvalidOption(name, f"{value} is not between {low} and {high}.")
        for name in ("keepalive_count", "keepalive_idle", "keepalive_interval"):
            if getattr(self, name) == 0:
                raise InvalidOption(name, "0 is no value; -1 is the system's, --no-keepalive turns it off.")

    @property
    def handle_prefix(self) -> bytes:
        """What stands before the colon of a job handle; a host name too long for it is cut."""
        prefix = self.job_handle_prefix or f"H:{os.uname().nodename}"
        return os.fsencode(prefix)[:LONGEST_PREFIX]

    @property
    def max_attempts(self) -> int:
        """How often a job may be run, 0 for no limit."""
        if self.compat == COMPAT_1_1:
            return max(self.job_retries or 0, 0)
        if self.job_retries in (None, -1):
            return 0
        return max(self.job_retries or 0, 1)

    @property
    def has_store(self) -> bool:
        """Whether background jobs are kept in more than memory."""
        return self.queue_type != IN_MEMORY and self.durability is not Durability.NONE

    @property
    def durability_of_submits(self) -> Durability:
        """When a background submit is answered: SYNC if there is a store and nothing else is said."""
        if not self.has_store or self.store_queue_on_shutdown:
            return Durability.NONE
        return Durability.SYNC if self.durability is None else self.durability

    @property
    def log_target(self) -> str:
        """The log file's path, "stderr" or "none"."""
        if self.log_file is None:
            return DAEMON_LOG_FILE if self.daemon else "stderr"
        return self.log_file or "none"

    @property
    def output_limit(self) -> int:
        """Most bytes that may wait to be sent on a connection."""
        return max(GIB, self.max_packet) if self.max_output is None else self.max_output

    @property
    def keepalive_times(self) -> tuple[int, int, int] | None:
        """Idle time, interval and count of TCP keep-alive, None when it is off."""
        if not self.keepalive:
            return None
        return self.keepalive_idle, self.keepalive_interval, self.keepalive_count
