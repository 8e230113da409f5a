"""What a campaign of ``make chaos`` does, by its seed."""

from __future__ import annotations

import pytest

from airflow_provider_circle.sandbox.circleci.scenarios import SCENARIOS
from airflow_provider_circle.sandbox.faults import Fault
from tools.chaos.plan import ENDINGS, PROCESS_STRIKES, REQUEST_FAULTS, make_plan

SEEDS = range(1, 12)


@pytest.mark.parametrize("minutes", [2, 10])
def test_same_seed_gives_the_same_plan(minutes: int) -> None:
    assert make_plan(7, minutes) == make_plan(7, minutes)
    assert make_plan(7, minutes) != make_plan(8, minutes)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("minutes", [2, 10])
def test_every_kind_of_fault_strikes_while_there_is_work(seed: int, minutes: int) -> None:
    plan = make_plan(seed, minutes)

    assert plan.kinds().keys() == REQUEST_FAULTS.keys() | PROCESS_STRIKES.keys()
    assert list(plan.strikes) == sorted(plan.strikes, key=lambda strike: strike.at_s)
    assert all(0 <= strike.at_s < 60 * minutes for strike in plan.strikes)
    assert plan.waves[-1].at_s < 60 * minutes


@pytest.mark.parametrize("seed", SEEDS)
def test_sandbox_knows_what_is_planned(seed: int) -> None:
    plan = make_plan(seed, 10)

    for strike in plan.strikes:
        if strike.kind in REQUEST_FAULTS:
            Fault.from_json(dict(strike.options))
    assert ENDINGS.keys() <= SCENARIOS.keys()


def test_every_pipeline_has_a_number_of_its_own() -> None:
    numbers = [one["number"] for wave in make_plan(1, 10).waves for one in (*wave.waits, wave.watched)]

    assert len(set(numbers)) == len(numbers) > 50
