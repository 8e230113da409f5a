"""Tagging members, with the tag given by its id or by its exact name."""

from __future__ import annotations

import difflib

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, collect, pages
from airflow_provider_circle.exceptions import Invalid, NotFound
from airflow_provider_circle.vendors.circle_admin.arguments import is_id
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PER_PAGE
from airflow_provider_circle.vendors.circle_admin.invite import find_member

__all__ = ["find_tag", "tag_member", "untag_member"]

_NEAR_NAMES = 5
"""Names of tags that a message offers at most."""


def find_tag(caller: Caller, tags: Endpoint, tag: str | int) -> Walk[int]:
    """
    Find a tag's id.

    :param tags: the operation that lists tags, of either version of the API.
    :param tag: an id, which costs no request, or a name, exactly as it is written. A text of digits is an id.
    :raises ValueError: no tag has this name, or several have; names the nearest, or the ids.
    """
    if is_id(tag):
        return int(tag)
    name = checked_text("tag", tag).strip()
    rows = yield from collect(pages(caller, tags, query={"per_page": PER_PAGE}))
    names = {int(row["id"]): str(row.get("name") or "").strip() for row in rows if is_id(row.get("id"))}
    matching = [tag_id for tag_id, known in names.items() if known == name]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise ValueError(
            f"tag must be one tag, and {len(matching)} are named {name!r}; give one of the ids "
            f"{', '.join(map(str, matching))}"
        )
    raise ValueError(f"tag must be the id or the exact name of a member tag, got {name!r}; {_near(name, names)}")


def tag_member(
    caller: Caller, email: str, tag: str | int, *, search: Endpoint, create: Endpoint, tags: Endpoint
) -> Walk[JsonObject]:
    """
    Give a member a tag; one who has it keeps it.

    :param search: the operation that searches members.
    :param create: the operation that tags.
    :param tags: the operation that lists tags.
    :return: ``{"member_tag_id", "user_email"}``.
    :raises ValueError: no tag has this name.
    :raises NotFound: no such member, or no tag with this id.
    """
    tag_id = yield from find_tag(caller, tags, tag)
    tagged: JsonObject = {"member_tag_id": tag_id, "user_email": email}
    try:
        yield from call(caller, create, json=tagged)
    except Invalid:
        # Unverified: what Circle answers when the member has the tag already. Only then is a refusal no failure.
        member = yield from find_member(caller, search, email)
        has = member.get("member_tags") if member else None
        if not isinstance(has, list) or tag_id not in [row.get("id") for row in has if isinstance(row, dict)]:
            raise
    return tagged


def untag_member(
    caller: Caller, email: str, tag: str | int, *, search: Endpoint, delete: Endpoint, tags: Endpoint
) -> Walk[JsonObject]:
    """
    Take a tag from a member; one who has it not stays as they are.

    :param search: the operation that searches members.
    :param delete: the operation that untags.
    :param tags: the operation that lists tags.
    :return: ``{"member_tag_id", "user_email"}``.
    :raises ValueError: no tag has this name.
    :raises NotFound: no such member.
    """
    tag_id = yield from find_tag(caller, tags, tag)
    tagged: JsonObject = {"member_tag_id": tag_id, "user_email": email}
    try:
        yield from call(caller, delete, query=tagged)
    except NotFound:
        # Circle answers alike for a member it does not know and for one without the tag.
        if (yield from find_member(caller, search, email)) is None:
            raise
    return tagged


def _near(name: str, names: dict[int, str]) -> str:
    known = sorted({each for each in names.values() if each})
    lowered = {each.casefold(): each for each in known}
    near = [lowered[each] for each in difflib.get_close_matches(name.casefold(), lowered, n=_NEAR_NAMES)]
    if near:
        return f"near it are {', '.join(map(repr, near))}"
    if not known:
        return "the community has no member tags"
    shown = ", ".join(map(repr, known[:_NEAR_NAMES]))
    return f"there are {shown}" + (f" and {len(known) - _NEAR_NAMES} more" if len(known) > _NEAR_NAMES else "")
