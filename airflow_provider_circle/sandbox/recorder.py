"""
What the sandbox was asked.

Knows how a request is remembered and which parts are secret. When to record is the gateway's business.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl

__all__ = ["Record", "Recorder"]

_SECRET_NAMES = frozenset({"circle-token", "authorization", "x-auth-token", "cookie"})
_MASK = "***"


@dataclass(slots=True)
class Record:
    """
    One vendor request.

    ``at`` is virtual seconds, ``path`` as received (still percent-encoded), ``query`` has a list where a parameter came
    more than once, ``status`` is what was answered: ``None`` when the connection was reset instead.
    """

    seq: int
    at: float
    service: str
    method: str
    path: str
    query: dict[str, str | list[str]]
    headers: dict[str, str]
    body: Any
    status: int | None
    fault: str | None
    client_port: int | None


class Recorder:
    """Every vendor request since the last clearing, in the order in which they arrived at the service."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._last_seq = 0

    def add(
        self,
        *,
        at: float,
        method: str,
        path: str,
        query: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        status: int | None,
        fault: str | None,
        client_port: int | None,
    ) -> Record:
        """Remember a request, without its secrets. The service is the first part of the path."""
        self._last_seq += 1
        record = Record(
            seq=self._last_seq,
            at=at,
            service=path.split("/", 2)[1],
            method=method,
            path=path,
            query=_gathered(_masked(parse_qsl(query, keep_blank_values=True))),
            headers=dict(_masked(headers)),
            body=_parsed(body),
            status=status,
            fault=fault,
            client_port=client_port,
        )
        self._records.append(record)
        return record

    def select(self, method: str | None = None, path: str | None = None) -> list[dict[str, Any]]:
        """
        List the records as JSON objects, oldest first.

        :param method: only this method, in any case of letters.
        :param path: only paths in which this regular expression is found.
        """
        return [
            asdict(record)
            for record in self._records
            if (method is None or record.method == method.upper()) and (path is None or re.search(path, record.path))
        ]

    def clear(self) -> None:
        """Forget all records; the sequence numbers go on."""
        self._records.clear()


def _masked(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((name, _MASK if name.lower() in _SECRET_NAMES else value) for name, value in pairs)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: several if len(several) > 1 else several[0] for name, several in values.items()}


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
