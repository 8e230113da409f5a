"""What ``dag.test()`` needs of Airflow: a database, made before the first test, and to know where the DAGs are."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

# Airflow reads these when it is imported, so they come before all else.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-")
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(Path(__file__).with_name("dags"))
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"


@pytest.fixture(scope="session", autouse=True)
def _airflow_database() -> None:
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)
