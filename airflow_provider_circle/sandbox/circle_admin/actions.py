"""
Actions on single records: archive, publish, revoke, cancel, duplicate and the like; and those that are only answered.

Knows each as a value: which record, what of it changes, which words it answers. Carrying them out is the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circle_admin.bodies import read_object
from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.filters import read_number
from airflow_provider_circle.sandbox.circle_admin.forms import workflow_uuid
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject, missing, refused
from airflow_provider_circle.sandbox.circle_admin.resource import Answer
from airflow_provider_circle.sandbox.circle_admin.routes import find_row
from airflow_provider_circle.sandbox.circle_admin.store import Row

__all__ = ["ActionRoutes"]


@dataclass(frozen=True, slots=True)
class _Change:
    """
    An action on one record.

    :param change: the fields it sets.
    :param remove: whether the record goes.
    :param query: a query parameter it needs.
    """

    method: str
    path: str
    table: str
    answer: Answer
    change: Mapping[str, Any] = field(default_factory=dict)
    remove: bool = False
    query: str | None = None


@dataclass(frozen=True, slots=True)
class _Acknowledgement:
    """An action that is answered, and of which nothing else is seen."""

    method: str
    path: str
    answer: Answer


_CHARGES, _SUBSCRIPTIONS = "community_member_charges", "community_member_subscriptions"
_CHANGES = (
    _Change(
        "DELETE",
        "/access_groups/{id}",
        "access_groups",
        Answer(200, "Access group archived successfully", success=True),
        {"status": "archived"},
    ),
    _Change("PATCH", "/access_groups/{id}/unarchive", "access_groups", Answer(), {"status": "active"}),
    _Change(
        "PATCH",
        "/invitation_links/{id}/revoke",
        "invitation_links",
        Answer(200, "Invitation link revoked successfully"),
        {"active": False},
    ),
    _Change(
        "PUT",
        "/profile_fields/{id}/archive",
        "profile_fields",
        Answer(200, "Profile field archived successfully", success=True),
        {"archived": True},
    ),
    _Change(
        "PUT",
        "/profile_fields/{id}/unarchive",
        "profile_fields",
        Answer(200, "Profile field unarchived successfully", success=True),
        {"archived": False},
    ),
    _Change("DELETE", "/events/{id}", "events", Answer(200, "Event deleted"), remove=True, query="space_id"),
    _Change("POST", f"/{_CHARGES}/{{id}}/refund", _CHARGES, Answer(), {"status": "refunded"}),
    _Change("POST", f"/{_SUBSCRIPTIONS}/{{id}}/cancel", _SUBSCRIPTIONS, Answer(), {"scheduled_to_cancel": True}),
    _Change("POST", f"/{_SUBSCRIPTIONS}/{{id}}/resume", _SUBSCRIPTIONS, Answer(), {"scheduled_to_cancel": False}),
    _Change("PUT", "/paywalls/{id}/archive", "paywalls", Answer(), {"status": "archived"}),
    _Change("PUT", "/paywalls/{id}/publish", "paywalls", Answer(), {"status": "published"}),
    _Change("PUT", "/paywalls/{id}/unarchive", "paywalls", Answer(), {"status": "active"}),
)
_ACCEPTED = Answer(200, "Accepted", success=True)
_ACKNOWLEDGEMENTS = (
    _Acknowledgement("POST", "/chat_room_message_imports", _ACCEPTED),
    _Acknowledgement("POST", f"/{_CHARGES}/export", _ACCEPTED),
    _Acknowledgement("POST", f"/{_SUBSCRIPTIONS}/export", _ACCEPTED),
    _Acknowledgement("PUT", "/course_lessons/reorder", _ACCEPTED),
    _Acknowledgement("POST", "/paywall_affiliate_payouts/export", _ACCEPTED),
    _Acknowledgement("POST", "/paywall_affiliate_payouts/mark_paid", _ACCEPTED),
    _Acknowledgement("POST", "/paywall_affiliate_payouts/start", _ACCEPTED),
    _Acknowledgement("POST", "/paywall_affiliates/invite", _ACCEPTED),
)
_DUPLICATES = (
    ("/community_segments/{id}/duplicate", "community_segments", Answer()),
    ("/forms/{id}/duplicate", "forms", Answer(201)),
    ("/spaces/{space_id}/events/{id}/duplicate", "events", Answer()),
    ("/spaces/{space_id}/images/posts/{id}/duplicate", "image_posts", Answer(200, "Post duplicated.", "post")),
)
_PROGRESS = ("incomplete", "completed")


class ActionRoutes:
    """The actions on a community."""

    def __init__(self, community: Community) -> None:
        self._community = community

    def routes(self) -> list[Route]:
        """Build the routes, relative to the API's address."""
        return [
            *(Route(change.path, partial(self._change, change), methods=[change.method]) for change in _CHANGES),
            *(Route(each.path, partial(self._acknowledge, each), methods=[each.method]) for each in _ACKNOWLEDGEMENTS),
            *(
                Route(path, partial(self._duplicate, table, answer), methods=["POST"])
                for path, table, answer in _DUPLICATES
            ),
            Route("/workflows/{uuid}", self._workflow),
            Route("/workflows/{uuid}/activate", partial(self._set_workflow, "active"), methods=["PUT"]),
            Route("/workflows/{uuid}/deactivate", partial(self._set_workflow, "inactive"), methods=["PUT"]),
            Route("/workflows/{uuid}/duplicate", self._duplicate_workflow, methods=["POST"]),
            Route("/course_lesson_progress", self._progress, methods=["PUT"]),
            Route("/posts/{post_id}/post_followers", self._unfollow, methods=["DELETE"]),
            Route("/forms/{form_id}/submissions", self._submit, methods=["POST"]),
        ]

    async def _change(self, change: _Change, request: Request) -> JSONResponse:
        resource = self._community.resources[change.table]
        row = find_row(resource, request, self._community)
        table = self._community.tables[change.table]
        if change.query is not None and row.fields.get(change.query) != read_number(
            request.query_params.get(change.query)
        ):
            raise resource.missing()
        if change.remove:
            table.remove(row)
        else:
            table.change(row, dict(change.change), self._community.now())
        return JSONResponse(change.answer.body(self._community.record(change.table, row)), change.answer.status)

    async def _acknowledge(self, each: _Acknowledgement, _request: Request) -> JSONResponse:
        return JSONResponse(each.answer.body({}), each.answer.status)

    async def _duplicate(self, table: str, answer: Answer, request: Request) -> JSONResponse:
        row = find_row(self._community.resources[table], request, self._community)
        if table == "community_segments":
            title = request.query_params.get("title")
            if not title:
                raise self._community.resources[table].complaint.about("title")
            changed: JsonObject = {"title": title}
        else:
            changed = {"name": f"{row.fields.get('name', '')} (copy)"}
        copy = self._community.create(table, {**row.fields, **changed})
        return JSONResponse(answer.body(self._community.record(table, copy)), answer.status)

    async def _workflow(self, request: Request) -> JSONResponse:
        return JSONResponse(self._community.record("workflows", self._find_workflow(request)))

    async def _set_workflow(self, status: str, request: Request) -> JSONResponse:
        row = self._find_workflow(request)
        self._community.tables["workflows"].change(row, {"status": status}, self._community.now())
        return JSONResponse(self._community.record("workflows", row))

    async def _duplicate_workflow(self, request: Request) -> JSONResponse:
        row = self._find_workflow(request)
        uuid = workflow_uuid(self._community.tables["workflows"].next_number)
        copy = self._community.create("workflows", {**row.fields, "uuid": uuid, "status": "draft"})
        return JSONResponse(self._community.record("workflows", copy), 201)

    async def _progress(self, request: Request) -> JSONResponse:
        body = await read_object(request)
        if self._community.tables["course_lessons"].get(read_number(body.get("lesson_id"))) is None:
            raise missing("courses/lesson")
        if self._community.member(str(body.get("member_email") or "")) is None:
            raise missing("community member")
        if body.get("status") not in _PROGRESS:
            raise refused(400, "Failed to update lesson progress.", f"Invalid status: {body.get('status')}")
        return JSONResponse({"success": True, "message": "Lesson progress updated successfully."})

    async def _unfollow(self, request: Request) -> JSONResponse:
        if self._community.tables["posts"].get(read_number(request.path_params["post_id"])) is None:
            raise missing("post")
        member_id = read_number(request.query_params.get("community_member_id"))
        if self._community.tables["community_members"].get(member_id) is None:
            raise missing("community member")
        return JSONResponse({"success": True, "message": "Post unfollowed for the provided member."})

    async def _submit(self, request: Request) -> JSONResponse:
        form_id = read_number(request.path_params["form_id"])
        if self._community.tables["forms"].get(form_id) is None:
            raise missing("forms/form")
        elements = (await read_object(request)).get("elements")
        if not isinstance(elements, list) or not all(isinstance(each, dict) and each.get("id") for each in elements):
            raise refused(422, "Validation failed: Submission fields is invalid", [{"error": "is invalid"}])
        fields = [
            {
                "field_id": each["id"],
                "label": f"Field {each['id']}",
                "value": each.get("value_json") or each.get("value"),
                "hidden": False,
            }
            for each in elements
        ]
        self._community.create("form_submissions", {"form_id": form_id, "fields": fields})
        return JSONResponse({"success": True}, 201)

    def _find_workflow(self, request: Request) -> Row:
        row = self._community.tables["workflows"].find(uuid=request.path_params["uuid"])
        if row is None:
            raise missing("workflow")
        return row
