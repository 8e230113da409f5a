from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_circle.vendors.circle_admin.filters import day, ids, iso_moment


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        pytest.param(7, [7], id="one"),
        pytest.param(" 7 ", [7], id="text"),
        pytest.param([7, "8"], [7, 8], id="several"),
        pytest.param((7,), [7], id="tuple"),
    ],
)
def test_ids_are_sent_as_numbers(value: Any, sent: list[int]) -> None:
    assert ids("ids[]")("ids", value) == {"ids[]": sent}


@pytest.mark.parametrize("value", ["", "seven", 0, -1, True, 1.5, [], [7, "x"], None, "7,8"])
def test_what_is_no_id_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="ids must be an id"):
        ids("ids[]")("ids", value)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        pytest.param("2026-10-02", "2026-10-02", id="text"),
        pytest.param(date(2026, 10, 2), "2026-10-02", id="date"),
        pytest.param(datetime(2026, 10, 2, 23, 30, tzinfo=timezone(-timedelta(hours=1))), "2026-10-03", id="moment"),
    ],
)
def test_a_day_is_sent_as_a_day(value: Any, sent: str) -> None:
    assert day("filter_date[start_date]")("start_date", value) == {"filter_date[start_date]": sent}


@pytest.mark.parametrize("value", ["", "02.10.2026", 20261002, None, datetime(2026, 10, 2)])  # noqa: DTZ001
def test_what_is_no_day_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="start_date must be a day such as 2026-10-02"):
        day("filter_date[start_date]")("start_date", value)


def test_a_moment_is_written_as_circle_writes_it() -> None:
    assert iso_moment(datetime(2026, 10, 2, 14, 30, tzinfo=UTC)) == "2026-10-02T14:30:00.000Z"
