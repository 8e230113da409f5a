"""
What a plan wants to go wrong, carried out on real processes and the running sandbox.

Knows who can be struck at a moment, and how each gets up again; not when, and not what it is good for.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from urllib.error import URLError

import psutil

from airflow_provider_circle.sandbox.client import Sandbox
from tools.airflow_instance import AirflowInstance
from tools.chaos.plan import REQUEST_FAULTS, Strike
from tools.scale.standing import Standing

__all__ = ["SCHEDULER", "TRIGGERERS", "Striker"]

SCHEDULER = "scheduler"
TRIGGERERS = {"triggerer": "triggerer", "triggerer-2": "triggerer --skip-serve-logs"}
"""Names, and the commands behind them."""

_UP_AGAIN_AFTER_S = 3.0
_VICTIM_WITHIN_S = 20.0
_BACK_WITHIN_S = 30.0


class Striker:
    """
    Lets things go wrong.

    :param seed: begins the draw of who is struck.
    """

    def __init__(self, airflow: AirflowInstance, sandbox: Sandbox, standing: Standing, seed: int) -> None:
        self.struck: Counter[str] = Counter()
        self._airflow = airflow
        self._sandbox = sandbox
        self._standing = standing
        self._chance = random.Random(seed)  # noqa: S311  victims, not secrets
        self._faults: list[str] = []
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def strike(self, strike: Strike) -> str:
        """
        Let one thing go wrong.

        :return: what was done, for the one who watches; empty for a fault that waits for its requests.
        """
        if strike.kind in REQUEST_FAULTS:
            self._sandbox.add_fault(**strike.options)
            self._faults.append(strike.kind)
            return ""
        seconds = strike.options.get("seconds", 0)
        actions: dict[str, Callable[[], str]] = {
            "SIGKILL of a task": self._kill_task,
            "SIGKILL of a worker": self._kill_worker,
            "SIGKILL of a triggerer": self._kill_triggerer,
            "stopped triggerer": partial(self._stop_triggerer, seconds),
            "SIGKILL of the scheduler": partial(self._kill_and_start, SCHEDULER, SCHEDULER),
            "restart of the service": partial(self._restart_service, seconds),
        }
        done = actions[strike.kind]()
        if done:
            self.struck[strike.kind] += 1
        return done or f"nobody to strike: {strike.kind}"

    def get_up(self, *, everything: bool = False) -> None:
        """
        Start or wake what has been down for long enough.

        :param everything: whatever is down, now.
        """
        while self._later and (everything or self._later[0][0] <= time.monotonic()):
            heapq.heappop(self._later)[2]()

    def count_faults(self) -> None:
        """Read from the sandbox how many requests were struck by what, and switch the rest off."""
        for kind, fault in zip(self._faults, self._sandbox.faults(), strict=True):
            self.struck[kind] += fault["hits"]
        self._sandbox.clear_faults()
        self._faults.clear()

    def _in(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._numbers), action))

    def _running_task(self) -> psutil.Process | None:
        """Find a task that runs in a worker; wait for one for a while."""
        deadline_s = time.monotonic() + _VICTIM_WITHIN_S
        while time.monotonic() < deadline_s:
            workers = {process.pid: process for process in self._airflow.family(SCHEDULER)}
            tasks = sorted(self._standing.running() & workers.keys())
            if tasks:
                return workers[self._chance.choice(tasks)]
            time.sleep(0.1)
        return None

    def _kill_task(self) -> str:
        task = self._running_task()
        with contextlib.suppress(psutil.NoSuchProcess):
            if task is not None:
                task.kill()
                return f"killed task process {task.pid}"
        return ""

    def _kill_worker(self) -> str:
        """Kill what watches over a task; the task itself is left to find out."""
        task = self._running_task()
        with contextlib.suppress(psutil.NoSuchProcess):
            worker = task.parent() if task is not None else None
            if worker is not None:
                worker.kill()
                return f"killed worker {worker.pid} beside its task"
        return ""

    def _kill_triggerer(self) -> str:
        name = self._chance.choice(list(TRIGGERERS))
        return self._kill_and_start(name, TRIGGERERS[name])

    def _kill_and_start(self, name: str, command: str) -> str:
        if not self._airflow.family(name):
            return ""
        self._airflow.kill(name)
        self._in(_UP_AGAIN_AFTER_S, partial(self._airflow.start, command, name))
        return f"killed {name}, to be started in {_UP_AGAIN_AFTER_S:g} s"

    def _stop_triggerer(self, seconds: float) -> str:
        name = self._chance.choice(list(TRIGGERERS))
        family = self._airflow.family(name)
        for process in family:
            _tell(process, signal.SIGSTOP)
        for process in family:
            self._in(seconds, partial(_tell, process, signal.SIGCONT))
        return f"stopped {name} for {seconds:g} s" if family else ""

    def _restart_service(self, seconds: float) -> str:
        self._sandbox.go_down(seconds)
        deadline_s = time.monotonic() + seconds + _BACK_WITHIN_S
        time.sleep(seconds)
        while True:
            with contextlib.suppress(URLError, ConnectionError):
                self._sandbox.now()
                return f"the service was down for {seconds:g} s"
            if time.monotonic() > deadline_s:
                raise TimeoutError("the sandbox did not come back")
            time.sleep(0.2)


def _tell(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        if process.is_running():
            os.kill(process.pid, number)
