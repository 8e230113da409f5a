"""Calls about usage exports: start, look, wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.core.window import moment_of
from airflow_provider_circle.hooks.base import operation
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci import usage

__all__ = ["UsageCalls"]


class UsageCalls(CircleCICalls):
    """Export what an organization's jobs used."""

    @operation
    def start_usage_export(
        self,
        caller: Caller,
        org_id: str,
        start: datetime | str,
        end: datetime | str,
        shared_org_ids: Sequence[str] = (),
    ) -> Walk[JsonObject]:
        """
        Start an export. A lost reply is an error: exports cannot be listed, and whoever asks anew starts another.

        :param org_id: UUID of the organization.
        :param start: first moment, with its zone; no more than a year ago.
        :param end: last moment, itself in the span; at most 31 days after ``start``.
        :param shared_org_ids: UUIDs of further organizations to include.
        :return: ``{"usage_export_job_id", "state", "start", "end", "download_urls"}``.
        :raises ValueError: an argument CircleCI would refuse; nothing was sent.
        :raises NotFound: no such organization, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/createUsageExport
        """
        org_id, shared = usage.checked_organizations(org_id, shared_org_ids)
        begin, last = usage.checked_span(moment_of("start", start), moment_of("end", end), caller.clock())
        return usage.start_usage_export(caller, org_id, begin, last, shared)

    @operation
    def get_usage_export(self, caller: Caller, org_id: str, usage_export_job_id: str) -> Walk[JsonObject]:
        """
        Look at an export.

        :return: ``{"usage_export_job_id", "state": "created" | "processing" | "failed" | "completed", "download_urls",
            "error_reason"}``; the addresses open the files for everybody who knows them.
        :raises NotFound: no such organization or export.

        Source: https://circleci.com/docs/api/v2/#operation/getUsageExport
        """
        return usage.look_at_usage_export(caller, org_id, usage_export_job_id)

    @operation
    def wait_for_usage_export(
        self,
        caller: Caller,
        org_id: str,
        usage_export_job_id: str,
        schedule: PollSchedule,
        *,
        started_s: float,
        deadline_s: float | None,
    ) -> Walk[JsonObject]:
        """
        Wait for an export to end.

        :param schedule: when to look next.
        :param started_s: when the wait began, in seconds since the epoch.
        :param deadline_s: when to give up, in seconds since the epoch; ``None`` for never.
        :return: ``{"state": "completed" | "failed" | "timed_out", "org_id", "export_id", "message"}``; the files'
            addresses are asked for anew with :meth:`get_usage_export`, for they are secret and may lapse.

        Source: https://circleci.com/docs/api/v2/#operation/getUsageExport
        """
        return usage.wait_for_usage_export(
            caller, org_id, usage_export_job_id, schedule, started_s=started_s, deadline_s=deadline_s
        )
