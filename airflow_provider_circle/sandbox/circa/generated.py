"""
What a row holds as long as nobody has written to it: a function of its number.

Knows names, places and custom fields to draw from, with the odd value that trips a careless reader. The shape of the
reply is the replies' business; references are plain numbers here.
"""

from __future__ import annotations

from typing import Any

__all__ = ["BLANK", "FIELDS", "STATUSES", "TEAMS", "USERS", "base_values", "company_of", "email_of"]

Values = dict[str, Any]

STATUSES = ("COMMITTED", "CONSIDERING", "SKIPPING", "CANCELLED", "POSTPONED")

TEAMS = ("Field Marketing", "Community", "Partner Events")

USERS: tuple[Values, ...] = (
    {"first_name": "Ines", "last_name": "Duarte", "email": "ines@circa-sandbox.example"},
    {"first_name": "Tom", "last_name": "Okafor", "email": "tom@circa-sandbox.example"},
    {"first_name": "Mei", "last_name": "Lindqvist", "email": "mei@circa-sandbox.example"},
    {"first_name": "Raj", "last_name": "O'Neil", "email": "raj@circa-sandbox.example"},
)

FIELDS: tuple[Values, ...] = (
    {"name": "Dietary needs", "type": "String", "fields_for": "Contact"},
    {"name": "Company size", "type": "Integer Range", "fields_for": "Contact"},
    {"name": "Interests", "type": "Multi Select", "fields_for": "Contact", "options": ["Data", "Cloud", "AI"]},
    {"name": "Budget approved", "type": "Boolean", "fields_for": "Event"},
    {"name": "Expected guests", "type": "Integer", "fields_for": "Event"},
    {"name": "Industry", "type": "Select", "fields_for": "Company", "options": ["Software", "Retail"]},
)

_FIRST_NAMES = (
    "Ada", "Björn", "Chloé", "Dmitri", "Esra", "Farid", "Grace", "Hugo", "Ingrid", "Jun",
    "Kofi", "Lena", "Mateo", "Noor", "Olga", "Pablo", "Quinn", "Rosa", "Sven", "Tala",
)  # fmt: skip
_MAILBOXES = (
    "ada", "bjorn", "chloe", "dmitri", "esra", "farid", "grace", "hugo", "ingrid", "jun",
    "kofi", "lena", "mateo", "noor", "olga", "pablo", "quinn", "rosa", "sven", "tala",
)  # fmt: skip
_LAST_NAMES = ("O'Brien", "Müller", "Nguyễn", "de la Cruz", "Smith, Jr.", "Łukasiewicz", "Andersen")
_TITLES = ("Data Engineer", 'Head of "Growth"', "Buyer", "VP, Events", None)
_PLACES = (
    ("Berlin", None, "10115", "Germany"),
    ("Austin", "TX", "73301", "United States"),
    ("São Paulo", "SP", "01000-000", "Brazil"),
    ("Osaka", None, "530-0001", "Japan"),
)
_CONTACT_TYPES = ("LEAD", "CUSTOMER", "PARTNER", None)
_DESCRIPTIONS = (None, "", 'Met at the booth.\nWants a call; "soon", she said.', "Likes; semicolons, and commas")
_SYNC_STATUSES = ("SYNCED", "PENDING", "FAILED")
_METHODS = ("IMPORT", "MANUAL", "FORM")

_CONTACT_TEXTS = (
    "first_name", "last_name", "email", "contact_type", "title", "website", "office_phone", "mobile_phone", "address",
    "city", "state", "postal_index", "country", "twitter", "linkedin", "description",
)  # fmt: skip
_EVENT_TEXTS = ("description", "website", "address", "city", "state", "postal_index", "country")
_COMPANY_TEXTS = ("website", "phone", "address", "city", "state", "postal_index", "country", "description")

BLANK: dict[str, Values] = {
    "Contact": {
        **dict.fromkeys((*_CONTACT_TEXTS, "company", "owner")),
        "hot_lead": False,
        "email_opt_in": False,
        "sync_status": "PENDING",
        "custom_fields": {},
        "created_method": "API",
    },
    "Event": {
        **dict.fromkeys((*_EVENT_TEXTS, "owner", "start_date", "end_date", "budget")),
        "custom_fields": {},
    },
    "Company": {**dict.fromkeys((*_COMPANY_TEXTS, "owner")), "custom_fields": {}},
}
"""What a row holds that somebody has made through the API, before it is filled in."""


def email_of(number: int) -> str:
    """Give a contact's address; many contain one another, a few differ in the case of letters from what one types."""
    mailbox = _MAILBOXES[number % len(_MAILBOXES)]
    return f"{number}.{mailbox if number % 10 else mailbox.title()}@example.com"


def company_of(number: int, companies: int) -> int | None:
    """Give the company a contact belongs to."""
    return number % companies + 1 if companies else None


def base_values(kind: str, number: int, companies: int) -> Values:
    """
    Give what a row holds.

    :param companies: how many companies the contacts are spread over.
    """
    if kind == "Contact":
        return _contact(number, companies)
    return _event(number) if kind == "Event" else _company(number)


def _contact(number: int, companies: int) -> Values:
    city, state, postal_index, country = _PLACES[number % len(_PLACES)]
    return {
        "first_name": _FIRST_NAMES[number % len(_FIRST_NAMES)],
        "last_name": _LAST_NAMES[number % len(_LAST_NAMES)],
        "email": email_of(number),
        "contact_type": _CONTACT_TYPES[number % len(_CONTACT_TYPES)],
        "company": company_of(number, companies),
        "title": _TITLES[number % len(_TITLES)],
        "owner": number % len(USERS) + 1 if number % 3 else None,
        "website": None,
        "office_phone": f"+1 555 {number % 10_000:04}",
        "mobile_phone": None,
        "address": f"{number} Main Street",
        "city": city,
        "state": state,
        "postal_index": postal_index,
        "country": country,
        "twitter": None,
        "linkedin": f"https://linkedin.example/in/{number}",
        "description": _DESCRIPTIONS[number % len(_DESCRIPTIONS)],
        "hot_lead": number % 7 == 0,
        "email_opt_in": number % 2 == 0,
        "sync_status": _SYNC_STATUSES[number % len(_SYNC_STATUSES)],
        "custom_fields": {1: None if number % 4 else "vegan", 2: {"min": 10, "max": 100}, 3: ["Data", "AI"]},
        "created_method": _METHODS[number % len(_METHODS)],
    }


def _event(number: int) -> Values:
    city, state, postal_index, country = _PLACES[number % len(_PLACES)]
    return {
        "name": f"Circa Sandbox Summit {number}",
        "status": STATUSES[(number - 1) % len(STATUSES)],
        "team": (number - 1) % len(TEAMS) + 1,
        "owner": number % len(USERS) + 1,
        "description": None,
        "website": f"https://summit-{number}.example",
        "address": f"{number} Fair Road",
        "city": city,
        "state": state,
        "postal_index": postal_index,
        "country": country,
        "start_date": "2026-05-04",
        "end_date": "2026-05-06",
        "budget": number * 1000.5,
        "custom_fields": {4: number % 2 == 0, 5: number * 10},
    }


def _company(number: int) -> Values:
    city, state, postal_index, country = _PLACES[number % len(_PLACES)]
    return {
        "name": f"Company {number} & Co.",
        "website": f"https://company-{number}.example",
        "phone": None,
        "address": f"{number} Market Square",
        "city": city,
        "state": state,
        "postal_index": postal_index,
        "country": country,
        "description": None,
        "owner": number % len(USERS) + 1,
        "custom_fields": {6: "Software" if number % 2 else "Retail"},
    }
