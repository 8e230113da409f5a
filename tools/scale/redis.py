"""
A Redis of one's own, as Celery's broker: found or installed, started, stopped.

Knows Debian's redis-server and nothing of what is queued in it. It keeps nothing on disk.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.ports import free_port

__all__ = ["RedisServer"]

_PROGRAM = "redis-server"
_START_TIMEOUT_S = 30.0
_INSTALL = "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"


class RedisServer:
    """
    Redis on a free loopback port.

    :param folder: for its log; created.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, database: int) -> str:
        """Address of one of its numbered databases."""
        return f"redis://127.0.0.1:{self._port}/{database}"

    def __enter__(self) -> Self:
        """Start the server and wait until it answers."""
        program = _installed()
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program, "--bind", "127.0.0.1", "--port", str(self._port), "--save", "", "--appendonly", "no"],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
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

    def stop(self) -> None:
        """Stop the server, and make sure that it did."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _wait(self) -> None:
        deadline_s = time.monotonic() + _START_TIMEOUT_S
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(16).startswith(b"+PONG"):
                        return
            except OSError:
                pass
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline_s:
                raise RuntimeError(f"redis-server did not start; see {self._folder / 'log'}")
            time.sleep(0.05)


def _installed() -> str:
    """Find redis-server; install it where that is possible, as a package of Debian."""
    found = shutil.which(_PROGRAM)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["sh", "-c", f"{_INSTALL} {_PROGRAM}"], check=False, capture_output=True)  # noqa: S607
        found = shutil.which(_PROGRAM)
    if found is None:
        raise RuntimeError("redis-server is missing and could not be installed: apt-get install redis-server")
    return found
