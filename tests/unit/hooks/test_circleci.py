"""Every call of the CircleCI hook, blocking and awaited: what it asks for, what it sends, and what it returns."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.hooks.circleci_calls.jobs import JobCalls
from airflow_provider_circle.hooks.circleci_calls.pipelines import PipelineCalls
from airflow_provider_circle.hooks.circleci_calls.workflows import WorkflowCalls
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy
from airflow_provider_circle.vendors.circleci.watch import look_at_job, look_at_pipeline, look_at_workflow
from tests.unit.hooks.calling_circleci import SLUG, UNKNOWN_ID, Flavour, Stage, both, call, sleep_awaited_as, staged

API = "/circleci/api/v2"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_SHA = re.compile(r"\b[0-9a-f]{40}\b")


def masked(value: Any) -> Any:
    """Blank out what differs from run to run: ids, times, revisions."""
    text = json.dumps(value, default=repr)
    return json.loads(_SHA.sub("<sha>", _TIME.sub("<time>", _UUID.sub("<id>", text))))


class Arguments(NamedTuple):
    args: tuple[Any, ...] = ()
    options: dict[str, Any] = {}  # noqa: RUF012  a named tuple's fields are no class variables


class Row(NamedTuple):
    """
    One call of the hook.

    :param asked: the requests it makes, ids masked.
    :param answered: a part of its masked result.
    """

    name: str
    given: Callable[[Stage], Arguments]
    asked: list[str]
    answered: Any
    body: Any = None
    query: dict[str, str] = {}  # noqa: RUF012
    scenario: str = "success"
    after_s: float = 30.0


def given(*args: Any, **options: Any) -> Callable[[Stage], Arguments]:
    return lambda _: Arguments(args, options)


def of_pipeline(stage: Stage) -> Arguments:
    return Arguments((stage.pipeline_id,))


def of_workflow(stage: Stage) -> Arguments:
    return Arguments((stage.workflow_id,))


SCHEDULE = PollSchedule(10.0, 10.0, 0.0)


def watched(stage: Stage) -> Arguments:
    look = look_at_pipeline(stage.pipeline_id, VerdictPolicy())
    return Arguments((look, SCHEDULE), {"started_s": time.time(), "deadline_s": None})


_PIPELINE = {"id": "<id>", "number": 1, "project_slug": SLUG, "created_at": "<time>", "vcs": {"branch": "main"}}
_WORKFLOW = {"id": "<id>", "name": "build-and-test", "status": "success", "pipeline_number": 1}

CALLS: dict[str, Row] = {
    "get_me": Row("get_me", given(), ["GET /me"], {"id": "<id>", "login": "sandbox-user", "name": "Sandbox User"}),
    "get_project": Row(
        "get_project",
        given(SLUG),
        [f"GET /project/{SLUG}"],
        {"id": "<id>", "slug": SLUG, "organization_slug": "gh/acme"},
    ),
    "get_project_by_its_long_slug": Row(
        "get_project", given("github/acme/web"), [f"GET /project/{SLUG}"], {"slug": SLUG}
    ),
    "trigger_pipeline_of_the_default_branch": Row(
        "trigger_pipeline", given(SLUG), [f"POST /project/{SLUG}/pipeline"], {"id": "<id>", "number": 2}, body={}
    ),
    "trigger_pipeline_of_a_branch": Row(
        "trigger_pipeline",
        given(SLUG, branch="feature/ä", parameters={"deploy": True, "n": 7}),
        [f"POST /project/{SLUG}/pipeline"],
        {"id": "<id>", "number": 2, "created_at": "<time>"},
        body={"branch": "feature/ä", "parameters": {"deploy": True, "n": 7}},
    ),
    "trigger_pipeline_of_a_tag": Row(
        "trigger_pipeline",
        given(SLUG, tag="v1.0"),
        [f"POST /project/{SLUG}/pipeline"],
        {"id": "<id>"},
        body={"tag": "v1.0"},
    ),
    "trigger_pipeline_of_a_definition": Row(
        "trigger_pipeline",
        given("github/acme/web", branch="main", definition_id=UNKNOWN_ID),
        [f"POST /project/{SLUG}/pipeline/run"],
        {"id": "<id>", "number": 2},
        body={"definition_id": "<id>", "config": {"branch": "main"}, "checkout": {"branch": "main"}},
    ),
    "find_started_pipeline": Row(
        "find_started_pipeline",
        lambda _: Arguments((SLUG,), {"began_s": time.time() - 5, "branch": "main"}),
        [f"GET /project/{SLUG}/pipeline/mine"],
        _PIPELINE,
        after_s=0,
    ),
    "find_started_pipeline_that_never_was": Row(
        "find_started_pipeline",
        lambda _: Arguments((SLUG,), {"began_s": time.time() - 5, "branch": "other"}),
        [f"GET /project/{SLUG}/pipeline/mine"] * 3,
        None,
        after_s=0,
    ),
    "continue_pipeline": Row(
        "continue_pipeline",
        lambda stage: Arguments((stage.continuation_key, "version: 2.1", {"a": 1})),
        ["POST /pipeline/continue"],
        {"message": "Accepted."},
        body={"continuation-key": "<id>", "configuration": "version: 2.1", "parameters": {"a": 1}},
        scenario="setup_only",
    ),
    "get_pipeline": Row("get_pipeline", of_pipeline, ["GET /pipeline/<id>"], _PIPELINE),
    "get_pipeline_by_number": Row(
        "get_pipeline_by_number", given(1, SLUG), [f"GET /project/{SLUG}/pipeline/1"], _PIPELINE
    ),
    "get_pipeline_by_a_number_that_is_a_text": Row(
        "get_pipeline_by_number", given("1", SLUG), [f"GET /project/{SLUG}/pipeline/1"], _PIPELINE
    ),
    "get_pipeline_config": Row("get_pipeline_config", of_pipeline, ["GET /pipeline/<id>/config"], {}),
    "get_pipeline_values": Row(
        "get_pipeline_values", of_pipeline, ["GET /pipeline/<id>/values"], {"pipeline.id": "<id>", "pipeline.number": 1}
    ),
    "list_pipelines": Row("list_pipelines", given(SLUG), [f"GET /project/{SLUG}/pipeline"], [_PIPELINE]),
    "list_pipelines_of_a_branch": Row(
        "list_pipelines",
        given(SLUG, branch="feature/ä&b"),
        [f"GET /project/{SLUG}/pipeline"],
        [],
        query={"branch": "feature/ä&b"},
    ),
    "list_my_pipelines": Row("list_my_pipelines", given(SLUG), [f"GET /project/{SLUG}/pipeline/mine"], [_PIPELINE]),
    "list_organization_pipelines": Row(
        "list_organization_pipelines", given("gh/acme"), ["GET /pipeline"], [_PIPELINE], query={"org-slug": "gh/acme"}
    ),
    "list_my_organization_pipelines": Row(
        "list_organization_pipelines",
        given("gh/acme", mine=True),
        ["GET /pipeline"],
        [_PIPELINE],
        query={"org-slug": "gh/acme", "mine": "true"},
    ),
    "list_pipeline_workflows": Row(
        "list_pipeline_workflows", of_pipeline, ["GET /pipeline/<id>/workflow"], [_WORKFLOW]
    ),
    "list_pipeline_workflows_of_several_pages": Row(
        "list_pipeline_workflows",
        of_pipeline,
        ["GET /pipeline/<id>/workflow"] * 2,
        [{"status": "success"}] * 25,
        scenario="many_workflows",
    ),
    "get_workflow": Row("get_workflow", of_workflow, ["GET /workflow/<id>"], _WORKFLOW),
    "list_workflow_jobs": Row(
        "list_workflow_jobs", of_workflow, ["GET /workflow/<id>/job"], [{"name": "build"}, {"name": "test"}]
    ),
    "list_workflow_jobs_of_several_pages": Row(
        "list_workflow_jobs",
        of_workflow,
        ["GET /workflow/<id>/job"] * 3,
        [{"name": f"job-{number:02}"} for number in range(1, 46)],
        scenario="many_jobs",
    ),
    "cancel_workflow": Row(
        "cancel_workflow",
        of_workflow,
        ["POST /workflow/<id>/cancel"],
        {"message": "Accepted."},
        scenario="never_ends",
    ),
    "cancel_pipeline": Row(
        "cancel_pipeline",
        of_pipeline,
        ["GET /pipeline/<id>/workflow", "POST /workflow/<id>/cancel"],
        ["<id>"],
        scenario="never_ends",
    ),
    "rerun_workflow": Row(
        "rerun_workflow",
        of_workflow,
        ["POST /workflow/<id>/rerun"],
        {"workflow_id": "<id>"},
        body={"from_failed": False},
    ),
    "rerun_workflow_from_failed": Row(
        "rerun_workflow",
        lambda stage: Arguments((stage.workflow_id,), {"from_failed": True}),
        ["POST /workflow/<id>/rerun"],
        {"workflow_id": "<id>"},
        body={"from_failed": True},
        scenario="failed",
    ),
    "rerun_workflow_by_jobs": Row(
        "rerun_workflow",
        lambda stage: Arguments(
            (stage.workflow_id,), {"jobs": [stage.job("test")["id"]], "sparse_tree": True, "enable_ssh": True}
        ),
        ["POST /workflow/<id>/rerun"],
        {"workflow_id": "<id>"},
        body={"jobs": ["<id>"], "sparse_tree": True, "enable_ssh": True},
    ),
    "rerun_workflow_answered_without_id": Row(
        "rerun_workflow",
        of_workflow,
        ["POST /workflow/<id>/rerun"],
        {"message": "Accepted."},
        scenario="rerun_without_id",
    ),
    "rerun_failed": Row(
        "rerun_failed",
        lambda stage: Arguments((stage.pipeline_id, stage.workflows)),
        ["GET /pipeline/<id>/workflow", "POST /workflow/<id>/rerun"],
        ["<id>"],
        body={"from_failed": True},
        scenario="failed",
    ),
    "approve_job": Row(
        "approve_job",
        lambda stage: Arguments((stage.workflow_id, stage.job("hold")["approval_request_id"])),
        ["POST /workflow/<id>/approve/<id>"],
        {"message": "Accepted."},
        scenario="on_hold",
    ),
    "get_job": Row(
        "get_job", given(1, SLUG), [f"GET /project/{SLUG}/job/1"], {"number": 1, "name": "build", "status": "success"}
    ),
    "cancel_job": Row(
        "cancel_job",
        given(1, SLUG),
        [f"POST /project/{SLUG}/job/1/cancel"],
        {"message": "Job canceled."},
        scenario="never_ends",
    ),
    "list_job_artifacts": Row(
        "list_job_artifacts",
        given(1, SLUG),
        [f"GET /project/{SLUG}/1/artifacts"],
        [{"path": "build/log.txt"}, {"path": "build/report.json"}],
    ),
    "list_job_tests": Row(
        "list_job_tests",
        given(2, SLUG),
        [f"GET /project/{SLUG}/2/tests"] * 2,
        [{"name": f"test_case_{number:02}"} for number in range(1, 31)],
    ),
    "watch": Row("watch", watched, ["GET /pipeline/<id>/workflow", "GET /pipeline/<id>"], "kind='succeeded'"),
    "watch_a_failure": Row(
        "watch", watched, ["GET /pipeline/<id>/workflow", "GET /pipeline/<id>"], "kind='failed'", scenario="failed"
    ),
    "watch_a_workflow": Row(
        "watch",
        lambda stage: Arguments(
            (look_at_workflow(stage.workflow_id, VerdictPolicy()), SCHEDULE), {"started_s": 0.0, "deadline_s": None}
        ),
        ["GET /workflow/<id>"],
        "kind='succeeded'",
    ),
    "watch_a_job": Row(
        "watch",
        given(look_at_job(SLUG, 1, VerdictPolicy()), SCHEDULE, started_s=0.0, deadline_s=None),
        [f"GET /project/{SLUG}/job/1"],
        "kind='succeeded'",
    ),
    "watch_to_the_deadline": Row(
        "watch",
        lambda stage: Arguments(
            (look_at_pipeline(stage.pipeline_id, VerdictPolicy()), SCHEDULE), {"started_s": 0.0, "deadline_s": 0.0}
        ),
        ["GET /pipeline/<id>/workflow", "GET /pipeline/<id>"],
        "timed_out=True",
        scenario="never_ends",
    ),
    "failure_report": Row(
        "failure_report",
        lambda stage: Arguments((stage.workflows,)),
        ["GET /workflow/<id>/job", f"GET /project/{SLUG}/2/tests"],
        None,
        scenario="failed",
    ),
}

every_call = pytest.mark.parametrize("row", CALLS.values(), ids=CALLS)


def includes(actual: Any, expected: Any) -> bool:
    """Compare only what is expected: keys of objects, all rows of lists, parts of other results' repr."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(includes(actual.get(key), value) for key, value in expected.items())
    if isinstance(expected, list):
        return isinstance(actual, list) and len(actual) == len(expected) and all(map(includes, actual, expected))
    if isinstance(expected, str) and "=" in expected:
        return expected in str(actual)
    return bool(expected is None or actual == expected)


