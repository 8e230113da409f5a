"""OTLP exporters, which send an organization's spans elsewhere. CircleCI calls these operations experimental."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import V2

__all__ = ["CREATE_OTEL_EXPORTER", "DELETE_OTEL_EXPORTER", "LIST_OTEL_EXPORTERS"]

LIST_OTEL_EXPORTERS = Endpoint("GET", "/otel/exporters", V2 + "listOtelExporters")
CREATE_OTEL_EXPORTER = Endpoint("POST", "/otel/exporters", V2 + "createOtelExporter")
DELETE_OTEL_EXPORTER = Endpoint("DELETE", "/otel/exporters/{otel_exporter_id}", V2 + "deleteOtelExporter")
