"""
What a body asks to be remembered.

Knows how JSON objects are read and which of their fields fit a record.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from airflow_provider_circle.sandbox.circle_admin.community import Community
from airflow_provider_circle.sandbox.circle_admin.filters import read_number
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject, missing, refused
from airflow_provider_circle.sandbox.circle_admin.resource import Resource

__all__ = ["check_required", "fitting", "read_fields", "read_object"]

_NEVER_SET = frozenset({"id", "community_id", "created_at", "updated_at"})


async def read_object(request: Request) -> JsonObject:
    """
    Read a body.

    :raises Refused: 400, it is no JSON object.
    """
    if not await request.body():
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise refused(400, "The body is not JSON", str(error)) from error
    if not isinstance(body, dict):
        raise refused(400, "The body must be a JSON object", [])
    return body


async def read_fields(request: Request, wrapper: str | None) -> JsonObject:
    """Read the fields of a body, from inside its wrapper where there is one."""
    body = await read_object(request)
    inner = body.get(wrapper) if wrapper else body
    return inner if isinstance(inner, dict) else {}


def check_required(resource: Resource, fields: JsonObject, community: Community, *, partly: bool = False) -> None:
    """
    Refuse fields that lack something, or point to nothing.

    :param partly: whether absent fields are fine, as in an update.
    :raises Refused: as the resource complains, or 404.
    """
    for name in resource.required:
        if fields.get(name) in (None, "", {}) and not (partly and name not in fields):
            raise resource.complaint.about(name)
    for name, table in resource.parents.items():
        if fields.get(name) is not None and community.tables[table].get(read_number(fields[name])) is None:
            raise missing(community.resources[table].what)


def fitting(fields: JsonObject, record: JsonObject) -> JsonObject:
    """Keep what the record has a place of that kind for."""
    return {
        name: value
        for name, value in fields.items()
        if name in record and name not in _NEVER_SET and _same_kind(value, record[name])
    }


def _same_kind(value: Any, present: Any) -> bool:
    return present is None or value is None or type(value) is type(present)
