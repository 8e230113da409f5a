"""A rate that a service was seen to accept: found, kept and forgotten."""

from __future__ import annotations

import math

import pytest

from airflow_provider_circle.core.learning import LearnedRate

NOW_S = 1_800_000_000.0


@pytest.fixture
def learned() -> LearnedRate:
    """Ten requests a second were accepted for a minute, then the service announced that it had enough."""
    rate = LearnedRate()
    for number in range(600):
        rate.accepted(NOW_S + number / 10, NOW_S + number / 10, bound=False)
    rate.used_up(NOW_S + 59.9)
    return rate


def test_an_announced_end_is_learned_from(learned: LearnedRate) -> None:
    assert 5.0 < learned.per_s < 10.0


def test_an_announced_end_tells_nothing_new_where_a_rate_is_known(learned: LearnedRate) -> None:
    known = learned.per_s

    learned.used_up(NOW_S + 60.5)

    assert learned.per_s == known


def test_a_rate_that_nobody_is_refused_at_grows_until_it_is_none(learned: LearnedRate) -> None:
    grown = [learned.per_s]
    while grown[-1] < math.inf:
        at_s = NOW_S + 100 + len(grown)
        learned.accepted(at_s, at_s, bound=True)
        grown.append(learned.per_s)
        assert len(grown) < 100_000

    assert grown == sorted(grown)
    assert 400.0 < grown[-2] <= 500.0


def test_a_rate_that_nobody_waits_for_does_not_grow(learned: LearnedRate) -> None:
    known = learned.per_s

    for number in range(10_000):
        learned.accepted(NOW_S + 100 + number, NOW_S + 100 + number, bound=False)

    assert learned.per_s == known
