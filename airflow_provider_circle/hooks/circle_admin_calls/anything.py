"""Calls of any operation: for those that have no call by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.endpoint import Endpoint, Query
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls

__all__ = ["AnyCalls"]


class AnyCalls(CircleAdminCalls):
    """Call or list whatever ``vendors.circle_admin.endpoints`` describes."""

    @operation
    def call_endpoint(
        self,
        caller: Caller,
        endpoint: Endpoint,
        *,
        path: Mapping[str, str | int] | None = None,
        query: Query | None = None,
        json: Any = None,
    ) -> Walk[JsonObject]:
        """
        Make one request; what it sends is checked by Circle alone.

        :param endpoint: of ``vendors.circle_admin.endpoints``, in this connection's version of the API.
        :param path: a value for every placeholder of its path.
        :param query: parameters behind the question mark.
        :param json: body.
        :return: the object Circle answers; an empty one for an answer without content.
        :raises ValueError: no endpoint, or a placeholder without a value.

        Source: https://api.circle.so/apis/admin-api
        """
        return call(caller, _checked(endpoint), path=path, query=query, json=json)

    @stream
    def list_endpoint(
        self,
        caller: Caller,
        endpoint: Endpoint,
        *,
        path: Mapping[str, str | int] | None = None,
        query: Query | None = None,
    ) -> Walk[None]:
        """
        Go through a list, page by page, or through all rows of one that has no pages.

        :param endpoint: of ``vendors.circle_admin.endpoints``, in this connection's version of the API.
        :param path: a value for every placeholder of its path.
        :param query: parameters of every page; with ``{"per_page": 100}`` it takes the fewest requests.
        :raises ValueError: no endpoint, or a placeholder without a value.

        Source: https://api.circle.so/apis/admin-api
        """
        return pages(caller, _checked(endpoint), path=path, query=query)


def _checked(endpoint: Any) -> Endpoint:
    if not isinstance(endpoint, Endpoint):
        raise ValueError(
            "endpoint must be one of vendors.circle_admin.endpoints, such as spaces.GET_SPACE, got a "
            f"{type(endpoint).__name__}"
        )
    return endpoint
