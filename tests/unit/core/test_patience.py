"""Numbers that make no sense are refused before anything is done with them, and the refusal says what would."""

from __future__ import annotations

import math
from typing import Any

import pytest

from airflow_provider_circle.core.patience import check_polling, check_repeating

SENSIBLE: dict[str, Any] = {"poll_interval_s": 0.5, "max_poll_interval_s": 0.5, "poll_backoff": 0}


@pytest.mark.parametrize(
    ("name", "value"),
    [("poll_interval_s", 0.1), ("max_poll_interval_s", 60), ("poll_backoff", 0.5), ("poll_backoff", 0.0)],
)
def test_numbers_that_make_sense_pass(name: str, value: float) -> None:
    check_polling(**{**SENSIBLE, name: value})


@pytest.mark.parametrize("value", [-1, -0.1, math.nan, math.inf, True, "1", None])
@pytest.mark.parametrize(
    ("name", "least"),
    [("poll_interval_s", "above 0"), ("max_poll_interval_s", "above 0"), ("poll_backoff", "0 or more")],
)
def test_what_is_no_amount_is_refused_by_name(name: str, least: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be a number, {least}, got {value!r}$"):
        check_polling(**{**SENSIBLE, name: value})


@pytest.mark.parametrize("name", ["poll_interval_s", "max_poll_interval_s"])
def test_an_interval_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be a number, above 0, got 0$"):
        check_polling(**{**SENSIBLE, name: 0})


def test_bounds_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^max_poll_interval_s must be at least poll_interval_s \(0.5\), got 0.4$"):
        check_polling(**{**SENSIBLE, "max_poll_interval_s": 0.4})


@pytest.mark.parametrize("attempts", [0, -1, 1.0, True, "1", None])
def test_fewer_than_one_attempt_is_refused(attempts: Any) -> None:
    with pytest.raises(ValueError, match=f"^attempts must be a whole number of at least 1, got {attempts!r}$"):
        check_repeating(attempts)


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, True, "1", None])
def test_what_is_no_wait_is_refused_by_the_name_it_has(value: Any) -> None:
    with pytest.raises(ValueError, match=f"^nap_s must be a number of seconds, 0 or more, got {value!r}$"):
        check_repeating(1, rest_s=0, nap_s=value)
