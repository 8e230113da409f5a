"""Calls about contexts and who may use them. Their environment variables are with those of projects."""

from __future__ import annotations

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_uuid
from airflow_provider_circle.vendors.circleci.endpoints import contexts
from airflow_provider_circle.vendors.circleci.owner import checked_owner

__all__ = ["ContextCalls"]


class ContextCalls(CircleCICalls):
    """List, create, read and delete contexts; restrict who may use them."""

    @stream
    def list_contexts(
        self,
        caller: Caller,
        *,
        owner_id: str | None = None,
        owner_slug: str | None = None,
        owner_type: str | None = None,
    ) -> Walk[None]:
        """
        List an owner's contexts.

        :param owner_id: the organization's UUID; excludes ``owner_slug``.
        :param owner_slug: the organization's slug, such as ``gh/acme``; a CircleCI Server knows none.
        :param owner_type: ``organization``, which it is where left out, or ``account``, which a CircleCI Server needs.
        :return: records ``{"id", "name", "created_at"}``.
        :raises ValueError: not one owner is named, or in a wrong way.
        :raises NotFound: no such owner.

        Source: https://circleci.com/docs/api/v2/#operation/listContexts
        """
        owner = checked_owner(owner_id, owner_slug, owner_type)
        return pages(caller, contexts.LIST_CONTEXTS, query={f"owner-{name}": value for name, value in owner.items()})

    @operation
    def create_context(
        self,
        caller: Caller,
        name: str,
        *,
        owner_id: str | None = None,
        owner_slug: str | None = None,
        owner_type: str | None = None,
    ) -> Walk[JsonObject]:
        """
        Create a context.

        :param name: not the name of another of the owner's contexts.
        :param owner_id: the organization's UUID; excludes ``owner_slug``.
        :param owner_slug: the organization's slug, such as ``gh/acme``; a CircleCI Server knows none.
        :param owner_type: ``organization``, which it is where left out, or ``account``, which a CircleCI Server needs.
        :return: ``{"id", "name", "created_at"}``.
        :raises ValueError: no name, or not one owner is named, or in a wrong way.
        :raises NotFound: no such owner.

        Source: https://circleci.com/docs/api/v2/#operation/createContext
        """
        owner = checked_owner(owner_id, owner_slug, owner_type)
        return call(caller, contexts.CREATE_CONTEXT, json={"name": checked_text("name", name), "owner": owner})

    @operation
    def get_context(self, caller: Caller, context_id: str) -> Walk[JsonObject]:
        """
        Read a context.

        :param context_id: UUID.
        :return: ``{"id", "name", "created_at"}``.
        :raises NotFound: no such context.

        Source: https://circleci.com/docs/api/v2/#operation/getContext
        """
        return call(caller, contexts.GET_CONTEXT, path=_context(context_id))

    @operation
    def delete_context(self, caller: Caller, context_id: str) -> Walk[JsonObject]:
        """
        Delete a context, and with it its environment variables.

        :param context_id: UUID.
        :return: ``{"message"}``.
        :raises NotFound: no such context.

        Source: https://circleci.com/docs/api/v2/#operation/deleteContext
        """
        return call(caller, contexts.DELETE_CONTEXT, path=_context(context_id))

    @stream
    def list_context_restrictions(self, caller: Caller, context_id: str) -> Walk[None]:
        """
        List what a context is restricted to.

        :param context_id: UUID.
        :return: records ``{"id", "context_id", "name", "restriction_type", "restriction_value", "project_id"}``; some
            may be missing.
        :raises NotFound: no such context.

        Source: https://circleci.com/docs/api/v2/#operation/getContextRestrictions
        """
        return pages(caller, contexts.LIST_CONTEXT_RESTRICTIONS, path=_context(context_id))

    @operation
    def create_context_restriction(
        self, caller: Caller, context_id: str, restriction_type: str, restriction_value: str
    ) -> Walk[JsonObject]:
        """
        Restrict a context to a project, a group or what an expression is true for.

        :param context_id: UUID.
        :param restriction_type: ``project``, ``group`` or ``expression``.
        :param restriction_value: the project's or the group's UUID, or the expression, such as
            ``pipeline.git.branch == "main"``.
        :return: ``{"id", "name", "restriction_type", "restriction_value", …}``.
        :raises ValueError: another type, or a value that does not go with it.
        :raises NotFound: no such context.
        :raises Invalid: the context has this restriction already (409), or there is no such project.

        Source: https://circleci.com/docs/api/v2/#operation/createContextRestriction
        """
        kind = checked_word("restriction_type", restriction_type, "project", "expression", "group")
        value = (checked_text if kind == "expression" else checked_uuid)("restriction_value", restriction_value)
        body = {"restriction_type": kind, "restriction_value": value}
        return call(caller, contexts.CREATE_CONTEXT_RESTRICTION, path=_context(context_id), json=body)

    @operation
    def delete_context_restriction(self, caller: Caller, context_id: str, restriction_id: str) -> Walk[JsonObject]:
        """
        Lift a restriction of a context.

        :param context_id: UUID.
        :param restriction_id: the restriction's ``id``.
        :return: ``{"message"}``.
        :raises NotFound: no such context or restriction.

        Source: https://circleci.com/docs/api/v2/#operation/deleteContextRestriction
        """
        path = {**_context(context_id), "restriction_id": restriction_id}
        return call(caller, contexts.DELETE_CONTEXT_RESTRICTION, path=path)


def _context(context_id: str) -> dict[str, str]:
    return {"context_id": checked_uuid("context_id", context_id)}
