"""What a campaign may leave behind although every task has ended well: processes, connections, complaints in logs."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil

__all__ = ["complaints", "connections", "strays"]

_COMPLAINTS = (
    b"Unclosed client session",
    b"Unclosed connector",
    b"Unclosed connection",
    b"Task was destroyed but it is pending",
    b"exception was never retrieved",
    b"was never awaited",
    b"unclosed <socket",
)
"""What Python, asyncio and aiohttp say when somebody forgot a session, a socket or a task."""


def complaints(home: Path) -> Counter[str]:
    """Count what the logs below a home say about forgotten sessions and tasks."""
    found: Counter[str] = Counter()
    for path in home.rglob("*"):
        if path.suffix in {".out", ".log"} and path.is_file():
            content = path.read_bytes()
            for phrase in _COMPLAINTS:
                if count := content.count(phrase):
                    found[f"{path.relative_to(home)}: {phrase.decode()}"] += count
    return found


def strays(home: Path, known: set[int]) -> list[str]:
    """
    List processes of an Airflow that nobody looks after.

    :param known: the process ids of those that are meant to be there.
    """
    return [
        f"process {process.pid}: {' '.join(process.info['cmdline'] or [])[:120]}"
        for process in _of(home)
        if process.pid not in known
    ]


def connections(home: Path, port: int) -> Counter[int]:
    """Count the open connections to a port that each process of an Airflow has."""
    found: Counter[int] = Counter()
    for process in _of(home):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            found[process.pid] += sum(
                one.status == psutil.CONN_ESTABLISHED and bool(one.raddr) and one.raddr.port == port
                for one in process.net_connections("tcp")
            )
    return found


def _of(home: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter(["cmdline"]):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.pid != os.getpid() and process.environ().get("AIRFLOW_HOME") == str(home):
                yield process
