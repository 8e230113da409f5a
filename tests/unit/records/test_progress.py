"""A pull says how far it is now and then, never more often than every ten seconds."""

from __future__ import annotations

import pytest

from airflow_provider_circle.records.progress import Progress
from tests.unit.walking import Clock


def begun() -> tuple[Progress, Clock, list[str]]:
    clock, said = Clock(0.0), list[str]()
    return Progress(said.append, clock), clock, said


@pytest.mark.parametrize(("seconds", "lines"), [(0.0, 0), (9.9, 0), (10.0, 1), (30.0, 2), (31.0, 3)])
def test_line_comes_every_ten_seconds_at_most(seconds: float, lines: int) -> None:
    progress, clock, said = begun()

    for _ in range(100):
        clock.sleep(seconds / 100)
        clock.now_s = round(clock.now_s, 6)
        progress.page("", 25, None)

    assert len(said) == lines


def test_silence_is_not_made_up_for() -> None:
    progress, clock, said = begun()
    clock.sleep(95)

    for _ in range(5):
        progress.page("", 25, None)

    assert len(said) == 1


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        pytest.param([], "0 records on 0 pages, 0 records/s", id="nothing"),
        pytest.param([("", 25, None)], "25 records on 1 pages, 12 records/s", id="no_count"),
        pytest.param(
            [("", 1000, 4000), ("", 1000, 4000)],
            "2,000 records on 2 pages, 1,000 records/s, 50% of 4,000",
            id="share",
        ),
        pytest.param([("", 30, 25)], "30 records on 1 pages, 15 records/s, 100% of 25", id="more_than_all"),
        pytest.param([("", 0, 0)], "0 records on 1 pages, 0 records/s", id="empty_list"),
        pytest.param(
            [("a", 10, 20), ("b", 10, 20)], "20 records on 2 pages, 10 records/s, 2 lists begun", id="several_lists"
        ),
    ],
)
def test_sum(pages: list[tuple[str, int, int | None]], said: str) -> None:
    progress, clock, _ = begun()
    for one in pages:
        progress.page(*one)
    clock.sleep(2)

    assert str(progress) == said


def test_reading_again_is_said_at_once() -> None:
    progress, _, said = begun()

    progress.again("contacts", 2, 5)

    assert said == ["contacts changed while they were read; reading what changed again (2 of 5)"]


def test_share_is_of_the_reading_under_way() -> None:
    progress, clock, _ = begun()
    progress.page("", 100, 100)
    progress.again("contacts", 2, 5)
    progress.page("", 25, 100)
    clock.sleep(1)

    assert "25% of 100" in str(progress)


def test_clock_that_has_not_moved_divides_nothing() -> None:
    progress, _, _ = begun()
    progress.page("", 25, 25)

    assert "100% of 25" in str(progress)
