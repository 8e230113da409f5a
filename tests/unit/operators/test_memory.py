from __future__ import annotations

import pytest

from airflow_provider_circle.operators.memory import TaskMemory
from tests.unit.running import FakeStateStore, context


@pytest.mark.parametrize(
    ("store", "try_number", "told"),
    [
        pytest.param(None, 1, False, id="nothing_could_have_begun"),
        pytest.param(None, 2, True, id="an_earlier_try_is_forgotten"),
        pytest.param(FakeStateStore(), 2, False, id="an_earlier_try_is_remembered"),
    ],
)
def test_task_is_told_when_airflow_has_forgotten_an_earlier_try(
    caplog: pytest.LogCaptureFixture, store: FakeStateStore | None, try_number: int, told: bool
) -> None:
    running = context(store)
    running["ti"].try_number = try_number

    assert TaskMemory(running, "run").recall() is None
    assert ("keeps nothing from one try" in caplog.text) is told
