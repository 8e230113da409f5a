"""
One operation of a service, as data: method, path, paging, and whether it may be repeated.

Builds requests and escapes what goes into a path; knows no vendor and sends nothing.
"""

from __future__ import annotations

import json as jsonlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from airflow_provider_circle.core.message import Request
from airflow_provider_circle.core.paging import NoPages, Paging
from airflow_provider_circle.core.service import Service

__all__ = ["Endpoint", "Query"]

Query: TypeAlias = Mapping[str, str | int | bool | Sequence[str | int]]
"""Parameters behind the question mark."""

_PLACEHOLDER = re.compile(r"\{(?P<name>\w+)(?P<kind>:path)?\}")
_PLAIN = re.compile(r"[\w~-]+", re.ASCII)
_SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    An operation of a service.

    :param method: HTTP method.
    :param path: template below the service's base URL; ``{name}`` is escaped whole, in ``{name:path}`` slashes separate
        segments and stay.
    :param source: the vendor's page or document that describes it.
    :param pages: how its list is paged, where it is one.
    :param repeatable: a second identical request changes nothing. Left out, the method decides (RFC 9110, 9.2.2).
    """

    method: str
    path: str
    source: str
    pages: Paging = field(default_factory=NoPages)
    repeatable: bool | None = None

    @property
    def idempotent(self) -> bool:
        """Whether a request that may have been processed can be sent again."""
        return self.method in _SAFE_TO_REPEAT if self.repeatable is None else self.repeatable

    def request(
        self,
        service: Service,
        *,
        path: Mapping[str, str | int] | None = None,
        query: Query | None = None,
        json: Any = None,
    ) -> Request:
        """
        Build the request.

        :param path: a value for every placeholder.
        :param query: parameters; booleans are sent as ``true`` and ``false``, a sequence as its name repeated.
        :param json: body, any JSON value; ``None`` sends no body.
        :raises ValueError: a path value that is missing, empty or would climb out of its place.
        """
        values = path or {}
        url = service.base_url
        for text, name, keep_slashes in _pieces(self.path):
            url += text
            if not name:
                continue
            if name not in values:
                raise ValueError(f"{name} is missing; {self.method} {self.path} needs it")
            url += _escape(name, str(values[name]), keep_slashes=keep_slashes)
        if service.query or query:
            asked = {name: _written(value) for name, value in {**service.query, **(query or {})}.items()}
            parameters = urlencode(asked, doseq=True)
            url += f"?{parameters}" if parameters else ""
        headers, body = service.headers, None
        if json is not None:
            body = jsonlib.dumps(json, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
            headers = {**headers, "Content-Type": "application/json"}
        return Request(self.method, url, headers, body, service.timeout_s)


@cache
def _pieces(path: str) -> tuple[tuple[str, str, bool], ...]:
    """Take a path's template apart, once: a text, the placeholder behind it and whether its slashes stay."""
    pieces, end = [], 0
    for placeholder in _PLACEHOLDER.finditer(path):
        pieces.append((path[end : placeholder.start()], placeholder["name"], bool(placeholder["kind"])))
        end = placeholder.end()
    return (*pieces, (path[end:], "", False))


def _written(value: str | int | Sequence[str | int]) -> Any:
    """Write a parameter's value; a boolean is an ``int`` to Python."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str | int) else [_written(one) for one in value]


def _escape(name: str, value: str, *, keep_slashes: bool) -> str:
    if _PLAIN.fullmatch(value):
        return value
    segments = value.split("/") if keep_slashes else [value]
    # HTTP clients resolve "." and ".." before sending, which would reach another resource.
    if any(segment in {"", ".", ".."} for segment in segments):
        raise ValueError(f"{name} must be a non-empty identifier without '.' or '..' segments, got {value!r}")
    return "/".join(quote(segment, safe="") for segment in segments)
