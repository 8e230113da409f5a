"""How the tools that start an Airflow speak, stay up and are stopped from a terminal."""

from __future__ import annotations

import signal
import time
from types import FrameType

from tools.airflow_instance import AirflowInstance

__all__ = ["keep_up", "say", "stop_at"]


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


def stop_at(*numbers: signal.Signals) -> None:
    """Treat signals as Ctrl-C, so that what was started is stopped."""
    for number in numbers:
        signal.signal(number, _interrupt)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
