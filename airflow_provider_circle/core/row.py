"""A record on its way to where it is kept: its text, and the few attributes that are looked at on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow_provider_circle.core.json_text import write_json
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.exceptions import UnexpectedReply

__all__ = ["Row"]


class Row:
    """
    A record as one line of JSON; many wait in memory at once, and as objects would take several times the room.

    :param record: the whole record.
    :param attributes: what can be read of it later.
    :raises UnexpectedReply: it is nested too deeply.
    """

    __slots__ = ("_read", "body")

    def __init__(self, record: JsonObject, attributes: Sequence[str]) -> None:
        try:
            self.body = write_json(record)
        except ValueError:
            raise UnexpectedReply("a record is nested too deeply") from None
        self._read = {attribute: record.get(attribute) for attribute in attributes}

    def __eq__(self, other: object) -> bool:
        """Tell whether both say the same in the same words."""
        return isinstance(other, Row) and self.body == other.body

    __hash__ = None  # type: ignore[assignment]  # as a JSON object

    def get(self, attribute: str) -> Any:
        """
        Read an attribute; ``None`` where the record has none, as of a JSON object.

        :raises KeyError: it was not among those to be read.
        """
        return self._read[attribute]
