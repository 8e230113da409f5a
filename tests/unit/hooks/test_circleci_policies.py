"""The CircleCI hook on config policies: what is sent, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_circle.exceptions import Forbidden, Invalid, NotFound
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import UNKNOWN_ID as OWNER
from tests.unit.hooks.calling_circleci import Flavour, both, call

SOFT = 'package org\npolicy_name["soft"]\nenable_rule["no_latest"]\n'
HARD = 'package org\npolicy_name["hard"]\nenable_hard["no_secrets"]\n'


@both
def test_a_bundle_is_put_in_the_place_of_the_one_before(hook: CircleCIHook, flavour: Flavour) -> None:
    first = call(hook, "replace_policy_bundle", flavour, OWNER, {"soft.rego": SOFT})
    second = call(hook, "replace_policy_bundle", flavour, OWNER, {"hard.rego": HARD})

    assert first == {"created": ["soft"], "deleted": [], "modified": []}
    assert second == {"created": ["hard"], "deleted": ["soft"], "modified": []}
    assert list(call(hook, "get_policy_bundle", flavour, OWNER)) == ["hard"]
    assert call(hook, "get_policy", flavour, OWNER, "hard")["content"] == HARD
    with pytest.raises(NotFound):
        call(hook, "get_policy", flavour, OWNER, "soft")


def test_a_dry_run_changes_nothing(sandbox: Sandbox, hook: CircleCIHook) -> None:
    said = hook.replace_policy_bundle(OWNER, {"soft.rego": SOFT}, dry=True)

    assert (said["created"], hook.get_policy_bundle(OWNER)) == (["soft"], {})
    assert sandbox.requests()[0]["query"] == {"dry": "true"}


def test_an_empty_bundle_deletes_all_policies(sandbox: Sandbox, hook: CircleCIHook) -> None:
    hook.replace_policy_bundle(OWNER, {"soft.rego": SOFT})
    sandbox.clear_requests()

    assert hook.replace_policy_bundle(OWNER, {})["deleted"] == ["soft"]
    assert [(each["query"], each["body"]) for each in sandbox.requests()] == [({}, {"policies": {}})]


def test_a_bundle_that_is_refused_says_why(hook: CircleCIHook) -> None:
    with pytest.raises(Invalid, match=r"answered 400: a.rego must declare policy_name"):
        hook.replace_policy_bundle(OWNER, {"a.rego": "package org"})


@both
def test_policies_are_put_in_force(hook: CircleCIHook, flavour: Flavour) -> None:
    before = call(hook, "get_policy_decision_settings", flavour, OWNER)
    after = call(hook, "update_policy_decision_settings", flavour, OWNER, enabled=True)

    assert (before, after) == ({"enabled": False}, {"enabled": True})
    assert call(hook, "get_policy_decision_settings", flavour, OWNER) == after


@both
def test_a_decision_is_made_and_found_again(hook: CircleCIHook, flavour: Flavour) -> None:
    hook.replace_policy_bundle(OWNER, {"soft.rego": SOFT, "hard.rego": HARD})
    made = call(hook, "make_policy_decision", flavour, OWNER, "image: no_latest", {"build_number": 7})
    (logged,) = call(hook, "list_policy_decisions", flavour, OWNER)
    hook.replace_policy_bundle(OWNER, {})

    assert (made["status"], [each["rule"] for each in made["soft_failures"]]) == ("SOFT_FAIL", ["no_latest"])
    assert (logged["decision"], logged["metadata"]) == (made, {"build_number": 7})
    assert call(hook, "get_policy_decision", flavour, OWNER, logged["id"]) == logged
    assert sorted(call(hook, "get_policy_decision_bundle", flavour, OWNER, logged["id"])) == ["hard", "soft"]


def test_metadata_that_was_left_out_is_not_sent(sandbox: Sandbox, hook: CircleCIHook) -> None:
    hook.make_policy_decision(OWNER, "version: 2.1")

    assert sandbox.requests()[0]["body"] == {"input": "version: 2.1"}


@both
def test_decisions_are_read_until_there_are_no_more(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    for number in range(45):
        hook.make_policy_decision(OWNER, f"version: {number}")
    sandbox.clear_requests()
    ids = [each["id"] for each in call(hook, "list_policy_decisions", flavour, OWNER)]

    assert len(set(ids)) == len(ids) == 45
    assert [each["query"].get("offset") for each in sandbox.requests()] == [None, "20", "40", "45"]


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        pytest.param({}, {}, id="none"),
        pytest.param(
            {"status": "PASS", "branch": "main", "project_id": OWNER, "build_number": "7"},
            {"status": "PASS", "branch": "main", "project_id": OWNER, "build_number": "7"},
            id="words",
        ),
        pytest.param({"after": "2026-01-02"}, {"after": "2026-01-02T00:00:00Z"}, id="date"),
        pytest.param(
            {"before": datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))},
            {"before": "2026-01-02T01:00:00Z"},
            id="moment_of_another_zone",
        ),
        pytest.param(
            {"after": datetime(2026, 1, 2, 3, 4, 5, 600_000, UTC)},
            {"after": "2026-01-02T03:04:05.600000Z"},
            id="moment",
        ),
    ],
)
def test_filters_are_sent_as_circleci_writes_them(
    sandbox: Sandbox, hook: CircleCIHook, filters: Any, query: dict[str, str]
) -> None:
    list(hook.list_policy_decisions(OWNER, **filters))

    assert sandbox.requests()[0]["query"] == query


@pytest.mark.parametrize(
    ("name", "arguments", "options"),
    [
        ("list_policy_decisions", (), {}),
        ("make_policy_decision", ("version: 2.1",), {}),
        ("get_policy_decision_settings", (), {}),
        ("update_policy_decision_settings", (), {"enabled": True}),
        ("get_policy_bundle", (), {}),
        ("replace_policy_bundle", ({},), {}),
    ],
)
def test_another_context_is_asked_for(
    sandbox: Sandbox, hook: CircleCIHook, name: str, arguments: Any, options: Any
) -> None:
    call(hook, name, "sync", OWNER, *arguments, context="other one", **options)

    assert f"/owner/{OWNER}/context/other%20one/" in sandbox.requests()[0]["path"] + "/"


def test_an_owner_who_is_not_there_is_forbidden(hook: CircleCIHook) -> None:
    with pytest.raises(Forbidden):
        hook.get_policy_bundle("nobody")
