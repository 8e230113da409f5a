"""
Circa's API v1 as a service: address, sign-in, error shapes.

Knows nothing of Airflow; the hook hands in what the connection says. Circa's statuses 402 and 429 mean what they mean
everywhere; 429 is documented nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from airflow_provider_circle import __version__
from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.refusal import object_in
from airflow_provider_circle.core.service import Service

__all__ = ["DEFAULT_HOST", "DEFAULT_TIMEOUT_S", "SOURCE", "circa_v1"]

DEFAULT_HOST = "https://app.circa.co"

DEFAULT_TIMEOUT_S = 30.0
"""Seconds one exchange with Circa may take."""

SOURCE = "https://docs.circa.co/"
"""One page describes all operations."""

_V1 = "/api/v1"


def circa_v1(host: str, token: str, *, timeout_s: float = DEFAULT_TIMEOUT_S, verify: bool | str = True) -> Service:
    """
    Describe Circa's API v1 at a host.

    :param host: checked base URL such as ``https://app.circa.co``.
    :param token: the organization's API secret key.
    :param timeout_s: seconds one exchange may take.
    :param verify: check the server's certificate; a text is the path of a CA bundle.

    Source: https://docs.circa.co/ (Authorization)
    """
    return Service(
        name="Circa",
        base_url=host + _V1,
        headers={
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "User-Agent": f"airflow-provider-circle/{__version__}",
        },
        read_error=_read_error,
        timeout_s=timeout_s,
        verify=verify,
    )


def _read_error(response: Response) -> str:
    """
    Word a refusal: a 422 lists messages by field under ``errors``, and all of them are shown.

    Unverified: what other refusals look like; ``error`` and ``message`` are tried, a proxy's HTML says nothing.
    """
    reply = object_in(response)
    for name in ("errors", "error", "message"):
        if text := "; ".join(_worded(reply.get(name))):
            return text
    return ""


def _worded(errors: Any) -> Iterator[str]:
    """Give one text per field, or per message that belongs to none."""
    match errors:
        case dict():
            for field, messages in errors.items():
                yield f"{field}: {', '.join(_worded(messages)) or 'is not right'}"
        case list():
            for message in errors:
                yield from _worded(message)
        case str() if errors.strip():
            yield errors.strip()
