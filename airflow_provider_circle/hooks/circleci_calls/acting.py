"""
Calls that act on workflows and see it through: rerun once, approve, wait for a hold or an end.

Each takes several requests; how they follow on each other is written in ``vendors/circleci``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.core.watching import Sight, wait_until
from airflow_provider_circle.hooks.base import operation
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci import act, hold, rerun
from airflow_provider_circle.vendors.circleci.rerun_options import checked_rerun
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy

__all__ = ["ActingCalls"]

_DESCRIPTION_S = 60.0
"""Seconds a hold may be looked into before a person is asked about it."""


class ActingCalls(CircleCICalls):
    """Rerun and approve, each once; wait for what comes before and after."""

    @operation
    def prepare_rerun(self, caller: Caller, workflow_id: str) -> Walk[JsonObject]:
        """
        Note what a rerun is recognized by; to be kept until :meth:`rerun_once` has answered.

        :return: plain JSON.
        :raises NotFound: no such workflow.
        """
        return rerun.prepare_rerun(caller, workflow_id)

    @operation
    def rerun_once(
        self,
        caller: Caller,
        before: Mapping[str, Any],
        *,
        from_failed: bool = False,
        jobs: Sequence[str] = (),
        sparse_tree: bool = False,
        enable_ssh: bool = False,
    ) -> Walk[str]:
        """
        Run a workflow again, once: a lost reply is looked up before anything is sent again.

        :param before: from :meth:`prepare_rerun`.
        :param from_failed: only its failed jobs and what depends on them.
        :param jobs: only these, by name or job id; excludes ``from_failed``.
        :param sparse_tree: leave out jobs that the chosen ones do not need; needs ``jobs``.
        :param enable_ssh: let the token's user log in to the chosen jobs; needs ``jobs``.
        :return: id of the new workflow.
        :raises ValueError: options that exclude each other, or jobs that the workflow does not have.
        :raises Invalid: the workflow has not ended.
        :raises TriggerAmbiguous: the reply was lost and several workflows could be this rerun.

        Source: https://circleci.com/docs/api/v2/#operation/rerunWorkflow
        """
        options = checked_rerun(from_failed=from_failed, jobs=jobs, sparse_tree=sparse_tree, enable_ssh=enable_ssh)
        return rerun.rerun_once(caller, before, options)

    @operation
    def find_rerun(self, caller: Caller, before: Mapping[str, Any]) -> Walk[str | None]:
        """
        Find the rerun that a process began before it died.

        :param before: from :meth:`prepare_rerun`.
        :return: id of the new workflow; ``None`` when there is none.
        :raises TriggerAmbiguous: several could be it.
        """
        return rerun.find_rerun(caller, before)

    @operation
    def get_new_workflow(self, caller: Caller, workflow_id: str) -> Walk[JsonObject]:
        """
        Read a workflow that was created just now, and may take a moment to appear.

        :return: ``{"id", "name", "status", "pipeline_id", …}``.
        :raises NotFound: it does not appear.
        """
        return rerun.appeared(caller, workflow_id)

    @operation
    def wait_for_end(
        self,
        caller: Caller,
        schedule: PollSchedule,
        *,
        workflow_id: str | None = None,
        pipeline_id: str | None = None,
        started_s: float,
        deadline_s: float | None,
    ) -> Walk[Sight[JsonObject]]:
        """
        Wait until a workflow, or every workflow of a pipeline, has ended, however that was.

        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        :return: sees ``{"workflows": […]}``; nothing when the deadline passed.
        """
        look = act.look_for_end(workflow_id=workflow_id, pipeline_id=pipeline_id)
        return wait_until(caller, look, schedule, started_s=started_s, deadline_s=deadline_s)

    @operation
    def wait_for_hold(
        self,
        caller: Caller,
        policy: VerdictPolicy,
        schedule: PollSchedule,
        *,
        workflow_id: str | None = None,
        pipeline_id: str | None = None,
        job_name: str | None = None,
        started_s: float,
        deadline_s: float | None,
    ) -> Walk[Sight[JsonObject]]:
        """
        Wait until a job waits for a person's approval, or never will.

        :param policy: what to make of an end without a hold; ``on_hold`` must be ``wait``.
        :param job_name: the approval job; whichever there is where left out.
        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        :return: sees ``{"state", "message", "action", "jobs"}``, see ``vendors.circleci.hold``; nothing when the
            deadline passed.
        """
        look = hold.look_for_hold(policy, workflow_id=workflow_id, pipeline_id=pipeline_id, job_name=job_name)
        return wait_until(caller, look, schedule, started_s=started_s, deadline_s=deadline_s)

    @operation
    def wait_while_held(
        self,
        caller: Caller,
        jobs: Sequence[JsonObject],
        schedule: PollSchedule,
        *,
        started_s: float,
        deadline_s: float | None,
    ) -> Walk[Sight[JsonObject]]:
        """
        Wait until none of these jobs waits for a person any longer.

        :param jobs: as :meth:`wait_for_hold` saw them.
        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        :return: sees what became of them, as :meth:`wait_for_hold` does.
        """
        return wait_until(caller, hold.look_at_held(jobs), schedule, started_s=started_s, deadline_s=deadline_s)

    @operation
    def approve_jobs(self, caller: Caller, jobs: Sequence[JsonObject]) -> Walk[list[JsonObject]]:
        """
        Approve jobs that wait for a person, each once.

        :param jobs: as :meth:`wait_for_hold` saw them.
        :return: the jobs, each with what came of it as ``status``: ``approved``, ``approved_meanwhile``, or the end it
            came to without an approval.

        Source: https://circleci.com/docs/api/v2/#operation/approvePendingApprovalJobById
        """
        return hold.approve_jobs(caller, jobs)

    @operation
    def describe_hold(self, caller: Caller, jobs: Sequence[JsonObject]) -> Walk[list[str]]:
        """
        Say to a person what an approval would let go on.

        :param jobs: as :meth:`wait_for_hold` saw them.
        :return: lines of Markdown; what cannot be read within a minute is left out.
        """
        return hold.describe_hold(replace(caller, until_s=caller.clock() + _DESCRIPTION_S), jobs)
