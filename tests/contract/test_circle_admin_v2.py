"""Circle's own description of its Admin API v2, held against the replies of the sandbox."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from starlette.routing import Mount, Route

from airflow_provider_circle.core.message import Request, Response

from .admin_calls import CALLS, INCOMPLETE, Call
from .admin_drift import ADMIN_DRIFT, AdminDrift
from .admin_sandbox import API, AdminSandbox
from .description import Description, Problem, normal_path
from .operations import read_operations

_SPECS = Path(__file__).parents[3] / "shared" / "specs"
_DESCRIPTION = _SPECS / "circle-admin-v2-openapi.yaml"
_OPERATIONS = _SPECS / "circle-admin-v2-operations.txt"
_ABSENT = "Circle's description is not there; put it at ../shared/specs/{}"


@cache
def _description() -> Description:
    return Description(yaml.load(_DESCRIPTION.read_text("utf-8"), Loader=yaml.CSafeLoader), api="")


def _operations() -> list[str]:
    if not _DESCRIPTION.is_file():
        return []
    return [f"{each.method} {each.path.removeprefix(API)}" for each in _description().operations]


OPERATIONS = _operations()
IN_PATH = [operation for operation in OPERATIONS if "{" in operation]
_SKIPPED = [pytest.param("", marks=pytest.mark.skip(_ABSENT.format(_DESCRIPTION.name)))]
every_operation = pytest.mark.parametrize("operation", OPERATIONS or _SKIPPED)


@pytest.fixture(scope="module")
def description() -> Description:
    if not _DESCRIPTION.is_file():
        pytest.skip(_ABSENT.format(_DESCRIPTION.name))
    return _description()


@pytest.fixture(scope="module")
def admin() -> AdminSandbox:
    return AdminSandbox()


@pytest.fixture(autouse=True)
def _as_good_as_new(admin: AdminSandbox) -> None:
    admin.service.reset()


def problems(exchange: tuple[Request, Response]) -> set[Problem]:
    found = _description().problems(*exchange, below="/circle-admin")
    return {problem._replace(message="") for problem in found}


def unexplained(occasion: str, operation: str, exchange: tuple[Request, Response]) -> list[Problem]:
    """Give the deviations nobody knows of; of a refused request, in the reply only."""
    return [
        problem
        for problem in sorted(problems(exchange))
        if (problem.side == "response" or exchange[1].status < 300)
        and not any(drift.explains(occasion, operation, problem) for drift in ADMIN_DRIFT)
    ]


def tried(occasion: str, operation: str, admin: AdminSandbox) -> tuple[Request, Response]:
    """Give the exchange that is an occasion for deviations."""
    call = CALLS.get(operation, Call())
    match occasion:
        case "unauthorized":
            return admin.ask(operation, call, token="another")
        case "limited":
            admin.control("/limits", {"requests": 0})
            return admin.ask(operation, call, known=False)
        case "missing":
            return admin.ask(operation, call, known=False)
        case "repeated":
            admin.ask(operation, call)
        case "elsewhere":
            return admin.ask(operation, Call({"space_id": 7}))
        case "over plan":
            return admin.ask(operation, Call(body={"email": "overlimit@example.com"}))
    return admin.ask(operation, call)


def routed(admin: AdminSandbox) -> set[tuple[str, str]]:
    mounts = [route for route in admin.service._routes.routes if isinstance(route, Mount) and route.path == API]
    return {
        (method, normal_path(route.path))
        for mount in mounts
        for route in mount.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }


def test_no_operation_of_the_description_is_missing(admin: AdminSandbox, description: Description) -> None:
    described = {(each.method, normal_path(each.path.removeprefix(API))) for each in description.operations}

    assert len(described) == 118
    assert described - routed(admin) == set()


def test_no_operation_of_the_newer_list_is_missing(admin: AdminSandbox) -> None:
    if not _OPERATIONS.is_file():
        pytest.skip(_ABSENT.format(_OPERATIONS.name))
    listed = {(method, normal_path(path)) for method, path in read_operations(_OPERATIONS.read_text("utf-8"))}

    assert len(listed) == 169
    assert routed(admin) == listed


@every_operation
def test_an_accepted_request_and_its_reply_are_as_described(operation: str, admin: AdminSandbox) -> None:
    exchange = tried("accepted", operation, admin)

    assert exchange[1].status < 300, exchange[1].body
    assert unexplained("accepted", operation, exchange) == []


@every_operation
@pytest.mark.parametrize(("occasion", "status"), [("unauthorized", 401), ("limited", 429)])
def test_who_may_not_ask_is_refused_in_the_usual_shape(
    occasion: str, status: int, operation: str, admin: AdminSandbox
) -> None:
    exchange = tried(occasion, operation, admin)

    assert exchange[1].status == status
    assert set(json.loads(exchange[1].body)) == {"success", "message", "error_details"}
    assert unexplained(occasion, operation, exchange) == []


@pytest.mark.parametrize("operation", IN_PATH or _SKIPPED)
def test_an_unknown_id_is_refused_as_described(operation: str, admin: AdminSandbox) -> None:
    exchange = tried("missing", operation, admin)

    assert exchange[1].status == 404
    assert unexplained("missing", operation, exchange) == []


@pytest.mark.usefixtures("description")
@pytest.mark.parametrize("operation", INCOMPLETE)
def test_what_makes_no_sense_is_refused_as_described(operation: str, admin: AdminSandbox) -> None:
    call, status = INCOMPLETE[operation]
    exchange = admin.ask(operation, call)

    assert exchange[1].status == status
    assert unexplained("incomplete", operation, exchange) == []


@pytest.mark.usefixtures("description")
@pytest.mark.parametrize(
    ("occasion", "operation"),
    [("repeated", "POST /community_members"), ("elsewhere", "GET /events"), ("over plan", "POST /community_members")],
)
def test_an_odd_reply_is_as_described_but_for_what_is_known(occasion: str, operation: str, admin: AdminSandbox) -> None:
    assert unexplained(occasion, operation, tried(occasion, operation, admin)) == []


@pytest.mark.usefixtures("description")
@pytest.mark.parametrize("drift", ADMIN_DRIFT, ids=[" ".join(drift[:5]).replace(" ", "-") for drift in ADMIN_DRIFT])
def test_a_known_deviation_still_happens(drift: AdminDrift, admin: AdminSandbox) -> None:
    operation = "GET /posts" if drift.operation == "*" else drift.operation
    found = problems(tried(drift.occasion, operation, admin))

    assert any(drift.explains(drift.occasion, operation, problem) for problem in found)


def test_no_deviation_is_known_twice() -> None:
    assert len({drift[:5] for drift in ADMIN_DRIFT}) == len(ADMIN_DRIFT)


def test_every_call_is_of_a_described_operation(description: Description) -> None:
    assert (CALLS.keys() | INCOMPLETE.keys()) - set(OPERATIONS) == set()


@pytest.mark.parametrize(
    ("place", "value", "rule"),
    [
        pytest.param("activity_score", {"activity_score": 4.5}, "type", id="score_as_number"),
        pytest.param("user_id", None, "type", id="no_user"),
        pytest.param("karma", 1, "undeclared", id="unknown_attribute"),
        pytest.param("active", "yes", "type", id="flag_as_text"),
    ],
)
def test_what_is_not_as_described_is_found(
    place: str, value: Any, rule: str, admin: AdminSandbox, description: Description
) -> None:
    request, response = admin.ask("GET /community_members", Call({"per_page": 1}))
    page = json.loads(response.body)
    page["records"][0][place] = value
    found = problems((request, replace(response, body=json.dumps(page).encode())))

    assert {(problem.side, problem.rule) for problem in found} == {("response", rule)}
    assert all(problem.place.startswith(f"$.records[].{place}") for problem in found)
