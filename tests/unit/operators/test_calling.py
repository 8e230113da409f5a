"""How patiently an operator calls is checked when the DAG is parsed, and handed to its hook."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.operators import calling
from airflow_provider_circle.operators.calling import CallingOperator


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"request_attempts": 0}, "request_attempts must be", id="no_attempts"),
        pytest.param({"request_attempts": True}, "request_attempts must be", id="attempts_as_truth"),
        pytest.param({"request_attempts": 2.5}, "request_attempts must be", id="half_an_attempt"),
        pytest.param({"request_max_wait_s": -1}, "request_max_wait_s must be", id="negative_wait"),
        pytest.param({"request_max_wait_s": math.inf}, "request_max_wait_s must be", id="endless_wait"),
        pytest.param({"request_max_wait_s": "1"}, "request_max_wait_s must be", id="wait_as_text"),
    ],
)
def test_mistake_is_refused_by_the_arguments_name(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f"^{named}"):
        CallingOperator(task_id="call", **options)


def test_patience_is_what_was_given() -> None:
    task = CallingOperator(task_id="call", request_attempts=2, request_max_wait_s=7)

    assert task.patience() == {"request_attempts": 2, "request_max_wait_s": 7, "sleep": task.sleep}


def test_patience_is_the_policys_by_default() -> None:
    patience = CallingOperator(task_id="call").patience()

    assert (patience["request_attempts"], patience["request_max_wait_s"]) == (
        RetryPolicy().attempts,
        RetryPolicy().max_wait_s,
    )


def test_waiting_is_sleeping(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(calling, "time", SimpleNamespace(sleep=slept.append))

    CallingOperator(task_id="call").sleep(3.5)

    assert slept == [3.5]
