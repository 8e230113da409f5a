"""
The routes about what organizations and projects own, put together.

Knows which there are and what they share: the organizations, and one store for all records.
"""

from __future__ import annotations

from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.checkout_keys import CheckoutKeyRoutes
from airflow_provider_circle.sandbox.circleci.contexts import ContextRoutes
from airflow_provider_circle.sandbox.circleci.definition_triggers import TriggerRoutes
from airflow_provider_circle.sandbox.circleci.deployments import Deployments
from airflow_provider_circle.sandbox.circleci.deploys import DeployRoutes
from airflow_provider_circle.sandbox.circleci.env_vars import EnvVarRoutes
from airflow_provider_circle.sandbox.circleci.groups import GroupRoutes
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.oidc import OidcRoutes
from airflow_provider_circle.sandbox.circleci.organizations import OrganizationRoutes, Organizations
from airflow_provider_circle.sandbox.circleci.otel import OtelRoutes
from airflow_provider_circle.sandbox.circleci.pipeline_definitions import PipelineDefinitionRoutes
from airflow_provider_circle.sandbox.circleci.policies import PolicyRoutes
from airflow_provider_circle.sandbox.circleci.project_settings import ProjectSettingsRoutes
from airflow_provider_circle.sandbox.circleci.projects import ProjectRoutes, Projects
from airflow_provider_circle.sandbox.circleci.schedules import ScheduleRoutes
from airflow_provider_circle.sandbox.circleci.state import CircleCIState

__all__ = ["OwnedRoutes"]


class OwnedRoutes:
    """All of them, over one memory."""

    def __init__(self, state: CircleCIState) -> None:
        self._holdings = Holdings()
        self._organizations = Organizations(state, self._holdings)
        self._deployments = Deployments(state)
        self.projects = Projects()
        self._parts = (
            ProjectRoutes(self.projects, self._organizations, self._holdings),
            ProjectSettingsRoutes(self._holdings),
            ContextRoutes(self._organizations, self._holdings, state),
            EnvVarRoutes(self._holdings, state),
            CheckoutKeyRoutes(self._holdings, state),
            ScheduleRoutes(self._holdings, state),
            OrganizationRoutes(self._organizations, self._holdings),
            GroupRoutes(self._organizations, self._holdings),
            OtelRoutes(self._organizations, self._holdings),
            OidcRoutes(self._organizations, self._holdings, state),
            PolicyRoutes(self._organizations, self._holdings, state),
            PipelineDefinitionRoutes(self._holdings, state),
            TriggerRoutes(self._holdings),
            DeployRoutes(self._organizations, self._deployments),
        )

    def reset(self) -> None:
        """Forget everything that was made or deleted."""
        self._holdings.reset()
        self._organizations.reset()
        self.projects.reset()
        self._deployments.reset()

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [route for part in self._parts for route in part.routes()]
