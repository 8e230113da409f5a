"""What failing steps wrote, which only v1.1 tells, for the log of the task that waited for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.hooks.masking import mask_address
from airflow_provider_circle.vendors.circleci.parameters import checked_number
from airflow_provider_circle.vendors.circleci.report import failed_jobs, step_report, step_trouble
from airflow_provider_circle.vendors.circleci.v1.service import circleci_v1
from airflow_provider_circle.vendors.circleci.v1.steps import read_failed_step

__all__ = ["StepCalls"]

_MOST_JOBS = 3
_STEPS_S = 20.0
"""Seconds all of it may take: the end is known by then, and the worker is kept waiting."""


class StepCalls(CircleCICalls):
    """Log what failing steps wrote."""

    def log_failed_steps(self, failed: Iterable[JsonObject]) -> None:
        """
        Log the last 50 lines that the failing step wrote, for the first 3 failed jobs. Blocks.

        What cannot be read is said in one line and never raised. The token goes to CircleCI, and not to where it keeps
        the outputs.

        :param failed: workflows as CircleCI sent them; those that failed are looked into.

        Source: https://circleci.com/docs/api/v1/ (Single Job)
        """
        transport, caller = self.blocking()
        settings = self.settings
        v2 = replace(caller, until_s=caller.clock() + _STEPS_S)
        service = circleci_v1(settings.host, settings.token, timeout_s=settings.timeout_s, verify=settings.verify)
        try:
            jobs = transport.run(failed_jobs(v2, failed, _MOST_JOBS))
        except (CircleError, ValueError) as error:
            self.log.info("(the output of the failing steps could not be read: %s)", error)
            return
        for job in jobs:
            try:
                slug, number = str(job["project_slug"]), checked_number("job_number", job["job_number"])
                told = step_report(
                    job, *transport.run(read_failed_step(replace(v2, service=service), slug, number, mask_address))
                )
            except (CircleError, ValueError) as error:
                told = step_trouble(job, error)
            self.log.info("%s", told)
