"""Databases as Airflow has them, empty but for what a test schedules, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

collect_ignore = [] if AIRFLOW_V_3_1_PLUS else ["test_app.py", "test_recording.py", "test_connections.py"]
"""Airflow before 3.1 has neither the receiver nor what it is made of."""


class Metadata:
    """Airflow's tables."""

    def __init__(self, sessions: Any) -> None:
        self._sessions = sessions

    def schedule(
        self, uri: str, dag_id: str = "reader", *, by: str = "asset", stale: bool = False, paused: bool = False
    ) -> None:
        """Let a DAG be scheduled on an asset."""
        from airflow.models.asset import (
            AssetActive,
            AssetModel,
            DagScheduleAssetNameReference,
            DagScheduleAssetReference,
            DagScheduleAssetUriReference,
        )
        from airflow.models.dag import DagModel
        from airflow.models.dagbundle import DagBundleModel
        from sqlalchemy import select

        with self._sessions.begin() as session:
            session.merge(DagBundleModel(name="bundle"))
            session.flush()
            make_dag: Any = DagModel
            session.merge(make_dag(dag_id=dag_id, bundle_name="bundle", is_stale=stale, is_paused=paused))
            asset = session.scalar(select(AssetModel).where(AssetModel.uri == uri))
            if asset is None:
                asset = AssetModel(name=uri, uri=uri, group="asset", extra={})
                session.add(asset)
                session.flush()
                session.add(AssetActive(name=asset.name, uri=asset.uri))
            session.flush()
            references: dict[str, Any] = {
                "asset": DagScheduleAssetReference(asset_id=asset.id, dag_id=dag_id),
                "name": DagScheduleAssetNameReference(name=uri, dag_id=dag_id),
                "uri": DagScheduleAssetUriReference(uri=uri, dag_id=dag_id),
            }
            if by in references:
                session.add(references[by])

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """All asset events, oldest first."""
        from airflow.models.asset import AssetEvent, AssetModel
        from sqlalchemy import select

        with self._sessions() as session:
            found = select(AssetModel.uri, AssetEvent.extra).join(AssetEvent, AssetEvent.asset_id == AssetModel.id)
            return [tuple(row) for row in session.execute(found.order_by(AssetEvent.id))]

    def queued(self) -> set[str]:
        """The DAGs that are going to run."""
        from airflow.models.asset import AssetDagRunQueue
        from sqlalchemy import select

        with self._sessions() as session:
            return set(session.scalars(select(AssetDagRunQueue.target_dag_id)))

    def holding(self, uri: str) -> Any:
        """A transaction that holds an asset's row until it is closed."""
        from airflow.models.asset import AssetModel
        from sqlalchemy import update

        session = self._sessions()
        session.execute(update(AssetModel).where(AssetModel.uri == uri).values(group="held"))
        return session


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A database with Airflow's tables, made once."""
    from airflow import models
    from airflow.models.base import Base
    from sqlalchemy import create_engine

    all_models: Any = models
    all_models.import_all_models()
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path_factory.mktemp('metadata')}/airflow.db"
    else:
        address = request.getfixturevalue("postgres_server").new_database().url
    engine = create_engine(address)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def metadata(database: Any, monkeypatch: pytest.MonkeyPatch) -> Metadata:
    """The same, empty, in the place of Airflow's own."""
    from airflow import settings
    from airflow.models import asset
    from airflow.models.dag import DagModel
    from sqlalchemy import delete
    from sqlalchemy.orm import sessionmaker

    sessions = sessionmaker(bind=database, expire_on_commit=False)
    with sessions.begin() as session:
        for model in (
            asset.AssetDagRunQueue,
            asset.AssetEvent,
            asset.DagScheduleAssetReference,
            asset.DagScheduleAssetNameReference,
            asset.DagScheduleAssetUriReference,
            asset.AssetActive,
            asset.AssetModel,
            DagModel,
        ):
            session.execute(delete(model))
    monkeypatch.setattr(settings, "NonScopedSession", sessions)
    return Metadata(sessions)
