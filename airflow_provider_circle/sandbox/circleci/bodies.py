"""
Request bodies: what they must be, and how they are refused when they are not.

Knows JSON types, not what the fields mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from starlette.requests import Request

from airflow_provider_circle.sandbox.circleci.refusals import Refused

__all__ = [
    "is_uuid",
    "read_object",
    "read_optional_text",
    "read_part",
    "read_text",
    "read_word",
    "refuse_unknown",
]


async def read_object(request: Request) -> dict[str, Any]:
    """
    Read a body that must be a JSON object; an absent one is empty.

    :raises Refused: 400.
    """
    if not await request.body():
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise Refused(400, "The body is not JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "The body must be a JSON object")
    return body


def refuse_unknown(fields: Iterable[str], *known: str) -> None:
    """
    Refuse fields that a closed schema does not know.

    :raises Refused: 400, names them.
    """
    if unknown := sorted(set(fields) - set(known)):
        raise Refused(400, f"Unknown field: {', '.join(unknown)}")


def read_text(body: dict[str, Any], name: str) -> str:
    """
    Read a text that must say something.

    :raises Refused: 400.
    """
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(400, f"{name} must be a string with something in it")
    return value


def read_optional_text(body: dict[str, Any], name: str) -> str | None:
    """
    Read a text that may be missing or empty.

    :raises Refused: 400.
    """
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise Refused(400, f"{name} must be a string")
    return value


def read_part(body: dict[str, Any], name: str) -> dict[str, Any]:
    """
    Read an object inside a body; an absent one is empty.

    :raises Refused: 400.
    """
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise Refused(400, f"{name} must be an object")
    return value


def read_word(body: dict[str, Any], name: str, words: Iterable[str]) -> str:
    """
    Read one of the words that are known.

    :raises Refused: 400, names them all.
    """
    value = body.get(name)
    if value not in (known := sorted(words)):
        raise Refused(400, f"{name} must be one of {', '.join(known)}")
    return str(value)


def is_uuid(text: Any) -> bool:
    """Tell whether this is a UUID in its usual form."""
    try:
        return str(UUID(text)) == str(text).lower()
    except (ValueError, AttributeError, TypeError):
        return False
