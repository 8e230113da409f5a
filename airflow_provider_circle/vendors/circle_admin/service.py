"""
Circle's Admin API as a service, version 2 and version 1: address, sign-in, limits, error shapes.

Knows nothing of Airflow; the hook hands in what the connection says.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_circle import __version__
from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.pacing import Limit
from airflow_provider_circle.core.refusal import object_in
from airflow_provider_circle.core.service import Service

__all__ = [
    "DEFAULT_HOST",
    "DEFAULT_TIMEOUT_S",
    "LIMIT",
    "LIMITED_WAIT_S",
    "circle_admin_v1",
    "circle_admin_v2",
]

DEFAULT_HOST = "https://app.circle.so"
"""The same for every community; a token says which."""

DEFAULT_TIMEOUT_S = 30.0
"""Seconds one exchange with Circle may take."""

LIMIT = Limit(requests=2_000, per_s=300.0)
"""Circle allows 2,000 requests in 5 minutes from one address, whatever its processes and tokens."""

LIMITED_WAIT_S = 60.0
"""Seconds to stay silent after a 429, which comes without ``Retry-After``. Unverified: that a minute is enough."""

_V2 = "/api/admin/v2"
_V1 = "/api/v1"


def circle_admin_v2(
    host: str, token: str, *, timeout_s: float = DEFAULT_TIMEOUT_S, verify: bool | str = True
) -> Service:
    """
    Describe Circle's Admin API v2 at a host.

    :param host: checked base URL such as ``https://app.circle.so``.
    :param token: an API token of the type *Admin V2*; it belongs to one community.
    :param timeout_s: seconds one exchange may take.
    :param verify: check the server's certificate; a text is the path of a CA bundle.

    Source: https://api.circle.so/apis/admin-api
    """
    return Service(
        name="Circle",
        base_url=host + _V2,
        headers=_headers("Bearer", token),
        read_error=_read_error,
        limited_wait_s=LIMITED_WAIT_S,
        timeout_s=timeout_s,
        verify=verify,
    )


def circle_admin_v1(
    host: str,
    token: str,
    community_id: int,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    verify: bool | str = True,
) -> Service:
    """
    Describe Circle's Admin API v1 at a host.

    :param host: checked base URL such as ``https://app.circle.so``.
    :param token: an API token of the type *Admin V1*.
    :param community_id: the community that every request is about.
    :param timeout_s: seconds one exchange may take.
    :param verify: check the server's certificate; a text is the path of a CA bundle.

    Source: https://api-v1.circle.so/
    """
    return Service(
        name="Circle (v1)",
        base_url=host + _V1,
        headers=_headers("Token", token),
        read_error=_read_error,
        read_failure=_read_v1_failure,
        limited_wait_s=LIMITED_WAIT_S,
        query={"community_id": str(community_id)},
        timeout_s=timeout_s,
        verify=verify,
    )


def _headers(scheme: str, token: str) -> dict[str, str]:
    return {
        "Authorization": f"{scheme} {token}",
        "Accept": "application/json",
        "User-Agent": f"airflow-provider-circle/{__version__}",
    }


def _read_v1_failure(reply: Any) -> int | None:
    """Find the status that v1 should have answered instead of 200."""
    if reply is None:
        return 404
    if isinstance(reply, dict):
        if reply.get("status") == "unauthorized":
            return 401
        if reply.get("success") is False:
            return 422
    return None


def _read_error(response: Response) -> str:
    """
    Take what Circle says out of a refusal; a proxy's HTML says nothing.

    ``{"message", "error_details"}`` is usual, the details an object, a list, a text or nothing; some refusals are
    ``{"errors"}``, a text or a list.
    """
    reply = object_in(response)
    said: list[str] = []
    for name in ("message", "error", "errors", "error_details"):
        words = _words(reply.get(name))
        if words and words not in said:
            said.append(words)
    return "; ".join(said)


def _words(value: Any) -> str:
    """Write a detail as a sentence: ``{"name": ["can't be blank"]}`` as ``name can't be blank``."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return ", ".join(words for each in value if (words := _words(each)))
    if isinstance(value, dict):
        told = ((name, _words(each)) for name, each in value.items())
        return ", ".join(words if name == "message" else f"{name} {words}" for name, words in told if words)
    return ""
