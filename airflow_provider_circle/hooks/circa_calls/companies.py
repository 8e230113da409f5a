"""Calls about companies and their contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circa_calls.base import CircaCalls, narrowed
from airflow_provider_circle.vendors.circa import endpoints
from airflow_provider_circle.vendors.circa.bodies import checked_company

__all__ = ["CompanyCalls"]


class CompanyCalls(CircaCalls):
    """Read and write companies; read their contacts."""

    @stream
    def list_companies(
        self,
        caller: Caller,
        *,
        updated_at: Mapping[str, Any] | None = None,
        created_at: Mapping[str, Any] | None = None,
    ) -> Walk[None]:
        """
        List companies, 25 per request.

        :param updated_at: ``{"min": …, "max": …}``, both given: times with their zone.
        :param created_at: likewise.
        :raises ValueError: an end is missing or no time.

        Source: https://docs.circa.co/ (Companies)
        """
        return pages(caller, endpoints.LIST_COMPANIES, query=narrowed(updated_at=updated_at, created_at=created_at))

    @operation
    def get_company(self, caller: Caller, company_id: str) -> Walk[JsonObject]:
        """
        Read a company.

        :return: ``{"id", "name", …}``.
        :raises NotFound: no such company.

        Source: https://docs.circa.co/ (Companies)
        """
        return call(caller, endpoints.GET_COMPANY, path={"company_id": company_id})

    @operation
    def create_company(self, caller: Caller, company: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Create a company. A lost reply is an error: names need not be unique.

        :param company: at least ``name``.
        :return: the company.
        :raises ValueError: an attribute is missing or wrong; nothing was sent.
        :raises Invalid: Circa refused a value; the message names every field.

        Source: https://docs.circa.co/ (Companies)
        """
        return call(caller, endpoints.CREATE_COMPANY, json=checked_company(company, new=True))

    @operation
    def update_company(self, caller: Caller, company_id: str, company: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Change attributes of a company; those not given stay.

        :return: the company.
        :raises ValueError: an attribute is wrong; nothing was sent.
        :raises Invalid: Circa refused a value; the message names every field.

        Source: https://docs.circa.co/ (Companies)
        """
        return call(caller, endpoints.UPDATE_COMPANY, path={"company_id": company_id}, json=checked_company(company))

    @operation
    def delete_company(self, caller: Caller, company_id: str) -> Walk[JsonObject]:
        """
        Delete a company.

        :raises NotFound: no such company; also where an earlier attempt deleted it and its reply was lost.

        Source: https://docs.circa.co/ (Companies)
        """
        return call(caller, endpoints.DELETE_COMPANY, path={"company_id": company_id})

    @stream
    def list_company_contacts(self, caller: Caller, company_id: str) -> Walk[None]:
        """
        List the contacts of a company, 25 per request.

        Source: https://docs.circa.co/ (Companies)
        """
        return pages(caller, endpoints.LIST_COMPANY_CONTACTS, path={"company_id": company_id})
