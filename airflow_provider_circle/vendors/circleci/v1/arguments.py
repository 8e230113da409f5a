"""
Arguments of v1.1's calls, checked before anything is sent.

What v1.1 shares with v2 (numbers, slugs) is checked in ``vendors/circleci``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["checked_build_parameters", "checked_filter", "checked_text", "checked_what_to_build"]

_FILTERS = ("completed", "successful", "failed", "running")

_VARIABLE = r"[A-Za-z_][A-Za-z0-9_]*"
"""Source: https://circleci.com/docs/env-vars/ (injecting environment variables with the API v1)"""


def checked_text(name: str, value: Any, what: str) -> str:
    """
    Check a text that must say something.

    :param name: the argument's, for the message.
    :param what: would be right; such as ``the name of a branch``. The value itself is not shown.
    :raises ValueError: no text, or an empty one.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be {what}, got {type(value).__name__ if value else 'nothing'}")
    return value


def checked_filter(name: str, value: str | None) -> dict[str, str]:
    """
    Check which builds are asked for.

    :return: the query parameter; nothing for all builds.
    :raises ValueError: a word CircleCI does not know, and would take for no filter at all.
    """
    if value is None:
        return {}
    if value not in _FILTERS:
        raise ValueError(f"{name} must be one of {', '.join(_FILTERS)}, got {value!r}")
    return {"filter": value}


def checked_build_parameters(parameters: Mapping[str, Any] | None) -> dict[str, str]:
    """
    Check environment variables for a build.

    :param parameters: texts or whole numbers by name; they are not secret: every reader of the project sees them.
    :return: texts by name; empty for ``None``.
    :raises ValueError: a name that no environment variable can have, or another type. Values are not shown.
    """
    if parameters is None:
        return {}
    if not isinstance(parameters, Mapping):
        raise ValueError(f"build_parameters must map names to values, got a {type(parameters).__name__}")
    for name, value in parameters.items():
        if not isinstance(name, str) or not re.fullmatch(_VARIABLE, name):
            raise ValueError(
                "a name in build_parameters must be that of an environment variable, ASCII letters, digits and "
                f"underscores, no digit first; got {name!r:.60}"
            )
        if isinstance(value, bool) or not isinstance(value, str | int):
            # What "true" means to a shell script, its author knows.
            raise ValueError(
                f"build_parameters[{name!r}] must be a text or a whole number, got a {type(value).__name__}"
            )
    return {name: str(value) for name, value in parameters.items()}


def checked_what_to_build(branch: str | None, revision: str | None, tag: str | None) -> dict[str, str]:
    """
    Check what to build.

    :return: what was given, of ``branch``, ``revision`` and ``tag``; nothing is the default branch's head.
    :raises ValueError: a tag together with another of them, or one that is empty or no text.
    """
    all_three = {"branch": branch, "revision": revision, "tag": tag}
    given = {name: value for name, value in all_three.items() if value is not None}
    if tag is not None and len(given) > 1:
        raise ValueError(f"tag excludes branch and revision, got {' and '.join(given)}")
    whats = {"branch": "the name of a branch", "revision": "a commit's hash", "tag": "the name of a tag"}
    return {name: checked_text(name, value, whats[name]) for name, value in given.items()}
