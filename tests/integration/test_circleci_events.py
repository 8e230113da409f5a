"""Asset events on a real Airflow: its triggerer shares a poll of the sandbox, is killed, loses and repeats nothing."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from airflow_provider_circle.sandbox.client import Sandbox
from tools.airflow_instance import AirflowInstance

ALONE = "gh/acme/alone"
TWENTY = "gh/acme/twenty"
ASSETS = {"watched_alone": ["watched_alone"], "watched_by_twenty": [f"watched_by_{n:02}" for n in range(1, 21)]}


@pytest.fixture(scope="module")
def watching(airflow: AirflowInstance, sandbox_server: Sandbox) -> Iterator[AirflowInstance]:
    """Airflow, with watches that have begun; none goes on to ask the sandbox during other tests."""
    for dag_id in ASSETS:
        airflow.unpause(dag_id)
    read_again(airflow, "watched_alone")
    names = [name for assets in ASSETS.values() for name in assets]
    airflow.wait_for(lambda: all(stored(airflow, name) for name in names), "the watches to begin", timeout_s=120)
    yield airflow
    for dag_id in ASSETS:
        airflow.ask("PATCH", f"/dags/{dag_id}", is_paused=True)
    read_again(airflow, "watched_alone")


def build(sandbox: Sandbox, project_slug: str, *, duration_s: float, scenario: str = "success") -> str:
    """Start a pipeline somewhere else, and give its id."""
    reply = requests.post(
        f"{sandbox.circleci_host}/api/v2/project/{project_slug}/pipeline",
        json={"branch": "main", "parameters": {"sandbox_scenario": scenario, "sandbox_duration_s": duration_s}},
        headers={"Circle-Token": sandbox.token_of("circleci")},
        timeout=10,
    )
    reply.raise_for_status()
    return str(reply.json()["id"])


def asset_id(airflow: AirflowInstance, name: str) -> int:
    found = airflow.ask("GET", f"/assets?name_pattern={name}")["assets"]
    return next(int(asset["id"]) for asset in found if asset["name"] == name)


def stored(airflow: AirflowInstance, name: str) -> dict[str, Any] | None:
    """What the watcher of an asset has stored, as Airflow's API shows it."""
    rows = airflow.ask("GET", f"/assets/{asset_id(airflow, name)}/state-store")["asset_state_store"]
    return rows[0]["value"] if rows else None


def payloads(airflow: AirflowInstance, name: str) -> list[dict[str, Any]]:
    events = airflow.ask("GET", f"/assets/events?asset_id={asset_id(airflow, name)}&limit=100")["asset_events"]
    return [event["extra"]["payload"] for event in events]


def polls(sandbox: Sandbox, project_slug: str) -> int:
    return len(sandbox.requests(method="GET", path=rf"/project/{project_slug}/pipeline$"))


def read_again(airflow: AirflowInstance, dag_id: str) -> None:
    """Have a DAG file read at once: watchers begin and end when it is."""
    token = airflow.ask("GET", f"/dags/{dag_id}")["file_token"]
    with contextlib.suppress(RuntimeError):  # It is about to be read already.
        airflow.ask("PUT", f"/parseDagFile/{token}")


def test_dag_runs_because_the_poll_saw_a_finished_workflow(watching: AirflowInstance, sandbox: Sandbox) -> None:
    pipeline_id = build(sandbox, ALONE, duration_s=4)

    run = watching.wait_for(lambda: watching.runs("watched_alone"), "a run", timeout_s=120)[0]
    assert watching.wait_for_run("watched_alone", run["dag_run_id"]) == "success"
    (happened,) = watching.xcom("watched_alone", run["dag_run_id"], "read")
    assert (happened["event"], happened["status"]) == ("workflow_finished", "success")
    assert happened["pipeline_id"] == pipeline_id
    assert happened["id"] == f"workflow_finished/{sandbox.pipelines()[0]['workflows'][0]['id']}"


