"""
Export jobs: the contacts of an event as a file.

Knows the life of a job, the file, and the signed URL under which a storage service hands it out.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from airflow_provider_circle.sandbox.circa.generated import BLANK, FIELDS
from airflow_provider_circle.sandbox.circa.ids import id_of
from airflow_provider_circle.sandbox.circa.refusals import not_found

__all__ = ["Export", "Exports"]

_DURATION_S = 10.0
_PENDING_SHARE = 0.4

_COLUMNS = (
    "id",
    *(name for name in BLANK["Contact"] if name != "custom_fields"),
    *(field["name"] for field in FIELDS if field["fields_for"] == "Contact"),
    "created_at",
    "updated_at",
    "created_by",
    "updated_by",
    "registration_status",
    "check_in_status",
)
"""Unverified: all of them, and their names."""

_PARTS = (
    ("company", "name"),
    ("owner", "email"),
    ("created_by", "email"),
    ("updated_by", "email"),
    ("sync_status", "status"),
)
_NESTED = frozenset({"custom_fields", "engagement", *(name for name, _ in _PARTS)})

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Export:
    """
    One job.

    :param file: what can be downloaded in the end.
    """

    number: int
    event: int
    created_s: float
    duration_s: float
    fails: bool
    file: bytes

    @property
    def id(self) -> str:
        """What the service calls the job."""
        return id_of("Export", self.number)

    @property
    def signature(self) -> str:
        """What makes the URL of the file impossible to guess."""
        return sha256(f"sandbox {self.id} {self.created_s}".encode()).hexdigest()[:32]

    def status(self, now_s: float) -> str:
        """Give the status at a time."""
        elapsed_s = now_s - self.created_s
        if elapsed_s >= self.duration_s:
            return "failed" if self.fails else "completed"
        return "processing" if elapsed_s >= self.duration_s * _PENDING_SHARE else "pending"


class Exports:
    """
    All jobs.

    :ivar duration_s: virtual seconds from the order to the end.
    :ivar fails: so many of the next jobs fail.
    :ivar refused_downloads: downloads that were refused.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all jobs and what was chosen for the next."""
        self.duration_s = _DURATION_S
        self.fails = 0
        self.refused_downloads = 0
        self._last = 0
        self.jobs: dict[int, Export] = {}

    def order(self, event: int, rows: Iterable[JsonObject], now: Callable[[], float]) -> Export:
        """
        Start a job; the file holds the rows as they are now.

        :param now: gives the virtual time; asked when the file is written, for a large one takes seconds.
        """
        file = _write(rows)
        self._last += 1
        fails = self.fails > 0
        self.fails -= fails
        job = Export(self._last, event, now(), self.duration_s, fails, file)
        self.jobs[job.number] = job
        return job

    def find(self, event: int, number: int | None) -> Export:
        """
        Find a job of an event.

        :raises Refused: 404.
        """
        job = None if number is None else self.jobs.get(number)
        if job is None or job.event != event:
            raise not_found("Export")
        return job


def _write(rows: Iterable[JsonObject]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(map(_flat, rows))
    return text.getvalue().encode()


def _flat(row: JsonObject) -> JsonObject:
    cells = {name: _cell(value) for name, value in row.items() if name not in _NESTED}
    cells |= {field["name"]: _cell(field["value"]) for field in row["custom_fields"]}
    for name, part in _PARTS:
        cells[name] = (row[name] or {}).get(part)
    return cells


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else value
