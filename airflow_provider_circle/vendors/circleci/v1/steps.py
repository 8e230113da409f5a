"""
What the failing step of a build wrote last.

The address of an output is the key to it: it is shown nowhere, and no token of ours goes there. An output may be
endless and hold anything; only its end is kept, as lines that are fit for a log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_provider_circle.core.download import checked_address, redirected_address
from airflow_provider_circle.core.message import JsonObject, Request, Response
from airflow_provider_circle.core.walk import Caller, Save, Walk, call
from airflow_provider_circle.exceptions import CircleError, UnexpectedReply, Unreachable
from airflow_provider_circle.vendors.circleci.v1.endpoints import GET_BUILD
from airflow_provider_circle.vendors.circleci.v1.service import project_in_path

__all__ = ["MOST_READ_BYTES", "FailedStep", "Tail", "failed_step", "fit_lines", "last_lines", "read_failed_step"]

MOST_READ_BYTES = 16 * 1024 * 1024
"""Read of an output at most; whoever keeps it answers with its end alone, if that can be asked for."""

_KEPT_BYTES = 256 * 1024
_MOST_LINES = 50
_LONGEST_LINE = 300
_LONGEST_NAME = 100
_LONGEST_ASK_S = 10.0
"""Seconds an output, or the build it is of, may take."""

_MOST_REDIRECTS = 5
_FAILURES = ("failed", "timedout", "infrastructure_fail")

_PIECE = re.compile(r'"message"\s*:\s*"((?:[^"\\]|\\.)*+)"')
"""Does not match within a string: a quote in there has a backslash before it."""

_CUT_PIECE = re.compile(r'((?:[^"\\]|\\.)*+)"\s*[,}]')
_BREAK = re.compile(r"[\r\n]")
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor moves
    r"|\x9b[0-?]*[ -/]*[@-~]"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links
    r"|\x1b[ -/]*[0-~]?"
)


@dataclass(frozen=True, slots=True)
class FailedStep:
    """
    A step that failed.

    :param name: as the build's configuration has it.
    :param output_url: opens what it wrote for everybody who knows it; empty when it wrote nothing.
    """

    name: str
    output_url: str = field(repr=False)


def failed_step(build: JsonObject) -> FailedStep | None:
    """
    Find the first step of a build that failed.

    :param build: in full.
    """
    for step in _objects(build.get("steps")):
        for action in _objects(step.get("actions")):
            if action.get("status") in _FAILURES or any(action.get(flag) is True for flag in _FAILURES):
                name, url = action.get("name") or step.get("name"), action.get("output_url")
                shown = " ".join(fit_lines(str(name or "without a name"))) or "without a name"
                return FailedStep(shown[:_LONGEST_NAME], url if isinstance(url, str) else "")
    return None


def read_failed_step(
    caller: Caller, project_slug: str, build_num: int, hide: Callable[[str], None]
) -> Walk[tuple[str, list[str]]]:
    """
    Read what the failing step of a build wrote last. For a blocking transport: an output is taken as it comes.

    :param caller: of v1.1; no attempt begins after its ``until_s``, and none lasts longer.
    :param hide: told of each address before it is asked, to keep it out of logs.
    :return: the step's name, empty when none failed, and at most 50 lines.
    :raises CircleError: the build or the output cannot be read.

    Source: https://circleci.com/docs/api/v1/ (Single Job)
    """
    asking = replace(caller, service=replace(caller.service, timeout_s=_left_s(caller)))
    path: dict[str, str | int] = {"project": project_in_path(project_slug), "build_num": build_num}
    step = failed_step((yield from call(asking, GET_BUILD, path=path)))
    if step is None:
        return "", []
    if not step.output_url:
        return step.name, []
    return step.name, (yield from _read_end(caller, step.output_url, hide))


class Tail:
    """Takes an output as it comes, and keeps its end."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._read = 0
        self._head = Response(0, {}, b"")

    def open(self, head: Response) -> Tail:
        """Begin with a reply."""
        self._kept.clear()
        self._read = 0
        self._head = head
        return self

    def write(self, content: bytes, /) -> int:
        """
        Take the next piece.

        :raises UnexpectedReply: too much has come, and the end is not in sight.
        """
        self._read += len(content)
        if self._read > MOST_READ_BYTES:
            raise UnexpectedReply(f"it is longer than {MOST_READ_BYTES:,} bytes, and its end cannot be asked for")
        self._kept += content
        if len(self._kept) > 2 * _KEPT_BYTES:
            del self._kept[:-_KEPT_BYTES]
        return len(content)

    def lines(self) -> list[str]:
        """
        Give the last lines.

        :raises UnexpectedReply: it is no output of a step.
        """
        begins_late = self._head.status == 206 and not self._head.headers.get("content-range", "").startswith(
            "bytes 0-"
        )
        whole = len(self._kept) == self._read and not begins_late
        return last_lines(bytes(self._kept), whole=whole)


