"""A reply's body goes into a file, piece by piece, where a thread may block; never in an event loop."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from airflow_provider_circle.core.download import Access, Downloaded, download
from airflow_provider_circle.core.message import Outcome, Request, Response
from airflow_provider_circle.core.traffic import Traffic
from airflow_provider_circle.core.walk import Branch, Join, Save, Walk, Writable
from airflow_provider_circle.exceptions import Forbidden, Unreachable
from airflow_provider_circle.transports import unpacking
from tests.unit.walking import TOKEN, caller, orbit

from .conftest import AwaitingClient, BlockingClient, Client, Server, answer, cut_body, raw

CONTENT = bytes(range(256)) * 4096
"""A megabyte that is no text."""


class Files:
    """Opens files, each time another, and keeps them."""

    def __init__(self) -> None:
        self.opened: list[io.BytesIO] = []

    def __call__(self, *_: Response) -> BinaryIO:
        self.opened.append(io.BytesIO())
        return self.opened[-1]

    @property
    def contents(self) -> list[bytes]:
        return [file.getvalue() for file in self.opened]


class Full(io.BytesIO):
    """A file on a disk that is full."""

    def __init__(self, _: Response) -> None:
        super().__init__()

    def write(self, content: Any, /) -> int:
        raise OSError(28, "No space left on device")


@pytest.fixture
def blocking() -> Iterator[BlockingClient]:
    client = BlockingClient()
    yield client
    client.close()


def save(url: str, into: Callable[[Response], Writable], timeout_s: float = 5.0) -> Walk[Outcome]:
    return cast("Outcome", (yield Save(Request("GET", url, {}, None, timeout_s), into)))


def test_a_body_goes_into_the_file_and_not_to_the_walk(blocking: BlockingClient, server: Server) -> None:
    server.will(answer(CONTENT, headers={"X-Request-Id": "r1"}))
    files = Files()
    outcome = blocking.run(save(server.url + "/file", files))
    assert isinstance(outcome, Response)
    assert (outcome.status, outcome.body, outcome.headers["x-request-id"]) == (200, b"", "r1")
    assert files.contents == [CONTENT]


def test_a_file_comes_in_pieces(blocking: BlockingClient, server: Server) -> None:
    pieces: list[int] = []

    class Noting(io.BytesIO):
        def __init__(self, _: Response) -> None:
            super().__init__()

        def write(self, content: Any, /) -> int:
            pieces.append(len(content))
            return super().write(content)

    server.will(answer(CONTENT))
    blocking.run(save(server.url + "/", Noting))
    assert (sum(pieces), max(pieces) <= 65_536) == (len(CONTENT), True)


@pytest.mark.parametrize(
    "head", [b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n"], ids=["no length", "no chunks"]
)
def test_an_empty_body_is_an_empty_file(blocking: BlockingClient, server: Server, head: bytes) -> None:
    server.will(raw(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + (b"0\r\n\r\n" if b"chunked" in head else b"")))
    files = Files()
    blocking.run(save(server.url + "/", files))
    assert files.contents == [b""]


def test_a_compressed_body_is_unpacked_and_counted_as_such(blocking: BlockingClient, server: Server) -> None:
    server.will(answer(gzip.compress(CONTENT), headers={"Content-Encoding": "gzip"}))
    files = Files()
    blocking.run(save(server.url + "/", files))
    assert (files.contents, blocking.traffic) == ([CONTENT], Traffic(requests=1, received_bytes=len(CONTENT)))


def test_a_compressed_body_of_several_members_is_unpacked_whole(blocking: BlockingClient, server: Server) -> None:
    # Of a length at which urllib3 2.8 would not come to an end.
    server.will(answer(gzip.compress(CONTENT[:65_536]) * 3, headers={"Content-Encoding": "gzip"}))
    files = Files()
    blocking.run(save(server.url + "/", files))
    assert files.contents == [CONTENT[:65_536] * 3]


def test_a_file_may_be_larger_than_what_is_taken_into_memory(
    blocking: BlockingClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_BODY_BYTES", 1000)
    server.will(answer(CONTENT))
    files = Files()
    outcome = blocking.run(save(server.url + "/", files))
    assert isinstance(outcome, Response)
    assert (outcome.overlong, files.contents) == (False, [CONTENT])


def test_a_file_packed_in_a_way_that_was_not_asked_for_is_not_written(blocking: BlockingClient, server: Server) -> None:
    server.will(answer(CONTENT, headers={"Content-Encoding": "br"}))
    files = Files()
    outcome = blocking.run(save(server.url + "/", files))
    assert (type(outcome), files.opened) == (Unreachable, [])


@pytest.mark.parametrize("cut", [1, 8, 1000])
def test_a_compressed_body_that_is_cut_is_no_success(blocking: BlockingClient, server: Server, cut: int) -> None:
    server.will(answer(gzip.compress(CONTENT)[:-cut], headers={"Content-Encoding": "gzip"}))
    assert isinstance(blocking.run(save(server.url + "/", Files())), Unreachable)


@pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 403, 404, 429, 500, 503])
def test_a_reply_that_is_no_success_opens_no_file(blocking: BlockingClient, server: Server, status: int) -> None:
    body = b"" if status == 304 else b"<Error/>"
    server.will(answer(body, status, {"Location": "/elsewhere"}))
    files = Files()
    outcome = blocking.run(save(server.url + "/", files))
    assert isinstance(outcome, Response)
    assert (files.opened, outcome.status, outcome.body) == ([], status, body)
    assert blocking.traffic == Traffic(requests=1, received_bytes=len(body))


def test_a_file_that_nobody_sends_is_not_opened(blocking: BlockingClient, server: Server) -> None:
    server.will(raw(then="reset"))
    files = Files()
    outcome = blocking.run(save(server.url + "/", files))
    assert (type(outcome), files.opened, blocking.traffic) == (Unreachable, [], Traffic(requests=1))


def test_a_body_that_breaks_is_no_success_and_what_came_is_counted(blocking: BlockingClient, server: Server) -> None:
    server.will(cut_body(b"half"))
    files = Files()
    outcome = blocking.run(save(server.url + "/", files))
    assert isinstance(outcome, Unreachable)
    assert (outcome.sent, len(files.opened), blocking.traffic.requests) == (True, 1, 1)
    assert blocking.traffic.received_bytes == len(files.contents[0])


def test_a_body_that_drips_ends_with_the_time_there_is(blocking: BlockingClient, server: Server) -> None:
    server.will(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n", *[b"x"] * 20, every_s=0.1))
    assert isinstance(blocking.run(save(server.url + "/", Files(), timeout_s=0.5)), Unreachable)


def test_a_file_that_cannot_be_written_is_no_fault_of_the_connection(blocking: BlockingClient, server: Server) -> None:
    server.will(answer(CONTENT))
    with pytest.raises(OSError, match="No space left"):
        blocking.run(save(server.url + "/", Full))


def test_a_file_that_cannot_be_opened_is_no_fault_of_the_connection(
    blocking: BlockingClient, server: Server, tmp_path: Path
) -> None:
    server.will(answer(CONTENT))
    with pytest.raises(IsADirectoryError):
        blocking.run(save(server.url + "/", lambda _: tmp_path.open("wb")))


def test_after_a_file_that_could_not_be_written_the_session_goes_on(blocking: BlockingClient, server: Server) -> None:
    server.will(answer(CONTENT), answer(b"more"))
    with pytest.raises(OSError, match="No space left"):
        blocking.run(save(server.url + "/", Full))
    files = Files()
    blocking.run(save(server.url + "/", files))
    assert files.contents == [b"more"]


def test_a_branch_may_save(blocking: BlockingClient, server: Server) -> None:
    server.will(answer(b"file"))
    files = Files()

    def walk() -> Walk[Any]:
        return (yield Join(Branch(save(server.url + "/", files))))

    assert (isinstance(blocking.run(walk()), Response), files.contents) == (True, [b"file"])


def fetch(client: Client, server: Server, into: Callable[[], BinaryIO]) -> Walk[Downloaded]:
    return download(caller(client.clock, service=orbit(server.url)), server.url + "/file?signature=topsecret", into)


def test_a_download_begins_anew_in_an_empty_file_and_all_is_counted(blocking: BlockingClient, server: Server) -> None:
    server.will(answer(b"busy", 503), cut_body(b"half"), answer(CONTENT))
    files = Files()
    blocking.run(fetch(blocking, server, files))
    halves = len(files.contents[0])
    assert files.contents[-1] == CONTENT
    assert blocking.traffic == Traffic(requests=3, retries=2, received_bytes=len(b"busy") + halves + len(CONTENT))


def test_a_download_follows_a_redirect_and_sends_no_token(
    blocking: BlockingClient, servers: Callable[..., Server]
) -> None:
    here, there = servers(), servers()
    here.will(answer(b"moved", 302, {"Location": f"{there.url}/bucket?key=1"}))
    there.will(answer(CONTENT))
    files = Files()
    blocking.run(fetch(blocking, here, files))
    assert files.contents[-1] == CONTENT
    assert [TOKEN in seen.headers.values() for seen in (*here.seen, *there.seen)] == [False, False]
    assert [seen.target for seen in there.seen] == ["/bucket?key=1"]


@pytest.mark.parametrize("then", ["reset", "close"])
def test_a_download_that_breaks_goes_on_where_it_broke(blocking: BlockingClient, server: Server, then: str) -> None:
    begin = CONTENT[:655_360]  # whole pieces: one that breaks off is asked for again
    rest = {"ETag": '"v1"', "Content-Range": f"bytes 655360-{len(CONTENT) - 1}/{len(CONTENT)}"}
    head = f'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: {len(CONTENT)}\r\n\r\n'.encode()
    server.will(raw(head + begin, b"", every_s=0.3, then=then), answer(CONTENT[655_360:], 206, rest))
    files = Files()
    done = blocking.run(fetch(blocking, server, files))
    assert [seen.headers.get("range") for seen in server.seen] == [None, "bytes=655360-"]
    assert server.seen[1].headers["if-range"] == '"v1"'
    assert (files.contents, done.size) == ([CONTENT], len(CONTENT))


def test_a_download_tells_its_token_to_those_it_may(blocking: BlockingClient, servers: Callable[..., Server]) -> None:
    here, there = servers(), servers()
    here.will(answer(b"moved", 307, {"Location": f"{there.url}/bucket?key=1"}))
    there.will(answer(CONTENT))
    access = Access(lambda url: {"Token": TOKEN} if url.startswith(here.url) else {})
    walk = download(caller(blocking.clock, service=orbit(here.url)), here.url + "/file", Files(), access=access)
    blocking.run(walk)
    assert [seen.headers.get("token") for seen in (*here.seen, *there.seen)] == [TOKEN, None]


def test_a_download_that_is_refused_opens_no_file(blocking: BlockingClient, server: Server) -> None:
    server.will(answer(b"<Error/>", 403))
    files = Files()
    with pytest.raises(Forbidden):
        blocking.run(fetch(blocking, server, files))
    assert files.opened == []


def test_an_event_loop_writes_no_file(server: Server) -> None:
    client, files, closed = AwaitingClient(), Files(), list[bool]()

    def walk() -> Walk[Any]:
        try:
            yield from save(server.url + "/", files)
        finally:
            closed.append(True)

    try:
        with pytest.raises(TypeError, match="would block the event loop"):
            client.run(walk())
        assert (client.traffic, files.opened, server.connections, closed) == (Traffic(), [], 0, [True])
    finally:
        client.close()
