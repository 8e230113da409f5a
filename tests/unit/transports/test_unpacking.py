"""Both transports take so much of a reply and no more, whatever it is packed in and however long it goes on."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_circle.core.message import MOST_BODY_BYTES
from airflow_provider_circle.core.walk import call
from airflow_provider_circle.exceptions import ServiceDown, UnexpectedReply, Unreachable
from airflow_provider_circle.transports import unpacking
from airflow_provider_circle.transports.unpacking import Unpacker
from tests.unit.transports.asking import ADD_MOON, GET_MOON, ask, replied, unreachable, who
from tests.unit.transports.conftest import Behaviour, Client, Line, Server, answer

BOUND = 1_048_576


@pytest.fixture
def near_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take less, so that what is too much is made soon."""
    monkeypatch.setattr(unpacking, "MOST_BODY_BYTES", BOUND)


def packed(size: int, members: int = 1, status: int = 200) -> Behaviour:
    """
    Answer with so many blanks, and little to transfer.

    :param members: gzip files behind each other, which are one.
    """
    return answer(gzip.compress(b" " * size, mtime=0) * members, status, {"Content-Encoding": "gzip"})


class Endless:
    """
    Answers without an end, but for what the test would take.

    :param head: how it begins.
    :param piece: what is repeated.
    """

    def __init__(self, head: bytes, piece: bytes) -> None:
        self.head = head
        self.piece = piece
        self.sent = 0

    def __call__(self, line: Line) -> None:
        line.send(b"HTTP/1.1 200 OK\r\n" + self.head + b"\r\n")
        while self.sent < 64 * BOUND:
            line.send(self.piece)
            self.sent += len(self.piece)


@pytest.mark.usefixtures("near_bound")
@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(packed(BOUND + 1), id="just too much"),
        pytest.param(packed(256 * BOUND), id="very much"),
        pytest.param(packed(BOUND // 16, members=17), id="of many members"),
        pytest.param(answer(b" " * (BOUND + 1)), id="not packed"),
    ],
)
def test_what_unpacks_to_too_much_is_left_out(client: Client, server: Server, bomb: Behaviour) -> None:
    server.will(bomb)
    reply = replied(client.send(ask(server.url + "/")))
    assert (reply.status, reply.overlong, reply.body) == (200, True, b"")


@pytest.mark.usefixtures("near_bound")
@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(b"Content-Length: 1000000000000\r\n", b" " * 65_536, id="announced"),
        pytest.param(b"Connection: close\r\n", b" " * 65_536, id="until the connection ends"),
        pytest.param(b"Transfer-Encoding: chunked\r\n", b"10000\r\n" + b" " * 65_536 + b"\r\n", id="in chunks"),
        pytest.param(b"Content-Encoding: gzip\r\n", gzip.compress(b" " * 65_536) * 100, id="in members"),
    ],
)
def test_what_does_not_end_is_read_no_further(client: Client, server: Server, head: bytes, piece: bytes) -> None:
    endless = Endless(head, piece)
    server.will(endless)
    reply = replied(client.send(ask(server.url + "/")))
    assert (reply.overlong, reply.body) == (True, b"")
    assert server.all_closed()
    assert endless.sent < 64 * BOUND


