"""Calls about jobs: details, artifacts, test results, cancel."""

from __future__ import annotations

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_uuid
from airflow_provider_circle.vendors.circleci.endpoints import jobs
from airflow_provider_circle.vendors.circleci.parameters import checked_number

__all__ = ["JobCalls"]


class JobCalls(CircleCICalls):
    """Read and cancel jobs, list what they left."""

    @operation
    def get_job(self, caller: Caller, job_number: int, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Read a job's details.

        :raises NotFound: no such job, an approval job, or one that never ran.

        Source: https://circleci.com/docs/api/v2/#operation/getJobDetails
        """
        return call(caller, jobs.GET_JOB, path=self._job(project_slug, job_number))

    @operation
    def get_job_by_id(self, caller: Caller, job_id: str) -> Walk[JsonObject]:
        """
        Read a job's summary; unlike its details, there is one of approval jobs and of jobs that never ran, too.

        :param job_id: UUID.
        :return: ``{"id", "name", "type", "status", "project_id", "pipeline_id", "workflow_id", …}``.
        :raises NotFound: no such job.

        Source: https://circleci.com/docs/api/v2/#operation/getJob
        """
        return call(caller, jobs.GET_JOB_BY_ID, path={"job_id": checked_uuid("job_id", job_id)})

    @operation
    def cancel_job(self, caller: Caller, job_number: int, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Cancel a job.

        Source: https://circleci.com/docs/api/v2/#operation/cancelJobByJobNumber
        """
        return call(caller, jobs.CANCEL_JOB, path=self._job(project_slug, job_number))

    @operation
    def cancel_job_by_id(self, caller: Caller, job_id: str) -> Walk[JsonObject]:
        """
        Cancel a job that may have no number yet.

        :param job_id: UUID.
        :return: ``{"message"}``.
        :raises NotFound: no such job.

        Source: https://circleci.com/docs/api/v2/#operation/cancelJobByJobID
        """
        return call(caller, jobs.CANCEL_JOB_BY_ID, path={"job_id": checked_uuid("job_id", job_id)})

    @stream
    def list_job_artifacts(self, caller: Caller, job_number: int, project_slug: str | None = None) -> Walk[None]:
        """
        List a job's artifacts: ``{"path", "node_index", "url"}``. Paths come from the job and are not to be trusted.

        Source: https://circleci.com/docs/api/v2/#operation/getJobArtifacts
        """
        return pages(caller, jobs.LIST_JOB_ARTIFACTS, path=self._job(project_slug, job_number))

    @stream
    def list_job_tests(self, caller: Caller, job_number: int, project_slug: str | None = None) -> Walk[None]:
        """
        List a job's test results: ``{"classname", "name", "result", "message", "run_time", "file", "source"}``.

        Source: https://circleci.com/docs/api/v2/#operation/getTests
        """
        return pages(caller, jobs.LIST_JOB_TESTS, path=self._job(project_slug, job_number))

    def _job(self, project_slug: str | None, job_number: int) -> dict[str, str | int]:
        return {"project_slug": self.project_slug(project_slug), "job_number": checked_number("job_number", job_number)}
