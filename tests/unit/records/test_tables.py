"""Rows in tables: what is merged, what a table looks like, what it refuses."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_circle.records.tables import TableSink
from airflow_provider_circle.records.watermarks import Watermark
from tests.unit.records.landing import (
    ADA,
    BOB,
    EVE,
    EVERY_DRIVER,
    NOON,
    Target,
    counts,
    plain,
    spooled,
)


def test_new_rows_are_inserted(target: Target) -> None:
    assert target.land([ADA, BOB]) == counts(inserted=2)
    assert target.rows("id, name") == [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]


def test_the_same_rows_again_change_nothing(target: Target) -> None:
    target.land([ADA, BOB])
    target.run("UPDATE contacts SET name = 'touched'")
    assert target.land([BOB, dict(reversed(ADA.items()))]) == counts(unchanged=2)
    assert [row["name"] for row in target.rows("name, id")] == ["touched", "touched"]


@EVERY_DRIVER
def test_changed_rows_are_updated_and_others_left_alone(target: Target) -> None:
    target.land([ADA, BOB])
    later = {**ADA, "name": "Ada L.", "updated_at": "2026-09-28T12:00:00.5Z"}
    assert target.land([later, BOB, EVE]) == counts(inserted=1, updated=1, unchanged=1)
    assert [row["name"] for row in target.rows("name, id")] == ["Ada L.", "Bob", "Eve"]


def test_an_attribute_that_became_null_is_null(target: Target) -> None:
    target.land([ADA, BOB])
    target.land([{**ADA, "name": None}])
    assert [row["name"] for row in target.rows("name, id")] == [None, "Bob"]


def test_a_row_without_an_attribute_that_others_have_gets_null(target: Target) -> None:
    target.land([ADA, BOB])
    target.land([{"id": 1, "updated_at": ADA["updated_at"]}, {**BOB, "name": "Rob"}])
    assert [row["name"] for row in target.rows("name, id")] == [None, "Rob"]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        pytest.param("2026-09-28T11:59:59Z", "2026-09-28T12:00:00Z", id="seconds"),
        pytest.param("2026-09-28T12:00:00Z", "2026-09-28T12:00:00.5Z", id="fraction"),
        pytest.param("2026-09-28T12:00:00+02:00", "2026-09-28T11:00:00Z", id="zones"),
        pytest.param("2026-09-28 12:00:00 UTC", "2026-09-28T12:00:01", id="UTC by name"),
        pytest.param(9, 10, id="number"),
    ],
)
def test_an_older_row_does_not_overwrite_a_newer(target: Target, earlier: Any, later: Any) -> None:
    target.land([{**ADA, "name": "new", "updated_at": later}])
    assert target.land([{**ADA, "name": "old", "updated_at": earlier}]) == counts(unchanged=1)
    assert target.rows("name, id")[0]["name"] == "new"


def test_a_newer_row_overwrites_an_older(target: Target) -> None:
    target.land([{**ADA, "updated_at": "2026-09-28T12:00:00+02:00"}])
    assert target.land([{**ADA, "name": "new", "updated_at": "2026-09-28T11:00:00Z"}]) == counts(updated=1)


def test_a_changed_row_with_the_same_cursor_overwrites(target: Target) -> None:
    target.land([ADA])
    assert target.land([{**ADA, "name": "new"}]) == counts(updated=1)


def test_a_row_that_lost_its_cursor_overwrites(target: Target) -> None:
    target.land([ADA])
    assert target.land([{**ADA, "name": "new", "updated_at": None}]) == counts(updated=1)
    assert target.land([{**ADA, "name": "newer"}]) == counts(updated=1)


def test_without_a_cursor_the_last_to_land_wins(target: Target) -> None:
    target.land([ADA], cursor=None)
    assert target.land([{**ADA, "updated_at": "2020-01-01T00:00:00Z"}], cursor=None) == counts(updated=1)


KINDS = [
    pytest.param(["x", None], "text", "TEXT", ["x", None], id="text"),
    pytest.param([1, 2**53 + 1], "bigint", "BIGINT", [1, 2**53 + 1], id="whole numbers"),
    pytest.param([-(2**63), 2**63 - 1], "bigint", "BIGINT", [-(2**63), 2**63 - 1], id="64 bits"),
    pytest.param([1, 2.5], "double precision", "DOUBLE PRECISION", [1.0, 2.5], id="fractions"),
    pytest.param([True, False], "boolean", "BOOLEAN", [True, False], id="truth"),
    pytest.param([{"a": ["é", None]}, []], "jsonb", "TEXT", [{"a": ["é", None]}, []], id="nested"),
    pytest.param(["x", 1], "text", "TEXT", ["x", "1"], id="text and number"),
    pytest.param([True, 1], "text", "TEXT", ["true", "1"], id="truth and number"),
    pytest.param(["x", {"a": 1}], "text", "TEXT", ["x", {"a": 1}], id="text and nested"),
    pytest.param(["2026-09-28T12:00:00Z", "x"], "text", "TEXT", [NOON, "x"], id="moment, not in its column"),
]


@EVERY_DRIVER
@pytest.mark.parametrize(("values", "postgres_type", "sqlite_type", "stored"), KINDS)
def test_values_get_a_column_of_their_kind(
    target: Target, values: list[Any], postgres_type: str, sqlite_type: str, stored: list[Any]
) -> None:
    target.land([{"id": number, "value": value} for number, value in enumerate(values)])
    assert target.types()["value"] == (postgres_type if target.kind == "postgres" else sqlite_type)
    assert [plain(row["value"]) for row in target.rows("value, id")] == stored


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**40])
def test_numbers_beyond_64_bits_keep_every_digit(target: Target, value: int) -> None:
    target.land([{"id": 1, "value": value}])
    assert Decimal(target.rows("value, id")[0]["value"]) == value
    assert target.types()["value"] in {"numeric", "TEXT"}


@pytest.mark.parametrize("name", ["created_at", "changed"])
def test_moments_are_moments_in_columns_that_hold_them(target: Target, name: str) -> None:
    target.land(
        [{"id": 1, name: "2026-09-28T14:00:00+02:00"}, {"id": 2, name: "2026-09-28T12:00:00"}], cursor="changed"
    )
    assert target.types()[name] in {"timestamp with time zone", "TEXT"}
    assert [plain(row[name]) for row in target.rows(f"{name}, id")] == [NOON, NOON]


def test_every_moment_has_the_same_length_in_sqlite(sqlite: Target) -> None:
    sqlite.land([{"id": 1, "created_at": "2026-09-28T14:00:00+02:00"}])
    assert sqlite.rows("created_at, id")[0]["created_at"] == "2026-09-28T12:00:00.000000Z"


def test_a_column_that_is_always_null_waits_for_a_value(target: Target) -> None:
    target.land([{**ADA, "absent": None}])
    assert "absent" not in target.types()
    assert target.land([{**ADA, "absent": 1}]) == counts(updated=1)
    assert target.rows("absent, id")[0]["absent"] == 1


def test_new_attributes_add_columns_and_the_users_own_stay(target: Target) -> None:
    target.land([ADA, BOB])
    target.run("ALTER TABLE contacts ADD COLUMN note TEXT")
    target.run("UPDATE contacts SET note = 'mine'")
    assert target.land([{**ADA, "city": "London"}]) == counts(updated=1)
    assert target.rows("id, city, note") == [
        {"id": 1, "city": "London", "note": "mine"},
        {"id": 2, "city": None, "note": "mine"},
    ]


def test_a_table_of_the_users_own_is_filled(target: Target) -> None:
    target.run("CREATE TABLE contacts (id INTEGER PRIMARY KEY, name VARCHAR(10), mine TEXT)")
    target.run("INSERT INTO contacts VALUES (1, 'x', 'y')")
    assert target.land([ADA, BOB]) == counts(inserted=1, updated=1)
    assert target.rows("id, name, mine") == [
        {"id": 1, "name": "Ada", "mine": "y"},
        {"id": 2, "name": "Bob", "mine": None},
    ]


def test_the_key_is_the_tables_primary_key(target: Target) -> None:
    row = {"space": "a", "id": 1, "updated_at": ADA["updated_at"]}
    target.land([row, {**row, "space": "b"}], key=["space", "id"])
    with pytest.raises(Exception, match=r"(?i)unique"):
        target.run("INSERT INTO contacts (space, id) VALUES ('a', 1)")
    assert target.land([{**row, "new": 1}], key=["space", "id"]) == counts(updated=1)


def test_text_keys_stay_text(target: Target) -> None:
    target.land([{"id": "007", "created_at": "x"}, {"id": "2026-09-28T12:00:00Z"}])
    assert [row["id"] for row in target.rows("id")] == ["007", "2026-09-28T12:00:00Z"]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        pytest.param(1, "secret", "bigint, which does not hold a text", id="text in whole numbers"),
        pytest.param(True, 1, "boolean, which does not hold a whole number", id="number in truth"),
        pytest.param(0.5, 2**60, "double precision, which does not hold a large", id="large in double"),
        pytest.param(1, {"a": "secret"}, "bigint, which does not hold a object", id="nested in whole numbers"),
    ],
)
def test_a_value_that_does_not_fit_is_told_by_kind_and_nothing_changes(
    target: Target, first: Any, second: Any, message: str
) -> None:
    target.land([{**ADA, "value": first}])
    with pytest.raises(ValueError, match=f"(?i)column 'value' is {message}") as caught:
        target.land([{**ADA, "name": "new", "value": second}, {**BOB, "more": 1}], watermark=Watermark("s", NOON))
    assert "secret" not in str(caught.value)
    assert [row["name"] for row in target.rows()] == ["Ada"]
    assert "more" not in target.types()
    assert target.sink().read_watermark("s") is None


@EVERY_DRIVER
@pytest.mark.parametrize(
    ("declared", "value"),
    [
        pytest.param("uuid", "secret", id="uuid"),
        pytest.param("smallint", 123456, id="smallint"),
        pytest.param("varchar(3)", "secret", id="too long"),
        pytest.param("date", "2026-99-99", id="date"),
    ],
)
def test_what_only_the_database_can_judge_is_told_without_the_value(
    request: pytest.FixtureRequest, target: Target, declared: str, value: Any
) -> None:
    if target.kind == "sqlite":
        pytest.skip("SQLite judges nothing")
    target.run(f"CREATE TABLE contacts (id bigint PRIMARY KEY, value {declared})")
    with pytest.raises(ValueError, match=r"column 'value' is .* does not take") as caught:
        target.land([{"id": 1, "value": value}])
    assert str(value) not in str(caught.value)
    assert target.rows() == []


@EVERY_DRIVER
def test_what_a_constraint_forbids_is_told_without_the_row(target: Target) -> None:
    target.run("CREATE TABLE contacts (id bigint PRIMARY KEY, name TEXT CHECK (name <> 'secret'))")
    with pytest.raises(ValueError, match="refused a row, nothing changed") as caught:
        target.land([ADA, {**BOB, "name": "secret"}])
    assert "secret" not in str(caught.value).replace("name <> 'secret'", "")
    assert target.rows() == []


def test_whole_numbers_are_widened_when_a_fraction_comes(target: Target) -> None:
    target.land([{"id": 1, "value": 2**60 + 1}])
    target.land([{"id": 2, "value": 0.1}])
    assert [float(row["value"]) for row in target.rows("value, id")] == [float(2**60 + 1), 0.1]
    if target.kind == "postgres":
        assert target.types()["value"] == "numeric"
        assert target.rows("value, id")[0]["value"] == 2**60 + 1


def test_a_schema_can_be_named(target: Target) -> None:
    schema = "main" if target.kind == "sqlite" else "Own.Schema".replace(".", " ")
    if target.kind == "postgres":
        target.run(f'CREATE SCHEMA "{schema}"')
    assert target.land([ADA], f"{schema}.contacts", watermark=Watermark("s", NOON)) == counts(inserted=1)
    assert len(target.run(f'SELECT * FROM "{schema}".contacts')) == 1  # noqa: S608  names of the test's own
    assert len(target.run(f'SELECT * FROM "{schema}".circle_watermarks')) == 1  # noqa: S608  names of the test's own
    assert target.sink(f"{schema}.contacts").read_watermark("s") == NOON


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({"table": ""}, "table must be a name", id="no table"),
        pytest.param({"table": "a.b.c"}, "table must be a name", id="three parts"),
        pytest.param({"table": ".a"}, "table must be a name", id="empty schema"),
        pytest.param({"table": "x" * 64}, "table must be a name", id="long table"),
        pytest.param({"table": "a\0"}, "table must be a name", id="NUL"),
        pytest.param({"table": "nowhere.contacts"}, "no schema 'nowhere'", id="unknown schema"),
        pytest.param({"table": "circle_watermarks"}, "another use", id="ours"),
        pytest.param({"key": []}, "key must name", id="no key"),
        pytest.param({"key": ["x" * 64]}, "key .* is no name", id="long key"),
        pytest.param({"key": ["_content_hash"]}, "key .* is no name", id="reserved key"),
        pytest.param({"deletes": "drop"}, "deletes must be one of keep, mark, delete", id="deletes"),
        pytest.param({"key": ["uuid"]}, "has no column uuid", id="another key"),
    ],
)
def test_a_mistake_is_told_before_anything_is_pulled(target: Target, changes: dict[str, Any], reason: str) -> None:
    target.land([ADA])
    with pytest.raises(ValueError, match=reason):
        target.sink(**changes).check()


def test_a_table_that_came_without_the_key_after_the_check_is_told(target: Target) -> None:
    sink = target.sink()
    sink.check()
    target.run("CREATE TABLE contacts (name TEXT)")

    with spooled([ADA]) as spool, pytest.raises(ValueError, match="has no 'id', which is in the key"):
        sink.land(spool, complete=False)


def test_other_databases_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_LANDING", json.dumps({"conn_type": "mysql", "host": "localhost"}))
    with pytest.raises(ValueError, match="postgres or sqlite, got 'mysql'"):
        TableSink(sql_conn_id="landing", table="contacts", key=["id"], cursor=None).check()


@EVERY_DRIVER
def test_two_records_with_one_key_are_refused(target: Target) -> None:
    sink = target.sink(key=["a", "b"])
    rows: list[dict[str, Any]] = [{"a": 1, "b": "x"}, {"a": "1", "b": "x"}]
    with spooled(rows, ["a", "b"]) as spool, pytest.raises(ValueError, match="contacts"):
        sink.land(spool, complete=False)
    assert target.types() == {}


@EVERY_DRIVER
def test_two_records_with_the_key_of_a_row_are_refused(target: Target) -> None:
    sink = target.sink(key=["a", "b"])
    with spooled([{"a": "1", "b": "x", "name": "old"}], ["a", "b"]) as spool:
        sink.land(spool, complete=False)
    rows: list[dict[str, Any]] = [{"a": 1, "b": "x", "name": "new"}, {"a": "1", "b": "x", "name": "newer"}]
    with spooled(rows, ["a", "b"]) as spool, pytest.raises(ValueError, match="contacts"):
        sink.land(spool, complete=False)
    assert target.run("SELECT name FROM contacts") == [{"name": "old"}]


@pytest.mark.parametrize(
    "extra", [{"cursor": "dictcursor"}, {"autocommit": True}, {"options": "-c search_path=x,public"}]
)
def test_the_connections_own_options_do_no_harm(
    postgres: Target, monkeypatch: pytest.MonkeyPatch, extra: dict[str, Any]
) -> None:
    from airflow.providers.postgres.hooks import postgres as airflows

    if "autocommit" in extra and not getattr(airflows, "USE_PSYCOPG3", False):
        pytest.skip("psycopg2 has no such option")
    connection = json.loads(os.environ["AIRFLOW_CONN_LANDING"])
    monkeypatch.setenv("AIRFLOW_CONN_LANDING", json.dumps({**connection, "extra": extra}))
    assert postgres.land([ADA, BOB], watermark=Watermark("s", NOON)) == counts(inserted=2)
    assert postgres.land([{**ADA, "name": "new"}], complete=True, deletes="delete") == counts(updated=1, deleted=1)
    assert postgres.sink().read_watermark("s") == NOON


def test_a_table_is_found_where_the_search_path_has_it(postgres: Target) -> None:
    postgres.run("CREATE SCHEMA postgres")  # the user's own, which comes first
    postgres.run("CREATE TABLE public.contacts (id bigint PRIMARY KEY)")
    postgres.land([ADA])
    assert len(postgres.run("SELECT * FROM public.contacts")) == 1


def test_a_spool_file_is_not_needed_beside_the_database(sqlite: Target, tmp_path: Path) -> None:
    sqlite.land([ADA])
    assert [path.name for path in tmp_path.iterdir()] == ["landed.db"]
