"""
Calls of the CircleCI hook as rows of a table: what is called, what is asked for, what comes back.

A text such as ``$context`` stands for the id of something a test has made, anywhere in a row.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import Flavour, both, call

__all__ = ["EachCall", "Mistake", "Plain", "Row", "asked_for", "filled", "includes", "mistake", "plain", "row"]

API = "/circleci/api/v2"

_NAME = re.compile(r"\$([a-z0-9_]+)")


class Row(NamedTuple):
    """
    One call.

    :param asked: method and path of its only request, as they go over the wire.
    :param answered: a part of what it returns.
    """

    name: str
    args: tuple[Any, ...]
    options: dict[str, Any]
    asked: str
    answered: Any
    body: Any
    query: dict[str, str]


def row(
    name: str,
    /,
    *args: Any,
    asked: str,
    answered: Any,
    body: Any = None,
    query: Mapping[str, str] | None = None,
    **options: Any,
) -> Row:
    return Row(name, args, options, asked, answered, body, dict(query or {}))


def filled(value: Any, ids: Mapping[str, str]) -> Any:
    """Put the ids where their names are."""
    if isinstance(value, str):
        return _NAME.sub(lambda match: ids[match[1]], value)
    if isinstance(value, dict):
        return {key: filled(each, ids) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(filled(each, ids) for each in value)
    return value


def asked_for(
    row: Row, ids: Mapping[str, str], hook: CircleCIHook, sandbox: Sandbox, flavour: Flavour
) -> tuple[Any, list[JsonObject]]:
    """Make a row's call; what it returns, and its requests with the address left out of their paths."""
    sandbox.clear_requests()
    answer = call(hook, row.name, flavour, *filled(row.args, ids), **filled(row.options, ids))
    requests = [{**each, "path": each["path"].removeprefix(API)} for each in sandbox.requests()]
    return answer, requests


def includes(actual: Any, expected: Any) -> bool:
    """Compare only what is expected: keys of objects, all rows of lists."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(includes(actual.get(key), value) for key, value in expected.items())
    if isinstance(expected, list):
        return isinstance(actual, list) and len(actual) == len(expected) and all(map(includes, actual, expected))
    return bool(actual == expected)


class EachCall:
    """What holds for every call of a table; a module's class derives from it and is parametrized with its rows."""

    @both
    def test_a_call_makes_one_request(
        self, row: Row, ids: dict[str, str], sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour
    ) -> None:
        _, requests = asked_for(row, ids, hook, sandbox, flavour)

        asked = [(f"{each['method']} {each['path']}", each["query"], each["body"]) for each in requests]
        assert asked == [(filled(row.asked, ids), row.query, filled(row.body, ids))], asked

    @both
    def test_a_call_returns_the_answer(
        self, row: Row, ids: dict[str, str], sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour
    ) -> None:
        answer, _ = asked_for(row, ids, hook, sandbox, flavour)

        assert includes(answer, filled(row.answered, ids)), answer


class Plain(NamedTuple):
    """A call, and nothing about what comes of it."""

    name: str
    args: tuple[Any, ...]
    options: dict[str, Any]


def plain(name: str, /, *args: Any, **options: Any) -> Plain:
    return Plain(name, args, options)


class Mistake(NamedTuple):
    """A call with an argument that is wrong, and what is said about it."""

    name: str
    args: tuple[Any, ...]
    options: dict[str, Any]
    message: str


def mistake(name: str, /, *args: Any, message: str, **options: Any) -> Mistake:
    return Mistake(name, args, options, message)
