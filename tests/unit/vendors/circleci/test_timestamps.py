from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.timestamps import epoch_s
from tests.unit.zones import far_from_greenwich


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-01-01T12:00:00Z", 1767268800.0, id="whole_seconds"),
        pytest.param("2026-01-01T12:00:00.250Z", 1767268800.25, id="milliseconds"),
        pytest.param("2026-01-01T12:00:00.123456789Z", 1767268800.123456, id="nanoseconds"),
        pytest.param("2026-01-01T14:30:00+02:30", 1767268800.0, id="another_offset"),
        pytest.param("2026-01-01T12:00:00", 1767268800.0, id="without_offset_is_utc"),
        pytest.param("1970-01-01T00:00:00Z", 0.0, id="the_epoch_itself"),
    ],
)
def test_a_timestamp_becomes_seconds_since_the_epoch(text: str, expected: float) -> None:
    assert epoch_s(text) == pytest.approx(expected, abs=1e-6)


@far_from_greenwich()
def test_a_timestamp_without_offset_is_not_in_local_time() -> None:
    assert epoch_s("2026-01-01T12:00:00") == 1767268800.0


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="null"),
        pytest.param("", id="empty"),
        pytest.param("yesterday", id="words"),
        pytest.param("2026-13-01T00:00:00Z", id="a_month_too_many"),
        pytest.param(1767268800, id="a_number"),
        pytest.param(True, id="a_boolean"),
        pytest.param({"at": "2026-01-01T12:00:00Z"}, id="an_object"),
        pytest.param(["2026-01-01T12:00:00Z"], id="a_list"),
    ],
)
def test_what_is_no_timestamp_is_none(text: Any) -> None:
    assert epoch_s(text) is None
