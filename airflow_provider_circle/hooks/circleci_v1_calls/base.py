"""What the groups of calls share: the connection as CircleCI's API v1.1, with a token or without."""

from __future__ import annotations

from airflow_provider_circle.core.service import Service
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.hooks.connection import ConnectionSettings
from airflow_provider_circle.vendors.circleci.parameters import checked_number
from airflow_provider_circle.vendors.circleci.v1.service import circleci_v1, project_in_path

__all__ = ["CircleCIV1Calls"]


class CircleCIV1Calls(CircleCICalls):
    """Base of the groups of calls. Without a token, what is public can be read."""

    token_optional = True

    def service(self, settings: ConnectionSettings) -> Service:
        """Describe CircleCI's API v1.1 as this connection reaches it."""
        return circleci_v1(settings.host, settings.token, timeout_s=settings.timeout_s, verify=settings.verify)

    def _project(self, project_slug: str | None) -> dict[str, str | int]:
        return {"project": project_in_path(self.project_slug(project_slug))}

    def _build(self, project_slug: str | None, build_num: int) -> dict[str, str | int]:
        return {**self._project(project_slug), "build_num": checked_number("build_num", build_num)}