def test_twenty_watchers_ask_no_more_than_one(watching: AirflowInstance, sandbox: Sandbox) -> None:
    for project_slug in (ALONE, TWENTY):
        build(sandbox, project_slug, duration_s=4, scenario="many_workflows")

    names = ASSETS["watched_by_twenty"]
    watching.wait_for(lambda: all(payloads(watching, name) for name in names), "20 events", timeout_s=120)
    asked = Counter(
        next((slug for slug in (ALONE, TWENTY) if pipeline["project_slug"] == slug), "")
        for pipeline in sandbox.pipelines()
        for _ in sandbox.requests(method="GET", path=f"/pipeline/{pipeline['id']}")
    )
    # Both polls look once a second, give or take a tenth; 20 polls would look 20 times as often.
    assert 0 < asked[TWENTY] <= 1.5 * asked[ALONE] + 2
    assert 0 < polls(sandbox, TWENTY) <= 1.5 * polls(sandbox, ALONE) + 2
    assert [len(payloads(watching, name)) for name in names] == [1] * 20
    assert len(watching.wait_for(lambda: watching.runs("watched_by_twenty"), "a run", timeout_s=120)) == 1


def test_every_workflow_makes_one_event_though_the_triggerer_is_killed(
    watching: AirflowInstance, sandbox: Sandbox
) -> None:
    for duration_s in (3, 4, 5, 200, 210, 220, 400):
        build(sandbox, ALONE, duration_s=duration_s)
    watching.wait_for(lambda: len(told(watching, sandbox)) == 3, "3 events", timeout_s=120)
    watching.wait_for(lambda: len(marked(watching, sandbox)) == 3, "the progress to be stored", timeout_s=120)

    watching.kill("triggerer")
    sandbox.advance(300)
    build(sandbox, ALONE, duration_s=3)
    watching.start("triggerer")
    sandbox.advance(200)

    watching.wait_for(lambda: len(told(watching, sandbox)) >= 8, "8 events", timeout_s=120)
    seen = polls(sandbox, ALONE)
    watching.wait_for(lambda: polls(sandbox, ALONE) > seen + 2, "further looks", timeout_s=120)
    ended = [flow["id"] for pipeline in sandbox.pipelines() for flow in pipeline["workflows"]]
    assert sorted(told(watching, sandbox)) == sorted(ended)


def told(airflow: AirflowInstance, sandbox: Sandbox) -> list[str]:
    """Which workflows of the sandbox's pipelines made an event, in order, repetitions included."""
    there = {pipeline["id"] for pipeline in sandbox.pipelines()}
    return [event["workflow_id"] for event in payloads(airflow, "watched_alone") if event["pipeline_id"] in there]


def marked(airflow: AirflowInstance, sandbox: Sandbox) -> list[str]:
    """Which of the sandbox's pipelines have ended, and made an event, by what is stored."""
    marks = (stored(airflow, "watched_alone") or {"pipelines": {}})["pipelines"]
    there = {pipeline["id"] for pipeline in sandbox.pipelines()}
    return [key for key, (_, ended_s, told, _) in marks.items() if key in there and told and ended_s is not None]


@pytest.fixture
def example(airflow: AirflowInstance) -> Iterator[str]:
    """The DAG that the documentation shows, watching, and paused afterwards."""
    dag_id = "circleci_events"
    airflow.unpause(dag_id)
    read_again(airflow, dag_id)
    yield dag_id
    airflow.ask("PATCH", f"/dags/{dag_id}", is_paused=True)
    read_again(airflow, dag_id)


def test_example_runs_because_a_workflow_failed(airflow: AirflowInstance, sandbox: Sandbox, example: str) -> None:
    airflow.wait_for(lambda: stored(airflow, "acme_app_failed_workflows"), "the watch to begin", timeout_s=120)
    for scenario in ("success", "failed"):
        build(sandbox, "gh/acme/app", duration_s=4, scenario=scenario)

    run = airflow.wait_for(lambda: airflow.runs(example), "a run", timeout_s=120)[0]

    assert airflow.wait_for_run(example, run["dag_run_id"]) == "success"
    (line,) = airflow.xcom(example, run["dag_run_id"], "report")
    (failed,) = sandbox.pipelines()[1]["workflows"]
    assert line.endswith(failed["id"])
