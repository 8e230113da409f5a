"""
The lists of Circle's Admin API that are worth pulling, as data.

Knows keys, cursors, windows and filters; reading them is the stream walk's business. Most lists cannot say what has
changed: they are read whole, and deletions show as what is missing. Where the order can be chosen, the oldest come
first, so that what is added meanwhile does not push rows from one page to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.stream import (
    Between,
    Filter,
    NewestFirst,
    Parent,
    Stream,
    number,
    one_of,
    text,
    truth,
)
from airflow_provider_circle.vendors.circle_admin.endpoints import (
    access_groups,
    charges,
    comments,
    community_members,
    courses,
    event_attendees,
    events,
    flagged_contents,
    forms,
    gamification,
    image_posts,
    invitation_links,
    live,
    member_tags,
    paywalls,
    posts,
    profile_fields,
    segments,
    space_group_members,
    space_groups,
    space_members,
    spaces,
    subscriptions,
    tagged_members,
    topics,
    v1,
    workflows,
)
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PER_PAGE
from airflow_provider_circle.vendors.circle_admin.filters import day, ids, iso_moment

__all__ = ["STREAMS", "V1_STREAMS"]


def _stream(
    name: str, endpoint: Endpoint, filters: Mapping[str, Filter] | None = None, /, *, sort: str = "", **settings: Any
) -> Stream:
    """Describe a list that comes in pages; every page is asked for full."""
    query: dict[str, str | int | bool] = {"per_page": PER_PAGE, **settings.pop("query", {})}
    if sort:
        query["sort"] = sort
    return Stream(name, endpoint, query=query, filters=filters or {}, **settings)


def _by_name(streams: list[Stream]) -> Mapping[str, Stream]:
    return MappingProxyType({stream.name: stream for stream in streams})


_MEMBERSHIP = {"status": one_of("status", "active", "inactive", "all")}
_AS_CREATED = {"sort": "created_at", "direction": "asc"}

_PAID = {
    "query": text("query"),
    "member_email": text("member_email"),
    "community_member_id": number("community_member_id"),
    "community_member_public_uid": text("community_member_public_uid"),
    "billing_info_business_name": text("billing_info_business_name"),
    "paywall_price_type": text("paywall_price_type"),
    "subscription_processor_id": text("subscription_processor_id"),
    "currency": text("currency"),
    "paywall_ids": text("paywall_ids"),
    "status": text("status"),
    "platform": text("platform"),
}
"""What charges and subscriptions have in common; several values are one text with commas."""

STREAMS: Mapping[str, Stream] = _by_name(
    [
        # Only ``all`` shows those who have not accepted their invitation. Circle lets nobody choose the order.
        _stream(
            "community_members",
            community_members.LIST_COMMUNITY_MEMBERS,
            # Unverified: that several tags are sent with brackets.
            {**_MEMBERSHIP, "member_tag_ids": ids("member_tag_ids[]")},
            query={"status": "all"},
        ),
        # Unverified: that ``latest_updated`` orders by ``updated_at``.
        _stream(
            "posts",
            posts.LIST_POSTS,
            {
                "space_id": number("space_id"),
                "space_group_id": number("space_group_id"),
                "status": one_of("status", "draft", "published", "scheduled", "all"),
                "search_text": text("search_text"),
            },
            query={"status": "all"},
            cursor="updated_at",
            window=NewestFirst(order={"sort": "latest_updated"}),
        ),
        # Only image spaces have them. Unverified: that others answer 404, and not an empty page.
        _stream("image_posts", image_posts.LIST_IMAGE_POSTS, parent=Parent("spaces", "space_id", "space_id")),
        _stream(
            "comments",
            comments.LIST_COMMENTS,
            {"space_id": number("space_id"), "post_id": number("post_id"), "search_text": text("search_text")},
        ),
        _stream("spaces", spaces.LIST_SPACES, sort="oldest"),
        _stream("space_groups", space_groups.LIST_SPACE_GROUPS, {"name": text("name")}),
        _stream(
            "space_members",
            space_members.LIST_SPACE_MEMBERS,
            _MEMBERSHIP,
            query={"status": "all"},
            parent=Parent("spaces", "space_id", "space_id"),
        ),
        _stream(
            "space_group_members",
            space_group_members.LIST_SPACE_GROUP_MEMBERS,
            _MEMBERSHIP,
            query={"status": "all"},
            parent=Parent("space_groups", "space_group_id", "space_group_id"),
        ),
        _stream(
            "events",
            events.LIST_EVENTS,
            {
                "space_id": number("space_id"),
                "filter_date[start_date]": day("filter_date[start_date]"),
                "filter_date[end_date]": day("filter_date[end_date]"),
            },
            sort="oldest",
        ),
        _stream(
            "event_attendees",
            event_attendees.LIST_EVENT_ATTENDEES,
            parent=Parent("events", "event_id", "event_id"),
        ),
        _stream(
            "member_tags",
            member_tags.LIST_MEMBER_TAGS,
            {"name": text("name"), "is_public": truth("is_public")},
            sort="oldest",
        ),
        _stream(
            "tagged_members",
            tagged_members.LIST_TAGGED_MEMBERS,
            {"member_tag_ids": ids("member_tag_ids[]")},
        ),
        _stream(
            "access_groups",
            access_groups.LIST_ACCESS_GROUPS,
            {"status": one_of("status", "active", "archived", "all"), "ids": ids("ids[]"), "name": text("name")},
            query={"status": "all"},
        ),
        _stream(
            "access_group_members",
            access_groups.LIST_ACCESS_GROUP_MEMBERS,
            parent=Parent("access_groups", "access_group_id", "access_group_id"),
        ),
        # A refund changes a charge and not its ``created_at``: look back as far as refunds are given.
        _stream(
            "community_member_charges",
            charges.LIST_CHARGES,
            {
                **_PAID,
                "processor_id": text("processor_id"),
                "invoice_processor_id": text("invoice_processor_id"),
                "amount_gte": number("amount_gte"),
                "amount_lte": number("amount_lte"),
            },
            query=_AS_CREATED,
            cursor="created_at",
            window=Between("created_at_gte", "created_at_lte", iso_moment),
        ),
        # A window holds the subscriptions that began in it; a later end or renewal is seen by a full read only.
        # Unverified: whether ``start_date`` is a day or a moment; Circle calls both bounds dates in ISO 8601.
        _stream(
            "community_member_subscriptions",
            subscriptions.LIST_SUBSCRIPTIONS,
            {
                **_PAID,
                "billing_interval": text("billing_interval"),
                "scheduled_to_cancel": truth("scheduled_to_cancel"),
                "total_amount_paid_gte": number("total_amount_paid_gte"),
                "total_amount_paid_lte": number("total_amount_paid_lte"),
            },
            query=_AS_CREATED,
            cursor="start_date",
            window=Between("start_date_gte", "start_date_lte", iso_moment),
        ),
        _stream(
            "paywalls",
            paywalls.SEARCH_PAYWALLS,
            {
                "name": text("name"),
                "status": text("status"),
                "currency": text("currency"),
                "paywall_id": text("paywall_id"),
                "exclude_paywall_id": text("exclude_paywall_id"),
                "subscription_group_id": text("subscription_group_id"),
                "exclude_subscription_group_id": text("exclude_subscription_group_id"),
            },
            query=_AS_CREATED,
        ),
        _stream("paywall_affiliates", paywalls.LIST_PAYWALL_AFFILIATES),
        _stream("topics", topics.LIST_TOPICS, {"name": text("name")}, sort="oldest"),
        _stream("community_segments", segments.LIST_COMMUNITY_SEGMENTS, {"title": text("title")}),
        _stream("course_sections", courses.LIST_COURSE_SECTIONS, {"space_id": number("space_id")}, sort="oldest"),
        _stream(
            "course_lessons",
            courses.LIST_COURSE_LESSONS,
            {
                "section_id": number("section_id"),
                "space_id": number("space_id"),
                "status": one_of("status", "draft", "published"),
            },
            sort="oldest",
        ),
        _stream(
            "flagged_contents",
            flagged_contents.LIST_FLAGGED_CONTENTS,
            {"status": one_of("status", "all", "inbox", "approved", "rejected")},
            query={"status": "all"},
        ),
        _stream("forms", forms.LIST_FORMS, {"name": text("name")}),
        _stream("form_submissions", forms.LIST_FORM_SUBMISSIONS, parent=Parent("forms", "form_id", "form_id")),
        _stream(
            "invitation_links",
            invitation_links.LIST_INVITATION_LINKS,
            {"name": text("name"), "status": one_of("status", "active", "revoked")},
        ),
        # Archived fields are a list of their own.
        _stream(
            "profile_fields",
            profile_fields.LIST_PROFILE_FIELDS,
            {"label": text("label"), "archived": truth("archived")},
        ),
        _stream("live_rooms", live.LIST_LIVE_ROOMS),
        # One object for each room: all its transcripts.
        Stream(
            "live_room_transcripts",
            live.GET_LIVE_ROOM_TRANSCRIPTS,
            key=("room_id",),
            parent=Parent("live_rooms", "room_id", "room_id"),
        ),
        # Without a status archived ones are listed, too; ``all`` leaves them out. Their ids are UUIDs.
        _stream(
            "workflows",
            workflows.LIST_WORKFLOWS,
            {
                "query": text("query"),
                "status": one_of("status", "draft", "active", "inactive", "archived", "all"),
                "workflow_type": one_of("workflow_type", "dynamic", "bulk_action", "scheduled"),
            },
        ),
        # The best of the community, at once.
        Stream(
            "leaderboard",
            gamification.GET_LEADERBOARD,
            key=("community_member_id",),
            filters={"period": one_of("period", "30_days", "7_days")},
        ),
    ]
)
"""Streams of the Admin API v2, by name."""

V1_STREAMS: Mapping[str, Stream] = _by_name(
    [
        _stream("communities", v1.LIST_COMMUNITIES),
        # Unverified: that ``status`` takes more than ``active``, so invited members may be missing.
        _stream("community_members", v1.LIST_COMMUNITY_MEMBERS, {"status": text("status")}),
        _stream("space_groups", v1.LIST_SPACE_GROUPS),
        _stream("spaces", v1.LIST_SPACES, sort="oldest"),
        # v1 lists posts and comments by space. Unverified: that it cannot list them all.
        _stream("posts", v1.LIST_POSTS, parent=Parent("spaces", "space_id", "space_id")),
        _stream("comments", v1.LIST_COMMENTS, parent=Parent("spaces", "space_id", "space_id")),
        _stream("events", v1.LIST_EVENTS),
        _stream("member_tags", v1.LIST_MEMBER_TAGS),
        _stream("tagged_members", v1.LIST_TAGGED_MEMBERS),
        _stream("community_member_charges", v1.LIST_CHARGES),
        _stream("community_member_subscriptions", v1.LIST_SUBSCRIPTIONS),
    ]
)
"""Streams of the Admin API v1, by name. No list of v1 says how many rows it has."""
