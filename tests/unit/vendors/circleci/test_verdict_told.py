"""A verdict says in one sentence what led to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy, judge, judge_job, judge_workflow

from .walking import NOW, stamp

EARLY_S, LATE_S = 100.0, 1000.0
"""Seconds after the trigger: within the grace period, and after it."""

NAMED = VerdictPolicy(workflow_names=("docs", "deploy"))
RERUN = VerdictPolicy(replaced_workflow_ids=("build@5", "lint@5"), replaced_at_s=NOW + 90)


def workflow(name: str, status: str, **more: Any) -> JsonObject:
    return {"id": f"{name}@5", "name": name, "status": status, "created_at": stamp(5), "stopped_at": stamp(65), **more}


@pytest.mark.parametrize(
    ("workflows", "after_s", "policy", "message"),
    [
        pytest.param([], EARLY_S, VerdictPolicy(), "no workflow yet", id="nothing yet"),
        pytest.param(
            [], LATE_S, VerdictPolicy(), "no workflow yet; grace period of 600 s passed; plan: none", id="nothing ever"
        ),
        pytest.param(
            [workflow("build", "success")],
            EARLY_S,
            NAMED,
            "no workflow named docs, deploy yet",
            id="not the named ones",
        ),
        pytest.param(
            [workflow("docs", "success")], EARLY_S, NAMED, "no workflow named deploy yet", id="one of the named ones"
        ),
        pytest.param(
            [workflow("prepare", "success", tag="setup")],
            EARLY_S,
            VerdictPolicy(),
            "only the setup workflow prepare yet",
            id="only what prepares",
        ),
        pytest.param(
            [workflow("build", "failed"), workflow("lint", "failed")],
            EARLY_S,
            RERUN,
            "no rerun of build, lint yet",
            id="only what was rerun",
        ),
        pytest.param(
            [workflow("build", "running"), workflow("lint", "success")],
            EARLY_S,
            VerdictPolicy(),
            "build running, lint success",
            id="one runs",
        ),
        pytest.param(
            [workflow("build", "failed"), workflow("lint", "success")],
            EARLY_S,
            VerdictPolicy(),
            "build failed, lint success",
            id="one failed",
        ),
        pytest.param(
            [workflow("build", "failed", auto_rerun_number=0, max_auto_reruns=1), workflow("lint", "success")],
            EARLY_S,
            VerdictPolicy(),
            "build failed, lint success; an automatic rerun follows",
            id="one will run again",
        ),
        pytest.param(
            [workflow("build", "on_hold"), workflow("lint", "success")],
            EARLY_S,
            VerdictPolicy(),
            "build on_hold, lint success: a job waits for a person's approval",
            id="one is held",
        ),
        pytest.param(
            [workflow("build", "canceled"), workflow("lint", "success")],
            EARLY_S,
            VerdictPolicy(),
            "build canceled, lint success",
            id="one was canceled",
        ),
        pytest.param(
            [workflow("build", "not_run")], EARLY_S, VerdictPolicy(), "build not_run; plan: none", id="none ran"
        ),
        pytest.param(
            [workflow("build", "success"), workflow("lint", "not_run")],
            EARLY_S,
            VerdictPolicy(),
            "build success, lint not_run",
            id="those that ran ended well",
        ),
    ],
)
def test_a_pipelines_verdict_says_what_led_to_it(
    workflows: Sequence[JsonObject], after_s: float, policy: VerdictPolicy, message: str
) -> None:
    subject = {"created_at": stamp(0), "errors": [{"type": "plan", "message": "none"}]}

    assert judge(subject, workflows, NOW + after_s, policy).message == message


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        pytest.param([{"type": "config", "message": "no jobs"}], "config: no jobs", id="one"),
        pytest.param([{"type": "a", "message": "b"}, {"type": "c", "message": "d"}], "a: b; c: d", id="two"),
        pytest.param([{}], "error:", id="one that says nothing"),
        pytest.param(["bad", {"type": "a", "message": "b"}], "a: b", id="one that is none"),
        pytest.param([], "no reason given", id="none"),
        pytest.param("bad", "no reason given", id="a text"),
        pytest.param(None, "no reason given", id="null"),
    ],
)
def test_a_pipeline_that_could_not_start_says_why(errors: Any, reason: str) -> None:
    verdict = judge({"state": "errored", "errors": errors}, [], NOW, VerdictPolicy())

    assert verdict.message == f"the pipeline could not start: {reason}"


def test_a_workflow_of_which_there_is_nothing_never_ran() -> None:
    assert judge_workflow([], NOW, VerdictPolicy()).message == "no workflow"


@pytest.mark.parametrize(
    "status", ["success", "failed", "retried", "canceled", "not_run", "on_hold", "running", "recovering"]
)
def test_a_jobs_verdict_says_which_job_is_what(status: str) -> None:
    assert judge_job({"name": "test", "status": status}, VerdictPolicy()).message == f"job 'test' is {status}"


def test_a_verdict_names_unknown_words_in_order_and_holds_what_was_judged() -> None:
    workflows = [workflow(name, status) for name, status in (("a", "waning"), ("b", "ebbing"), ("c", "success"))]
    verdict = judge({}, workflows, NOW, VerdictPolicy())

    assert (verdict.unknown_statuses, verdict.workflows) == (("ebbing", "waning"), tuple(workflows))
