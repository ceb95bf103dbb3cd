"""The store that the options name; what only some stores need is imported with them."""

from __future__ import annotations

from gearfast.server.config import (
    LIBDRIZZLE,
    LIBMEMCACHED,
    LIBSQLITE3,
    LIBTOKYOCABINET,
    MYSQL,
    POSTGRES,
    REDIS,
    Config,
)
from gearfast.server.errors import ExitCode, ServerError
from gearfast.stores.base import Store, StoreError

EXTRAS = {
    POSTGRES: "postgres",
    MYSQL: "mysql",
    LIBDRIZZLE: "mysql",
    REDIS: "redis",
    LIBMEMCACHED: "memcached",
}


def make_store(config: Config) -> Store | None:
    """Not open yet; None if background jobs are kept in memory only."""
    if not config.has_store:
        return None
    try:
        return _MAKERS[config.queue_type](config)
    except ImportError as error:
        extra = EXTRAS[config.queue_type]
        text = f"The store {config.queue_type} needs a driver ({error}): pip install 'gearfast[{extra}]'."
        raise ServerError(ExitCode.STORE, text) from error


def open_store(config: Config) -> Store | None:
    """The same, open. Raises ServerError when it cannot be."""
    store = make_store(config)
    if store is not None:
        try:
            store.open()
        except StoreError as error:
            store.close()
            raise ServerError(ExitCode.STORE, f"Cannot open the store {store.name}: {error}.") from error
    return store


def _sqlite(config: Config) -> Store:
    from gearfast.stores.sqlite import SqliteStore

    assert config.libsqlite3_db is not None
    return SqliteStore(config.libsqlite3_db, config.libsqlite3_table)


def _postgres(config: Config) -> Store:
    from gearfast.stores.postgres import PostgresStore

    return PostgresStore(config.libpq_conninfo, config.libpq_table, config.store_timeout)


def _mysql(config: Config) -> Store:
    from gearfast.stores.mysql import MysqlStore

    return MysqlStore(
        config.mysql_host,
        config.mysql_port,
        config.mysql_user,
        config.mysql_password,
        config.mysql_db,
        config.mysql_table,
        seconds=config.store_timeout,
    )


def _drizzle(config: Config) -> Store:
    from gearfast.stores.mysql import MysqlStore

    return MysqlStore(
        config.libdrizzle_uds or config.libdrizzle_host,
        config.libdrizzle_port,
        config.libdrizzle_user,
        config.libdrizzle_password,
        config.libdrizzle_db,
        config.libdrizzle_table,
        name=LIBDRIZZLE,
        seconds=config.store_timeout,
    )


def _redis(config: Config) -> Store:
    from gearfast.stores.redis import RedisStore

    return RedisStore(
        config.redis_server,
        config.redis_port,
        config.redis_password,
        config.redis_prefix,
        config.store_timeout,
    )


def _memcached(config: Config) -> Store:
    from gearfast.stores.memcached import MemcachedStore, parse_servers

    try:
        servers = parse_servers(config.libmemcached_servers or "")
    except ValueError as error:
        raise ServerError(ExitCode.STORE, f"--libmemcached-servers: {error}") from error
    return MemcachedStore(servers, config.libmemcached_prefix, config.store_timeout)


def _tokyo_cabinet(config: Config) -> Store:
    from gearfast.stores.tokyocabinet import TokyoCabinetStore

    assert config.libtokyocabinet_file is not None
    return TokyoCabinetStore(config.libtokyocabinet_file, optimizes=config.libtokyocabinet_optimize)


_MAKERS = {
    LIBSQLITE3: _sqlite,
    POSTGRES: _postgres,
    MYSQL: _mysql,
    LIBDRIZZLE: _drizzle,
    REDIS: _redis,
    LIBMEMCACHED: _memcached,
    LIBTOKYOCABINET: _tokyo_cabinet,
}
