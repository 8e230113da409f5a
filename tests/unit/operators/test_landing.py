"""What OpenLineage and assets hear of tasks that land something: all of it that is true, and nothing secret."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import Asset, AssetAlias, TaskDeferred

from airflow_provider_circle.exceptions import ServiceDown
from airflow_provider_circle.hooks.circa import CircaHook
from airflow_provider_circle.operators.circa import CircaExportEventContactsOperator, CircaPullContactsOperator
from airflow_provider_circle.operators.circleci_artifacts import CircleCIDownloadArtifactsOperator
from airflow_provider_circle.operators.circleci_tests import CircleCITestResultsOperator
from airflow_provider_circle.operators.circleci_usage import CircleCIExportUsageOperator
from airflow_provider_circle.operators.circleme import CircleMeTakeNewCardsOperator
from airflow_provider_circle.sandbox.circleci.slugs import Organization
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transfers.circa import CircaToObjectStorageOperator, CircaToSqlOperator
from airflow_provider_circle.transfers.circle_admin import CircleAdminToObjectStorageOperator
from airflow_provider_circle.transfers.circleci import CircleCIToObjectStorageOperator
from airflow_provider_circle.transfers.circleme import CircleMeToObjectStorageOperator
from tests.unit.operators.leaving import PATIENCE, SLUG, ran
from tests.unit.running import FakeOutletEvents, context

ORG_ID = Organization("gh", "acme").id
CANARY = "canary-in-an-extra-4711"
TABLE: dict[str, Any] = {"table": "landed", "sql_conn_id": "landing"}
CONTACT = {"id", "email", "updated_at"}

openlineage = pytest.importorskip(
    "airflow.providers.openlineage.extractors.base", reason="the extra openlineage is not installed"
)


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sandbox:
    """All services behind their connections, with something to read, and a database; extras hold a secret."""
    connections = {
        "CIRCLECI_DEFAULT": {**json.loads(circle_sandbox.connection_json()), "extra": {"webhook_secret": CANARY}},
        "CIRCA_DEFAULT": json.loads(circle_sandbox.circa_connection_json()),
        "CIRCLE_ADMIN_DEFAULT": json.loads(circle_sandbox.circle_admin_connection_json()),
        "CIRCLEME_DEFAULT": json.loads(circle_sandbox.circleme_connection_json()),
        "LANDING": {"conn_type": "sqlite", "host": str(tmp_path / "landed.db"), "extra": {"key": CANARY}},
    }
    for name, connection in connections.items():
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(connection))
    circle_sandbox.set_speed(0)
    circle_sandbox.circleme_limit(None)
    circle_sandbox.circleme_daily_limit(None)
    circle_sandbox.circa_populate(contacts=20, events=1, contacts_per_event=20)
    circle_sandbox.circleme_populate(cards=60)
    return circle_sandbox


@dataclass(frozen=True)
class Case:
    """
    A kind of task.

    :param make: a task that lands in a folder.
    :param read: the service and the list.
    :param rows: read; ``None`` where nobody counts them.
    :param names: of what lands, below the folder.
    :param columns: among those of each.
    """

    make: Callable[[Sandbox, Path], Any]
    read: tuple[str, str]
    rows: int | None
    names: list[str]
    statistics: set[str]
    columns: set[str] = field(default_factory=set)


def seen(**more: Any) -> Any:
    """The context of a run."""
    return context(dag_run=SimpleNamespace(logical_date=datetime(2026, 3, 2, tzinfo=UTC)), **more)


def contacts(operator: Any, **options: Any) -> Any:
    return operator(task_id="pull", window="full", **PATIENCE, **options)


def artifacts(sandbox: Sandbox, folder: Path) -> Any:
    return CircleCIDownloadArtifactsOperator(task_id="a", pipeline_id=ran(sandbox), path=f"{folder}/builds", **PATIENCE)


def test_results(sandbox: Sandbox, folder: Path) -> Any:
    path = f"{folder}/tests.csv"
    return CircleCITestResultsOperator(task_id="t", pipeline_id=ran(sandbox), path=path, **TABLE, **PATIENCE)


test_results.__test__ = False  # type: ignore[attr-defined]  # it makes a task


def usage(sandbox: Sandbox, folder: Path) -> Any:
    ran(sandbox)
    end = datetime.fromtimestamp(sandbox.now(), UTC)
    return CircleCIExportUsageOperator(
        task_id="u",
        org_id=ORG_ID,
        path=str(folder),
        start=end - timedelta(days=1),
        end=end,
        deferrable=False,
        **PATIENCE,
    )


def export(sandbox: Sandbox, folder: Path, *, deferrable: bool = False) -> Any:
    event = sandbox.circa_events()[0]["id"]
    return CircaExportEventContactsOperator(
        task_id="e", event_id=event, path=f"{folder}/event.csv", deferrable=deferrable, **PATIENCE
    )


ROWS_AND_SIZE = {"rowCount", "size", "fileCount"}
SIZE = {"size", "fileCount"}

CASES = {
    "list_to_json_lines": Case(
        lambda _, folder: contacts(CircaToObjectStorageOperator, stream="contacts", path=f"{folder}/c.jsonl.gz"),
        ("circa", "contacts"), 20, ["c.jsonl.gz"], ROWS_AND_SIZE, CONTACT,
    ),
    "list_to_csv": Case(
        lambda _, folder: contacts(CircaToObjectStorageOperator, stream="contacts", path=f"{folder}/c.csv"),
        ("circa", "contacts"), 20, ["c.csv"], ROWS_AND_SIZE, CONTACT,
    ),
    "list_to_table": Case(
        lambda *_: contacts(CircaToSqlOperator, stream="contacts", **TABLE),
        ("circa", "contacts"), 20, ["main.landed"], {"rowCount"}, {*CONTACT, "_content_hash"},
    ),
    "list_to_file_and_table": Case(
        lambda _, folder: contacts(CircaPullContactsOperator, path=f"{folder}/c.parquet", **TABLE),
        ("circa", "contacts"), 20, ["c.parquet", "main.landed"], {"rowCount"}, CONTACT,
    ),
    "changes_to_file": Case(
        lambda _, folder: contacts(
            CircaToObjectStorageOperator, stream="contacts", path=f"{folder}/c.jsonl", changes_only=True,
            state_path=f"{folder}/state",
        ),
        ("circa", "contacts"), 20, ["c.jsonl"], ROWS_AND_SIZE, {*CONTACT, "_change"},
    ),
    "list_of_a_project": Case(
        lambda sandbox, folder: ran(sandbox) and contacts(
            CircleCIToObjectStorageOperator, stream="pipelines", project_slug=SLUG, path=f"{folder}/p.csv"
        ),
        ("circleci", f"{SLUG}/pipelines"), 1, ["p.csv"], ROWS_AND_SIZE, {"id", "number", "created_at"},
    ),
    "list_of_a_community": Case(
        lambda _, folder: contacts(CircleAdminToObjectStorageOperator, stream="spaces", path=f"{folder}/s.csv"),
        ("circle-admin", "spaces"), 6, ["s.csv"], ROWS_AND_SIZE, {"id", "name"},
    ),
    "cards": Case(
        lambda _, folder: contacts(CircleMeToObjectStorageOperator, stream="cards", path=f"{folder}/c.csv"),
        ("circleme", "cards"), 60, ["c.csv"], ROWS_AND_SIZE, {"id", "date"},
    ),
    "new_cards": Case(
        lambda _, folder: CircleMeTakeNewCardsOperator(task_id="n", path=str(folder), **PATIENCE),
        ("circleme", "cards"), 60, ["new_cards_", "new_cards_"], ROWS_AND_SIZE, {"id", "date"},
    ),
    "artifacts": Case(artifacts, ("circleci", f"{SLUG}/artifacts"), 4, ["builds"], SIZE),
    "test_results": Case(
        test_results, ("circleci", f"{SLUG}/test_results"), 30, ["tests.csv", "main.landed"], {"rowCount"}, {"name"},
    ),
    "usage": Case(usage, ("circleci", f"{ORG_ID}/usage"), None, [f"usage_{ORG_ID}_"], SIZE),
    "export": Case(export, ("circa", "event_contacts"), None, ["event.csv"], SIZE),
}  # fmt: skip
EVERY_KIND = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def lineage(task: Any, *, failed: bool = False) -> dict[str, Any]:
    """What Airflow's OpenLineage provider hears, and would send."""
    from openlineage.client.serde import Serde

    extractor = openlineage.DefaultExtractor(task)
    ended = SimpleNamespace(state="failed" if failed else "success")
    on_failure = getattr(extractor, "extract_on_failure", extractor.extract_on_complete)  # of newer releases
    found = on_failure(ended) if failed else extractor.extract_on_complete(ended)
    return {side: [Serde.to_dict(one) for one in getattr(found, side, ())] for side in ("inputs", "outputs")}


