"""
CircleMe's content feed as a service: sign-in, error shapes, limits.

There is no common address: the contract names it, and the connection must. Knows nothing of Airflow.
"""

from __future__ import annotations

import json

from airflow_provider_circle import __version__
from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.refusal import object_in
from airflow_provider_circle.core.service import Service

__all__ = ["DEFAULT_TIMEOUT_S", "REQUESTS_PER_MINUTE", "SOURCE", "circleme"]

DEFAULT_TIMEOUT_S = 30.0
"""Seconds one exchange with CircleMe may take."""

REQUESTS_PER_MINUTE = 30.0
"""Of one access token, all endpoints together. Source: CircleMe's feed API documentation (Rate Limits)"""

SOURCE = "CircleMe's feed API documentation"
"""Handed out with the contract; there is no public page."""


def circleme(base_url: str, token: str, *, timeout_s: float = DEFAULT_TIMEOUT_S, verify: bool | str = True) -> Service:
    """
    Describe CircleMe's content feed.

    :param base_url: checked; the feed's endpoints are directly below it.
    :param token: the account's access token.
    :param timeout_s: seconds one exchange may take.
    :param verify: check the server's certificate; a text is the path of a CA bundle.

    Source: CircleMe's feed API documentation (Authentication)
    """
    return Service(
        name="CircleMe",
        base_url=base_url,
        headers={
            "X-AUTH-TOKEN": token,
            "Accept": "application/json",
            "User-Agent": f"airflow-provider-circle/{__version__}",
        },
        read_error=_read_error,
        timeout_s=timeout_s,
        verify=verify,
    )


def _read_error(response: Response) -> str:
    """Unverified: what a refusal looks like; ``message`` and ``error`` are tried, a proxy's HTML says nothing."""
    reply = object_in(response)
    message = reply.get("message") or reply.get("error") or reply.get("errors") or ""
    return message if isinstance(message, str) else json.dumps(message)
