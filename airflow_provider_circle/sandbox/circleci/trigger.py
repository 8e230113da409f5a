"""
What a trigger asks for, and what of it is refused.

Knows the two request bodies that start a pipeline and the limits of parameters. What happens then is decided by the
state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airflow_provider_circle.sandbox.circleci.refusals import Refused

__all__ = ["Trigger", "read_parameters", "read_run", "read_trigger"]

_MAX_PARAMETERS = 100
_MAX_KEY = 128
_MAX_VALUE = 512
_UNDECLARED_PREFIX = "undeclared"
_RUN_FIELDS = frozenset({"definition_id", "config", "checkout", "parameters"})
_REF_FIELDS = frozenset({"branch", "tag"})


@dataclass(frozen=True, slots=True)
class Trigger:
    """A pipeline that is asked for."""

    branch: str | None
    tag: str | None
    parameters: dict[str, str | int | bool]


def read_trigger(body: dict[str, Any]) -> Trigger:
    """
    Read the body of ``POST /project/{slug}/pipeline``.

    :raises Refused: 400, says which field is wrong.
    """
    branch, tag = _read_ref(body, "the body")
    return Trigger(branch, tag, read_parameters(body))


def read_run(body: dict[str, Any]) -> Trigger:
    """
    Read the body of ``POST /project/{provider}/{organization}/{project}/pipeline/run``.

    :raises Refused: 400, says which field is wrong.
    """
    _refuse_unknown(body, _RUN_FIELDS, "the body")
    _text_or_none(body, "definition_id")
    refs = {}
    for name in ("config", "checkout"):
        ref = body.get(name, {})
        if not isinstance(ref, dict):
            raise Refused(400, f"{name} must be an object")
        _refuse_unknown(ref, _REF_FIELDS, name)
        refs[name] = _read_ref(ref, name)
    return Trigger(*refs["checkout"], read_parameters(body))


def read_parameters(body: dict[str, Any]) -> dict[str, str | int | bool]:
    """
    Read the pipeline parameters of a body.

    :raises Refused: 400, a parameter is too many, too long, undeclared or of a type that cannot be one.
    """
    parameters = body.get("parameters", {})
    if not isinstance(parameters, dict):
        raise Refused(400, "parameters must be an object")
    if len(parameters) > _MAX_PARAMETERS:
        raise Refused(400, f"At most {_MAX_PARAMETERS} parameters are allowed, got {len(parameters)}")
    for key, value in parameters.items():
        if len(key) > _MAX_KEY:
            raise Refused(400, f"A parameter name has at most {_MAX_KEY} characters: {key[:20]}…")
        if not isinstance(value, str | int):
            raise Refused(400, f"Parameter {key} must be a string, an integer or a boolean")
        if len(str(value)) > _MAX_VALUE:
            raise Refused(400, f"The value of parameter {key} has more than {_MAX_VALUE} characters")
    undeclared = [key for key in parameters if key.startswith(_UNDECLARED_PREFIX)]
    if undeclared:
        raise Refused(400, f"Unexpected argument(s): {', '.join(undeclared)}")
    return dict(parameters)


def _read_ref(body: dict[str, Any], where: str) -> tuple[str | None, str | None]:
    branch, tag = _text_or_none(body, "branch"), _text_or_none(body, "tag")
    if branch is not None and tag is not None:
        raise Refused(400, f"branch and tag exclude each other in {where}")
    return branch, tag


def _text_or_none(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if name in body and not isinstance(value, str):
        raise Refused(400, f"{name} must be a string")
    return value


def _refuse_unknown(body: dict[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(body.keys() - known)
    if unknown:
        raise Refused(400, f"Unknown field in {where}: {', '.join(unknown)}")
