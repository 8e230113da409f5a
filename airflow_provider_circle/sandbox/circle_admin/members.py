"""
Members.

Knows their records and their list. What else can be done with a member is in the routes for members.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents, Person
from airflow_provider_circle.sandbox.circle_admin.filters import (
    read_number,
    status,
)
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import COMMUNITY_ID, Filter, Resource
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["MEMBERS", "member_stub"]

_FIRST_NAMES = ("Ada", "Björn", "Chidi", "Dolores", "Émile", "Farah", "Grace", "Hiroshi", "Inés", "Jürgen", "Kwame")
_LAST_NAMES = ("Lovelace", "O'Brien", "Nguyễn", "García-Pérez", "Weiß", "Sato", "de la Cruz", "Smith, Jr.", "Ødegård")
_HEADLINES = ("Community builder", 'Says "hello"', "Designer, writer", None, "数据工程师", "🚀 Founder")
_CITIES = ("Lisbon", "São Paulo", None, "Nairobi")
_INVITED = frozenset({3, 11, 19})
"""Of 23 members these have not accepted their invitation."""


def member_stub(person: Person) -> JsonObject:
    """Write a member the way lists of memberships do."""
    fields = {} if person.row is None else person.row.fields
    return {
        "name": person.name,
        "first_name": fields.get("first_name", person.name),
        "last_name": fields.get("last_name", ""),
        "avatar_url": None,
        "headline": fields.get("headline") or "",
        "community_id": COMMUNITY_ID,
        "profile_url": f"https://sandbox.circle.example/u/{person.public_uid}",
        "public_uid": person.public_uid,
        "email": person.email,
    }


def _make_member(number: int, _: Parents) -> JsonObject:
    first, last = _FIRST_NAMES[number % len(_FIRST_NAMES)], _LAST_NAMES[number % len(_LAST_NAMES)]
    return {
        "first_name": first,
        "last_name": last,
        "name": f"{first} {last}",
        "email": f"member{number + 1}@example.com",
        "headline": _HEADLINES[number % len(_HEADLINES)],
        "confirmed": number % 23 not in _INVITED,
        "points": number * 37 % 500,
    }


def _member(row: Row, community: Community) -> JsonObject:
    fields, person = row.fields, community.person(row.id)
    confirmed = bool(fields["confirmed"])
    created, updated = timestamp(row.created_s), timestamp(row.updated_s)
    accepted = f"{created[:10]} {created[11:19]} UTC"
    city = fields.get("location", _CITIES[row.number % len(_CITIES)])
    points = fields.get("points", 0)
    tags = community.tables["tagged_members"].group("community_member_id", row.id)
    score = f"{row.number % 100 / 10:.1f}" if confirmed else None
    return {
        "id": row.id,
        "user_id": person.user_id,
        "first_name": None,
        "last_name": None,
        "name": person.name,
        "email": person.email,
        "headline": None,
        "created_at": created,
        "updated_at": updated,
        "community_id": COMMUNITY_ID,
        "last_seen_at": updated if confirmed else None,
        "profile_confirmed_at": created if confirmed else None,
        "accepted_invitation": accepted if confirmed else None,
        "active": confirmed and not fields.get("gone"),
        "profile_url": f"https://sandbox.circle.example/u/{person.public_uid}",
        "public_uid": person.public_uid,
        "avatar_url": None,
        "sso_provider_user_id": None,
        "flattened_profile_fields": {"location": city, "interests": ["data", "airflow"][: row.number % 3]},
        "profile_fields": [_member_field(row, city, created, updated)],
        "posts_count": community.tables["posts"].group_size("community_member_id", row.id),
        "comments_count": community.tables["comments"].group_size("community_member_id", row.id),
        "member_tags": [
            {"id": tag.id, "name": tag.fields["name"]}
            for tag in (community.tables["member_tags"].get(tagged.fields["member_tag_id"]) for tagged in tags)
            if tag is not None
        ],
        "gamification_stats": {
            "community_member_id": row.id,
            "total_points": points,
            "current_level": 1 + points // 100,
            "current_level_name": f"Level {1 + points // 100}",
            "points_to_next_level": 100 - points % 100,
            "level_progress": points % 100,
        }
        if confirmed
        else None,
        "activity_score": dict.fromkeys(
            ("activity_score", "presence", "participation", "contribution", "connection"), score
        ),
    }


def _member_field(row: Row, city: str | None, created: str, updated: str) -> JsonObject:
    value: JsonObject = {
        "id": row.id,
        "text": city,
        "textarea": None,
        "created_at": created,
        "updated_at": updated,
        "display_value": city,
        "community_member_choices": [],
    }
    return {
        "id": 1,
        "label": "Location",
        "field_type": "text",
        "key": "location",
        "placeholder": None,
        "description": None,
        "required": False,
        "platform_field": True,
        "created_at": created,
        "updated_at": updated,
        "community_member_profile_field": None if city is None else value,
        "number_options": None,
        "choices": [],
        "pages": [],
    }


def _translate_member(body: JsonObject, _: Community) -> JsonObject:
    fields: JsonObject = {}
    name = body.get("name")
    if isinstance(name, str):
        first, _space, last = name.partition(" ")
        fields |= {"name": name, "first_name": first, "last_name": last}
    wanted = body.get("community_member_profile_fields")
    if isinstance(wanted, dict) and isinstance(wanted.get("location"), str):
        fields["location"] = wanted["location"]
    return fields


def _with_tags(values: Sequence[str], community: Community) -> Callable[[Row], bool]:
    wanted = {read_number(part) for value in values for part in value.split(",")}
    table = community.tables["tagged_members"]
    members = {row.fields["community_member_id"] for tag in wanted for row in table.group("member_tag_id", tag)}
    return lambda row: row.id in members


def _listed(row: Row) -> bool:
    return not row.fields.get("gone")


MEMBERS = (
    Resource(
        "community_members",
        "/community_members",
        "community member",
        frozenset({"list", "get", "update"}),
        _member,
        _make_member,
        count=230,
        keys=(("email",),),
        filters={
            "status": status(
                {
                    "active": lambda row: bool(row.fields["confirmed"]),
                    "inactive": lambda row: not row.fields["confirmed"],
                    "all": lambda _: True,
                },
                "active",
            ),
            "member_tag_ids": Filter(_with_tags),
        },
        translate=_translate_member,
        edited="headline",
        listed=_listed,
    ),
)
