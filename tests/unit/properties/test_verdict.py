"""Whatever CircleCI may say, it is judged; what is not understood is no end, and no success."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.vendors.circleci.statuses import (
    JOB_KNOWN,
    PIPELINE_ERRORED,
    WORKFLOW_FAILURES,
    WORKFLOW_KNOWN,
    WORKFLOW_TERMINAL,
)
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy, judge, judge_job, judge_workflow
from tests.unit.properties.strategies import json_objects, moment_texts, moments

NAMES = ("build", "deploy", "test")
IDS = ("w1", "w2", "w3")
ENDED_WELL = {"success", "not_run"}

names = st.sampled_from(NAMES)
statuses = st.sampled_from(sorted(WORKFLOW_KNOWN | JOB_KNOWN))
unknown_words = st.text(max_size=12).filter(lambda word: word not in WORKFLOW_KNOWN | JOB_KNOWN)
counts = st.integers(0, 3)
grace_s = st.sampled_from([0.0, 600.0]) | st.floats(0.0, 1e6)
choices = st.sampled_from(["fail", "skip", "succeed"])
policies = st.builds(
    VerdictPolicy,
    on_hold=st.sampled_from(["wait", "fail", "approve"]),
    on_canceled=choices,
    on_no_workflow=choices,
    no_workflow_grace_s=grace_s,
    workflow_names=st.lists(names, max_size=2, unique=True),
    replaced_workflow_ids=st.lists(st.sampled_from(IDS), max_size=2, unique=True),
    replaced_at_s=st.none() | moments().map(lambda moment: moment.timestamp()),
)
times_s = moments().map(lambda moment: moment.timestamp())

strange_pipelines = json_objects(
    state=st.sampled_from(["created", "pending", "setup", "errored"]),
    created_at=moment_texts(),
    errors=st.lists(json_objects(type=st.text(max_size=5), message=st.text(max_size=5)), max_size=2),
)
strange_workflows = st.lists(
    json_objects(
        id=st.sampled_from(IDS),
        name=names,
        status=statuses | unknown_words,
        tag=st.just("setup"),
        created_at=moment_texts(),
        stopped_at=moment_texts(),
        auto_rerun_number=counts,
        max_auto_reruns=counts,
    ),
    max_size=5,
)
strange_jobs = json_objects(name=names, status=statuses | unknown_words)


def written(seconds: int) -> str:
    """Write a moment in an hour as CircleCI does."""
    return f"2026-03-02T12:{seconds // 60:02}:{seconds % 60:02}.000Z"


HOUR_S = epoch_s(written(0)) or 0.0

workflows_of_an_hour = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from([*IDS, "w4", "w5", "w6"]),
            "name": names,
            "status": st.sampled_from(sorted(WORKFLOW_KNOWN)),
            "created_at": st.integers(0, 3_599).map(written),
        },
        optional={
            "tag": st.just("setup"),
            "stopped_at": st.integers(0, 3_599).map(written),
            "auto_rerun_number": counts,
            "max_auto_reruns": counts,
        },
    ),
    max_size=5,
    unique_by=(lambda workflow: str(workflow["created_at"]), lambda workflow: str(workflow["id"])),
)
"""As CircleCI sends them; no two of the same age, so that it is clear which is the newest."""
times_about_s = st.floats(HOUR_S, HOUR_S + 7_200)
PIPELINE: JsonObject = {"id": "p", "state": "created", "created_at": written(0), "errors": []}


# Nothing crashes


@given(strange_pipelines, strange_workflows, times_s, policies)
def test_any_pipeline_is_judged(
    pipeline: JsonObject, workflows: list[JsonObject], now_s: float, policy: VerdictPolicy
) -> None:
    verdict = judge(pipeline, workflows, now_s, policy)
    assert verdict.message
    assert verdict.final == (verdict.action in {"fail", "skip", "succeed"})
    assert verdict.kind != "succeeded" or verdict.action == "succeed"
    assert all(any(judged is workflow for workflow in workflows) for judged in verdict.workflows)


@given(strange_workflows, times_s, policies)
def test_any_workflow_is_judged(runs: list[JsonObject], now_s: float, policy: VerdictPolicy) -> None:
    verdict = judge_workflow(runs, now_s, policy)
    assert verdict.kind != "succeeded" or {str(run.get("status")) for run in verdict.workflows} <= ENDED_WELL


@given(strange_jobs, policies)
def test_any_job_is_judged(job: JsonObject, policy: VerdictPolicy) -> None:
    verdict = judge_job(job, policy)
    assert (verdict.kind == "succeeded") == (job.get("status") == "success")


# What is not understood is no end


@given(strange_jobs, policies, unknown_words)
def test_an_unknown_word_of_a_job_is_waited_on(job: JsonObject, policy: VerdictPolicy, word: str) -> None:
    verdict = judge_job({**job, "status": word}, policy)
    assert (verdict.kind, verdict.action, verdict.unknown_statuses) == ("running", "wait", (word,))


@given(strange_workflows, times_s, policies)
def test_an_unknown_word_of_a_workflow_is_waited_on(
    workflows: list[JsonObject], now_s: float, policy: VerdictPolicy
) -> None:
    verdict = judge({"state": "created"}, workflows, now_s, policy)
    counting = [one for one in verdict.workflows if one.get("id") not in policy.replaced_workflow_ids]
    unknown = [one for one in counting if str(one.get("status")) not in WORKFLOW_KNOWN]
    if unknown:
        assert (verdict.kind, verdict.action) == ("running", "wait")
        assert {str(one.get("status")) for one in unknown} <= set(verdict.unknown_statuses)


@given(strange_pipelines, strange_workflows, times_s, policies)
def test_success_is_what_ended_well_in_every_workflow_that_counts(
    pipeline: JsonObject, workflows: list[JsonObject], now_s: float, policy: VerdictPolicy
) -> None:
    verdict = judge(pipeline, workflows, now_s, policy)
    if verdict.kind == "succeeded":
        assert pipeline.get("state") != PIPELINE_ERRORED
        assert {str(one.get("status")) for one in verdict.workflows} <= ENDED_WELL
        assert set(policy.workflow_names) <= {str(one.get("name")) for one in verdict.workflows}
        assert any(one.get("status") == "success" and one.get("tag") != "setup" for one in verdict.workflows)


@given(strange_pipelines, strange_workflows, times_s, policies)
def test_nothing_that_goes_on_is_called_an_end(
    pipeline: JsonObject, workflows: list[JsonObject], now_s: float, policy: VerdictPolicy
) -> None:
    verdict = judge(pipeline, workflows, now_s, policy)
    counting = [one for one in verdict.workflows if one.get("id") not in policy.replaced_workflow_ids]
    if verdict.final and any(str(one.get("status")) not in WORKFLOW_TERMINAL for one in counting):
        # Only a person's approval is not waited for where that was asked for, and what failed cannot end well any more.
        assert {str(one.get("status")) for one in counting} - WORKFLOW_TERMINAL == {"on_hold"}
        assert verdict.action == "fail"


# The same said otherwise is the same


@given(workflows_of_an_hour, times_about_s, policies)
def test_a_verdict_does_not_depend_on_the_order_of_workflows(
    workflows: list[JsonObject], now_s: float, policy: VerdictPolicy
) -> None:
    def judged(some: Sequence[JsonObject]) -> tuple[Any, ...]:
        verdict = judge(PIPELINE, some, now_s, policy)
        counted = frozenset(str(one["id"]) for one in verdict.workflows)
        return verdict.kind, verdict.action, verdict.unknown_statuses, counted

    assert {judged(some) for some in list(permutations(workflows))[:24]} == {judged(workflows)}


@given(workflows_of_an_hour, times_about_s, policies, st.data())
def test_what_was_rerun_long_ago_changes_nothing(
    workflows: list[JsonObject], now_s: float, policy: VerdictPolicy, draw: st.DataObject
) -> None:
    if not workflows:
        return
    newer = draw.draw(st.sampled_from(workflows))
    older = {**newer, "id": "w0", "created_at": "2026-03-01T00:00:00.000Z"}
    older["status"] = draw.draw(st.sampled_from(sorted(WORKFLOW_KNOWN)))
    older.pop("stopped_at", None)
    with_it, without = (judge(PIPELINE, some, now_s, policy) for some in ([*workflows, older], workflows))
    assert (with_it.kind, with_it.action, with_it.message) == (without.kind, without.action, without.message)


# Ends


@given(workflows_of_an_hour, times_about_s, st.floats(0.0, 1e6), policies)
def test_an_end_stays_the_end(workflows: list[JsonObject], now_s: float, later_s: float, policy: VerdictPolicy) -> None:
    plain = VerdictPolicy(policy.on_hold, policy.on_canceled, policy.on_no_workflow, policy.no_workflow_grace_s)
    first, later = (judge(PIPELINE, workflows, at_s, plain) for at_s in (now_s, now_s + later_s))
    assert not first.final or (later.kind, later.action) == (first.kind, first.action)


@given(workflows_of_an_hour, policies)
def test_what_has_ended_is_told_once_grace_is_over(workflows: list[JsonObject], policy: VerdictPolicy) -> None:
    ended = [{**one, "status": one["status"] if one["status"] in WORKFLOW_TERMINAL else "success"} for one in workflows]
    for one in ended:
        one.setdefault("stopped_at", one["created_at"])
    latest_s = max(HOUR_S + 3_600, policy.replaced_at_s or 0.0)
    verdict = judge(PIPELINE, ended, latest_s + policy.no_workflow_grace_s, policy)
    assert verdict.final
    failures = [one for one in verdict.workflows if one["status"] in WORKFLOW_FAILURES]
    assert (verdict.kind == "failed") == bool(failures)
