"""
What a child process measures of itself, and how it says so.

Knows the clock and the kernel's account of the process. Runs in every peer's environment: the standard library only.
Memory is Linux's: elsewhere it reads as 0.
"""

from __future__ import annotations

import contextlib
import gc
import json
import resource
import time
from pathlib import Path
from typing import Any

__all__ = ["Meter", "rss_mb"]

_STATUS = Path("/proc/self/status")
_FORGET_PEAK = Path("/proc/self/clear_refs"), "5"
"""Sets ``VmHWM`` back to ``VmRSS`` (``proc_pid_clear_refs(5)``)."""


class Meter:
    """
    Time, CPU and memory from its making on.

    Make it when everything is warm: modules imported, first page pulled, first poll made. What the process has grown by
    then is not the work's.
    """

    def __init__(self) -> None:
        gc.collect()
        with contextlib.suppress(OSError):
            _FORGET_PEAK[0].write_text(_FORGET_PEAK[1])
        self._rss_mb = rss_mb()
        self._cpu_s = _cpu_s()
        self._wall_s = time.perf_counter()

    def result(self, *, requests: int = 0, sockets: int = 0, **extra: Any) -> dict[str, Any]:
        """
        Say what the work cost up to now.

        :param requests: requests that were sent.
        :param sockets: sockets open at most.
        :param extra: what else is worth telling, of JSON's types.
        :return: the fields of ``runs.Result``. ``grown_mb`` is the peak since the start less what was
            held then.
        """
        wall_s, cpu_s, peak_mb = time.perf_counter() - self._wall_s, _cpu_s() - self._cpu_s, rss_mb("VmHWM")
        return {
            "wall_s": wall_s,
            "cpu_s": cpu_s,
            "peak_rss_mb": peak_mb,
            "grown_mb": max(0.0, peak_mb - self._rss_mb),
            "requests": requests,
            "sockets": sockets,
            "extra": extra,
        }

    def tell(self, *, requests: int = 0, sockets: int = 0, **extra: Any) -> None:
        """Print :meth:`result` as the line that ``runs.Child`` reads."""
        print(json.dumps(self.result(requests=requests, sockets=sockets, **extra)), flush=True)


def rss_mb(field: str = "VmRSS") -> float:
    """
    Read the process's memory.

    :param field: ``VmRSS``, held now, or ``VmHWM``, held at most.
    :return: megabytes (of 1,000,000 bytes); 0 where the system does not tell.

    Source: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    """
    with contextlib.suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def _cpu_s() -> float:
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)
