"""Calls about outbound webhooks: to whom CircleCI tells that workflows and jobs have ended."""

from __future__ import annotations

from collections.abc import Iterable

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.hooks.circleci_calls.discreet import discreet
from airflow_provider_circle.vendors.circleci.arguments import checked_uuid
from airflow_provider_circle.vendors.circleci.endpoints import webhooks
from airflow_provider_circle.vendors.circleci.webhooks import EVENTS, checked_events, checked_url

__all__ = ["WebhookCalls"]


class WebhookCalls(CircleCICalls):
    """List, create, read, change and delete webhooks. CircleCI never shows their secrets again, but for a mask."""

    @stream
    def list_webhooks(self, caller: Caller, project_id: str) -> Walk[None]:
        """
        Stream a project's webhooks.

        :param project_id: the project's UUID, as ``get_project`` gives it, not its slug.
        :return: records ``{"id", "name", "url", "events", "scope", "verify-tls", "signing-secret", …}``.
        :raises ValueError: no UUID.

        Source: https://circleci.com/docs/api/v2/#operation/getWebhooks
        """
        query = {"scope-type": "project", "scope-id": checked_uuid("project_id", project_id)}
        return pages(caller, webhooks.LIST_WEBHOOKS, query=query)

    @operation
    def create_webhook(
        self,
        caller: Caller,
        project_id: str,
        name: str,
        url: str,
        *,
        signing_secret: str,
        events: Iterable[str] = EVENTS,
        verify_tls: bool = True,
    ) -> Walk[JsonObject]:
        """
        Let CircleCI tell an address when a project's workflows or jobs end.

        :param project_id: the project's UUID, as ``get_project`` gives it, not its slug.
        :param url: ``https://…``; this provider's receiver is ``<Airflow>/circle/circleci/<connection>``.
        :param signing_secret: the ``webhook_secret`` of that connection; masked in the log from now on, where Airflow
            masks texts of its length.
        :param events: ``workflow-completed``, ``job-completed``; both by default.
        :param verify_tls: let CircleCI check the receiver's certificate.
        :return: the webhook, its secret masked.
        :raises ValueError: an argument is unusable; the secret is not shown.

        Source: https://circleci.com/docs/api/v2/#operation/createWebhook
        """
        body = {
            "name": checked_text("name", name),
            "url": checked_url(url),
            "events": checked_events(events),
            "signing-secret": checked_text("signing_secret", signing_secret),
            "verify-tls": verify_tls,
            "scope": {"type": "project", "id": checked_uuid("project_id", project_id)},
        }
        return call(discreet(caller, [signing_secret]), webhooks.CREATE_WEBHOOK, json=body)

    @operation
    def get_webhook(self, caller: Caller, webhook_id: str) -> Walk[JsonObject]:
        """
        Read a webhook, its secret masked.

        :raises NotFound: no such webhook, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/getWebhookById
        """
        return call(caller, webhooks.GET_WEBHOOK, path={"webhook_id": checked_uuid("webhook_id", webhook_id)})

    @operation
    def update_webhook(
        self,
        caller: Caller,
        webhook_id: str,
        *,
        name: str | None = None,
        url: str | None = None,
        signing_secret: str | None = None,
        events: Iterable[str] | None = None,
        verify_tls: bool | None = None,
    ) -> Walk[JsonObject]:
        """
        Change a webhook; what is left out stays as it is.

        :return: the webhook, its secret masked.
        :raises ValueError: nothing is to be changed, or an argument is unusable; the secret is not shown.

        Source: https://circleci.com/docs/api/v2/#operation/updateWebhook
        """
        body: JsonObject = {} if verify_tls is None else {"verify-tls": verify_tls}
        body |= {} if name is None else {"name": checked_text("name", name)}
        body |= {} if url is None else {"url": checked_url(url)}
        body |= {} if signing_secret is None else {"signing-secret": checked_text("signing_secret", signing_secret)}
        body |= {} if events is None else {"events": checked_events(events)}
        if not body:
            raise ValueError("name, url, signing_secret, events or verify_tls is missing; nothing is to be changed")
        path = {"webhook_id": checked_uuid("webhook_id", webhook_id)}
        quiet = discreet(caller, [] if signing_secret is None else [signing_secret])
        return call(quiet, webhooks.UPDATE_WEBHOOK, path=path, json=body)

    @operation
    def delete_webhook(self, caller: Caller, webhook_id: str) -> Walk[JsonObject]:
        """
        Delete a webhook.

        :return: ``{"message"}``.
        :raises NotFound: no such webhook, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/deleteWebhook
        """
        return call(caller, webhooks.DELETE_WEBHOOK, path={"webhook_id": checked_uuid("webhook_id", webhook_id)})
