"""
Requests that the sandbox itself sends, as the vendors do: webhooks and push notifications.

Knows HTTP and which addresses may be meant. What is sent, when, and how often, is the vendors' folders' business.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

__all__ = ["is_acceptable", "send"]


class _NoRedirects(HTTPRedirectHandler):
    """Leaves a redirect for what it is: no good reply."""

    def redirect_request(self, *_: object) -> None:
        return None


def is_acceptable(url: object) -> bool:
    """Say whether an address may be sent to: ``https``, or ``http`` on this machine, which the vendors do not have."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        if parts.scheme == "https":
            return bool(parts.hostname)
        if parts.scheme == "http" and parts.hostname == "localhost":
            return True
        return parts.scheme == "http" and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


async def send(url: str, body: bytes, headers: Mapping[str, str], timeout_s: float) -> int | None:
    """
    POST some JSON, without blocking.

    :return: the reply's status; ``None`` when there was none, or nothing that is HTTP.
    """
    return await asyncio.to_thread(_send, url, body, {"Content-Type": "application/json", **headers}, timeout_s)


def _send(url: str, body: bytes, headers: dict[str, str], timeout_s: float) -> int | None:
    opener = build_opener(ProxyHandler({}), _NoRedirects())
    request = Request(url, body, headers, method="POST")  # noqa: S310  # Checked when it was registered.
    try:
        with opener.open(request, timeout=timeout_s) as reply:
            return int(reply.status)
    except HTTPError as error:
        with error:
            return error.code
    except (OSError, HTTPException, ValueError):
        return None
