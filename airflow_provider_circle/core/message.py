"""
What goes over the wire and comes back, as plain values.

Headers and bodies stay out of every ``repr``: that is where tokens and personal data are. A request that got no reply
is an :class:`~airflow_provider_circle.exceptions.Unreachable`, handed back as a value and raised only when given up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from airflow_provider_circle.exceptions import Unreachable

__all__ = ["JsonObject", "Outcome", "Request", "Response"]

JsonObject: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """
    One HTTP request, complete but for the connection it goes over.

    :param url: absolute and escaped; never carries a secret.
    :param timeout_s: seconds the whole exchange may take.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Response:
    """
    One HTTP reply, read to its end.

    :param headers: names in lower case.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


Outcome: TypeAlias = Response | Unreachable
"""What a transport hands back for a request."""
