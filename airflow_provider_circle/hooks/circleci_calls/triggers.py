"""Calls about triggers: the events that start the pipelines of a definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.hooks.masking import mask_secret
from airflow_provider_circle.vendors.circleci.arguments import checked_id
from airflow_provider_circle.vendors.circleci.definitions import checked_trigger, checked_trigger_changes
from airflow_provider_circle.vendors.circleci.endpoints import triggers

__all__ = ["TriggerCalls"]


class TriggerCalls(CircleCICalls):
    """
    List, create, read, change and delete triggers.

    Pipelines are triggered by :meth:`~airflow_provider_circle.hooks.circleci.CircleCIHook.trigger_pipeline`.
    """

    @stream
    def list_pipeline_definition_triggers(
        self, caller: Caller, project_id: str, pipeline_definition_id: str
    ) -> Walk[None]:
        """
        Stream the triggers of a pipeline definition; one request.

        :param project_id: the project's id, not its slug.
        :return: records ``{"id", "event_source", "event_name", "event_preset", "checkout_ref", "config_ref",
            "disabled", "parameters"}``; parts may be missing.
        :raises NotFound: no such definition, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/listPipelineDefinitionTriggers
        """
        path = {
            "project_id": checked_id("project_id", project_id),
            "pipeline_definition_id": checked_id("pipeline_definition_id", pipeline_definition_id),
        }
        return pages(caller, triggers.LIST_PIPELINE_DEFINITION_TRIGGERS, path=path)

    @operation
    def create_trigger(
        self,
        caller: Caller,
        project_id: str,
        pipeline_definition_id: str,
        event_source: Mapping[str, Any],
        *,
        event_name: str | None = None,
        event_preset: str | None = None,
        checkout_ref: str | None = None,
        config_ref: str | None = None,
        disabled: bool | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Walk[JsonObject]:
        """
        Create a trigger.

        :param project_id: the project's id, not its slug.
        :param event_source: ``{"provider": "github_app" | "github_server" | "github_oauth", "repo": {"external_id"}}``,
            ``{"provider": "webhook", "webhook": {"sender"}}`` or ``{"provider": "schedule", "schedule":
            {"cron_expression", "attribution_actor": "current" | "system"}}``.
        :param event_name: needed by ``webhook`` and ``schedule``, and theirs only.
        :param event_preset: which events of a repository, such as ``only-tags``; needed by ``github_oauth``.
        :param checkout_ref: branch or tag of the code; needed by ``webhook`` and ``schedule``.
        :param config_ref: branch or tag of the configuration; needed by ``webhook`` and ``schedule``.
        :param disabled: create it, but do not let it trigger yet; not for ``github_oauth``.
        :param parameters: of the pipelines; ``schedule`` only. Not secret.
        :return: as a record of :meth:`list_pipeline_definition_triggers`. Whoever knows a webhook's whole ``url`` can
            start pipelines.
        :raises ValueError: an argument CircleCI would refuse.
        :raises NotFound: no such definition, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/createTrigger
        """
        body = checked_trigger(
            event_source,
            event_name=event_name,
            event_preset=event_preset,
            checkout_ref=checkout_ref,
            config_ref=config_ref,
            disabled=disabled,
            parameters=parameters,
        )
        path = {
            "project_id": checked_id("project_id", project_id),
            "pipeline_definition_id": checked_id("pipeline_definition_id", pipeline_definition_id),
        }
        return _masked(call(caller, triggers.CREATE_TRIGGER, path=path, json=body))

    @operation
    def get_trigger(self, caller: Caller, project_id: str, trigger_id: str) -> Walk[JsonObject]:
        """
        Read a trigger.

        :param project_id: the project's id, not its slug.
        :return: as a record of :meth:`list_pipeline_definition_triggers`.
        :raises NotFound: no such trigger, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/getTrigger
        """
        return call(caller, triggers.GET_TRIGGER, path=_place(project_id, trigger_id))

    @operation
    def update_trigger(
        self,
        caller: Caller,
        project_id: str,
        trigger_id: str,
        *,
        event_source: Mapping[str, Any] | None = None,
        event_name: str | None = None,
        event_preset: str | None = None,
        checkout_ref: str | None = None,
        config_ref: str | None = None,
        disabled: bool | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Walk[JsonObject]:
        """
        Change a trigger; what is left out stays as it is.

        :param project_id: the project's id, not its slug.
        :param event_source: ``{"webhook": {"sender"}}`` or ``{"schedule": {"cron_expression", "attribution_actor"}}``.
        :return: as a record of :meth:`list_pipeline_definition_triggers`.
        :raises ValueError: nothing to change, or an argument CircleCI would refuse.
        :raises NotFound: no such trigger, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/updateTrigger
        """
        body = checked_trigger_changes(
            event_source,
            event_name=event_name,
            event_preset=event_preset,
            checkout_ref=checkout_ref,
            config_ref=config_ref,
            disabled=disabled,
            parameters=parameters,
        )
        return call(caller, triggers.UPDATE_TRIGGER, path=_place(project_id, trigger_id), json=body)

    @operation
    def delete_trigger(self, caller: Caller, project_id: str, trigger_id: str) -> Walk[JsonObject]:
        """
        Delete a trigger.

        :param project_id: the project's id, not its slug.
        :return: ``{"message"}``.
        :raises NotFound: no such trigger, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/deleteTrigger
        """
        return call(caller, triggers.DELETE_TRIGGER, path=_place(project_id, trigger_id))


def _place(project_id: str, trigger_id: str) -> dict[str, str]:
    return {"project_id": checked_id("project_id", project_id), "trigger_id": checked_id("trigger_id", trigger_id)}


def _masked(created: Walk[JsonObject]) -> Walk[JsonObject]:
    """Keep the secret in a new webhook's address out of logs. Unverified: that later replies never show it."""
    trigger = yield from created
    source = trigger.get("event_source")
    webhook = source.get("webhook") if isinstance(source, dict) else None
    url = webhook.get("url") if isinstance(webhook, dict) else None
    if isinstance(url, str) and (query := url.partition("?")[2]):
        mask_secret(query)
    return trigger
