"""What a connection says is checked before anything is sent with it."""

from __future__ import annotations

import math
import traceback
from dataclasses import dataclass
from typing import Any

import pytest

from airflow_provider_circle.hooks.connection import ConnectionSettings, read_connection

DEFAULT_HOST = "https://orbit.example"
TOKEN = "moon-token-4711"
SECRET = "hush-hush"


@dataclass
class Entered:
    """A connection as somebody entered it."""

    host: str | None = None
    port: int | None = None
    password: str | None = TOKEN


def read(entered: Entered | None = None, **extras: Any) -> ConnectionSettings:
    return read_connection(
        "orbit_default", entered or Entered(), extras, default_host=DEFAULT_HOST, default_timeout_s=30.0
    )


def complaint(entered: Entered | None = None, **extras: Any) -> str:
    with pytest.raises(ValueError, match=r"^connection 'orbit_default': ") as raised:
        read(entered, **extras)
    return str(raised.value)


# Host


@pytest.mark.parametrize(
    ("host", "url"),
    [
        pytest.param(None, DEFAULT_HOST, id="missing"),
        pytest.param("", DEFAULT_HOST, id="empty"),
        pytest.param("  ", DEFAULT_HOST, id="blank"),
        pytest.param("https://ci.acme.example", "https://ci.acme.example", id="url"),
        pytest.param(" https://ci.acme.example ", "https://ci.acme.example", id="padded"),
        pytest.param("https://ci.acme.example/", "https://ci.acme.example", id="trailing slash"),
        pytest.param("https://ci.acme.example//", "https://ci.acme.example", id="trailing slashes"),
        pytest.param("ci.acme.example", "https://ci.acme.example", id="bare name"),
        pytest.param("ci.acme.example:8443", "https://ci.acme.example:8443", id="bare name with port"),
        pytest.param("https://ci.acme.example:8443", "https://ci.acme.example:8443", id="port"),
        pytest.param("https://ci.acme.example/circle", "https://ci.acme.example/circle", id="path"),
        pytest.param("https://ci.acme.example/api/v2", "https://ci.acme.example", id="API v2"),
        pytest.param("https://ci.acme.example/api/v2/", "https://ci.acme.example", id="API v2 with slash"),
        pytest.param("https://ci.acme.example/api/v1.1", "https://ci.acme.example", id="API v1.1"),
        pytest.param("https://ci.acme.example/api", "https://ci.acme.example", id="API"),
        pytest.param("ci.acme.example/api/v2", "https://ci.acme.example", id="bare name with API"),
        pytest.param("https://ci.acme.example/apiary", "https://ci.acme.example/apiary", id="a word like API"),
        pytest.param("https://10.1.2.3", "https://10.1.2.3", id="address"),
        pytest.param("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443", id="IPv6 address"),
        pytest.param("http://localhost:8000", "http://localhost:8000", id="this machine"),
        pytest.param("http://LOCALHOST:8000", "http://LOCALHOST:8000", id="this machine, shouted"),
        pytest.param("http://127.0.0.1:8000", "http://127.0.0.1:8000", id="loopback"),
        pytest.param("http://127.8.9.1", "http://127.8.9.1", id="another loopback"),
        pytest.param("http://[::1]:8000", "http://[::1]:8000", id="IPv6 loopback"),
    ],
)
def test_a_good_host_becomes_a_base_url(host: str | None, url: str) -> None:
    assert read(Entered(host)).host == url


def by_contract(host: str | None, port: int | None = None) -> ConnectionSettings:
    """Read a connection to a service whose address only the customer knows."""
    return read_connection("orbit_default", Entered(host, port), {}, default_host=None, default_timeout_s=30.0)


