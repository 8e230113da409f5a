"""Calls about config policies: the rules an owner's configurations must keep, and the decisions made by them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from airflow_provider_circle.core.arguments import checked_text
from airflow_provider_circle.core.endpoint import Query
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.core.window import moment_of
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_id, checked_mapping, checked_uuid, given
from airflow_provider_circle.vendors.circleci.endpoints import policies
from airflow_provider_circle.vendors.circleci.parameters import checked_number

__all__ = ["PolicyCalls"]

_CONTEXT = "config"
"""The only policy context there is so far. Unverified: that CircleCI refuses any other."""


class PolicyCalls(CircleCICalls):
    """Read and replace policies, make decisions, and read those that were made."""

    @stream
    def list_policy_decisions(
        self,
        caller: Caller,
        owner_id: str,
        *,
        context: str = _CONTEXT,
        status: str | None = None,
        after: datetime | str | None = None,
        before: datetime | str | None = None,
        branch: str | None = None,
        project_id: str | None = None,
        build_number: int | None = None,
    ) -> Walk[None]:
        """
        Stream the decisions that were made by an owner's policies, until CircleCI has no more.

        :param owner_id: the organization's id, not its slug.
        :param context: the policies' context, not one with environment variables.
        :param status: such as ``PASS``, ``SOFT_FAIL``, ``HARD_FAIL`` or ``ERROR``.
        :param after: only those made later; a time with its zone.
        :param before: only those made earlier; a time with its zone.
        :param branch: only those about this branch.
        :param project_id: only those about this project.
        :param build_number: only those about this build.
        :return: records ``{"id", "created_at", "decision", "metadata", "policies", "time_taken_ms"}``.
        :raises ValueError: a time without its zone, or an empty filter.
        :raises Forbidden: the token may not see the owner's decisions.

        Source: https://circleci.com/docs/api/v2/#operation/GetDecisionLogs
        """
        texts = given(status=status, branch=branch, project_id=project_id)
        moments = given(after=after, before=before)
        query: dict[str, str | int] = {
            **{name: checked_text(name, value) for name, value in texts.items()},
            **{name: _written(moment_of(name, value)) for name, value in moments.items()},
        }
        if build_number is not None:
            query["build_number"] = checked_number("build_number", build_number)
        return pages(caller, policies.LIST_POLICY_DECISIONS, path=_place(owner_id, context), query=query)

    @operation
    def make_policy_decision(
        self,
        caller: Caller,
        owner_id: str,
        configuration: str,
        metadata: Mapping[str, Any] | None = None,
        *,
        context: str = _CONTEXT,
    ) -> Walk[JsonObject]:
        """
        Judge a configuration by an owner's policies. It is not sent again when the reply is lost.

        :param owner_id: the organization's id, not its slug.
        :param configuration: the configuration's YAML.
        :param metadata: what the policies may ask about: ``project_id``, ``build_number``, ``vcs``, …
        :return: ``{"status", "enabled_rules", "hard_failures", "soft_failures", "reason"}``; a failure is
            ``{"rule", "reason"}``.
        :raises ValueError: an empty configuration.

        Source: https://circleci.com/docs/api/v2/#operation/MakeDecision
        """
        body: JsonObject = {"input": checked_text("configuration", configuration)}
        if metadata is not None:
            body["metadata"] = checked_mapping("metadata", metadata)
        return call(caller, policies.MAKE_POLICY_DECISION, path=_place(owner_id, context), json=body)

    @operation
    def get_policy_decision(
        self, caller: Caller, owner_id: str, decision_id: str, *, context: str = _CONTEXT
    ) -> Walk[JsonObject]:
        """
        Read a decision that was made.

        :param decision_id: its UUID.
        :return: as a record of :meth:`list_policy_decisions`.
        :raises ValueError: ``decision_id`` is no UUID.
        :raises NotFound: no such decision, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/GetDecisionLog
        """
        path = _place(owner_id, context) | {"decision_id": checked_uuid("decision_id", decision_id)}
        return call(caller, policies.GET_POLICY_DECISION, path=path)

    @operation
    def get_policy_decision_bundle(
        self, caller: Caller, owner_id: str, decision_id: str, *, context: str = _CONTEXT
    ) -> Walk[JsonObject]:
        """
        Read the policies by which a decision was made.

        :param decision_id: its UUID.
        :return: as of :meth:`get_policy_bundle`.
        :raises ValueError: ``decision_id`` is no UUID.
        :raises NotFound: no such decision, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/GetDecisionLogPolicyBundle
        """
        path = _place(owner_id, context) | {"decision_id": checked_uuid("decision_id", decision_id)}
        return call(caller, policies.GET_POLICY_DECISION_BUNDLE, path=path)

    @operation
    def get_policy_decision_settings(
        self, caller: Caller, owner_id: str, *, context: str = _CONTEXT
    ) -> Walk[JsonObject]:
        """
        Read whether an owner's policies are in force.

        :return: ``{"enabled"}``.

        Source: https://circleci.com/docs/api/v2/#operation/GetDecisionSettings
        """
        return call(caller, policies.GET_POLICY_DECISION_SETTINGS, path=_place(owner_id, context))

    @operation
    def update_policy_decision_settings(
        self, caller: Caller, owner_id: str, *, enabled: bool, context: str = _CONTEXT
    ) -> Walk[JsonObject]:
        """
        Put an owner's policies in force, or out of it.

        :return: ``{"enabled"}``.
        :raises ValueError: ``enabled`` is no boolean.

        Source: https://circleci.com/docs/api/v2/#operation/SetDecisionSettings
        """
        if not isinstance(enabled, bool):
            raise ValueError(f"enabled must be true or false, got a {type(enabled).__name__}")
        body = {"enabled": enabled}
        return call(caller, policies.UPDATE_POLICY_DECISION_SETTINGS, path=_place(owner_id, context), json=body)

    @operation
    def get_policy_bundle(self, caller: Caller, owner_id: str, *, context: str = _CONTEXT) -> Walk[JsonObject]:
        """
        Read all policies of an owner.

        :return: by each policy's name ``{"name", "content", "created_at", "created_by"}``. Unverified: whether that, or
            a list with it.
        :raises Forbidden: the token may not see the owner's policies.

        Source: https://circleci.com/docs/api/v2/#operation/GetPolicyBundle
        """
        return call(caller, policies.GET_POLICY_BUNDLE, path=_place(owner_id, context))

    @operation
    def replace_policy_bundle(
        self,
        caller: Caller,
        owner_id: str,
        bundle: Mapping[str, str],
        *,
        dry: bool = False,
        context: str = _CONTEXT,
    ) -> Walk[JsonObject]:
        """
        Put policies in the place of all that an owner has; those that are not among them are deleted.

        :param bundle: Rego by file name; an empty mapping deletes all policies.
        :param dry: only say what would change.
        :return: names of policies ``{"created", "deleted", "modified"}``. Sent again after a lost reply, it says that
            nothing changed.
        :raises ValueError: a policy that is no text or empty.
        :raises Invalid: CircleCI refuses the bundle (400: no Rego; 413: too large).

        Source: https://circleci.com/docs/api/v2/#operation/CreatePolicyBundle
        """
        contents = checked_mapping("bundle", bundle)
        body = {"policies": {name: checked_text(f"bundle[{name!r}]", text) for name, text in contents.items()}}
        query: Query = {"dry": True} if dry else {}
        return call(caller, policies.REPLACE_POLICY_BUNDLE, path=_place(owner_id, context), query=query, json=body)

    @operation
    def get_policy(
        self, caller: Caller, owner_id: str, policy_name: str, *, context: str = _CONTEXT
    ) -> Walk[JsonObject]:
        """
        Read one policy of an owner.

        :param policy_name: as its rule ``policy_name`` says.
        :return: ``{"name", "content", "created_at", "created_by"}``.
        :raises NotFound: no such policy, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/GetPolicyDocument
        """
        path = _place(owner_id, context) | {"policy_name": checked_text("policy_name", policy_name)}
        return call(caller, policies.GET_POLICY, path=path)


def _place(owner_id: str, context: str) -> dict[str, str]:
    return {"owner_id": checked_id("owner_id", owner_id), "context": checked_text("context", context)}


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
