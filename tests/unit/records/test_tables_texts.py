"""Names and texts of all sorts, hostile ones too, in tables."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.records.spool import Spool
from airflow_provider_circle.records.watermarks import Watermark
from tests.unit.records.landing import (
    DEPTHS,
    EVERY_DRIVER,
    NOON,
    Target,
    counts,
    nested,
    plain,
)

HOSTILE = [
    'a"; DROP TABLE other; --',
    "a'b",
    "100%s %(x)s %%",
    "select",
    "with space",
    "ünï",
    "a?b:c$1",
    "\\",
    "{}",
    "semi;colon",
    "a\nb\tc",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_of_tables_and_columns_are_just_names(target: Target, name: str) -> None:
    row = {name: 1, "id": 1, f"{name}_at": "2026-09-28T12:00:00Z"}
    changes: dict[str, Any] = {"key": [name], "cursor": f"{name}_at", "deletes": "mark"}
    assert target.land([row], name, watermark=Watermark(name, NOON), **changes) == counts(inserted=1)
    assert target.land([{**row, "id": 2, f"{name}2": "x"}], name, **changes) == counts(updated=1)
    assert target.land([], name, complete=True, **changes) == counts(deleted=1)
    assert target.sink(name, **changes).read_watermark(name) == NOON
    quoted = '"' + name.replace('"', '""') + '"'
    assert set(target.run(f"SELECT * FROM {quoted}")[0]) > {name, "id", f"{name}2", f"{name}_at"}  # noqa: S608  names of the test's own


@pytest.mark.parametrize(
    "attribute",
    ["", "x" * 64, "é" * 40, "a\0b", "lone \ud800", "_content_hash", "_deleted_at", "ctid", "xmin", "tableoid"],
    ids=ascii,
)
def test_an_attribute_that_is_no_name_for_a_column_lands_all_the_same(target: Target, attribute: str) -> None:
    row = {"id": 1, attribute: "kept"}
    assert target.land([row], deletes="mark") == counts(inserted=1)
    assert target.land([row], deletes="mark") == counts(unchanged=1)
    stored = target.run("SELECT * FROM contacts")[0]
    (name,) = [name for name, value in stored.items() if value == "kept"]
    assert name != attribute
    assert len(name.encode()) <= 63


@EVERY_DRIVER
def test_a_record_nested_however_deeply_lands_or_is_told(target: Target) -> None:
    sink = target.sink()
    for depth in DEPTHS:
        with Spool(("id",), "updated_at") as spool, suppress(UnexpectedReply):
            spool.add([nested(depth)])
            sink.land(spool, complete=False)
    assert [row["id"] for row in target.rows()] == [1]


def test_attributes_alike_but_for_the_case_have_a_column_each(target: Target) -> None:
    target.land([{"id": 1, "Mail": "a", "mail": "b", "ID": 7}])
    target.land([{"id": 2, "mail": "d", "Mail": "c", "ID": 8}])
    stored = [sorted(map(str, row.values())) for row in target.rows()]
    assert stored == [["1", "7", "a", "b"], ["2", "8", "c", "d"]]


@EVERY_DRIVER
@pytest.mark.parametrize("text", ["a\0b", "lone \ud800", "\\N", "\\.", "a\tb\r\nc\\", "\b\f\v", "\u2028", "\N{SNAKE}"])
def test_texts_of_all_sorts_are_kept(target: Target, text: str) -> None:
    target.land([{"id": 1, "text": text, "nested": {text: [text]}}])
    kept = text.replace("\0", "\N{REPLACEMENT CHARACTER}").replace("\ud800", "\N{REPLACEMENT CHARACTER}")
    row = target.rows()[0]
    assert row["text"] == kept
    assert plain(row["nested"]) == {kept: [kept]}


@EVERY_DRIVER
def test_control_characters_alone_in_a_row_are_kept(target: Target) -> None:
    texts = ["\x02", "\t", "\n", "\r", "\\"]
    target.land(
        [{"id": number, "text": text, "gone": None} for number, text in enumerate(texts)] + [{"id": 9, "gone": 1}]
    )
    assert [row["text"] for row in target.rows()] == [*texts, None]