@pytest.mark.parametrize("host", [None, "", "  "])
def test_where_there_is_no_common_address_the_host_is_required(host: str | None) -> None:
    with pytest.raises(ValueError, match=r"^connection 'orbit_default': host is missing; "):
        by_contract(host)


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        pytest.param("https://orbit.example/api/v1", None, "https://orbit.example/api/v1", id="path of an API"),
        pytest.param("https://orbit.example/feed/", None, "https://orbit.example/feed", id="another path"),
        pytest.param("orbit.example/api", 8443, "https://orbit.example:8443/api", id="name, path and port"),
        pytest.param("http://localhost:8000/orbit", None, "http://localhost:8000/orbit", id="this machine"),
    ],
)
def test_an_address_of_a_contract_is_taken_with_its_path(host: str, port: int | None, url: str) -> None:
    assert by_contract(host, port).host == url


@pytest.mark.parametrize(
    "host", ["http://orbit.example", "https://user:s3cret@orbit.example", "https://o.example?t=s3cret"]
)
def test_an_address_of_a_contract_must_be_as_good_as_any(host: str) -> None:
    with pytest.raises(ValueError, match="host must") as raised:
        by_contract(host)

    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        pytest.param("ci.acme.example", 8443, "https://ci.acme.example:8443", id="beside a name"),
        pytest.param("https://ci.acme.example/circle", 8443, "https://ci.acme.example:8443/circle", id="before a path"),
        pytest.param("https://ci.acme.example/api/v2", 8443, "https://ci.acme.example:8443", id="before the API"),
        pytest.param("https://ci.acme.example:9443", 8443, "https://ci.acme.example:9443", id="the host's own wins"),
        pytest.param("https://[2001:db8::1]", 8443, "https://[2001:db8::1]:8443", id="IPv6"),
        pytest.param(None, 8443, "https://orbit.example:8443", id="default host"),
    ],
)
def test_a_port_is_added(host: str | None, port: int, url: str) -> None:
    assert read(Entered(host, port)).host == url


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("http://ci.acme.example", id="a name"),
        pytest.param("http://10.0.0.1", id="a private address"),
        pytest.param("http://0.0.0.0", id="any address"),
        pytest.param("http://127.0.0.1.nip.example", id="a name that looks like loopback"),
        pytest.param("http://localhost.evil.example", id="a name that begins like this machine"),
        pytest.param("http://notlocalhost", id="a name that ends like this machine"),
        pytest.param("http://[::ffff:10.0.0.1]", id="a mapped address"),
        pytest.param("HTTP://ci.acme.example", id="shouted"),
        pytest.param("ftp://ci.acme.example", id="another scheme"),
        pytest.param("ws://localhost", id="another scheme on this machine"),
    ],
)
def test_a_token_does_not_travel_in_the_clear(host: str) -> None:
    assert "https://" in complaint(Entered(host))


@pytest.mark.parametrize(
    ("host", "port"),
    [
        pytest.param("https://", None, id="nothing but a scheme"),
        pytest.param("https:///api", None, id="no host"),
        pytest.param("https://ci.acme.example:port", None, id="a port that is no number"),
        pytest.param("https://ci.acme.example:99999", None, id="a port too high"),
        pytest.param("https://ci.acme.example", 99_999, id="a port field too high"),
        pytest.param("https://ci.acme.example", -1, id="a port field below zero"),
        pytest.param("https://[2001:db8::1", None, id="half a bracket"),
        pytest.param("::1", None, id="an address without brackets"),
        pytest.param("https://ci.acme example", None, id="a blank"),
        pytest.param("https://ci.acme.example\nX-Header: 1", None, id="a line break"),
        pytest.param("https://ci.acme.example/\tx", None, id="a tab"),
        pytest.param("https://ci.acme.example?x=1", None, id="a query"),
        pytest.param("https://ci.acme.example#x", None, id="a fragment"),
    ],
)
def test_a_host_that_is_no_url_is_refused_by_name(host: str, port: int | None) -> None:
    assert complaint(Entered(host, port)).split()[2] in {"host", "port"}


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("https://user:{secret}@ci.acme.example", id="password"),
        pytest.param("https://{secret}@ci.acme.example", id="user"),
        pytest.param("https://:{secret}@ci.acme.example", id="password without user"),
        pytest.param("https://user:{secret}@ci.acme.example:port", id="password and a bad port"),
        pytest.param("https://user:{secret}@ci.acme.example?x=1", id="password and a query"),
        pytest.param("https://user:{secret}@ci.acme.example/a b", id="password and a blank"),
        pytest.param("https://user:{secret}@[bad", id="password and half a bracket"),
        pytest.param("https://ci.acme.example?circle-token={secret}", id="query"),
        pytest.param("https://ci.acme.example/api/v1.1/me?circle-token={secret}", id="query of v1.1"),
        pytest.param("https://ci.acme.example#{secret}", id="fragment"),
        pytest.param("http://user:{secret}@ci.acme.example", id="password in the clear"),
    ],
)
def test_a_secret_in_the_host_is_refused_and_not_shown(host: str) -> None:
    assert "s3cret" not in complaint(Entered(host.format(secret="s3cret")))


