"""
Config policies: an owner's bundle of rules, decisions by them, and the log of those.

Rego is not evaluated: a rule is broken by a configuration in which its name stands. Unverified: every wording, and how
many decisions a page of the log holds.
"""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha512
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci import replies
from airflow_provider_circle.sandbox.circleci.bodies import read_object, read_part, read_text
from airflow_provider_circle.sandbox.circleci.errors import saying_error
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.organizations import Organizations
from airflow_provider_circle.sandbox.circleci.paging import PAGE_SIZE
from airflow_provider_circle.sandbox.circleci.refusals import Refused
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["PolicyRoutes"]

JsonObject = dict[str, Any]

_DECISIONS = "/owner/{owner}/context/{context}/decision"
_BUNDLE = "/owner/{owner}/context/{context}/policy-bundle"
_DECISION = "decision"
_NAME = re.compile(r'^policy_name\["([^"]+)"\]', re.MULTILINE)
_RULE = re.compile(r'^enable_(?:rule|hard)\["([^"]+)"\]', re.MULTILINE)
_HARD = re.compile(r'^(?:hard_fail|enable_hard)\["([^"]+)"\]', re.MULTILINE)


class PolicyRoutes:
    """What can be done with policies."""

    def __init__(self, organizations: Organizations, holdings: Holdings, state: CircleCIState) -> None:
        self._organizations = organizations
        self._holdings = holdings
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        described = (
            ("GET", _DECISIONS, self._list_decisions),
            ("POST", _DECISIONS, self._decide),
            ("GET", f"{_DECISIONS}/settings", self._get_settings),
            ("PATCH", f"{_DECISIONS}/settings", self._update_settings),
            ("GET", f"{_DECISIONS}/{{decision}}", self._get_decision),
            ("GET", f"{_DECISIONS}/{{decision}}/policy-bundle", self._get_decision_bundle),
            ("GET", _BUNDLE, self._get_bundle),
            ("POST", _BUNDLE, self._replace_bundle),
            ("GET", f"{_BUNDLE}/{{policy}}", self._get_policy),
        )
        return [Route(path, saying_error(handle), methods=[method]) for method, path, handle in described]

    def _place(self, request: Request, status: int = 403) -> tuple[str, str]:
        """Find the owner and the context; an owner that is not there is refused with this status."""
        try:
            owner = self._organizations.with_id(request.path_params["owner"])["id"]
        except Refused as missing:
            raise Refused(status, "Forbidden" if status == 403 else missing.message) from missing
        return owner, request.path_params["context"]

    def _kept(self, request: Request, status: int = 403) -> JsonObject:
        """Find the owner's policies by their names, and whether they are in force."""
        return self._holdings.only(
            "policies", *self._place(request, status), lambda _: {"bundle": {}, "enabled": False}
        )

    def _decision(self, request: Request) -> JsonObject:
        owner, context = self._place(request)
        found = self._holdings.find(_DECISION, owner, request.path_params["decision"])
        if found.within != context:
            raise Refused(404, "Decision not found")
        return found.record

    async def _list_decisions(self, request: Request) -> JSONResponse:
        asked, decisions = request.query_params, self._holdings.all(_DECISION, *self._place(request))
        offset = asked.get("offset", "0")
        if not offset.isdigit():
            raise Refused(400, "offset must be an integer of 0 or more")
        matching = [each["log"] for each in reversed(decisions) if _matches(each["log"], dict(asked))]
        return JSONResponse(matching[int(offset) : int(offset) + PAGE_SIZE])

    async def _decide(self, request: Request) -> JSONResponse:
        body = await read_object(request)
        bundle = self._kept(request, 400)["bundle"]
        text, metadata = read_text(body, "input"), read_part(body, "metadata")
        decision = _decided(text, bundle)
        owner, context = self._place(request)
        self._holdings.add(
            _DECISION,
            owner,
            lambda decision_id: {
                "bundle": dict(bundle),
                "log": {
                    "id": decision_id,
                    "created_at": timestamp(self._state.now()),
                    "decision": decision,
                    "metadata": metadata,
                    "policies": {name: sha512(each["content"].encode()).hexdigest() for name, each in bundle.items()},
                    "time_taken_ms": 1,
                },
            },
            context,
        )
        return JSONResponse(decision)

    async def _get_decision(self, request: Request) -> JSONResponse:
        return JSONResponse(self._decision(request)["log"])

    async def _get_decision_bundle(self, request: Request) -> JSONResponse:
        return JSONResponse(self._decision(request)["bundle"])

    async def _get_settings(self, request: Request) -> JSONResponse:
        return JSONResponse({"enabled": self._kept(request)["enabled"]})

    async def _update_settings(self, request: Request) -> JSONResponse:
        kept, enabled = self._kept(request), (await read_object(request)).get("enabled")
        if enabled is not None and not isinstance(enabled, bool):
            raise Refused(400, "enabled must be a boolean")
        kept["enabled"] = kept["enabled"] if enabled is None else enabled
        return JSONResponse({"enabled": kept["enabled"]})

    async def _get_bundle(self, request: Request) -> JSONResponse:
        return JSONResponse(self._kept(request)["bundle"])

    async def _get_policy(self, request: Request) -> JSONResponse:
        policy = self._kept(request)["bundle"].get(request.path_params["policy"])
        if policy is None:
            raise Refused(404, "Policy not found")
        return JSONResponse(policy)

    async def _replace_bundle(self, request: Request) -> JSONResponse:
        kept, files = self._kept(request), (await read_object(request)).get("policies", {})
        if not isinstance(files, dict) or not all(isinstance(content, str) for content in files.values()):
            raise Refused(400, "policies must be an object of strings")
        before, contents = kept["bundle"], _named(files)
        changed = {name for name in contents if name in before and before[name]["content"] != contents[name]}
        dry = request.query_params.get("dry") == "true"
        if not dry:
            now = {"created_at": timestamp(self._state.now()), "created_by": replies.USER["id"]}
            fresh = {name: {"name": name, "content": text, **now} for name, text in contents.items()}
            kept["bundle"] = {
                name: fresh[name] if name in changed or name not in before else before[name] for name in contents
            }
        said = {"created": contents.keys() - before, "deleted": before.keys() - contents, "modified": changed}
        return JSONResponse({name: sorted(names) for name, names in said.items()}, status_code=200 if dry else 201)


