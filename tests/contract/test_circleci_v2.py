"""CircleCI's own description, held against the provider's requests and the sandbox's replies."""

from __future__ import annotations

import json
import pkgutil
import re
from collections import Counter
from importlib import import_module
from inspect import getattr_static
from typing import Any

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Request, Response
from airflow_provider_circle.hooks.base import operation as hook_operation
from airflow_provider_circle.hooks.base import stream
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.circleci.scenarios import SCENARIOS
from airflow_provider_circle.vendors.circleci import endpoints, statuses

from .conftest import Recorder
from .description import Description, Problem, normal_path
from .drift import DRIFT, UNDESCRIBED_PAGE_TOKENS, Drift
from .tapes import TAPES

WORKFLOW_ID = "5034460f-c7c4-4c43-9457-de07e2029e7b"
BASE = "http://127.0.0.1:1/circleci/api/v2"


def _endpoints() -> dict[str, Endpoint]:
    found: dict[str, Endpoint] = {}
    for module in pkgutil.iter_modules(endpoints.__path__):
        names = vars(import_module(f"{endpoints.__name__}.{module.name}"))
        found |= {name: value for name, value in names.items() if isinstance(value, Endpoint)}
    return found


ENDPOINTS = _endpoints()

COMPOSED = {
    "approve_jobs": "approves all jobs on hold, each once",
    "find_started_pipeline": "reads the list until a pipeline appears",
    "rerun_once": "looks a lost rerun up",
    "wait_for_usage_export": "reads the export until it is ready",
}
"""Calls that take several requests together, and name the operation at their heart, which has a call of its own."""


def _methods() -> dict[str, set[str]]:
    """Calls of the hook by the operations that their docstrings name as sources."""
    found: dict[str, set[str]] = {}
    for name in dir(CircleCIHook):
        method = getattr_static(CircleCIHook, name)
        if isinstance(method, hook_operation | stream):
            for operation in re.findall(r"#operation/(\w+)", (method.__doc__ or "").partition("Source: ")[2]):
                found.setdefault(operation, set()).add(name)
    return found


METHODS = _methods()
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=ENDPOINTS)


def template(endpoint: Endpoint) -> str:
    path = endpoint.path.replace("{project_slug:path}", "{project-slug}").replace("{org_slug:path}", "{org-slug}")
    return normal_path(path)


@every_endpoint
def test_an_endpoint_exists_in_the_description(endpoint: Endpoint, description: Description) -> None:
    described = {(operation.method, normal_path(operation.path)) for operation in description.operations}

    assert (endpoint.method, template(endpoint)) in described


@every_endpoint
def test_an_endpoints_source_is_its_operation(endpoint: Endpoint, description: Description) -> None:
    base, _, name = endpoint.source.partition("#operation/")
    named = {
        operation.name
        for operation in description.operations
        if (operation.method, normal_path(operation.path)) == (endpoint.method, template(endpoint))
    }

    assert (base, {name}) == ("https://circleci.com/docs/api/v2/", named)


@every_endpoint
def test_an_endpoint_is_paged_if_and_only_if_its_reply_names_a_next_page(
    endpoint: Endpoint, description: Description
) -> None:
    reply = description.named(endpoint.source.partition("#operation/")[2]).described["responses"]
    content: dict[str, Any] = reply[min(reply)].get("content", {})
    # A reply without content (204) names nothing.
    schema: dict[str, Any] = next((each["schema"] for each in content.values()), {})

    assert hasattr(endpoint.pages, "cursor") == ("next_page_token" in schema.get("properties", {}))


def test_every_operation_has_exactly_one_endpoint(description: Description) -> None:
    sources = Counter(endpoint.source.partition("#operation/")[2] for endpoint in ENDPOINTS.values())

    assert sources == Counter(operation.name for operation in description.operations)


def test_every_operation_has_exactly_one_call_of_the_hook(description: Description) -> None:
    own = {name: sorted(METHODS[name] - COMPOSED.keys()) for name in METHODS}

    assert {name: methods for name, methods in own.items() if len(methods) != 1} == {}
    assert own.keys() == {operation.name for operation in description.operations}


