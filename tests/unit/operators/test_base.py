from __future__ import annotations

import importlib.util
import sys
from datetime import timedelta
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowOptionalProviderFeatureException

from airflow_provider_circle.exceptions import CircleError, PipelineFailed, RateLimited, ServiceDown, Unauthorized
from airflow_provider_circle.operators import base
from airflow_provider_circle.operators.base import CircleRetryPolicy, airflow_errors


def test_permanent_error_fails_the_task_at_once() -> None:
    with pytest.raises(AirflowFailException, match="token"), airflow_errors():
        raise Unauthorized("the token is wrong")


@pytest.mark.parametrize(
    "error", [ServiceDown("x"), RateLimited("x"), PipelineFailed("x")], ids=lambda e: type(e).__name__
)
def test_other_errors_are_left_to_retries(error: CircleError) -> None:
    with pytest.raises(type(error)), airflow_errors():
        raise error


def test_retry_policy_says_which_airflow_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "airflow.sdk.definitions.retry_policy", None)
    spec = importlib.util.spec_from_file_location("base_of_an_older_airflow", base.__file__)
    assert spec is not None
    assert spec.loader is not None
    older = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(older)

    with pytest.raises(AirflowOptionalProviderFeatureException, match=r"needs Airflow 3\.3 or newer"):
        older.CircleRetryPolicy()


class TestRetryPolicy:
    @pytest.fixture
    def actions(self) -> Any:
        retry_policy = pytest.importorskip("airflow.sdk.definitions.retry_policy", reason="Airflow before 3.3 has none")
        return retry_policy.RetryAction

    def test_permanent_error_is_not_retried(self, actions: Any) -> None:
        decision = CircleRetryPolicy().evaluate(Unauthorized("x"), 1, 3)
        assert decision.action is actions.FAIL

    @pytest.mark.parametrize(("asked_s", "delay_s"), [(90, 90), (0, 0), (3 * 86_400, 3600), (1e300, 3600)])
    def test_retry_waits_as_long_as_the_service_asked_but_no_longer_than_an_hour(
        self, actions: Any, asked_s: float, delay_s: float
    ) -> None:
        decision = CircleRetryPolicy().evaluate(RateLimited("x", retry_after_s=asked_s), 1, 3)
        assert decision.action is actions.RETRY
        assert decision.retry_delay == timedelta(seconds=delay_s)

    @pytest.mark.parametrize("error", [ServiceDown("x"), KeyError("x")], ids=["ours", "any"])
    def test_anything_else_is_retried_as_the_task_says(self, actions: Any, error: Exception) -> None:
        assert CircleRetryPolicy().evaluate(error, 1, 3).action is actions.DEFAULT

    def test_policy_survives_serialization(self, actions: Any) -> None:
        policy = CircleRetryPolicy()
        assert isinstance(CircleRetryPolicy.deserialize(policy.serialize()), CircleRetryPolicy)