def made(case: Case, sandbox: Sandbox, folder: Path) -> Any:
    task = case.make(sandbox, folder)
    task.sleep = sandbox.advance
    return task


def columns(dataset: dict[str, Any]) -> set[str]:
    return {column["name"] for column in dataset["facets"].get("schema", {}).get("fields", ())}


@EVERY_KIND
def test_lineage_leads_from_the_services_list_to_what_landed(case: Case, sandbox: Sandbox, tmp_path: Path) -> None:
    task = made(case, sandbox, tmp_path)
    told = task.execute(seen())
    heard = lineage(task)

    (read,) = heard["inputs"]
    service, name = case.read
    assert (read["namespace"].partition("://")[0], read["name"]) == (service, name)
    assert read["namespace"].endswith(f"://{sandbox.url.partition('://')[2]}")
    assert read["inputFacets"].get("inputStatistics", {}).get("rowCount") == case.rows
    assert read["facets"]["dataSource"]["name"] == f"{service.replace('-', '_')}_default"

    assert len(heard["outputs"]) == len(case.names)
    for landed, named in zip(heard["outputs"], case.names, strict=True):
        if named.startswith("main."):
            assert (landed["namespace"], landed["name"]) == (f"sqlite://{tmp_path}/landed.db", named)
        else:
            assert (landed["namespace"], landed["name"].startswith(f"{tmp_path}/{named}")) == ("file", True)
        statistics = landed["outputFacets"]["outputStatistics"]
        assert case.statistics <= {name for name, value in statistics.items() if value is not None}
        assert case.columns <= columns(landed)
    assert json.loads(json.dumps(told)) == told


