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

__all__ = ["MOST_BODY_BYTES", "JsonObject", "Outcome", "Request", "Response"]

JsonObject: TypeAlias = dict[str, Any]

MOST_BODY_BYTES = 64 * 1024 * 1024
"""
Of a reply that is read into memory, unpacked. A page of a hundred records has some 100 KiB; a list that comes whole,
such as 50,000 artifacts, some 15 MiB. What goes into a file is not bounded.
"""


@dataclass(frozen=True, slots=True)
class Request:
    """
    One HTTP request, complete but for the connection it goes over.

    :param url: absolute and escaped. Behind the question mark it may be signed, and then it is itself a key.
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
    :param overlong: the body had more than ``MOST_BODY_BYTES``; it was not read to its end, and is left out.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    overlong: bool = False


Outcome: TypeAlias = Response | Unreachable
"""What a transport hands back for a request."""
