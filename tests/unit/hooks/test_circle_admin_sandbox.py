"""The Circle Admin hook against the sandbox, blocking and awaited."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from inspect import getattr_static
from types import SimpleNamespace
from typing import Any, Literal, TypeAlias

import pytest

from airflow_provider_circle.exceptions import CircleError, NotFound, Unauthorized
from airflow_provider_circle.hooks import base
from airflow_provider_circle.hooks.base import stream
from airflow_provider_circle.hooks.circle_admin import CircleAdminHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.vendors.circle_admin.endpoints import gamification
from tests.unit.hooks.connecting_circle_admin import EMAIL, TOKEN, VARIABLE, connect

Flavour: TypeAlias = Literal["sync", "aio"]

both = pytest.mark.parametrize("flavour", ["sync", "aio"])


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circle_admin_default``, its clock standing still."""
    monkeypatch.setenv(VARIABLE, circle_sandbox.circle_admin_connection_json())
    monkeypatch.setattr(base, "_paces", {})
    circle_sandbox.set_speed(0)
    return circle_sandbox


@pytest.fixture
def hook(sandbox: Sandbox) -> Iterator[CircleAdminHook]:
    with CircleAdminHook(request_attempts=1) as opened:
        yield opened


def made(hook: CircleAdminHook, name: str, flavour: Flavour, *args: Any, **options: Any) -> Any:
    """Make a call of the hook to its end; the records of a stream as a list."""
    bound, is_stream = getattr(hook, name), isinstance(getattr_static(CircleAdminHook, name), stream)
    if flavour == "sync":
        return list(bound(*args, **options)) if is_stream else bound(*args, **options)

    async def awaited() -> Any:
        if is_stream:
            return [record async for record in bound.aio(*args, **options)]
        return await bound.aio(*args, **options)

    return asyncio.run(awaited())


def test_the_connection_is_tried(hook: CircleAdminHook) -> None:
    works, told = hook.test_connection()

    assert works, told
    assert told.startswith("Connected to Circle community ")


def test_v1_is_tried(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    described = json.loads(sandbox.circle_admin_connection_json())
    described["extra"] = {"api_version": "v1", "community_id": 1}
    monkeypatch.setenv(VARIABLE, json.dumps(described))

    assert CircleAdminHook().test_connection()[1].startswith("Connected to Circle (v1) as ")


@pytest.mark.parametrize("extras", [{}, {"api_version": "v1", "community_id": 1}], ids=["v2", "v1"])
def test_a_wrong_token_is_told(extras: Any, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    described = json.loads(sandbox.circle_admin_connection_json())
    monkeypatch.setenv(VARIABLE, json.dumps({**described, "password": TOKEN, "extra": extras}))
    works, told = CircleAdminHook().test_connection()

    assert not works
    assert "check the connection's token" in told
    assert TOKEN not in told


def test_an_unusable_connection_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    works, told = connect(monkeypatch, api_version="v1").test_connection()

    assert (works, "community_id must be" in told) == (False, True)


@both
def test_all_members_are_listed(flavour: Flavour, hook: CircleAdminHook, sandbox: Sandbox) -> None:
    sandbox.circle_admin_populate(community_members=230)
    members = made(hook, "list_community_members", flavour)

    assert {row["id"] for row in members} == {row["id"] for row in sandbox.circle_admin_records("community_members")}


@both
def test_a_member_is_invited_once(flavour: Flavour, hook: CircleAdminHook) -> None:
    first = made(hook, "invite_member", flavour, "new@example.com", "New")
    second = made(hook, "invite_member", flavour, "NEW@example.com")

    assert (first["created"], second["created"], first["id"]) == (True, False, second["id"])


@both
def test_a_member_is_tagged_by_name(flavour: Flavour, hook: CircleAdminHook, sandbox: Sandbox) -> None:
    tag = made(hook, "create_member_tag", flavour, "Speakers of 2026")
    member = made(hook, "invite_member", flavour, "new@example.com", "New")
    for _ in range(2):
        made(hook, "tag_member", flavour, "new@example.com", "Speakers of 2026")
    found = made(hook, "find_community_member", flavour, "new@example.com")

    assert [each["id"] for each in found["member_tags"]] == [tag["id"]]
    assert found["id"] == member["id"]


@both
def test_an_unknown_tag_is_answered_with_near_ones(flavour: Flavour, hook: CircleAdminHook) -> None:
    made(hook, "create_member_tag", flavour, "Keynotes of 2026")

    with pytest.raises(ValueError, match="near it are 'Keynotes of 2026'"):
        made(hook, "tag_member", flavour, EMAIL, "Keynote of 2026")


@both
def test_an_attendee_comes_and_goes(flavour: Flavour, hook: CircleAdminHook, sandbox: Sandbox) -> None:
    event_id = sandbox.circle_admin_records("events")[0]["id"]
    made(hook, "invite_member", flavour, "new@example.com", "New")
    made(hook, "add_event_attendee", flavour, "new@example.com", event_id)
    there = [row["member_email"] for row in made(hook, "list_event_attendees", flavour, event_id)]
    made(hook, "remove_event_attendee", flavour, "new@example.com", event_id)
    left = [row["member_email"] for row in made(hook, "list_event_attendees", flavour, event_id)]

    assert ("new@example.com" in there, "new@example.com" in left) == (True, False)


@both
def test_a_list_without_pages_is_listed(flavour: Flavour, hook: CircleAdminHook) -> None:
    assert "total_points" in made(hook, "list_endpoint", flavour, gamification.GET_LEADERBOARD)[0]


@pytest.mark.parametrize(
    ("name", "args", "error"),
    [("get_space", (999_999_999,), NotFound), ("get_community_member", (999_999_999,), NotFound)],
)
@both
def test_what_does_not_exist_is_an_error(
    flavour: Flavour, name: str, args: Any, error: type[CircleError], hook: CircleAdminHook
) -> None:
    with pytest.raises(error):
        made(hook, name, flavour, *args)


@both
def test_a_wrong_token_is_an_error(flavour: Flavour, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    described = json.loads(sandbox.circle_admin_connection_json())
    monkeypatch.setenv(VARIABLE, json.dumps({**described, "password": TOKEN}))

    with CircleAdminHook() as wrong, pytest.raises(Unauthorized):
        made(wrong, "get_community", flavour)


def test_a_429_is_waited_for(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        sandbox.advance(seconds)

    monkeypatch.setattr(base, "time", SimpleNamespace(time=sandbox.now))
    sandbox.circle_admin_limit(1, per_s=60.0)
    with CircleAdminHook(sleep=sleep) as patient:
        patient.get_community()
        patient.get_community()

    assert sum(slept) >= 30.0
