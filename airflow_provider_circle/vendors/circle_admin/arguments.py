"""
Arguments of calls, checked before anything is sent.

Messages name the argument, the shape of what was given and what would be right; they quote no e-mail address or text,
which may be personal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_circle.core.arguments import shape_of

__all__ = ["checked_email", "checked_fields", "checked_id", "checked_ids", "is_id"]

_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")


def is_id(value: Any) -> bool:
    """Tell whether a value is an id: a whole number above 0, or a text of its digits."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text.isascii() and text.isdigit() and int(text) > 0


def checked_id(name: str, value: Any) -> int:
    """
    Check an id, which a template may leave as a text.

    :param name: the argument's, for the message.
    :raises ValueError: no whole number above 0.
    """
    if not is_id(value):
        shown = repr(value) if isinstance(value, int | float | bool) else shape_of(value)
        raise ValueError(f"{name} must be an id, a whole number above 0, got {shown}")
    return int(str(value).strip())


def checked_ids(name: str, values: Any) -> list[int]:
    """
    Check several ids.

    :raises ValueError: no list, or something in it is no id.
    """
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise ValueError(f"{name} must be a list of ids, got {shape_of(values)}")
    return [checked_id(f"each of {name}", value) for value in values]


def checked_email(name: str, value: Any) -> str:
    """
    Check an e-mail address: something, ``@``, something, and no space.

    :return: the address without spaces around it.
    :raises ValueError: it cannot be one.
    """
    text = value.strip() if isinstance(value, str) else ""
    if not _EMAIL.fullmatch(text):
        shape = shape_of(value)
        if text:
            shape = "a text with spaces inside" if re.search(r"\s", text) else f"a text with {text.count('@')} '@'"
        raise ValueError(f"{name} must be an e-mail address such as ada@example.com, got {shape}")
    return text


def checked_fields(name: str, fields: Any, *, may_be_empty: bool = False) -> dict[str, Any]:
    """
    Check the attributes of something, named as the API names them.

    :return: a copy.
    :raises ValueError: no mapping of names to values, or an empty one.
    """
    if fields is None and may_be_empty:
        return {}
    if not isinstance(fields, Mapping) or not all(isinstance(each, str) and each for each in fields):
        raise ValueError(f"{name} must be a mapping of the API's attribute names to values, got {shape_of(fields)}")
    if not fields and not may_be_empty:
        raise ValueError(f"{name} must name at least one attribute, got an empty mapping")
    return dict(fields)
