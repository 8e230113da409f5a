"""
Usage exports: jobs that are ordered, take a while, and leave files that anybody may fetch who knows where.

Knows the life of a job and what is in its files. Unverified: the files' columns beyond these, and how many there are.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.insights_runs import credits_of
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.slugs import ORGANIZATION, Organization
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["DOWNLOADS", "UsageExports"]

DOWNLOADS = "/usage-files/"
"""Where the files are; as at a storage service, no token is wanted there, and one that comes is refused."""

_DURATION_S = 10.0
_CREATED_SHARE = 0.4
_LONGEST = timedelta(days=31)
_OLDEST = timedelta(days=366)
_ROWS_PER_FILE = 50
_FIELDS = frozenset({"start", "end", "shared_org_ids"})
_COLUMNS = (
    "ORGANIZATION_ID",
    "PROJECT_NAME",
    "PIPELINE_ID",
    "WORKFLOW_ID",
    "WORKFLOW_NAME",
    "JOB_ID",
    "JOB_NAME",
    "JOB_RUN_STARTED_AT",
    "JOB_RUN_STOPPED_AT",
    "JOB_BUILD_STATUS",
    "TOTAL_CREDITS",
)


@dataclass(frozen=True, slots=True)
class _Export:
    """
    One job.

    :param problem: why it will fail; empty when it will not.
    """

    id: str
    org_id: str
    start: str
    end: str
    ordered_s: float
    problem: str
    files: tuple[bytes, ...]

    @property
    def signature(self) -> str:
        """What makes the addresses of the files impossible to guess."""
        return sha256(f"sandbox {self.id}".encode()).hexdigest()[:32]

    def state(self, now_s: float) -> str:
        """Give the state at a time."""
        elapsed_s = now_s - self.ordered_s
        if elapsed_s >= _DURATION_S:
            return "failed" if self.problem else "completed"
        return "created" if elapsed_s < _DURATION_S * _CREATED_SHARE else "processing"


class UsageExports:
    """
    All export jobs.

    An export that includes organizations nobody has heard of is accepted, and fails in the end.
    """

    def __init__(self, state: CircleCIState) -> None:
        self._state = state
        self.reset()

    def reset(self) -> None:
        """Forget all jobs."""
        self._exports: dict[str, _Export] = {}

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route("/organizations/{org_id}/usage_export_job", self._order, methods=["POST"]),
            Route("/organizations/{org_id}/usage_export_job/{id}", self._look),
        ]

    async def file(self, request: Request) -> Response:
        """Hand out a file, as a storage service does: by its address alone."""
        export = self._exports.get(request.path_params["id"])
        signed = export is not None and request.query_params.get("signature") == export.signature
        names_itself = {"circle-token", "authorization"} & set(request.headers.keys())
        number = int(request.path_params["number"])
        if export is None or not signed or names_itself or not self._is_there(export) or number >= len(export.files):
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="application/xml")
        return Response(export.files[number], media_type="application/gzip")

    async def _order(self, request: Request) -> JSONResponse:
        org_id = _organization(request.path_params["org_id"])
        try:
            body = json.loads(await request.body())
        except ValueError:
            body = None
        if not isinstance(body, dict) or not body.keys() <= _FIELDS:
            raise Refused(400, f"The body must be an object of {', '.join(sorted(_FIELDS))}")
        start, end, now_s = _moment(body, "start"), _moment(body, "end"), self._state.now()
        now = datetime.fromtimestamp(now_s, UTC)
        if not start <= end <= start + _LONGEST or start < now - _OLDEST:
            raise Refused(400, "end must be within 31 days after start, start within the last year")
        shared = _shared(body)
        strangers = [one for one in shared if one not in _known()]
        rows = list(self._rows({org_id, *shared}, start.timestamp(), end.timestamp()))
        export = _Export(
            str(uuid4()),
            org_id,
            timestamp(start.timestamp()),
            timestamp(end.timestamp()),
            now_s,
            f"organization {strangers[0]} is not shared with {org_id}" if strangers else "",
            tuple(_packed(rows[at : at + _ROWS_PER_FILE]) for at in range(0, max(1, len(rows)), _ROWS_PER_FILE)),
        )
        self._exports[export.id] = export
        reply = {**self._described(request, export), "start": export.start, "end": export.end}
        return JSONResponse(reply, status_code=201)

    async def _look(self, request: Request) -> JSONResponse:
        export = self._exports.get(request.path_params["id"])
        if export is None or export.org_id != _organization(request.path_params["org_id"]):
            raise not_found("Usage export job")
        told = self._described(request, export)
        if told["state"] == "failed":
            told["error_reason"] = export.problem
        return JSONResponse(told)

    def _is_there(self, export: _Export) -> bool:
        return export.state(self._state.now()) == "completed"

    def _described(self, request: Request, export: _Export) -> dict[str, Any]:
        base = f"{request.url.scheme}://{request.url.netloc}/circleci{DOWNLOADS}{export.id}"
        urls = [f"{base}/{number}.csv.gz?signature={export.signature}" for number in range(len(export.files))]
        return {
            "usage_export_job_id": export.id,
            "state": export.state(self._state.now()),
            "download_urls": urls if self._is_there(export) else [],
        }

    def _rows(self, org_ids: set[str], start_s: float, end_s: float) -> Iterator[dict[str, Any]]:
        """Write the job runs that ended in a span."""
        now_s = self._state.now()
        for pipeline in self._state.pipelines:
            organization = pipeline.project.organization
            if organization.id not in org_ids:
                continue
            for workflow in pipeline.workflows:
                for job in workflow.jobs:
                    started_s, stopped_s = job.started_at(now_s), job.stopped_at(now_s)
                    if started_s is None or stopped_s is None or not start_s <= stopped_s <= end_s:
                        continue
                    values = (
                        organization.id,
                        pipeline.project.name,
                        pipeline.id,
                        workflow.id,
                        workflow.name,
                        job.id,
                        job.name,
                        timestamp(started_s),
                        timestamp(stopped_s),
                        job.status(now_s),
                        credits_of(stopped_s - started_s),
                    )
                    yield dict(zip(_COLUMNS, values, strict=True))


def _packed(rows: Iterable[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return gzip.compress(text.getvalue().encode(), mtime=0)


def _known() -> set[str]:
    return {Organization(provider, ORGANIZATION).id for provider in ("gh", "bb")}


def _organization(org_id: str) -> str:
    if org_id not in _known():
        raise not_found("Organization")
    return org_id


def _moment(body: dict[str, Any], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(body[name])
    except (KeyError, TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refused(400, f"{name} must be a date and time")
    return moment


def _shared(body: dict[str, Any]) -> list[str]:
    shared = body.get("shared_org_ids", [])
    try:
        return [str(UUID(one)) for one in shared]
    except (TypeError, ValueError, AttributeError):
        raise Refused(400, "shared_org_ids must be a list of ids") from None
