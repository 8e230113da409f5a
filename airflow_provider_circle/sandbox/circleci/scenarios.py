"""
The scenarios: how a pipeline will go, as plain plans.

Knows what happens in which order, in seconds after the trigger. Ids, numbers and real time are given by the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from airflow_provider_circle.sandbox.circleci.timeline import Change

__all__ = ["SCENARIOS", "JobPlan", "Plan", "Quirk", "Scenario", "WorkflowPlan", "chain", "plan_single"]

_APPEARS_AFTER_S = 2.0
_SETUP_GAP_S = 3.0

_MAX_AUTO_RERUNS = 2
_MANY_JOBS = 45
_MANY_WORKFLOWS = 25


class Quirk(Enum):
    """What a scenario changes in the replies rather than in what happens."""

    DRIFT = auto()
    LOOPING_TOKEN = auto()
    NOT_TRIGGERED = auto()
    RERUN_WITHOUT_ID = auto()


@dataclass(frozen=True, slots=True)
class JobPlan:
    """
    One job of a workflow; it depends on the job before it.

    :param changes: its statuses over time.
    :param approval: it waits for a person instead of running.
    """

    name: str
    changes: tuple[Change, ...]
    approval: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowPlan:
    """
    One workflow.

    :param changes: its statuses over time; it exists from the first on.
    :param setup: it is the setup workflow of a dynamic configuration.
    :param auto_rerun_number: which automatic rerun it is; ``None`` for the first attempt.
    :param retained_out: its details are gone, its id is no longer given.
    """

    name: str
    changes: tuple[Change, ...]
    jobs: tuple[JobPlan, ...] = ()
    setup: bool = False
    auto_rerun_number: int | None = None
    max_auto_reruns: int | None = None
    retained_out: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """
    How a pipeline goes.

    :param states: the states of the pipeline itself over time.
    :param errors: ``(type, message)`` of what prevented it from running.
    :param continuable: it waits for ``POST /pipeline/continue``.
    """

    states: tuple[Change, ...]
    workflows: tuple[WorkflowPlan, ...] = ()
    errors: tuple[tuple[str, str], ...] = ()
    continuable: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """
    A named way for a pipeline to go.

    :param plan: makes the plan for a duration in seconds, from the trigger to the end.
    """

    name: str
    summary: str
    plan: Callable[[float], Plan]
    quirk: Quirk | None = None


def chain(
    begin_s: float,
    end_s: float,
    names: Sequence[str] = ("build", "test"),
    ending: str = "success",
    *,
    never_run: Sequence[str] = (),
    skipped: str = "not_run",
) -> tuple[JobPlan, ...]:
    """
    Plan jobs that run one after the other, in equal shares of the time.

    :param ending: status of the last of ``names``; those before succeed.
    :param never_run: further jobs, blocked until the end.
    :param skipped: the status these end with.
    """
    share_s = (end_s - begin_s) / max(1, len(names))
    jobs = []
    for index, name in enumerate(names):
        starts_s, is_last = begin_s + index * share_s, index == len(names) - 1
        stops = (end_s, ending) if is_last else (begin_s + (index + 1) * share_s, "success")
        waits = ((begin_s, "blocked"),) if index else ()
        jobs.append(JobPlan(name, (*waits, (starts_s, "running"), stops)))
    jobs.extend(JobPlan(name, ((begin_s, "blocked"), (end_s, skipped))) for name in never_run)
    return tuple(jobs)


def plan_single(begin_s: float, end_s: float, status: str = "success", name: str = "build-and-test") -> WorkflowPlan:
    """Plan a workflow that runs, then ends with a status: ``success``, ``failed`` or ``canceled``."""
    never_run = () if status == "success" else ("deploy",)
    jobs = chain(begin_s, end_s, ending=status, never_run=never_run)
    return WorkflowPlan(name, ((begin_s, "running"), (end_s, status)), jobs)


SCENARIOS: dict[str, Scenario] = {}


def _scenario(
    name: str, summary: str, quirk: Quirk | None = None
) -> Callable[[Callable[[float], Plan]], Callable[[float], Plan]]:
    def register(plan: Callable[[float], Plan]) -> Callable[[float], Plan]:
        SCENARIOS[name] = Scenario(name, summary, plan, quirk)
        return plan

    return register


def _appears(duration_s: float) -> float:
    return min(_APPEARS_AFTER_S, duration_s / 4)


def _ordinary(duration_s: float, *workflows: WorkflowPlan) -> Plan:
    return Plan(((0.0, "pending"), (_appears(duration_s) / 2, "created")), workflows)


@_scenario("success", "jobs build and test succeed (the default)")
@_scenario("looping_token", "succeeds; the workflow list gives the same page token forever", Quirk.LOOPING_TOKEN)
@_scenario("drift", "succeeds; replies deviate from the vendor's description", Quirk.DRIFT)
@_scenario("not_triggered", "the trigger is answered 200 with a message and no id; no pipeline", Quirk.NOT_TRIGGERED)
def _success(duration_s: float) -> Plan:
    return _ordinary(duration_s, plan_single(_appears(duration_s), duration_s))


@_scenario("failed", "job test fails, with 25 of 30 tests")
@_scenario("rerun_without_id", "like failed; a rerun is answered without workflow_id", Quirk.RERUN_WITHOUT_ID)
def _failed(duration_s: float) -> Plan:
    return _ordinary(duration_s, plan_single(_appears(duration_s), duration_s, "failed"))


@_scenario("errored", "the configuration is refused: state errored, never a workflow")
def _errored(duration_s: float) -> Plan:
    return Plan(
        ((0.0, "pending"), (_appears(duration_s), "errored")),
        errors=(("config", "Job 'test' requires 'biuld', which is the name of 0 other jobs in workflow 'main'"),),
    )


@_scenario("nothing_runs", "every workflow is filtered out: none ever appears")
def _nothing_runs(duration_s: float) -> Plan:
    return _ordinary(duration_s)


def _setup_end(duration_s: float) -> tuple[float, float]:
    """Give when the setup workflow ends and when the real one begins."""
    gap_s = min(_SETUP_GAP_S, duration_s / 4)
    ends_s = _appears(duration_s) + (duration_s - _appears(duration_s) - gap_s) / 3
    return ends_s, ends_s + gap_s


def _setup_workflow(duration_s: float, name: str) -> WorkflowPlan:
    begin_s, (end_s, _) = _appears(duration_s), _setup_end(duration_s)
    jobs = chain(begin_s, end_s, ("generate-config",))
    return WorkflowPlan(name, ((begin_s, "running"), (end_s, "success")), jobs, setup=True)


def _dynamic(duration_s: float, setup_name: str) -> Plan:
    end_s, continues_s = _setup_end(duration_s)
    states = ((0.0, "setup-pending"), (_appears(duration_s), "setup"), (end_s, "created"))
    return Plan(states, (_setup_workflow(duration_s, setup_name), plan_single(continues_s, duration_s)))


@_scenario("setup", "a setup workflow succeeds first, 3 s later the real one appears and succeeds")
def _setup(duration_s: float) -> Plan:
    return _dynamic(duration_s, "setup")


@_scenario("setup_same_name", "like setup, but both workflows have the same name")
def _setup_same_name(duration_s: float) -> Plan:
    return _dynamic(duration_s, "build-and-test")


@_scenario("setup_only", "a setup workflow succeeds; nothing follows unless the pipeline is continued")
def _setup_only(duration_s: float) -> Plan:
    # Unverified: which state a pipeline keeps when its setup workflow ends without a continuation.
    states = ((0.0, "setup-pending"), (_appears(duration_s), "setup"))
    return Plan(states, (_setup_workflow(duration_s, "setup"),), continuable=True)


@_scenario("rerun", "fails; a person reruns it at 1.5 times the duration, and it succeeds")
def _rerun(duration_s: float) -> Plan:
    first = plan_single(_appears(duration_s), duration_s, "failed")
    return _ordinary(duration_s, first, plan_single(1.5 * duration_s, 2 * duration_s))


def _attempts(duration_s: float, endings: Sequence[str]) -> Plan:
    begin_s = _appears(duration_s)
    share_s = (duration_s - begin_s) / len(endings)
    gap_s = min(1.0, share_s / 4)
    workflows = []
    for index, ending in enumerate(endings):
        starts_s = begin_s + index * share_s
        stops_s = starts_s + share_s - (gap_s if index < len(endings) - 1 else 0.0)
        attempt = plan_single(starts_s, stops_s, ending)
        number = index or None
        workflows.append(WorkflowPlan(attempt.name, attempt.changes, attempt.jobs, False, number, _MAX_AUTO_RERUNS))
    return _ordinary(duration_s, *workflows)


@_scenario("auto_rerun", "fails, is rerun automatically (1 of at most 2), succeeds")
def _auto_rerun(duration_s: float) -> Plan:
    return _attempts(duration_s, ("failed", "success"))


@_scenario("auto_rerun_exhausted", "fails, and so do both automatic reruns")
def _auto_rerun_exhausted(duration_s: float) -> Plan:
    return _attempts(duration_s, ("failed",) * (_MAX_AUTO_RERUNS + 1))


def _through(duration_s: float, first: str, second: str, ending: str) -> Plan:
    """Plan one workflow that changes its status at half time."""
    begin_s = _appears(duration_s)
    half_s = duration_s / 2
    ended = plan_single(begin_s, duration_s, ending)
    jobs = ended.jobs if first != "queued" else plan_single(half_s, duration_s, ending).jobs
    return _ordinary(
        duration_s,
        WorkflowPlan(ended.name, ((begin_s, first), (half_s, second), (duration_s, ending)), jobs),
    )


@_scenario("failing", "status failing for the second half, then failed")
def _failing(duration_s: float) -> Plan:
    return _through(duration_s, "running", "failing", "failed")


@_scenario("queued", "status queued for the first half, then succeeds")
def _queued(duration_s: float) -> Plan:
    return _through(duration_s, "queued", "running", "success")


@_scenario("unknown_status", "status recovering (in no description) for the second half, then succeeds")
def _unknown_status(duration_s: float) -> Plan:
    return _through(duration_s, "running", "recovering", "success")


@_scenario("on_hold", "after job build, waits on hold until approved or canceled; then deploys for half the duration")
def _on_hold(duration_s: float) -> Plan:
    begin_s = _appears(duration_s)
    held_s = duration_s / 2
    jobs = (
        *chain(begin_s, held_s, ("build",)),
        JobPlan("hold", ((begin_s, "blocked"), (held_s, "on_hold")), approval=True),
        JobPlan("deploy", ((begin_s, "blocked"),)),
    )
    return _ordinary(duration_s, WorkflowPlan("build-and-deploy", ((begin_s, "running"), (held_s, "on_hold")), jobs))


@_scenario("two_workflows", "one workflow succeeds at half time, the other fails at the end")
def _two_workflows(duration_s: float) -> Plan:
    return _two(duration_s, "failed")


@_scenario("mixed_success", "two workflows succeed at different times")
def _mixed_success(duration_s: float) -> Plan:
    return _two(duration_s, "success")


def _two(duration_s: float, ending: str) -> Plan:
    begin_s = _appears(duration_s)
    first = plan_single(begin_s, duration_s / 2, name="lint")
    return _ordinary(duration_s, first, plan_single(begin_s, duration_s, ending))


@_scenario("canceled", "auto-canceled as redundant")
def _canceled(duration_s: float) -> Plan:
    return _ordinary(duration_s, plan_single(_appears(duration_s), duration_s, "canceled"))


def _never_ran(duration_s: float, ending: str, job_ending: str) -> Plan:
    begin_s = _appears(duration_s)
    jobs = chain(begin_s, duration_s, names=(), never_run=("build", "test"), skipped=job_ending)
    return _ordinary(duration_s, WorkflowPlan("build-and-test", ((begin_s, "running"), (duration_s, ending)), jobs))


@_scenario("unauthorized", "the workflow ends unauthorized, none of its jobs ran")
def _unauthorized(duration_s: float) -> Plan:
    return _never_ran(duration_s, "unauthorized", "unauthorized")


@_scenario("error", "the workflow ends in error, none of its jobs ran")
def _error(duration_s: float) -> Plan:
    return _never_ran(duration_s, "error", "not_run")


@_scenario("not_run", "the workflow ends not_run")
def _not_run(duration_s: float) -> Plan:
    return _never_ran(duration_s, "not_run", "not_run")


@_scenario("retained", "a workflow whose id is null, beside a successful one")
def _retained(duration_s: float) -> Plan:
    begin_s = _appears(duration_s)
    gone = WorkflowPlan("forgotten", ((begin_s, "success"),), retained_out=True)
    return _ordinary(duration_s, gone, plan_single(begin_s, duration_s))


@_scenario("many_jobs", f"{_MANY_JOBS} jobs, so that the job list has several pages; succeeds")
def _many_jobs(duration_s: float) -> Plan:
    begin_s = _appears(duration_s)
    jobs = chain(begin_s, duration_s, [f"job-{number:02}" for number in range(1, _MANY_JOBS + 1)])
    return _ordinary(duration_s, WorkflowPlan("build-and-test", ((begin_s, "running"), (duration_s, "success")), jobs))


@_scenario("many_workflows", f"{_MANY_WORKFLOWS} workflows, so that their list has two pages; all succeed")
def _many_workflows(duration_s: float) -> Plan:
    begin_s = _appears(duration_s)
    names = [f"workflow-{number:02}" for number in range(1, _MANY_WORKFLOWS + 1)]
    return _ordinary(duration_s, *(plan_single(begin_s, duration_s, name=name) for name in names))


@_scenario("never_ends", "runs for good, unless canceled")
def _never_ends(duration_s: float) -> Plan:
    begin_s = _appears(duration_s)
    jobs = (JobPlan("build", ((begin_s, "running"),)), JobPlan("test", ((begin_s, "blocked"),)))
    return _ordinary(duration_s, WorkflowPlan("build-and-test", ((begin_s, "running"),), jobs))
