"""What the failing step of a build wrote, for the log of the task that waited for it."""

from __future__ import annotations

from dataclasses import replace

from airflow_provider_circle.hooks.circleci_v1_calls.base import CircleCIV1Calls
from airflow_provider_circle.hooks.masking import mask_address
from airflow_provider_circle.vendors.circleci.parameters import checked_number
from airflow_provider_circle.vendors.circleci.v1.steps import read_failed_step

__all__ = ["BuildStepCalls"]

_STEP_S = 20.0
"""Seconds a failing step may be looked into: the end is known by then, and the worker is kept waiting."""


class BuildStepCalls(CircleCIV1Calls):
    """Read what a failing step wrote."""

    def read_failed_step(self, build_num: int, project_slug: str | None = None) -> tuple[str, list[str]]:
        """
        Read the last 50 lines that the failing step of a build wrote. Blocks.

        The token goes to CircleCI, and not to where it keeps the outputs.

        :return: the step's name, empty when none failed, and the lines, fit for a log.
        :raises CircleError: the build or the output cannot be read.

        Source: https://circleci.com/docs/api/v1/ (Single Job)
        """
        transport, caller = self.blocking()
        caller = replace(caller, until_s=caller.clock() + _STEP_S)
        slug = self.project_slug(project_slug)
        return transport.run(read_failed_step(caller, slug, checked_number("build_num", build_num), mask_address))
