"""What is recorded of webhooks: the hook driven through their operations, in success and in refusal."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeAlias

from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox

__all__ = ["TAPES"]

Tape: TypeAlias = Callable[[CircleCIHook, Sandbox], None]

SLUG = "gh/acme/web"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
URL = "https://airflow.example.com/circle/circleci/circleci_default"


def _webhooks(hook: CircleCIHook, _: Sandbox) -> None:
    project_id = hook.get_project(SLUG)["id"]
    list(hook.list_webhooks(project_id))
    for number in range(21):
        webhook = hook.create_webhook(project_id, f"number {number}", URL, signing_secret="a secret to sign with")
    hook.get_webhook(webhook["id"])
    hook.update_webhook(webhook["id"], name="renamed", url=f"{URL}/", events=["job-completed"], verify_tls=False)
    hook.update_webhook(webhook["id"], signing_secret="another secret to sign with")
    list(hook.list_webhooks(project_id))
    hook.delete_webhook(webhook["id"])


def _refusals(hook: CircleCIHook, _: Sandbox) -> None:
    for ask in (
        partial(hook.get_webhook, UNKNOWN_ID),
        partial(hook.update_webhook, UNKNOWN_ID, name="renamed"),
        partial(hook.delete_webhook, UNKNOWN_ID),
        partial(hook.create_webhook, UNKNOWN_ID, "in the clear", "http://airflow.example.com", signing_secret="secret"),
    ):
        with suppress(CircleError):
            ask()


TAPES: dict[str, Tape] = {"webhooks": _webhooks, "webhook refusals": _refusals}
