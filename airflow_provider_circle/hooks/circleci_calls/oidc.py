"""Calls about the custom claims of the OIDC tokens that jobs get."""

from __future__ import annotations

import re
from collections.abc import Iterable

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.hooks.base import operation
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.arguments import checked_uuid
from airflow_provider_circle.vendors.circleci.endpoints import oidc

__all__ = ["OidcCalls"]

_TTL = re.compile(r"(?:[0-9]+(?:ms|s|m|h|d|w)){1,7}")


class OidcCalls(CircleCICalls):
    """Read, set and remove custom claims, of an organization or of one of its projects."""

    @operation
    def get_organization_claims(self, caller: Caller, org_id: str) -> Walk[JsonObject]:
        """
        Read the custom claims of an organization.

        :param org_id: UUID of the organization.
        :return: ``{"org_id", "audience", "audience_updated_at", "ttl", "ttl_updated_at"}``; without what is not set.
        :raises ValueError: ``org_id`` is no UUID.
        :raises Forbidden: the token may not see them.

        Source: https://circleci.com/docs/api/v2/#operation/GetOrgClaims
        """
        return call(caller, oidc.GET_ORGANIZATION_CLAIMS, path=_place(org_id))

    @operation
    def update_organization_claims(
        self, caller: Caller, org_id: str, *, audience: Iterable[str] | None = None, ttl: str | None = None
    ) -> Walk[JsonObject]:
        """
        Set custom claims of an organization; what is left out stays as it is.

        :param org_id: UUID of the organization.
        :param audience: whom the tokens are for, one or more.
        :param ttl: how long they last: numbers with ``ms``, ``s``, ``m``, ``h``, ``d`` or ``w``, such as ``1h30m``.
        :return: all claims, as of :meth:`get_organization_claims`.
        :raises ValueError: nothing to set, or a claim CircleCI would refuse.

        Source: https://circleci.com/docs/api/v2/#operation/PatchOrgClaims
        """
        return call(caller, oidc.UPDATE_ORGANIZATION_CLAIMS, path=_place(org_id), json=_claims(audience, ttl))

    @operation
    def delete_organization_claims(self, caller: Caller, org_id: str, claims: Iterable[str]) -> Walk[JsonObject]:
        """
        Remove custom claims of an organization.

        :param org_id: UUID of the organization.
        :param claims: which ones: ``audience``, ``ttl``.
        :return: the claims that are left, as of :meth:`get_organization_claims`.
        :raises ValueError: another claim, or none.

        Source: https://circleci.com/docs/api/v2/#operation/DeleteOrgClaims
        """
        query = {"claims": _names(claims)}
        return call(caller, oidc.DELETE_ORGANIZATION_CLAIMS, path=_place(org_id), query=query)

    @operation
    def get_project_claims(self, caller: Caller, org_id: str, project_id: str) -> Walk[JsonObject]:
        """
        Read the custom claims of a project.

        :param org_id: UUID of the organization.
        :param project_id: UUID of the project.
        :return: as of :meth:`get_organization_claims`, with ``project_id``.
        :raises ValueError: an id is no UUID.
        :raises Forbidden: the token may not see them.

        Source: https://circleci.com/docs/api/v2/#operation/GetProjectClaims
        """
        return call(caller, oidc.GET_PROJECT_CLAIMS, path=_place(org_id, project_id))

    @operation
    def update_project_claims(
        self,
        caller: Caller,
        org_id: str,
        project_id: str,
        *,
        audience: Iterable[str] | None = None,
        ttl: str | None = None,
    ) -> Walk[JsonObject]:
        """
        Set custom claims of a project; what is left out stays as it is.

        :param org_id: UUID of the organization.
        :param project_id: UUID of the project.
        :param audience: whom the tokens are for, one or more.
        :param ttl: how long they last: numbers with ``ms``, ``s``, ``m``, ``h``, ``d`` or ``w``, such as ``1h30m``.
        :return: all claims, as of :meth:`get_project_claims`.
        :raises ValueError: nothing to set, or a claim CircleCI would refuse.

        Source: https://circleci.com/docs/api/v2/#operation/PatchProjectClaims
        """
        return call(caller, oidc.UPDATE_PROJECT_CLAIMS, path=_place(org_id, project_id), json=_claims(audience, ttl))

    @operation
    def delete_project_claims(
        self, caller: Caller, org_id: str, project_id: str, claims: Iterable[str]
    ) -> Walk[JsonObject]:
        """
        Remove custom claims of a project.

        :param org_id: UUID of the organization.
        :param project_id: UUID of the project.
        :param claims: which ones: ``audience``, ``ttl``.
        :return: the claims that are left, as of :meth:`get_project_claims`.
        :raises ValueError: another claim, or none.

        Source: https://circleci.com/docs/api/v2/#operation/DeleteProjectClaims
        """
        query = {"claims": _names(claims)}
        return call(caller, oidc.DELETE_PROJECT_CLAIMS, path=_place(org_id, project_id), query=query)


def _place(org_id: str, project_id: str | None = None) -> dict[str, str]:
    place = {"org_id": checked_uuid("org_id", org_id)}
    return place if project_id is None else place | {"project_id": checked_uuid("project_id", project_id)}


def _claims(audience: Iterable[str] | None, ttl: str | None) -> JsonObject:
    claims: JsonObject = {}
    if audience is not None:
        if isinstance(audience, str):
            raise ValueError("audience must be a list of texts, got a text")
        claims["audience"] = [checked_text("each of audience", each) for each in audience]
    if ttl is not None:
        if not isinstance(ttl, str) or not _TTL.fullmatch(ttl):
            raise ValueError(f"ttl must be a duration such as 30m or 1h30m, of up to seven parts, got {ttl!r:.60}")
        claims["ttl"] = ttl
    if not claims:
        raise ValueError("audience and ttl are both missing: name at least one claim to set")
    return claims


def _names(claims: Iterable[str]) -> str:
    names = (
        [] if isinstance(claims, str) else [checked_word("each of claims", each, "audience", "ttl") for each in claims]
    )
    if not names:
        raise ValueError(f"claims must be a list with audience, ttl or both, got {claims!r:.60}")
    return ",".join(names)
