"""Every call of the v1.1 hook, blocking and awaited: what it asks for, what it sends, and what it returns."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from inspect import getattr_static
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import Flavour, both
from tests.unit.hooks.calling_circleci_v1 import API, PRIVATE_KEY, PROJECT, SLUG, call

SEED = Path(__file__).parents[4] / "shared" / "seeds" / "circleci-v1.1-overview.md"
FINGERPRINT = "af:65:d7:98:0e:97:81:fa:d6:59:8b:6e:6e:31:84:15"
"""Of the private key, as the sandbox reckons it."""

SCHEDULE = PollSchedule(10.0, 10.0, 0.0)


@pytest.fixture
def v1(sandbox: Sandbox, naps: list[float]) -> Iterable[CircleCIV1Hook]:
    with CircleCIV1Hook(sleep=naps.append) as hook:
        yield hook


class Stage(NamedTuple):
    """A project with a build, which has a number, and a checkout key, which has a fingerprint."""

    hook: CircleCIV1Hook
    build_num: int
    fingerprint: str


def staged(sandbox: Sandbox, hook: CircleCIV1Hook, after_s: float) -> Stage:
    build = hook.trigger_build(SLUG, branch="feature/ä")
    key = hook.create_checkout_key("deploy-key", SLUG)
    hook.create_ssh_key("host.example", PRIVATE_KEY, SLUG)
    sandbox.advance(after_s)
    sandbox.clear_requests()
    return Stage(hook, build["build_num"], key["fingerprint"])


class Row(NamedTuple):
    """
    One call of the hook.

    :param given: its arguments.
    :param asked: the request it makes.
    :param answered: a part of its result, or of the first record.
    """

    name: str
    given: Callable[[Stage], tuple[tuple[Any, ...], dict[str, Any]]]
    asked: str
    answered: Any
    body: Any = None
    query: dict[str, str] = {}  # noqa: RUF012  a named tuple's fields are no class variables
    after_s: float = 30.0


def given(*args: Any, **options: Any) -> Callable[[Stage], tuple[tuple[Any, ...], dict[str, Any]]]:
    return lambda _: (args, options)


def of_build(stage: Stage) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (stage.build_num, SLUG), {}


def of_key(stage: Stage) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (stage.fingerprint, SLUG), {}


_BUILD = {"build_num": 1, "branch": "feature/ä", "lifecycle": "finished", "outcome": "success", "status": "success"}
_BRANCH = "feature%2F%C3%A4"
_ENDED = {"state": "succeeded", "project_slug": SLUG, "build_num": 1, "lifecycle": "finished", "outcome": "success"}

CALLS: dict[str, Row] = {
    "get_me": Row("get_me", given(), "GET /me", {"login": "sandbox-user"}),
    "list_followed_projects": Row("list_followed_projects", given(), "GET /projects", []),
    "follow_project": Row("follow_project", given(SLUG), f"POST {PROJECT}/follow", {"followed": True}),
    "list_recent_builds": Row(
        "list_recent_builds",
        given(shallow=True),
        "GET /recent-builds",
        _BUILD,
        query={"limit": "100", "shallow": "true"},
    ),
    "list_project_builds": Row(
        "list_project_builds", given("github/acme/web"), f"GET {PROJECT}", _BUILD, query={"limit": "100"}
    ),
    "list_project_builds_of_a_branch": Row(
        "list_project_builds",
        given(SLUG, branch="feature/ä", filter="successful", shallow=True),
        f"GET {PROJECT}/tree/{_BRANCH}",
        _BUILD,
        query={"limit": "100", "filter": "successful", "shallow": "true"},
    ),
    "get_build": Row("get_build", of_build, f"GET {PROJECT}/1", {**_BUILD, "messages": []}),
    "list_build_artifacts": Row("list_build_artifacts", of_build, f"GET {PROJECT}/1/artifacts", []),
    "list_latest_artifacts": Row(
        "list_latest_artifacts",
        given(SLUG, branch="feature/ä", filter="completed"),
        f"GET {PROJECT}/latest/artifacts",
        [],
        query={"branch": "feature/ä", "filter": "completed"},
    ),
    "list_build_tests": Row("list_build_tests", of_build, f"GET {PROJECT}/1/tests", []),
    "trigger_build": Row(
        "trigger_build",
        given(SLUG, branch="feature/ä", build_parameters={"A": 1}, revision="abc"),
        f"POST {PROJECT}/tree/{_BRANCH}",
        {"build_num": 2, "branch": "feature/ä", "vcs_revision": "abc", "build_parameters": {"A": "1"}},
        body={"revision": "abc", "build_parameters": {"A": "1"}},
    ),
    "trigger_build_of_a_tag": Row(
        "trigger_build",
        given(SLUG, tag="v1"),
        f"POST {PROJECT}",
        {"build_num": 2, "vcs_tag": "v1"},
        body={"tag": "v1"},
    ),
    "find_triggered_build": Row(
        "find_triggered_build",
        given(SLUG, branch="feature/ä", began_s=0.0),
        f"GET {PROJECT}",
        _BUILD,
        query={"limit": "100"},
    ),
    "find_retried_build": Row(
        "find_retried_build", given(1, SLUG, began_s=4e9), f"GET {PROJECT}", None, query={"limit": "100"}
    ),
    "retry_build": Row(
        "retry_build", of_build, f"POST {PROJECT}/1/retry", {"build_num": 2, "retry_of": 1, "why": "retry"}
    ),
    "cancel_build": Row(
        "cancel_build", of_build, f"POST {PROJECT}/1/cancel", {"build_num": 1, "status": "canceled"}, after_s=10.0
    ),
    "cancel_build_that_is_over": Row("cancel_build", of_build, f"POST {PROJECT}/1/cancel", _BUILD),
    "add_ssh_user": Row(
        "add_ssh_user",
        of_build,
        f"POST {PROJECT}/1/ssh-users",
        {"build_num": 1, "ssh_users": [{"login": "sandbox-user"}]},
        after_s=10.0,
    ),
    "wait_for_build": Row(
        "wait_for_build",
        lambda stage: ((1, SCHEDULE, SLUG), {"started_s": time.time(), "deadline_s": None}),
        f"GET {PROJECT}/1",
        _ENDED,
    ),
    "create_ssh_key": Row(
        "create_ssh_key",
        given("host.example", PRIVATE_KEY, SLUG),
        f"POST {PROJECT}/ssh-key",
        None,
        body={"hostname": "host.example", "private_key": PRIVATE_KEY},
    ),
    "delete_ssh_key": Row(
        "delete_ssh_key",
        given("host.example", FINGERPRINT, SLUG),
        f"DELETE {PROJECT}/ssh-key",
        None,
        body={"hostname": "host.example", "fingerprint": FINGERPRINT},
    ),
    "list_checkout_keys": Row(
        "list_checkout_keys", given(SLUG), f"GET {PROJECT}/checkout-key", {"type": "deploy-key", "preferred": True}
    ),
    "create_checkout_key": Row(
        "create_checkout_key",
        given("github-user-key", SLUG),
        f"POST {PROJECT}/checkout-key",
        {"type": "github-user-key"},
        body={"type": "github-user-key"},
    ),
    "get_checkout_key": Row(
        "get_checkout_key", of_key, f"GET {PROJECT}/checkout-key/<key>", {"type": "deploy-key", "preferred": True}
    ),
    "delete_checkout_key": Row(
        "delete_checkout_key", of_key, f"DELETE {PROJECT}/checkout-key/<key>", {"message": "ok"}
    ),
}
every_call = pytest.mark.parametrize("row", CALLS.values(), ids=CALLS)


def includes(result: Any, part: Any) -> bool:
    if isinstance(part, dict):
        first = result[0] if isinstance(result, list) else result
        return all(first.get(name) == value for name, value in part.items())
    return bool(result == part)


def made(row: Row, sandbox: Sandbox, hook: CircleCIV1Hook, flavour: Flavour) -> tuple[Any, JsonObject]:
    args, options = row.given(staged(sandbox, hook, row.after_s))
    result = call(hook, row.name, flavour, *args, **options)
    return result, sandbox.requests()[0]


@every_call
@both
def test_a_call_makes_this_request(row: Row, sandbox: Sandbox, v1: CircleCIV1Hook, flavour: Flavour) -> None:
    _, request = made(row, sandbox, v1, flavour)
    path = re.sub(r"(%3A|[0-9a-f]{2}){31}", "<key>", request["path"].removeprefix(API))

    assert (f"{request['method']} {path}", request["query"], request["body"]) == (row.asked, row.query, row.body)


@every_call
@both
def test_a_call_returns_the_answer(row: Row, sandbox: Sandbox, v1: CircleCIV1Hook, flavour: Flavour) -> None:
    result, _ = made(row, sandbox, v1, flavour)

    assert includes(result, row.answered), result


def test_the_table_has_every_call_of_the_hook() -> None:
    names = dir(CircleCIV1Hook)
    public = {name for name in names if isinstance(getattr_static(CircleCIV1Hook, name), operation | stream)}

    assert {row.name for row in CALLS.values()} == public


ROW = re.compile(r"^ ?(?P<path>/[\w:/\\-]+)\s+\|", re.MULTILINE)


def seeded() -> list[str]:
    """The rows of the three tables of the seed, as ``METHOD /path`` with every variable part as ``*``."""
    if not SEED.exists():
        return []
    text = SEED.read_text().partition("## Summary of API Endpoints")[2]
    rows: list[str] = []
    for table in text.split("### ")[1:]:
        method = table.partition(" ")[0]
        paths = (found["path"].replace("\\", "") for found in ROW.finditer(table))
        rows += [f"{method} {re.sub(r':[a-z_-]+', '*', path)}" for path in paths]
    return rows


@pytest.mark.skipif(not SEED.exists(), reason="the vendor's overview of v1.1 is not there")
def test_every_row_of_the_vendors_tables_has_a_call() -> None:
    ours = set()
    for row in CALLS.values():
        path = row.asked.replace(PROJECT, "/project/*/*/*").replace(_BRANCH, "*").replace("<key>", "*")
        ours.add(re.sub(r"/1(?=/|$)", "/*", path))
    rows = seeded()

    assert (len(rows), set(rows) - ours) == (16, set())
