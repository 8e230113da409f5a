"""Which span a run pulls: half-open, fixed at the first try, one after the other without a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pendulum
import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.core.window import Window
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transfers.windows import chosen_window, window_kind
from airflow_provider_circle.vendors.circa.streams import STREAMS
from tests.unit.running import FakeStateStore, context, interval
from tests.unit.transfers.pulling import BEGIN, DAY, as_time, contacts_of, in_file, once, puller, to_file

CONTACTS, TEAMS = STREAMS["contacts"], STREAMS["teams"]
NOW = BEGIN + timedelta(hours=5, microseconds=7)
JUST_NOW = BEGIN + timedelta(hours=5, seconds=-3)
"""Where a watermark's window ends: what is younger may still change unseen."""


def chosen(kind: Any, seen: Any = None, **options: Any) -> Window | None:
    """Choose a window; no watermark unless one is given."""
    arguments: dict[str, Any] = {
        "lookback": timedelta(0),
        "start": None,
        "watermark": lambda: None,
        "now": NOW,
        **options,
    }
    return chosen_window(kind, context() if seen is None else seen, **arguments)


@pytest.mark.parametrize(
    ("stream", "wanted", "kind"),
    [
        pytest.param(CONTACTS, None, "data_interval", id="interval_by_default"),
        pytest.param(TEAMS, None, "full", id="everything_where_nothing_else_can_be_asked"),
        pytest.param(TEAMS, "full", "full", id="full"),
        pytest.param(CONTACTS, "full", "full", id="full_of_what_has_windows"),
        pytest.param(CONTACTS, "watermark", "watermark", id="watermark"),
        pytest.param(CONTACTS, {"min": "a"}, {"min": "a"}, id="one_end"),
    ],
)
def test_kind_of_window(stream: Any, wanted: Any, kind: Any) -> None:
    assert window_kind(stream, wanted) == kind


@pytest.mark.parametrize("wanted", ["data_interval", "watermark", {"min": "2026-03-02T00:00:00Z"}])
def test_list_that_can_only_be_read_whole_has_no_window(wanted: Any) -> None:
    with pytest.raises(ValueError, match="window must be 'full'"):
        window_kind(TEAMS, wanted)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_data_interval_is_told_in_utc_whatever_its_zone(zone: str) -> None:
    begin = pendulum.datetime(2026, 3, 2, tz=zone)

    window = chosen("data_interval", context(**interval(begin)))

    assert window == Window(
        datetime.fromtimestamp(begin.timestamp(), UTC), datetime.fromtimestamp(begin.timestamp(), UTC) + DAY
    )


def test_lookback_moves_the_beginning_only() -> None:
    window = chosen("data_interval", context(**interval(BEGIN)), lookback=timedelta(hours=1))

    assert window == Window(BEGIN - timedelta(hours=1), BEGIN + DAY)


def test_lookback_stops_where_time_begins() -> None:
    window = chosen({"min": "0001-01-01T00:00:00Z"}, lookback=timedelta(minutes=5))

    assert window == Window(datetime(1, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "known",
    [
        pytest.param({}, id="none"),
        pytest.param({"data_interval_start": None, "data_interval_end": None}, id="empty"),
        pytest.param(interval(BEGIN, timedelta(0)), id="of_no_length"),
    ],
)
def test_run_without_an_interval_is_told_what_to_do(known: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"window=\{'min'.*window='watermark'.*window='full'"):
        chosen("data_interval", context(**known))


def test_run_without_an_interval_fails_for_good_before_any_request(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException, match="no data interval"):
        to_file(sandbox, tmp_path / "contacts.jsonl").execute(context())

    assert sandbox.requests() == []


@pytest.mark.parametrize(
    ("wanted", "window"),
    [
        pytest.param({"min": BEGIN, "max": "2026-03-03T00:00:00Z"}, Window(BEGIN, BEGIN + DAY), id="both"),
        pytest.param({"min": "2026-03-02", "max": None}, Window(BEGIN), id="day"),
        pytest.param({"max": "2026-03-02T01:00:00+01:00"}, Window(None, BEGIN), id="other_zone"),
    ],
)
def test_window_that_is_given(wanted: Any, window: Window) -> None:
    assert chosen(wanted) == window


@pytest.mark.parametrize("ends", [("2026-03-03", "2026-03-02"), ("2026-03-02", "2026-03-02")])
def test_window_that_holds_no_moment_is_refused(ends: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="must end after it begins"):
        chosen({"min": ends[0], "max": ends[1]})


def test_first_window_of_a_watermark_begins_where_it_is_told() -> None:
    assert chosen("watermark", start=BEGIN) == Window(BEGIN, JUST_NOW)
    assert chosen("watermark") == Window(None, JUST_NOW)


def test_window_of_a_watermark_looks_back() -> None:
    window = chosen("watermark", start=BEGIN - DAY, watermark=lambda: BEGIN, lookback=timedelta(minutes=5))

    assert window == Window(BEGIN - timedelta(minutes=5), JUST_NOW)


def test_retry_repeats_the_window_of_the_first_try() -> None:
    store = FakeStateStore()
    first = chosen("watermark", context(store), watermark=lambda: BEGIN)

    again = chosen("watermark", context(store), watermark=lambda: BEGIN + DAY, now=NOW + DAY)

    assert again == first


def test_cleared_task_gets_a_new_window() -> None:
    store = FakeStateStore()
    chosen("watermark", context(store, max_tries=1))

    cleared = chosen("watermark", context(store, max_tries=2), now=NOW + DAY)

    assert cleared == Window(None, JUST_NOW + DAY)


@pytest.mark.parametrize("bounds", ["closed", "open"])
@pytest.mark.parametrize("concurrency", [1, 8])
def test_days_in_a_row_are_disjoint_and_complete(
    sandbox: Sandbox, tmp_path: Path, bounds: Literal["closed", "open"], concurrency: int
) -> None:
    # One each hour, so on every border there is one.
    sandbox.circa_populate(contacts=9 * 24, since_s=(BEGIN - DAY).timestamp(), until_s=(BEGIN + 8 * DAY).timestamp())
    sandbox.circa_quirks(bounds=bounds)
    on_borders = {as_time(BEGIN + day * DAY) for day in range(8)}
    assert on_borders <= {row["updated_at"] for row in contacts_of(sandbox)}

    days = []
    for day in range(7):
        begin = BEGIN + day * DAY
        puller(sandbox, path=f"{tmp_path}/", concurrency=concurrency).execute(context(**interval(begin)))
        ends = f"{begin:%Y%m%dT%H%M%SZ}_{begin + DAY:%Y%m%dT%H%M%SZ}"
        days.append(once(in_file(tmp_path / f"contacts_{ends}.jsonl.gz")))

    assert [len(day) for day in days] == [24] * 7
    landed = {key: moment for day in days for key, moment in day.items()}
    assert len(landed) == 7 * 24
    assert all(BEGIN.timestamp() <= (moment or 0) < (BEGIN + 7 * DAY).timestamp() for moment in landed.values())


def test_window_without_an_end_reaches_to_now(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.circa_populate(contacts=48, since_s=(BEGIN - DAY).timestamp(), until_s=(BEGIN + DAY).timestamp())

    to_file(sandbox, tmp_path / "contacts.jsonl", window={"min": as_time(BEGIN)}).execute(context())

    assert len(once(in_file(tmp_path / "contacts.jsonl"))) == 24
