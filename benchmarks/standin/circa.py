"""
Circa's contacts as the stand-in shows them: 25 a page, every attribute that Circa's documents name.

Knows shapes and sizes. All values are made from a row's number.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from benchmarks.rows import BEGIN
from benchmarks.standin.lists import Listed, encoded
from benchmarks.standin.values import Draw, utc_text

__all__ = ["contact", "contacts"]

_PER_PAGE = 25
_BEGIN = datetime.fromisoformat(BEGIN).astimezone(UTC)
_TITLES = ("Data Engineer", 'Head of "Growth"', "VP, Field Marketing", "Buyer", "Office Manager", "Founder & CEO", None)
_PLACES = (
    ("Hamburg", None, "20095", "Germany"),
    ("Portland", "OR", "97205", "United States"),
    ("Curitiba", "PR", "80010-000", "Brazil"),
    ("Kyoto", None, "600-8216", "Japan"),
    ("Łódź", None, "90-001", "Poland"),
    ("Toronto", "ON", "M5H 2N2", "Canada"),
)
_TYPES = ("LEAD", "CUSTOMER", "PARTNER", None)


def contacts(rows: int, edition: int = 0) -> Listed:
    """
    Prepare ``GET /api/v1/contacts``.

    :param rows: how many contacts there are.
    :param edition: the same contacts, each of them changed that often.
    """
    return Listed("/api/v1/contacts", rows, _PER_PAGE, row=lambda number: encoded(contact(number, edition)), page=_page)


def contact(number: int, edition: int = 0) -> dict[str, Any]:
    """Make a contact out of its number, which begins at 1; ``edition`` as for the list."""
    draw = Draw(f"contact {number}")
    first, last = draw.name()
    city, state, postal_index, country = draw.one_of(_PLACES)
    company, owner = draw.below(4000) + 1, draw.below(6) + 1
    return {
        "id": _id("Contact", number),
        "first_name": first,
        "last_name": last,
        "email": f"{number}.{draw.digits(3)}@company-{company}.example",
        "contact_type": draw.one_of(_TYPES),
        "company": {"id": _id("Company", company), "name": f"Company {company} & Sons"} if draw.below(5) else None,
        "title": _TITLES[(number + edition) % len(_TITLES)],
        "owner": _user(owner),
        "website": f"https://company-{company}.example" if draw.below(2) else None,
        "office_phone": f"+49 40 {draw.digits(7)}",
        "mobile_phone": f"+49 170 {draw.digits(7)}" if draw.below(3) else None,
        "address": f"{draw.below(400) + 1} Harbour Street",
        "city": city,
        "state": state,
        "postal_index": postal_index,
        "country": country,
        "twitter": f"@{last.lower()}{draw.digits(4)}" if draw.below(4) == 0 else None,
        "linkedin": f"https://linkedin.example/in/{number}-{draw.digits(6)}",
        "description": draw.words(40) or None,
        "hot_lead": draw.below(7) == 0,
        "email_opt_in": number % 2 == 0,
        "sync_status": {"status": ("SYNCED", "PENDING", "FAILED")[number % 3]},
        "custom_fields": [
            {"id": _id("CustomFieldType", 1), "name": "Dietary needs", "value": "vegan" if number % 4 == 0 else None},
            {"id": _id("CustomFieldType", 2), "name": "Company size", "value": {"min": 10, "max": number % 90 + 11}},
            {"id": _id("CustomFieldType", 3), "name": "Interests", "value": ["Data", "Cloud"][: number % 3]},
        ],
        "created_at": utc_text(_BEGIN - timedelta(days=300) + timedelta(seconds=draw.below(20_000_000))),
        "updated_at": utc_text(_BEGIN + timedelta(hours=1 + edition, seconds=draw.below(10_000))),
        "created_by": _user(owner),
        "updated_by": _user((number + edition) % 6 + 1),
        "created_method": ("IMPORT", "MANUAL", "FORM")[number % 3],
    }


def _page(number: int, rows: list[bytes], count: int) -> bytes:
    pagination = {
        "current_page": number,
        "total_pages": -(-count // _PER_PAGE),
        "per_page": _PER_PAGE,
        "total_entries": count,
    }
    return b'{"data":[' + b",".join(rows) + b'],"pagination":' + encoded(pagination) + b"}"


@cache
def _user(number: int) -> dict[str, str]:
    first, last = Draw(f"user {number}").name()
    return {
        "id": _id("User", number),
        "first_name": first,
        "last_name": last,
        "email": f"user{number}@organizer.example",
    }


def _id(kind: str, number: int) -> str:
    return base64.urlsafe_b64encode(f"{kind}-{number}".encode()).decode().rstrip("=")
