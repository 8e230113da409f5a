"""
Replies that need not be asked for again yet, because the server said for how long they are good.

A private cache as RFC 9111 has it, for one identity at one address: so ``private`` replies may be kept, and what a
reply varies with is always the same. Knows only ``max-age``; nothing is revalidated, and what the server says nothing
of is asked for anew. The time is passed in.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from airflow_provider_circle.core.message import Request, Response
from airflow_provider_circle.core.retry import date_s

__all__ = ["ReplyStore"]

_MOST_REPLIES = 256
_MOST_BYTES = 8 * 1024 * 1024
"""What one hook may keep in memory."""

_LONGEST_S = 2.0**31
"""What greater ages count as; RFC 9111, 1.2.2."""

_DIRECTIVE = re.compile(r'\s*+([^\s=,;"]++)\s*+(?:=\s*+("(?:[^"\\]|\\.)*+"|[^\s,;"]*+))?\s*+(?:,|$)')
"""Possessive throughout: a server's header, however long, is read in one go."""
_FORBIDDING = frozenset({"no-store", "no-cache"})


@dataclass(frozen=True, slots=True)
class _Kept:
    response: Response
    since_s: float
    until_s: float


class ReplyStore:
    """
    Fresh replies to ``GET``, by address.

    :param most_replies: how many are kept; the oldest goes first.
    :param most_bytes: how much their bodies may hold together.
    """

    __slots__ = ("_bytes", "_changed_s", "_kept", "_most_bytes", "_most_replies")

    def __init__(self, most_replies: int = _MOST_REPLIES, most_bytes: int = _MOST_BYTES) -> None:
        self._most_replies = most_replies
        self._most_bytes = most_bytes
        self._kept: dict[str, _Kept] = {}
        self._bytes = 0
        self._changed_s = -math.inf

    def find(self, request: Request, now_s: float) -> Response | None:
        """
        Look for a reply that is still good.

        :param now_s: seconds since the epoch.
        """
        if request.method != "GET" or (kept := self._kept.get(request.url)) is None:
            return None
        # A clock that was set back tells no age.
        if kept.since_s <= now_s < kept.until_s:
            return kept.response
        self._drop(request.url)
        return None

    def keep(self, request: Request, response: Response, *, asked_s: float, now_s: float) -> None:
        """
        Keep a reply, if it may be kept.

        :param asked_s: when the request was sent, in seconds since the epoch.
        :param now_s: when it was answered.

        Source: https://www.rfc-editor.org/rfc/rfc9111#section-4.2
        """
        fresh_s = _fresh_s(response, asked_s, now_s)
        if request.method != "GET" or response.status != 200 or asked_s <= self._changed_s or fresh_s <= 0:
            return
        if request.url in self._kept:
            self._drop(request.url)
        if response.overlong or len(response.body) > self._most_bytes:
            return
        self._kept[request.url] = _Kept(response, now_s, now_s + fresh_s)
        self._bytes += len(response.body)
        while len(self._kept) > self._most_replies or self._bytes > self._most_bytes:
            self._drop(next(iter(self._kept)))

    def forget(self, now_s: float) -> None:
        """
        Drop everything, because something was changed; what was asked for before now is not kept any more, either.

        :param now_s: seconds since the epoch.
        """
        self._kept.clear()
        self._bytes = 0
        self._changed_s = now_s

    def _drop(self, url: str) -> None:
        self._bytes -= len(self._kept.pop(url).response.body)


def _fresh_s(response: Response, asked_s: float, now_s: float) -> float:
    """Seconds for which a reply that has just come is good; 0 and less for not at all."""
    directives = list(_directives(response.headers.get("cache-control", "")))
    ages = [_seconds(value) for name, value in directives if name == "max-age"]
    if not ages or "*" in response.headers.get("vary", "") or any(name in _FORBIDDING for name, _ in directives):
        return 0.0
    dated_s = date_s(response.headers.get("date"))
    apparent_s = 0.0 if dated_s is None else now_s - dated_s
    aged_s = _seconds(response.headers.get("age", "").partition(",")[0]) + now_s - asked_s
    return min(ages) - max(0.0, apparent_s, aged_s)


def _directives(text: str) -> Iterator[tuple[str, str]]:
    """Take ``Cache-Control`` apart; what cannot be read forbids."""
    at = 0
    while at < len(text):
        found = _DIRECTIVE.match(text, at)
        if found is None:
            if text[at:].strip(" \t,"):
                yield "no-store", ""
            return
        yield found[1].lower(), (found[2] or "").strip('"')
        at = found.end()


def _seconds(text: str) -> float:
    """Read a number of seconds; 0 for anything else."""
    text = text.strip()
    return min(float(text), _LONGEST_S) if text.isascii() and text.isdigit() else 0.0
