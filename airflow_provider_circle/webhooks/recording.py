"""
Deliveries as asset events, each exactly once.

Looking for a duplicate and recording happen in one transaction that holds the asset's row, so it does not matter how
many API servers take the same delivery at once. Airflow's own tables are enough: an asset event carries its delivery's
id. What was delivered is read elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_provider_circle.webhooks.delivery import Delivery

if TYPE_CHECKING:
    from airflow.models.asset import AssetModel
    from sqlalchemy.orm import Session

__all__ = ["ACCEPTED", "DUPLICATE", "UNHEARD", "Stale", "record"]

ACCEPTED = "accepted"
DUPLICATE = "duplicate"
UNHEARD = "unheard"
"""What becomes of a delivery: recorded, recorded before, or of no interest to any DAG."""

_OLDEST_S = 3 * 86_400.0
"""
What happened longer ago is refused. Nothing signs the time of sending, so a copied request could be sent again for
ever; and events that old may have been deleted, so that nothing would tell. Circa gives up after an hour. Unverified:
that CircleCI gives up within three days.
"""

_CLOCK_ERROR_S = 86_400.0
"""How wrong a sender's clock may be. Events recorded before ``happened_s`` minus this cannot be the same delivery."""

_STATEMENT_TIMEOUT_MS = 10_000
"""PostgreSQL gives up a statement after this; the sender has been told to come again by then."""


class Stale(Exception):
    """The delivery is too old, or from the future: whether it came before cannot be told."""


def record(delivery: Delivery, *, now: Callable[[], float] = time.time) -> str:
    """
    Record what a delivery tells, if a DAG is there for it and it was not recorded before.

    :return: ``ACCEPTED``, ``DUPLICATE`` or ``UNHEARD``; accepted means committed.
    :raises Stale: nothing was recorded.
    :raises sqlalchemy.exc.SQLAlchemyError: the database did not take it; nothing was recorded.
    """
    from airflow.assets.manager import asset_manager
    from airflow.utils.session import create_session

    if not -_CLOCK_ERROR_S <= now() - delivery.happened_s <= _OLDEST_S:
        raise Stale
    not_before = datetime.fromtimestamp(delivery.happened_s - _CLOCK_ERROR_S, UTC)
    to_tell: list[Callable[[], None]] = []
    outcome = UNHEARD
    # A session of its own: the threads that record are used again, and share nothing.
    with create_session(scoped=False) as session:
        _limit(session)
        for asset in _scheduled_on(session, list(delivery.extras)):
            _lock(session, asset)
            if _is_recorded(session, asset, delivery.delivery_id, not_before):
                outcome = DUPLICATE if outcome == UNHEARD else outcome
                continue
            asset_manager.register_asset_change(
                asset=asset,
                extra=delivery.extras[asset.uri],
                session=session,
                callback_sink=to_tell,  # Before Airflow 3.3 it is ignored, and listeners are told at once.
            )
            outcome = ACCEPTED
    for tell in to_tell:
        tell()
    return outcome


def _limit(session: Session) -> None:
    from sqlalchemy import text

    if _dialect(session) == "postgresql":
        session.execute(text(f"SET LOCAL statement_timeout = {_STATEMENT_TIMEOUT_MS}"))


def _scheduled_on(session: Session, uris: list[str]) -> list[AssetModel]:
    """Find the assets that a DAG is scheduled on, paused or not, in an order in which all processes lock them."""
    from airflow.models.asset import (
        AssetModel,
        DagScheduleAssetNameReference,
        DagScheduleAssetReference,
        DagScheduleAssetUriReference,
    )
    from airflow.models.dag import DagModel
    from sqlalchemy import or_, select

    def read_by(reference: Any, *conditions: Any) -> Any:
        return (
            select(reference.dag_id)
            .join(DagModel, DagModel.dag_id == reference.dag_id)
            .where(*conditions, DagModel.is_stale.is_(False))
            .exists()
        )

    wanted = (
        select(AssetModel)
        .where(AssetModel.uri.in_(uris), AssetModel.active.has())
        .where(
            or_(
                read_by(DagScheduleAssetReference, DagScheduleAssetReference.asset_id == AssetModel.id),
                read_by(DagScheduleAssetNameReference, DagScheduleAssetNameReference.name == AssetModel.name),
                read_by(DagScheduleAssetUriReference, DagScheduleAssetUriReference.uri == AssetModel.uri),
            )
        )
        .order_by(AssetModel.id)
    )
    return list(session.scalars(wanted))


def _lock(session: Session, asset: AssetModel) -> None:
    """Let no other transaction record for this asset until this one has ended."""
    from airflow.models.asset import AssetModel
    from sqlalchemy import select, update

    its_row = AssetModel.id == asset.id
    if _dialect(session) == "sqlite":
        # SQLite locks no rows, but everything, from the first write on.
        session.execute(
            update(AssetModel).where(its_row).values(id=AssetModel.id).execution_options(synchronize_session=False)
        )
    else:
        session.execute(select(AssetModel.id).where(its_row).with_for_update(key_share=True))


def _is_recorded(session: Session, asset: AssetModel, delivery_id: str, not_before: datetime) -> bool:
    from airflow.models.asset import AssetEvent
    from sqlalchemy import String, cast, select

    # How a database looks into JSON differs; all of them find a text in it. What is found is looked at.
    candidates = select(AssetEvent.extra).where(
        AssetEvent.asset_id == asset.id,
        AssetEvent.timestamp >= not_before,
        cast(AssetEvent.extra, String).contains(delivery_id, autoescape=True),
    )
    return any(
        isinstance(extra, dict) and extra.get("delivery_id") == delivery_id for extra in session.scalars(candidates)
    )


def _dialect(session: Session) -> str:
    return str(session.get_bind().dialect.name)
