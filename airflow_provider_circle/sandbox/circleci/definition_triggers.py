"""
Triggers of pipeline definitions: what each kind of event source needs, and what does not go with it.

They are remembered only: no event comes here, so none starts a pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci import replies
from airflow_provider_circle.sandbox.circleci.bodies import (
    read_object,
    read_optional_text,
    read_part,
    read_text,
    read_word,
    refuse_unknown,
)
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.pipeline_definitions import DEFINITION, owner_of, repository
from airflow_provider_circle.sandbox.circleci.refusals import Refused

__all__ = ["TriggerRoutes"]

JsonObject = dict[str, Any]

_ALL = "/projects/{project}/pipeline-definitions/{definition}/triggers"
_ONE = "/projects/{project}/triggers/{trigger}"
_KIND = "trigger"
_TEXTS = ("event_name", "event_preset", "checkout_ref", "config_ref")
_FIELDS = (*_TEXTS, "disabled", "parameters", "event_source")
_SOURCES = {
    "github_app": "repo",
    "github_server": "repo",
    "github_oauth": "repo",
    "webhook": "webhook",
    "schedule": "schedule",
}
_NAMED = ("webhook", "schedule")
_SYSTEM_ID = str(UUID(int=0))
_OAUTH_PRESETS = ("all-pushes", "only-build-prs")
_PRESETS = (
    *_OAUTH_PRESETS,
    *("only-tags", "default-branch-pushes", "only-open-prs", "only-labeled-prs", "only-merged-prs"),
    *("only-ready-for-review-prs", "only-branch-delete", "only-build-pushes-to-non-draft-prs"),
    *("only-merged-or-closed-prs", "pr-comment-equals-run-ci", "non-draft-pr-opened", "pushes-to-merge-queues"),
)


class TriggerRoutes:
    """What can be done with triggers."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route(_ALL, self._list),
            Route(_ALL, self._create, methods=["POST"]),
            Route(_ONE, self._get),
            Route(_ONE, self._update, methods=["PATCH"]),
            Route(_ONE, self._delete, methods=["DELETE"]),
        ]

    def _place(self, request: Request) -> tuple[str, str]:
        owner = owner_of(request)
        return owner, self._holdings.find(DEFINITION, owner, request.path_params["definition"]).id

    async def _list(self, request: Request) -> JSONResponse:
        return JSONResponse({"items": self._holdings.all(_KIND, *self._place(request))})

    async def _create(self, request: Request) -> JSONResponse:
        (owner, definition), body = self._place(request), await read_object(request)
        refuse_unknown(body, *_FIELDS)
        source = read_part(body, "event_source")
        provider = read_word(source, "provider", _SOURCES)
        for name in _TEXTS[:1] + _TEXTS[2:] if provider in _NAMED else ():
            read_text(body, name)
        fields = _fields(body, provider)
        trigger = self._holdings.add(
            _KIND,
            owner,
            lambda its_id: {"id": its_id, "event_source": _event_source(source, provider, its_id), **fields},
            definition,
        )
        return JSONResponse(trigger)

    async def _get(self, request: Request) -> JSONResponse:
        return JSONResponse(self._holdings.find(_KIND, owner_of(request), request.path_params["trigger"]).record)

    async def _update(self, request: Request) -> JSONResponse:
        trigger = self._holdings.find(_KIND, owner_of(request), request.path_params["trigger"]).record
        body, source = await read_object(request), trigger["event_source"]
        refuse_unknown(body, *_FIELDS)
        changes = _fields({"event_preset": trigger.get("event_preset"), **body}, source["provider"])
        changed = read_part(body, "event_source")
        kind = _SOURCES[source["provider"]]
        refuse_unknown(changed, *({kind} & set(_NAMED)))
        if kind in changed:
            part = _WRITERS[kind](source[kind] | read_part(changed, kind), str(trigger["id"]))
            source |= {kind: {**source[kind], **part}}
        trigger |= {name: value for name, value in changes.items() if name in body}
        return JSONResponse(trigger)

    async def _delete(self, request: Request) -> JSONResponse:
        self._holdings.remove(self._holdings.find(_KIND, owner_of(request), request.path_params["trigger"]))
        return JSONResponse({"message": "Trigger deleted."})


def _fields(body: JsonObject, provider: str) -> JsonObject:
    """Read all but the event source; refuse what does not go with the provider."""
    unwanted = {"event_preset"} if provider in _NAMED else {"event_name"}
    unwanted |= {"disabled"} if provider == "github_oauth" else set()
    unwanted |= {"parameters"} if provider != "schedule" else set()
    for name in sorted(unwanted):
        if body.get(name) is not None:
            raise Refused(400, f"{name} is not supported for the provider {provider}")
    fields: JsonObject = {name: read_optional_text(body, name) for name in _TEXTS}
    if provider == "github_oauth":
        read_word(body, "event_preset", _OAUTH_PRESETS)
    elif fields["event_preset"] is not None:
        read_word(body, "event_preset", _PRESETS)
    if not isinstance(body.get("disabled", False), bool):
        raise Refused(400, "disabled must be a boolean")
    fields["disabled"] = body.get("disabled", False)
    if provider == "schedule":
        fields["parameters"] = read_part(body, "parameters")
    return {name: value for name, value in fields.items() if value is not None}


def _event_source(source: Mapping[str, Any], provider: str, trigger_id: str) -> JsonObject:
    kind = _SOURCES[provider]
    refuse_unknown(source, "provider", kind)
    if kind == "repo":
        return {"provider": provider, kind: repository(dict(source))}
    return {"provider": provider, kind: _WRITERS[kind](read_part(dict(source), kind), trigger_id)}


def _webhook(webhook: JsonObject, trigger_id: str) -> JsonObject:
    refuse_unknown(webhook, "sender", "url")
    secret = uuid5(UUID(trigger_id), "secret").hex
    return {
        "sender": read_optional_text(webhook, "sender") or "",
        "url": webhook.get("url", f"https://internal.circleci.example/private/soc/e/{trigger_id}?secret={secret}"),
    }


def _schedule(schedule: JsonObject, _: str) -> JsonObject:
    refuse_unknown(schedule, "cron_expression", "attribution_actor")
    actor = schedule.get("attribution_actor", "current")
    if not isinstance(actor, dict):
        who = read_word({"attribution_actor": actor}, "attribution_actor", ("current", "system"))
        actor = {"id": replies.USER["id"] if who == "current" else _SYSTEM_ID}
    return {"cron_expression": read_text(schedule, "cron_expression"), "attribution_actor": actor}


_WRITERS = {"webhook": _webhook, "schedule": _schedule}
