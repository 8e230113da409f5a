"""An endpoint builds requests; it escapes, and lets nothing climb out of its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Request
from tests.unit.walking import TOKEN, orbit

SOURCE = "https://docs.orbit.example/v3"


def moon(value: str | int, template: str = "/moons/{moon_id}") -> str:
    """Build the URL of a moon; what follows the base URL."""
    request = Endpoint("GET", template, SOURCE).request(orbit(), path={"moon_id": value})
    return request.url.removeprefix("https://orbit.example/v3")


@pytest.mark.parametrize(
    ("value", "path"),
    [
        pytest.param("europa", "/moons/europa", id="plain"),
        pytest.param(17, "/moons/17", id="number"),
        pytest.param("a b", "/moons/a%20b", id="blank"),
        pytest.param("a/b", "/moons/a%2Fb", id="slash"),
        pytest.param("../stars", "/moons/..%2Fstars", id="slash after dots"),
        pytest.param("a?b#c", "/moons/a%3Fb%23c", id="query and fragment marks"),
        pytest.param("100%", "/moons/100%25", id="percent"),
        pytest.param("%2e%2e", "/moons/%252e%252e", id="escaped dots"),
        pytest.param("é", "/moons/%C3%A9", id="not ASCII"),
        pytest.param("a\r\nb", "/moons/a%0D%0Ab", id="line break"),
        pytest.param("a\\b", "/moons/a%5Cb", id="backslash"),
        pytest.param("a\0b", "/moons/a%00b", id="nul"),
        pytest.param("a\u2028b", "/moons/a%E2%80%A8b", id="line separator"),
        pytest.param("io HTTP/1.1\r\nX-Evil: 1", "/moons/io%20HTTP%2F1.1%0D%0AX-Evil%3A%201", id="another request"),
        pytest.param("...", "/moons/...", id="three dots"),
        pytest.param("{moon_id}", "/moons/%7Bmoon_id%7D", id="placeholder"),
    ],
)
def test_a_value_is_escaped_whole(value: str | int, path: str) -> None:
    assert moon(value) == path


def test_a_path_value_keeps_its_slashes() -> None:
    assert moon("gh/a b/c", "/moons/{moon_id:path}/rings") == "/moons/gh/a%20b/c/rings"


@pytest.mark.parametrize("value", ["", ".", ".."])
@pytest.mark.parametrize("template", ["/moons/{moon_id}", "/moons/{moon_id:path}"])
def test_a_value_that_leaves_its_place_is_refused_by_name(value: str, template: str) -> None:
    with pytest.raises(ValueError, match="moon_id must be"):
        moon(value, template)


@pytest.mark.parametrize("value", ["gh/../me", "gh/./me", "gh//me", "/gh", "gh/", "..", "../.."])
def test_a_segment_that_leaves_its_place_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="moon_id must be"):
        moon(value, "/moons/{moon_id:path}")


def test_every_placeholder_is_filled() -> None:
    request = Endpoint("GET", "/{planet}/moons/{moon}", SOURCE).request(orbit(), path={"planet": "mars", "moon": 2})
    assert request.url == "https://orbit.example/v3/mars/moons/2"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        pytest.param({}, "", id="none"),
        pytest.param({"limit": 5}, "?limit=5", id="number"),
        pytest.param({"mine": True}, "?mine=true", id="true"),
        pytest.param({"mine": False}, "?mine=false", id="false"),
        pytest.param({"a": "x y&z=1", "b": "é"}, "?a=x+y%26z%3D1&b=%C3%A9", id="escaped"),
        pytest.param({"slug": "True"}, "?slug=True", id="text that looks like a boolean"),
        pytest.param({"a": "x\r\nX-Evil: 1"}, "?a=x%0D%0AX-Evil%3A+1", id="line break"),
        pytest.param({"a\r\nb": "\0"}, "?a%0D%0Ab=%00", id="line break in a name, and nul"),
        pytest.param({"a": ["\n", "#"]}, "?a=%0A&a=%23", id="line break in a sequence"),
    ],
)
def test_a_query_is_escaped(query: dict[str, str | int | bool], text: str) -> None:
    request = Endpoint("GET", "/moons", SOURCE).request(orbit(), query=query)
    assert request.url == f"https://orbit.example/v3/moons{text}"


def posted(content: Any) -> Request:
    return Endpoint("POST", "/moons", SOURCE).request(orbit(), json=content)


@pytest.mark.parametrize("content", [{}, {"a": "é"}, [], 0, False, ""], ids=str)
def test_a_body_is_json(content: Any) -> None:
    request = posted(content)
    assert request.body is not None
    assert json.loads(request.body) == content


def test_a_body_is_compact_and_in_utf_8() -> None:
    assert posted({"a": "é", "b": [1, 2]}).body == '{"a":"é","b":[1,2]}'.encode()


def test_a_body_says_that_it_is_json() -> None:
    assert posted({}).headers["Content-Type"] == "application/json"


def test_without_a_body_nothing_is_said_of_its_type() -> None:
    request = posted(None)
    assert (request.body, "Content-Type" in request.headers) == (None, False)


def test_a_number_that_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        posted({"radius": float("nan")})


def test_the_service_lends_its_headers_and_its_timeout() -> None:
    request = Endpoint("GET", "/moons", SOURCE).request(orbit(timeout_s=7.5))
    assert (request.headers["Orbit-Token"], request.timeout_s) == (TOKEN, 7.5)


def test_the_services_own_headers_stay_as_they_are() -> None:
    service = orbit()
    before = dict(service.headers)
    Endpoint("POST", "/moons", SOURCE).request(service, json={})
    assert dict(service.headers) == before


def test_a_request_shows_neither_headers_nor_body() -> None:
    text = repr(posted({"secret": "body-of-evidence"}))
    assert TOKEN not in text
    assert "body-of-evidence" not in text


@pytest.mark.parametrize(
    ("method", "repeatable", "idempotent"),
    [
        ("GET", None, True),
        ("HEAD", None, True),
        ("PUT", None, True),
        ("DELETE", None, True),
        ("POST", None, False),
        ("PATCH", None, False),
        ("POST", True, True),
        ("GET", False, False),
    ],
)
def test_the_method_decides_on_repeating_unless_told(method: str, repeatable: bool | None, idempotent: bool) -> None:
    assert Endpoint(method, "/moons", SOURCE, repeatable=repeatable).idempotent is idempotent


@pytest.mark.parametrize("values", [None, {}, {"moon": "io"}], ids=["none", "empty", "another name"])
@pytest.mark.parametrize("template", ["/moons/{moon_id}", "/moons/{moon_id:path}", "/moons/{moon_id}/{moon}"])
def test_a_value_that_is_missing_is_named_with_what_needs_it(template: str, values: dict[str, str] | None) -> None:
    with pytest.raises(ValueError, match=r"^moon_id is missing; GET /moons/\{moon_id.* needs it$"):
        Endpoint("GET", template, SOURCE).request(orbit(), path=values)


def asked_with(query: dict[str, Any], always: dict[str, str] | None = None) -> str:
    return Endpoint("GET", "/moons", SOURCE).request(orbit(query=always or {}), query=query).url.partition("/moons")[2]


@pytest.mark.parametrize(
    ("query", "written"),
    [
        pytest.param({"id": ["io", "europa"]}, "?id=io&id=europa", id="texts"),
        pytest.param({"id": (1, 2)}, "?id=1&id=2", id="numbers"),
        pytest.param({"id[]": ["a b", "c&d"]}, "?id%5B%5D=a+b&id%5B%5D=c%26d", id="escaped"),
        pytest.param({"id": ["io"], "big": True}, "?id=io&big=true", id="and others"),
        pytest.param({"id": [], "big": True}, "?big=true", id="none, and others"),
        pytest.param({"id": []}, "", id="none"),
        pytest.param({"big": [True, False]}, "?big=true&big=false", id="booleans"),
        pytest.param({"name": "io"}, "?name=io", id="a text is no sequence"),
    ],
)
def test_a_sequence_repeats_its_name(query: dict[str, Any], written: str) -> None:
    assert asked_with(query) == written


def test_the_services_own_query_goes_with_every_request() -> None:
    assert asked_with({"big": True}, {"community_id": "7"}) == "?community_id=7&big=true"


def test_the_services_own_query_goes_with_a_request_that_has_none() -> None:
    assert asked_with({}, {"community_id": "7"}) == "?community_id=7"


def test_a_requests_query_goes_before_the_services_own() -> None:
    assert asked_with({"community_id": 8}, {"community_id": "7"}) == "?community_id=8"


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"path": {"moon_id": "a\ud800"}}, id="path"),
        pytest.param({"path": {"moon_id": "io"}, "query": {"a": "\ud800"}}, id="query"),
        pytest.param({"path": {"moon_id": "io"}, "json": {"a": "\ud800"}}, id="body"),
    ],
)
def test_half_a_surrogate_pair_which_no_request_can_hold_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        Endpoint("POST", "/moons/{moon_id}", SOURCE).request(orbit(), **given)


def test_a_line_break_in_a_path_of_several_segments_is_escaped() -> None:
    assert moon("gh/a\r\nX-Evil: 1/c", "/moons/{moon_id:path}") == "/moons/gh/a%0D%0AX-Evil%3A%201/c"
