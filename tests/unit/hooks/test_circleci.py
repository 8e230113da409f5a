"""The CircleCI hook against a real server on loopback, blocking and awaited."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from inspect import getattr_static
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple, TypeAlias
from urllib.parse import quote

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.exceptions import (
    CircleError,
    Forbidden,
    Invalid,
    NotFound,
    NothingRan,
    RateLimited,
    ServiceDown,
    TriggerAmbiguous,
    Unauthorized,
    UnexpectedReply,
)
from airflow_provider_circle.hooks import base
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transports.awaiting import AwaitingTransport
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy
from airflow_provider_circle.vendors.circleci.watch import look_at_job, look_at_pipeline, look_at_workflow

Flavour: TypeAlias = Literal["sync", "aio"]

VARIABLE = "AIRFLOW_CONN_CIRCLECI_DEFAULT"
SLUG = "gh/acme/web"
API = "/circleci/api/v2"
TOKEN = "tell-nobody-4711"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_SHA = re.compile(r"\b[0-9a-f]{40}\b")

both = pytest.mark.parametrize("flavour", ["sync", "aio"])


def masked(value: Any) -> Any:
    """Blank out what differs from run to run: ids, times, revisions."""
    text = json.dumps(value, default=repr)
    return json.loads(_SHA.sub("<sha>", _TIME.sub("<time>", _UUID.sub("<id>", text))))


def call(hook: CircleCIHook, name: str, flavour: Flavour, *args: Any, **options: Any) -> Any:
    """Make a call of the hook to its end; the records of a stream as a list."""
    bound, is_stream = getattr(hook, name), isinstance(getattr_static(CircleCIHook, name), stream)
    if flavour == "sync":
        return list(bound(*args, **options)) if is_stream else bound(*args, **options)

    async def awaited() -> Any:
        if is_stream:
            return [record async for record in bound.aio(*args, **options)]
        return await bound.aio(*args, **options)

    return asyncio.run(awaited())


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circleci_default``, its clock standing still."""
    monkeypatch.setenv(VARIABLE, circle_sandbox.connection_json())
    circle_sandbox.set_speed(0)
    return circle_sandbox


