from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle import __version__
from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.walk import call
from airflow_provider_circle.exceptions import CircleError, Invalid, RateLimited, SubscriptionExpired, Unauthorized
from airflow_provider_circle.vendors.circa.endpoints import CREATE_EVENT, LIST_TEAMS
from airflow_provider_circle.vendors.circa.service import circa_v1
from tests.unit.vendors.answering import Answering, in_turn, reply

CIRCA = circa_v1("https://app.circa.co", "secret-key")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            {"errors": {"status": ["should be one of COMMITTED, SKIPPING"]}},
            "status: should be one of COMMITTED, SKIPPING",
            id="one_field",
        ),
        pytest.param(
            {"errors": {"name": ["can't be blank", "is too short"], "team_id": ["is unknown"]}},
            "name: can't be blank, is too short; team_id: is unknown",
            id="every_field_with_all_its_messages",
        ),
        pytest.param({"errors": {"name": "can't be blank"}}, "name: can't be blank", id="a_message_without_a_list"),
        pytest.param({"errors": {"name": []}}, "name: is not right", id="a_field_without_messages"),
        pytest.param(
            {"errors": {"custom_fields": {"size": ["is unknown"]}}}, "custom_fields: size: is unknown", id="nested"
        ),
        pytest.param({"errors": ["no", "and no"]}, "no; and no", id="messages_without_fields"),
        pytest.param({"errors": "no"}, "no", id="a_text"),
        pytest.param({"errors": {}, "error": "no"}, "no", id="error"),
        pytest.param({"message": "no"}, "no", id="message"),
        pytest.param({"error": True, "message": "no"}, "no", id="a_flag_beside_a_message"),
        pytest.param({"code": 7}, "", id="neither"),
        pytest.param(["no"], "", id="a_list"),
        pytest.param(None, "", id="null"),
    ],
)
def test_the_vendors_message_is_taken_out_of_a_refusal(content: Any, message: str) -> None:
    assert CIRCA.read_error(Response(422, {}, json.dumps(content).encode())) == message


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>Bad gateway</html>", id="html"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe", id="no_text"),
        pytest.param(b"[" * 100_000, id="too_deep"),
    ],
)
def test_what_is_no_json_says_nothing(body: bytes) -> None:
    assert CIRCA.read_error(Response(500, {}, body)) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer secret-key"),
        ("Accept", "application/json"),
        ("User-Agent", f"airflow-provider-circle/{__version__}"),
    ],
)
def test_every_request_carries_a_header(name: str, value: str) -> None:
    assert CIRCA.headers[name] == value


def test_the_api_is_below_the_host() -> None:
    service = circa_v1("https://circa.example", "k", timeout_s=5.0, verify="/etc/ca.pem")

    assert (service.base_url, service.timeout_s, service.verify) == (
        "https://circa.example/api/v1",
        5.0,
        "/etc/ca.pem",
    )


def test_the_key_is_in_no_repr() -> None:
    assert "secret-key" not in repr(CIRCA)


@pytest.mark.parametrize(
    ("status", "error"), [(401, Unauthorized), (402, SubscriptionExpired), (400, Invalid), (422, Invalid)]
)
def test_a_refusal_is_never_asked_for_again(status: int, error: type[CircleError]) -> None:
    circa = Answering(CIRCA, in_turn(reply({}, status)))

    with pytest.raises(error):
        circa.run(call(circa.caller, LIST_TEAMS))


def test_a_throttled_list_is_asked_for_again_though_429_is_undocumented() -> None:
    circa = Answering(CIRCA, in_turn(*[reply({}, 429)] * 3))

    with pytest.raises(RateLimited):
        circa.run(call(circa.caller, LIST_TEAMS))


def test_a_422_shows_every_field() -> None:
    errors = {"errors": {"name": ["can't be blank"], "status": ["should be one of COMMITTED, SKIPPING"]}}
    circa = Answering(CIRCA, in_turn(reply(errors, 422)))

    with pytest.raises(Invalid, match=r"name: can't be blank; status: should be one of COMMITTED, SKIPPING"):
        circa.run(call(circa.caller, CREATE_EVENT, json={"name": ""}))
