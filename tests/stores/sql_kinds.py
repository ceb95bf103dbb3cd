"""Databases on a server that is killed and started again."""

from __future__ import annotations

from pathlib import Path

from gearfast.stores.mysql import MysqlStore
from gearfast.stores.postgres import PostgresStore
from tests.support.sql_servers import LOOPBACK, PASSWORD, USER, mariadb, postgres


class PostgresKind:
    def __init__(self, _folder: Path) -> None:
        self.server = postgres()
        self.conninfo = self.server.conninfo(self.server.new_database())
        self.options = ("-q", "postgres", "--libpq-conninfo", self.conninfo)

    def store(self) -> PostgresStore:
        return PostgresStore(self.conninfo)

    def break_down(self) -> None:
        self.server.kill()

    def mend(self) -> None:
        self.server.start()

    def remove(self) -> None:
        """The server goes on for the next test."""


class MysqlKind:
    def __init__(self, _folder: Path) -> None:
        self.server = mariadb()
        self.database = self.server.new_database()
        place = ("--mysql-host", LOOPBACK, "--mysql-port", str(self.server.port), "--mysql-db", self.database)
        self.options = ("-q", "mysql", *place, "--mysql-user", USER, "--mysql-password", PASSWORD)

    def store(self) -> MysqlStore:
        return MysqlStore(LOOPBACK, self.server.port, USER, PASSWORD, self.database)

    def break_down(self) -> None:
        self.server.kill()

    def mend(self) -> None:
        self.server.start()

    def remove(self) -> None:
        """The server goes on for the next test."""
