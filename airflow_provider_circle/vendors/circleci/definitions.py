"""
Pipeline definitions and their triggers: what CircleCI takes, checked before it is sent.

Only what is certainly wrong is refused; a provider nobody here knows is left to CircleCI.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.vendors.circleci.arguments import checked_mapping, given

__all__ = ["checked_source", "checked_source_changes", "checked_trigger", "checked_trigger_changes"]

_REPOSITORIES = ("github_app", "github_server")
_EVENT_PROVIDERS = {
    "github_app": "repo",
    "github_server": "repo",
    "github_oauth": "repo",
    "webhook": "webhook",
    "schedule": "schedule",
}
"""What each provider's event source has beside the provider."""

_NAMED_EVENTS = ("webhook", "schedule")
_ACTORS = ("current", "system")
_OAUTH_PRESETS = ("all-pushes", "only-build-prs")
_PRESETS = (
    *_OAUTH_PRESETS,
    "default-branch-pushes",
    "non-draft-pr-opened",
    "only-branch-delete",
    "only-build-pushes-to-non-draft-prs",
    "only-labeled-prs",
    "only-merged-or-closed-prs",
    "only-merged-prs",
    "only-open-prs",
    "only-ready-for-review-prs",
    "only-tags",
    "pr-comment-equals-run-ci",
    "pushes-to-merge-queues",
)
"""Source: https://circleci.com/docs/api/v2/#operation/createTrigger"""


def checked_source(name: str, source: Any) -> JsonObject:
    """
    Check where a new definition's configuration or code is.

    :param name: ``config_source`` or ``checkout_source``.
    :raises ValueError: something is missing, or a provider that cannot be this source.

    Source: https://circleci.com/docs/api/v2/#operation/createPipelineDefinition
    """
    checked = checked_mapping(name, source)
    is_config = name == "config_source"
    providers = (*_REPOSITORIES, "circleci") if is_config else _REPOSITORIES
    checked_word(f"{name}['provider']", checked.get("provider"), *providers)
    if is_config:
        checked_text(f"{name}['file_path']", checked.get("file_path"))
    if checked["provider"] in _REPOSITORIES:
        _check_repository(name, checked)
    elif "repo" in checked:
        raise ValueError(f"{name}['repo'] does not go with the provider circleci")
    return checked


def checked_source_changes(name: str, changes: Any) -> JsonObject:
    """
    Check what is to change of a source.

    :param name: ``config_source`` or ``checkout_source``.
    :raises ValueError: nothing is to change, or something that cannot be.

    Source: https://circleci.com/docs/api/v2/#operation/updatePipelineDefinition
    """
    checked = checked_mapping(name, changes)
    changeable = ("file_path",) if name == "config_source" else ("provider", "repo")
    if not checked or set(checked) - set(changeable):
        raise ValueError(f"{name} must name {' or '.join(changeable)} to change, got {', '.join(checked) or 'nothing'}")
    for each in ("file_path", "provider"):
        if each in checked:
            checked_text(f"{name}[{each!r}]", checked[each])
    if "repo" in checked:
        _check_repository(name, checked)
    return checked


def checked_trigger(
    event_source: Any,
    *,
    event_name: str | None,
    event_preset: str | None,
    checkout_ref: str | None,
    config_ref: str | None,
    disabled: bool | None,
    parameters: Mapping[str, Any] | None,
) -> JsonObject:
    """
    Check a new trigger: each provider of events demands something, and excludes something.

    :return: the body that creates it.
    :raises ValueError: names the argument that is missing or out of place.

    Source: https://circleci.com/docs/api/v2/#operation/createTrigger
    """
    source = checked_mapping("event_source", event_source)
    provider = checked_text("event_source['provider']", source.get("provider"))
    names = {"event_name": event_name, "checkout_ref": checkout_ref, "config_ref": config_ref}
    _check_event_source(source, provider)
    if provider in _NAMED_EVENTS:
        for name, value in names.items():
            if value is None:
                raise ValueError(f"{name} is missing; a trigger by {provider} needs it")
        _exclude(provider, event_preset=event_preset)
    elif provider in _EVENT_PROVIDERS:
        _exclude(provider, event_name=event_name)
    if provider == "github_oauth":
        checked_word("event_preset", event_preset, *_OAUTH_PRESETS)
        _exclude(provider, disabled=disabled)
    if provider in _EVENT_PROVIDERS and provider != "schedule":
        _exclude(provider, parameters=parameters)
    return {
        "event_source": source,
        **_attributes(names, event_preset, disabled, parameters),
    }


def checked_trigger_changes(
    event_source: Any,
    *,
    event_name: str | None,
    event_preset: str | None,
    checkout_ref: str | None,
    config_ref: str | None,
    disabled: bool | None,
    parameters: Mapping[str, Any] | None,
) -> JsonObject:
    """
    Check what is to change of a trigger, whose provider is not known here.

    :return: the body that changes it.
    :raises ValueError: nothing is to change, or a word CircleCI does not know.

    Source: https://circleci.com/docs/api/v2/#operation/updateTrigger
    """
    names = {"event_name": event_name, "checkout_ref": checkout_ref, "config_ref": config_ref}
    body = _attributes(names, event_preset, disabled, parameters)
    if event_source is not None:
        body["event_source"] = source = checked_mapping("event_source", event_source)
        if not source or set(source) - set(_NAMED_EVENTS):
            raise ValueError(
                f"event_source must name webhook or schedule to change, got {', '.join(source) or 'nothing'}"
            )
        _check_actor(source)
    if not body:
        raise ValueError("nothing is to change: name at least one attribute of the trigger")
    return body


def _attributes(
    names: Mapping[str, str | None],
    event_preset: str | None,
    disabled: bool | None,
    parameters: Mapping[str, Any] | None,
) -> JsonObject:
    attributes = {name: checked_text(name, value) for name, value in given(**names).items()}
    if event_preset is not None:
        attributes["event_preset"] = checked_word("event_preset", event_preset, *_PRESETS)
    optional = given(disabled=disabled, parameters=parameters)
    if "parameters" in optional:
        optional["parameters"] = checked_mapping("parameters", parameters)
    return attributes | optional


def _check_event_source(source: JsonObject, provider: str) -> None:
    kind = _EVENT_PROVIDERS.get(provider, "")
    others = sorted((set(source) & set(_EVENT_PROVIDERS.values())) - {kind})
    if kind and others:
        raise ValueError(f"event_source[{others[0]!r}] does not go with the provider {provider}")
    if kind == "repo":
        _check_repository("event_source", source)
    if kind == "schedule":
        schedule = checked_mapping("event_source['schedule']", source.get("schedule"))
        checked_text("event_source['schedule']['cron_expression']", schedule.get("cron_expression"))
    _check_actor(source)


def _check_actor(source: JsonObject) -> None:
    schedule = source.get("schedule")
    if isinstance(schedule, Mapping) and "attribution_actor" in schedule:
        checked_word("event_source['schedule']['attribution_actor']", schedule["attribution_actor"], *_ACTORS)


def _check_repository(name: str, source: JsonObject) -> None:
    repository = checked_mapping(f"{name}['repo']", source.get("repo"))
    checked_text(f"{name}['repo']['external_id']", repository.get("external_id"))


def _exclude(provider: str, **arguments: Any) -> None:
    for name in given(**arguments):
        raise ValueError(f"{name} does not go with a trigger by {provider}")
