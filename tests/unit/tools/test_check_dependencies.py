from __future__ import annotations

from pathlib import Path

import pytest

from tools.check_dependencies import imported, problems


@pytest.mark.parametrize(
    ("declared", "used", "found"),
    [
        pytest.param({"requests"}, {"requests"}, [], id="both"),
        pytest.param({"requests"}, {"requests", "yarl"}, ["yarl is used and not declared"], id="not_declared"),
        pytest.param({"requests", "yarl"}, {"requests"}, ["yarl is declared and not used"], id="not_used"),
        pytest.param(set(), {"sqlalchemy"}, [], id="airflow_brings_it"),
        pytest.param({"apache-airflow-providers-common-sql"}, set(), [], id="needed_without_an_import"),
    ],
)
def test_what_is_declared_is_held_to_what_is_used(declared: set[str], used: set[str], found: list[str]) -> None:
    assert problems(declared, used) == found


def test_imports_are_found_wherever_they_are(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        "import os\nfrom yarl import URL\nfrom . import own\n\ndef call():\n    import pyarrow.parquet as parquet\n",
        "utf-8",
    )
    assert imported(tmp_path) == {"os", "yarl", "pyarrow.parquet"}
