"""What the failing step wrote last comes as lines fit for a log, whatever it was, and never costs more than it may."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Request, Response
from airflow_provider_circle.core.walk import Caller, Save, Send, Wait
from airflow_provider_circle.exceptions import CircleError, NotFound, UnexpectedReply, Unreachable
from airflow_provider_circle.vendors.circleci.v1.steps import (
    MOST_READ_BYTES,
    FailedStep,
    Tail,
    failed_step,
    fit_lines,
    last_lines,
    read_failed_step,
)
from tests.unit.walking import Clock, caller

from .building import SERVICE, SLUG, TOKEN, finished, reply

URL = "https://storage.example/out/7?signature=tell-nobody"


def action(status: str = "success", /, **changes: Any) -> JsonObject:
    return {"name": "make test", "status": status, "output_url": URL, **changes}


def step(*actions: JsonObject, name: str = "make") -> JsonObject:
    return {"name": name, "actions": list(actions)}


# Which step.


@pytest.mark.parametrize("status", ["failed", "timedout", "infrastructure_fail"])
def test_a_step_that_failed_is_found_by_its_status(status: str) -> None:
    assert failed_step({"steps": [step(action()), step(action(status, name="bad"))]}) == FailedStep("bad", URL)


@pytest.mark.parametrize("flag", ["failed", "timedout", "infrastructure_fail"])
def test_a_step_that_failed_is_found_by_its_flag(flag: str) -> None:
    assert failed_step({"steps": [step(action("odd", **{flag: True}))]}) == FailedStep("make test", URL)


def test_the_first_step_that_failed_is_the_one() -> None:
    steps = [step(action("failed", name="first")), step(action("failed", name="second"))]
    found = failed_step({"steps": steps})

    assert found is not None
    assert found.name == "first"


def test_a_container_that_failed_beside_others_is_found() -> None:
    found = failed_step({"steps": [step(action(), action("failed", name="container 1"))]})

    assert found is not None
    assert found.name == "container 1"


@pytest.mark.parametrize(
    "build",
    [
        {},
        {"steps": None},
        {"steps": "none"},
        {"steps": [None, 7, {"actions": None}, {"actions": [None]}]},
        {"steps": [step(action(), action("running"), action("canceled"), action("success", failed=None))]},
        {"steps": [step(action("success", failed="no", timedout=0))]},
    ],
)
def test_a_build_without_a_failed_step_has_none(build: JsonObject) -> None:
    assert failed_step(build) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": None}, FailedStep("make", URL)),
        ({"output_url": None}, FailedStep("make test", "")),
        ({"output_url": ["x"]}, FailedStep("make test", "")),
        ({"name": "two\nlines\x1b[31m"}, FailedStep("two lines", URL)),
        ({"name": "x" * 500}, FailedStep("x" * 100, URL)),
    ],
)
def test_a_step_is_named_fit_for_a_log(changes: JsonObject, expected: FailedStep) -> None:
    assert failed_step({"steps": [step(action("failed", **changes))]}) == expected


def test_the_address_is_not_shown() -> None:
    assert "tell-nobody" not in repr(FailedStep("make", URL))


# Which lines.


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("one\ntwo\n", ["one", "two"], id="lines"),
        pytest.param("one\r\ntwo\r\n", ["one", "two"], id="lines of a terminal"),
        pytest.param("one\n\n\ntwo\n\n\n", ["one", "", "", "two"], id="empty lines in between stay"),
        pytest.param("", [], id="nothing"),
        pytest.param("\n\r\n  \n", [], id="blanks"),
        pytest.param("\x1b[31mred\x1b[0m \x1b[1;4mbold\x1b[m", ["red bold"], id="colours"),
        pytest.param("\x1b[2K\x1b[1Agone\x1b[?25l", ["gone"], id="cursor moves"),
        pytest.param("\x1b]0;title\x07text", ["text"], id="a title"),
        pytest.param("\x1b]8;;https://x.example\x1b\\link\x1b]8;;\x1b\\", ["link"], id="a link"),
        pytest.param("\x9b31mred", ["red"], id="colours in one character"),
        pytest.param("\x1b(Btext\x1b=", ["text"], id="character sets"),
        pytest.param("end\x1b", ["end"], id="a lone escape"),
        pytest.param("\r10 %\r50 %\r100 %\n", ["100 %"], id="a progress bar"),
        pytest.param("a\tb", ["a   b"], id="a tab"),
        pytest.param("a\x00b\x07c\x08", ["a�b�c�"], id="control characters"),
        pytest.param("a\u202eb\u200bc", ["a�b�c"], id="characters that turn text around or hide"),
        pytest.param("a\x85b\u2028c", ["a�b�c"], id="other breaks of a line"),
        pytest.param("ä €", ["ä €"], id="letters"),
        pytest.param("x" * 1000, ["x" * 300 + "…"], id="a long line"),
    ],
)
def test_output_is_made_fit_for_a_log(text: str, lines: list[str]) -> None:
    assert fit_lines(text) == lines


def output(*messages: Any) -> bytes:
    pieces = [{"message": message, "time": "2026-01-01T00:00:00Z", "type": "out"} for message in messages]
    return json.dumps(pieces).encode()


def test_pieces_are_no_lines() -> None:
    assert last_lines(output("one\nt", "wo\nth", "ree"), whole=True) == ["one", "two", "three"]


def test_the_last_fifty_lines_are_taken() -> None:
    assert last_lines(output("".join(f"{n}\n" for n in range(80))), whole=True) == [str(n) for n in range(30, 80)]


def test_a_piece_without_a_message_is_nothing() -> None:
    assert last_lines(b'[{"message": null}, {"type": "out"}, null, {"message": "x"}]', whole=True) == ["x"]


@pytest.mark.parametrize("content", [b"", b"plain", b"{}", b"null", b'[{"message": "cut', b"<html>", b"[" * 100_000])
def test_what_is_no_list_of_pieces_is_unexpected(content: bytes) -> None:
    with pytest.raises(UnexpectedReply):
        last_lines(content, whole=True)


TRICKY = [
    'say \\"message\\": "x"}, ',
    '{"message": "quoted"}\n',
    "back\\slash\\\\\n",
    "ä€ \U0001f600\n",
    "]\n",
    "last\n",
]
"""Pieces whose text looks like the list that it is in."""


@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_an_end_cut_anywhere_holds_only_lines_that_there_are(*, ensure_ascii: bool) -> None:
    pieces = [{"message": f"line {n}\n{text}", "time": "t", "type": "out"} for n, text in enumerate(TRICKY)]
    content = json.dumps(pieces, ensure_ascii=ensure_ascii).encode()
    there = set(last_lines(content, whole=True))

    for cut in range(1, len(content)):
        assert set(last_lines(content[cut:], whole=False)[1:]) <= there, content[cut:]


def test_an_end_cut_anywhere_in_a_single_piece_keeps_what_is_whole() -> None:
    lines = [f'{n} "quoted" \\ back' for n in range(12)]
    content = output("\n".join(lines))
    kept = [last_lines(content[cut:], whole=False) for cut in range(30, len(content) - 170)]

    assert all(found[-3:] == lines[-3:] for found in kept)


def test_the_first_line_of_an_end_is_dropped_where_it_is_cut() -> None:
    content = output("first line\nsecond line\nthird")

    assert last_lines(content[20:], whole=False) == ["second line", "third"]


def test_a_cut_time_is_no_line() -> None:
    assert last_lines(b'01-01T00:00:00Z", "type": "out"}, {"message": "x\\n"}]', whole=False) == ["x"]


def test_a_cut_letter_is_no_trouble() -> None:
    assert last_lines("€\\nx".encode()[1:] + b'", "time": "t"}]', whole=False) == ["x"]


# The tail.


def test_a_tail_keeps_the_end_of_what_comes() -> None:
    tail = Tail().open(Response(200, {}, b""))
    content = output(*[f"{n}\n" + "x" * 1000 + "\n" for n in range(2000)])
    for at in range(0, len(content), 65_536):
        tail.write(content[at : at + 65_536])

    assert (tail.lines()[-2], len(tail._kept) < 1_000_000) == ("1999", True)


def test_a_tail_that_is_opened_anew_begins_anew() -> None:
    tail = Tail()
    tail.open(Response(200, {}, b"")).write(b"broken off")
    tail.open(Response(200, {}, b"")).write(output("x"))

    assert tail.lines() == ["x"]


def test_a_tail_takes_no_more_than_it_may() -> None:
    tail = Tail().open(Response(200, {}, b""))
    tail.write(b"x" * MOST_READ_BYTES)

    with pytest.raises(UnexpectedReply, match="longer than 16,777,216 bytes"):
        tail.write(b"x")


def test_an_end_that_is_all_of_it_is_read_as_such() -> None:
    content = output("only line")
    tail = Tail().open(Response(206, {"content-range": f"bytes 0-{len(content) - 1}/{len(content)}"}, b""))
    tail.write(content)

    assert tail.lines() == ["only line"]


# The walk.


@dataclass
class Fetched:
    """What became of a walk that reads a build and its output."""

    requests: list[Request] = field(default_factory=list)
    saves: list[Request] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    returned: Any = None


Answer = Response | Unreachable


def fetched(
    build: JsonObject, *outputs: tuple[Answer, bytes] | Answer, asking: Caller | None = None, clock: Clock | None = None
) -> Fetched:
    clock = clock or Clock()
    done, left = Fetched(), list(outputs)
    walk = read_failed_step(asking or caller(clock, service=SERVICE), SLUG, 7, done.hidden.append)
    sent: Any = None
    try:
        while True:
            match walk.send(sent):
                case Send(request):
                    done.requests.append(request)
                    sent = reply(build)
                case Save(request, into):
                    done.saves.append(request)
                    answer = left.pop(0)
                    head, body = answer if isinstance(answer, tuple) else (answer, b"")
                    if body and isinstance(head, Response):
                        into(head).write(body)
                    sent = head
                case Wait(seconds):
                    clock.sleep(seconds)
                    sent = None
    except StopIteration as end:
        done.returned = end.value
    return done


FAILED = finished("failed", steps=[step(action("failed"))])
OK = Response(200, {}, b"")


def moved(to: str) -> Response:
    return Response(302, {"location": to}, b"")


def test_the_failing_step_is_named_with_its_last_lines() -> None:
    assert fetched(FAILED, (OK, output("a\nb\n"))).returned == ("make test", ["a", "b"])


def test_a_build_whose_steps_are_all_well_is_not_asked_further() -> None:
    assert fetched(finished("failed", steps=[step(action())])).returned == ("", [])


def test_a_step_that_wrote_nothing_is_not_asked_further() -> None:
    assert fetched(finished("failed", steps=[step(action("failed", output_url=None))])).returned == ("make test", [])


def test_the_end_of_an_output_is_asked_for() -> None:
    (save,) = fetched(FAILED, (OK, output("x"))).saves

    assert save.headers["Range"] == "bytes=-262144"


def test_an_output_is_asked_for_as_it_is_kept() -> None:
    (save,) = fetched(FAILED, (OK, output("x"))).saves

    assert save.headers["Accept-Encoding"] == "identity"


def test_no_token_goes_to_where_the_output_is() -> None:
    done = fetched(FAILED, moved("https://other.example/x"), (OK, output("x")))

    assert all(TOKEN not in str(dict(save.headers)) for save in done.saves)


def test_every_address_is_hidden_before_it_is_asked() -> None:
    done = fetched(FAILED, moved("https://other.example/x?key=1"), (OK, output("x")))

    assert done.hidden == [save.url for save in done.saves] == [URL, "https://other.example/x?key=1"]


def test_an_end_that_was_cut_out_is_read() -> None:
    head = Response(206, {"content-range": "bytes 16-99/100"}, b"")

    assert fetched(FAILED, (head, output("lost\nfirst\nsecond")[16:])).returned[1] == ["first", "second"]


def test_the_end_of_an_empty_output_is_nothing() -> None:
    assert fetched(FAILED, Response(416, {}, b"")).returned == ("make test", [])


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([Response(403, {}, b"<Error>tell-nobody</Error>")], id="refused"),
        pytest.param([Response(500, {}, b"")], id="failing"),
        pytest.param([Response(302, {}, b"")], id="moved nowhere"),
        pytest.param([moved("http://plain.example/x?tell-nobody")], id="moved to plain HTTP"),
        pytest.param([moved("ftp://x/tell-nobody")], id="moved to another protocol"),
        pytest.param([moved("//[")], id="moved to no address"),
        pytest.param([moved(URL)] * 6, id="moved for ever"),
        pytest.param([Unreachable("no reply in time", sent=True)], id="lost"),
        pytest.param([(OK, b"<html>tell-nobody</html>")], id="something else"),
    ],
)
def test_an_output_that_cannot_be_read_is_an_error_that_shows_no_address(answers: Sequence[Any]) -> None:
    with pytest.raises(CircleError) as error:
        fetched(FAILED, *answers)

    assert "tell-nobody" not in str(error.value)


@pytest.mark.parametrize("url", ["http://storage.example/x", "file:///etc/passwd", "storage", "https://"])
def test_an_address_that_is_not_safe_is_not_asked(url: str) -> None:
    build = finished("failed", steps=[step(action("failed", output_url=url))])
    with pytest.raises(UnexpectedReply):
        fetched(build)


def test_this_machine_may_be_asked_plainly() -> None:
    build = finished("failed", steps=[step(action("failed", output_url="http://localhost:9/x"))])

    assert fetched(build, (OK, output("x"))).returned[1] == ["x"]


def within(seconds: float, clock: Clock) -> Caller:
    return replace(caller(clock, service=SERVICE), until_s=clock() + seconds)


@pytest.mark.parametrize(("left_s", "timeout_s"), [(100.0, 10.0), (4.0, 4.0)])
@pytest.mark.parametrize("which", [lambda done: done.requests[0], lambda done: done.saves[0]], ids=["build", "output"])
def test_nothing_takes_longer_than_there_is_time(
    left_s: float, timeout_s: float, which: Callable[[Fetched], Request]
) -> None:
    clock = Clock()
    done = fetched(FAILED, (OK, output("x")), asking=within(left_s, clock), clock=clock)

    assert which(done).timeout_s == timeout_s


def test_nothing_is_asked_when_time_is_up() -> None:
    clock = Clock()
    with pytest.raises(Unreachable, match="no time left"):
        fetched(FAILED, asking=within(0.0, clock), clock=clock)


def test_a_driver_that_answers_with_nothing_is_told_so() -> None:
    walk = read_failed_step(caller(Clock(), service=SERVICE), SLUG, 7, lambda _: None)
    next(walk)
    walk.send(reply(FAILED))

    with pytest.raises(TypeError, match="must be sent the outcome of its request, got NoneType"):
        walk.send(None)


def test_a_build_that_is_not_there_is_an_error() -> None:
    walk = read_failed_step(caller(Clock(), service=SERVICE), SLUG, 7, lambda _: None)
    next(walk)
    with pytest.raises(NotFound):
        walk.send(reply({"message": "Build not found"}, 404))
