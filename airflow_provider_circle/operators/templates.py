"""Telling what Airflow has yet to render, so that nothing is judged before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["check_one_of", "is_template", "one_of"]


def is_template(value: Any) -> bool:
    """
    Whether a value can be judged only once Airflow has rendered it.

    So can a text with Jinja in it, what another task returns, a parameter of the DAG, and whatever holds one of these.
    """
    if isinstance(value, str):
        return any(begin in value for begin in ("{{", "{%", "{#"))
    if isinstance(value, Mapping):
        return any(map(is_template, value.values()))
    if isinstance(value, list | tuple):
        return any(map(is_template, value))
    return hasattr(value, "resolve")  # Airflow's mixin of what is resolved when a task runs; its place has changed.


def one_of(**named: Any) -> dict[str, Any]:
    """
    Take the one argument that is given. A template that came out empty means "not given".

    :raises ValueError: none is given, or several are; names them all.
    """
    given = {name: value for name, value in named.items() if value is not None and value != ""}
    if len(given) != 1:
        *others, last = named
        got = " and ".join(given) or "none"
        raise ValueError(f"exactly one of {', '.join(others)} and {last} must be given, got {got}")
    return given


def check_one_of(**named: Any) -> None:
    """
    Refuse, while a DAG is parsed, what no template can mend.

    :raises ValueError: none of the arguments is given, or several are.
    """
    known = {name: value for name, value in named.items() if not is_template(value)}
    if len(known) == len(named) or sum(value is not None and value != "" for value in known.values()) > 1:
        one_of(**named)
