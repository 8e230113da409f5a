"""What is left of the question to a person on an Airflow that cannot ask."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowOptionalProviderFeatureException

from airflow_provider_circle.operators import circleci_holds


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module as an Airflow before 3.1 imports it."""
    monkeypatch.setitem(sys.modules, "airflow.providers.standard.operators.hitl", None)
    path = circleci_holds.__file__.replace("circleci_holds", "circleci_approval")
    spec = importlib.util.spec_from_file_location("circleci_approval_unavailable", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_operator_says_which_airflow_it_needs(module: Any) -> None:
    with pytest.raises(AirflowOptionalProviderFeatureException, match=r"needs Airflow 3\.1 or newer"):
        module.CircleCIApprovalOperator(task_id="ask", workflow_id="a", defaults="Approve")