def sleep_awaited_as(nap: Callable[[float], Awaitable[None]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace what awaited calls wait with; blocking ones are told by the hook."""
    defaults = AwaitingTransport.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "sleep", nap)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every sleep of the hook: its clock moves as if they were slept. Nothing other tests were told is remembered."""
    slept: list[float] = []

    async def nap(seconds: float) -> None:
        slept.append(seconds)

    sleep_awaited_as(nap, monkeypatch)
    monkeypatch.setattr(base, "time", SimpleNamespace(time=lambda: time.time() + sum(slept)))
    monkeypatch.setattr(base, "_paces", {})
    return slept


@pytest.fixture
def hook(sandbox: Sandbox, naps: list[float]) -> Iterable[CircleCIHook]:
    with CircleCIHook(sleep=naps.append) as opened:
        yield opened


Logs: TypeAlias = Callable[[], str]


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Logs:
    """Everything that was logged: by Airflow to its own output, by libraries at any level."""
    caplog.set_level(logging.DEBUG)
    # Libraries of the test itself do not count.
    caplog.set_level(logging.INFO, "asyncio")

    def text() -> str:
        written = capsys.readouterr()
        return written.out + written.err + caplog.text

    return text


@dataclass
class Stage:
    """A pipeline that has come as far as a test needs it."""

    sandbox: Sandbox
    hook: CircleCIHook
    pipeline: JsonObject
    workflows: list[JsonObject] = field(default_factory=list)
    jobs: list[JsonObject] = field(default_factory=list)

    @property
    def pipeline_id(self) -> str:
        return str(self.pipeline["id"])

    @property
    def workflow_id(self) -> str:
        return str(self.workflows[0]["id"])

    def job(self, name: str) -> JsonObject:
        return next(job for job in self.jobs if job["name"] == name)

    @property
    def continuation_key(self) -> str:
        return str(self.sandbox.pipelines()[0]["continuation_key"])


def staged(sandbox: Sandbox, hook: CircleCIHook, scenario: str, after_s: float) -> Stage:
    pipeline = hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": scenario})
    sandbox.advance(after_s)
    stage = Stage(sandbox, hook, pipeline, list(hook.list_pipeline_workflows(pipeline["id"])))
    for workflow in stage.workflows:
        stage.jobs += hook.list_workflow_jobs(workflow["id"])
    sandbox.clear_requests()
    return stage


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


def test_the_table_has_every_call_of_the_hook() -> None:
    public = {name for name in dir(CircleCIHook) if isinstance(getattr_static(CircleCIHook, name), operation | stream)}

    assert {row.name for row in CALLS.values()} == public


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
            await jobs.aclose()  # type: ignore[attr-defined]  # It is an asynchronous generator.

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


# Triggering when replies get lost: what the sandbox really did counts.


@both
@pytest.mark.parametrize("kind", ["reset_after", "cut", "malformed", "empty", "status_after"])
def test_a_lost_trigger_starts_one_pipeline_and_adopts_it(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, kind: str
) -> None:
    sandbox.add_fault(kind, method="POST", path="/pipeline$", times=1)

    pipeline = call(hook, "trigger_pipeline", flavour, SLUG, branch="main")

    assert [pipeline["id"]] == [started["id"] for started in sandbox.pipelines()]


@both
@pytest.mark.parametrize("kind", ["reset", "html", "status"])
def test_a_trigger_that_got_lost_on_its_way_starts_one_pipeline(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, kind: str
) -> None:
    sandbox.add_fault(kind, method="POST", path="/pipeline$", times=1)

    pipeline = call(hook, "trigger_pipeline", flavour, SLUG, branch="main")

    assert [pipeline["id"]] == [started["id"] for started in sandbox.pipelines()]


@both
def test_two_pipelines_that_could_be_ours_are_ambiguous(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    sandbox.add_fault("reset_after", method="POST", path="/pipeline$", times=1)
    hook.trigger_pipeline(SLUG, branch="other")
    first = hook.trigger_pipeline(SLUG, branch="main")
    sandbox.add_fault("reset_after", method="POST", path="/pipeline$", times=1)

    with pytest.raises(TriggerAmbiguous) as ambiguous:
        call(hook, "trigger_pipeline", flavour, SLUG, branch="main")

    assert first["id"] in ambiguous.value.pipeline_ids


@both
def test_a_lost_trigger_is_told_from_older_ones_after_virtual_time_was_moved(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour
) -> None:
    sandbox.advance(3600)
    hook.trigger_pipeline(SLUG, branch="main")
    sandbox.advance(600)
    sandbox.add_fault("reset_after", method="POST", path="/pipeline$", times=1)

    pipeline = call(hook, "trigger_pipeline", flavour, SLUG, branch="main")

    assert pipeline["id"] == sandbox.pipelines()[-1]["id"]


@both
def test_a_429_is_waited_for(sandbox: Sandbox, hook: CircleCIHook, naps: list[float], flavour: Flavour) -> None:
    sandbox.add_fault("status", status=429, retry_after="7", times=1)

    call(hook, "get_me", flavour)

    assert sum(naps) >= 7


@both
def test_nothing_triggered_is_nothing_ran(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    with pytest.raises(NothingRan, match="asks to skip CI"):
        call(hook, "trigger_pipeline", flavour, SLUG, parameters={"sandbox_scenario": "not_triggered"})


# Refusals.


class Refusal(NamedTuple):
    name: str
    args: tuple[Any, ...]
    error: type[CircleError]
    fault: dict[str, Any] = {}  # noqa: RUF012


REFUSALS: dict[str, Refusal] = {
    "unknown_pipeline": Refusal("get_pipeline", (UNKNOWN_ID,), NotFound),
    "unknown_workflow": Refusal("get_workflow", (UNKNOWN_ID,), NotFound),
    "unknown_project": Refusal("get_project", ("gh/acme/missing",), NotFound),
    "unknown_job": Refusal("get_job", (999, SLUG), NotFound),
    "unknown_organization": Refusal("list_organization_pipelines", ("gh/nobody",), NotFound),
    "jobs_of_an_unknown_workflow": Refusal("list_workflow_jobs", (UNKNOWN_ID,), NotFound),
    "unknown_continuation_key": Refusal("continue_pipeline", ("spent", "version: 2.1"), Invalid),
    "unauthorized": Refusal("get_me", (), Unauthorized, {"kind": "status", "status": 401}),
    "forbidden": Refusal("get_me", (), Forbidden, {"kind": "status", "status": 403}),
    "unprocessable": Refusal("get_me", (), Invalid, {"kind": "status", "status": 422}),
    "still_too_many_requests": Refusal("get_me", (), RateLimited, {"kind": "status", "status": 429}),
    "still_failing": Refusal("get_me", (), ServiceDown, {"kind": "status", "status": 500}),
    "still_a_proxys_page": Refusal("get_me", (), ServiceDown, {"kind": "html"}),
    "still_malformed": Refusal("get_me", (), UnexpectedReply, {"kind": "malformed"}),
    "still_empty": Refusal("list_pipelines", (SLUG,), UnexpectedReply, {"kind": "empty"}),
    "redirected": Refusal("get_me", (), UnexpectedReply, {"kind": "status", "status": 302}),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
@both
def test_a_refusal_is_the_error_it_means(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, refusal: Refusal
) -> None:
    if refusal.fault:
        sandbox.add_fault(**refusal.fault)

    with pytest.raises(refusal.error):
        call(hook, refusal.name, flavour, *refusal.args)


@both
def test_trap_09_a_rerun_of_what_still_runs_is_refused(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    stage = staged(sandbox, hook, "never_ends", 30)

    with pytest.raises(Invalid, match="not finished"):
        call(hook, "rerun_workflow", flavour, stage.workflow_id)


@both
def test_trap_11_an_approval_job_has_no_details(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    stage = staged(sandbox, hook, "on_hold", 30)

    with pytest.raises(NotFound):
        call(hook, "get_job", flavour, stage.job("hold")["job_number"], SLUG)


# What is refused before anything is sent.


class Mistake(NamedTuple):
    name: str
    args: tuple[Any, ...]
    options: dict[str, Any]
    message: str


MISTAKES: dict[str, Mistake] = {
    "no_project": Mistake("get_project", (), {}, "project_slug is missing"),
    "no_slug": Mistake("get_project", ("acme/web",), {}, "project_slug must look like"),
    "slug_that_climbs": Mistake("list_pipelines", ("gh/acme/..",), {}, "project_slug must look like"),
    "branch_and_tag": Mistake(
        "trigger_pipeline", (SLUG,), {"branch": "a", "tag": "b"}, "branch and tag exclude each other"
    ),
    "empty_branch": Mistake("trigger_pipeline", (SLUG,), {"branch": ""}, "branch must be"),
    "empty_definition": Mistake("trigger_pipeline", (SLUG,), {"definition_id": ""}, "definition_id must be"),
    "float_parameter": Mistake("trigger_pipeline", (SLUG,), {"parameters": {"a": 1.5}}, r"parameters\['a'\]"),
    "null_parameter": Mistake("trigger_pipeline", (SLUG,), {"parameters": {"a": None}}, r"parameters\['a'\]"),
    "branch_and_tag_of_a_search": Mistake(
        "find_started_pipeline",
        (SLUG,),
        {"began_s": 0.0, "branch": "a", "tag": "b"},
        "branch and tag exclude each other",
    ),
    "empty_continuation_key": Mistake("continue_pipeline", ("", "version: 2.1"), {}, "continuation_key must be"),
    "empty_configuration": Mistake("continue_pipeline", ("key", ""), {}, "configuration must be"),
    "configuration_is_no_text": Mistake("continue_pipeline", ("key", {"version": 2.1}), {}, "configuration must be"),
    "bad_parameter_of_a_continuation": Mistake("continue_pipeline", ("key", "v", {"a": []}), {}, r"parameters\['a'\]"),
    "empty_pipeline_id": Mistake("get_pipeline", ("",), {}, "pipeline_id must be"),
    "pipeline_id_that_climbs": Mistake("get_pipeline_config", ("..",), {}, "pipeline_id must be"),
    "empty_workflow_id": Mistake("get_workflow", ("",), {}, "workflow_id must be"),
    "empty_workflow_id_of_a_list": Mistake("list_workflow_jobs", ("",), {}, "workflow_id must be"),
    "empty_workflow_id_of_a_cancel": Mistake("cancel_workflow", ("",), {}, "workflow_id must be"),
    "empty_approval_request_id": Mistake("approve_job", (UNKNOWN_ID, ""), {}, "approval_request_id must be"),
    "number_that_is_none": Mistake("get_job", ("seven", SLUG), {}, "job_number must be a whole number"),
    "number_below_one": Mistake("cancel_job", (0, SLUG), {}, "job_number must be a whole number"),
    "number_of_a_list": Mistake("list_job_tests", (-1, SLUG), {}, "job_number must be a whole number"),
    "pipeline_number": Mistake("get_pipeline_by_number", (True, SLUG), {}, "pipeline_number must be a whole number"),
    "from_failed_and_jobs": Mistake(
        "rerun_workflow",
        (UNKNOWN_ID,),
        {"from_failed": True, "jobs": ["a"]},
        "from_failed and jobs exclude each other",
    ),
    "sparse_tree_without_jobs": Mistake("rerun_workflow", (UNKNOWN_ID,), {"sparse_tree": True}, "need jobs"),
    "enable_ssh_without_jobs": Mistake("rerun_workflow", (UNKNOWN_ID,), {"enable_ssh": True}, "need jobs"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
@both
def test_a_mistake_is_named_before_anything_is_sent(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, mistake: Mistake
) -> None:
    with pytest.raises(ValueError, match=mistake.message):
        call(hook, mistake.name, flavour, *mistake.args, **mistake.options)

    assert sandbox.requests() == []


# The connection.


def as_json(sandbox: Sandbox, **changes: Any) -> str:
    described = {"conn_type": "circleci", "host": sandbox.circleci_host, "password": sandbox.token}
    return json.dumps(described | changes)


def as_uri(sandbox: Sandbox, query: str = "") -> str:
    return f"circleci://:{quote(sandbox.token, safe='')}@{quote(sandbox.circleci_host, safe='')}{query}"


@pytest.mark.parametrize("write", [as_json, as_uri], ids=["json", "uri"])
@both
def test_a_connection_in_the_environment_is_used(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, flavour: Flavour, write: Callable[[Sandbox], str]
) -> None:
    monkeypatch.setenv(VARIABLE, write(sandbox))

    with CircleCIHook() as hook:
        assert call(hook, "get_me", flavour)["login"] == "sandbox-user"


@pytest.mark.parametrize("suffix", ["", "/", "/api/v2", "/api/v2/", "/api/v1.1", "/api"])
def test_the_host_may_name_the_api(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, host=sandbox.circleci_host + suffix))

    with CircleCIHook() as hook:
        assert hook.get_me()["login"] == "sandbox-user"


@pytest.mark.parametrize("write", ["json", "uri"])
@both
def test_the_default_project_comes_from_the_connection(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, flavour: Flavour, write: str
) -> None:
    extra = {"project_slug": "github/acme/web"}
    uri = as_uri(sandbox, f"/?project_slug={quote(extra['project_slug'], safe='')}")
    monkeypatch.setenv(VARIABLE, as_json(sandbox, extra=extra) if write == "json" else uri)

    with CircleCIHook() as hook:
        assert call(hook, "get_project", flavour)["slug"] == SLUG


def test_another_connection_id_is_another_connection(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("AIRFLOW_CONN_OTHER_CI", as_json(sandbox))

    with CircleCIHook("other_ci") as hook:
        assert hook.get_me()["login"] == "sandbox-user"


def test_no_connection_is_looked_up_before_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "{not even JSON")

    assert CircleCIHook().conn_id == "circleci_default"


@pytest.mark.parametrize("flavour_of_twin", ["sync", "aio"])
def test_a_twin_looks_nothing_up(
    sandbox: Sandbox, hook: CircleCIHook, monkeypatch: pytest.MonkeyPatch, flavour_of_twin: Flavour
) -> None:
    hook.get_me()
    monkeypatch.delenv(VARIABLE)

    with hook.twin() as twin:
        assert call(twin, "get_me", flavour_of_twin)["login"] == "sandbox-user"


def test_a_closed_hook_can_be_used_again(hook: CircleCIHook) -> None:
    hook.get_me()
    hook.close()

    assert hook.get_me()["login"] == "sandbox-user"


def test_blocking_calls_share_one_connection(sandbox: Sandbox, hook: CircleCIHook) -> None:
    for _ in range(3):
        hook.get_me()

    assert len({request["client_port"] for request in sandbox.requests()}) == 1


def test_a_pipelines_page_is_on_the_connections_host(sandbox: Sandbox, hook: CircleCIHook) -> None:
    assert hook.pipeline_url(SLUG, 7) == f"{sandbox.circleci_host}/pipelines/{SLUG}/7"


@pytest.mark.parametrize(
    ("header", "value"), [("circle-token", "***"), ("accept", "application/json")], ids=["token", "accept"]
)
@both
def test_every_call_carries_this_header(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, header: str, value: str
) -> None:
    call(hook, "get_me", flavour)

    assert sandbox.requests()[0]["headers"][header] == value


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_a_working_connection_says_who_we_are(hook: CircleCIHook) -> None:
    assert hook.test_connection() == (True, "Connected to CircleCI as sandbox-user")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"password": "wrong"}, r"401.*check the connection's token", id="bad_token"),
        pytest.param({"password": None}, r"connection 'circleci_default': there is no token", id="no_token"),
        pytest.param({"password": " "}, r"there is no token", id="blank_token"),
        pytest.param({"password": "two words"}, r"the token has blanks", id="token_with_blanks"),
        pytest.param({"host": f"http://127.0.0.1:{free_port()}"}, r"no connection", id="unreachable"),
        pytest.param({"host": "http://ci.example"}, r"host must begin with https://", id="http_host"),
        pytest.param({"host": "ftp://ci.example"}, r"host must begin with https://", id="ftp_host"),
        pytest.param(
            {"host": "https://me:secret@ci.example"}, r"host must be a URL .* without user", id="host_with_password"
        ),
        pytest.param({"host": "https://ci.example/?a=b"}, r"host must be a URL", id="host_with_query"),
        pytest.param({"extra": {"timeout_s": "soon"}}, r"timeout_s must be a number of seconds", id="bad_timeout"),
        pytest.param({"extra": {"verify": 7}}, r"verify must be true, false or the path", id="bad_verify"),
    ],
)
def test_a_connection_that_does_not_work_says_why(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], message: str
) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, **changes))

    works, said = CircleCIHook().test_connection()

    assert (works, bool(re.search(message, said))) == (False, True), said


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "html"}, {"kind": "reset"}], ids=str)
def test_a_test_of_a_connection_asks_once(sandbox: Sandbox, hook: CircleCIHook, fault: dict[str, Any]) -> None:
    sandbox.add_fault(**fault)

    assert (hook.test_connection()[0], len(sandbox.requests())) == (False, 1)


