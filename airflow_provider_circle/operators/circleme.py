"""
Taking new cards from CircleMe, which hands each out as new only once.

This module fits the pieces into Airflow; how the feed is spoken to is written in ``vendors/circleme``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.operators.colors import CIRCLEME
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.landing import LandingOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.operators.keywords import CallingKeywords

__all__ = ["CircleMeTakeNewCardsOperator"]


class CircleMeTakeNewCardsOperator(LandingOperator):
    """
    Takes cards that no reply held before, until there are none or the daily limit is met.

    **This uses them up**: CircleMe counts them against the daily limit and never calls them new again. Each reply is
    stored, as a file of its own, before the next is asked for. A card whose reply was lost on the way is no longer new,
    but still in the stream ``cards``, which ``CircleMeToObjectStorageOperator`` pulls: prefer that where the limit
    allows it. Returns ``{"records", "uris"}``.

    :param path: folder the files go to, each ``new_cards_<time>.jsonl``. (templated)
    :param object_storage_conn_id: connection of the object storage, where it needs one. (templated)
    :param filters: ``lang``, ``item_ids``. (templated)
    :param circleme_conn_id: connection of type *CircleMe*. (templated)
    :raises AirflowFailException: an argument that makes no sense; nothing was sent.
    :raises UnexpectedReply: CircleMe calls cards new that it just handed out; they are stored.

    All other parameters: ``LandingOperator``.

    Source: CircleMe's feed API documentation (Rate Limits & Daily Content Limit)
    """

    template_fields: Sequence[str] = ("circleme_conn_id", "path", "object_storage_conn_id", "filters")
    template_fields_renderers: ClassVar[dict[str, str]] = {"filters": "json"}
    ui_color = CIRCLEME

    def __init__(
        self,
        *,
        path: str,
        object_storage_conn_id: str | None = None,
        filters: Mapping[str, Any] | None = None,
        circleme_conn_id: str = "circleme_default",
        **kwargs: Unpack[CallingKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.object_storage_conn_id = object_storage_conn_id
        self.filters = filters
        self.circleme_conn_id = circleme_conn_id

    def execute(self, context: Context) -> JsonObject:
        """Take and store, reply by reply."""
        from airflow_provider_circle.core.stream import checked_filters
        from airflow_provider_circle.hooks.circleme import CircleMeHook
        from airflow_provider_circle.records.lineage import file_at
        from airflow_provider_circle.records.storage import StoredFolder
        from airflow_provider_circle.vendors.circleme.streams import STREAMS

        folder = StoredFolder(self.path, self.object_storage_conn_id, "path")
        try:
            folder.file("new_cards.jsonl").check()
            checked_filters(STREAMS["cards"], self.filters)
        except ValueError as error:
            raise AirflowFailException(str(error)) from error
        records, uris = 0, []
        taken: set[str] = set()
        with airflow_errors(), CircleMeHook(self.circleme_conn_id, **self.patience()) as hook:
            while cards := hook.take_new_cards(**(self.filters or {})):
                file = folder.file(f"new_cards_{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.jsonl")
                with file.replacing() as target:
                    for card in cards:
                        target.write(json.dumps(card, ensure_ascii=True).encode() + b"\n")
                    size_bytes = target.tell()
                records += len(cards)
                uris.append(file.uri)
                columns = dict.fromkeys(name for card in cards for name in card)
                self.note_read(hook, "cards", rows=records)
                self.note_landed(file_at(file.uri, columns=columns, rows=len(cards), size_bytes=size_bytes))
                if taken.issuperset(str(card.get("id")) for card in cards):
                    raise UnexpectedReply(
                        "CircleMe calls cards new that it just handed out; stopped after storing them"
                    )
                taken.update(str(card.get("id")) for card in cards)
                self.log.info("Stored %d new cards at %s", len(cards), file.uri)
        told = {"records": records, "uris": uris}
        self.tell_assets(context, told)
        return told
