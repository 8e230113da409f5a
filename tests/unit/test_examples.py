"""The example DAGs and those that the documentation shows, as a scheduler reads them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("airflow.sdk.definitions.retry_policy", reason="the examples are written for Airflow 3.3")

ROOT = Path(__file__).parents[2]
EXAMPLES = [*ROOT.glob("dags_examples/*.py"), *ROOT.glob("docs/dags/*.py")]


@pytest.mark.parametrize("path", sorted(EXAMPLES), ids=lambda path: path.stem)
def test_example_loads_without_a_connection(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.dag_processing.dagbag import DagBag

    for name in [name for name in os.environ if name.startswith("AIRFLOW_CONN_")]:
        monkeypatch.delenv(name)

    bag = DagBag(path)

    assert bag.import_errors == {}
    assert bag.dags
    for dag in bag.dags.values():
        assert "example" not in dag.tags or (dag.doc_md and dag.description)
