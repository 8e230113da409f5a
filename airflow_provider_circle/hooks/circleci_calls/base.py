"""What the groups of calls share: the connection as CircleCI's API v2, and its default project."""

from __future__ import annotations

from airflow_provider_circle.core.service import Service
from airflow_provider_circle.hooks.base import CircleHook
from airflow_provider_circle.hooks.connection import ConnectionSettings
from airflow_provider_circle.vendors.circleci.service import DEFAULT_HOST, DEFAULT_TIMEOUT_S, circleci_v2
from airflow_provider_circle.vendors.circleci.slug import project_slug_of

__all__ = ["CircleCICalls"]


class CircleCICalls(CircleHook):
    """Base of the groups of calls."""

    conn_type = "circleci"
    default_host = DEFAULT_HOST
    default_timeout_s = DEFAULT_TIMEOUT_S

    def service(self, settings: ConnectionSettings) -> Service:
        """Describe CircleCI's API v2 as this connection reaches it."""
        return circleci_v2(settings.host, settings.token, timeout_s=settings.timeout_s, verify=settings.verify)

    def project_slug(self, project_slug: str | None) -> str:
        """
        Check a project slug; without one take the connection's default project.

        :return: the slug with the short provider name.
        :raises ValueError: neither is given, or it is no slug.
        """
        slug = project_slug or self.settings.extras.get("project_slug")
        if not slug:
            raise ValueError(
                f"project_slug is missing: name a project, or a default project in connection {self.conn_id!r}"
            )
        return project_slug_of(slug)
