"""A person's answer, artifacts, test results, a project's history and builds of API v1.1 on a real Airflow."""

from __future__ import annotations

import gzip
import hashlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from airflow_provider_circle.sandbox.client import Sandbox
from tools.airflow_instance import AirflowInstance
from tools.postgres import PostgresDatabase

READING_S = 5
"""Nobody answers at once; and what resumes before the scheduler has seen it pause, it fails (apache/airflow#71172)."""


def answer(airflow: AirflowInstance, run_id: str, option: str) -> None:
    await_question(airflow, run_id)
    where = f"/dags/circleci_question/dagRuns/{run_id}/taskInstances/ask/-1/hitlDetails"
    airflow.ask("PATCH", where, chosen_options=[option], params_input={})


def await_question(airflow: AirflowInstance, run_id: str) -> None:
    where = f"/dags/circleci_question/dagRuns/{run_id}/hitlDetails"
    airflow.wait_for(lambda: airflow.ask("GET", where)["hitl_details"], "the question to be asked", timeout_s=120)
    time.sleep(READING_S)


@pytest.mark.parametrize(
    ("option", "task_states", "workflow_status"),
    [
        pytest.param("Approve", {"release": "success", "ask": "success", "end": "success"}, "success", id="approve"),
        pytest.param(
            "Cancel workflow", {"release": "success", "ask": "skipped", "end": "skipped"}, "canceled", id="cancel"
        ),
    ],
)
def test_a_persons_answer_in_airflow_is_carried_out_in_circleci(
    airflow: AirflowInstance, sandbox: Sandbox, option: str, task_states: dict[str, str], workflow_status: str
) -> None:
    sandbox.set_default(scenario="on_hold", duration_s=6)
    run_id = option.partition(" ")[0].lower()
    airflow.run("circleci_question", run_id)

    answer(airflow, run_id, option)

    airflow.wait_for_run("circleci_question", run_id)
    assert {task["task_id"]: task["state"] for task in airflow.tasks("circleci_question", run_id)} == task_states
    airflow.wait_for(
        lambda: [flow["status"] for flow in sandbox.pipelines()[0]["workflows"]] == [workflow_status],
        f"the workflow to be {workflow_status}",
        timeout_s=30,
    )
    assert airflow.xcom("circleci_question", run_id, "ask", "decision")["decided_in"] == "airflow"


def test_an_approval_in_circleci_ends_the_question(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    sandbox.set_default(scenario="on_hold", duration_s=6)
    airflow.run("circleci_question", "elsewhere")
    await_question(airflow, "elsewhere")

    approve_somewhere_else(sandbox)

    assert airflow.wait_for_run("circleci_question", "elsewhere") == "success"
    assert airflow.xcom("circleci_question", "elsewhere", "ask", "decision")["decided_in"] == "circleci"


def test_artifacts_and_test_results_of_a_pipeline_land(
    airflow: AirflowInstance, sandbox: Sandbox, pulls_folder: Path
) -> None:
    sandbox.set_default(scenario="success", duration_s=6)
    folder = pulls_folder / "circleci_pipeline"

    airflow.run("circleci_pipeline", "example", {"folder": folder.as_uri()})

    assert airflow.wait_for_run("circleci_pipeline", "example") == "success"
    stored = airflow.xcom("circleci_pipeline", "example", "artifacts")
    manifest = Path(stored["manifest"].removeprefix("file://"))
    entries = [json.loads(line) for line in manifest.read_text().splitlines()]
    assert stored["artifacts"] == len(entries) > 0
    for entry in entries:
        content = (manifest.parent / entry["target"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])
    tests = airflow.xcom("circleci_pipeline", "example", "tests")
    with gzip.open(tests["uri"].removeprefix("file://"), "rt", encoding="utf-8") as results:
        assert len(results.readlines()) == tests["tests"] > 0


def test_history_of_a_project_lands_in_tables(
    airflow: AirflowInstance, sandbox: Sandbox, warehouse: PostgresDatabase
) -> None:
    sandbox.set_default(scenario="success", duration_s=6)
    api = f"{sandbox.circleci_host}/api/v2/project/gh/acme/app/pipeline"
    requests.post(
        api, json={"branch": "main"}, headers={"Circle-Token": sandbox.token_of("circleci")}, timeout=10
    ).raise_for_status()
    sandbox.advance(60)

    airflow.run("circleci_history", "example", logical_date=datetime.now(UTC).isoformat())

    assert airflow.wait_for_run("circleci_history", "example") == "success"
    assert airflow.xcom("circleci_history", "example", "jobs")["records"] == 0  # It ran today, the run is of yesterday.
    assert airflow.xcom("circleci_history", "example", "insights_workflows")["records"] == 1


def test_build_of_v1_is_followed_and_its_failure_built_again(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    sandbox.set_default(scenario="failed", duration_s=6)

    airflow.run("circleci_v1_build", "example")

    airflow.wait_for_run("circleci_v1_build", "example")
    states = {task["task_id"]: task["state"] for task in airflow.tasks("circleci_v1_build", "example")}
    assert states["build"] == "failed"
    posted = sandbox.requests(method="POST", path=r"/api/v1\.1/")
    assert [request["path"].rpartition("/")[2] for request in posted] == ["main", "retry"]


def approve_somewhere_else(sandbox: Sandbox) -> None:
    with requests.Session() as session:
        session.headers["Circle-Token"] = sandbox.token_of("circleci")
        api = f"{sandbox.circleci_host}/api/v2"
        workflow_id = sandbox.pipelines()[0]["workflows"][0]["id"]
        jobs = session.get(f"{api}/workflow/{workflow_id}/job", timeout=10).json()["items"]
        (held,) = [job["approval_request_id"] for job in jobs if job["status"] == "on_hold"]
        session.post(f"{api}/workflow/{workflow_id}/approve/{held}", timeout=10).raise_for_status()
