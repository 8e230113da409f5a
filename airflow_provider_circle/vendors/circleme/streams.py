"""CircleMe's lists worth pulling, as data, and how they are narrowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from airflow_provider_circle.core.endpoint import Query
from airflow_provider_circle.core.stream import NewestFirst, Parent, Stream, one_of
from airflow_provider_circle.vendors.circleme import endpoints
from airflow_provider_circle.vendors.circleme.endpoints import CARDS_PER_PAGE

__all__ = ["LANGUAGES", "STREAMS", "joined_ids", "time_text"]

LANGUAGES = ("english", "italian")
"""Of cards; the service's default is the first."""


def time_text(moment: datetime) -> str:
    """Write a moment as cards have it: UTC, milliseconds, such as ``2017-05-10T01:18:04.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def joined_ids(name: str, value: Any) -> Query:
    """
    Turn interest ids into the parameter that narrows cards to them.

    :param value: ids, or a text with ids between commas.
    :raises ValueError: no id, or something else among them.
    """
    given = value.split(",") if isinstance(value, str) else value
    ids = [str(one).strip() for one in given] if isinstance(given, Sequence | set | frozenset) else []
    if not ids or not all(one.isascii() and one.isdigit() for one in ids):
        raise ValueError(f"{name} must be a list of interest ids such as [350481, 26619], got {value!r:.60}")
    return {"item_ids": ",".join(ids)}


STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        Stream("items", endpoints.LIST_INTEREST_IDS, key=("item_id",)),
        # An interest names itself by a number, lists by a text: both are kept, each where it came from.
        Stream(
            "interests",
            endpoints.GET_INTEREST,
            key=("item_id",),
            parent=Parent("items", "interest_id", "item_id", key="item_id"),
        ),
        Stream(
            "cards",
            endpoints.LIST_CARDS,
            cursor="date",
            window=NewestFirst(before="before_date", write=time_text),
            query={"limit": CARDS_PER_PAGE},
            filters={"lang": one_of("lang", *LANGUAGES), "item_ids": joined_ids},
        ),
    )
}
"""By name. Windows of cards are of ``date``."""
