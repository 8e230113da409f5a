"""
The stand-in as a benchmark holds it: started, told how to behave, asked what it saw, ended.

Knows nothing of what it answers.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self

from benchmarks.environments import OWN, ROOT
from benchmarks.standin.protocol import Conduct

__all__ = ["Seen", "StandIn"]


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What a front saw since it was told how to behave.

    :param requests: all that came, refused ones included.
    :param limited: answered with 429.
    :param resets: answered with a reset.
    :param opened: connections that were opened.
    :param open_at_once: connections open at the same time, at most.
    :param demanded_s: seconds in which nobody should have sent anything.
    :param cpu_s: processor time of the stand-in since it started.
    """

    requests: int
    limited: int
    resets: int
    opened: int
    open_at_once: int
    demanded_s: float
    cpu_s: float


class StandIn:
    """
    A stand-in in a process of its own.

    :param arguments: of ``python -m benchmarks.standin``.
    """

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: subprocess.Popen[str] | None = None
        self.ports: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Start it and wait until everything is prepared."""
        self._process = subprocess.Popen(
            (str(OWN), "-m", "benchmarks.standin", *self._arguments),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ports = self._answer()["ports"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it."""
        if self._process is not None and self._process.stdin is not None and self._process.stdout is not None:
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()

    def url(self, front: str) -> str:
        """Say where a front is, without a path."""
        return f"http://127.0.0.1:{self.ports[front]}"

    def begin(self, front: str, conduct: Conduct) -> None:
        """Let a front behave in some way from now on, and count from 0."""
        self._tell({"front": front, "begin": asdict(conduct)})

    def seen(self, front: str) -> Seen:
        """Ask what a front saw since :meth:`begin`."""
        return Seen(**self._tell({"front": front}))

    def _tell(self, command: dict[str, Any]) -> dict[str, Any]:
        if self._process is None or self._process.stdin is None:
            raise RuntimeError("the stand-in has not been started")
        print(json.dumps(command), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process and self._process.stdout else ""
        if not line:
            raise RuntimeError("the stand-in has ended by itself; its last words are above")
        answer: dict[str, Any] = json.loads(line)
        return answer
