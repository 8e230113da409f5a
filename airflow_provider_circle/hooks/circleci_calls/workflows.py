"""Calls about workflows: read, list jobs, cancel, rerun, approve."""

from __future__ import annotations

from collections.abc import Sequence

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.endpoints import workflows
from airflow_provider_circle.vendors.circleci.rerun_options import checked_rerun

__all__ = ["WorkflowCalls"]


class WorkflowCalls(CircleCICalls):
    """Read, cancel, rerun and approve workflows."""

    @operation
    def get_workflow(self, caller: Caller, workflow_id: str) -> Walk[JsonObject]:
        """
        Read a workflow.

        :return: ``{"id", "name", "status", "pipeline_id", "created_at", "stopped_at", …}``.

        Source: https://circleci.com/docs/api/v2/#operation/getWorkflowById
        """
        return call(caller, workflows.GET_WORKFLOW, path={"workflow_id": workflow_id})

    @stream
    def list_workflow_jobs(self, caller: Caller, workflow_id: str) -> Walk[None]:
        """
        List a workflow's jobs.

        Source: https://circleci.com/docs/api/v2/#operation/listWorkflowJobs
        """
        return pages(caller, workflows.LIST_WORKFLOW_JOBS, path={"workflow_id": workflow_id})

    @operation
    def cancel_workflow(self, caller: Caller, workflow_id: str) -> Walk[JsonObject]:
        """
        Cancel a workflow. CircleCI answers before it has stopped.

        Source: https://circleci.com/docs/api/v2/#operation/cancelWorkflow
        """
        return call(caller, workflows.CANCEL_WORKFLOW, path={"workflow_id": workflow_id})

    @operation
    def rerun_workflow(
        self,
        caller: Caller,
        workflow_id: str,
        *,
        from_failed: bool = False,
        jobs: Sequence[str] = (),
        sparse_tree: bool = False,
        enable_ssh: bool = False,
    ) -> Walk[JsonObject]:
        """
        Run a workflow again; it must have ended.

        :param from_failed: only its failed jobs and what depends on them.
        :param jobs: only these, by job id; excludes ``from_failed``.
        :param sparse_tree: leave out jobs that the chosen ones do not need; needs ``jobs``.
        :param enable_ssh: let the token's user log in to the chosen jobs; needs ``jobs``.
        :return: ``{"workflow_id"}`` of the new workflow; empty when CircleCI did not say.
        :raises ValueError: options that exclude each other, or jobs that are no list of texts.
        :raises Invalid: the workflow has not ended.

        Source: https://circleci.com/docs/api/v2/#operation/rerunWorkflow
        """
        body = checked_rerun(from_failed=from_failed, jobs=jobs, sparse_tree=sparse_tree, enable_ssh=enable_ssh)
        return call(caller, workflows.RERUN_WORKFLOW, path={"workflow_id": workflow_id}, json=body)

    @operation
    def approve_job(self, caller: Caller, workflow_id: str, approval_request_id: str) -> Walk[JsonObject]:
        """
        Approve a job that is on hold.

        :param approval_request_id: the job's attribute of that name.

        Source: https://circleci.com/docs/api/v2/#operation/approvePendingApprovalJobById
        """
        path = {"workflow_id": workflow_id, "approval_request_id": approval_request_id}
        return call(caller, workflows.APPROVE_JOB, path=path)
