"""A transfer that broke goes on where it broke, if the server can; what came is held against what was announced."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest

from airflow_provider_circle.core.download import Access, Downloaded, download
from airflow_provider_circle.core.message import Outcome, Request, Response
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.walk import Save, Wait
from airflow_provider_circle.exceptions import CircleError, Forbidden, Unauthorized, UnexpectedReply, Unreachable
from tests.unit.walking import LOST, Clock, caller

URL = "https://files.example/app.tar?signature=topsecret"
CONTENT = bytes(range(200))
ETAG = '"v1"'


@dataclass
class Server:
    """Answers as it is told, and writes what it sends into whatever the walk opens."""

    replies: list[Callable[[], Any]]
    requests: list[Request] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    files: list[io.BytesIO] = field(default_factory=list)

    def opened(self) -> io.BytesIO:
        self.files.append(io.BytesIO())
        return self.files[-1]

    def fetch(self, attempts: int = 3, **said: Any) -> Downloaded:
        clock = Clock()
        walk = download(caller(clock, retry=RetryPolicy(attempts=attempts)), URL, self.opened, **said)
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
                head, body, end = self.replies.pop(0)()
                if head is not None and 200 <= head.status < 300:
                    step.into(head).write(body)
                outcome = end or head
        except StopIteration as done:
            assert self.replies == []
            result: Downloaded = done.value
            return result

    @property
    def ranges(self) -> list[tuple[str | None, str | None]]:
        return [(one.headers.get("Range"), one.headers.get("If-Range")) for one in self.requests]

    @property
    def content(self) -> bytes:
        return self.files[-1].getvalue()


def sent(
    body: bytes = CONTENT, status: int = 200, *, broke: bool = False, of: int | None = None, **headers: str
) -> Callable[[], Any]:
    """
    Answer with a body.

    :param broke: the connection breaks behind it.
    :param of: how long it was said to be.
    """
    named = {"etag": ETAG, **({} if of is None else {"content-length": str(of)}), **headers}
    head = Response(status, {name.replace("_", "-"): value for name, value in named.items() if value}, b"")
    return lambda: (head, body, LOST if broke else None)


def rest(begin: int, content: bytes = CONTENT, *, broke: bool = False, **headers: str) -> Callable[[], Any]:
    """Answer with what a range asked for."""
    headers.setdefault("content_range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
    return sent(content[begin:], 206, broke=broke, of=None, **headers)


def lost() -> Any:
    return None, b"", LOST


def refusal(status: int) -> Callable[[], Any]:
    return lambda: (Response(status, {}, b""), b"", None)


HALF = sent(CONTENT[:80], broke=True, of=200)


def test_broken_transfer_goes_on_where_it_broke() -> None:
    server = Server([HALF, rest(80)])

    done = server.fetch()

    assert server.ranges == [(None, None), ("bytes=80-", ETAG)]
    assert (len(server.files), server.content) == (1, CONTENT)
    assert done == Downloaded(200, sha256(CONTENT).hexdigest())
    assert "from byte 80 on" in server.waits[0].reason


def test_break_before_the_next_reply_does_not_lose_the_place() -> None:
    server = Server([HALF, lost, rest(80)])

    server.fetch()

    assert (server.ranges[-1], server.content) == (("bytes=80-", ETAG), CONTENT)


@pytest.mark.parametrize(
    "etag",
    [
        pytest.param("", id="none"),
        pytest.param('W/"v1"', id="weak"),
        pytest.param("v1", id="no_etag"),
        pytest.param('"v\r\n 1"', id="line_break"),
        pytest.param('"v 1"', id="blank"),
        pytest.param('"v\x001"', id="nul"),
        pytest.param('"v\N{SNOWMAN}"', id="snowman"),
    ],
)
def test_without_a_strong_etag_it_begins_anew(etag: str) -> None:
    server = Server([sent(CONTENT[:80], broke=True, of=200, etag=etag), sent()])

    server.fetch()

    assert (server.ranges[1], len(server.files), server.content) == ((None, None), 2, CONTENT)


def test_file_that_is_packed_begins_anew_for_its_bytes_are_not_the_servers() -> None:
    server = Server(
        [sent(CONTENT[:80], broke=True, of=50, content_encoding="gzip"), sent(of=50, content_encoding="gzip")]
    )

    assert server.fetch().size == 200
    assert server.ranges[1] == (None, None)


def test_file_that_changed_meanwhile_comes_whole() -> None:
    other = CONTENT[::-1] + b"more"
    server = Server([HALF, sent(other, etag='"v2"', of=len(other))])

    done = server.fetch()

    assert (server.content, done.sha256) == (other, sha256(other).hexdigest())


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(rest(70), id="another_place"),
        pytest.param(sent(CONTENT[70:190], 206, content_range="bytes 70-189/200"), id="another_place_as_long"),
        pytest.param(sent(CONTENT[80:], 206), id="no_place"),
        pytest.param(sent(CONTENT[80:], 206, content_range="bytes eighty-199/200"), id="no_number"),
        pytest.param(rest(80, etag='"v2"'), id="another_file"),
    ],
)
def test_part_that_was_not_asked_for_is_never_put_in(wrong: Callable[[], Any]) -> None:
    server = Server([HALF, wrong, sent()])

    server.fetch()

    assert (server.ranges[-1], server.content) == ((None, None), CONTENT)


def test_part_that_nobody_asked_for_is_no_file() -> None:
    server = Server([rest(0), rest(0), rest(0)])

    with pytest.raises(UnexpectedReply, match="another part"):
        server.fetch()

    assert server.files == []


def test_place_that_is_not_there_begins_anew() -> None:
    server = Server([HALF, refusal(416), sent()])

    server.fetch()

    assert (server.ranges[-1], server.content) == ((None, None), CONTENT)


@pytest.mark.parametrize("first", [sent(CONTENT[:80], of=200), rest(0)], ids=["short", "unasked"])
def test_file_that_is_shorter_than_announced_is_not_taken(first: Callable[[], Any]) -> None:
    server = Server([first])

    with pytest.raises(UnexpectedReply, match=r"80 of 200 bytes|another part"):
        server.fetch(attempts=1)


def test_rest_that_is_shorter_than_announced_is_asked_for_again() -> None:
    short = sent(CONTENT[80:120], 206, content_range="bytes 80-119/200")
    server = Server([HALF, short, rest(120)])

    server.fetch()

    assert (server.ranges[-1], server.content) == (("bytes=120-", ETAG), CONTENT)


def test_file_that_is_longer_than_announced_begins_anew() -> None:
    server = Server([sent(CONTENT + b"!", of=200), sent(of=200)])

    server.fetch()

    assert (server.ranges[-1], server.content) == ((None, None), CONTENT)


def test_attempts_that_bring_a_large_file_further_do_not_count() -> None:
    mib, content = 2**20, b"x" * 2**20 * 6
    parts = [sent(content[:mib], broke=True, of=len(content))]
    parts += [
        sent(content[n * mib : (n + 1) * mib], 206, broke=True, content_range=f"bytes {n * mib}-1/{len(content)}")
        for n in range(1, 5)
    ]
    server = Server([*parts, rest(5 * mib, content)])

    assert server.fetch(attempts=2).size == len(content)


def test_attempts_that_bring_next_to_nothing_count() -> None:
    server = Server([HALF, rest(80, CONTENT[:90], broke=True, content_range="bytes 80-199/200")])

    with pytest.raises(Unreachable):
        server.fetch(attempts=2)


def moved(to: str) -> Callable[[], Any]:
    return lambda: (Response(302, {"location": to}, b""), b"", None)


def test_after_a_break_the_first_address_is_asked_again() -> None:
    server = Server([moved("https://a.example/1?key=1"), HALF, moved("https://b.example/2?key=2"), rest(80)])

    server.fetch()

    assert [one.url for one in server.requests] == [URL, "https://a.example/1?key=1", URL, "https://b.example/2?key=2"]
    assert server.content == CONTENT


def told(url: str) -> dict[str, str]:
    return {"Token": "t0ken"} if url.startswith("https://files.example/") else {}


def test_headers_go_where_they_may_and_nowhere_else() -> None:
    server = Server([moved("https://bucket.example/x"), moved("https://files.example/y"), sent()])

    server.fetch(access=Access(told))

    assert [one.headers.get("Token") for one in server.requests] == ["t0ken", None, "t0ken"]


def test_every_address_is_hidden_before_it_is_asked() -> None:
    seen: list[tuple[str, int]] = []
    server = Server([moved("/x?signature=topsecret2"), sent()])

    server.fetch(access=Access(hide=lambda url: seen.append((url, len(server.requests)))))

    assert seen == [(URL, 0), ("https://files.example/x?signature=topsecret2", 1)]


@pytest.mark.parametrize(("status", "raised"), [(401, Unauthorized), (403, Forbidden), (404, CircleError)])
def test_refusal_names_the_file_and_its_host_and_no_address(status: int, raised: type[CircleError]) -> None:
    server = Server([moved("https://bucket.example/signed/path?key=topsecret"), refusal(status)])

    with pytest.raises(raised) as caught:
        server.fetch(name="artifact 'a.txt'", access=Access(told, "name the host"))

    text = str(caught.value)
    assert "artifact 'a.txt', at bucket.example," in text
    assert text.endswith("; name the host")
    assert "signed" not in text
    assert "topsecret" not in text
    assert caught.value.status == status


def test_advice_is_for_hosts_that_were_told_nothing() -> None:
    server = Server([refusal(404)])

    with pytest.raises(CircleError) as caught:
        server.fetch(access=Access(told, "name the host"))

    assert "name the host" not in str(caught.value)