@pytest.mark.parametrize("composed", COMPOSED)
def test_a_composed_call_is_not_the_only_one_of_its_operation(composed: str) -> None:
    assert any(composed in methods and methods - COMPOSED.keys() for methods in METHODS.values())


@pytest.mark.parametrize("tape", TAPES)
def test_requests_and_replies_are_as_described(tape: str, recorder: Recorder) -> None:
    unexplained = {
        problem for problem in recorder.problems(tape) if not any(drift.explains(tape, problem) for drift in DRIFT)
    }

    assert sorted(unexplained) == []  # A deliberate one belongs into drift.py, with its reason.


@pytest.mark.parametrize("drift", DRIFT, ids=[" ".join(drift[:5]).replace(" ", "-") for drift in DRIFT])
def test_a_known_deviation_still_happens(drift: Drift, recorder: Recorder) -> None:
    assert any(drift.explains(drift.tape, problem) for problem in recorder.problems(drift.tape))


def test_every_known_deviation_has_a_reason() -> None:
    assert [drift for drift in DRIFT if len(drift.reason.split()) < 4] == []


def test_no_deviation_is_known_twice() -> None:
    assert len({drift[:5] for drift in DRIFT}) == len(DRIFT)


@pytest.mark.parametrize("operation", UNDESCRIBED_PAGE_TOKENS)
def test_a_missing_page_token_is_still_missing(operation: str, document: dict[str, Any]) -> None:
    assert "page-token" not in Description(document).named(operation).parameters("query")


def test_every_endpoint_was_used_with_success(recorder: Recorder) -> None:
    used = set().union(*(recorder.operations(tape) for tape in TAPES))

    assert {endpoint.source.partition("#operation/")[2] for endpoint in ENDPOINTS.values()} - used == set()


def test_every_scenario_of_the_sandbox_was_recorded() -> None:
    assert {f"scenario {name}" for name in SCENARIOS} <= set(TAPES)


@pytest.mark.parametrize(
    ("tape", "status"),
    [
        ("refusals", 400),
        ("refusals", 404),
        ("unauthorized", 401),
        ("too many requests", 429),
        ("running", 200),
        ("running", 201),
    ],
)
def test_a_recording_holds_replies_of_this_status(tape: str, status: int, recorder: Recorder) -> None:
    assert status in {response.status for _, response in recorder.record(tape)}


# The words the description knows.


@pytest.mark.parametrize(
    ("operation", "path", "known"),
    [
        pytest.param("getWorkflowById", ("status",), statuses.WORKFLOW_KNOWN, id="workflow"),
        pytest.param(
            "listWorkflowsByPipelineId", ("items", "status"), statuses.WORKFLOW_KNOWN, id="workflow_of_a_list"
        ),
        pytest.param("listWorkflowJobs", ("items", "status"), statuses.JOB_KNOWN, id="job_of_a_list"),
        pytest.param("getJobDetails", ("status",), statuses.JOB_KNOWN, id="job"),
    ],
)
def test_every_described_status_is_known(
    operation: str, path: tuple[str, ...], known: frozenset[str], description: Description
) -> None:
    assert _enum(description, operation, path) - known == set()


def test_the_one_final_state_of_a_pipeline_is_described(description: Description) -> None:
    assert statuses.PIPELINE_ERRORED in _enum(description, "getPipelineById", ("state",))


def _enum(description: Description, operation: str, path: tuple[str, ...]) -> set[str]:
    schema: Any = description.named(operation).described["responses"]["200"]["content"]["application/json"]["schema"]
    for name in path:
        schema = schema["properties"][name]
        schema = schema.get("items", schema)
    return set(schema["enum"])


# Does the judge see what is wrong?

GOOD_WORKFLOW = {
    "id": WORKFLOW_ID,
    "name": "build",
    "status": "success",
    "created_at": "2026-03-01T12:00:00.000Z",
    "stopped_at": None,
    "pipeline_id": WORKFLOW_ID,
    "pipeline_number": 7,
    "project_slug": "gh/acme/web",
    "started_by": WORKFLOW_ID,
}


def asked(path: str, method: str = "GET", body: Any = None) -> Request:
    return Request(method, BASE + path, {}, None if body is None else json.dumps(body).encode(), 1.0)


