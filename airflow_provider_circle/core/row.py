"""A record on its way to where it is kept: its text, and the few attributes that are looked at on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from airflow_provider_circle.core.json_text import read_json, split_json, write_json
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.exceptions import UnexpectedReply

__all__ = ["Row", "read_rows"]


class Row:
    """
    A record as one line of JSON; many wait in memory at once, and as objects would take several times the room.

    :param body: the record's text.
    :param read: the attributes that were read of it; those it does not have are ``None``.
    """

    __slots__ = ("_read", "body")

    def __init__(self, body: bytes, read: Mapping[str, Any]) -> None:
        self.body = body
        self._read = read

    @classmethod
    def of(cls, record: JsonObject, attributes: Sequence[str]) -> Self:
        """
        Write a record as a row.

        :param attributes: what can be read of it later.
        :raises UnexpectedReply: it is nested too deeply.
        """
        try:
            body = write_json(record)
        except ValueError:
            raise UnexpectedReply("a record is nested too deeply") from None
        return cls(body, {attribute: record.get(attribute) for attribute in attributes})

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


def read_rows(text: bytes, under: str, attributes: Sequence[str]) -> Any:
    """
    Read a JSON object, the objects in one of its lists as rows that repeat the text: letter by letter if on one line.

    A number in a row is checked when somebody makes a number of it, not here. Where the text is not as it should be, or
    holds half a surrogate pair, the objects are left as objects.

    :param under: where the list is; what is elsewhere is left as :func:`read_json` has it.
    :param attributes: what can be read of the rows later.
    :raises ValueError: it is not a JSON text, or nested too deeply.
    :raises UnexpectedReply: a number outside of the list is beyond every float.
    """
    parts = split_json(text, under, tuple(attributes))
    if parts is None:
        return read_json(text)
    rest, bodies, read = parts
    return {**rest, under: list(map(Row, bodies, read))}
