from __future__ import annotations

from collections.abc import Callable

import pytest

from airflow_provider_circle.sandbox.clock import VirtualClock, timestamp

from .conftest import RealTime


def clock_on(real_time: RealTime, speed: float = 1.0) -> VirtualClock:
    return VirtualClock(speed, wall=real_time, monotonic=real_time)


def test_virtual_time_starts_at_the_time_of_day(real_time: RealTime) -> None:
    assert clock_on(real_time).now() == real_time.seconds


@pytest.mark.parametrize(("speed", "virtual_s"), [(1.0, 10.0), (60.0, 600.0), (0.5, 5.0), (0.0, 0.0)])
def test_virtual_time_passes_at_the_chosen_speed(real_time: RealTime, speed: float, virtual_s: float) -> None:
    clock = clock_on(real_time, speed)
    begin = clock.now()
    real_time.seconds += 10
    assert clock.now() - begin == virtual_s


def test_changing_the_speed_does_not_move_the_present(real_time: RealTime) -> None:
    clock = clock_on(real_time, 10)
    real_time.seconds += 7
    before = clock.now()
    clock.set_speed(1000)
    assert clock.now() == before
    real_time.seconds += 1
    assert clock.now() == before + 1000


def test_advancing_adds_up_with_passing_time(real_time: RealTime) -> None:
    clock = clock_on(real_time)
    begin = clock.now()
    clock.advance(30)
    real_time.seconds += 5
    clock.advance(30)
    assert clock.now() - begin == 65


def test_reset_returns_to_the_time_of_day_and_the_first_speed(real_time: RealTime) -> None:
    clock = clock_on(real_time, 2)
    clock.advance(1000)
    clock.set_speed(50)
    clock.reset()
    assert (clock.now(), clock.speed) == (real_time.seconds, 2)


@pytest.mark.parametrize("change", [lambda c: c.advance(-1), lambda c: c.set_speed(-1)], ids=["advance", "speed"])
def test_time_never_runs_backwards(real_time: RealTime, change: Callable[[VirtualClock], None]) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        change(clock_on(real_time))


def test_timestamps_are_utc_with_milliseconds() -> None:
    assert timestamp(1_767_225_600) == "2026-01-01T00:00:00.000Z"