def answered(body: Any, status: int = 200, kind: str = "application/json; charset=utf-8") -> Response:
    return Response(status, {"content-type": kind}, body if isinstance(body, bytes) else json.dumps(body).encode())


WORKFLOW = f"/workflow/{WORKFLOW_ID}"
CREATED = answered(
    {"id": WORKFLOW_ID, "number": 7, "state": "created", "created_at": "2026-03-01T12:00:00.000Z"}, status=201
)
TRIGGER = "/project/gh/acme/web/pipeline"


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        pytest.param(asked(WORKFLOW), answered(GOOD_WORKFLOW), id="workflow"),
        pytest.param(asked(WORKFLOW), answered({"message": "Workflow not found"}, 404), id="refusal"),
        pytest.param(asked(TRIGGER, "POST", {"branch": "main", "parameters": {"a": True}}), CREATED, id="trigger"),
        pytest.param(
            asked("/pipeline?org-slug=gh/acme&mine=true"),
            answered({"items": [], "next_page_token": None}),
            id="null_token",
        ),
        pytest.param(
            asked(f"{WORKFLOW}/job?page-token=x"), answered({"items": [], "next_page_token": "y"}), id="page_token"
        ),
    ],
)
def test_what_is_as_described_has_no_problem(request_: Request, response: Response, description: Description) -> None:
    assert description.problems(request_, response, below="/circleci") == []


@pytest.mark.parametrize(
    ("request_", "response", "place", "rule"),
    [
        pytest.param(asked("/moon"), answered({}), "path", "undeclared", id="unknown_path"),
        pytest.param(asked(WORKFLOW, "DELETE"), answered({}), "path", "undeclared", id="unknown_method"),
        pytest.param(asked("/workflow/7"), answered(GOOD_WORKFLOW), "path.id", "format", id="path_value"),
        pytest.param(asked(f"{WORKFLOW}?a=1"), answered(GOOD_WORKFLOW), "query.a", "undeclared", id="unknown_query"),
        pytest.param(
            asked("/pipeline?mine=yes"),
            answered({"items": [], "next_page_token": None}),
            "query.mine",
            "type",
            id="query_value",
        ),
        pytest.param(asked(WORKFLOW, body={}), answered(GOOD_WORKFLOW), "$", "undeclared", id="body_of_a_get"),
        pytest.param(asked(TRIGGER, "POST", {"brunch": "main"}), CREATED, "$.brunch", "undeclared", id="misspelt"),
        pytest.param(asked(TRIGGER, "POST", {"branch": 7}), CREATED, "$.branch", "type", id="wrong_type"),
        pytest.param(
            asked(TRIGGER, "POST", {"parameters": {"a": 1.5}}), CREATED, "$.parameters.a", "anyOf", id="float_parameter"
        ),
        pytest.param(asked(WORKFLOW), answered({"id": WORKFLOW_ID}), "$", "required", id="missing_property"),
        pytest.param(
            asked(WORKFLOW), answered(GOOD_WORKFLOW | {"name": None}), "$.name", "type", id="null_that_may_not_be"
        ),
        pytest.param(
            asked(WORKFLOW), answered(GOOD_WORKFLOW | {"status": "recovering"}), "$.status", "enum", id="unknown_word"
        ),
        pytest.param(
            asked(WORKFLOW), answered(GOOD_WORKFLOW | {"created_at": "soon"}), "$.created_at", "format", id="no_time"
        ),
        pytest.param(asked(WORKFLOW), answered({}, 202), "status 202", "undeclared", id="unknown_status"),
        pytest.param(asked(WORKFLOW), answered(b"<html>", kind="text/html"), "content-type", "undeclared", id="html"),
        pytest.param(asked(WORKFLOW), answered(b'{"id": "'), "$", "json", id="malformed"),
    ],
)
def test_what_is_not_as_described_is_found(
    request_: Request, response: Response, place: str, rule: str, description: Description
) -> None:
    found: list[Problem] = description.problems(request_, response, below="/circleci")

    assert (place, rule) in {(problem.place, problem.rule) for problem in found}
