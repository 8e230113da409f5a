"""Hooks as functions and triggers use them, blocking and awaited, and the types that come of it; read by mypy."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from typing import assert_type

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.exceptions import CircleError, NotFound, PipelineFailed, RateLimited
from airflow_provider_circle.hooks.circa import CircaHook
from airflow_provider_circle.hooks.circle_admin import CircleAdminHook
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook
from airflow_provider_circle.hooks.circleme import CircleMeHook
from airflow_provider_circle.triggers.circa import CircaContactsChangedTrigger, CircaExportTrigger
from airflow_provider_circle.triggers.circleci import (
    CircleCIJobTrigger,
    CircleCIPipelineTrigger,
    CircleCIWorkflowTrigger,
)
from airflow_provider_circle.triggers.circleci_usage import CircleCIUsageExportTrigger
from airflow_provider_circle.triggers.circleci_v1 import CircleCIV1BuildTrigger
from airflow_provider_circle.triggers.circleci_workflows import (
    CircleCIEndTrigger,
    CircleCIHoldTrigger,
    CircleCIQuestionTrigger,
    CircleCIRerunTrigger,
)
from airflow_provider_circle.triggers.circleme import CircleMeNewCardsTrigger

TRIGGERS: list[type[BaseTrigger]] = [
    CircaContactsChangedTrigger,
    CircaExportTrigger,
    CircleCIEndTrigger,
    CircleCIHoldTrigger,
    CircleCIJobTrigger,
    CircleCIPipelineTrigger,
    CircleCIQuestionTrigger,
    CircleCIRerunTrigger,
    CircleCIUsageExportTrigger,
    CircleCIV1BuildTrigger,
    CircleCIWorkflowTrigger,
    CircleMeNewCardsTrigger,
]


def blocking() -> None:
    """Call, and iterate."""
    with CircleCIHook("circleci_default", request_attempts=3) as hook:
        assert_type(hook, CircleCIHook)
        assert_type(hook.trigger_pipeline("gh/acme/app", branch="main", parameters={"deploy": True}), JsonObject)
        assert_type(hook.get_pipeline("id"), JsonObject)
        assert_type(hook.list_pipeline_workflows("id"), Iterator[JsonObject])
        assert_type(hook.cancel_pipeline("id"), list[str])
        assert_type(hook.test_connection(), tuple[bool, str])
        assert_type(hook.pipeline_url("gh/acme/app", 7), str | None)
    assert_type(CircleCIV1Hook().get_build(7), JsonObject)
    assert_type(CircaHook().list_contacts(), Iterator[JsonObject])
    assert_type(CircaHook().get_contact("id"), JsonObject)
    assert_type(CircleAdminHook().list_community_members(), Iterator[JsonObject])
    assert_type(CircleMeHook().list_cards(), Iterator[JsonObject])


async def awaited() -> None:
    """The same, in an event loop."""
    hook = CircleCIHook()
    assert_type(await hook.trigger_pipeline.aio("gh/acme/app", tag="v1"), JsonObject)
    assert_type(await hook.get_pipeline.aio("id"), JsonObject)
    assert_type(hook.list_pipeline_workflows.aio("id"), AsyncGenerator[JsonObject, None])
    assert_type(await hook.cancel_pipeline.aio("id"), list[str])
    assert_type(await CircleCIV1Hook().get_build.aio(7), JsonObject)
    assert_type(CircaHook().list_contacts.aio(), AsyncGenerator[JsonObject, None])
    async for member in CircleAdminHook().list_community_members.aio():
        assert_type(member, JsonObject)
    async for card in CircleMeHook().list_cards.aio():
        assert_type(card, JsonObject)


async def waiting(trigger: CircleCIPipelineTrigger) -> None:
    """A trigger's events."""
    async for event in trigger.run():
        assert_type(event, TriggerEvent)


def failing() -> None:
    """What is raised says how it may go on."""
    try:
        CircleCIHook().get_pipeline("id")
    except (NotFound, PipelineFailed, RateLimited) as error:
        assert_type(error.permanent, bool)
        assert_type(error.retry_after_s, float | None)
    except CircleError as error:
        assert_type(error.status, int | None)