@pytest.mark.parametrize(
    ("kind", "statistics"),
    [
        ("list_to_json_lines", [(20, 1)]),
        ("list_to_table", [(20, None)]),
        ("artifacts", [(None, 4)]),
        ("new_cards", [(50, 1), (10, 1)]),
        ("test_results", [(30, 1), (30, None)]),
    ],
)
def test_rows_and_files_that_landed_are_counted(
    sandbox: Sandbox, tmp_path: Path, kind: str, statistics: list[tuple[int | None, int | None]]
) -> None:
    task = made(CASES[kind], sandbox, tmp_path)
    task.execute(seen())

    counted = [landed["outputFacets"]["outputStatistics"] for landed in lineage(task)["outputs"]]
    assert [(one.get("rowCount"), one.get("fileCount")) for one in counted] == statistics


def test_size_is_that_of_the_files(sandbox: Sandbox, tmp_path: Path) -> None:
    task = made(CASES["usage"], sandbox, tmp_path)
    task.execute(seen())

    sizes = {one["name"]: one["outputFacets"]["outputStatistics"]["size"] for one in lineage(task)["outputs"]}
    assert sizes == {str(path): path.stat().st_size for path in tmp_path.glob("usage_*")}


@EVERY_KIND
def test_no_secret_is_in_lineage_and_none_in_an_assets_event(case: Case, sandbox: Sandbox, tmp_path: Path) -> None:
    asset, events = Asset("s3://lake/landed"), FakeOutletEvents()
    task = made(case, sandbox, tmp_path)
    task.outlets = [asset]
    task.execute(seen(outlet_events=events))

    said = json.dumps([lineage(task), events[asset].extra])
    secrets = {CANARY, *(sandbox.token_of(service) for service in ("circleci", "circa", "circle-admin", "circleme"))}
    assert [secret for secret in secrets if secret in said] == []
    assert "signature" not in said


