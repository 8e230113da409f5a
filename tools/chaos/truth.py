"""
Whether the campaign left any mark: what Airflow says, held against what the services know.

Pure functions over plain values; whoever calls them has read both sides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tools.chaos.plan import ENDINGS, Wave
from tools.scale.standing import Instance

__all__ = ["Triggered", "run_id_of", "task_problems"]

_SENSORS = ("poke", "reschedule", "defer")
_PULLS = ("artifacts", "contacts", "members", "posts")


@dataclass(frozen=True, slots=True)
class Triggered:
    """
    A pipeline as the service knows it.

    :param number: of the parameters it was triggered with.
    :param began: when it was triggered, by the service's clock, in ISO 8601.
    :param ended: when the last of its workflows ended; empty where one goes on.
    """

    id: str
    number: int
    began: str
    ended: str


@dataclass(frozen=True, slots=True)
class _Expected:
    """
    How a task must end.

    :param number: of the pipeline it triggers.
    """

    state: str
    number: int | None = None


def run_id_of(wave: Wave) -> str:
    """Name the DAG run of a wave; tables and folders are named after it."""
    return f"wave_{wave.number}"


def task_problems(waves: Sequence[Wave], instances: Iterable[Instance], pipelines: Iterable[Triggered]) -> list[str]:
    """
    Hold the tasks against the pipelines: each triggered exactly one, told that one, and ended as it did.

    Where Airflow loses a task's failure, it tries again what has failed: then there is another pipeline, after the
    end of the first.

    :return: what is wrong, a line each.
    """
    expected = {place: wanted for wave in waves for place, wanted in _expected(wave)}
    triggered: dict[int, list[Triggered]] = defaultdict(list)
    for pipeline in sorted(pipelines, key=lambda one: one.began):
        triggered[pipeline.number].append(pipeline)
    found = {(one.run_id, one.task_id, one.map_index): one for one in instances}
    problems = [f"{_named(place)}: there is no such task" for place in expected.keys() - found.keys()]
    problems += [f"{_named(place)}: nobody planned this task" for place in found.keys() - expected.keys()]
    numbers = {wanted.number for wanted in expected.values()}
    problems += [f"pipeline {number}: nobody planned it" for number in triggered.keys() - numbers]
    for place, wanted in expected.items():
        if place in found:
            problems += _instance_problems(found[place], wanted, triggered)
    return sorted(problems)


def _instance_problems(instance: Instance, wanted: _Expected, triggered: dict[int, list[Triggered]]) -> Iterator[str]:
    name = _named((instance.run_id, instance.task_id, instance.map_index))
    if instance.state != wanted.state:
        yield f"{name}: {instance.state}, should be {wanted.state} (after {instance.tries} tries)"
    if wanted.number is None:
        return
    own = triggered.get(wanted.number, [])
    may_be_several = wanted.state == "failed" and all(
        old.ended and old.ended <= new.began for old, new in pairwise(own)
    )
    if not own or (len(own) > 1 and not may_be_several):
        yield f"{name}: triggered {len(own)} pipelines, not one (in {instance.tries} tries)"
    elif instance.told != own[-1].id:
        yield f"{name}: followed pipeline {instance.told}, but triggered {own[-1].id}"


def _expected(wave: Wave) -> Iterator[tuple[tuple[str, str, int], _Expected]]:
    run_id = run_id_of(wave)
    for nth, parameters in enumerate(wave.waits):
        yield (run_id, "wait", nth), _Expected(_ending(parameters), parameters["number"])
    yield (run_id, "start", -1), _Expected("success", wave.watched["number"])
    for sensor in _SENSORS:
        yield (run_id, sensor, -1), _Expected(_ending(wave.watched))
    for pull in _PULLS:
        yield (run_id, pull, -1), _Expected("success")


def _ending(parameters: Any) -> str:
    return ENDINGS[parameters["sandbox_scenario"]]


def _named(place: tuple[str, str, int]) -> str:
    run_id, task_id, map_index = place
    return f"{run_id}.{task_id}" + (f"[{map_index}]" if map_index >= 0 else "")
