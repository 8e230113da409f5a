"""A retry when there is less left to go on from than was noted."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.exceptions import PipelineFailed
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.operators.circleci import CircleCITriggerPipelineOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.acting import task_of
from tests.unit.running import FakeStateStore, context


def failing(sandbox: Sandbox) -> Any:
    return task_of(
        CircleCITriggerPipelineOperator,
        sandbox,
        project_slug="gh/acme/app",
        parameters={"sandbox_scenario": "failed"},
        retry_from_failed=True,
    )


def test_retry_of_what_cannot_be_rerun_any_more_triggers_anew(
    circleci: Sandbox, one_clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FakeStateStore()
    monkeypatch.setattr(CircleCIHook, "rerun_failed", lambda *_: [])

    for _ in range(2):
        with pytest.raises(PipelineFailed):
            failing(circleci).execute(context(store))

    assert [len(pipeline["workflows"]) for pipeline in circleci.pipelines()] == [1, 1]