# The token.


def _loud(sandbox: Sandbox) -> list[dict[str, Any]]:
    quoted = {"message": f"token {TOKEN} (Circle-Token: {TOKEN}) is not valid"}
    return [
        {"kind": "status", "status": status, "body": body}
        for status in (400, 401, 403, 404, 429, 500)
        for body in (quoted, {"error": quoted}, {"message": {"deep": [TOKEN]}})
    ]


@both
def test_the_token_is_in_no_error(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, naps: list[float], flavour: Flavour
) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, password=TOKEN))
    said = []
    for fault in _loud(sandbox):
        sandbox.clear_faults()
        sandbox.add_fault(**fault)
        with CircleCIHook(sleep=naps.append) as hook, pytest.raises(CircleError) as error:
            call(hook, "get_me", flavour)
        said += [str(error.value), repr(error.value), repr(vars(error.value))]

    assert [text for text in said if TOKEN in text] == []


@both
def test_the_token_is_in_no_log(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    naps: list[float],
    logs: Logs,
    flavour: Flavour,
) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, password=TOKEN))
    for fault in _loud(sandbox):
        sandbox.clear_faults()
        sandbox.add_fault(**fault)
        with CircleCIHook(sleep=naps.append) as hook, pytest.raises(CircleError):
            call(hook, "get_me", flavour)

    assert TOKEN not in logs()


@both
def test_retries_are_logged(sandbox: Sandbox, hook: CircleCIHook, logs: Logs, flavour: Flavour) -> None:
    sandbox.add_fault("status", status=503, times=1)

    call(hook, "get_me", flavour)

    assert "GET /circleci/api/v2/me answered 503" in logs()


def test_the_token_is_in_no_repr(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, password=TOKEN))
    hook = CircleCIHook()
    _, caller = hook.blocking()
    with hook:
        shown = [repr(thing) for thing in (hook, hook.settings, caller, caller.service, hook.get_me, vars(hook))]

    assert [text for text in shown if TOKEN in text] == []


def test_the_token_is_in_no_message_about_the_connection(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, password=f"{TOKEN} and more"))

    assert TOKEN not in CircleCIHook().test_connection()[1]


def test_a_failure_is_looked_into_for_a_minute_at_most(circleci: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    callers: list[Caller] = []

    def note(caller: Caller, _: Iterable[JsonObject]) -> Walk[list[str]]:
        callers.append(caller)
        yield from ()
        return []

    monkeypatch.setattr("airflow_provider_circle.vendors.circleci.report.failure_report", note)
    CircleCIHook().failure_report([])

    assert callers[0].until_s - time.time() == pytest.approx(60, abs=5)
