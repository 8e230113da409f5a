"""
Fetching a file from an address that a service gave out, such as a bucket's signed URL.

The address is the key to the file: it is shown nowhere without its query, and no token of ours goes along. Knows
redirects and retries; where the file is written, the caller says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

from airflow_provider_circle.core.message import Request, Response
from airflow_provider_circle.core.refusal import named, refusal
from airflow_provider_circle.core.walk import Caller, Save, Wait, Walk
from airflow_provider_circle.exceptions import CircleError, UnexpectedReply, Unreachable

__all__ = ["download"]

_MOST_REDIRECTS = 5
_TIMEOUT_S = 3600.0
"""Seconds a whole file may take; a silence ends it much sooner."""


def download(caller: Caller, url: str, into: Callable[[], BinaryIO]) -> Walk[None]:
    """
    Fetch a file; begin anew when the connection breaks.

    :param caller: says how patiently; its service's headers are not sent.
    :param url: absolute; ``http://`` for this machine only.
    :param into: opens the file, empty.
    :raises UnexpectedReply: an address that cannot be one, or too many redirects.
    :raises CircleError: the last refusal.
    """
    bare = replace(caller.service, headers={}, read_error=lambda _: "")
    attempt = redirects = 0
    while True:
        request = Request("GET", _checked(caller, url), {}, None, _TIMEOUT_S)
        outcome = yield Save(request, into)
        error: CircleError
        match outcome:
            case Response(status=status) if 200 <= status < 300:
                return
            case Response(status=301 | 302 | 303 | 307 | 308, headers=headers) if "location" in headers:
                redirects += 1
                if redirects > _MOST_REDIRECTS:
                    raise UnexpectedReply(f"{named(bare, request)} was redirected more than {_MOST_REDIRECTS} times")
                url = _joined(caller, url, headers["location"])
                continue
            case Response():
                error = refusal(bare, request, outcome, caller.clock())
            case Unreachable():
                error = Unreachable(f"{named(bare, request)}: {outcome}", sent=outcome.sent)
            case _:
                raise TypeError(f"a walk must be sent the outcome of its request, got {type(outcome).__name__}")
        attempt += 1
        now_s = caller.clock()
        again_s = caller.retry.next_wait_s(attempt, outcome, idempotent=True, now_s=now_s, jitter=caller.jitter())
        if again_s is None or now_s + again_s > caller.until_s:
            raise error
        yield Wait(again_s, f"{error}; next attempt in {again_s:.1f} s", retry=True, limited=error.status == 429)


def _joined(caller: Caller, url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise UnexpectedReply(f"{caller.service.name}: a file was moved to an address that is none") from None


def _checked(caller: Caller, url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        raise UnexpectedReply(f"{caller.service.name} gave an address for a file that is no https:// address")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
