"""
Members of a Circle community as the stand-in shows them: 100 a page, every attribute of the vendor's description.

Knows shapes and sizes. All values are made from a row's number.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.standin.lists import Listed, encoded
from benchmarks.standin.values import Draw, utc_text

__all__ = ["member", "members"]

_PER_PAGE = 100
_JOINED = datetime(2024, 1, 1, tzinfo=UTC)
_HEADLINES = ("Community builder", 'Says "hello" to everybody', "Designer, writer", None, "数据工程师", "🚀 Founder")
_CITIES = ("Lisbon", "São Paulo", "Nairobi", "Kraków", "Osaka", "Montréal", None)


def members(rows: int, edition: int = 0) -> Listed:
    """
    Prepare ``GET /api/admin/v2/community_members``.

    :param rows: how many members there are.
    :param edition: the same members, each of them changed that often.
    """
    return Listed(
        "/api/admin/v2/community_members",
        rows,
        _PER_PAGE,
        row=lambda number: encoded(member(number, edition)),
        page=_page,
    )


def member(number: int, edition: int = 0) -> dict[str, Any]:
    """Make a member out of their number, which begins at 1; ``edition`` as for the list."""
    draw = Draw(f"member {number}")
    first, last = draw.name()
    uid = f"{draw.below(1 << 32):08x}"
    joined = _JOINED + timedelta(seconds=draw.below(70_000_000))
    created, updated = utc_text(joined, "milliseconds"), utc_text(joined + timedelta(days=30 + edition), "milliseconds")
    confirmed = draw.below(23) != 0
    points, city, bio = draw.below(900), draw.one_of(_CITIES), draw.words(30) or None
    return {
        "id": 1_000_000 + number,
        "user_id": 2_000_000 + number,
        "first_name": first,
        "last_name": last,
        "name": f"{first} {last}",
        "email": f"member{number}.{draw.digits(4)}@community.example",
        "headline": _HEADLINES[(number + edition) % len(_HEADLINES)],
        "created_at": created,
        "updated_at": updated,
        "community_id": 71,
        "last_seen_at": updated if confirmed else None,
        "profile_confirmed_at": created if confirmed else None,
        "accepted_invitation": f"{joined:%Y-%m-%d %H:%M:%S} UTC" if confirmed else None,
        "active": confirmed,
        "profile_url": f"https://community.example/u/{uid}",
        "public_uid": uid,
        "avatar_url": f"https://assets.community.example/{draw.digits(12)}/large.jpg" if draw.below(3) else None,
        "sso_provider_user_id": None,
        "flattened_profile_fields": {"location": city, "bio": bio, "interests": ["data", "maps"][: number % 3]},
        "profile_fields": [_field(1, "Location", "text", city, created), _field(2, "Bio", "textarea", bio, created)],
        "posts_count": draw.below(12),
        "comments_count": draw.below(40),
        "member_tags": [{"id": tag, "name": f"Cohort {tag}"} for tag in range(1, number % 4)],
        "gamification_stats": _gamification(1_000_000 + number, points) if confirmed else None,
        "activity_score": {
            name: f"{draw.below(100) / 10:.1f}" if confirmed else None
            for name in ("activity_score", "presence", "participation", "contribution", "connection")
        },
    }


def _page(number: int, rows: list[bytes], count: int) -> bytes:
    about = {
        "page": number,
        "per_page": _PER_PAGE,
        "has_next_page": number * _PER_PAGE < count,
        "count": count,
        "page_count": len(rows),  # The vendor calls it the number of pages; this is what comes.
    }
    return encoded(about)[:-1] + b',"records":[' + b",".join(rows) + b"]}"


def _gamification(member_id: int, points: int) -> dict[str, Any]:
    level, progress = divmod(points, 100)
    return {
        "community_member_id": member_id,
        "total_points": points,
        "current_level": 1 + level,
        "current_level_name": f"Level {1 + level}",
        "points_to_next_level": 100 - progress,
        "level_progress": progress,
    }


def _field(number: int, label: str, kind: str, value: str | None, created: str) -> dict[str, Any]:
    given: dict[str, Any] = {
        "id": number,
        "text": value if kind == "text" else None,
        "textarea": value if kind == "textarea" else None,
        "created_at": created,
        "updated_at": created,
        "display_value": value,
        "community_member_choices": [],
    }
    return {
        "id": number,
        "label": label,
        "field_type": kind,
        "key": label.lower(),
        "placeholder": None,
        "description": None,
        "required": False,
        "platform_field": True,
        "created_at": created,
        "updated_at": created,
        "community_member_profile_field": None if value is None else given,
        "number_options": None,
        "choices": [],
        "pages": [],
    }
