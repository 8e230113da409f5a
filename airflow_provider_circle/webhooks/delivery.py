"""
What a webhook says, as what is to be recorded: which assets changed, and what is told of each.

Knows bodies and addresses. Who sent them is checked before, and how they are recorded is left to ``recording``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.vendors.circa.push import read_push
from airflow_provider_circle.vendors.circleci.webhooks import read_event
from airflow_provider_circle.webhooks.assets import circa_uri, circleci_uri

__all__ = ["READERS", "Delivery"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    Something a sender tells, once.

    :param delivery_id: the same for every attempt to deliver it.
    :param happened_s: when it happened, in seconds since the epoch, by the sender's clock.
    :param extras: by asset address, the ``extra`` of the event to record.
    """

    delivery_id: str
    happened_s: float
    extras: Mapping[str, JsonObject]


def _circleci(body: JsonObject, conn_id: str) -> Delivery | None:
    event = read_event(body)
    if event is None:
        return None
    extra = {
        "delivery_id": event.delivery_id,
        "conn_id": conn_id,
        "type": event.kind,
        "happened_at": body["happened_at"],
        "project_slug": event.project_slug,
        **event.details,
    }
    return Delivery(event.delivery_id, event.happened_s, {circleci_uri(event.project_slug, event.kind): extra})


def _circa(body: JsonObject, conn_id: str) -> Delivery | None:
    push = read_push(body)
    told = {"delivery_id": push.delivery_id, "conn_id": conn_id, "happened_at": body["changed_at"]}
    extras = {
        circa_uri(resource, conn_id): {**told, "resource": resource, **changes}
        for resource, changes in push.changes.items()
    }
    return Delivery(push.delivery_id, push.happened_s, extras) if extras else None


READERS: Mapping[str, Callable[[JsonObject, str], Delivery | None]] = {"circleci": _circleci, "circa": _circa}
"""
By connection type, how a body is read: with the id of the connection it came through.

A reader gives ``None`` for what is not to be recorded, and raises ``ValueError`` for what the sender would not send.
"""
