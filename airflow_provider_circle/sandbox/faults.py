"""
Faults that can be switched on: what goes wrong, for which requests, how often.

Knows the kinds of fault and decides which request meets one. Carrying it out on the wire is the gateway's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

__all__ = ["KINDS", "Fault", "FaultBoard", "FaultKind"]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """
    What a kind of fault does.

    :param processed: the service does what it was asked before the fault strikes.
    :param options: fields a fault of this kind may set.
    """

    summary: str
    processed: bool
    options: frozenset[str] = frozenset()


_ANSWER = frozenset({"status", "retry_after", "body"})

KINDS: dict[str, FaultKind] = {
    "status": FaultKind("answers with another status; not processed", processed=False, options=_ANSWER),
    "status_after": FaultKind("processed, then answers with another status", processed=True, options=_ANSWER),
    "reset": FaultKind("aborts the connection; not processed", processed=False),
    "reset_after": FaultKind("processed, then aborts the connection without a reply", processed=True),
    "stall": FaultKind("processed, the reply comes `seconds` later", processed=True, options=frozenset({"seconds"})),
    "slow": FaultKind("the body drips in over `seconds`", processed=True, options=frozenset({"seconds"})),
    "cut": FaultKind("half of the announced body, then the connection closes", processed=True),
    "html": FaultKind("an HTML page (502 by default); not processed", processed=False, options=frozenset({"status"})),
    "malformed": FaultKind("processed, answers 200 with broken JSON", processed=True),
    "empty": FaultKind("processed, answers 200 with an empty body", processed=True),
}

_MATCHING = frozenset({"kind", "method", "path", "times", "skip"})
_DEFAULT_STATUS = {"status": 503, "status_after": 503, "html": 502}


@dataclass(slots=True)
class Fault:
    """
    One switched-on fault.

    :param method: only requests with this method; ``None`` is any.
    :param path: only raw paths in which this regular expression is found; ``None`` is any.
    :param times: strikes this often, then no more; ``None`` is until cleared.
    :param skip: lets this many matching requests through first.
    :param seconds: real seconds, for ``stall`` and ``slow``.
    """

    kind: str
    method: str | None = None
    path: str | None = None
    times: int | None = None
    skip: int = 0
    status: int = 503
    retry_after: str | None = None
    body: Any = None
    seconds: float = 1.0
    hits: int = field(default=0, init=False)
    skipped: int = field(default=0, init=False)

    @classmethod
    def from_json(cls, wanted: dict[str, Any]) -> Fault:
        """
        Read a fault from a control request.

        :raises ValueError: an unknown kind, a field that kind does not have, or a value of the wrong type.
        """
        kind = wanted.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {kind!r}")
        unknown = sorted(wanted.keys() - _MATCHING - KINDS[kind].options)
        if unknown:
            raise ValueError(f"a fault of kind {kind} has no {', '.join(unknown)}")
        fault = cls(**{"status": _DEFAULT_STATUS.get(kind, 200), **wanted})
        fault._check()
        return fault

    @property
    def processed(self) -> bool:
        """Whether the service does what it was asked before the fault strikes."""
        return KINDS[self.kind].processed

    def strikes(self, method: str, raw_path: str) -> bool:
        """Decide about one request, and count it."""
        if self.method is not None and self.method.upper() != method:
            return False
        if self.path is not None and not re.search(self.path, raw_path):
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        if self.skipped < self.skip:
            self.skipped += 1
            return False
        self.hits += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """Describe the fault and how often it struck."""
        shown = {"kind", "method", "path", "times", "skip", "hits"} | KINDS[self.kind].options
        return {name: getattr(self, name) for name in self.__slots__ if name in shown}

    def _check(self) -> None:
        expected: tuple[tuple[str, bool, str], ...] = (
            ("method", isinstance(self.method, str | None), "a text"),
            ("path", isinstance(self.path, str | None), "a text"),
            ("times", self.times is None or _is_count(self.times), "an integer of 0 or more"),
            ("skip", _is_count(self.skip), "an integer of 0 or more"),
            ("status", _is_count(self.status) and 200 <= self.status <= 599, "an integer from 200 to 599"),
            ("retry_after", isinstance(self.retry_after, str | None), "a text, as the header holds it, such as '7'"),
            ("seconds", _is_number(self.seconds) and self.seconds >= 0, "a number of 0 or more"),
        )
        for name, good, right in expected:
            if not good:
                raise ValueError(f"{name} must be {right}; got {getattr(self, name)!r}")
        if self.path is not None:
            try:
                re.compile(self.path)
            except re.error as error:
                raise ValueError(f"path is not a regular expression: {error}") from error


class FaultBoard:
    """All switched-on faults; the first that matches a request strikes."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._faults.append(fault)

    def take(self, method: str, raw_path: str) -> Fault | None:
        """Give the fault that strikes this request, if any."""
        return next((fault for fault in self._faults if fault.strikes(method, raw_path)), None)

    def as_json(self) -> list[dict[str, Any]]:
        """Describe all faults with their hit counts, in the order in which they were added."""
        return [fault.as_json() for fault in self._faults]

    def clear(self) -> None:
        """Switch all faults off."""
        self._faults.clear()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and _is_number(value) and value >= 0
