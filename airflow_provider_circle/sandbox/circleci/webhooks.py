"""
The routes about outbound webhooks, and what a test may do with them behind the service's back.

Knows which bodies are taken and what is shown of a webhook. When they are sent is said by
:mod:`~airflow_provider_circle.sandbox.circleci.delivery`. Addresses on this machine may be ``http``, which the service
does not allow.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import is_uuid, read_object, read_text
from airflow_provider_circle.sandbox.circleci.delivery import Deliveries, Webhook
from airflow_provider_circle.sandbox.circleci.paging import page
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.slugs import named_project
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.circleci.webhook_bodies import KINDS, made_up_event, ping
from airflow_provider_circle.sandbox.clock import timestamp
from airflow_provider_circle.sandbox.controls import read_fields
from airflow_provider_circle.sandbox.sending import is_acceptable

__all__ = ["WebhookRoutes"]

_MASK = "****"
_SHOWN_OF_A_SECRET = 4


class WebhookRoutes:
    """Webhooks as the API shows them."""

    def __init__(self, state: CircleCIState) -> None:
        self._state = state
        self._deliveries = Deliveries(state)

    def reset(self) -> None:
        """Forget all webhooks."""
        self._deliveries.reset()

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route("/webhook", self._list),
            Route("/webhook", self._create, methods=["POST"]),
            Route("/webhook/{id}", self._get),
            Route("/webhook/{id}", self._update, methods=["PUT"]),
            Route("/webhook/{id}", self._delete, methods=["DELETE"]),
        ]

    def controls(self) -> list[Route]:
        """Build what a test may ask and change, relative to ``/_sandbox/circleci``."""
        return [
            Route("/webhooks/deliveries", self._list_deliveries),
            Route("/webhooks/copies", self._set_copies, methods=["POST"]),
            Route("/webhooks/send", self._send, methods=["POST"]),
        ]

    def _webhook(self, request: Request) -> Webhook:
        webhook = self._deliveries.webhooks.get(request.path_params["id"])
        if webhook is None:
            raise not_found("Webhook")
        return webhook

    async def _list(self, request: Request) -> JSONResponse:
        query = request.query_params
        if query.get("scope-type") != "project" or not is_uuid(query.get("scope-id")):
            raise Refused(400, "scope-type must be project, and scope-id a project's id")
        found = [each for each in self._deliveries.webhooks.values() if each.project_id == query["scope-id"]]
        return JSONResponse(page([_shown(each) for each in found], query.get("page-token")))

    async def _create(self, request: Request) -> JSONResponse:
        body = await read_object(request)
        for name in ("name", "url", "events", "verify-tls", "signing-secret", "scope"):
            if name not in body:
                raise Refused(400, f"{name} is missing")
        scope = body["scope"]
        if not isinstance(scope, dict) or scope.get("type") != "project" or not is_uuid(scope.get("id")):
            raise Refused(400, "scope must be a project")
        now_s = self._state.now()
        webhook = Webhook(str(uuid4()), "", "", scope["id"], [], "", verify_tls=True, created_s=now_s, updated_s=now_s)
        _change(webhook, body)
        self._deliveries.webhooks[webhook.id] = webhook
        self._deliveries.begin()
        return JSONResponse(_shown(webhook), status_code=201)

    async def _get(self, request: Request) -> JSONResponse:
        return JSONResponse(_shown(self._webhook(request)))

    async def _update(self, request: Request) -> JSONResponse:
        webhook = self._webhook(request)
        _change(webhook, await read_object(request))
        webhook.updated_s = self._state.now()
        return JSONResponse(_shown(webhook))

    async def _delete(self, request: Request) -> JSONResponse:
        self._deliveries.drop(self._webhook(request))
        return JSONResponse({"message": "Webhook deleted."})

    async def _list_deliveries(self, _request: Request) -> JSONResponse:
        return JSONResponse({"items": [each.as_json() for each in self._deliveries.made]})

    async def _set_copies(self, request: Request) -> JSONResponse:
        copies = (await read_fields(request, "copies")).get("copies")
        self._deliveries.copies = _count("copies", copies)
        return JSONResponse({"copies": copies})

    async def _send(self, request: Request) -> JSONResponse:
        fields = await read_fields(request, "url", "secret", "type", "project_slug", "status", "delivery_id", "copies")
        if not is_acceptable(url := fields.get("url")):
            raise ValueError("url must be https, or http on this machine")
        kind, now_s, delivery_id = fields.get("type", KINDS[0]), self._state.now(), fields.get("delivery_id")
        if kind == "ping":
            chosen, body = ping(delivery_id, now_s)
        elif kind in KINDS:
            project = named_project(fields.get("project_slug", "gh/acme/web"))
            chosen, body = made_up_event(kind, project, str(fields.get("status", "success")), delivery_id, now_s)
        else:
            raise ValueError(f"type must be ping, {' or '.join(KINDS)}")
        copies = _count("copies", fields.get("copies", 1))
        statuses = await self._deliveries.send_now(str(url), fields.get("secret"), body, copies)
        return JSONResponse({"id": chosen, "statuses": statuses})


def _count(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= 20:
        raise ValueError(f"{name} must be an integer from 1 to 20, got {value!r}")
    return value


def _change(webhook: Webhook, body: dict[str, Any]) -> None:
    """Take over what a body says; nothing is changed when something in it is wrong."""
    events, verify_tls = body.get("events", webhook.events), body.get("verify-tls", webhook.verify_tls)
    if not isinstance(events, list) or any(event not in KINDS for event in events):
        raise Refused(400, f"events must be a list of {', '.join(KINDS)}")
    if not isinstance(verify_tls, bool):
        raise Refused(400, "verify-tls must be a boolean")
    if not is_acceptable(url := body.get("url", webhook.url)):
        raise Refused(400, "url must begin with https://")
    name = read_text({"name": webhook.name, **body}, "name")
    secret = read_text({"signing-secret": webhook.secret, **body}, "signing-secret")
    webhook.events, webhook.verify_tls, webhook.url = list(dict.fromkeys(events)), verify_tls, url
    webhook.name, webhook.secret = str(name), str(secret)


def _shown(webhook: Webhook) -> dict[str, Any]:
    secret = webhook.secret
    return {
        "id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "scope": {"type": "project", "id": webhook.project_id},
        "events": webhook.events,
        "verify-tls": webhook.verify_tls,
        "signing-secret": _MASK + (secret[-_SHOWN_OF_A_SECRET:] if len(secret) > 2 * _SHOWN_OF_A_SECRET else ""),
        "created-at": timestamp(webhook.created_s),
        "updated-at": timestamp(webhook.updated_s),
    }
