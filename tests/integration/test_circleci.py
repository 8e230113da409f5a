"""CircleCI tasks on a real Airflow: scheduler, triggerer and API server as processes, the sandbox as CircleCI."""

from __future__ import annotations

import json
import os
import signal

import psutil
import pytest
import requests

from airflow_provider_circle.sandbox.client import Sandbox
from tools.airflow_instance import AirflowInstance
from tools.canary import Canaries
from tools.postgres import PostgresDatabase

POST_PIPELINE = r"/project/.+/pipeline$"


def workflow_statuses(sandbox: Sandbox) -> list[str]:
    return [flow["status"] for pipeline in sandbox.pipelines() for flow in pipeline["workflows"]]


def test_deferred_task_succeeds_with_its_pipeline(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    sandbox.set_speed(0)
    airflow.run("deferred", "success", {"scenario": "mixed_success"})
    airflow.wait_for_task("deferred", "success", "build", "deferred")
    sandbox.set_speed(1)

    assert airflow.wait_for_run("deferred", "success") == "success"

    (pipeline,) = sandbox.pipelines()
    summary = airflow.xcom("deferred", "success", "build", "summary")
    assert summary["pipeline_id"] == pipeline["id"] == airflow.xcom("deferred", "success", "build", "pipeline_id")
    assert summary["status"] == "succeeded"
    assert {flow["status"] for flow in summary["workflows"]} == {"success"}


def test_failed_pipeline_fails_the_task_and_names_jobs_and_tests(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    airflow.run("deferred", "failure", {"scenario": "failed"})

    assert airflow.wait_for_run("deferred", "failure") == "failed"

    log = airflow.log("deferred", "failure", "build")
    assert "PipelineFailed" in log
    assert "job test failed" in log
    assert "its step 'Run test' wrote last:" in log
    assert "test_case_20" in log
    assert "test_case_21" not in log


def test_blocking_task_fails_with_its_pipeline(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    airflow.run("blocking", "errored", {"scenario": "errored"})

    assert airflow.wait_for_run("blocking", "errored") == "failed"

    assert "the pipeline could not start" in airflow.log("blocking", "errored", "build")


def test_held_job_is_approved_and_the_task_succeeds(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    airflow.run("approving", "on_hold", {"scenario": "on_hold"})

    assert airflow.wait_for_run("approving", "on_hold") == "success"

    assert len(sandbox.requests(method="POST", path=r"/approve/")) == 1


def test_deadline_holds_while_deferred(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    airflow.run("short_deadline", "never_ends", {"scenario": "never_ends"})

    assert airflow.wait_for_run("short_deadline", "never_ends") == "failed"

    assert "PipelineTimedOut" in airflow.log("short_deadline", "never_ends", "build")


def test_marking_a_deferred_task_failed_cancels_its_pipeline(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    airflow.run("deferred", "marked", {"scenario": "never_ends"})
    airflow.wait_for_task("deferred", "marked", "build", "deferred")
    airflow.wait_for(lambda: "running" in workflow_statuses(sandbox), "the workflow to run", timeout_s=30)

    airflow.ask("PATCH", "/dags/deferred/dagRuns/marked/taskInstances/build", new_state="failed")

    airflow.wait_for(lambda: workflow_statuses(sandbox) == ["canceled"], "the workflow to be canceled", timeout_s=120)


def test_clearing_a_deferred_task_cancels_its_pipeline_and_triggers_a_new_one(
    airflow: AirflowInstance, sandbox: Sandbox
) -> None:
    airflow.run("deferred", "cleared", {"scenario": "never_ends"})
    airflow.wait_for_task("deferred", "cleared", "build", "deferred")
    airflow.wait_for(lambda: "running" in workflow_statuses(sandbox), "the workflow to run", timeout_s=30)

    airflow.ask("POST", "/dags/deferred/clearTaskInstances", dry_run=False, dag_run_id="cleared", only_failed=False)

    airflow.wait_for(lambda: len(sandbox.pipelines()) == 2, "a second pipeline", timeout_s=120)
    airflow.wait_for(lambda: "canceled" in workflow_statuses(sandbox), "the first to be canceled", timeout_s=120)
    airflow.wait_for_task("deferred", "cleared", "build", "deferred")
    airflow.ask("PATCH", "/dags/deferred/dagRuns/cleared/taskInstances/build", new_state="success")


def test_clearing_a_task_that_waits_in_its_worker_cancels_its_pipeline_and_triggers_a_new_one(
    airflow: AirflowInstance, sandbox: Sandbox
) -> None:
    airflow.run("blocking", "cleared", {"scenario": "never_ends"})
    airflow.wait_for(lambda: "running" in workflow_statuses(sandbox), "the workflow to run", timeout_s=120)

    airflow.ask("POST", "/dags/blocking/clearTaskInstances", dry_run=False, dag_run_id="cleared", only_failed=False)

    airflow.wait_for(lambda: "canceled" in workflow_statuses(sandbox), "the first to be canceled", timeout_s=120)
    airflow.wait_for(lambda: "running" in workflow_statuses(sandbox), "a second pipeline to run", timeout_s=120)
    assert len(sandbox.pipelines()) == 2
    airflow.ask("PATCH", "/dags/blocking/dagRuns/cleared/taskInstances/build", new_state="failed")
    airflow.wait_for(lambda: set(workflow_statuses(sandbox)) == {"canceled"}, "both to be canceled", timeout_s=120)


def test_clearing_a_task_that_succeeded_triggers_a_new_pipeline(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    airflow.run("deferred", "again", {"duration_s": 1})
    assert airflow.wait_for_run("deferred", "again") == "success"

    airflow.ask("POST", "/dags/deferred/clearTaskInstances", dry_run=False, dag_run_id="again", only_failed=False)

    airflow.wait_for(lambda: len(sandbox.pipelines()) == 2, "a second pipeline", timeout_s=120)
    assert airflow.wait_for_run("deferred", "again") == "success"


def test_worker_killed_right_after_the_post_leaves_exactly_one_pipeline(
    airflow: AirflowInstance, sandbox: Sandbox
) -> None:
    sandbox.add_fault("stall", method="POST", path=POST_PIPELINE, times=1, seconds=60)
    airflow.run("retried", "killed", {"duration_s": 3600})
    posted = airflow.wait_for(
        lambda: sandbox.requests(method="POST", path=POST_PIPELINE), "the POST to arrive", timeout_s=120, every_s=0.1
    )

    os.kill(process_with_port(posted[0]["client_port"]), signal.SIGKILL)
    airflow.wait_for_task("retried", "killed", "build", "deferred")
    sandbox.advance(7200)

    assert airflow.wait_for_run("retried", "killed") == "success"
    assert airflow.task("retried", "killed", "build")["try_number"] == 2
    assert len(sandbox.pipelines()) == 1


def test_retry_after_a_failure_triggers_a_new_pipeline(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    airflow.run("retried", "failed_twice", {"scenario": "failed"})

    assert airflow.wait_for_run("retried", "failed_twice") == "failed"

    assert len(sandbox.pipelines()) == 2


def test_retry_from_failed_reruns_in_the_same_pipeline(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    airflow.run("retried_from_failed", "rerun", {"scenario": "failed"})

    assert airflow.wait_for_run("retried_from_failed", "rerun") == "success"

    (pipeline,) = sandbox.pipelines()
    assert sorted(flow["status"] for flow in pipeline["workflows"]) == ["failed", "success"]
    (rerun,) = sandbox.requests(method="POST", path=r"/rerun$")
    assert rerun["body"] == {"from_failed": True}


def test_sensors_wait_in_every_mode(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    airflow.run("sensors", "all_modes", {"duration_s": 8})

    assert airflow.wait_for_run("sensors", "all_modes") == "success"

    for task_id in ("poking", "rescheduled", "deferred"):
        assert airflow.xcom("sensors", "all_modes", task_id)["status"] == "succeeded"


@pytest.mark.parametrize(
    ("dag_id", "scenario"),
    [("circleci_approval", "on_hold"), ("circleci_watch", "success")],
)
def test_example_runs_to_its_end(airflow: AirflowInstance, sandbox: Sandbox, dag_id: str, scenario: str) -> None:
    sandbox.set_default(scenario=scenario, duration_s=6)
    if dag_id == "circleci_watch":
        trigger_somewhere_else(sandbox)

    airflow.run(dag_id, "example")

    assert airflow.wait_for_run(dag_id, "example") == "success"


def test_fifty_waits_survive_the_death_of_their_triggerer(airflow: AirflowInstance, sandbox: Sandbox) -> None:
    sandbox.set_speed(0)
    airflow.run("fifty", "orphaned")
    airflow.wait_for(
        lambda: [task["state"] for task in airflow.tasks("fifty", "orphaned")] == ["deferred"] * 50,
        "50 tasks to be deferred",
        timeout_s=600,
    )

    airflow.kill("triggerer")
    airflow.start("triggerer")
    sandbox.set_speed(20)

    assert airflow.wait_for_run("fifty", "orphaned", timeout_s=600) == "success"
    assert len(sandbox.pipelines()) == 50
    assert len(sandbox.requests(method="POST", path=POST_PIPELINE)) == 50


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        pytest.param(None, "Connected to CircleCI as sandbox-user", id="good_token"),
        pytest.param("wrong-token", "401", id="wrong_token"),
        pytest.param("", "there is no token", id="no_token"),
    ],
)
def test_test_connection_button_answers(
    airflow: AirflowInstance, sandbox: Sandbox, password: str | None, expected: str
) -> None:
    answer = airflow.ask(
        "POST",
        "/connections/test",
        connection_id="tried",
        conn_type="circleci",
        host=sandbox.circleci_host,
        password=sandbox.token_of("circleci") if password is None else password,
    )

    assert answer["status"] is expected.startswith("Connected")
    assert expected in answer["message"]


@pytest.mark.parametrize("refused", [False, True], ids=["taken", "refused"])
def test_token_and_value_of_a_variable_are_in_no_file_and_no_table(
    airflow: AirflowInstance, metadata: PostgresDatabase, sandbox: Sandbox, canaries: Canaries, *, refused: bool
) -> None:
    if refused:
        quoting = json.dumps({"message": f"no good: {canaries['context_variable']}"})
        sandbox.add_fault("status", method="PUT", status=400, body=quoting)

    airflow.run("circleci_secrets", f"refused_{refused}")

    assert airflow.wait_for_run("circleci_secrets", f"refused_{refused}") == ("failed" if refused else "success")
    assert [put["status"] for put in sandbox.requests(method="PUT")] == [400 if refused else 200]
    report = canaries.search_everything([airflow.home], [metadata])
    assert report.findings == [], report.table()


def trigger_somewhere_else(sandbox: Sandbox) -> None:
    url = f"{sandbox.circleci_host}/api/v2/project/gh/acme/app/pipeline"
    reply = requests.post(
        url, json={"branch": "main"}, headers={"Circle-Token": sandbox.token_of("circleci")}, timeout=10
    )
    reply.raise_for_status()


def process_with_port(port: int) -> int:
    for process in psutil.process_iter(["pid"]):
        try:
            if any(connection.laddr and connection.laddr.port == port for connection in process.net_connections()):
                return process.pid
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
    raise LookupError(json.dumps({"no process has the port": port}))
