"""How the tools that start an Airflow speak, stay up and are stopped from a terminal."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from tools.airflow_instance import AirflowInstance

__all__ = ["end_in_one_line", "keep_up", "say"]

_MOST_PROBLEMS = 40


def say(text: str) -> None:
    """Print a line with the time of day."""
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


def keep_up(airflow: AirflowInstance) -> None:
    """Tell where Airflow is, and leave it up until Ctrl-C."""
    user, password = airflow.sign_in
    print(f"Airflow stays up: {airflow.url}  user {user}  password {password}  (Ctrl-C ends it)", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def end_in_one_line(name: str, work: Callable[[], Sequence[str]], done: str, logs: Path) -> int:
    """
    Do a tool's work and say in the last line how it went; a signal stops what was started.

    :param name: the tool's.
    :param work: returns what went wrong.
    :param done: what it has done if nothing did.
    :param logs: where to look otherwise.
    :return: exit status.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    began_s = time.monotonic()
    try:
        problems = work()
    except KeyboardInterrupt:
        problems = ["interrupted"]
    except Exception as error:  # noqa: BLE001  whatever went wrong, the last line has to say so
        print(error, file=sys.stderr)
        problems = [f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"]
    if not problems:
        print(f"{name}: ok: {done}, in {time.monotonic() - began_s:.0f} s", flush=True)
        return 0
    for problem in problems[:_MOST_PROBLEMS]:
        print(f"  {problem}")
    count = f"{len(problems)} problems, the first: " if len(problems) > 1 else ""
    print(f"{name}: failed: {count}{problems[0]}; logs are in {logs}", flush=True)
    return 1


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
