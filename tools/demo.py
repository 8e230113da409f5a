"""
``make demo``: the example DAGs through a real Airflow, against the bundled sandbox.

A CircleCI pipeline is triggered and followed to its end, its artifacts and test results are kept, and yesterday's
changes of Circa's contacts are pulled into a file and a table. Shows what happens while it happens, and ends with one
line that begins ``demo: ok`` or ``demo: failed``.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

from airflow_provider_circle.sandbox.client import Sandbox, start_sandbox
from tools.airflow_instance import AirflowInstance
from tools.canary import DEBUG, Canaries, new_token
from tools.terminal import end_in_one_line, keep_up, say

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parent.parent
_HOME = _ROOT / ".demo"
_DATA = _HOME / "data"
_RUN = "demo"
_PIPELINE_DAG, _CONTACTS_DAG = "circleci_pipeline", "circa_contacts"
_PIPELINE_S = 25
_SHOWN_ROWS = 3
_CONTACTS = 2_000


def main() -> int:
    """
    Run the demo.

    :return: exit status.
    """
    done = "a CircleCI pipeline was followed to its end, and Circa contacts were pulled into a file and a table"
    return end_in_one_line("demo", _run, done, _HOME)


def _run() -> list[str]:
    """Run everything; return what went wrong."""
    shutil.rmtree(_HOME, ignore_errors=True)
    _DATA.mkdir(parents=True)
    say("starting the sandbox")
    canaries = Canaries({"circleci_token": new_token(), "circa_token": new_token()})
    return [problem for problem in (_shown(canaries), _leaked(canaries)) if problem]


def _shown(canaries: Canaries) -> str:
    """Run both DAGs and show what comes of them; return what went wrong."""
    with start_sandbox(service_tokens=canaries.service_tokens()) as sandbox:
        sandbox.set_default(duration_s=_PIPELINE_S)
        sandbox.circa_populate(contacts=_CONTACTS)
        say(f"the sandbox stands in for CircleCI and Circa at {sandbox.url}")
        say("starting Airflow (scheduler, triggerer, API server) in .demo/; this takes a moment")
        environment = {
            **DEBUG,
            "AIRFLOW_CONN_CIRCLECI_DEFAULT": sandbox.connection_json(),
            "AIRFLOW_CONN_CIRCA_DEFAULT": sandbox.circa_connection_json(),
            "AIRFLOW_CONN_WAREHOUSE": json.dumps({"conn_type": "sqlite", "host": str(_DATA / "warehouse.sqlite")}),
        }
        with AirflowInstance(_HOME, _ROOT / "dags_examples", environment=environment) as airflow:
            say(f"Airflow is up at {airflow.url}")
            airflow.run(_PIPELINE_DAG, _RUN, {"folder": (_DATA / "circleci").as_uri()})
            say(f"started DAG {_PIPELINE_DAG}")
            now = datetime.now(UTC).isoformat()
            airflow.run(_CONTACTS_DAG, _RUN, {"folder": _DATA.as_uri()}, logical_date=now)
            say(f"started DAG {_CONTACTS_DAG} for yesterday")
            deferred = _follow(airflow, sandbox)
            problem = _show_pipeline(airflow, sandbox, deferred=deferred) or _show_contacts(airflow, sandbox)
            if os.environ.get("KEEP"):
                keep_up(airflow)
            return problem


def _leaked(canaries: Canaries) -> str:
    """Search everything that was written for the tokens; return what went wrong."""
    report = canaries.search(_HOME)
    print(report.table() if report.findings else report.line(), flush=True)
    return f"secrets were written to {report.findings[0].place}" if report.findings else ""


def _follow(airflow: AirflowInstance, sandbox: Sandbox) -> bool:
    """Show every change until both runs have ended; tell whether the wait was deferred."""
    shown: dict[str, str] = {}
    seen: set[str] = set()

    def look() -> bool:
        now: dict[str, str] = {}
        for dag_id in (_PIPELINE_DAG, _CONTACTS_DAG):
            for task in airflow.tasks(dag_id, _RUN):
                now[f"task {dag_id}.{task['task_id']}"] = task["state"] or "none"
        for pipeline in sandbox.pipelines():
            standing = ", ".join(f"{flow['name']} {flow['status']}" for flow in pipeline["workflows"])
            now[f"CircleCI pipeline {pipeline['number']}"] = standing or "no workflow yet"
        for name, state in now.items():
            if shown.get(name) != state:
                say(f"{name}: {state}")
        shown.update(now)
        seen.add(shown.get(f"task {_PIPELINE_DAG}.build", ""))
        return all(
            airflow.run_state(dag_id, _RUN) in {"success", "failed"} for dag_id in (_PIPELINE_DAG, _CONTACTS_DAG)
        )

    airflow.wait_for(look, "the runs to end", timeout_s=180)
    return "deferred" in seen


def _show_states(airflow: AirflowInstance, dag_id: str) -> str:
    """Print how a run's tasks ended; return what is wrong with that."""
    states = {task["task_id"]: task["state"] for task in airflow.tasks(dag_id, _RUN)}
    print(f"\ntask states of {dag_id}")
    for task_id, state in states.items():
        print(f"  {task_id:<13} {state}")
    if set(states.values()) != {"success"}:
        return f"tasks of {dag_id} ended as {states}; see {_HOME / 'logs'}"
    return ""


