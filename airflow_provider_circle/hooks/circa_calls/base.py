"""What the groups of calls share: the connection as Circa's API v1, and the ranges of time that narrow lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.endpoint import Query
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.hooks.base import CircleHook
from airflow_provider_circle.hooks.connection import ConnectionSettings
from airflow_provider_circle.vendors.circa.service import DEFAULT_HOST, DEFAULT_TIMEOUT_S, circa_v1
from airflow_provider_circle.vendors.circa.types import write_time_range

__all__ = ["CircaCalls", "narrowed"]


class CircaCalls(CircleHook):
    """Base of the groups of calls."""

    conn_type = "circa"
    default_host = DEFAULT_HOST
    default_timeout_s = DEFAULT_TIMEOUT_S

    def service(self, settings: ConnectionSettings) -> Service:
        """Describe Circa's API v1 as this connection reaches it."""
        return circa_v1(settings.host, settings.token, timeout_s=settings.timeout_s, verify=settings.verify)


def narrowed(**ranges: Mapping[str, Any] | None) -> Query:
    """
    Narrow a list by ranges of time, ``{"min": …, "max": …}``.

    :raises ValueError: an end is missing or no time.
    """
    query: dict[str, str] = {}
    for name, wanted in ranges.items():
        if wanted is not None:
            query |= {f"{name}[{end}]": moment for end, moment in write_time_range(name, wanted).items()}
    return query
