"""Jobs: details, artifacts, test results, cancel."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = ["CANCEL_JOB", "GET_JOB", "LIST_JOB_ARTIFACTS", "LIST_JOB_TESTS"]

GET_JOB = Endpoint("GET", "/project/{project_slug:path}/job/{job_number}", V2 + "getJobDetails")
LIST_JOB_ARTIFACTS = Endpoint(
    "GET", "/project/{project_slug:path}/{job_number}/artifacts", V2 + "getJobArtifacts", pages=PAGES
)
LIST_JOB_TESTS = Endpoint("GET", "/project/{project_slug:path}/{job_number}/tests", V2 + "getTests", pages=PAGES)
# A job that was canceled, or has ended, stays as it is when it is canceled again.
CANCEL_JOB = Endpoint(
    "POST", "/project/{project_slug:path}/job/{job_number}/cancel", V2 + "cancelJobByJobNumber", repeatable=True
)
