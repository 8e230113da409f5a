"""
``make demo``: the example DAG through a real Airflow, against the bundled sandbox.

Shows what happens while it happens, and ends with one line that begins ``demo: ok`` or ``demo: failed``.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from airflow_provider_circle.sandbox.client import Sandbox, start_sandbox
from tools.airflow_instance import AirflowInstance

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parent.parent
_HOME = _ROOT / ".demo"
_DAG, _RUN = "circleci_pipeline", "demo"
_PIPELINE_S = 25


def main() -> int:
    """
    Run the demo.

    :return: exit status.
    """
    signal.signal(signal.SIGTERM, _stop)
    began_s = time.monotonic()
    try:
        outcome = _run()
    except KeyboardInterrupt:
        outcome = "interrupted"
    except Exception as error:  # noqa: BLE001  whatever went wrong, the last line has to say so
        print(error, file=sys.stderr)
        outcome = f"{type(error).__name__}: {str(error).splitlines()[0]}"
    if outcome:
        print(f"demo: failed: {outcome}", flush=True)
        return 1
    print(
        f"demo: ok: a CircleCI pipeline was triggered and followed to its end in {time.monotonic() - began_s:.0f} s",
        flush=True,
    )
    return 0


def _run() -> str:
    """Run everything; return what went wrong."""
    shutil.rmtree(_HOME, ignore_errors=True)
    _say("starting the sandbox")
    with start_sandbox() as sandbox:
        sandbox.set_default(duration_s=_PIPELINE_S)
        _say(f"the sandbox stands in for CircleCI at {sandbox.url}")
        _say("starting Airflow (scheduler, triggerer, API server) in .demo/; this takes a moment")
        environment = {"AIRFLOW_CONN_CIRCLECI_DEFAULT": sandbox.connection_json()}
        with AirflowInstance(_HOME, _ROOT / "dags_examples", environment=environment) as airflow:
            _say(f"Airflow is up at {airflow.url}")
            airflow.run(_DAG, _RUN)
            _say(f"started DAG {_DAG}")
            deferred = _follow(airflow, sandbox)
            problem = _show(airflow, sandbox, deferred=deferred)
            if os.environ.get("KEEP"):
                _keep(airflow)
            return problem


def _follow(airflow: AirflowInstance, sandbox: Sandbox) -> bool:
    """Show every change until the run has ended; tell whether the wait was deferred."""
    shown: dict[str, str] = {}
    seen: set[str] = set()

    def look() -> bool:
        now = {f"task {task['task_id']}": task["state"] or "none" for task in airflow.tasks(_DAG, _RUN)}
        for pipeline in sandbox.pipelines():
            standing = ", ".join(f"{flow['name']} {flow['status']}" for flow in pipeline["workflows"])
            now[f"CircleCI pipeline {pipeline['number']}"] = standing or "no workflow yet"
        for name, state in now.items():
            if shown.get(name) != state:
                _say(f"{name}: {state}")
        shown.update(now)
        seen.add(shown.get("task build", ""))
        return airflow.run_state(_DAG, _RUN) in {"success", "failed"}

    airflow.wait_for(look, "the run to end", timeout_s=180)
    return "deferred" in seen


def _show(airflow: AirflowInstance, sandbox: Sandbox, *, deferred: bool) -> str:
    """Print how it ended; return what is wrong with that."""
    states = {task["task_id"]: task["state"] for task in airflow.tasks(_DAG, _RUN)}
    print("\ntask states")
    for task_id, state in states.items():
        print(f"  {task_id:<10} {state}")
    if set(states.values()) != {"success"}:
        return f"tasks ended as {states}; see {_HOME / 'logs'}"
    summary = airflow.xcom(_DAG, _RUN, "build", "summary")
    print("\npipeline summary")
    for key in ("project_slug", "number", "status", "url"):
        print(f"  {key:<13} {summary[key]}")
    for flow in summary["workflows"]:
        print(f"  {'workflow':<13} {flow['name']}: {flow['status']} in {flow['duration_s']:.0f} s")
    print(flush=True)
    triggered = len(sandbox.pipelines())
    if triggered != 1:
        return f"{triggered} pipelines were triggered, not one"
    return "" if deferred else "the wait was never deferred to the triggerer"


def _keep(airflow: AirflowInstance) -> None:
    user, password = airflow.sign_in
    print(f"Airflow stays up: {airflow.url}  user {user}  password {password}  (Ctrl-C ends it)", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        print()


def _stop(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
