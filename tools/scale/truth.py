"""
Whether anything was lost or doubled: what Airflow says, held against what the services know and what landed.

Pure functions over plain values; whoever calls them has read both sides.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Pipeline", "Task", "pull_problems", "record_problems", "wait_problems"]

_STATES = {"success": "success", "failed": "failed"}
"""How a task must end, by how its pipeline's workflow did."""


@dataclass(frozen=True, slots=True)
class Task:
    """
    A mapped task at its end.

    :param number: its map index.
    :param told: what it told: a wait its pipeline's id, a pull the path of its file.
    """

    number: int
    state: str
    tries: int
    told: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """
    A pipeline as the service knows it.

    :param number: of the task that triggered it.
    :param status: how its only workflow stands.
    """

    id: str
    number: int
    status: str


def wait_problems(wanted: int, tasks: Iterable[Task], pipelines: Iterable[Pipeline]) -> list[str]:
    """
    Hold the waits against the pipelines: exactly one per task, the very one it followed, judged as it went.

    :param wanted: how many tasks there are to be, numbered from 0.
    :return: what is wrong, a line each.
    """
    triggered: dict[int, list[Pipeline]] = defaultdict(list)
    for pipeline in pipelines:
        triggered[pipeline.number].append(pipeline)
    waits = list(tasks)
    problems = list(_numbering_problems(wanted, (task.number for task in waits)))
    problems += [f"pipeline of task {number}, which there is not" for number in triggered.keys() - set(range(wanted))]
    for task in waits:
        of_task = triggered[task.number]
        if len(of_task) != 1:
            problems.append(f"wait {task.number} triggered {len(of_task)} pipelines, not one")
            continue
        (pipeline,) = of_task
        if task.told != pipeline.id:
            problems.append(f"wait {task.number} followed pipeline {task.told}, but triggered {pipeline.id}")
        if _STATES.get(pipeline.status) != task.state:
            problems.append(f"wait {task.number} is {task.state}, its pipeline {pipeline.status}")
    return problems


def pull_problems(
    tasks: Iterable[Task],
    true: Mapping[str, Iterable[str]],
    in_files: Mapping[str, Iterable[str]],
    in_table: Mapping[str, Iterable[str]],
) -> list[str]:
    """
    Hold what landed against the service: the records of each event, all of them, each once, in its file and the table.

    :param true: the ids of the records of each event.
    :param in_files: those in the file of each event.
    :param in_table: those in the table's rows of each event.
    :return: what is wrong, a line each.
    """
    pulls = list(tasks)
    problems = list(_numbering_problems(len(true), (task.number for task in pulls)))
    problems += [f"pull {task.number} is {task.state}" for task in pulls if task.state != "success"]
    for where, landed in (("file", in_files), ("table", in_table)):
        problems += record_problems(where, "event", true, landed)
    return problems


def record_problems(
    where: str, whose: str, true: Mapping[str, Iterable[str]], landed: Mapping[str, Iterable[str]]
) -> Iterator[str]:
    """
    Hold what landed in one kind of sink against the truth: all records, each once.

    :param where: what the sink is.
    :param whose: what the keys of both are.
    :param true: the ids of the records, by owner.
    :return: what is wrong, a line each.
    """
    yield from (f"{where}: {whose} {key}, which there is not" for key in sorted(landed.keys() - true.keys()))
    for key, ids in true.items():
        wanted, found = Counter(ids), Counter(landed.get(key, ()))
        if missing := wanted - found:
            yield f"{where}: {missing.total()} records of {whose} {key} are missing"
        if surplus := found - wanted:
            yield f"{where}: {surplus.total()} records of {whose} {key} are too many"


def _numbering_problems(wanted: int, numbers: Iterable[int]) -> Iterator[str]:
    found = Counter(numbers)
    if lost := set(range(wanted)) - found.keys():
        yield f"{len(lost)} of {wanted} tasks are missing, the first is {min(lost)}"
    if surplus := found - Counter(range(wanted)):
        yield f"{surplus.total()} tasks are too many, the first is {min(surplus)}"