# Token


@pytest.mark.parametrize("password", [TOKEN, f" {TOKEN} ", f"{TOKEN}\n"], ids=["plain", "padded", "with line break"])
def test_a_token_is_taken_without_what_pasting_adds(password: str) -> None:
    assert read(Entered(password=password)).token == TOKEN


@pytest.mark.parametrize("password", [None, "", "  ", "\n"], ids=["missing", "empty", "blank", "line break"])
def test_a_missing_token_is_asked_for(password: str | None) -> None:
    assert "put an API token into the password field" in complaint(Entered(password=password))


BAD_TOKENS = [
    pytest.param(f"{TOKEN} {TOKEN}", id="a blank"),
    pytest.param(f"{TOKEN}\r\nX-Header: 1", id="a line break"),
    pytest.param(f"{TOKEN}\x00", id="a control character"),
    pytest.param(f"{TOKEN}…", id="not ASCII"),
    pytest.param(f"{TOKEN}\x7f", id="delete"),
    pytest.param(f"{TOKEN}\nX-Header: 1", id="a line feed"),
    pytest.param(f"{TOKEN}\rX-Header: 1", id="a carriage return"),
    pytest.param(f"{TOKEN}\x85X-Header: 1", id="a next line"),
    pytest.param(f"{TOKEN}\u2028X-Header: 1", id="a line separator"),
    pytest.param(f"{TOKEN}\tx", id="a tab"),
    pytest.param(f"{TOKEN}\xa0x", id="a hard blank"),
    pytest.param(f"{TOKEN}\xe9", id="Latin-1"),
    pytest.param(f"{TOKEN}\ud800", id="half a surrogate pair"),
]


@pytest.mark.parametrize("password", BAD_TOKENS)
def test_a_token_that_cannot_be_one_is_refused(password: str) -> None:
    assert "paste it again" in complaint(Entered(password=password))


@pytest.mark.parametrize("password", BAD_TOKENS)
def test_a_refused_token_is_not_shown(password: str) -> None:
    assert TOKEN not in complaint(Entered(password=password))


@pytest.mark.parametrize(
    ("host", "extras"),
    [
        pytest.param("http://ci.acme.example", {}, id="host"),
        pytest.param(None, {"timeout_s": "soon"}, id="timeout"),
        pytest.param(None, {"verify": 5}, id="verify"),
    ],
)
def test_no_complaint_shows_the_token_or_an_extra(host: str | None, extras: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="orbit_default") as raised:
        read(Entered(host), **extras, webhook_secret=SECRET)
    text = "".join(traceback.format_exception(raised.value, chain=True))
    assert (TOKEN in text, SECRET in text) == (False, False)


def test_a_complaint_hides_what_it_came_from() -> None:
    with pytest.raises(ValueError, match="host") as raised:
        read(Entered("http://ci.acme.example"))
    assert (raised.value.__cause__, raised.value.__suppress_context__) == (None, True)


def test_settings_show_neither_token_nor_extras() -> None:
    text = repr(read(webhook_secret=SECRET))
    assert (TOKEN in text, SECRET in text, "orbit_default" in text) == (False, False, True)


