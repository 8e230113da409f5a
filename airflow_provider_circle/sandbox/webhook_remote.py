"""
What a test tells the sandbox about webhooks and push notifications, and asks it.

Knows the controls that send. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airflow_provider_circle.sandbox.remote import JsonObject, Remote, given

__all__ = ["WebhookRemote"]


class WebhookRemote(Remote):
    """The sending part of a running sandbox. It sends to ``https``, and to ``http`` on this machine."""

    def circleci_send_webhook(
        self,
        url: str,
        secret: str | None,
        *,
        type: str = "workflow-completed",  # noqa: A002  CircleCI's own word
        project_slug: str = "gh/acme/web",
        status: str = "success",
        delivery_id: str | None = None,
        copies: int = 1,
    ) -> JsonObject:
        """
        Send a CircleCI webhook at once, of something that has not happened.

        :param secret: what it is signed with; ``None`` sends it unsigned.
        :param type: ``workflow-completed``, ``job-completed`` or ``ping``.
        :param status: of the workflow or job.
        :param delivery_id: to send one again; a new one by default.
        :param copies: so many at the same time, at most 20.
        :return: ``id`` of the delivery, and ``statuses`` as replied to each copy; ``None`` for no reply.
        """
        wanted = {
            "url": url,
            "secret": secret,
            "type": type,
            "project_slug": project_slug,
            "status": status,
            "delivery_id": delivery_id,
            "copies": copies,
        }
        return self._call("POST", "/circleci/webhooks/send", given(wanted))

    def circleci_deliveries(self) -> list[JsonObject]:
        """
        List what was sent to CircleCI webhooks that were made over the API, oldest first.

        :return: ``webhook_id``, ``id``, ``type``, ``statuses`` replied so far, and whether it is ``over``.
        """
        return self._items("/circleci/webhooks/deliveries")

    def circleci_repeat_webhooks(self, copies: int) -> None:
        """
        Send every CircleCI webhook several times at once, from now on.

        :param copies: so many times, at most 20; 1 at first.
        """
        self._call("POST", "/circleci/webhooks/copies", {"copies": copies})

    def circa_push(
        self, url: str, changes: Iterable[Mapping[str, str]], *, changed_at: str | None = None
    ) -> JsonObject:
        """
        Send a Circa push notification at once.

        :param changes: each with ``action``, ``resource_id`` and ``resource_type``.
        :param changed_at: such as ``2026-05-15T09:37:11Z``; the virtual now by default.
        :return: ``changed_at``, and the ``status`` that was replied; ``None`` for no reply.
        """
        wanted = {"url": url, "changes": [dict(change) for change in changes], "changed_at": changed_at}
        return self._call("POST", "/circa/push", given(wanted))
