"""Jobs: summary, details, artifacts, test results, cancel."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = ["CANCEL_JOB", "CANCEL_JOB_BY_ID", "GET_JOB", "GET_JOB_BY_ID", "LIST_JOB_ARTIFACTS", "LIST_JOB_TESTS"]

GET_JOB = Endpoint("GET", "/project/{project_slug:path}/job/{job_number}", V2 + "getJobDetails")
GET_JOB_BY_ID = Endpoint("GET", "/jobs/{job_id}", V2 + "getJob")
LIST_JOB_ARTIFACTS = Endpoint(
    "GET", "/project/{project_slug:path}/{job_number}/artifacts", V2 + "getJobArtifacts", pages=PAGES
)
LIST_JOB_TESTS = Endpoint("GET", "/project/{project_slug:path}/{job_number}/tests", V2 + "getTests", pages=PAGES)
# A job that was canceled, or has ended, stays as it is when it is canceled again.
CANCEL_JOB = Endpoint(
    "POST", "/project/{project_slug:path}/job/{job_number}/cancel", V2 + "cancelJobByJobNumber", repeatable=True
)
CANCEL_JOB_BY_ID = Endpoint("POST", "/jobs/{job_id}/cancel", V2 + "cancelJobByJobID", repeatable=True)
