"""Webhooks and push notifications on a real Airflow: sent by the sandbox, received by the API server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tools.airflow_instance import AirflowInstance
from tools.canary import Canaries, new_token

CIRCLECI = "/circle/circleci/circleci_told"
CIRCA = "/circle/circa/circa_told"


@pytest.fixture(scope="module")
def secret(canaries: Canaries) -> str:
    """What CircleCI signs with."""
    return canaries["circleci_webhook_secret"]


@pytest.fixture(scope="module")
def push_secret(canaries: Canaries) -> str:
    """The end of the address that Circa pushes to."""
    return canaries["circa_push_secret"]


@pytest.fixture(scope="module")
def receiver(airflow: AirflowInstance, secret: str, push_secret: str) -> Iterator[str]:
    """The API server's address, connections and DAGs ready."""
    for conn_id, conn_type, proof in (("circleci_told", "circleci", secret), ("circa_told", "circa", push_secret)):
        extra = json.dumps({"webhook_secret": proof})
        airflow.ask("POST", "/connections", connection_id=conn_id, conn_type=conn_type, extra=extra)
    for dag_id in ("told_by_circleci", "never_told", "told_by_circa"):
        airflow.unpause(dag_id)
    yield airflow.url
    for conn_id in ("circleci_told", "circa_told"):
        airflow.ask("DELETE", f"/connections/{conn_id}")


def wait_for_what_was_told(airflow: AirflowInstance, dag_id: str, runs: int = 1) -> list[dict[str, Any]]:
    """Wait until a DAG has run so often, and give what its newest run was told."""
    ended = airflow.wait_for(
        lambda: (
            found if len(found := [run for run in airflow.runs(dag_id) if run["state"] == "success"]) == runs else []
        ),
        f"{dag_id} to run",
        timeout_s=120,
    )
    newest = max(ended, key=lambda run: run["run_after"])
    told: list[dict[str, Any]] = airflow.xcom(dag_id, newest["dag_run_id"], "told")
    return told


def events(airflow: AirflowInstance, uri: str) -> list[dict[str, Any]]:
    (asset,) = [each for each in airflow.ask("GET", "/assets?limit=1000")["assets"] if each["uri"] == uri]
    found: list[dict[str, Any]] = airflow.ask("GET", f"/assets/events?asset_id={asset['id']}")["asset_events"]
    return found


