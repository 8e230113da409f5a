"""Fetching a file from an address that a service gave out: nothing of ours goes along, nothing of it is shown."""

from __future__ import annotations

import io
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from airflow_provider_circle.core.download import download
from airflow_provider_circle.core.message import Outcome, Request
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.walk import Save, Wait
from airflow_provider_circle.exceptions import CircleError, Forbidden, ServiceDown, UnexpectedReply, Unreachable
from tests.unit.walking import LOST, NOW_S, TOKEN, UNSENT, Clock, caller, reply

URL = "https://files.example/export.csv?signature=topsecret"
DONE = reply(b"")
PLAIN = {"Accept-Encoding": "identity"}
"""All that is said: the size of a file that was packed on its way could not be checked."""


class Fetched:
    """What a download did, and how it ended."""

    def __init__(
        self, *outcomes: Outcome, url: str = URL, said: Mapping[str, Any] = MappingProxyType({}), **changes: Any
    ) -> None:
        self.requests: list[Request] = []
        self.waits: list[Wait] = []
        self.attempts = 0
        self.error: CircleError | None = None
        clock, left = Clock(), list(outcomes)
        arguments: dict[str, Any] = {"retry": RetryPolicy(attempts=3), **changes}
        walk = download(caller(clock, **arguments), url, io.BytesIO, **said)
        outcome: Outcome | None = None
        try:
            while True:
                step = walk.send(outcome)
                outcome = None
                if isinstance(step, Wait):
                    self.waits.append(step)
                    clock.sleep(step.seconds)
                    continue
                assert isinstance(step, Save)
                self.requests.append(step.request)
                self.attempts += 1
                outcome = left.pop(0)
        except StopIteration:
            pass
        except CircleError as error:
            self.error = error
        assert left == []

    @property
    def shown(self) -> str:
        """Everything that may get into a log."""
        return str(self.error) + repr(self.error) + "".join(wait.reason for wait in self.waits)


def moved(to: str, status: int = 302) -> Outcome:
    return reply(b"", status, location=to)


def test_file_is_asked_for_without_a_header_of_ours() -> None:
    fetched = Fetched(DONE)

    assert fetched.error is None
    (request,) = fetched.requests
    assert (request.method, request.url, dict(request.headers), request.body) == ("GET", URL, PLAIN, None)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("to", "url"),
    [
        pytest.param("https://cdn.example/x?key=topsecret", "https://cdn.example/x?key=topsecret", id="elsewhere"),
        pytest.param("/y?key=1", "https://files.example/y?key=1", id="relative"),
    ],
)
def test_redirect_is_followed(status: int, to: str, url: str) -> None:
    fetched = Fetched(moved(to, status), DONE)

    assert fetched.error is None
    assert [one.url for one in fetched.requests] == [URL, url]
    assert all(dict(one.headers) == PLAIN for one in fetched.requests)


def test_redirects_without_end_are_given_up() -> None:
    fetched = Fetched(*[moved("/again?signature=topsecret")] * 6)

    assert isinstance(fetched.error, UnexpectedReply)
    assert "topsecret" not in fetched.shown


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://files.example/x?signature=topsecret", id="in_the_clear"),
        pytest.param("ftp://files.example/x?signature=topsecret", id="other_scheme"),
        pytest.param("file:///etc/passwd", id="file"),
        pytest.param("/x?signature=topsecret", id="relative"),
        pytest.param("", id="empty"),
        pytest.param("https://", id="no_host"),
        pytest.param("https://[::1?signature=topsecret", id="no_address"),
        # HTTP libraries take the host to end at the backslash; whoever reads on finds another.
        pytest.param("https://evil.example\\@files.example/x?signature=topsecret", id="two_hosts"),
        pytest.param("https://evil.example\\.files.example/x?signature=topsecret", id="host_with_a_backslash"),
        pytest.param("https://user:topsecret@files.example/x", id="user"),
    ],
)
def test_address_that_can_be_none_is_refused_unshown(url: str) -> None:
    for fetched in (
        (Fetched(url=url), Fetched(moved(url), url=URL)) if "://" in url and url != "https://" else (Fetched(url=url),)
    ):
        assert isinstance(fetched.error, UnexpectedReply)
        assert "topsecret" not in fetched.shown
        assert "passwd" not in fetched.shown


def test_address_with_a_tab_is_refused_for_not_all_pass_over_it() -> None:
    assert isinstance(Fetched(url="https://files\t.example/x").error, UnexpectedReply)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:80"])
def test_this_machine_may_be_asked_in_the_clear(host: str) -> None:
    assert Fetched(DONE, url=f"http://{host}/x").error is None


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(LOST, id="lost"),
        pytest.param(UNSENT, id="unsent"),
        pytest.param(reply(status=503), id="503"),
        pytest.param(reply(status=500), id="500"),
        pytest.param(reply(status=408), id="408"),
        pytest.param(reply(status=429, retry_after="4"), id="429"),
    ],
)
def test_broken_download_is_begun_anew_into_an_empty_file(fault: Outcome) -> None:
    fetched = Fetched(fault, DONE)

    assert fetched.error is None
    assert fetched.attempts == 2
    assert [wait.retry for wait in fetched.waits] == [True]
    assert "topsecret" not in fetched.shown


def test_retry_after_is_waited_for_and_counted_as_a_limit() -> None:
    (wait,) = Fetched(reply(status=429, retry_after="4"), DONE).waits

    assert (wait.seconds, wait.limited) == (4.0, True)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_refusal_is_not_repeated(status: int) -> None:
    fetched = Fetched(reply(b"<Error>topsecret</Error>", status))

    assert isinstance(fetched.error, CircleError)
    assert fetched.error.status == status
    assert "topsecret" not in fetched.shown


def test_address_that_has_lapsed_is_forbidden() -> None:
    assert isinstance(Fetched(reply(status=403)).error, Forbidden)


@pytest.mark.parametrize(("fault", "raised"), [(reply(status=503), ServiceDown), (LOST, Unreachable)])
def test_attempts_come_to_an_end(fault: Outcome, raised: type[CircleError]) -> None:
    fetched = Fetched(fault, fault, fault)

    assert isinstance(fetched.error, raised)
    assert "topsecret" not in fetched.shown
    assert TOKEN not in fetched.shown


def test_redirect_without_a_place_is_no_file() -> None:
    assert isinstance(Fetched(reply(b"", 302)).error, CircleError)


def test_no_attempt_begins_when_the_time_has_run_out() -> None:
    fetched = Fetched(reply(status=503), until_s=NOW_S + 0.1)

    assert isinstance(fetched.error, ServiceDown)
