"""
Waits under a service's limit, an hour in seconds: both ends in one loop with a simulated clock.

What Airflow, hook, walk and transport do is all real; only ``time.time`` and the loop's clock are not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.triggers.circleci import CircleCIWorkflowTrigger
from benchmarks.limits import LIMIT, RETRY_AFTER_S, WAITS
from benchmarks.measuring import Meter
from benchmarks.simulated import SimulatedLoop
from benchmarks.standin.limits import Limited
from benchmarks.standin.protocol import Conduct, Front
from benchmarks.standin.workflows import Workflows
from benchmarks.triggerer import started

_LATENCY_S = 0.1
_MEDIAN_S = 60.0
_SIGMA = 1.0
_EPOCH_S = 1_800_000_000.0
_REFUSED_AT_S = 60.0
_REFUSED_WAITS = 100
_REFUSED_FOR_S = 150.0


@dataclass(frozen=True, slots=True)
class _Service:
    """A service of its own, and the Airflow connection to it."""

    conn_id: str
    limited: Limited
    workflows: Workflows


async def _opened(conn_id: str, most: int | None, told: int | None) -> _Service:
    loop = asyncio.get_running_loop()
    workflows = Workflows(loop.time, timed=True)
    limited = Limited(workflows, loop.time, most)
    front = Front([limited])
    front.begin(Conduct(latency_s=_LATENCY_S))
    server = await loop.create_server(front.connect, "127.0.0.1", 0, backlog=1024)
    extra = {} if told is None else {"requests_per_minute": told}
    os.environ[f"AIRFLOW_CONN_{conn_id.upper()}"] = json.dumps(
        {
            "conn_type": "circleci",
            "host": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}",
            "password": "bench-token",
            "extra": extra,
        }
    )
    return _Service(conn_id, limited, workflows)


def _triggers(service: _Service, durations_s: Iterable[float]) -> list[CircleCIWorkflowTrigger]:
    schedule = PollSchedule()
    return [
        CircleCIWorkflowTrigger(
            workflow_id=f"{index:08x}-0000-4000-8000-{round(duration_s * 1e3):012x}",
            circleci_conn_id=service.conn_id,
            on_hold="wait",
            on_canceled="fail",
            on_no_workflow="fail",
            no_workflow_grace_s=600.0,
            started_s=_EPOCH_S,
            deadline_s=_EPOCH_S + 86_400.0,
            poll_interval_s=schedule.poll_interval_s,
            max_poll_interval_s=schedule.max_poll_interval_s,
            poll_backoff=schedule.poll_backoff,
            request_attempts=5,
            request_max_wait_s=30.0,
        )
        for index, duration_s in enumerate(durations_s)
    ]


def _right(event: Any) -> bool:
    return bool(event["status"] == "succeeded")


async def _limited(told: int | None) -> dict[str, Any]:
    """Let waits go under a limit, and remember every look."""
    service = await _opened("bench", LIMIT, told)
    chance = random.Random(WAITS)  # noqa: S311  drawn alike each time
    durations_s = [_MEDIAN_S * math.exp(chance.gauss(0.0, _SIGMA)) for _ in range(WAITS)]
    ended = await asyncio.gather(*await started(_triggers(service, durations_s), _right))
    return {
        "requests": len(service.limited.arrived),
        "refused": len(service.limited.refused),
        "right": sum(ended),
        "lasted_s": asyncio.get_running_loop().time(),
        "looks": list(service.workflows.looks.values()),
    }


async def _refused(*, refuse: bool) -> dict[str, Any]:
    """Let waits go over two connections, and refuse one request of one of them, or none for comparison."""
    loop = asyncio.get_running_loop()
    one, other = await _opened("one", None, None), await _opened("other", None, None)
    durations_s = [_REFUSED_FOR_S] * _REFUSED_WAITS
    tasks = await started([*_triggers(one, durations_s), *_triggers(other, durations_s)], _right)
    await asyncio.sleep(_REFUSED_AT_S - loop.time())
    if refuse:
        one.limited.refuse_next(RETRY_AFTER_S)
    ended = await asyncio.gather(*tasks)
    # What was on its way when the refusal came back cannot be held any more.
    from_s, to_s = _REFUSED_AT_S + 1.0, _REFUSED_AT_S + RETRY_AFTER_S
    seen = {
        name: sum(from_s <= moment < to_s for moment in service.limited.arrived)
        for name, service in (("refused", one), ("other", other))
    }
    return {**seen, "right": sum(ended), "refusals": len(one.limited.refused)}


_SCENARIOS: dict[str, Callable[[], Coroutine[Any, Any, dict[str, Any]]]] = {
    "told": lambda: _limited(LIMIT),
    "untold": lambda: _limited(None),
    "refusal": lambda: _refused(refuse=True),
    "none": lambda: _refused(refuse=False),
}


def main() -> None:
    """Play the scenarios that are named and print what was seen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("scenarios", nargs="+", choices=_SCENARIOS)
    given = parser.parse_args()
    meter = Meter()
    seen: dict[str, Any] = {}
    for name in given.scenarios:
        random.seed(0)
        loop = SimulatedLoop()
        time.time = partial(_time, loop)
        with asyncio.Runner(loop_factory=lambda loop=loop: loop) as runner:  # type: ignore[misc]
            seen[name] = runner.run(_SCENARIOS[name]())
    meter.tell(**seen)


def _time(loop: asyncio.AbstractEventLoop) -> float:
    return _EPOCH_S + loop.time()


if __name__ == "__main__":
    main()