# Timeout


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param(None, 30.0, id="null"),
        pytest.param("", 30.0, id="empty"),
        pytest.param(10, 10.0, id="whole number"),
        pytest.param(2.5, 2.5, id="number"),
        pytest.param("10", 10.0, id="text"),
        pytest.param(" 2.5 ", 2.5, id="padded text"),
    ],
)
def test_a_good_timeout_is_a_number_of_seconds(value: Any, seconds: float) -> None:
    assert read(timeout_s=value).timeout_s == seconds


def test_without_a_timeout_the_default_holds() -> None:
    assert read().timeout_s == 30.0


@pytest.mark.parametrize(
    "value",
    [0, -1, "0", "soon", "10s", True, False, math.nan, math.inf, "nan", "inf", [10], {"s": 10}, 10**400],
    ids=lambda value: repr(value)[:12],
)
def test_a_bad_timeout_is_refused_by_name(value: Any) -> None:
    assert "timeout_s must be a number of seconds above 0" in complaint(timeout_s=value)


# Verification


@pytest.mark.parametrize(
    ("value", "verify"),
    [
        pytest.param(None, True, id="null"),
        pytest.param("", True, id="empty"),
        pytest.param("  ", True, id="blank"),
        pytest.param(True, True, id="true"),
        pytest.param(False, False, id="false"),
        pytest.param("true", True, id="true as text"),
        pytest.param("True", True, id="true as Python writes it"),
        pytest.param(" false ", False, id="false as text"),
        pytest.param("FALSE", False, id="false, shouted"),
        pytest.param("0", False, id="0 as text"),
        pytest.param("no", False, id="no"),
        pytest.param("yes", True, id="yes"),
        pytest.param("/etc/ssl/acme.pem", "/etc/ssl/acme.pem", id="path"),
        pytest.param(" /etc/ssl/acme.pem ", "/etc/ssl/acme.pem", id="padded path"),
        pytest.param("/etc/ssl/Acme.pem", "/etc/ssl/Acme.pem", id="path with capitals"),
    ],
)
def test_verification_is_on_unless_switched_off(value: Any, verify: bool | str) -> None:
    settings = read(verify=value)
    assert (settings.verify, type(settings.verify)) == (verify, type(verify))


def test_without_a_word_on_it_verification_is_on() -> None:
    assert read().verify is True


@pytest.mark.parametrize("value", [5, 0.5, ["/etc/ssl"], {"path": "x"}], ids=repr)
def test_a_bad_verification_is_refused_by_name(value: Any) -> None:
    assert "verify must be true, false or the path of a CA bundle" in complaint(verify=value)


# The type's own fields


def test_the_types_own_fields_are_kept() -> None:
    assert read(project_slug="gh/acme/web", webhook_secret=SECRET).extras == {
        "project_slug": "gh/acme/web",
        "webhook_secret": SECRET,
    }


def test_empty_fields_are_left_out() -> None:
    assert read(project_slug="", webhook_secret=None).extras == {}


def test_shared_fields_are_not_the_types_own() -> None:
    assert read(timeout_s=5, verify=True).extras == {}


def test_fields_that_are_zero_or_false_are_kept() -> None:
    assert read(api_version=0, beta=False).extras == {"api_version": 0, "beta": False}


def test_the_connections_own_extras_stay_as_they_are() -> None:
    extras = {"timeout_s": 5, "verify": "true", "project_slug": ""}
    before = dict(extras)
    read_connection("c", Entered(), extras, default_host=DEFAULT_HOST, default_timeout_s=30.0)
    assert extras == before


def test_a_connection_is_named_as_it_was_asked_for() -> None:
    assert read().conn_id == "orbit_default"


@pytest.mark.parametrize("rate", [30, "30", 30.0], ids=["number", "text", "fraction"])
def test_a_rate_is_read_as_a_form_or_a_uri_leaves_it(rate: Any) -> None:
    assert read(requests_per_minute=rate).requests_per_minute == 30


@pytest.mark.parametrize("rate", [0, -1, "many", True, "inf", "nan"])
def test_a_bad_rate_is_refused_by_name(rate: Any) -> None:
    assert "requests_per_minute" in complaint(requests_per_minute=rate)