def test_dag_runs_because_circleci_sent_a_signed_webhook(
    airflow: AirflowInstance, sandbox: Sandbox, receiver: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", sandbox.connection_json())
    sandbox.circleci_repeat_webhooks(3)
    with CircleCIHook() as hook:
        project_id = hook.get_project("gh/acme/told")["id"]
        hook.create_webhook(
            project_id, "told", receiver + CIRCLECI, signing_secret=secret, events=["workflow-completed"]
        )
        pipeline = hook.trigger_pipeline("gh/acme/told", branch="main", parameters={"sandbox_duration_s": 1})

    (told,) = wait_for_what_was_told(airflow, "told_by_circleci")

    assert told["pipeline_id"] == pipeline["id"]
    assert {name: told[name] for name in ("type", "status", "branch", "project_slug", "conn_id")} == {
        "type": "workflow-completed",
        "status": "success",
        "branch": "main",
        "project_slug": "gh/acme/told",
        "conn_id": "circleci_told",
    }
    (delivery,) = airflow.wait_for(
        lambda: [each for each in sandbox.circleci_deliveries() if each["over"] and each["statuses"]],
        "all copies to be answered",
        timeout_s=120,
    )
    assert 200 in delivery["statuses"]
    assert set(delivery["statuses"]) <= {200, 503}  # 503: not within four seconds, on a machine under load.
    assert len(events(airflow, "circleci://gh/acme/told/workflow-completed")) == 1


def test_example_runs_because_circleci_sent_a_webhook(
    airflow: AirflowInstance, sandbox: Sandbox, receiver: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", sandbox.connection_json())
    airflow.unpause("circleci_webhook")
    with CircleCIHook() as hook:
        hook.create_webhook(
            hook.get_project("gh/acme/app")["id"],
            "example",
            receiver + CIRCLECI,
            signing_secret=secret,
            events=["workflow-completed"],
        )
        hook.trigger_pipeline("gh/acme/app", branch="main", parameters={"sandbox_duration_s": 1})

    run = airflow.wait_for(lambda: airflow.runs("circleci_webhook"), "a run", timeout_s=120)[0]

    assert airflow.wait_for_run("circleci_webhook", run["dag_run_id"]) == "success"
    (line,) = airflow.xcom("circleci_webhook", run["dag_run_id"], "report")
    assert " of main: success, " in line


def test_webhook_that_proves_nothing_or_repeats_itself_does_nothing(
    airflow: AirflowInstance, sandbox: Sandbox, receiver: str, secret: str
) -> None:
    url = receiver + CIRCLECI

    def send(signed_with: str | None, **options: Any) -> list[int]:
        """Send until the answer is in time, as CircleCI does."""

        def statuses() -> list[int]:
            told = sandbox.circleci_send_webhook(url, signed_with, project_slug="gh/acme/never-told", **options)
            return [] if 503 in told["statuses"] else told["statuses"]

        return airflow.wait_for(statuses, "an answer in time", timeout_s=120)

    assert send(None) == [401]
    assert send("another-secret") == [401]
    assert send(secret, type="ping") == [200]
    assert send(secret, type="job-completed") == [202]
    json_headers = {"Content-Type": "application/json"}
    large = requests.post(url, data=b"[" * 300_000, headers=json_headers, timeout=30)
    assert large.status_code == 413
    assert events(airflow, "circleci://gh/acme/never-told/workflow-completed") == []
    assert airflow.runs("never_told") == []

    assert send(secret, delivery_id="sent-again-and-again") == [200]
    assert send(secret, delivery_id="sent-again-and-again", copies=5) == [200] * 5
    assert len(events(airflow, "circleci://gh/acme/never-told/workflow-completed")) == 1


@pytest.mark.parametrize("path", ["/circle/docs", "/circle/openapi.json", "/circle/redoc"])
def test_receiver_describes_itself_to_nobody(receiver: str, path: str) -> None:
    assert requests.get(receiver + path, timeout=30).status_code == 404


def test_dag_runs_because_circa_pushed(
    airflow: AirflowInstance, sandbox: Sandbox, receiver: str, push_secret: str
) -> None:
    change = {"action": "update", "resource_id": "Q29udGFjdC0x", "resource_type": "Contact"}
    url = f"{receiver}{CIRCA}/{push_secret}"

    changed_at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"

    def is_taken() -> bool:
        return bool(sandbox.circa_push(url, [change], changed_at=changed_at)["status"] == 200)

    assert sandbox.circa_push(f"{receiver}{CIRCA}/{'x' * 37}", [change])["status"] != 200
    for _ in range(2):
        airflow.wait_for(is_taken, "the push to be taken", timeout_s=120)

    (told,) = wait_for_what_was_told(airflow, "told_by_circa")

    assert told["changes"] == [{"action": "update", "id": "Q29udGFjdC0x"}]
    assert len(events(airflow, "circa://circa_told/contacts")) == 1


def test_secret_at_the_end_of_an_address_is_in_no_log(
    airflow: AirflowInstance, sandbox: Sandbox, receiver: str, push_secret: str
) -> None:
    wrong = new_token()
    change = {"action": "update", "resource_id": "Q29udGFjdC0y", "resource_type": "Contact"}
    for end in (push_secret, wrong, f"{push_secret}/more", ""):
        sandbox.circa_push(f"{receiver}{CIRCA}/{end}", [change])

    assert "/circle/circa/circa_told/***" in (airflow.home / "api-server.out").read_text()
    assert Canaries({"right": push_secret, "wrong": wrong}).search(airflow.home).findings == []
