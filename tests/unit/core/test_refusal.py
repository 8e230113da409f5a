"""A reply that is no success becomes the error it means, and shows nothing secret."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.refusal import named, object_in, refusal
from airflow_provider_circle.exceptions import (
    CircleError,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    ServiceDown,
    SubscriptionExpired,
    Unauthorized,
    UnexpectedReply,
)
from tests.unit.walking import NOW_S, TOKEN, orbit, reply

LIST_MOONS = Endpoint("GET", "/planets/{planet}/moons", "https://docs.orbit.example/v3/moons")


def refused(response: Response, **service: Any) -> CircleError:
    orbiting = orbit(**service)
    request = LIST_MOONS.request(orbiting, path={"planet": "mars"}, query={"after": "query-token"})
    return refusal(orbiting, request, response, NOW_S)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Invalid),
        (401, Unauthorized),
        (402, SubscriptionExpired),
        (403, Forbidden),
        (404, NotFound),
        (405, Invalid),
        (409, Invalid),
        (422, Invalid),
        (429, RateLimited),
        (500, ServiceDown),
        (502, ServiceDown),
        (503, ServiceDown),
        (599, ServiceDown),
        (301, UnexpectedReply),
        (302, UnexpectedReply),
        (307, UnexpectedReply),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[CircleError]) -> None:
    error = refused(reply(status=status))
    assert (type(error), error.status) == (kind, status)


def test_a_request_that_took_the_client_too_long_may_be_tried_again() -> None:
    assert refused(reply(status=408)).permanent is False


def test_a_refusal_says_what_was_asked_what_came_back_and_what_to_do() -> None:
    error = refused(reply({"message": "Bad token"}, status=401))
    assert str(error) == "Orbit: GET /v3/planets/mars/moons answered 401: Bad token (check the connection's token)"


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (402, "renew the account's subscription"),
        (403, "the token is not allowed to do this"),
        (404, "it does not exist, or the token may not see it"),
        (408, "the service gave up waiting"),
        (429, "too many requests"),
        (500, "the service is failing"),
    ],
)
def test_a_refusal_says_what_its_status_means(status: int, advice: str) -> None:
    assert str(refused(reply(b"", status=status))) == f"Orbit: GET /v3/planets/mars/moons answered {status} ({advice})"


def test_a_refusal_without_words_says_the_rest() -> None:
    assert str(refused(reply(b"<html>", status=400))) == "Orbit: GET /v3/planets/mars/moons answered 400"


def test_a_refusal_does_not_show_the_query() -> None:
    assert "query-token" not in str(refused(reply({"message": "no"}, status=400)))


def test_a_refusal_does_not_show_the_body() -> None:
    assert "private" not in str(refused(reply(b"<html>private</html>", status=500)))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Orbit-Token": TOKEN}, id="a header of its own"),
        pytest.param({"Authorization": f"Bearer {TOKEN}"}, id="bearer"),
        pytest.param({"authorization": f"Token {TOKEN}"}, id="lower case"),
        pytest.param({"Authorization": f"Digest of {TOKEN}"}, id="of several words"),
    ],
)
def test_a_token_that_the_server_quotes_is_blanked_out(headers: dict[str, str]) -> None:
    error = refused(reply({"message": f"token {TOKEN} is unknown"}, status=401), headers=headers)
    assert TOKEN not in str(error)
    assert "token *** is unknown" in str(error)


def test_a_token_is_blanked_out_before_the_message_is_cut() -> None:
    message = "x" * 1990 + TOKEN
    assert TOKEN[:5] not in str(refused(reply({"message": message}, status=401)))


@pytest.mark.parametrize("harmless", ["application/json", "tests"])
def test_a_word_that_is_no_secret_stays(harmless: str) -> None:
    assert f"want {harmless}" in str(refused(reply({"message": f"want {harmless}"}, status=400)))


def test_an_empty_header_blanks_nothing_out() -> None:
    error = refused(reply({"message": "no such moon"}, status=400), headers={"Orbit-Token": ""})
    assert "no such moon" in str(error)


@pytest.mark.parametrize(("length", "shown"), [(1_999, 1_999), (2_000, 2_000), (2_001, 2_000), (10_000, 2_000)])
def test_a_long_message_is_cut(length: int, shown: int) -> None:
    assert str(refused(reply({"message": "ß" * length}, status=400))).count("ß") == shown


def test_a_message_of_several_lines_becomes_one() -> None:
    assert "a b c" in str(refused(reply({"message": "a\n\tb\r\nc"}, status=400)))


def test_a_message_shows_no_control_characters() -> None:
    assert "answered 400: a [31mb c" in str(refused(reply({"message": "a\x1b[31mb\0c"}, status=400)))


def test_a_refusal_keeps_the_request_id() -> None:
    assert refused(reply(status=500, x_request_id="r-17")).request_id == "r-17"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry_after": "9"}, 9.0),
        ({"retry_after": "x"}, None),
        ({"retry_after": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30.0),
    ],
    ids=str,
)
def test_a_refusal_keeps_the_time_the_server_asked_for(headers: dict[str, str], seconds: float | None) -> None:
    assert refused(reply(status=429, **headers)).retry_after_s == seconds


def test_a_redirect_names_the_host_it_points_to() -> None:
    error = refused(reply(status=302, location="https://login.example/?token=abc"))
    assert (str(error), error.status) == (
        "Orbit: GET /v3/planets/mars/moons was redirected to login.example (302); check the connection's host",
        302,
    )


def test_a_redirect_does_not_show_the_rest_of_its_target() -> None:
    assert "abc" not in str(refused(reply(status=302, location="https://u:abc@login.example/abc?token=abc")))


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("/elsewhere", id="a path"),
        pytest.param("", id="empty"),
        pytest.param("http://[evil", id="not a URL"),
        pytest.param("https://", id="no host"),
    ],
)
def test_a_redirect_to_nowhere_in_particular_is_still_one(location: str) -> None:
    assert "redirected to another place" in str(refused(reply(status=302, location=location)))


def test_a_redirect_without_a_target_is_still_one() -> None:
    assert "redirected to another place" in str(refused(reply(status=302)))


def test_a_redirect_is_worth_a_task_retry() -> None:
    assert refused(reply(status=302)).permanent is False


def test_a_request_is_named_without_query_and_host() -> None:
    request = LIST_MOONS.request(orbit(), path={"planet": "mars"}, query={"after": "x"})
    assert named(orbit(), request) == "Orbit: GET /v3/planets/mars/moons"


def test_a_service_shows_no_header() -> None:
    assert TOKEN not in repr(orbit())


def test_a_response_shows_neither_headers_nor_body() -> None:
    text = repr(Response(200, {"set-cookie": "crumbs"}, b"private"))
    assert (text.count("crumbs"), text.count("private")) == (0, 0)


@pytest.mark.parametrize(
    "location",
    ["https://a\x1b[31m/x", "https://a\u2028b/", "https://" + "a" * 9000],
    ids=["escape", "line separator", "long"],
)
def test_a_redirects_host_is_shown_on_one_line_and_not_for_ever(location: str) -> None:
    text = str(refused(reply(status=302, location=location)))
    assert text.isprintable()
    assert len(text) < 400


def test_a_refusal_nested_too_deeply_to_be_read_says_nothing() -> None:
    def exhausted(_: Response) -> str:
        raise RecursionError

    assert str(refused(reply(status=422), read_error=exhausted)) == "Orbit: GET /v3/planets/mars/moons answered 422"


@pytest.mark.parametrize("status", [300, 399])
def test_every_status_of_a_redirect_is_one(status: int) -> None:
    assert "was redirected to another place" in str(refused(reply(status=status)))


DEEP = 100_000
MEBIBYTE = 1_048_576


@pytest.mark.parametrize(
    ("body", "read"),
    [
        pytest.param(b'{"message":"no"}', {"message": "no"}, id="an object"),
        pytest.param(b'{"message":"no"}'.ljust(MEBIBYTE), {"message": "no"}, id="as long as anybody needs"),
        pytest.param(b'{"message":"no"}'.ljust(MEBIBYTE + 1), {}, id="longer"),
        pytest.param(b'["no"]', {}, id="a list"),
        pytest.param(b"<html>", {}, id="HTML"),
        pytest.param(b"", {}, id="nothing"),
        pytest.param(b"\xff", {}, id="no text"),
        pytest.param(b"[" * DEEP + b"]" * DEEP, {}, id="lists in lists"),
    ],
)
def test_only_an_object_of_a_refusal_is_read(body: bytes, read: dict[str, str]) -> None:
    assert object_in(Response(400, {}, body)) == read
