"""The hook's calls about webhooks, blocking and awaited: what they send, and what they refuse to send."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.exceptions import NotFound
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import SLUG, UNKNOWN_ID, Flavour, both, call

URL = "https://airflow.example.com/circle/circleci/circleci_default"
SECRET = "a secret to sign with"


@pytest.fixture
def project_id(hook: CircleCIHook) -> str:
    return str(hook.get_project(SLUG)["id"])


@pytest.fixture
def webhook(hook: CircleCIHook, project_id: str) -> dict[str, Any]:
    return hook.create_webhook(project_id, "tell Airflow", URL, signing_secret=SECRET)


@both
def test_webhook_is_created(hook: CircleCIHook, sandbox: Sandbox, project_id: str, flavour: Flavour) -> None:
    made = call(hook, "create_webhook", flavour, project_id, "tell Airflow", URL, signing_secret=SECRET)

    (asked,) = sandbox.requests("POST", "/webhook$")
    assert asked["body"] == {
        "name": "tell Airflow",
        "url": URL,
        "events": ["workflow-completed", "job-completed"],
        "signing-secret": SECRET,
        "verify-tls": True,
        "scope": {"type": "project", "id": project_id},
    }
    assert (made["name"], made["scope"]) == ("tell Airflow", {"type": "project", "id": project_id})


def test_secret_is_never_shown_again(hook: CircleCIHook, project_id: str, webhook: dict[str, Any]) -> None:
    shown = [webhook, hook.get_webhook(webhook["id"]), *hook.list_webhooks(project_id)]

    assert {each["signing-secret"] for each in shown} == {"****with"}


@both
def test_webhook_is_read(hook: CircleCIHook, webhook: dict[str, Any], flavour: Flavour) -> None:
    assert call(hook, "get_webhook", flavour, webhook["id"]) == webhook


@both
def test_webhooks_of_a_project_are_listed_over_pages(
    hook: CircleCIHook, sandbox: Sandbox, project_id: str, flavour: Flavour
) -> None:
    made = [hook.create_webhook(project_id, str(number), URL, signing_secret=SECRET)["id"] for number in range(21)]
    hook.create_webhook(UNKNOWN_ID, "of another project", URL, signing_secret=SECRET)

    found = call(hook, "list_webhooks", flavour, project_id)

    assert [each["id"] for each in found] == made
    assert len(sandbox.requests("GET", "/webhook$")) == 2


@pytest.mark.parametrize(
    ("changes", "sent"),
    [
        ({"name": "renamed"}, {"name": "renamed"}),
        ({"url": f"{URL}/2"}, {"url": f"{URL}/2"}),
        ({"signing_secret": "another"}, {"signing-secret": "another"}),
        ({"events": ["job-completed"]}, {"events": ["job-completed"]}),
        ({"verify_tls": False}, {"verify-tls": False}),
    ],
    ids=["name", "url", "secret", "events", "verify_tls"],
)
def test_only_what_is_to_be_changed_is_sent(
    hook: CircleCIHook, sandbox: Sandbox, webhook: dict[str, Any], changes: dict[str, Any], sent: dict[str, Any]
) -> None:
    changed = hook.update_webhook(webhook["id"], **changes)

    assert [asked["body"] for asked in sandbox.requests("PUT")] == [sent]
    assert changed["id"] == webhook["id"]


@both
def test_webhook_is_changed(hook: CircleCIHook, webhook: dict[str, Any], flavour: Flavour) -> None:
    changed = call(hook, "update_webhook", flavour, webhook["id"], url=f"{URL}/2")

    assert (changed["name"], changed["url"]) == ("tell Airflow", f"{URL}/2")


@both
def test_webhook_is_deleted(hook: CircleCIHook, webhook: dict[str, Any], flavour: Flavour) -> None:
    call(hook, "delete_webhook", flavour, webhook["id"])

    with pytest.raises(NotFound):
        hook.get_webhook(webhook["id"])


@pytest.mark.parametrize(
    ("ask", "args", "options", "named"),
    [
        ("list_webhooks", (SLUG,), {}, "project_id"),
        ("create_webhook", (SLUG, "n", URL), {"signing_secret": SECRET}, "project_id"),
        ("create_webhook", (UNKNOWN_ID, "", URL), {"signing_secret": SECRET}, "name"),
        ("create_webhook", (UNKNOWN_ID, "n", "airflow.example.com"), {"signing_secret": SECRET}, "url"),
        ("create_webhook", (UNKNOWN_ID, "n", URL), {"signing_secret": ""}, "signing_secret"),
        ("create_webhook", (UNKNOWN_ID, "n", URL), {"signing_secret": SECRET, "events": []}, "events"),
        ("create_webhook", (UNKNOWN_ID, "n", URL), {"signing_secret": SECRET, "events": "job-completed"}, "events"),
        ("get_webhook", ("n",), {}, "webhook_id"),
        ("update_webhook", (UNKNOWN_ID,), {}, "nothing is to be changed"),
        ("update_webhook", (UNKNOWN_ID,), {"name": ""}, "name"),
        ("update_webhook", (UNKNOWN_ID,), {"url": ""}, "url"),
        ("update_webhook", (UNKNOWN_ID,), {"signing_secret": " "}, "signing_secret"),
        ("update_webhook", (UNKNOWN_ID,), {"events": ["ping"]}, "events"),
        ("delete_webhook", ("",), {}, "webhook_id"),
    ],
)
def test_mistake_is_told(
    hook: CircleCIHook, ask: str, args: tuple[Any, ...], options: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named) as told:
        list(getattr(hook, ask)(*args, **options))

    assert SECRET not in str(told.value)
