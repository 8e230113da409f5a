"""Calls about OTLP exporters, which are experimental. Tokens in their headers stay out of logs and errors."""

from __future__ import annotations

from collections.abc import Mapping

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.hooks.circleci_calls.discreet import discreet
from airflow_provider_circle.vendors.circleci.arguments import checked_mapping, checked_uuid, given
from airflow_provider_circle.vendors.circleci.endpoints import otel

__all__ = ["OtelCalls"]


class OtelCalls(CircleCICalls):
    """List, create and delete the exporters that send an organization's spans elsewhere."""

    @stream
    def list_otel_exporters(self, caller: Caller, org_id: str) -> Walk[None]:
        """
        Stream an organization's exporters; there are at most 5.

        :param org_id: UUID of the organization.
        :return: records ``{"id", "org_id", "endpoint", "protocol", "insecure", "headers", "issues"}``; the headers'
            values are ``xxxx``.
        :raises ValueError: ``org_id`` is no UUID.

        Source: https://circleci.com/docs/api/v2/#operation/listOtelExporters
        """
        return pages(caller, otel.LIST_OTEL_EXPORTERS, query={"org-id": checked_uuid("org_id", org_id)})

    @operation
    def create_otel_exporter(
        self,
        caller: Caller,
        org_id: str,
        endpoint: str,
        protocol: str,
        *,
        headers: Mapping[str, str] | None = None,
        insecure: bool | None = None,
    ) -> Walk[JsonObject]:
        """
        Let an organization's spans be sent to an OTLP endpoint.

        :param org_id: UUID of the organization.
        :param endpoint: host and port, without ``https://``.
        :param protocol: ``grpc`` or ``http``.
        :param headers: sent with every export; their values are masked in logs and kept out of errors.
        :param insecure: send without TLS; CircleCI's default where left out.
        :return: as a record of :meth:`list_otel_exporters`.
        :raises ValueError: an argument CircleCI would refuse.
        :raises Invalid: CircleCI refuses it; a sixth exporter, for one.

        Source: https://circleci.com/docs/api/v2/#operation/createOtelExporter
        """
        if "://" in checked_text("endpoint", endpoint):
            raise ValueError("endpoint must be a host and a port, such as otel.example.com:4317, without https://")
        body = {
            "org_id": checked_uuid("org_id", org_id),
            "endpoint": endpoint,
            "protocol": checked_word("protocol", protocol, "grpc", "http"),
            **given(headers=_headers(headers), insecure=insecure),
        }
        values = body.get("headers", {}).values()
        # What follows a scheme such as Bearer is a secret by itself.
        secrets = [*values, *(value.rpartition(" ")[2] for value in values)]
        return call(discreet(caller, secrets), otel.CREATE_OTEL_EXPORTER, json=body)

    @operation
    def delete_otel_exporter(self, caller: Caller, otel_exporter_id: str) -> Walk[JsonObject]:
        """
        Delete an exporter.

        :param otel_exporter_id: its UUID.
        :return: an empty object.
        :raises ValueError: ``otel_exporter_id`` is no UUID.
        :raises NotFound: no such exporter, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/deleteOtelExporter
        """
        path = {"otel_exporter_id": checked_uuid("otel_exporter_id", otel_exporter_id)}
        return call(caller, otel.DELETE_OTEL_EXPORTER, path=path)


def _headers(headers: Mapping[str, str] | None) -> dict[str, str] | None:
    if headers is None:
        return None
    checked = checked_mapping("headers", headers)
    for name, value in checked.items():
        if not isinstance(value, str):
            raise ValueError(f"headers[{name!r}] must be a text, got a {type(value).__name__}")
    return checked
