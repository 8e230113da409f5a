"""
A peer as the benchmark holds it: a process that has imported everything and is asked for one run after the other.

The other side is ``triggerer.main``.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import asdict
from types import TracebackType
from typing import Self

from benchmarks.environments import ROOT
from benchmarks.runs import Child, Result
from benchmarks.triggerer import Load

__all__ = ["Waiters"]


class Waiters:
    """
    A peer's process; every run is a fork of it.

    :param child: how it is started.
    """

    def __init__(self, child: Child) -> None:
        self.child = child
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed on leaving
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Start it; its imports go on meanwhile."""
        self._process = subprocess.Popen(
            (str(self.child.python), *self.child.arguments),
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.child.environment},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        if self._process is not None and self._process.stdin is not None and self._process.stdout is not None:
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait()
        self._said.close()

    def run(self, server: str, counts: str, load: Load) -> Result:
        """
        Let it wait.

        :param server: the stand-in's address.
        :param counts: where the stand-in says what it has counted.
        :raises RuntimeError: it failed, with the end of what it said.
        """
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the peer has not been started")
        print(
            json.dumps({"server": server, "counts": counts, "load": asdict(load)}), file=self._process.stdin, flush=True
        )
        said = ""
        for line in self._process.stdout:
            if line.startswith("{"):
                return Result(**json.loads(line))
            said += line  # Airflow warns there, too
        self._said.seek(0)
        raise RuntimeError(f"{self.child.name} failed:\n{said}{self._said.read()[-3000:]}")
