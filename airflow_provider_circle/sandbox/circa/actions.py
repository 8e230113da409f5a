"""
The routes that change something, and the export jobs.

Knows what is checked before anything happens. What can be written is said in
:mod:`~airflow_provider_circle.sandbox.circa.drafts`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airflow_provider_circle.sandbox.circa import replies
from airflow_provider_circle.sandbox.circa.drafts import read_draft, read_member_draft, read_object
from airflow_provider_circle.sandbox.circa.exports import Export, Exports
from airflow_provider_circle.sandbox.circa.ids import number_of
from airflow_provider_circle.sandbox.circa.routes import RESOURCES, event_of, member_of, row_of
from airflow_provider_circle.sandbox.circa.state import CircaState
from airflow_provider_circle.sandbox.circa.times import write_time

__all__ = ["DOWNLOADS", "ActingRoutes"]

DOWNLOADS = "/downloads/"

_EXPORTS = "/events/{id}/contacts/exports"
_EXPORT = f"{_EXPORTS}/{{export_id}}"
_MEMBER = "/events/{id}/contacts/{contact_id}"


class ActingRoutes:
    """What clients can do. Unverified: that a deletion answers 200 with an empty object."""

    def __init__(self, state: CircaState, exports: Exports) -> None:
        self._state = state
        self._exports = exports

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v1``."""
        return [
            Route(_EXPORTS, self._order, methods=["POST"]),
            Route(_EXPORT, self._export),
            Route(_EXPORT, self._cancel, methods=["DELETE"]),
            Route("/events/{id}/contacts", self._join, methods=["POST"]),
            Route(_MEMBER, self._edit_member, methods=["PATCH"]),
            Route(_MEMBER, self._leave, methods=["DELETE"]),
            *(
                route
                for path, kind in RESOURCES.items()
                for route in (
                    Route(f"/{path}", self._create(kind), methods=["POST"]),
                    Route(f"/{path}/{{id}}", self._edit(kind), methods=["PATCH"]),
                    Route(f"/{path}/{{id}}", self._delete(kind), methods=["DELETE"]),
                )
            ),
        ]

    async def download(self, request: Request) -> Response:
        """
        Hand out the file of an export, as a storage service does.

        Whoever has the URL gets it, unless they bring the credentials of another service along.
        """
        number = number_of("Export", request.path_params["id"])
        job = None if number is None else self._exports.jobs.get(number)
        signed = job is not None and request.query_params.get("signature") == job.signature
        if job is None or not signed or "authorization" in request.headers or not self._is_there(job):
            self._exports.refused_downloads += 1
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="application/xml")
        return Response(job.file, media_type="text/csv")

    def _create(self, kind: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> JSONResponse:
            values = read_draft(self._state, kind, read_object(await request.body()), new=True)
            number = self._state.create(kind, values)
            return JSONResponse(replies.row(self._state, kind, number), status_code=201)

        return answer

    def _edit(self, kind: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> JSONResponse:
            number = row_of(self._state, kind, request)
            values = read_draft(self._state, kind, read_object(await request.body()), new=False)
            if "custom_fields" in values:
                values["custom_fields"] = {
                    **self._state.values(kind, number)["custom_fields"],
                    **values["custom_fields"],
                }
            self._state.edit(kind, number, values)
            return JSONResponse(replies.row(self._state, kind, number))

        return answer

    def _delete(self, kind: str) -> Callable[[Request], Any]:
        async def answer(request: Request) -> JSONResponse:
            self._state.remove(kind, row_of(self._state, kind, request))
            return JSONResponse({})

        return answer

    async def _join(self, request: Request) -> JSONResponse:
        event = event_of(self._state, request)
        contact, values = read_member_draft(self._state, event, read_object(await request.body()), new=True)
        self._state.join(event, contact, values)
        return JSONResponse(replies.member(self._state, event, contact), status_code=201)

    async def _edit_member(self, request: Request) -> JSONResponse:
        event, contact = member_of(self._state, request)
        _, values = read_member_draft(self._state, event, read_object(await request.body()), new=False)
        self._state.members(event).edit(contact, self._state.now_s(), values)
        return JSONResponse(replies.member(self._state, event, contact))

    async def _leave(self, request: Request) -> JSONResponse:
        self._state.leave(*member_of(self._state, request))
        return JSONResponse({})

    async def _order(self, request: Request) -> JSONResponse:
        event = event_of(self._state, request)
        rows = (replies.member(self._state, event, number) for number in self._state.members(event).numbers)
        return JSONResponse(self._job(request, self._exports.order(event, rows, self._state.now)), status_code=201)

    async def _export(self, request: Request) -> JSONResponse:
        return JSONResponse(self._job(request, self._find(request)))

    async def _cancel(self, request: Request) -> JSONResponse:
        del self._exports.jobs[self._find(request).number]
        return JSONResponse({})

    def _find(self, request: Request) -> Export:
        number = number_of("Export", request.path_params["export_id"])
        return self._exports.find(event_of(self._state, request), number)

    def _is_there(self, job: Export) -> bool:
        return job.status(self._state.now()) == "completed"

    def _job(self, request: Request, job: Export) -> dict[str, Any]:
        url = f"{request.url.scheme}://{request.url.netloc}/circa{DOWNLOADS}{job.id}?signature={job.signature}"
        return {
            "id": job.id,
            "status": job.status(self._state.now()),
            "download_url": url if self._is_there(job) else None,
            "created_at": write_time(int(job.created_s)),
        }
