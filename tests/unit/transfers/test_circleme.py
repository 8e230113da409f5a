"""Cards land complete and once, though several have the same date and some come late."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_circle.sandbox.circleme.cards import ASSIGNED
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transfers.circleme import CircleMeToObjectStorageOperator, CircleMeToSqlOperator
from tests.unit.running import context, interval
from tests.unit.transfers.pulling import BEGIN, DAY, calm, in_file, in_table


def to_file(sandbox: Sandbox, path: Path | str, stream: str = "cards", **options: Any) -> Any:
    arguments = {"request_max_wait_s": 0.01, **options}
    return calm(CircleMeToObjectStorageOperator(task_id="pull", stream=stream, path=str(path), **arguments), sandbox)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(str(row["id"]) for row in rows)


@pytest.mark.parametrize("equal", [1, 3, 40])
def test_all_cards_land_once(sandbox: Sandbox, tmp_path: Path, equal: int) -> None:
    sandbox.circleme_populate(cards=240, equal_timestamps=equal)

    to_file(sandbox, tmp_path / "cards.jsonl", window="full").execute(context())

    assert ids(in_file(tmp_path / "cards.jsonl")) == ids(sandbox.circleme_cards())


def test_days_in_a_row_are_disjoint_and_complete(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.circleme_populate(
        cards=9 * 24, since_s=(BEGIN - DAY).timestamp(), until_s=(BEGIN + 8 * DAY).timestamp(), equal_timestamps=2
    )
    landed: list[str] = []
    for day in range(7):
        path = tmp_path / f"{day}.jsonl"
        to_file(sandbox, path).execute(context(**interval(BEGIN + day * DAY)))
        landed += ids(in_file(path))

    low, high = ((BEGIN + day * DAY).strftime("%Y-%m-%dT%H:%M:%S.000Z") for day in (0, 7))
    assert sorted(landed) == ids([card for card in sandbox.circleme_cards() if low <= card["date"] < high])


def test_pull_uses_up_no_new_card(sandbox: Sandbox, tmp_path: Path) -> None:
    to_file(sandbox, tmp_path / "cards.jsonl", window="full").execute(context())

    assert sandbox.circleme_handed_out() == []


def test_card_that_comes_late_is_found_by_looking_back(sandbox: Sandbox, database: Path) -> None:
    def pull() -> dict[str, Any]:
        task = CircleMeToSqlOperator(
            task_id="pull", stream="cards", table="landed", sql_conn_id="landing", window="watermark", lookback_s=7200
        )
        told: dict[str, Any] = calm(task, sandbox).execute(context())
        return told

    sandbox.circleme_populate(cards=120, until_s=sandbox.now() - 60)
    pull()
    sandbox.circleme_add(2, date_s=sandbox.now() - 3600)

    assert pull()["inserted"] == 2
    assert ids(in_table(database)) == ids(sandbox.circleme_cards())


def test_interests_carry_the_id_of_the_list(sandbox: Sandbox, tmp_path: Path) -> None:
    to_file(sandbox, tmp_path / "rows.jsonl", "interests", parent_ids="all").execute(context())

    rows = in_file(tmp_path / "rows.jsonl")
    assert rows
    assert all(str(row["item_id"]) == row["interest_id"] for row in rows)


def test_filters_narrow(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.circleme_populate(cards=30, italian=20)

    to_file(sandbox, tmp_path / "cards.jsonl", window="full", filters={"lang": "italian"}).execute(context())

    assert ids(in_file(tmp_path / "cards.jsonl")) == ids(sandbox.circleme_cards("italian"))


def test_a_set_of_interests_names_one_file_whatever_order_it_is_in(sandbox: Sandbox, tmp_path: Path) -> None:
    given = set(ASSIGNED)
    spacious = {*range(5000), *ASSIGNED}
    spacious -= set(range(5000))  # it stays as wide as it was, and what is left in it where it was
    assert (spacious, list(spacious) != list(given)) == (given, True)

    for ids_of_interests in (given, spacious):
        to_file(sandbox, f"{tmp_path}/", window="full", filters={"item_ids": ids_of_interests}).execute(context())

    assert len(list(tmp_path.glob("*.jsonl.gz"))) == 1


def test_one_page_is_on_its_way_by_default() -> None:
    assert CircleMeToObjectStorageOperator(task_id="pull", stream="cards", path="x.jsonl").concurrency == 1