def made(row: Row, sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> tuple[Any, list[JsonObject]]:
    stage = staged(sandbox, hook, row.scenario, row.after_s)
    arguments = row.given(stage)
    result = call(hook, row.name, flavour, *arguments.args, **arguments.options)
    return masked(result), sandbox.requests()


def asked(requests: list[JsonObject]) -> list[str]:
    return [masked(f"{request['method']} {request['path'].removeprefix(API)}") for request in requests]


TOLD_ELSEWHERE = {"cancel_job_by_id", "get_job_by_id", "look_around", "view_of_end"}
"""Calls of these groups that have tables or tests of their own, in the modules beside this one."""


def test_the_table_has_every_call_about_pipelines_workflows_and_jobs() -> None:
    told = (CircleCIHook, PipelineCalls, WorkflowCalls, JobCalls)
    public = {name for group in told for name, call in vars(group).items() if isinstance(call, operation | stream)}

    assert public - {row.name for row in CALLS.values()} == TOLD_ELSEWHERE


@both
def test_a_last_view_costs_one_request_for_the_jobs_and_one_for_the_tests(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour
) -> None:
    stage = staged(sandbox, hook, "failed", 30)
    sandbox.clear_requests()
    ending = {"status": "failed", "action": "fail", "message": "", "subject": {}, "workflows": stage.workflows}

    view = call(hook, "view_of_end", flavour, ending)

    assert asked(sandbox.requests()) == ["GET /workflow/<id>/job", f"GET /project/{SLUG}/2/tests"]
    assert (len(view["failed_tests"]), view["tests_left_out"]) == (20, True)


@every_call
@both
def test_a_call_makes_these_requests(row: Row, sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    _, requests = made(row, sandbox, hook, flavour)

    assert asked(requests) == row.asked


@every_call
@both
def test_a_call_returns_the_answer(row: Row, sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    result, _ = made(row, sandbox, hook, flavour)

    assert includes(result, row.answered), result


@every_call
def test_a_blocking_and_an_awaited_call_agree(row: Row, sandbox: Sandbox, hook: CircleCIHook) -> None:
    blocking = made(row, sandbox, hook, "sync")[0]
    sandbox.reset()
    sandbox.set_speed(0)

    assert made(row, sandbox, hook, "aio")[0] == blocking


@pytest.mark.parametrize(
    "row",
    [row for row in CALLS.values() if row.body is not None],
    ids=[n for n, r in CALLS.items() if r.body is not None],
)
@both
def test_a_call_sends_this_body(row: Row, sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    _, requests = made(row, sandbox, hook, flavour)

    assert masked(requests[-1]["body"]) == row.body


@pytest.mark.parametrize(
    "row", [row for row in CALLS.values() if row.query], ids=[name for name, row in CALLS.items() if row.query]
)
@both
def test_a_call_sends_this_query(row: Row, sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    _, requests = made(row, sandbox, hook, flavour)

    assert requests[-1]["query"] == row.query


@both
def test_a_failure_report_names_workflow_job_and_twenty_tests(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour
) -> None:
    stage = staged(sandbox, hook, "failed", 30)

    lines = call(hook, "failure_report", flavour, stage.workflows)

    assert [line.split()[0] for line in lines] == ["workflow", "job", *["test"] * 20]


@both
def test_a_pipeline_that_ends_in_the_meantime_is_watched_to_its_end(
    sandbox: Sandbox, naps: list[float], monkeypatch: pytest.MonkeyPatch, flavour: Flavour
) -> None:
    async def passing(seconds: float) -> None:
        sandbox.advance(seconds)

    sleep_awaited_as(passing, monkeypatch)
    with CircleCIHook(sleep=sandbox.advance) as hook:
        stage = staged(sandbox, hook, "setup", 0)
        result = call(
            hook,
            "watch",
            flavour,
            look_at_pipeline(stage.pipeline_id, VerdictPolicy()),
            PollSchedule(2.0, 2.0, 0.0),
            started_s=time.time(),
            deadline_s=None,
        )

    assert result.sight.verdict.kind == "succeeded"


@both
def test_a_stream_asks_for_pages_as_they_are_used_up(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    stage = staged(sandbox, hook, "many_jobs", 30)

    async def first() -> JsonObject:
        jobs = hook.list_workflow_jobs.aio(stage.workflow_id)
        try:
            return await anext(aiter(jobs))
        finally:
            await jobs.aclose()

    if flavour == "sync":
        next(hook.list_workflow_jobs(stage.workflow_id))
    else:
        asyncio.run(first())

    assert len(sandbox.requests()) == 1


@both
def test_a_looping_page_token_is_an_error(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    pipeline = hook.trigger_pipeline(SLUG, parameters={"sandbox_scenario": "looping_token"})

    with pytest.raises(UnexpectedReply, match="token"):
        call(hook, "list_pipeline_workflows", flavour, pipeline["id"])


def test_a_failure_is_looked_into_for_two_thirds_of_a_minute_at_most(
    circleci: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers: list[Caller] = []

    def note(caller: Caller, _: Iterable[JsonObject]) -> Walk[list[str]]:
        callers.append(caller)
        yield from ()
        return []

    monkeypatch.setattr("airflow_provider_circle.vendors.circleci.report.failure_report", note)
    CircleCIHook().failure_report([])

    assert callers[0].until_s - time.time() == pytest.approx(40, abs=5)
