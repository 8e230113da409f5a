"""What only one of the databases, or one of the drivers, does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.records.landing import Target


@pytest.mark.parametrize("target", ["psycopg3", "psycopg2"], indirect=True)
def test_more_rows_than_a_driver_takes_in_one_go_all_arrive(target: Target) -> None:
    rows = [{"id": number, "text": f"{number} {'x' * 1000}"} for number in range(150)]

    target.land(rows)

    assert target.rows("id, text") == rows


@pytest.mark.parametrize("target", ["psycopg3", "psycopg2"], indirect=True)
def test_what_is_wrong_with_the_table_itself_is_told_as_the_database_says_it(target: Target) -> None:
    target.run("CREATE VIEW contacts AS SELECT 1::bigint AS id UNION SELECT 2")

    with pytest.raises(Exception, match='"contacts"') as caught:
        target.land([{"id": 1, "name": "Ada"}])

    assert type(caught.value).__module__.startswith("psycopg")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param(2**53 + 1, 2**53 + 1, id="whole number"),
        pytest.param(0.5, 0.5, id="number"),
        pytest.param("2026-09-28T14:00:00+02:00", "2026-09-28T12:00:00.000000Z", id="moment"),
        pytest.param("seven", "seven", id="text"),
        pytest.param(["x"], '["x"]', id="list"),
    ],
)
@pytest.mark.parametrize("declared", ["NUMERIC", "DATETIME"])
def test_a_column_that_takes_anything_keeps_each_value_as_it_is(
    sqlite: Target, declared: str, value: Any, kept: Any
) -> None:
    sqlite.run(f"CREATE TABLE contacts (id INTEGER PRIMARY KEY, changed_at {declared})")

    sqlite.land([{"id": 1, "changed_at": value}])

    assert sqlite.rows("changed_at, id")[0]["changed_at"] == kept
