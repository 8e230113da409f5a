"""
When webhooks are sent: as soon as something has ended on the sandbox's clock, and again while nobody takes it.

Knows what has been sent and what came of it. What is said is written elsewhere, and HTTP is known to
:mod:`~airflow_provider_circle.sandbox.sending`. Unverified: how often and how soon CircleCI tries again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_circle.sandbox.circleci.model import Job, Workflow
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.circleci.webhook_bodies import event_id, signature, written_event
from airflow_provider_circle.sandbox.sending import send

__all__ = ["Deliveries", "Delivery", "Send", "Webhook"]

Send = Callable[[str, bytes, Mapping[str, str], float], Awaitable[int | None]]

_TIMEOUT_S = 10.0
_RETRIES_AFTER_S = (5.0, 30.0, 120.0)
_LOOK_EVERY_S = 0.05


@dataclass(slots=True)
class Webhook:
    """A webhook as it was made. ``secret`` is never shown again."""

    id: str
    name: str
    url: str
    project_id: str
    events: list[str]
    secret: str
    verify_tls: bool
    created_s: float
    updated_s: float


@dataclass(slots=True)
class Delivery:
    """
    One event on its way to one webhook.

    :param due_s: when it is tried next, in virtual seconds; ``None`` when it is not.
    :param statuses: what was replied to each attempt; ``None`` for no reply.
    """

    webhook: Webhook
    id: str
    kind: str
    body: bytes
    due_s: float | None
    attempts: int = 0
    statuses: list[int | None] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Write it for a test."""
        return {
            "webhook_id": self.webhook.id,
            "id": self.id,
            "type": self.kind,
            "statuses": list(self.statuses),
            "over": self.due_s is None,
        }


class Deliveries:
    """
    All webhooks and what was sent to them.

    :param transport: sends one request.
    :ivar copies: how often each attempt is sent at once; senders of this kind repeat themselves now and then.
    """

    def __init__(self, state: CircleCIState, transport: Send = send) -> None:
        self._state = state
        self._transport = transport
        self._rounds: asyncio.Task[None] | None = None
        self.webhooks: dict[str, Webhook] = {}
        self.reset()

    def reset(self) -> None:
        """Forget all webhooks; what is on its way is not tried again."""
        self.copies = 1
        self.webhooks.clear()
        self.made: list[Delivery] = []
        self._told: set[tuple[str, str]] = set()

    def drop(self, webhook: Webhook) -> None:
        """Forget a webhook; what it has not taken is not tried again."""
        del self.webhooks[webhook.id]
        for delivery in self.made:
            if delivery.webhook is webhook:
                delivery.due_s = None

    def begin(self) -> None:
        """Look for what has ended from now on, in the background, while there are webhooks."""
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.get_running_loop().create_task(self._look_again_and_again())

    async def send_what_is_due(self) -> None:
        """Send everything that has ended by now, and what is to be tried again."""
        now_s = self._state.now()
        for webhook in self.webhooks.values():
            self.made.extend(self._new(webhook, now_s))
        due = [each for each in self.made if each.due_s is not None and each.due_s <= now_s]
        await asyncio.gather(*(self._attempt(each) for each in due))

    async def send_now(self, url: str, secret: str | None, body: bytes, copies: int = 1) -> list[int | None]:
        """Send a body, signed if there is a secret, and say what was replied to each copy."""
        headers = {} if secret is None else {"circleci-signature": signature(body, secret)}
        return list(await asyncio.gather(*(self._transport(url, body, headers, _TIMEOUT_S) for _ in range(copies))))

    async def _look_again_and_again(self) -> None:
        with suppress(asyncio.CancelledError):
            while self.webhooks:
                await self.send_what_is_due()
                await asyncio.sleep(_LOOK_EVERY_S)

    def _new(self, webhook: Webhook, now_s: float) -> Iterator[Delivery]:
        for workflow, job, ended_s in self._ended(webhook.project_id, now_s):
            kind = "workflow-completed" if job is None else "job-completed"
            name = event_id(kind, (job or workflow).id)
            if kind in webhook.events and ended_s >= webhook.created_s and (webhook.id, name) not in self._told:
                self._told.add((webhook.id, name))
                body = written_event({"id": webhook.id, "name": webhook.name}, workflow, job, now_s)
                yield Delivery(webhook, name, kind, body, due_s=now_s)

    def _ended(self, project_id: str, now_s: float) -> list[tuple[Workflow, Job | None, float]]:
        """List what has ended in a project, in the order in which it did."""
        workflows = [
            workflow
            for pipeline in self._state.pipelines
            if pipeline.project.id == project_id
            for workflow in pipeline.workflows
        ]
        things: list[tuple[Workflow, Job | None]] = []
        for workflow in workflows:
            things += [(workflow, job) for job in workflow.jobs if job.has_run(now_s)]
            things.append((workflow, None))
        ended = [(workflow, job, (job or workflow).stopped_at(now_s)) for workflow, job in things]
        return sorted(
            ((workflow, job, ended_s) for workflow, job, ended_s in ended if ended_s is not None),
            key=lambda each: each[2],
        )

    async def _attempt(self, delivery: Delivery) -> None:
        webhook = delivery.webhook
        delivery.due_s = None
        statuses = await self.send_now(webhook.url, webhook.secret, delivery.body, self.copies)
        delivery.statuses.extend(statuses)
        taken = any(status is not None and 200 <= status < 300 for status in statuses)
        if not taken and webhook.id in self.webhooks and delivery.attempts < len(_RETRIES_AFTER_S):
            delivery.due_s = self._state.now() + _RETRIES_AFTER_S[delivery.attempts]
            delivery.attempts += 1
