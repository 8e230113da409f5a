"""What the groups of calls share: the connection as one of the two Admin APIs, and lists with their filters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from airflow_provider_circle.core.endpoint import Endpoint, Query
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.pacing import Limit
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.stream import Stream
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import CircleHook
from airflow_provider_circle.hooks.connection import ConnectionSettings
from airflow_provider_circle.vendors.circle_admin.arguments import checked_id, is_id
from airflow_provider_circle.vendors.circle_admin.service import (
    DEFAULT_HOST,
    DEFAULT_TIMEOUT_S,
    LIMIT,
    circle_admin_v1,
    circle_admin_v2,
)
from airflow_provider_circle.vendors.circle_admin.streams import STREAMS, V1_STREAMS

__all__ = ["CircleAdminCalls"]

_VERSIONS = ("v2", "v1")


class CircleAdminCalls(CircleHook):
    """Base of the groups of calls."""

    conn_type = "circle_admin"
    default_host = DEFAULT_HOST
    default_timeout_s = DEFAULT_TIMEOUT_S
    default_limit: ClassVar[Limit | None] = LIMIT

    def service(self, settings: ConnectionSettings) -> Service:
        """
        Describe the Admin API as this connection reaches it.

        :raises ValueError: an unknown version, or v1 without a community.
        """
        if _version(settings) == "v2":
            return circle_admin_v2(settings.host, settings.token, timeout_s=settings.timeout_s, verify=settings.verify)
        community_id = settings.extras.get("community_id")
        if not is_id(community_id):
            got = "none" if community_id is None else repr(community_id)
            raise ValueError(
                f"connection {settings.conn_id!r}: community_id must be the community's number, which api_version v1 "
                f"sends with every request; got {got}"
            )
        return circle_admin_v1(
            settings.host,
            settings.token,
            int(str(community_id)),
            timeout_s=settings.timeout_s,
            verify=settings.verify,
        )

    @property
    def api_version(self) -> str:
        """``v2`` or ``v1``, as the connection says."""
        return _version(self.settings)

    @property
    def streams(self) -> Mapping[str, Stream]:
        """The lists that can be pulled with this connection's version of the API, by name."""
        return STREAMS if self.api_version == "v2" else V1_STREAMS

    def endpoint(self, v2: Endpoint, v1: Endpoint | None) -> Endpoint:
        """
        Choose the operation of this connection's version of the API.

        :param v1: ``None`` where v1 has none, or nobody knows of one.
        :raises ValueError: v1 has none.
        """
        if self.api_version == "v2":
            return v2
        if v1 is None:
            raise ValueError(
                f"{v2.method} {v2.path} is part of the Admin API v2 only, and connection {self.conn_id!r} says "
                "api_version v1; use a connection with a v2 token"
            )
        return v1

    def ask(
        self,
        caller: Caller,
        v2: Endpoint,
        v1: Endpoint | None = None,
        *,
        path: Mapping[str, str | int] | None = None,
        query: Mapping[str, str | int | bool] | None = None,
        json: Any = None,
    ) -> Walk[JsonObject]:
        """Make a call of one answer in this connection's version of the API."""
        return call(caller, self.endpoint(v2, v1), path=path, query=query, json=json)

    def listed(self, caller: Caller, name: str, /, *, within: Query | None = None, **filters: Any) -> Walk[None]:
        """
        List a stream's records, narrowed by the filters that are not ``None``.

        :param name: the stream's.
        :param within: further parameters, which bound the list in time.
        :param filters: under the API's names; the parent's id among them, where the stream has one.
        :raises ValueError: a filter of the wrong kind, or one that this version of the API does not know.
        """
        if name not in self.streams:
            self.endpoint(STREAMS[name].endpoint, None)
        stream = self.streams[name]
        path: dict[str, str | int] = {}
        query = dict(stream.query)
        if stream.parent is not None:
            parameter = stream.parent.parameter
            parent = checked_id(parameter, filters.pop(parameter, None))
            (path if f"{{{parameter}}}" in stream.endpoint.path else query)[parameter] = parent
        for each, value in filters.items():
            if value is None:
                continue
            if each not in stream.filters:
                raise ValueError(f"{each} narrows {name} in the Admin API v2 only, not in api_version v1")
            query |= stream.filters[each](each, value)
        if within and self.api_version == "v1":
            raise ValueError(f"a span of time narrows {name} in the Admin API v2 only, not in api_version v1")
        query |= within or {}
        return pages(caller, stream.endpoint, path=path, query=query)


def _version(settings: ConnectionSettings) -> str:
    version = str(settings.extras.get("api_version", "v2")).strip().lower()
    if version not in _VERSIONS:
        raise ValueError(f"connection {settings.conn_id!r}: api_version must be v2 or v1, got {version!r}")
    return version
