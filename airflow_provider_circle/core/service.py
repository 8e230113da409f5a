"""
A vendor's API as one value: where it is, how to sign in, how it words its errors.

The vendors fill it in; the walk reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_circle.core.message import Response

__all__ = ["Service"]


@dataclass(frozen=True, slots=True)
class Service:
    """
    A vendor's API at one address with one identity.

    :param name: the vendor's own name, for messages.
    :param base_url: absolute, without a trailing slash.
    :param headers: sent with every request, the token among them.
    :param read_error: takes the vendor's message out of a refusal; an empty text where there is none.
    :param read_failure: finds a failure in a decoded reply whose status claims success; returns the status that would
        have been right, or ``None``.
    :param limited_wait_s: seconds to wait after a 429 that does not say how long; ``None`` for the usual wait.
    :param query: parameters sent with every request.
    :param timeout_s: seconds one exchange may take.
    :param verify: check the server's certificate; a text is the path of a CA bundle.
    """

    name: str
    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    read_error: Callable[[Response], str] = field(repr=False)
    read_failure: Callable[[Any], int | None] = field(default=lambda _: None, repr=False)
    limited_wait_s: float | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 30.0
    verify: bool | str = True
