"""Pulls of all that there is: what becomes of rows that they lack, and which of two is the newer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_circle.exceptions import InconsistentRead
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
)


@pytest.mark.parametrize("deletes", ["keep", "mark", "delete"])
def test_an_incomplete_pull_deletes_nothing(target: Target, deletes: str) -> None:
    target.land([ADA, BOB], deletes=deletes)
    assert target.land([ADA], deletes=deletes) == counts(unchanged=1)
    assert len(target.rows("id")) == 2


def test_rows_that_a_complete_pull_lacks_can_be_kept(target: Target) -> None:
    target.land([ADA, BOB])
    assert target.land([ADA], complete=True) == counts(unchanged=1)
    assert "_deleted_at" not in target.types()


def test_rows_that_a_complete_pull_lacks_can_be_deleted(target: Target) -> None:
    target.land([ADA, BOB], deletes="delete")
    assert target.land([BOB, EVE], complete=True, deletes="delete") == counts(inserted=1, unchanged=1, deleted=1)
    assert [row["id"] for row in target.rows("id")] == [2, 3]


@EVERY_DRIVER
def test_rows_that_a_complete_pull_lacks_can_be_marked(target: Target) -> None:
    target.land([ADA, BOB], deletes="mark")
    assert target.land([BOB], complete=True, deletes="mark") == counts(unchanged=1, deleted=1)
    ada, bob = target.rows("id, _deleted_at")
    assert abs(datetime.now(UTC) - plain(ada["_deleted_at"])) < timedelta(minutes=1)
    assert bob["_deleted_at"] is None


def test_a_marked_row_is_not_marked_again(target: Target) -> None:
    target.land([ADA, BOB], deletes="mark")
    target.land([BOB], complete=True, deletes="mark")
    before = target.rows()
    assert target.land([BOB], complete=True, deletes="mark") == counts(unchanged=1)
    assert target.rows() == before


@pytest.mark.parametrize("deletes", ["keep", "mark", "delete"])
def test_a_row_that_comes_back_loses_its_mark(target: Target, deletes: str) -> None:
    target.land([ADA, BOB], deletes="mark")
    target.land([BOB], complete=True, deletes="mark")
    assert target.land([ADA], deletes=deletes) == counts(updated=1)
    assert [row["_deleted_at"] for row in target.rows("id, _deleted_at")] == [None, None]


@pytest.mark.parametrize(("deletes", "left"), [("keep", 2), ("mark", 2), ("delete", 0)])
def test_a_complete_pull_of_nothing_means_all_are_gone(target: Target, deletes: str, left: int) -> None:
    target.land([ADA, BOB], deletes=deletes)
    assert target.land([], complete=True, deletes=deletes) == counts(deleted=0 if deletes == "keep" else 2)
    assert len(target.rows("id")) == left


def began(minutes: int, stream: str = "circa.moons") -> Watermark:
    return Watermark(stream, NOON + timedelta(minutes=minutes))


def kept_of(target: Target) -> dict[str, datetime]:
    rows = target.run("SELECT stream, moment FROM circle_watermarks")
    return {row["stream"]: plain(row["moment"]) for row in rows}


@pytest.mark.parametrize("deletes", ["keep", "mark", "delete"])
def test_a_complete_pull_that_began_before_one_that_landed_is_refused(target: Target, deletes: str) -> None:
    options: dict[str, Any] = {"cursor": None, "deletes": deletes, "complete": True}
    target.land([ADA, BOB], began=began(5), **options)
    before, mark = target.rows(), kept_of(target)

    with pytest.raises(InconsistentRead, match="older"):
        target.land([{**ADA, "name": "old", "more": 1}, EVE], began=began(4), watermark=Watermark("w", NOON), **options)

    assert target.rows() == before
    assert kept_of(target) == mark == {"circa.moons.full": NOON + timedelta(minutes=5)}


def test_a_complete_pull_that_began_with_or_after_one_that_landed_lands(target: Target) -> None:
    options: dict[str, Any] = {"cursor": None, "deletes": "delete", "complete": True}
    assert target.land([ADA, BOB], began=began(5), **options) == counts(inserted=2)
    assert target.land([ADA, EVE], began=began(5), **options) == counts(inserted=1, unchanged=1, deleted=1)
    assert target.land([ADA], began=began(6), **options) == counts(unchanged=1, deleted=1)
    assert kept_of(target) == {"circa.moons.full": NOON + timedelta(minutes=6)}


def test_a_pull_of_something_else_is_not_older(target: Target) -> None:
    options: dict[str, Any] = {"cursor": None, "complete": True}
    target.land([ADA], began=began(5), **options)
    assert target.land([BOB], began=began(4, "circa.suns"), **options) == counts(inserted=1)
    assert target.land([EVE], cursor=None, began=began(4)) == counts(inserted=1)
    assert target.land([EVE], **options) == counts(unchanged=1)


def test_a_pull_that_is_not_complete_is_no_beginning(target: Target) -> None:
    target.land([ADA], began=began(5))
    assert not target.types("circle_watermarks")
    assert target.land([ADA], began=began(4), complete=True) == counts(unchanged=1)


@pytest.mark.parametrize(("deletes", "left"), [("mark", [1, 2, 3, 4, 5]), ("delete", [1, 3, 4])])
def test_a_row_that_changed_since_a_pull_began_is_not_missing_from_it(
    target: Target, deletes: str, left: list[int]
) -> None:
    later = [
        {**BOB, "updated_at": "2026-09-28T12:04:59.999Z"},
        {**EVE, "updated_at": "2026-09-28T12:05:00Z"},
        {**EVE, "id": 4, "updated_at": "2026-09-28T14:00:00+01:00"},
        {**EVE, "id": 5, "updated_at": None},
    ]
    target.land([ADA, *later])

    told = target.land([ADA], deletes=deletes, complete=True, began=began(5))

    assert told == counts(unchanged=1, deleted=2)
    assert [row["id"] for row in target.rows("id")] == left
    if deletes == "mark":
        assert [row["id"] for row in target.rows("id, _deleted_at") if row["_deleted_at"]] == [2, 5]


@pytest.mark.parametrize("complete", [True, False])
def test_nothing_at_all_makes_no_table_but_moves_the_watermark(target: Target, complete: bool) -> None:
    assert target.land([], complete=complete, watermark=Watermark("s", NOON)) == counts()
    assert target.types() == {}
    assert target.sink().read_watermark("s") == NOON


def test_a_watermark_is_none_before_the_first_commit(target: Target) -> None:
    assert target.sink().read_watermark("s") is None
    target.land([ADA], watermark=Watermark("other", NOON))
    assert target.sink().read_watermark("s") is None


@EVERY_DRIVER
@pytest.mark.parametrize(
    ("moments", "kept"),
    [
        pytest.param([NOON, NOON + timedelta(microseconds=1)], NOON + timedelta(microseconds=1), id="on"),
        pytest.param([NOON, NOON - timedelta(days=1)], NOON, id="never back"),
        pytest.param([NOON.replace(microsecond=5), NOON], NOON.replace(microsecond=5), id="fraction"),
    ],
)
def test_a_watermark_moves_on_and_never_back(target: Target, moments: list[datetime], kept: datetime) -> None:
    for moment in moments:
        target.land([ADA], watermark=Watermark("s", moment))
    assert target.sink().read_watermark("s") == kept


def test_watermarks_are_kept_apart_by_table_and_stream(target: Target) -> None:
    target.land([ADA], watermark=Watermark("one", NOON))
    target.land([ADA], watermark=Watermark("two", NOON - timedelta(days=1)))
    target.land([ADA], "others", watermark=Watermark("one", NOON - timedelta(days=2)))
    assert target.sink().read_watermark("two") == NOON - timedelta(days=1)
    assert target.sink("others").read_watermark("one") == NOON - timedelta(days=2)