def _named(files: dict[str, str]) -> dict[str, str]:
    """Give policies the names that they declare."""
    contents: dict[str, str] = {}
    for file, content in files.items():
        names = _NAME.findall(content)
        if len(names) != 1:
            raise Refused(400, f"{file} must declare policy_name once")
        if names[0] in contents:
            raise Refused(400, f"policy_name {names[0]} is declared twice")
        contents[names[0]] = content
    return contents


def _decided(text: str, bundle: JsonObject) -> JsonObject:
    contents = [policy["content"] for policy in bundle.values()]
    rules = sorted({rule for content in contents for rule in _RULE.findall(content)})
    hard = {rule for content in contents for rule in _HARD.findall(content)}
    broken = [{"rule": rule, "reason": f"{rule} stands in the configuration"} for rule in rules if rule in text]
    failures = {
        "hard_failures": [each for each in broken if each["rule"] in hard],
        "soft_failures": [each for each in broken if each["rule"] not in hard],
    }
    status = "HARD_FAIL" if failures["hard_failures"] else "SOFT_FAIL" if broken else "PASS"
    return {"status": status, "enabled_rules": rules, **{name: found for name, found in failures.items() if found}}


def _matches(log: JsonObject, asked: dict[str, str]) -> bool:
    metadata = log["metadata"]
    values = {
        "status": log["decision"]["status"],
        "branch": metadata.get("vcs", {}).get("branch"),
        "project_id": metadata.get("project_id"),
        "build_number": str(metadata.get("build_number")),
    }
    made_at = datetime.fromisoformat(log["created_at"])
    return (
        all(asked.get(name, value) == value for name, value in values.items())
        and ("after" not in asked or made_at > _moment(asked["after"]))
        and ("before" not in asked or made_at < _moment(asked["before"]))
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused(400, "after and before must be times") from error
    if moment.tzinfo is None:
        raise Refused(400, "after and before must name their time zone")
    return moment
