"""CircleCI jobs in the sandbox that have left something, for the operators that fetch it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.operators.circleci_artifacts import CircleCIDownloadArtifactsOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.running import context

__all__ = [
    "FILES",
    "HOSTS",
    "PATIENCE",
    "SLUG",
    "STORAGE",
    "calm",
    "download",
    "fetched",
    "files",
    "give",
    "header",
    "job_numbers",
    "manifest",
    "newest_workflow",
    "ran",
]

FILES = r"/(output/job|artifact-storage)/"
STORAGE = r"/artifact-storage/"
HOSTS = r"/output/job/"
SLUG = "gh/acme/app"
PATIENCE: dict[str, Any] = {"request_max_wait_s": 0.01, "request_attempts": 3}


def ran(sandbox: Sandbox, scenario: str = "success", seconds: float = 60) -> str:
    """Run a pipeline; its id."""
    started = CircleCIHook().trigger_pipeline(SLUG, parameters={"sandbox_scenario": scenario})
    sandbox.advance(seconds)
    return str(started["id"])


def newest_workflow(pipeline_id: str) -> dict[str, Any]:
    return next(iter(CircleCIHook().list_pipeline_workflows(pipeline_id)))


def job_numbers(pipeline_id: str) -> dict[str, int]:
    """The numbers of the jobs of a pipeline's newest workflow that have begun."""
    jobs = CircleCIHook().list_workflow_jobs(newest_workflow(pipeline_id)["id"])
    return {job["name"]: job["job_number"] for job in jobs if "job_number" in job}


def calm(task: Any, sandbox: Sandbox) -> Any:
    """Let a task's waiting move the sandbox's clock instead of ours."""
    task.sleep = sandbox.advance
    return task


def download(sandbox: Sandbox, path: Path | str, *, seen: Any = None, **options: Any) -> dict[str, Any]:
    task = CircleCIDownloadArtifactsOperator(task_id="artifacts", path=str(path), **{**PATIENCE, **options})
    told: dict[str, Any] = calm(task, sandbox).execute(seen or context())
    return told


def give(sandbox: Sandbox, pipeline_id: str, *artifacts: dict[str, Any], job: str = "test") -> None:
    for name, number in job_numbers(pipeline_id).items():
        sandbox.circleci_outputs(number, artifacts=artifacts if name == job else [])


def files(folder: Path) -> dict[str, int]:
    """The files below a folder and their sizes, but for the manifest."""
    found = {str(path.relative_to(folder)): path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    found.pop("artifacts.jsonl", None)
    return found


def manifest(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "artifacts.jsonl").read_text().splitlines()]


def fetched(sandbox: Sandbox, path: str = FILES) -> list[dict[str, Any]]:
    return sandbox.requests(method="GET", path=path)


def header(request: dict[str, Any], name: str) -> str | None:
    return {key.lower(): value for key, value in request["headers"].items()}.get(name)
