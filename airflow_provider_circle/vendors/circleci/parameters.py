"""
Arguments, checked before anything is sent: what a pipeline is triggered with, and the numbers of pipelines and jobs.

CircleCI words some of these mistakes misleadingly ("Project not found"), so they are caught here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["checked_number", "checked_parameters", "checked_revision"]

_MOST_PARAMETERS = 100
_LONGEST_NAME = 128
_LONGEST_VALUE = 512
"""Source: https://circleci.com/docs/api/v2/#operation/triggerPipeline"""


def checked_parameters(parameters: Mapping[str, Any] | None) -> dict[str, str | int | bool]:
    """
    Check pipeline parameters.

    :param parameters: names and values as the project's configuration declares them.
    :return: a copy; empty for ``None``.
    :raises ValueError: too many, too long, or of a type CircleCI does not know. Values are not shown.
    """
    if parameters is None:
        return {}
    if not isinstance(parameters, Mapping):
        raise ValueError(f"parameters must be a mapping of names to values, got a {type(parameters).__name__}")
    if len(parameters) > _MOST_PARAMETERS:
        raise ValueError(f"parameters must be at most {_MOST_PARAMETERS}, got {len(parameters)}")
    for name, value in parameters.items():
        if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
            raise ValueError(
                f"a name in parameters must be a text of 1 to {_LONGEST_NAME} characters, got {name!r:.60}"
            )
        if not isinstance(value, str | int | bool):
            raise ValueError(
                f"parameters[{name!r}] must be a text, a whole number or a boolean, got a {type(value).__name__}"
            )
        if len(str(value)) > _LONGEST_VALUE:
            raise ValueError(
                f"parameters[{name!r}] must be at most {_LONGEST_VALUE} characters long, got {len(str(value))}"
            )
    return dict(parameters)


def checked_revision(branch: str | None, tag: str | None) -> dict[str, str]:
    """
    Check what to build.

    :return: ``{"branch": …}``, ``{"tag": …}`` or nothing, which is the project's default branch.
    :raises ValueError: both are given, or one is empty or no text.
    """
    given = {name: value for name, value in (("branch", branch), ("tag", tag)) if value is not None}
    if len(given) == 2:
        raise ValueError("branch and tag exclude each other, got both")
    for name, value in given.items():
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{name} must be the name of a {name}, got {value!r}")
    return given


def checked_number(name: str, value: Any) -> int:
    """
    Check a pipeline's or a job's number, which a template may leave as a text.

    :param name: the argument's, for the message.
    :raises ValueError: no whole number above 0.
    """
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ValueError(f"{name} must be a whole number above 0, got {value!r}")
    return int(text)
