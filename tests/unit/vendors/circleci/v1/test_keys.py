"""A private key is in the body of one request, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import Response
from airflow_provider_circle.exceptions import CircleError, Forbidden, Invalid, NotFound, ServiceDown, UnexpectedReply
from airflow_provider_circle.vendors.circleci.v1.keys import create_ssh_key, delete_ssh_key
from tests.unit.vendors.answering import LOST, Answering

from .building import PROJECT, answering, in_turn, reply

KEY = "-----BEGIN RSA PRIVATE KEY-----\ntell-nobody\n-----END RSA PRIVATE KEY-----"
PATH = {"project": "github/acme/web"}


def created(*outcomes: Any) -> Answering:
    asking = answering(in_turn(*outcomes))
    asking.run(create_ssh_key(asking.caller, PATH, "host.example", KEY))
    return asking


@pytest.mark.parametrize(
    "told",
    [
        Response(201, {"content-length": "0"}, b""),
        Response(200, {}, b""),
        Response(204, {}, b""),
        Response(201, {}, b'"ok"'),
        Response(201, {}, b"{}"),
        Response(200, {"content-type": "text/plain"}, b"created"),
    ],
    ids=lambda told: f"{told.status} {told.body!r}",
)
def test_a_success_needs_no_words(told: Response) -> None:
    (asked,) = created(told).asked

    assert (str(asked), asked.body) == (f"POST {PROJECT}/ssh-key", {"hostname": "host.example", "private_key": KEY})


@pytest.mark.parametrize(("status", "error"), [(400, Invalid), (403, Forbidden), (404, NotFound), (500, ServiceDown)])
def test_a_refusal_shows_nothing_of_what_was_said(status: int, error: type[CircleError]) -> None:
    with pytest.raises(error) as refusal:
        created(reply({"message": f"bad key: {KEY}"}, status))

    assert "tell-nobody" not in str(refusal.value)


def test_a_lost_key_is_not_sent_again() -> None:
    asking = answering(in_turn(LOST))
    with pytest.raises(CircleError):
        asking.run(create_ssh_key(asking.caller, PATH, "host.example", KEY))

    assert len(asking.asked) == 1


def test_a_redirect_is_no_success() -> None:
    with pytest.raises(UnexpectedReply):
        created(Response(302, {"location": "https://x.example"}, b""))


def test_a_key_is_deleted_by_its_fingerprint() -> None:
    asking = answering(in_turn(Response(200, {"content-length": "0"}, b"")))
    asking.run(delete_ssh_key(asking.caller, PATH, "host.example", "c9:0b"))
    (asked,) = asking.asked

    assert (str(asked), asked.body) == (
        f"DELETE {PROJECT}/ssh-key",
        {"hostname": "host.example", "fingerprint": "c9:0b"},
    )


def test_a_refused_deletion_says_why() -> None:
    asking = answering(in_turn(reply({"message": "no such key"}, 404)))
    with pytest.raises(NotFound, match="no such key"):
        asking.run(delete_ssh_key(asking.caller, PATH, "host.example", "c9:0b"))
