"""Inviting, tagging and publishing happen once, whatever becomes of a reply or a worker."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.hooks import base
from airflow_provider_circle.hooks.circle_admin import CircleAdminHook
from airflow_provider_circle.operators import circle_admin as operators
from airflow_provider_circle.operators.circle_admin import (
    CircleAdminCreatePostOperator,
    CircleAdminInviteMemberOperator,
    CircleAdminTagMemberOperator,
)
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.running import FakeStateStore, context

PATIENCE: dict[str, Any] = {"request_max_wait_s": 0.01, "request_attempts": 3}


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circle_admin_default``; tasks and hooks live in its time."""
    connection = {
        **json.loads(circle_sandbox.circle_admin_connection_json()),
        "extra": {"requests_per_minute": 600_000},
    }
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLE_ADMIN_DEFAULT", json.dumps(connection))
    circle_sandbox.set_speed(0)
    clock = SimpleNamespace(time=circle_sandbox.now, sleep=circle_sandbox.advance)
    for module in (base, operators):
        monkeypatch.setattr(module, "time", clock)
    return circle_sandbox


def run(sandbox: Sandbox, task: Any, seen: Any = None) -> dict[str, Any]:
    task.sleep = sandbox.advance
    told: dict[str, Any] = task.execute(seen or context())
    return told


def invite(sandbox: Sandbox, **options: Any) -> dict[str, Any]:
    arguments = {"member_email": "ada@example.com", "name": "Ada", **PATIENCE, **options}
    return run(sandbox, CircleAdminInviteMemberOperator(task_id="invite", **arguments))


def post(sandbox: Sandbox, store: FakeStateStore | None = None, max_tries: int = 1, **options: Any) -> dict[str, Any]:
    space = sandbox.circle_admin_records("spaces")[0]["id"]
    arguments = {"space_id": space, "post_name": "Hello", "content": "One\nTwo", **PATIENCE, **options}
    return run(sandbox, CircleAdminCreatePostOperator(task_id="post", **arguments), context(store, max_tries))


def members(sandbox: Sandbox) -> list[dict[str, Any]]:
    rows = sandbox.circle_admin_records("community_members")
    return [row for row in rows if row["email"] == "ada@example.com"]


def posts(sandbox: Sandbox) -> list[dict[str, Any]]:
    return [row for row in sandbox.circle_admin_records("posts") if row["name"] == "Hello"]


def test_member_is_invited_once(sandbox: Sandbox) -> None:
    told = [invite(sandbox) for _ in range(2)]

    (member,) = members(sandbox)
    assert told == [{"community_member_id": member["id"], "created": created} for created in (True, False)]


@pytest.mark.parametrize("kind", ["reset_after", "cut", "malformed", "status_after"])
def test_invitation_whose_reply_was_lost_is_looked_up(sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault(kind, method="POST", path="/community_members$", times=1)

    invite(sandbox)

    assert len(members(sandbox)) == 1
    assert len(sandbox.requests(method="POST", path="/community_members$")) == 1


def test_member_who_is_there_gets_the_tags(sandbox: Sandbox) -> None:
    tag = sandbox.circle_admin_records("member_tags")[0]
    invite(sandbox)

    invite(sandbox, tags=[tag["name"]])

    member = CircleAdminHook().find_community_member("ada@example.com")
    assert member
    assert tag["id"] in {one["id"] for one in member["member_tags"]}


def test_nobody_is_invited_with_a_tag_that_is_none(sandbox: Sandbox) -> None:
    with pytest.raises((ValueError, AirflowFailException), match="tag"):
        invite(sandbox, tags=["no such tag"])

    assert members(sandbox) == []


def test_tag_is_given_and_taken(sandbox: Sandbox) -> None:
    tag = sandbox.circle_admin_records("member_tags")[0]
    invite(sandbox)
    for remove in (False, False, True):
        told = run(
            sandbox,
            CircleAdminTagMemberOperator(
                task_id="tag", member_email="ada@example.com", tag=tag["name"], remove=remove, **PATIENCE
            ),
        )
        assert told == {"member_tag_id": tag["id"], "user_email": "ada@example.com"}
        member = CircleAdminHook().find_community_member("ada@example.com")
        assert member
        assert (tag["id"] in {one["id"] for one in member["member_tags"]}) is not remove


def test_taking_a_tag_that_is_not_there_changes_nothing_more(sandbox: Sandbox) -> None:
    tag = sandbox.circle_admin_records("member_tags")[0]["id"]
    invite(sandbox)
    options = {"member_email": "ada@example.com", "tag": tag, **PATIENCE}
    run(sandbox, CircleAdminTagMemberOperator(task_id="tag", **options))

    told = [run(sandbox, CircleAdminTagMemberOperator(task_id="tag", remove=True, **options)) for _ in range(2)]

    assert told == [{"member_tag_id": tag, "user_email": "ada@example.com"}] * 2
    assert [one["status"] for one in sandbox.requests(method="DELETE")] == [200, 404]
    assert len(members(sandbox)) == 1


def test_post_is_published(sandbox: Sandbox) -> None:
    told = post(sandbox)

    (row,) = posts(sandbox)
    assert told["post_id"] == row["id"]


@pytest.mark.parametrize("kind", ["reset_after", "cut", "malformed", "status_after"])
def test_post_whose_reply_was_lost_is_looked_up(sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault(kind, method="POST", path="/posts$", times=1)

    told = post(sandbox)

    assert [row["id"] for row in posts(sandbox)] == [told["post_id"]]


def test_try_that_died_after_publishing_is_taken_up(sandbox: Sandbox) -> None:
    store = FakeStateStore()
    first = post(sandbox, store)

    again = post(sandbox, store)

    assert again["post_id"] == first["post_id"]
    assert len(posts(sandbox)) == 1


def test_cleared_task_publishes_anew(sandbox: Sandbox) -> None:
    store = FakeStateStore()
    post(sandbox, store, max_tries=1)
    sandbox.advance(60)

    post(sandbox, store, max_tries=2)

    assert len(posts(sandbox)) == 2


@pytest.mark.parametrize("status", [401, 403, 422])
def test_refusal_fails_for_good_and_is_asked_once(sandbox: Sandbox, status: int) -> None:
    sandbox.add_fault("status", status=status, method="POST")

    with pytest.raises(AirflowFailException, match=str(status)):
        post(sandbox)

    assert len(sandbox.requests(method="POST")) == 1
