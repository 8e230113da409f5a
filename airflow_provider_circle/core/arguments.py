"""
Arguments of calls, checked before anything is sent: what every service asks of a text, a word, a mapping.

Messages name the argument, the shape of what was given and what would be right. They quote words; texts may be personal
or secret.
"""

from __future__ import annotations

from typing import Any

__all__ = ["checked_text", "checked_word", "shape_of"]


def checked_text(name: str, value: Any) -> str:
    """
    Check a text that must say something.

    :param name: the argument's, for the message.
    :raises ValueError: no text, or an empty one.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be a text with something in it, got {shape_of(value)}")
    return value


def checked_word(name: str, value: Any, *words: str) -> str:
    """
    Check a word that the service knows.

    :param name: the argument's, for the message.
    :raises ValueError: another one.
    """
    if not isinstance(value, str) or value not in words:
        raise ValueError(f"{name} must be one of {', '.join(words)}, got {value!r:.60}")
    return value


def shape_of(value: Any) -> str:
    """Say what was given without quoting it."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return "an empty text" if not value.strip() else f"a text of {len(value)} characters"
    return f"a {type(value).__name__}"
