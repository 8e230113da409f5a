"""
Secrets that are sent, values of environment variables and what webhooks are signed with, are masked before anything
happens to them, and are in no error and no log.
"""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.hooks.circleci_calls import discreet
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import SLUG, UNKNOWN_ID, Flavour, both, call
from tests.unit.walking import Clock, caller, drive, orbit, patient, reply

SECRET = "s3cret-value-4711"
QUOTED = {"message": f"The value {SECRET} is too short, and {SECRET} is no good"}

every_way = pytest.mark.parametrize(
    "name", ["create_env_var", "set_context_env_var", "create_webhook", "update_webhook"]
)


@pytest.fixture
def masked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(discreet, "mask_secret", texts.append)
    return texts


def arguments(name: str, value: str = SECRET, owner_id: str = UNKNOWN_ID) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Say how a call is made that sends a secret."""
    match name:
        case "create_env_var":
            return ("TOKEN", value, SLUG), {}
        case "set_context_env_var":
            return (owner_id, "TOKEN", value), {}
        case "create_webhook":
            return (owner_id, "tell", "https://airflow.example.com"), {"signing_secret": value}
    return (owner_id,), {"signing_secret": value}


def walk_of(name: str, value: str = SECRET, attempts: int = 1, asks: Caller | None = None) -> Walk[object]:
    """Begin a call without a network: nothing is sent before the walk is driven."""
    hook, (args, options) = CircleCIHook(), arguments(name, value)
    asks = asks or caller(Clock(), retry=patient(attempts))
    walk: Walk[object] = getattr(hook, name)._walk(hook, asks, *args, **options)
    return walk


@every_way
def test_a_value_is_masked_before_anything_is_sent(name: str, masked: list[str]) -> None:
    walk_of(name)

    assert masked == [SECRET]


@both
@every_way
def test_a_value_is_masked_in_either_flavour(
    name: str, masked: list[str], sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour
) -> None:
    owner_id = UNKNOWN_ID
    if name == "set_context_env_var":
        owner_id = hook.create_context("deploy", owner_slug="gh/acme")["id"]
    if name == "update_webhook":
        owner_id = hook.create_webhook(UNKNOWN_ID, "tell", "https://airflow.example.com", signing_secret="x")["id"]
    args, options = arguments(name, owner_id=owner_id)
    masked.clear()

    call(hook, name, flavour, *args, **options)

    assert masked == [SECRET]


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("create_env_var", ("not a name", SECRET, SLUG)),
        ("create_env_var", (SECRET + " ", "TOKEN", SLUG)),
        ("set_context_env_var", (UNKNOWN_ID, "not a name", SECRET)),
        ("set_context_env_var", (UNKNOWN_ID, SECRET + " ", "TOKEN")),
        ("create_env_var", ("TOKEN", [SECRET], SLUG)),
        ("set_context_env_var", (UNKNOWN_ID, "TOKEN", SECRET.encode())),
    ],
    ids=["name", "mixed_up", "context", "context_mixed_up", "list", "bytes"],
)
def test_a_mistake_is_told_without_the_value(name: str, args: tuple[str, ...], masked: list[str]) -> None:
    with pytest.raises(ValueError, match="must be") as told:
        getattr(CircleCIHook(), name)._walk(CircleCIHook(), caller(Clock()), *args)

    assert SECRET not in str(told.value)


@every_way
def test_a_refusal_that_quotes_the_value_is_told_without_it(name: str, masked: list[str]) -> None:
    error = drive(walk_of(name), [reply(QUOTED, 400)]).failure

    assert str(error).endswith("The value *** is too short, and *** is no good")


@pytest.mark.parametrize("name", ["create_env_var", "set_context_env_var", "update_webhook"])
def test_a_repetition_is_announced_without_the_value(name: str, masked: list[str]) -> None:
    walked = drive(walk_of(name, attempts=2), [reply(QUOTED, 503), reply({})])

    assert ["***" in wait.reason and SECRET not in wait.reason for wait in walked.waits] == [True]


def test_an_empty_value_leaves_a_refusal_as_it_is(masked: list[str]) -> None:
    error = drive(walk_of("create_env_var", ""), [reply({"message": "no empty values"}, 400)]).failure

    assert str(error).endswith("no empty values")


@every_way
def test_other_calls_are_told_what_the_service_says(name: str, masked: list[str]) -> None:
    shared = caller(Clock(), service=orbit(), retry=patient(1))
    drive(walk_of(name, asks=shared), [reply({})])

    assert SECRET in shared.service.read_error(reply(QUOTED, 400))


@both
@every_way
def test_an_error_says_nothing_of_the_value(
    name: str, sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.add_fault("status", status=500, times=9)
    args, options = arguments(name)

    with caplog.at_level("DEBUG"), pytest.raises(CircleError) as told:
        call(hook, name, flavour, *args, **options)

    assert SECRET not in repr(told.value) + caplog.text