def last_lines(content: bytes, *, whole: bool) -> list[str]:
    """
    Take the last lines out of an output, ``[{"message", "time", "type"}, …]``, or out of its end.

    :param whole: ``content`` is not the end only.
    :return: at most 50 lines, fit for a log.
    :raises UnexpectedReply: it is no such list.
    """
    text = content.decode(errors="replace")
    if whole:
        try:
            pieces = json.loads(text)
        except (ValueError, RecursionError):
            pieces = None
        if not isinstance(pieces, list):
            raise UnexpectedReply("it is not the list of pieces that CircleCI describes")
        return fit_lines("".join(str(piece.get("message") or "") for piece in _objects(pieces)))[-_MOST_LINES:]
    # It may begin in the middle of an escape.
    for begin in (0, 1):
        cut = _CUT_PIECE.match(text, begin)
        rest = _unescaped(cut[1]) if cut else None
        if cut and rest is not None:
            # What comes before the first break of a line is cut somewhere; it may be another attribute, too.
            written, at = _BREAK.split(rest, maxsplit=1)[1:], cut.end()
            break
    else:
        written, at = [], 0
    written += [_unescaped(piece[1]) or "" for piece in _PIECE.finditer(text, at)]
    return fit_lines("".join(written))[-_MOST_LINES:]


def fit_lines(text: str) -> list[str]:
    """
    Make a program's output fit for a log: no colours, no cursor moves, no control characters, no endless lines.

    :return: its lines; empty ones at the end are left out.
    """
    lines = [_fit(line) for line in _ESCAPES.sub("", text).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _fit(line: str) -> str:
    # A progress bar writes over itself; what stands there in the end is after the last return.
    shown = line.rstrip("\r").rpartition("\r")[2].expandtabs(4).rstrip()
    # Counted before it is looked at, character by character.
    shown = shown if len(shown) <= _LONGEST_LINE else f"{shown[:_LONGEST_LINE]}…"
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in shown)


def _read_end(caller: Caller, url: str, hide: Callable[[str], None]) -> Walk[list[str]]:
    tail = Tail()
    for _ in range(_MOST_REDIRECTS + 1):
        address = checked_address(caller, url)
        hide(address)
        asked = {"Accept-Encoding": "identity", "Range": f"bytes=-{_KEPT_BYTES}"}
        outcome = yield Save(Request("GET", address, asked, None, _left_s(caller)), tail.open)
        match outcome:
            case Response(status=301 | 302 | 303 | 307 | 308, headers=headers) if "location" in headers:
                url = redirected_address(caller, url, headers["location"])
            case Response(status=200 | 206):
                return tail.lines()
            case Response(status=416):
                # There is no end of nothing.
                return []
            case Response(status=status):
                raise CircleError(f"its address answered {status}", status=status)
            case Unreachable():
                raise Unreachable(f"its address: {outcome}", sent=outcome.sent)
            case _:
                raise TypeError(f"a walk must be sent the outcome of its request, got {type(outcome).__name__}")
    raise UnexpectedReply(f"its address was redirected more than {_MOST_REDIRECTS} times")


def _left_s(caller: Caller) -> float:
    left_s = min(_LONGEST_ASK_S, caller.until_s - caller.clock())
    if left_s <= 0:
        raise Unreachable("there was no time left", sent=False)
    return left_s


def _unescaped(written: str) -> str | None:
    try:
        text: str = json.loads(f'"{written}"', strict=False)
    except ValueError:
        return None
    return text


def _objects(value: Any) -> Sequence[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