def _show_pipeline(airflow: AirflowInstance, sandbox: Sandbox, *, deferred: bool) -> str:
    """Print how the pipeline ended; return what is wrong with that."""
    if problem := _show_states(airflow, _PIPELINE_DAG):
        return problem
    summary = airflow.xcom(_PIPELINE_DAG, _RUN, "build", "summary")
    print("pipeline summary")
    for key in ("project_slug", "number", "status", "url"):
        print(f"  {key:<13} {summary[key]}")
    for flow in summary["workflows"]:
        print(f"  {'workflow':<13} {flow['name']}: {flow['status']} in {flow['duration_s']:.0f} s")
    triggered = len(sandbox.pipelines())
    if triggered != 1:
        return f"{triggered} pipelines were triggered, not one"
    return "" if deferred else "the wait was never deferred to the triggerer"


def _show_contacts(airflow: AirflowInstance, sandbox: Sandbox) -> str:
    """Print what landed; return what is wrong with that."""
    if problem := _show_states(airflow, _CONTACTS_DAG):
        return problem
    pulled = airflow.xcom(_CONTACTS_DAG, _RUN, "pull_contacts")
    window = pulled["window"]
    with gzip.open(Path(pulled["uri"].removeprefix("file://")), "rt", encoding="utf-8") as file:
        landed = [json.loads(line) for line in file]
    with sqlite3.connect(_DATA / "warehouse.sqlite") as warehouse:
        (in_table,) = warehouse.execute("SELECT count(*) FROM circa_contacts").fetchone()
        rows = warehouse.execute(
            "SELECT id, email, updated_at FROM circa_contacts ORDER BY updated_at LIMIT ?", (_SHOWN_ROWS,)
        ).fetchall()
    print(f"contacts changed from {window['min']} to {window['max']}")
    print(f"  {'file':<13} {len(landed)} records, {pulled['bytes']:,} bytes, {pulled['uri']}")
    print(f"  {'table':<13} {in_table} rows in {pulled['table']}, of which")
    for row in rows:
        print(f"  {'':<13} {'  '.join(map(str, row))}")
    print(flush=True)
    true = {
        contact["id"]
        for contact in sandbox.circa_contacts()
        if _moment(window["min"]) <= _moment(contact["updated_at"]) < _moment(window["max"])
    }
    if {contact["id"] for contact in landed} != true or not len(true) == len(landed) == in_table:
        return f"{len(true)} contacts changed in the sandbox, the file has {len(landed)} and the table {in_table}"
    return "" if true else "no contact changed yesterday, so nothing was shown"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


if __name__ == "__main__":
    sys.exit(main())
