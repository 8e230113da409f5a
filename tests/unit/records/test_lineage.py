"""How datasets are named, and what a sink says of what it landed."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_circle.records.files import FileSink
from airflow_provider_circle.records.lineage import file_at, list_of
from airflow_provider_circle.records.names import Place
from airflow_provider_circle.records.postgresql import PostgreSQL
from tests.unit.records.landing import ADA, BOB, EVERY_DRIVER, Target, spooled

SLUG = "gh/acme/web"


@pytest.mark.parametrize(
    ("service", "address", "name", "namespace"),
    [
        pytest.param("circa", "https://app.circa.co", "contacts", "circa://app.circa.co", id="plain"),
        pytest.param("circleci", "https://circleci.com", f"{SLUG}/jobs", "circleci://circleci.com", id="of_a_project"),
        pytest.param("circle_admin", "https://app.circle.so", "posts", "circle-admin://app.circle.so", id="scheme"),
        pytest.param("circleme", "http://127.0.0.1:8080/api/7", "cards", "circleme://127.0.0.1:8080", id="port"),
        pytest.param("circa", "https://me:SECRET@host/SECRET?key=SECRET", "x", "circa://host", id="secrets"),
    ],
)
def test_list_is_named_by_service_host_and_whose_it_is(service: str, address: str, name: str, namespace: str) -> None:
    found = list_of(service, address, name, conn_id="c")

    assert (found.namespace, found.name) == (namespace, name)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("file:///data/a.csv", ("file", "/data/a.csv")),
        ("local:///data/a.csv", ("file", "/data/a.csv")),
        ("file:///data/builds/", ("file", "/data/builds")),
        ("s3://lake/raw/a.jsonl.gz", ("s3://lake", "raw/a.jsonl.gz")),
        ("s3a://lake/a", ("s3://lake", "a")),
        ("gcs://lake/a", ("gs://lake", "a")),
        ("memory://a/b.csv", ("memory://a", "b.csv")),
        ("s3://lake/", ("s3://lake", "/")),
    ],
)
def test_file_is_named_as_openlineage_names_it(uri: str, expected: tuple[str, str]) -> None:
    found = file_at(uri)

    assert (found.namespace, found.name) == expected


@pytest.mark.parametrize(
    ("host", "authority"),
    [
        ("Db.Example.com", "db.example.com:5433"),
        ("::1", "[::1]:5433"),
        ("/var/run/postgresql", "localhost:5433"),
        ("", "localhost:5433"),
    ],
)
def test_table_is_named_by_the_server_that_answers(host: str, authority: str) -> None:
    database = PostgreSQL.__new__(PostgreSQL)
    database._connection = SimpleNamespace(info=SimpleNamespace(host=host, port=5433, dbname="dwh"))

    assert database.named(Place("raw", "contacts")) == (f"postgres://{authority}", "dwh.raw.contacts")


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("a.jsonl", {"id": None, "name": None, "updated_at": None, "extra": None}),
        ("a.jsonl.gz", {"id": None, "name": None, "updated_at": None, "extra": None}),
        ("a.csv", {"id": None, "name": None, "updated_at": None, "extra": None}),
        ("a.parquet", {"id": "int64", "name": "string", "updated_at": "timestamp[us, tz=UTC]", "extra": "double"}),
    ],
)
def test_file_tells_its_columns_rows_and_size(tmp_path: Path, name: str, columns: dict[str, Any]) -> None:
    sink = FileSink(str(tmp_path / name))
    assert sink.dataset is None

    with spooled([ADA, {**BOB, "extra": 1.5}]) as spool:
        sink.land(spool)

    assert sink.dataset == file_at(
        f"file://{tmp_path}/{name}", columns=columns, rows=2, size_bytes=(tmp_path / name).stat().st_size
    )


def test_record_that_nobody_can_read_costs_no_file_of_json_lines(tmp_path: Path) -> None:
    sink = FileSink(str(tmp_path / "a.jsonl"))

    with spooled([ADA, BOB]) as spool:
        entries = list(spool)
        sink.land([entries[0]._replace(body=b'{"huge":1e999}'), entries[1]])

    assert sink.dataset is not None
    assert list(sink.dataset.columns) == ["id", "name", "updated_at"]
    assert (tmp_path / "a.jsonl").read_text().startswith('{"huge":1e999}\n')


def landed(target: Target, *pulls: list[dict[str, Any]]) -> Any:
    """What the last of several pulls into one table says."""
    for rows in pulls:
        sink = target.sink()
        with spooled(rows, cursor="updated_at") as spool:
            sink.land(spool, complete=False)
    return sink.dataset


def test_table_tells_its_columns_and_what_was_written(target: Target) -> None:
    found = landed(target, [ADA, BOB], [ADA, {**BOB, "name": "Rob"}, {**ADA, "id": 3}])

    types = {
        "postgres": ["bigint", "text", "timestamp with time zone", "text"],
        "sqlite": ["BIGINT", "TEXT", "TEXT", "TEXT"],
    }
    names = ["id", "name", "updated_at", "_content_hash"]
    assert found.columns == dict(zip(names, types[target.kind], strict=True))
    assert found.rows == 2


def test_table_that_was_never_created_is_no_dataset(target: Target) -> None:
    assert landed(target, []) is None


@EVERY_DRIVER
def test_table_is_named_by_the_connections_database(target: Target) -> None:
    from airflow.providers.common.compat.sdk import BaseHook

    connection = BaseHook.get_connection("landing")
    found = landed(target, [ADA])

    assert (found.namespace, found.name) == (
        (f"sqlite://{connection.host}", "main.contacts")
        if target.kind == "sqlite"
        else (f"postgres://{connection.host}:{connection.port}", f"{connection.schema}.public.contacts")
    )
    assert connection.password is None or connection.password not in json.dumps([found.namespace, found.name])
