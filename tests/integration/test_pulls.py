"""Pulls on a real Airflow: into files and a PostgreSQL, day by day, and through the death of their workers."""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest
from psycopg2 import sql

from airflow_provider_circle.sandbox.client import Sandbox
from tools.airflow_instance import AirflowInstance
from tools.canary import Canaries
from tools.postgres import PostgresDatabase

KILLS = 20
LONGEST_PULL_S = 2.0


def landed(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def versions(records: list[dict[str, Any]]) -> Counter[tuple[str, datetime]]:
    """What was landed, by id and time of change."""
    return Counter((record["id"], datetime.fromisoformat(record["updated_at"])) for record in records)


def rows(warehouse: PostgresDatabase, table: str) -> Counter[tuple[str, datetime]]:
    connection = psycopg2.connect(warehouse.url.replace("+psycopg2", ""))
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT id, updated_at FROM {}").format(sql.Identifier(table)))
            return Counter((key, moment.astimezone(UTC)) for key, moment in cursor.fetchall())
    finally:
        connection.close()


def test_seven_days_of_catchup_land_seven_disjoint_and_complete_windows(
    airflow: AirflowInstance, sandbox: Sandbox, warehouse: PostgresDatabase, pulls_folder: Path, today: datetime
) -> None:
    sandbox.circa_populate(contacts=700, since_s=(today - timedelta(days=8)).timestamp(), until_s=today.timestamp())
    airflow.unpause("seven_days")
    airflow.wait_for(
        lambda: [run["state"] for run in airflow.runs("seven_days")] == ["success"] * 7,
        "seven runs to succeed",
        timeout_s=300,
    )

    files = sorted((pulls_folder / "seven_days").iterdir())
    truth = [
        contact
        for contact in sandbox.circa_contacts()
        if today - timedelta(days=7) <= datetime.fromisoformat(contact["updated_at"]) < today
    ]
    assert len(files) == 7
    for day, file in enumerate(files):
        begin = today - timedelta(days=7 - day)
        moments = [datetime.fromisoformat(record["updated_at"]) for record in landed(file)]
        assert moments
        assert all(begin <= moment < begin + timedelta(days=1) for moment in moments)
    assert sum((versions(landed(file)) for file in files), Counter()) == versions(truth)
    assert rows(warehouse, "seven_days") == versions(truth)


def test_twenty_killed_workers_leave_exactly_the_true_rows_in_file_and_table(
    airflow: AirflowInstance, sandbox: Sandbox, warehouse: PostgresDatabase, pulls_folder: Path
) -> None:
    sandbox.circa_populate(contacts=5_000)
    chance = random.Random(20261122)  # noqa: S311  moments, not secrets
    airflow.run("killed", "twenty")

    killed = 0
    with_delay = pulling_processes(sandbox)
    airflow.wait_for(lambda: sandbox.requests(path="/contacts$"), "the first page to be asked for", timeout_s=120)
    deadline_s = time.monotonic() + 300
    while killed < KILLS and time.monotonic() < deadline_s:
        process = next(with_delay)
        if process is None:
            time.sleep(0.05)
            continue
        time.sleep(chance.uniform(0, LONGEST_PULL_S / 4))
        try:
            process.send_signal(signal.SIGKILL)
            killed += 1
        except psutil.NoSuchProcess:
            continue
        if airflow.run_state("killed", "twenty") != "running":
            break

    assert airflow.wait_for_run("killed", "twenty", timeout_s=400) == "success"
    tries = [airflow.task("killed", "twenty", "pull", index)["try_number"] for index in range(4)]
    assert sum(tries) - len(tries) == killed >= KILLS
    truth = versions(sandbox.circa_contacts())
    for number in range(4):
        assert versions(landed(pulls_folder / "killed" / f"{number}.jsonl.gz")) == truth
        assert rows(warehouse, f"killed_{number}") == truth
    assert sorted(path.name for path in (pulls_folder / "killed").iterdir() if not path.name.endswith(".partial")) == [
        f"{number}.jsonl.gz" for number in range(4)
    ]


def pulling_processes(sandbox: Sandbox) -> Iterator[psutil.Process | None]:
    """Processes that have a connection to the sandbox, each once; ``None`` while there is no new one."""
    port = int(sandbox.url.rpartition(":")[2])
    known = {os.getpid()}
    while True:
        found = None
        for connection in psutil.net_connections("tcp"):
            pid = connection.pid
            if pid and pid not in known and connection.raddr and connection.raddr.port == port:
                known.add(pid)
                found = psutil.Process(pid)
                break
        yield found


def test_watermark_in_airflows_asset_state_moves_from_run_to_run(
    airflow: AirflowInstance, sandbox: Sandbox, pulls_folder: Path
) -> None:
    sandbox.circa_populate(contacts=60)
    airflow.run("by_watermark", "first")
    assert airflow.wait_for_run("by_watermark", "first") == "success"
    first = airflow.xcom("by_watermark", "first", "pull")

    (edited,) = sandbox.circa_edit(count=1)
    time.sleep(5)  # what changed just now is left to the run after
    airflow.run("by_watermark", "second")
    assert airflow.wait_for_run("by_watermark", "second") == "success"
    second = airflow.xcom("by_watermark", "second", "pull")

    assert (first["window"]["min"], first["records"]) == (None, 60)
    assert second["window"]["min"] is not None
    assert edited in {record["id"] for record in landed(Path(second["uri"].removeprefix("file://")))}
    assert second["records"] < 10


def test_lineage_and_the_assets_event_say_what_was_read_and_landed(
    airflow: AirflowInstance, sandbox: Sandbox, warehouse: PostgresDatabase, pulls_folder: Path, lineage_file: Path
) -> None:
    sandbox.circa_populate(contacts=30)
    airflow.run("traced", "one")
    assert airflow.wait_for_run("traced", "one") == "success"
    told = airflow.xcom("traced", "one", "pull")
    (completed,) = airflow.wait_for(lambda: completions(lineage_file, "traced.pull"), "the lineage", timeout_s=60)

    (read,) = completed["inputs"]
    assert (read["namespace"], read["name"]) == (f"circa://{sandbox.url.partition('://')[2]}", "contacts")
    assert read["inputFacets"]["inputStatistics"]["rowCount"] == 30

    file, table = completed["outputs"]
    address = urlsplit(warehouse.url)
    assert (file["namespace"], file["name"]) == ("file", f"{pulls_folder}/traced/one.parquet")
    assert table["namespace"] == f"postgres://{address.hostname}:{address.port}"
    assert table["name"] == f"{address.path[1:]}.public.traced"
    for landed, moment in ((file, "timestamp[us, tz=UTC]"), (table, "timestamp with time zone")):
        columns = {column["name"]: column["type"] for column in landed["facets"]["schema"]["fields"]}
        assert columns["updated_at"] == moment
        assert landed["outputFacets"]["outputStatistics"]["rowCount"] == 30

    (asset,) = airflow.ask("GET", "/assets?name_pattern=traced_contacts")["assets"]
    (event,) = airflow.ask("GET", f"/assets/events?asset_id={asset['id']}")["asset_events"]
    assert event["extra"] == told
    assert (told["records"], told["inserted"], told["window"]) == (30, 30, None)


def completions(lineage_file: Path, job: str) -> list[dict[str, Any]]:
    """What OpenLineage was told of a job when it was done."""
    if not lineage_file.exists():
        return []
    events = [json.loads(line) for line in lineage_file.read_text().splitlines()]
    return [event for event in events if (event["eventType"], event["job"]["name"]) == ("COMPLETE", job)]


@pytest.mark.parametrize(
    "dag_id", ["circa_contacts", "circa_hourly", "circa_event_export", "circle_admin_members", "circleme_cards"]
)
def test_example_runs(airflow: AirflowInstance, sandbox: Sandbox, pulls_folder: Path, dag_id: str) -> None:
    now = datetime.now(UTC).isoformat()
    folder = (pulls_folder / dag_id).as_uri()

    airflow.run(dag_id, "example", {"folder": folder}, logical_date=now)

    assert airflow.wait_for_run(dag_id, "example") == "success"
    assert {task["state"] for task in airflow.tasks(dag_id, "example")} == {"success"}
    assert [path for path in (pulls_folder / dag_id).rglob("*") if path.is_file()]


def test_example_runs_because_contacts_have_landed(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    sandbox.circa_populate(contacts=40)
    airflow.unpause("circa_landed")

    airflow.run("circa_land", "example", logical_date=datetime.now(UTC).isoformat())

    assert airflow.wait_for_run("circa_land", "example") == "success"
    run = airflow.wait_for(lambda: airflow.runs("circa_landed"), "a run", timeout_s=120)[0]
    assert airflow.wait_for_run("circa_landed", run["dag_run_id"]) == "success"
    (line,) = airflow.xcom("circa_landed", run["dag_run_id"], "report")
    count = airflow.xcom("circa_land", "example", "pull")["records"]
    assert line == f"{count} contacts in contacts_landed, {count} of them new"


@pytest.mark.parametrize(
    ("conn_type", "password", "expected"),
    [
        ("circa", None, "Connected to Circa: 3 teams"),
        ("circle_admin", None, "Connected to Circle"),
        ("circleme", None, "Connected to CircleMe"),
        ("circa", "wrong-token", "401"),
        ("circle_admin", "wrong-token", "401"),
        ("circleme", "wrong-token", "401"),
    ],
)
def test_test_connection_button_answers(
    airflow: AirflowInstance, sandbox: Sandbox, conn_type: str, password: str | None, expected: str
) -> None:
    host = getattr(sandbox, f"{conn_type}_host")
    password = password or sandbox.token_of(conn_type.replace("_", "-"))

    answer = airflow.ask(
        "POST", "/connections/test", connection_id="tried", conn_type=conn_type, host=host, password=password
    )

    assert answer["status"] is expected.startswith("Connected")
    assert expected in answer["message"]


def test_token_is_in_no_file_and_no_table_that_a_pull_wrote(
    airflow: AirflowInstance,
    sandbox: Sandbox,
    warehouse: PostgresDatabase,
    pulls_folder: Path,
    canaries: Canaries,
) -> None:
    conf = {"folder": (pulls_folder / "secretive").as_uri()}
    airflow.run("circa_contacts", "secretive", conf, logical_date=datetime.now(UTC).isoformat())
    assert airflow.wait_for_run("circa_contacts", "secretive") == "success"
    files = [path for path in pulls_folder.rglob("*") if path.is_file()]

    assert files
    report = canaries.search_everything([airflow.home, pulls_folder], [warehouse])
    assert report.findings == [], report.table()
