"""Where the view is in Airflow's UI, and recordings to be drawn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator, Page, Route

from tools.airflow_instance import AirflowInstance

__all__ = ["answered", "drawn", "job", "open_view", "record", "view", "workflow"]

PROJECT = "https://app.circleci.com/pipelines/gh/acme/app/42"


def open_view(airflow: AirflowInstance, page: Page, dag_id: str, run_id: str, task_id: str) -> Page:
    """Open the tab of a task instance."""
    page.goto(f"{airflow.url}/dags/{dag_id}/runs/{run_id}/tasks/{task_id}/plugin/circleci")
    return page


def drawn(page: Page, name: str) -> Locator:
    """Find the row of a workflow or job by its name."""
    return page.locator(".gantt tr").filter(has=page.locator("th.name", has_text=name))


def record(airflow: AirflowInstance, run_id: str, value: Any) -> None:
    """Let the task that follows no pipeline have recorded this, in place of what it had recorded."""
    path = f"/dags/not_ours/dagRuns/{run_id}/taskInstances/plain/xcomEntries/circleci_view"
    airflow.ask("PATCH", path, value=value, map_index=-1)


@contextmanager
def answered(page: Page, path: str, answer: Callable[[Route], None]) -> Iterator[None]:
    """Answer what the page asks of a path in Airflow's place, for a while."""
    page.route(path, answer)
    try:
        yield
    finally:
        page.unroute(path)


def view(*workflows: dict[str, Any], **changes: Any) -> dict[str, Any]:
    now_s = time.time()
    pipeline = {"number": 42, "project": "gh/acme/app", "url": PROJECT}
    return {
        "version": 1,
        "status": "succeeded",
        "message": "",
        "taken_s": now_s,
        "noted_s": now_s,
        "pipeline": pipeline,
        "workflows": list(workflows),
        "workflows_left_out": 0,
        "failed_tests": [],
        "tests_left_out": False,
        **changes,
    }


def workflow(name: str, status: str, *jobs: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "status": status,
        "url": f"{PROJECT}/workflows/w",
        "started_s": 1000.0,
        "stopped_s": 1400.0,
        "jobs": list(jobs),
        "jobs_read": True,
        "jobs_left_out": 0,
        **changes,
    }


def job(name: str, status: str, begin_s: float | None = 0.0, end_s: float | None = 10.0, **more: Any) -> dict[str, Any]:
    """Make up a job; its times are seconds after its workflow's beginning."""
    return {
        "name": name,
        "status": status,
        "type": "build",
        "url": None if begin_s is None else f"{PROJECT}/workflows/w/jobs/7",
        "started_s": None if begin_s is None else 1000.0 + begin_s,
        "stopped_s": None if end_s is None else 1000.0 + end_s,
        "after": [],
        **more,
    }
