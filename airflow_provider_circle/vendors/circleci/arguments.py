"""
Arguments of calls about what an organization or a project owns, checked before anything is sent.

Messages name the argument and what would be right. Only ids and words are quoted, and shortened; texts may be secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from airflow_provider_circle.core.arguments import shape_of
from airflow_provider_circle.vendors.circleci.slug import project_slug_of

__all__ = [
    "checked_id",
    "checked_mapping",
    "checked_organization",
    "checked_uuid",
    "given",
]


def checked_uuid(name: str, value: Any) -> str:
    """
    Check an id that CircleCI describes as a UUID.

    :param name: the argument's, for the message.
    :return: the id in lower case, without spaces around it.
    :raises ValueError: no UUID in its usual form, five groups with hyphens.
    """
    text = str(value).strip().lower() if isinstance(value, str | UUID) else ""
    try:
        if str(UUID(text)) == text:
            return text
    except ValueError:
        pass
    shown = f"{value!r:.60}" if isinstance(value, str) and value.strip() else shape_of(value)
    raise ValueError(f"{name} must be a UUID such as 5034460f-c7c4-4c43-9457-de07e2029e7b, got {shown}")


def checked_id(name: str, value: Any) -> str:
    """
    Check an id that CircleCI describes as opaque.

    :param name: the argument's, for the message.
    :raises ValueError: empty, or a slug or a name with spaces where an id belongs.
    """
    text = str(value).strip() if isinstance(value, str | UUID) else ""
    if not text or "/" in text or len(text.split()) > 1:
        raise ValueError(
            f"{name} must be an id, not a slug or a name, got {f'{text!r:.60}' if text else shape_of(value)}"
        )
    return text


def checked_organization(value: Any) -> str:
    """
    Check the name of an organization.

    :param value: its UUID, or its slug in any form: ``gh/…``, ``github/…``, ``bb/…``, ``bitbucket/…``, ``circleci/…``.
    :return: the same, a slug with the short provider name.
    :raises ValueError: anything else.
    """
    try:
        return checked_uuid("organization", value) if "/" not in str(value) else _slug(value)
    except ValueError:
        shown = f"{value!r:.60}" if isinstance(value, str) and value.strip() else shape_of(value)
        raise ValueError(
            f"organization must be a UUID, or a slug like gh/<organization> or circleci/<organization id>, got {shown}"
        ) from None


def checked_mapping(name: str, value: Any) -> dict[str, Any]:
    """
    Check the attributes of something, named as the API names them.

    :return: a copy.
    :raises ValueError: no mapping, or a name in it is no text.
    """
    if not isinstance(value, Mapping) or not all(isinstance(each, str) and each for each in value):
        raise ValueError(f"{name} must be a mapping of names to values, got {shape_of(value)}")
    return dict(value)


def given(**values: Any) -> dict[str, Any]:
    """Keep what is not ``None``: what was left out is not sent."""
    return {name: value for name, value in values.items() if value is not None}


def _slug(value: Any) -> str:
    """Bring an organization's slug into the form of a project's: the providers are the same."""
    return project_slug_of(f"{str(value).strip().strip('/')}/-").removesuffix("/-")
