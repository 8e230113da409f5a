"""A CircleCI project with a past, operators that pull it, and what is true."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transfers.circleci import CircleCIToObjectStorageOperator, CircleCIToSqlOperator
from tests.unit.transfers.pulling import as_time, calm

__all__ = ["SLUG", "happened", "now_of", "since", "to_file", "to_table", "truth_of", "workflow_ids"]

SLUG = "gh/acme/web"


def to_file(sandbox: Sandbox, path: Path | str, stream: str = "pipelines", **options: Any) -> Any:
    task = CircleCIToObjectStorageOperator(task_id="pull", stream=stream, path=str(path), **_usual(options))
    return calm(task, sandbox)


def to_table(sandbox: Sandbox, stream: str = "pipelines", table: str = "landed", **options: Any) -> Any:
    task = CircleCIToSqlOperator(task_id="pull", stream=stream, table=table, sql_conn_id="landing", **_usual(options))
    return calm(task, sandbox)


def _usual(options: dict[str, Any]) -> dict[str, Any]:
    return {"request_max_wait_s": 0.01, "project_slug": SLUG, **options}


def happened(
    sandbox: Sandbox,
    count: int,
    *,
    every_s: float = 60.0,
    scenario: str = "success",
    slug: str = SLUG,
    branch: str = "main",
) -> list[str]:
    """Let pipelines be created one after the other; their ids."""
    with CircleCIHook() as hook:
        ids = []
        for _ in range(count):
            started = hook.trigger_pipeline(slug, branch=branch, parameters={"sandbox_scenario": scenario})
            ids.append(str(started["id"]))
            sandbox.advance(every_s)
    return ids


def now_of(sandbox: Sandbox) -> datetime:
    """Read the service's clock as it writes it: to the millisecond, rounded down."""
    now = datetime.fromtimestamp(sandbox.now(), UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def since(begin: datetime, end: datetime) -> dict[str, Any]:
    return {"window": {"min": as_time(begin), "max": as_time(end)}}


def truth_of(sandbox: Sandbox, ids: Iterable[str] | None = None) -> list[JsonObject]:
    """Tell the pipelines as they really are."""
    wanted = None if ids is None else set(ids)
    return [one for one in sandbox.pipelines() if wanted is None or one["id"] in wanted]


def workflow_ids(sandbox: Sandbox, ids: Iterable[str] | None = None) -> set[str]:
    """Tell the workflows of pipelines; one that is no longer kept has no id that anybody could land."""
    return {workflow["id"] for one in truth_of(sandbox, ids) for workflow in one["workflows"]}
