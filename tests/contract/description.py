"""
The vendor's description of its API, made ready to judge real requests and replies; nothing of it is kept here.

Derived in memory: references are resolved, ``x-nullable`` becomes ``nullable``, a ``{project-slug}`` becomes the three
path segments it is on the wire, and lists named by the caller get the ``page-token`` their own reply speaks of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from openapi_schema_validator import OAS30Validator, oas30_format_checker

from airflow_provider_circle.core.message import Request, Response

__all__ = ["Description", "Operation", "Problem", "normal_path"]

_API = "/api/v2"
_METHODS = ("get", "post", "put", "patch", "delete")
_SLUG_PARTS = {"project-slug": ("provider", "organization", "project"), "org-slug": ("provider", "organization")}
_PLACEHOLDER = re.compile(r"\{([^}]+)\}")
_INDEX = re.compile(r"\[\d+\]")


class Problem(NamedTuple):
    """
    One deviation from the description.

    :param operation: operationId, or method and path where there is none.
    :param side: ``request`` or ``response``.
    :param place: where in it: ``$.items[].status`` of a body, ``query.branch``, ``path.id``, ``status``.
    :param rule: the keyword that is broken, ``undeclared`` for what the description does not mention.
    """

    operation: str
    side: str
    place: str
    rule: str
    message: str = ""


@dataclass(frozen=True)
class Operation:
    """An operation of the description, its parameters and bodies with all references resolved."""

    method: str
    path: str
    pattern: re.Pattern[str]
    described: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.described.get("operationId", f"{self.method} {self.path}"))

    def parameters(self, place: str) -> dict[str, Any]:
        return {each["name"]: each for each in self.described.get("parameters", []) if each["in"] == place}


class Description:
    """
    All operations of an OpenAPI 3.0 description.

    :param document: as the vendor publishes it.
    :param more_pages: lists, by operationId, that take a ``page-token`` although the vendor forgot to say so.
    :param api: what precedes the described paths in every request.
    """

    def __init__(self, document: Mapping[str, Any], more_pages: Container[str] = (), api: str = _API) -> None:
        self._api = api
        self.operations: list[Operation] = []
        for path, item in document["paths"].items():
            shared = item.get("parameters", [])
            for method in _METHODS:
                if method in item:
                    raw = {**item[method], "parameters": [*shared, *item[method].get("parameters", [])]}
                    if raw.get("operationId") in more_pages:
                        raw["parameters"].append({"in": "query", "name": "page-token", "schema": {"type": "string"}})
                    self.operations.append(_operation(method.upper(), path, _resolved(raw, document)))

    def find(self, method: str, path: str) -> Operation | None:
        """Find the operation of a request; a path without placeholders wins over one with them."""
        matching = [
            operation
            for operation in self.operations
            if operation.method == method and operation.pattern.fullmatch(path.removeprefix(self._api))
        ]
        return min(matching, key=lambda operation: operation.path.count("{"), default=None)

    def named(self, operation_id: str) -> Operation:
        return next(operation for operation in self.operations if operation.name == operation_id)

    def problems(self, request: Request, response: Response, *, below: str = "") -> list[Problem]:
        """
        Judge an exchange.

        :param below: what precedes the API's own path on this host.
        """
        parts = urlsplit(request.url)
        path = parts.path.removeprefix(below)
        operation = self.find(request.method, path)
        if operation is None or not path.startswith(self._api):
            return [Problem(f"{request.method} {path}", "request", "path", "undeclared")]
        return [
            *_of_parameters(operation, path.removeprefix(self._api), parts.query),
            *_of_request_body(operation, request.body),
            *_of_response(operation, response),
        ]


def normal_path(path: str) -> str:
    """Write a path template with nameless placeholders, so that differently named ones compare equal."""
    for slug, names in _SLUG_PARTS.items():
        path = path.replace(f"{{{slug}}}", "/".join("{}" for _ in names))
    return _PLACEHOLDER.sub("{}", path)


def _operation(method: str, path: str, described: dict[str, Any]) -> Operation:
    for slug, names in _SLUG_PARTS.items():
        if f"{{{slug}}}" in path:
            path = path.replace(f"{{{slug}}}", "/".join(f"{{{name}}}" for name in names))
            kept = [each for each in described["parameters"] if (each["in"], each["name"]) != ("path", slug)]
            named = [{"in": "path", "name": name, "schema": {"type": "string"}} for name in names]
            described["parameters"] = kept + named
    pattern = "".join(
        f"(?P<p{index // 2}>[^/]+)" if index % 2 else re.escape(part)
        for index, part in enumerate(_PLACEHOLDER.split(path))
    )
    return Operation(method, path, re.compile(pattern), described)


def _resolved(node: Any, document: Mapping[str, Any], above: tuple[str, ...] = ()) -> Any:
    if isinstance(node, list):
        return [_resolved(each, document, above) for each in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        # A schema that contains itself is checked once and left open below.
        return {} if reference in above else _resolved(_at(document, reference), document, (*above, reference))
    resolved = {key: _resolved(value, document, above) for key, value in node.items() if key != "x-nullable"}
    return _in_terms_of_3_0(resolved) | ({"nullable": True} if node.get("x-nullable") is True else {})


def _in_terms_of_3_0(schema: dict[str, Any]) -> dict[str, Any]:
    """Write a list of types as a choice, and a choice that may be null as one with null in it."""
    types = schema.get("type")
    if isinstance(types, list) and all(isinstance(each, str) for each in types):
        choices = [{"type": each} for each in types if each != "null"]
        rest = {key: value for key, value in schema.items() if key != "type"}
        schema = rest | {"anyOf": choices} | ({"nullable": True} if "null" in types else {})
    if schema.get("nullable") is True and "type" not in schema:
        nothing = {"enum": [None]}
        schema |= {choice: [*schema[choice], nothing] for choice in ("anyOf", "oneOf") if choice in schema}
    return schema


def _at(document: Mapping[str, Any], reference: str) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def _of_parameters(operation: Operation, path: str, query: str) -> Iterator[Problem]:
    match = operation.pattern.fullmatch(path)
    names = _PLACEHOLDER.findall(operation.path)
    schemas = operation.parameters("path")
    for name, value in zip(names, match.groups() if match else (), strict=True):
        yield from _of_value(operation, f"path.{name}", unquote(value), schemas.get(name, {}).get("schema", {}))
    declared = operation.parameters("query")
    sent = parse_qsl(query, keep_blank_values=True)
    for name, value in sent:
        if _is_list(declared, name):
            item = declared[name.removesuffix("[]")]["schema"].get("items", {})
            yield from _of_value(operation, f"query.{name}", value, item)
            continue
        if name not in declared:
            yield Problem(operation.name, "request", f"query.{name}", "undeclared", value)
        else:
            yield from _of_value(operation, f"query.{name}", value, declared[name].get("schema", {}))
    for name in declared.keys() - {name for name, _ in sent}:
        if declared[name].get("required"):
            yield Problem(operation.name, "request", f"query.{name}", "required")


def _is_list(declared: Mapping[str, Any], name: str) -> bool:
    """Whether this is one value of a list, as ``ids[]=1`` is of the parameter ``ids``."""
    parameter = declared.get(name.removesuffix("[]"), {})
    return name.endswith("[]") and parameter.get("schema", {}).get("type") == "array"


def _of_value(operation: Operation, place: str, text: str, schema: Mapping[str, Any]) -> Iterator[Problem]:
    value: Any = text
    if schema.get("type") in {"boolean", "integer", "number"}:
        try:
            value = json.loads(text)
        except ValueError:
            value = text
    for problem in _of_instance(operation, "request", value, schema):
        yield problem._replace(place=place)


def _of_request_body(operation: Operation, body: bytes | None) -> Iterator[Problem]:
    declared = operation.described.get("requestBody")
    if body is None:
        if declared and declared.get("required"):
            yield Problem(operation.name, "request", "$", "required")
        return
    if not declared:
        yield Problem(operation.name, "request", "$", "undeclared")
        return
    yield from _of_instance(operation, "request", json.loads(body), declared["content"]["application/json"]["schema"])


def _of_response(operation: Operation, response: Response) -> Iterator[Problem]:
    declared = operation.described["responses"]
    described = declared.get(str(response.status))
    if described is None and response.status >= 400:
        described = declared.get("default")
    if described is None:
        yield Problem(operation.name, "response", f"status {response.status}", "undeclared")
        return
    kind = response.headers.get("content-type", "").partition(";")[0]
    schemas = described.get("content", {})
    if not schemas and not response.body:
        return
    if kind not in schemas:
        yield Problem(operation.name, "response", "content-type", "undeclared", kind)
        return
    try:
        instance = json.loads(response.body)
    except ValueError:
        yield Problem(operation.name, "response", "$", "json")
        return
    yield from _of_instance(operation, "response", instance, schemas[kind].get("schema", {}))


def _of_instance(operation: Operation, side: str, instance: Any, schema: Mapping[str, Any]) -> Iterator[Problem]:
    validator = OAS30Validator(dict(schema), format_checker=oas30_format_checker)
    for error in validator.iter_errors(instance):
        place = _INDEX.sub("[]", error.json_path)
        yield Problem(operation.name, side, place, str(error.validator), error.message)
    for place in sorted(set(_undeclared(instance, schema, "$"))):
        yield Problem(operation.name, side, place, "undeclared")


def _undeclared(instance: Any, schema: Mapping[str, Any], place: str) -> Iterator[str]:
    """Find properties the description does not mention; it seldom forbids them, but it does not know them."""
    if isinstance(instance, list):
        for each in instance:
            yield from _undeclared(each, schema.get("items", {}), f"{place}[]")
    declared = schema.get("properties")
    if isinstance(instance, dict) and declared is not None:
        for name, value in instance.items():
            if name in declared:
                yield from _undeclared(value, declared[name], f"{place}.{name}")
            elif schema.get("additionalProperties") is None:
                yield f"{place}.{name}"
