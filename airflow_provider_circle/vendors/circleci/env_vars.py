"""
Environment variables of projects and contexts: what they may be called and hold.

Messages quote neither name nor value: whoever mixes the two up must not find the value in a log.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["checked_env_var_name", "checked_env_var_value"]

_NAME = re.compile(r"[^\s=\x00]+")
"""What no operating system takes is left out. Unverified: how much narrower CircleCI itself is."""


def checked_env_var_name(name: str, value: Any) -> str:
    """
    Check the name of an environment variable.

    :param name: the argument's, for the message.
    :raises ValueError: nothing could be called so.
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        shape = f"a text of {len(value)} characters" if isinstance(value, str) else f"a {type(value).__name__}"
        raise ValueError(f"{name} must be an environment variable's name, without '=' and spaces, got {shape}")
    return value


def checked_env_var_value(name: str, value: Any) -> str:
    """
    Check the value of an environment variable.

    :param name: the argument's, for the message.
    :raises ValueError: no text.
    """
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a text, got a {type(value).__name__}")
    return value
