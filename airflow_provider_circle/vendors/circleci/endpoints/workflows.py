"""Workflows: read, list jobs, cancel, rerun, approve."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = ["APPROVE_JOB", "CANCEL_WORKFLOW", "GET_WORKFLOW", "LIST_WORKFLOW_JOBS", "RERUN_WORKFLOW"]

GET_WORKFLOW = Endpoint("GET", "/workflow/{workflow_id}", V2 + "getWorkflowById")
LIST_WORKFLOW_JOBS = Endpoint("GET", "/workflow/{workflow_id}/job", V2 + "listWorkflowJobs", pages=PAGES)
# A workflow that was canceled, or has ended, stays as it is when it is canceled again.
CANCEL_WORKFLOW = Endpoint("POST", "/workflow/{workflow_id}/cancel", V2 + "cancelWorkflow", repeatable=True)
RERUN_WORKFLOW = Endpoint("POST", "/workflow/{workflow_id}/rerun", V2 + "rerunWorkflow")
APPROVE_JOB = Endpoint(
    "POST", "/workflow/{workflow_id}/approve/{approval_request_id}", V2 + "approvePendingApprovalJobById"
)
