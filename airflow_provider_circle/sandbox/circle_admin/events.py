"""
Events and who comes.

Knows the records and lists of these resources. Saying yes or no is in the routes for memberships.
"""

from __future__ import annotations

from airflow_provider_circle.sandbox.circle_admin.community import Community, Parents
from airflow_provider_circle.sandbox.circle_admin.filters import SORTS, at_least, at_most, in_parent, read_seconds
from airflow_provider_circle.sandbox.circle_admin.refusals import JsonObject
from airflow_provider_circle.sandbox.circle_admin.resource import Complaint, Resource, Sort
from airflow_provider_circle.sandbox.circle_admin.spaces import space_stub
from airflow_provider_circle.sandbox.circle_admin.store import Row
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["EVENTS"]

_LEAD_S = 3.5 * 24 * 3600
"""So long after it was created an event begins: half of those of the past week are over."""
_HOUR_S = 3600
_OFF = [
    "enable_custom_thank_you_message",
    "rsvp_disabled",
    "send_email_confirmation",
    "send_email_reminder",
    "send_in_app_notification_confirmation",
    "send_in_app_notification_reminder",
    "hide_attendees",
    "hide_location_from_non_attendees",
]
_UNSET = [
    "hide_meta_info",
    "confirmation_message_title",
    "confirmation_message_button_title",
    "confirmation_message_button_link",
    "confirmation_message_description",
    "in_person_location",
    "host",
    "member_avatar_url",
    "cover_image_url",
]


def _starts_s(row: Row) -> float:
    return float(row.fields.get("starts_s") or row.created_s + _LEAD_S)


def _make_event(number: int, parents: Parents) -> JsonObject:
    return {
        "name": f"Event {number + 1}",
        "slug": f"event-{number + 1}",
        "space_id": parents.pick("spaces", number),
        "community_member_id": parents.pick("community_members", number * 5),
        "duration_in_seconds": _HOUR_S * (1 + number % 3),
    }


def _event(row: Row, community: Community) -> JsonObject:
    fields, starts_s = row.fields, _starts_s(row)
    person = community.person(fields.get("community_member_id", 0))
    space = space_stub(community, fields.get("space_id", 0))
    return {
        "id": row.id,
        "name": "",
        "slug": "",
        "user_id": person.user_id,
        "community_member_id": person.member_id,
        "created_at": timestamp(row.created_s),
        "updated_at": timestamp(row.updated_s),
        "comments_count": 0,
        "duration_in_seconds": _HOUR_S,
        "virtual_location_url": "https://meet.example/sandbox",
        "location_type": "virtual",
        "starts_at": timestamp(starts_s),
        "ends_at": timestamp(starts_s + fields.get("duration_in_seconds", _HOUR_S)),
        "space": space,
        "body": f"<p>{fields.get('name', '')}</p>",
        "url": f"https://sandbox.circle.example/c/{space['slug']}/{fields.get('slug', row.id)}",
        "member_email": person.email,
        "member_name": person.name,
        "zapier_display_title": f"{fields.get('name', '')} - {space['name']}",
        "likes_count": row.number % 4,
        "topics": [],
        **dict.fromkeys(_OFF, False),
        **dict.fromkeys(_UNSET),
    }


def _translate_event(body: JsonObject, _: Community) -> JsonObject:
    fields: JsonObject = {}
    setting = body.get("event_setting_attributes")
    if isinstance(setting, dict):
        known = {"location_type", "virtual_location_url", "in_person_location", "host", "duration_in_seconds", *_OFF}
        fields |= {name: value for name, value in setting.items() if name in known}
        starts_s = read_seconds(str(setting.get("starts_at", "")))
        fields |= {} if starts_s is None else {"starts_s": starts_s}
    return fields


def _make_attendee(number: int, parents: Parents) -> JsonObject:
    event_id, member_id = parents.pair("events", "community_members", number)
    return {"event_id": event_id, "community_member_id": member_id}


def _attendee(row: Row, community: Community) -> JsonObject:
    person = community.person(row.fields["community_member_id"])
    event = community.tables["events"].get(row.fields["event_id"])
    return {
        "id": row.id,
        "event_id": 0,
        "event_name": "" if event is None else event.fields["name"],
        "member_name": person.name,
        "member_email": person.email,
        "member_avatar_url": None,
        "headline": (person.row.fields.get("headline") if person.row else None) or "",
        "rsvp_date": timestamp(row.created_s),
    }


EVENTS = (
    Resource(
        "events",
        "/events",
        "posts/event",
        frozenset({"list", "get", "create", "update"}),
        _event,
        _make_event,
        count=8,
        groups=("space_id",),
        filters={
            "space_id": in_parent("space_id", "spaces", "space"),
            "filter_date[start_date]": at_least(_starts_s),
            "filter_date[end_date]": at_most(_starts_s),
        },
        sorts={
            "oldest": SORTS["oldest"],
            "start_date": Sort(_starts_s),
            "start_date_desc": Sort(_starts_s, reverse=True),
        },
        wrapper="event",
        required=("name", "space_id"),
        complaint=Complaint("Oops! We were unable to create the event.", status=400, details="text"),
        translate=_translate_event,
        parents={"space_id": "spaces"},
    ),
    Resource(
        "event_attendees",
        "/event_attendees",
        "event attendee",
        frozenset({"list"}),
        _attendee,
        _make_attendee,
        count=48,
        keys=(("event_id", "community_member_id"),),
        groups=("event_id",),
        filters={"event_id": in_parent("event_id", "events", "posts/event", required=True)},
        edited=None,
    ),
)
