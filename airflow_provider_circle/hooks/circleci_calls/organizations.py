"""Calls about organizations, and the URLs their projects may take orbs from."""

from __future__ import annotations

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_id, checked_organization
from airflow_provider_circle.vendors.circleci.endpoints import organizations

__all__ = ["OrganizationCalls"]


class OrganizationCalls(CircleCICalls):
    """Create, read and delete organizations; say which URLs orbs may come from."""

    @operation
    def create_organization(self, caller: Caller, name: str, vcs_type: str) -> Walk[JsonObject]:
        """
        Create an organization. Not sent again when the reply is lost: a second one might come to be.

        :param name: for ``github`` and ``bitbucket`` the name it has there.
        :param vcs_type: ``github``, ``bitbucket``, or ``circleci`` for one that stands alone.
        :return: ``{"id", "name", "slug", "vcs_type"}``.
        :raises ValueError: an empty name or another type.

        Source: https://circleci.com/docs/api/v2/#operation/createOrganization
        """
        body = {
            "name": checked_text("name", name),
            "vcs_type": checked_word("vcs_type", vcs_type, "github", "bitbucket", "circleci"),
        }
        return call(caller, organizations.CREATE_ORGANIZATION, json=body)

    @operation
    def get_organization(self, caller: Caller, organization: str) -> Walk[JsonObject]:
        """
        Read an organization.

        :param organization: its UUID, or its slug such as ``gh/acme``.
        :return: ``{"id", "name", "slug", "vcs_type"}``.
        :raises ValueError: neither a UUID nor a slug.
        :raises NotFound: no such organization, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/getOrganization
        """
        return call(caller, organizations.GET_ORGANIZATION, path=_place(organization))

    @operation
    def delete_organization(self, caller: Caller, organization: str) -> Walk[JsonObject]:
        """
        Delete an organization with all its projects and all their builds. Nothing brings them back.

        :param organization: its UUID, or its slug such as ``gh/acme``.
        :return: ``{"message"}``; CircleCI answers before all is gone.
        :raises ValueError: neither a UUID nor a slug.
        :raises NotFound: no such organization, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/deleteOrganization
        """
        return call(caller, organizations.DELETE_ORGANIZATION, path=_place(organization))

    @stream
    def list_url_orb_allow_list_entries(self, caller: Caller, organization: str) -> Walk[None]:
        """
        Stream the URLs an organization's projects may take orbs from; one request.

        :param organization: its UUID, or its slug such as ``gh/acme``.
        :return: records ``{"id", "name", "prefix", "auth"}``.
        :raises ValueError: neither a UUID nor a slug.

        Source: https://circleci.com/docs/api/v2/#operation/listURLOrbAllowListEntries
        """
        return pages(caller, organizations.LIST_URL_ORB_ALLOW_LIST_ENTRIES, path=_place(organization))

    @operation
    def create_url_orb_allow_list_entry(
        self, caller: Caller, organization: str, name: str, prefix: str, auth: str = "none"
    ) -> Walk[JsonObject]:
        """
        Allow orbs from all URLs that begin alike.

        :param organization: its UUID, or its slug such as ``gh/acme``.
        :param name: of the entry.
        :param prefix: how the URLs begin.
        :param auth: how they are fetched: ``none``, ``github-oauth``, ``github-app`` or ``bitbucket-oauth``.
        :return: ``{"id", "message"}``.
        :raises ValueError: an argument CircleCI would refuse.

        Source: https://circleci.com/docs/api/v2/#operation/createURLOrbAllowListEntry
        """
        body = {
            "name": checked_text("name", name),
            "prefix": checked_text("prefix", prefix),
            "auth": checked_word("auth", auth, "none", "github-oauth", "github-app", "bitbucket-oauth"),
        }
        return call(caller, organizations.CREATE_URL_ORB_ALLOW_LIST_ENTRY, path=_place(organization), json=body)

    @operation
    def remove_url_orb_allow_list_entry(self, caller: Caller, organization: str, entry_id: str) -> Walk[JsonObject]:
        """
        No longer allow orbs from the URLs of an entry.

        :param organization: its UUID, or its slug such as ``gh/acme``.
        :param entry_id: id of the entry.
        :return: ``{"id", "message"}``.
        :raises NotFound: no such entry, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/removeURLOrbAllowListEntry
        """
        path = _place(organization) | {"entry_id": checked_id("entry_id", entry_id)}
        return call(caller, organizations.REMOVE_URL_ORB_ALLOW_LIST_ENTRY, path=path)


def _place(organization: str) -> dict[str, str]:
    return {"organization": checked_organization(organization)}