@EVERY_KIND
def test_assets_hear_what_is_returned_and_an_alias_nothing(case: Case, sandbox: Sandbox, tmp_path: Path) -> None:
    asset, events = Asset("s3://lake/landed"), FakeOutletEvents()
    task = made(case, sandbox, tmp_path)
    task.outlets = [AssetAlias("landed"), asset]

    told = task.execute(seen(outlet_events=events))

    assert events.told.keys() == {asset.uri}
    assert json.loads(json.dumps(events[asset].extra)) == told


def test_resumed_task_tells_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    waiting, asset, events = export(sandbox, tmp_path, deferrable=True), Asset("s3://lake/event"), FakeOutletEvents()
    with pytest.raises(TaskDeferred) as deferred:
        waiting.execute(seen())
    order = deferred.value.trigger.serialize()[1]
    sandbox.advance(60)
    ended = CircaHook().wait_for_export(
        order["event_id"], order["export_id"], waiting._schedule(), started_s=0.0, deadline_s=0.0
    )
    resumed = export(sandbox, tmp_path, deferrable=True)
    resumed.outlets = [asset]

    told = resumed.execute_complete(seen(outlet_events=events), {"status": "seen", "seen": ended})

    (landed,) = lineage(resumed)["outputs"]
    assert (landed["name"], events[asset].extra) == (f"{tmp_path}/event.csv", told)
    assert lineage(waiting) == {"inputs": [], "outputs": []}


def test_failed_task_tells_what_had_landed_before(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.add_fault("status", status=503, skip=1, times=9)
    task = made(CASES["new_cards"], sandbox, tmp_path)
    with pytest.raises(ServiceDown):
        task.execute(seen())

    heard = lineage(task, failed=True)

    assert [one["outputFacets"]["outputStatistics"]["rowCount"] for one in heard["outputs"]] == [50]


def test_file_that_landed_is_told_though_the_table_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    import sqlite3

    from airflow.providers.common.compat.sdk import AirflowFailException

    with sqlite3.connect(tmp_path / "landed.db") as connection:
        connection.execute("CREATE TABLE landed (id TEXT PRIMARY KEY, email BOOLEAN)")
    task = made(CASES["list_to_file_and_table"], sandbox, tmp_path)
    with pytest.raises(AirflowFailException, match="email"):
        task.execute(seen())

    assert [one["name"] for one in lineage(task, failed=True)["outputs"]] == [f"{tmp_path}/c.parquet"]


@pytest.mark.parametrize("failed", [False, True])
def test_task_that_landed_nothing_tells_nothing(sandbox: Sandbox, tmp_path: Path, failed: bool) -> None:
    task = made(CASES["list_to_csv"], sandbox, tmp_path)

    assert lineage(task, failed=failed) == {"inputs": [], "outputs": []}


def test_without_the_extra_nothing_is_told_and_nothing_fails(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith(("openlineage", "airflow.providers.openlineage"))]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("openlineage", "airflow.providers.openlineage"):
        monkeypatch.setitem(sys.modules, name, None)
    task = made(CASES["list_to_csv"], sandbox, tmp_path)

    assert task.execute(seen())["records"] == 20
    assert task.get_openlineage_facets_on_complete(None) is None
