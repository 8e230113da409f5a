"""
How did it end? One pure function answers, from what CircleCI said and nothing else.

Operator, sensors and triggers all ask here. Everything is read leniently: an attribute may be missing, a status may be
a word nobody has heard of; what is not understood is never taken for an end.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.refusal import printable
from airflow_provider_circle.vendors.circleci.options import (
    NO_WORKFLOW_GRACE_S,
    ON_CANCELED,
    ON_HOLD,
    ON_NO_WORKFLOW,
    check_policy,
)
from airflow_provider_circle.vendors.circleci.statuses import (
    JOB_FAILURES,
    JOB_KNOWN,
    PIPELINE_ERRORED,
    WORKFLOW_FAILURES,
    WORKFLOW_KNOWN,
    WORKFLOW_TERMINAL,
)
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s

__all__ = ["Action", "Kind", "Verdict", "VerdictPolicy", "judge", "judge_job", "judge_workflow"]

Kind: TypeAlias = Literal["running", "succeeded", "failed", "canceled", "held", "never_ran"]
Action: TypeAlias = Literal["wait", "approve", "succeed", "skip", "fail"]

_LONGEST_MESSAGE = 4_000


@dataclass(frozen=True, slots=True)
class VerdictPolicy:
    """
    What the caller makes of the cases that are nobody's success and nobody's failure.

    :param on_hold: a job waits for a person: ``wait``, ``fail`` or ``approve``, which is done once everything else has
        ended, and ended well.
    :param on_canceled: ``fail``, ``skip`` or ``succeed``; CircleCI cancels redundant workflows by itself.
    :param on_no_workflow: nothing ever ran: ``fail``, ``skip`` or ``succeed``.
    :param no_workflow_grace_s: seconds a workflow that is due may take to appear.
    :param workflow_names: judge these only; empty means all. Each must appear. Setup workflows always count.
    :param replaced_workflow_ids: workflows that were rerun; their successors are waited for.
    :param replaced_at_s: when they were rerun, in seconds since the epoch.
    """

    on_hold: str = ON_HOLD
    on_canceled: str = ON_CANCELED
    on_no_workflow: str = ON_NO_WORKFLOW
    no_workflow_grace_s: float = NO_WORKFLOW_GRACE_S
    workflow_names: Sequence[str] = ()
    replaced_workflow_ids: Sequence[str] = ()
    replaced_at_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse words and numbers that make no sense, by name."""
        check_policy(
            on_hold=self.on_hold,
            on_canceled=self.on_canceled,
            on_no_workflow=self.on_no_workflow,
            no_workflow_grace_s=self.no_workflow_grace_s,
        )
        names = self.workflow_names
        if isinstance(names, str) or not all(isinstance(name, str) and name for name in names):
            raise ValueError(f"workflow_names must be a list of names, got {names!r}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What a set of workflows means.

    :param kind: the plain truth.
    :param action: what the policy makes of it; only ``wait`` and ``approve`` are no end.
    :param message: one sentence for a log.
    :param workflows: the newest one of each name, as CircleCI sent them.
    :param unknown_statuses: words that nobody has heard of; worth a line in the log.
    """

    kind: Kind
    action: Action
    message: str
    workflows: tuple[JsonObject, ...] = field(default=(), repr=False)
    unknown_statuses: tuple[str, ...] = ()

    @property
    def final(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.action not in {"wait", "approve"}


def judge(pipeline: JsonObject, workflows: Iterable[JsonObject], now_s: float, policy: VerdictPolicy) -> Verdict:
    """
    Say what a pipeline and its workflows mean.

    :param pipeline: as CircleCI sent it; ``state``, ``errors`` and ``created_at`` are read.
    :param workflows: all workflows of the pipeline, reruns included, in any order.
    :param now_s: seconds since the epoch.

    Source: https://circleci.com/docs/workflows/ and https://circleci.com/docs/dynamic-config/
    """
    if pipeline.get("state") == PIPELINE_ERRORED:
        reason = printable(_errors(pipeline), _LONGEST_MESSAGE) or "no reason given"
        return Verdict("failed", "fail", f"the pipeline could not start: {reason}")
    newest = _newest_by_name(workflows)
    setup = [workflow for workflow in newest if _is_setup(workflow)]
    regular = [workflow for workflow in newest if not _is_setup(workflow)]
    if policy.workflow_names:
        regular = [workflow for workflow in regular if workflow.get("name") in policy.workflow_names]
    judged = setup + regular
    due = _due(policy, setup, regular, judged)
    moments = [epoch_s(pipeline.get("created_at")), policy.replaced_at_s]
    moments += [epoch_s(workflow.get(key)) for workflow in newest for key in ("created_at", "stopped_at")]
    since_s = max((moment for moment in moments if moment is not None), default=now_s)
    due_until_s = since_s + policy.no_workflow_grace_s
    return _weighed(judged, now_s, policy, due=due, due_until_s=due_until_s, hint=_errors(pipeline))


def judge_workflow(runs: Iterable[JsonObject], now_s: float, policy: VerdictPolicy) -> Verdict:
    """
    Say what one workflow means.

    :param runs: the workflow and its reruns.
    :param now_s: seconds since the epoch.
    """
    return _weighed(_newest_by_name(runs), now_s, policy)


def judge_job(job: JsonObject, policy: VerdictPolicy) -> Verdict:
    """
    Say what one job means.

    :param job: as CircleCI sent it; ``name`` and ``status`` are read.
    """
    status = str(job.get("status"))
    message = printable(f"job {job.get('name')!r} is {status}", _LONGEST_MESSAGE)
    if status == "success":
        return Verdict("succeeded", "succeed", message)
    if status in JOB_FAILURES or status == "retried":
        return Verdict("failed", "fail", message)
    if status == "canceled":
        return Verdict("canceled", _action(policy.on_canceled), message)
    if status == "not_run":
        return Verdict("never_ran", _action(policy.on_no_workflow), message)
    if status == "on_hold":
        return Verdict("held", "fail" if policy.on_hold == "fail" else "wait", message)
    return Verdict("running", "wait", message, unknown_statuses=() if status in JOB_KNOWN else (status,))


def _weighed(
    judged: Sequence[JsonObject],
    now_s: float,
    policy: VerdictPolicy,
    *,
    due: str = "",
    due_until_s: float = -math.inf,
    hint: str = "",
) -> Verdict:
    """Weigh the newest workflow of each name, and what is still due to appear."""

    def verdict(kind: Kind, action: Action, message: str) -> Verdict:
        unknown = {str(workflow.get("status")) for workflow in judged} - WORKFLOW_KNOWN
        return Verdict(kind, action, printable(message, _LONGEST_MESSAGE), tuple(judged), tuple(sorted(unknown)))

    standing = ", ".join(f"{workflow.get('name')} {workflow.get('status')}" for workflow in judged)
    still_due = bool(due) and now_s < due_until_s
    replaced = [workflow for workflow in judged if _was_replaced(workflow, policy)] if still_due else []
    settled = [workflow for workflow in judged if workflow not in replaced]
    statuses = {str(workflow.get("status")) for workflow in settled}
    regular = {str(workflow.get("status")) for workflow in settled if not _is_setup(workflow)}

    if any(_rerun_follows(workflow, now_s, policy) for workflow in settled):
        return verdict("running", "wait", f"{standing}; an automatic rerun follows")
    if statuses - WORKFLOW_TERMINAL - {"on_hold"}:
        return verdict("running", "wait", standing)
    if statuses & WORKFLOW_FAILURES:
        return verdict("failed", "fail", standing)
    if "on_hold" in statuses:
        return verdict("held", _action(policy.on_hold), f"{standing}: a job waits for a person's approval")
    # Nothing continues a canceled setup workflow; a canceled other one may have company still to come.
    if "canceled" in statuses and (not still_due or not regular or policy.on_canceled == "fail"):
        return verdict("canceled", _action(policy.on_canceled), standing)
    if still_due:
        return verdict("running", "wait", due)
    if due or (regular or statuses) <= {"not_run"}:
        reason = f"{due}; grace period of {policy.no_workflow_grace_s:g} s passed" if due else standing or "no workflow"
        return verdict("never_ran", _action(policy.on_no_workflow), f"{reason}; {hint}" if hint else reason)
    return verdict("succeeded", "succeed", standing)


def _due(
    policy: VerdictPolicy,
    setup: Sequence[JsonObject],
    regular: Sequence[JsonObject],
    judged: Sequence[JsonObject],
) -> str:
    """Say which workflow is still to appear; empty when none is."""
    awaited = [workflow.get("name") for workflow in judged if _was_replaced(workflow, policy)]
    if awaited:
        return f"no rerun of {', '.join(map(str, awaited))} yet"
    present = {str(workflow.get("name")) for workflow in regular}
    missing = [name for name in policy.workflow_names if name not in present]
    if missing:
        return f"no workflow named {', '.join(missing)} yet"
    if not judged:
        return "no workflow yet"
    if not regular:
        return f"only the setup workflow {setup[0].get('name')} yet"
    return ""


def _newest_by_name(workflows: Iterable[JsonObject]) -> list[JsonObject]:
    """
    Keep the newest workflow of each name: a rerun is a new workflow beside the old one.

    A setup workflow and its continuation may share a name and are two things all the same.
    """
    workflows = list(workflows)
    if len(workflows) < 2:
        return workflows
    newest: dict[tuple[str, bool], tuple[tuple[float, int], JsonObject]] = {}
    for workflow in workflows:
        created_s = epoch_s(workflow.get("created_at"))
        age = (-math.inf if created_s is None else created_s, _whole(workflow.get("auto_rerun_number")))
        key = (str(workflow.get("name") or workflow.get("id")), _is_setup(workflow))
        # CircleCI lists the newest first, so the first of equals stays.
        if key not in newest or age > newest[key][0]:
            newest[key] = (age, workflow)
    return [workflow for _, workflow in newest.values()]


def _rerun_follows(workflow: JsonObject, now_s: float, policy: VerdictPolicy) -> bool:
    if workflow.get("status") != "failed":
        return False
    if _whole(workflow.get("auto_rerun_number")) >= _whole(workflow.get("max_auto_reruns")):
        return False
    stopped_s = epoch_s(workflow.get("stopped_at"))
    return stopped_s is None or now_s < stopped_s + policy.no_workflow_grace_s


def _was_replaced(workflow: JsonObject, policy: VerdictPolicy) -> bool:
    return workflow.get("id") is not None and workflow["id"] in policy.replaced_workflow_ids


def _is_setup(workflow: JsonObject) -> bool:
    return workflow.get("tag") == "setup"


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _errors(pipeline: JsonObject) -> str:
    errors = pipeline.get("errors")
    rows = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return "; ".join(f"{error.get('type', 'error')}: {error.get('message', '')}" for error in rows)


def _action(word: str) -> Action:
    match word:
        case "wait" | "approve" | "succeed" | "skip" | "fail":
            return word
    raise AssertionError("unreachable: a policy knows its own words only")
