"""
What each process of an Airflow spends on the work: CPU time from a moment on, its children's included.

Knows processes, and nothing of what they do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import psutil

from tools.airflow_instance import AirflowInstance

__all__ = ["Costs"]

_OTHERS = "PostgreSQL, Redis, sandbox"


class Costs:
    """
    CPU time spent since this was built.

    :param names: the processes, as the Airflow names them.
    """

    def __init__(self, airflow: AirflowInstance, names: Sequence[str]) -> None:
        self._airflow = airflow
        self._begun = {name: _cpu_s(airflow.family(name)) for name in names}
        self._ended: dict[str, float] = {}
        self._others_begun_s = self._others_s()

    def kill(self, name: str) -> None:
        """Kill a process; what it has spent until now is kept."""
        self._ended[name] = _cpu_s(self._airflow.family(name))
        self._airflow.kill(name)

    def spent_s(self) -> dict[str, float]:
        """Say what each has spent, in seconds of CPU time; what is not Airflow, this process started, too."""
        spent_s = {
            name: (self._ended[name] if name in self._ended else _cpu_s(self._airflow.family(name))) - begun_s
            for name, begun_s in self._begun.items()
        }
        return spent_s | {_OTHERS: self._others_s() - self._others_begun_s}

    def _others_s(self) -> float:
        airflow = {process.pid for name in self._begun for process in self._airflow.family(name)}
        return _cpu_s([process for process in psutil.Process().children(recursive=True) if process.pid not in airflow])


def _cpu_s(family: list[psutil.Process]) -> float:
    """Sum up processes; each has the time of those of its children that are gone."""
    spent_s = 0.0
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            spent_s += times.user + times.system + times.children_user + times.children_system
    return spent_s