@pytest.mark.usefixtures("near_bound")
@pytest.mark.parametrize(
    "much",
    [packed(BOUND), packed(BOUND // 16, members=16), answer(b" " * BOUND)],
    ids=["gzip", "members", "not packed"],
)
def test_what_is_just_not_too_much_is_taken_whole(client: Client, server: Server, much: Behaviour) -> None:
    server.will(much)
    reply = replied(client.send(ask(server.url + "/")))
    assert (reply.overlong, len(reply.body)) == (False, BOUND)


@pytest.mark.usefixtures("near_bound")
def test_a_refusal_with_too_long_a_body_is_that_refusal(client: Client, server: Server) -> None:
    server.always = packed(BOUND + 1, status=503)
    with pytest.raises(ServiceDown, match=r"^Orbit: POST /moons answered 503"):
        client.run(call(who(client, server), ADD_MOON))


@pytest.mark.usefixtures("near_bound")
def test_after_too_long_a_reply_the_session_goes_on(client: Client, server: Server) -> None:
    server.will(packed(BOUND + 1), answer(b'{"id": "io"}'))
    client.send(ask(server.url + "/"))
    assert replied(client.send(ask(server.url + "/"))).body == b'{"id": "io"}'


def test_too_long_a_reply_is_told_with_what_was_asked_and_not_asked_for_again(client: Client, server: Server) -> None:
    server.always = packed(MOST_BODY_BYTES + 1)
    with pytest.raises(UnexpectedReply, match=r"^Orbit: GET /moon answered with more than 67,108,864 bytes"):
        client.run(call(who(client, server), GET_MOON))
    assert len(server.seen) == 1


# How a reply may be packed


def test_only_what_can_be_bounded_is_asked_for(client: Client, server: Server) -> None:
    client.send(ask(server.url + "/"))
    assert server.seen[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        pytest.param("gzip, gzip", gzip.compress(gzip.compress(b"{}")), id="twice"),
        pytest.param("deflate,gzip", gzip.compress(zlib.compress(b"{}")), id="in two ways"),
        pytest.param("deflate", zlib.compress(b"{}"), id="deflate"),
        pytest.param("x-gzip", gzip.compress(b"{}"), id="x-gzip"),
        pytest.param("br", b"\x0b\x00\x80{}\x03", id="brotli"),
        pytest.param("zstd", b"(\xb5/\xfd \x02\x11\x00\x00{}", id="zstd"),
        pytest.param("rot13", b"{}", id="unheard of"),
    ],
)
def test_a_reply_packed_in_a_way_that_was_not_asked_for_is_none(
    client: Client, server: Server, coding: str, body: bytes
) -> None:
    server.will(answer(body, headers={"Content-Encoding": coding}))
    assert unreachable(client.send(ask(server.url + "/", "POST", b"{}"))).sent is True


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_a_reply_that_says_it_is_not_packed_is_one(client: Client, server: Server, coding: str) -> None:
    server.will(answer(b'{"id": "io"}', headers={"Content-Encoding": coding}))
    assert replied(client.send(ask(server.url + "/"))).body == b'{"id": "io"}'


def test_the_name_of_a_coding_may_be_written_in_capitals(client: Client, server: Server) -> None:
    server.will(answer(gzip.compress(b'{"id": "io"}'), headers={"Content-Encoding": "GZip"}))
    assert replied(client.send(ask(server.url + "/"))).body == b'{"id": "io"}'


# Piece by piece


def unpacked(packed: bytes, step: int = 65_536) -> list[bytes]:
    """Unpack what comes in steps; the pieces."""
    unpacker = Unpacker({"content-encoding": "gzip"})
    came = [packed[begin : begin + step] for begin in range(0, len(packed), step)]
    pieces = [piece for part in came for piece in unpacker.pieces(part)]
    unpacker.end()
    return pieces


@settings(derandomize=True, deadline=None, max_examples=100)
@given(
    st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 5000)), max_size=5),
    st.one_of(st.integers(1, 50), st.sampled_from([4095, 4096, 4097, 65_536])),
)
def test_what_was_packed_comes_out_however_it_arrives(members: list[tuple[bytes, int]], step: int) -> None:
    contents = [content * times for content, times in members]

    pieces = unpacked(b"".join(map(gzip.compress, contents)), step)

    assert b"".join(pieces) == b"".join(contents)
    assert max(map(len, pieces), default=0) <= 65_536


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 131_073, 300_000])
@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("step", [1, 7, 65_536])
def test_nothing_is_lost_where_pieces_meet(size: int, members: int, step: int) -> None:
    assert sum(map(len, unpacked(gzip.compress(b"x" * size) * members, step))) == size * members


def test_members_without_content_are_nothing() -> None:
    assert b"".join(unpacked(gzip.compress(b"") * 5_000)) == b""


def test_what_is_packed_a_thousandfold_comes_in_pieces_all_the_same() -> None:
    assert max(len(piece) for piece in unpacked(gzip.compress(b" " * 16 * BOUND))) == 65_536


@pytest.mark.parametrize("kept", [1, 5, 10, 12, 20, -8, -1])
def test_what_ends_too_early_is_noticed(kept: int) -> None:
    with pytest.raises(Unreachable, match="ends within what was packed"):
        unpacked(gzip.compress(b"some content, " * 9)[:kept])


@pytest.mark.parametrize(
    "packed", [b"{}", b"\0" * 99, gzip.compress(b"a") + b"\0\0\0", gzip.compress(b"a")[:-5] + b"abcde"], ids=range(4)
)
def test_what_is_not_packed_as_it_claims_is_noticed(packed: bytes) -> None:
    with pytest.raises(Unreachable, match="not packed as it claims") as raised:
        unpacked(packed)
    assert raised.value.sent is True
