"""
What is drawn of a pipeline in Airflow's UI, as one small value in JSON's own types.

Built from what CircleCI said, without asking anything more; bounded, and without control characters. Of the connection
there is nothing in it but the host. When it is built is known in ``recording.py``, how it is drawn in ``ui/assets``.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.refusal import printable
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.vendors.circleci.service import pipeline_url, workflow_url
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s

__all__ = ["MOST_JOBS", "MOST_TESTS", "MOST_WORKFLOWS", "VIEW_KEY", "kept_of_job", "says_the_same", "view_of"]

VIEW_KEY: Final = "circleci_view"
"""The XCom in which a task keeps it."""

MOST_WORKFLOWS: Final = 20
MOST_JOBS: Final = 200
MOST_TESTS: Final = 20
"""Bounds of a view, so that it stays below 500 kB of UTF-8, however long names and texts are."""

_VERSION: Final = 1
"""Raised when an older page could not draw it."""

_LONGEST_WORD: Final = 40
_LONGEST_NAME: Final = 120
_LONGEST_MESSAGE: Final = 300

_KEPT_OF_JOB = ("id", "name", "type", "status", "job_number", "started_at", "stopped_at")
_NOT_BEGUN = frozenset({"blocked", "not_run", "not_running", "queued", "unauthorized"})
"""CircleCI's description demands a beginning of these as well; it is then the workflow's."""

_MOMENTS = ("taken_s", "noted_s")


def view_of(
    service: Service,
    subject: JsonObject,
    workflows: Sequence[JsonObject],
    jobs: Mapping[str, Sequence[JsonObject]],
    *,
    status: str,
    message: str,
    taken_s: float,
    noted_s: float,
    failed_tests: Sequence[JsonObject] = (),
) -> JsonObject:
    """
    Build the view of a pipeline.

    :param subject: the pipeline, or the one workflow that is of interest; an empty one where there is none.
    :param workflows: those of interest, as CircleCI sent them.
    :param jobs: by workflow id, as CircleCI listed them; a workflow whose jobs were not read has none.
    :param status: the verdict's kind, or ``timed_out``.
    :param message: the verdict's.
    :param taken_s: when this was so, in seconds since the epoch by CircleCI's clock.
    :param noted_s: the same moment by ours.
    :param failed_tests: test results, each with the name of its job as ``job_name``; of as many as there is room for,
        more may have failed.
    :return: ``{"version", "status", "message", "taken_s", "noted_s", "pipeline": {…}, "workflows": [{…, "jobs":
        […]}], "failed_tests": […], …_left_out}``; of its jobs each names those it waits for by their place, as
        ``after``. Of jobs at least so many are left out: whoever lists them stops when there are too many.
    """
    told: list[JsonObject] = []
    room = MOST_JOBS
    for workflow in sorted(workflows, key=_beginning)[:MOST_WORKFLOWS]:
        listed = jobs.get(str(workflow.get("id")))
        kept = _in_order((listed or ())[:room])
        places = {str(job.get("id")): place for place, job in enumerate(kept)}
        room -= len(kept)
        url = workflow_url(service, workflow)
        told.append(
            {
                "name": _name(workflow.get("name")),
                "status": _name(workflow.get("status"), _LONGEST_WORD),
                "url": url,
                "started_s": epoch_s(workflow.get("created_at")),
                "stopped_s": epoch_s(workflow.get("stopped_at")),
                "jobs": [_job(job, places, url) for job in kept],
                "jobs_read": listed is not None,
                "jobs_left_out": len(listed or ()) - len(kept),
            }
        )
    return {
        "version": _VERSION,
        "status": status,
        "message": printable(message, _LONGEST_MESSAGE),
        "taken_s": round(taken_s, 3),
        "noted_s": round(noted_s, 3),
        "pipeline": _pipeline(service, subject, workflows),
        "workflows": told,
        "workflows_left_out": max(0, len(workflows) - MOST_WORKFLOWS),
        "failed_tests": [_test(test) for test in failed_tests[:MOST_TESTS]],
        "tests_left_out": len(failed_tests) >= MOST_TESTS,
    }


def says_the_same(one: JsonObject | None, other: JsonObject) -> bool:
    """Tell whether two views differ in nothing but the moments they were taken."""
    if one is None:
        return False
    return {**one, **dict.fromkeys(_MOMENTS)} == {**other, **dict.fromkeys(_MOMENTS)}


def kept_of_job(job: JsonObject) -> JsonObject:
    """Keep of a listed job what a view needs; thousands of waits may keep theirs at once."""
    needs = job.get("dependencies")
    kept = {key: job[key] for key in _KEPT_OF_JOB if key in job}
    return {**kept, "dependencies": list(needs)[:MOST_JOBS] if isinstance(needs, list) else []}


def _pipeline(service: Service, subject: JsonObject, workflows: Sequence[JsonObject]) -> JsonObject:
    """Describe the pipeline; a workflow knows the number and the project of its pipeline."""
    first = workflows[0] if workflows else {}
    slug = subject.get("project_slug") or first.get("project_slug")
    number = subject.get("number", subject.get("pipeline_number", first.get("pipeline_number")))
    number = number if isinstance(number, int) else None
    return {
        "number": number,
        "project": _name(slug) if slug else None,
        "url": pipeline_url(service, slug, number) if isinstance(slug, str) else None,
    }


def _job(job: JsonObject, places: Mapping[str, int], url: str | None) -> JsonObject:
    status, number = _name(job.get("status"), _LONGEST_WORD), job.get("job_number")
    return {
        "name": _name(job.get("name")),
        "type": _name(job.get("type"), _LONGEST_WORD),
        "status": status,
        "url": f"{url}/jobs/{number}" if url and isinstance(number, int) else None,
        "started_s": None if status in _NOT_BEGUN else epoch_s(job.get("started_at")),
        "stopped_s": None if status in _NOT_BEGUN else epoch_s(job.get("stopped_at")),
        "after": sorted(places[need] for need in _needs(job) if need in places),
    }


def _test(test: JsonObject) -> JsonObject:
    name = ".".join(str(part) for part in (test.get("classname"), test.get("name")) if part)
    return {
        "job": _name(test.get("job_name")),
        "name": printable(name or "unnamed", _LONGEST_MESSAGE),
        "file": printable(str(test.get("file") or ""), _LONGEST_NAME),
        "message": printable(str(test.get("message") or ""), _LONGEST_MESSAGE),
    }


def _in_order(jobs: Sequence[JsonObject]) -> list[JsonObject]:
    """Put each job after those it waits for, else the earlier first; jobs that wait for each other come last."""
    places = {str(job.get("id")): place for place, job in enumerate(jobs)}
    waiting = [{places[need] for need in _needs(job) if need in places} for job in jobs]
    followers: list[list[int]] = [[] for _ in jobs]
    for place, needs in enumerate(waiting):
        for need in needs:
            followers[need].append(place)
    ready = [(_start(job), place) for place, job in enumerate(jobs) if not waiting[place]]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        _, place = heapq.heappop(ready)
        order.append(place)
        for follower in followers[place]:
            waiting[follower].discard(place)
            if not waiting[follower]:
                heapq.heappush(ready, (_start(jobs[follower]), follower))
    placed = set(order)
    return [jobs[place] for place in (*order, *(place for place in range(len(jobs)) if place not in placed))]


def _needs(job: JsonObject) -> set[str]:
    return {need for need in job.get("dependencies") or () if isinstance(need, str)}


def _start(job: JsonObject) -> float:
    start_s = None if str(job.get("status")) in _NOT_BEGUN else epoch_s(job.get("started_at"))
    return math.inf if start_s is None else start_s


def _beginning(workflow: JsonObject) -> float:
    created_s = epoch_s(workflow.get("created_at"))
    return math.inf if created_s is None else created_s


def _name(text: Any, most: int = _LONGEST_NAME) -> str:
    return printable(str(text or ""), most) or "unnamed"
