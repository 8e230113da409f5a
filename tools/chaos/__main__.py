"""
``make chaos``: tasks of every kind on a real Airflow, while services and processes fail at random.

Starts everything in ``.chaos/``, follows a plan that the seed alone decides, and holds what Airflow says and what
landed against the truth in the sandbox. Ends with one line that begins ``chaos: ok`` or ``chaos: failed``.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.sandbox.client import Sandbox, start_sandbox
from tools.airflow_instance import COMPONENTS, AirflowInstance
from tools.canary import DEBUG, Canaries
from tools.chaos.leaks import complaints, connections, strays
from tools.chaos.plan import ANSWER_TIMEOUT_S, PROCESS_STRIKES, REQUEST_FAULTS, Plan, make_plan
from tools.chaos.sinks import build, landed, leftovers, true_records
from tools.chaos.strikes import TRIGGERERS, Striker
from tools.chaos.truth import Triggered, run_id_of, task_problems
from tools.postgres import PostgresDatabase, PostgresServer
from tools.scale.standing import Standing
from tools.scale.truth import record_problems
from tools.terminal import end_in_one_line, keep_up, say

__all__ = ["main"]

_HOME = Path(__file__).resolve().parents[2] / ".chaos"
_FILES = _HOME / "files"
_DAG = "chaos"
_CONTACTS_PER_EVENT, _MEMBERS, _POSTS = 120, 400, 250
_SHOW_EVERY_S = 15.0
_TICK_S = 0.25
_TO_THE_END_S = 1_200.0
"""How long what has begun may take once the plan is through."""
_STRAYS_GONE_WITHIN_S = 60.0
_KEPT_ALIVE = 64
"""Connections that a triggerer may keep for its next waits, at most."""

_SETTINGS = {
    "AIRFLOW__CORE__PARALLELISM": "8",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_POOL_SIZE": "40",
    "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "12",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "25",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
    "AIRFLOW__SCHEDULER__NUM_STUCK_IN_QUEUED_RETRIES": "5",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "8",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "600",
}
"""What dies is missed within seconds, not within minutes."""


def main(arguments: list[str] | None = None) -> int:
    """
    Run it.

    :param arguments: the command line; ``None`` takes that of the process.
    :return: exit status.
    """
    options = _options(arguments)
    plan = make_plan(options.seed, options.minutes)
    done = (
        f"seed {plan.seed}: {len(plan.waves)} waves through {len(plan.strikes)} strikes; one pipeline a task, every "
        "verdict right, every sink exact"
    )
    return end_in_one_line("chaos", lambda: _run(plan, keep=options.keep), done, _HOME)


def _run(plan: Plan, *, keep: bool) -> list[str]:
    """Run everything; return what went wrong."""
    shutil.rmtree(_HOME, ignore_errors=True)
    _FILES.mkdir(parents=True)
    say(f"seed {plan.seed}: {len(plan.waves)} waves, {len(plan.strikes)} strikes; clock off by {plan.skew_s:+g} s")
    canaries = Canaries()
    with (
        start_sandbox(skew_s=plan.skew_s, service_tokens=canaries.service_tokens()) as sandbox,
        PostgresServer(_HOME / "postgres") as postgres,
    ):
        metadata, warehouse = postgres.new_database(), postgres.new_database()
        runs = _prepare(sandbox, plan)
        environment = {
            **_SETTINGS,
            **DEBUG,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.url,
            "AIRFLOW_CONN_CIRCLECI_DEFAULT": _impatient(sandbox.connection_json()),
            "AIRFLOW_CONN_CIRCA_DEFAULT": _impatient(sandbox.circa_connection_json()),
            "AIRFLOW_CONN_CIRCLE_ADMIN_DEFAULT": _impatient(sandbox.circle_admin_connection_json()),
            "AIRFLOW_CONN_WAREHOUSE": warehouse.airflow_connection_json(),
            "CHAOS_FOLDER": str(_FILES),
        }
        dags = Path(__file__).parent / "dags"
        with AirflowInstance(_HOME / "airflow", dags, commands=COMPONENTS, environment=environment) as airflow:
            for name, command in list(TRIGGERERS.items())[1:]:
                airflow.start(command, name)
            standing = Standing(metadata)
            striker = Striker(airflow, sandbox, standing, plan.seed)
            say(f"Airflow is up at {airflow.url}")
            _follow(plan, airflow, standing, striker, runs)
            problems = _leaks(airflow, sandbox, standing)
            striker.count_faults()
            _show_strikes(plan, striker)
            problems += _problems(plan, sandbox, warehouse, standing, runs)
            if keep:
                keep_up(airflow)
        report = canaries.search_everything([airflow.home, _FILES], [metadata, warehouse])
        print(report.table(), flush=True)
    return problems + [f"secret {one.secret} ({one.spelling}) in {one.place}" for one in report.findings]


def _prepare(sandbox: Sandbox, plan: Plan) -> dict[str, JsonObject]:
    """Fill the services; give the configuration of each run."""
    sandbox.circa_populate(contacts=1_000, events=len(plan.waves), contacts_per_event=_CONTACTS_PER_EVENT)
    sandbox.circle_admin_populate(community_members=_MEMBERS, posts=_POSTS)
    built = build(sandbox)
    return {
        run_id_of(wave): {"waits": wave.waits, "watched": wave.watched, "event": event["id"], "built": built}
        for wave, event in zip(plan.waves, sandbox.circa_events(), strict=True)
    }


def _impatient(connection: str) -> str:
    return json.dumps({**json.loads(connection), "extra": {"timeout_s": ANSWER_TIMEOUT_S}})


def _follow(
    plan: Plan, airflow: AirflowInstance, standing: Standing, striker: Striker, runs: Mapping[str, JsonObject]
) -> None:
    """Carry the plan out, then wait until all that was begun has ended."""
    began_s = shown_s = time.monotonic()
    waves, strikes = list(plan.waves), list(plan.strikes)
    while waves or strikes:
        now_s = time.monotonic()
        while waves and waves[0].at_s <= now_s - began_s:
            run_id = run_id_of(waves.pop(0))
            airflow.run(_DAG, run_id, runs[run_id])
        while strikes and strikes[0].at_s <= now_s - began_s:
            if done := striker.strike(strikes.pop(0)):
                say(done)
        striker.get_up()
        if now_s - shown_s > _SHOW_EVERY_S:
            shown_s = now_s
            say(_counted(standing))
        time.sleep(_TICK_S)
    striker.get_up(everything=True)
    say("the plan is through; what has begun goes on to its end")

    def ended() -> bool:
        nonlocal shown_s
        if time.monotonic() - shown_s > _SHOW_EVERY_S:
            shown_s = time.monotonic()
            say(_counted(standing))
        return standing.all_ended()

    airflow.wait_for(ended, "all runs to end", timeout_s=_TO_THE_END_S)


def _leaks(airflow: AirflowInstance, sandbox: Sandbox, standing: Standing) -> list[str]:
    """Look for what nobody looks after any more."""
    deadline_s = time.monotonic() + _STRAYS_GONE_WITHIN_S
    while (lost := strays(airflow.home, _pids(airflow, *airflow.commands))) and time.monotonic() < deadline_s:
        time.sleep(1)
    holding = _pids(airflow, *TRIGGERERS)
    problems = lost + [f"{line} ({count} times)" for line, count in complaints(airflow.home).items()]
    for pid, count in connections(airflow.home, urlsplit(sandbox.url).port or 0).items():
        if count > (_KEPT_ALIVE if pid in holding else 0):
            problems.append(f"process {pid} still has {count} connections to the services")
    if left := standing.left_deferred():
        problems.append(f"{left} waits are left in the triggerers")
    if running := standing.running():
        problems.append(f"{len(running)} tasks are still running")
    return problems + [f"left behind: {name}" for name in leftovers(_FILES)]


def _pids(airflow: AirflowInstance, *names: str) -> set[int]:
    return {process.pid for name in names for process in airflow.family(name)}


def _problems(
    plan: Plan,
    sandbox: Sandbox,
    warehouse: PostgresDatabase,
    standing: Standing,
    runs: Mapping[str, JsonObject],
) -> list[str]:
    """Hold both sides against each other, and show them."""
    pipelines = [_triggered(told) for told in sandbox.pipelines() if "number" in told["parameters"]]
    instances = standing.instances(_DAG, "pipeline_id")
    problems = task_problems(plan.waves, instances, pipelines)
    events = {run_id: conf["event"] for run_id, conf in runs.items()}
    true, found = true_records(sandbox, events), landed(_FILES, warehouse)
    print(f"\n{'':<34}{'should be':>12}{'is':>12}")
    wanted = sum(len(wave.waits) + 1 for wave in plan.waves)
    print(f"{'pipelines triggered':<34}{wanted:>12,}{len({one.number for one in pipelines}):>12,}")
    if again := len(pipelines) - wanted:
        print(f"{'again, Airflow lost the failure':<34}{'':>12}{again:>12,}")
    for sink, by_run in true.items():
        problems += record_problems(sink, "run", by_run, found[sink])
        print(f"{sink:<34}{_total(by_run):>12,}{_total(found[sink]):>12,}")
    print(f"{'tasks':<34}{'':>12}{len(instances):>12,}")
    print(f"{'tries':<34}{'':>12}{sum(one.tries for one in instances):>12,}")
    print(f"{'requests to the services':<34}{'':>12}{len(sandbox.requests()):>12,}\n", flush=True)
    return problems


def _triggered(told: JsonObject) -> Triggered:
    ends = [workflow["stopped_at"] or "" for workflow in told["workflows"]]
    began = told["created_at"]
    return Triggered(
        told["id"], int(told["parameters"]["number"]), began, "" if "" in ends else max(ends, default=began)
    )


def _show_strikes(plan: Plan, striker: Striker) -> None:
    planned = plan.kinds()
    print(f"\n{'fault':<34}{'planned':>12}{'struck':>12}")
    for kind in [*REQUEST_FAULTS, *PROCESS_STRIKES]:
        print(f"{kind:<34}{planned[kind]:>12,}{striker.struck[kind]:>12,}")


def _counted(standing: Standing) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(standing.states_of(_DAG).items())) or "no task yet"


def _total(by_run: dict[str, list[str]]) -> int:
    return sum(map(len, by_run.values()))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="decides the plan (%(default)s)")
    parser.add_argument("--minutes", type=_minutes, default=10.0, help="how long faults come (%(default)g)")
    parser.add_argument("--keep", action="store_true", help="leave Airflow up at the end, until Ctrl-C")
    return parser.parse_args(arguments)


def _minutes(text: str) -> float:
    minutes = float(text)
    if not 1 <= minutes <= 24 * 60:
        raise argparse.ArgumentTypeError(f"{text} is not a duration: give 1 to 1440 minutes")
    return minutes


if __name__ == "__main__":
    sys.exit(main())
