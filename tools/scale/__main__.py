"""
``make scale``: thousands of waits and hundreds of pulls on a Celery cluster of which parts die on the way.

Starts everything in ``.scale/``, kills a worker that runs tasks and a triggerer that holds waits, and holds what
Airflow says against the truth in the sandbox. Ends with one line that begins ``scale: ok`` or ``scale: failed``.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from airflow_provider_circle.sandbox.client import Sandbox, start_sandbox
from tools.airflow_instance import COMPONENTS, AirflowInstance
from tools.postgres import PostgresDatabase, PostgresServer
from tools.scale.cluster import TRIGGERERS, WORKERS, start_cluster
from tools.scale.costs import Costs
from tools.scale.redis import RedisServer
from tools.scale.sinks import in_files, in_service, in_table
from tools.scale.standing import Standing
from tools.scale.truth import Pipeline, Task, pull_problems, wait_problems
from tools.terminal import end_in_one_line, keep_up, say

__all__ = ["main"]

_HOME = Path(__file__).resolve().parents[2] / ".scale"
_FILES = _HOME / "files"
_RUN = "scale"
_WAITS = ("scale_waits", "wait")
_PULLS = ("scale_pulls", "pull")

_REQUESTS_PER_MINUTE = 1_200
"""The limit of either service; neither vendor says what theirs is."""
_LOOK_INTERVAL_S = 15.0
"""Seconds between two looks of a wait; one look is one request."""
_PULL_REQUESTS_PER_S = 5.0
"""What one pull sends while it reads, about."""

_MEDIAN_S, _SIGMA = 90.0, 0.6
_FAILING_SHARE = 0.05
_CONTACTS_PER_EVENT = 120
_SEED = 20261122

_WORKER_DIES_AT, _TRIGGERER_DIES_AT = 0.2, 0.4
"""Shares of the waits that have begun, and that have ended."""
_WORKER_DIES_WITH = 2
"""Tasks that run on it at that moment, at least."""
_SHOW_EVERY_S = 15.0


def main(arguments: list[str] | None = None) -> int:
    """
    Run it.

    :param arguments: the command line; ``None`` takes that of the process.
    :return: exit status.
    """
    options = _options(arguments)
    done = (
        f"{options.waits} waits and {options.pulls} pulls, one worker and one triggerer killed, nothing lost, nothing "
        "doubled"
    )
    return end_in_one_line("scale", lambda: _run(options), done, _HOME)


def _run(options: argparse.Namespace) -> list[str]:
    """Run everything; return what went wrong."""
    shutil.rmtree(_HOME, ignore_errors=True)
    _FILES.mkdir(parents=True)
    say("starting the sandbox, PostgreSQL and Redis")
    with (
        start_sandbox() as sandbox,
        PostgresServer(_HOME / "postgres") as postgres,
        RedisServer(_HOME / "redis") as redis,
    ):
        metadata, warehouse = postgres.new_database(), postgres.new_database()
        sandbox.set_limit(_REQUESTS_PER_MINUTE)
        sandbox.circa_limit(_REQUESTS_PER_MINUTE, "1")
        sandbox.circa_populate(
            contacts=max(1_000, 10 * options.pulls), events=options.pulls, contacts_per_event=_CONTACTS_PER_EVENT
        )
        environment = {
            "AIRFLOW_CONN_CIRCLECI_DEFAULT": sandbox.connection_json(),
            "AIRFLOW_CONN_CIRCA_DEFAULT": sandbox.circa_connection_json(),
            "AIRFLOW_CONN_WAREHOUSE": warehouse.airflow_connection_json(),
            "SCALE_FOLDER": str(_FILES),
        }
        say("starting Airflow: API server, scheduler, DAG processor, two triggerers, two Celery workers")
        with start_cluster(_HOME / "airflow", Path(__file__).parent / "dags", metadata, redis, environment) as airflow:
            _start_runs(airflow, options)
            standing, costs = Standing(metadata), Costs(airflow, (*COMPONENTS, *TRIGGERERS[1:], *WORKERS))
            _follow(airflow, standing, costs, options)
            problems = _problems(sandbox, warehouse, standing, options)
            _show_costs(costs, sandbox, options)
            if options.keep:
                keep_up(airflow)
    return problems


def _start_runs(airflow: AirflowInstance, options: argparse.Namespace) -> None:
    chance = random.Random(_SEED)  # noqa: S311  durations, not secrets
    durations_s = [round(chance.lognormvariate(0.0, _SIGMA) * _MEDIAN_S) for _ in range(options.waits)]
    failing = chance.sample(range(options.waits), max(1, int(_FAILING_SHARE * options.waits)))
    slots = int(_REQUESTS_PER_MINUTE / 60 * _LOOK_INTERVAL_S)
    pulls_at_once = max(1, int(_REQUESTS_PER_MINUTE / 60 / _PULL_REQUESTS_PER_S))
    # Deferred tasks count: it is the waits that ask CircleCI again and again.
    airflow.ask("POST", "/pools", name="circleci", slots=slots, include_deferred=True)
    airflow.ask("POST", "/pools", name="circa", slots=pulls_at_once, include_deferred=False)
    say(f"pools for {_REQUESTS_PER_MINUTE} requests a minute: circleci {slots}, circa {pulls_at_once}")
    airflow.run(_WAITS[0], _RUN, {"durations_s": durations_s, "failing": sorted(failing)})
    airflow.run(_PULLS[0], _RUN)


def _follow(airflow: AirflowInstance, standing: Standing, costs: Costs, options: argparse.Namespace) -> None:
    """Show how things stand until both runs have ended; kill what is to be killed."""
    to_kill = [WORKERS[0], TRIGGERERS[0]]
    shown_s = 0.0

    def look() -> bool:
        nonlocal shown_s
        waits, pulls, held = standing.states(*_WAITS), standing.states(*_PULLS), standing.held()
        ended = waits["success"] + waits["failed"]
        if WORKERS[0] in to_kill and ended + waits["deferred"] >= _WORKER_DIES_AT * options.waits:
            running = standing.running() & {process.pid for process in airflow.family(WORKERS[0])}
            if len(running) >= _WORKER_DIES_WITH:
                costs.kill(WORKERS[0])
                to_kill.remove(WORKERS[0])
                say(f"killed {WORKERS[0]} while it ran {len(running)} tasks; nothing replaces it")
        elif TRIGGERERS[0] in to_kill and ended >= _TRIGGERER_DIES_AT * options.waits and held[0]:
            costs.kill(TRIGGERERS[0])
            to_kill.remove(TRIGGERERS[0])
            say(f"killed {TRIGGERERS[0]} while it held {held[0]} waits; the other one is to take them over")
        if time.monotonic() - shown_s > _SHOW_EVERY_S:
            shown_s = time.monotonic()
            say(f"waits: {_counted(waits)}; pulls: {_counted(pulls)}; held by the triggerers: {held}")
        return standing.all_ended()

    airflow.wait_for(look, "both runs to end", timeout_s=600 + 6.0 * (options.waits + options.pulls), every_s=0.5)
    if to_kill:
        raise RuntimeError(f"there was no moment to kill {' and '.join(to_kill)}: give more --waits")


def _problems(
    sandbox: Sandbox, warehouse: PostgresDatabase, standing: Standing, options: argparse.Namespace
) -> list[str]:
    """Hold both sides against each other, and show them."""
    pipelines = [_pipeline(told) for told in sandbox.pipelines()]
    waits = standing.tasks(*_WAITS, "pipeline_id")
    pulls = standing.tasks(*_PULLS, "return_value")
    true, files, table = in_service(sandbox), in_files(_FILES), in_table(warehouse, "event_contacts")
    print(f"\n{'':<34}{'should be':>12}{'is':>12}")
    for what, wanted, found in (
        ("pipelines triggered", options.waits, len(pipelines)),
        ("waits that succeeded", _standing(pipelines, "success"), sum(task.state == "success" for task in waits)),
        ("waits that failed", _standing(pipelines, "failed"), sum(task.state == "failed" for task in waits)),
        ("pulls that succeeded", options.pulls, sum(task.state == "success" for task in pulls)),
        ("records in files", _total(true), _total(files)),
        ("records in the table", _total(true), _total(table)),
        ("waits left in the triggerers", 0, standing.left_deferred()),
    ):
        print(f"{what:<34}{wanted:>12,}{found:>12,}")
    print(f"{'tasks that needed another try':<34}{'':>12}{_retried(waits) + _retried(pulls):>12,}", flush=True)
    problems = wait_problems(options.waits, waits, pipelines) + pull_problems(pulls, true, files, table)
    if left := standing.left_deferred():
        problems.append(f"{left} waits are left in the triggerers")
    return problems


def _show_costs(costs: Costs, sandbox: Sandbox, options: argparse.Namespace) -> None:
    """Print where the CPU time went, and how the services were asked."""
    asked = Counter((request["service"], request["status"] == 429) for request in sandbox.requests())
    print(f"\n{'CPU time':<34}{'s in all':>12}{'ms a task':>12}")
    for name, spent_s in costs.spent_s().items():
        print(f"{name:<34}{spent_s:>12.0f}{1000 * spent_s / (options.waits + options.pulls):>12.0f}")
    for service in ("circleci", "circa"):
        refused, answered = asked[service, True], asked[service, False]
        print(f"{f'requests to {service}':<34}{answered + refused:>12,}  of which {refused} were refused with 429")
    print(flush=True)


def _pipeline(told: dict[str, object]) -> Pipeline:
    parameters, workflows = told["parameters"], told["workflows"]
    if not isinstance(parameters, dict) or not isinstance(workflows, list):
        raise TypeError("the sandbox tells pipelines in another form")
    return Pipeline(
        id=str(told["id"]),
        number=parameters.get("number", -1),
        status=" ".join(workflow["status"] for workflow in workflows) or "none",
    )


def _standing(pipelines: list[Pipeline], status: str) -> int:
    return sum(pipeline.status == status for pipeline in pipelines)


def _total(ids: dict[str, list[str]]) -> int:
    return sum(map(len, ids.values()))


def _retried(tasks: list[Task]) -> int:
    return sum(task.tries > 1 for task in tasks)


def _counted(states: Counter[str]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none yet"


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.scale", description=__doc__)
    parser.add_argument("--waits", type=_count, default=2_000, help="pipelines to trigger and wait for (%(default)s)")
    parser.add_argument("--pulls", type=_count, default=200, help="events whose contacts to pull (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="leave Airflow up at the end, until Ctrl-C")
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above 0")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
