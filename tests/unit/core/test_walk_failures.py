"""A walk takes a success that means a failure for the failure it means."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Outcome, Response
from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.exceptions import (
    CircleError,
    Forbidden,
    Invalid,
    NotFound,
    ServiceDown,
    SubscriptionExpired,
    Unauthorized,
    UnexpectedReply,
)
from tests.unit.core.moons import OK, get, listed, page, post
from tests.unit.walking import Clock, Walked, orbit, patient, reply


def failure(answer: Any) -> int | None:
    """Read the invented vendor's failures: ``{"failed": 404}``."""
    return answer.get("failed") if isinstance(answer, dict) else None


def get_honestly(outcomes: list[Outcome], **changes: Any) -> Walked[JsonObject]:
    return get(outcomes, service=orbit(read_failure=failure), **changes)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Unauthorized),
        (402, SubscriptionExpired),
        (403, Forbidden),
        (404, NotFound),
        (422, Invalid),
    ],
)
@pytest.mark.parametrize("claimed", [200, 201])
def test_a_success_that_means_a_refusal_is_one(claimed: int, status: int, kind: type[CircleError]) -> None:
    walked = get_honestly([reply({"failed": status}, claimed)])
    assert (type(walked.failure), walked.failure.status, walked.done) == (kind, status, ["send"])


def test_a_success_that_means_a_refusal_says_so_in_the_services_words() -> None:
    walked = get_honestly([reply({"failed": 404, "message": "No such moon"}, x_request_id="r1")])
    assert (str(walked.failure), walked.failure.request_id) == (
        "Orbit: GET /v3/moons/io answered 404: No such moon (it does not exist, or the token may not see it)",
        "r1",
    )


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_success_that_means_a_fault_is_asked_again(status: int) -> None:
    assert get_honestly([reply({"failed": status}), OK]).result == {"id": "io"}


def test_a_success_that_keeps_meaning_a_fault_is_raised_after_the_last_attempt() -> None:
    walked = get_honestly([reply({"failed": 503})] * 3, retry=patient(3))
    assert (type(walked.failure), walked.failure.status) == (ServiceDown, 503)


def test_a_success_that_means_429_slows_the_others() -> None:
    clock, pace = Clock(), Pace()
    get_honestly([reply({"failed": 429}, retry_after="60")], clock=clock, pace=pace, retry=patient(1))
    assert pace.held_s(clock()) == 60.0


@pytest.mark.parametrize(("status", "sent"), [(503, 1), (429, 2)])
def test_post_answered_with_a_success_that_means_a_fault_is_treated_like_the_fault(status: int, sent: int) -> None:
    outcomes: list[Outcome] = [reply({"failed": status}), *[OK] * (sent - 1)]
    assert len(post(outcomes, service=orbit(read_failure=failure)).requests) == sent


def test_a_success_that_means_success_is_one() -> None:
    assert get_honestly([reply({"failed": None})]).result == {"failed": None}


def test_a_page_that_means_a_refusal_ends_the_list() -> None:
    walked = listed([page(1, after="t"), reply({"failed": 401})], service=orbit(read_failure=failure))
    assert (walked.emitted, type(walked.failure)) == ([[{"id": 1}]], Unauthorized)


def test_a_garbled_success_is_not_searched_for_a_failure() -> None:
    searched: list[Any] = []
    get([reply(b"{"), OK], service=orbit(read_failure=searched.append))
    assert searched == [{"id": "io"}]


def test_a_refusal_is_not_searched_for_another() -> None:
    walked = get_honestly([reply({"failed": 503}, 404)])
    assert (type(walked.failure), walked.failure.status) == (NotFound, 404)


def test_a_failure_that_cannot_be_read_is_asked_again() -> None:
    def confused(_: Any) -> int | None:
        raise UnexpectedReply("neither good nor bad")

    error = get([OK] * 2, service=orbit(read_failure=confused), retry=patient(2)).failure
    assert str(error) == "Orbit: GET /v3/moons/io: neither good nor bad"


# Too much, or not what it claims


def overlong(status: int = 200, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, b"", overlong=True)


def test_a_reply_that_is_too_long_is_told_and_not_asked_for_again() -> None:
    walked = get([overlong(x_request_id="r1")])
    assert (type(walked.failure), walked.failure.request_id, walked.done) == (UnexpectedReply, "r1", ["send"])
    assert str(walked.failure) == (
        "Orbit: GET /v3/moons/io answered with more than 67,108,864 bytes, as nothing of this service does; "
        "check the connection's host and the proxy"
    )


def test_a_page_that_is_too_long_ends_the_list() -> None:
    walked = listed([page(1, after="t"), overlong()])
    assert (walked.emitted, type(walked.failure)) == ([[{"id": 1}]], UnexpectedReply)


def test_a_refusal_that_is_too_long_is_that_refusal() -> None:
    assert type(get([overlong(404)]).failure) is NotFound


def test_a_fault_that_is_too_long_is_asked_again() -> None:
    assert get([overlong(503), OK]).result == {"id": "io"}


@pytest.mark.parametrize(
    "kind",
    ["text/html\r\n Evil: 1", "\x1b[31mtext/html", "text/html\u2028", "x" * 9000],
    ids=["line break", "escape", "line separator", "long"],
)
def test_a_content_type_is_shown_on_one_line_and_not_for_ever(kind: str) -> None:
    text = str(get([reply(b"<", content_type=kind)], retry=patient(1)).failure)
    assert text.isprintable()
    assert len(text) < 250
