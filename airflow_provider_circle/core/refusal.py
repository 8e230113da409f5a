"""
A reply that is no success, turned into the error it means.

Says what was asked, what came back and what to do. Never shows a body, a header or the token.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from airflow_provider_circle.core.message import JsonObject, Request, Response
from airflow_provider_circle.core.retry import retry_after_s
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.exceptions import (
    CircleError,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    ServiceDown,
    SubscriptionExpired,
    Unauthorized,
    UnexpectedReply,
)

__all__ = ["named", "object_in", "printable", "refusal"]

_LONGEST_MESSAGE = 2000
"""Characters of a server's message that are shown."""

_LONGEST_REFUSAL_BYTES = 1_048_576
"""Of a refusal's body; no service needs more to word one, and to look for words takes time."""

_LONGEST_HOST = 255

_ERRORS: dict[int, tuple[type[CircleError], str]] = {
    401: (Unauthorized, "check the connection's token"),
    402: (SubscriptionExpired, "renew the account's subscription"),
    403: (Forbidden, "the token is not allowed to do this"),
    404: (NotFound, "it does not exist, or the token may not see it"),
    408: (ServiceDown, "the service gave up waiting"),
    429: (RateLimited, "too many requests"),
}


def named(service: Service, request: Request) -> str:
    """Name a request for a message: service, method and path, without its query."""
    return f"{service.name}: {request.method} {urlsplit(request.url).path}"


def refusal(service: Service, request: Request, response: Response, now_s: float) -> CircleError:
    """
    Find the error a reply stands for.

    :param now_s: seconds since the epoch, for a ``Retry-After`` that is a date.
    """
    status = response.status
    if 300 <= status < 400:
        target = printable(_host(response.headers.get("location", "")) or "another place", _LONGEST_HOST)
        return UnexpectedReply(
            f"{named(service, request)} was redirected to {target} ({status}); check the connection's host",
            status=status,
        )
    error, advice = _ERRORS.get(status, (Invalid, "") if status < 500 else (ServiceDown, "the service is failing"))
    message = printable(_without_secrets(service, _said(service, response)), _LONGEST_MESSAGE)
    text = f"{named(service, request)} answered {status}"
    text += f": {message}" if message else ""
    text += f" ({advice})" if advice else ""
    return error(
        text,
        status=status,
        request_id=response.headers.get("x-request-id"),
        retry_after_s=retry_after_s(response, now_s),
    )


def object_in(response: Response) -> JsonObject:
    """Read the JSON object of a refusal; an empty one for anything else, such as a proxy's HTML."""
    if len(response.body) > _LONGEST_REFUSAL_BYTES:
        return {}
    try:
        reply = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return reply if isinstance(reply, dict) else {}


def printable(text: str, most: int) -> str:
    """
    Make a stranger's text fit for a message: on one line, without control characters.

    :param most: characters that are kept.
    """
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:most]


def _said(service: Service, response: Response) -> str:
    try:
        return service.read_error(response)
    except RecursionError:
        return ""  # nested more deeply than anybody words an error


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _without_secrets(service: Service, message: str) -> str:
    """Blank out header values that a server quotes back."""
    for name, value in service.headers.items():
        if name.lower() not in {"accept", "user-agent"}:
            for secret in (value, value.rpartition(" ")[2]):
                message = message.replace(secret, "***") if secret else message
    return message
