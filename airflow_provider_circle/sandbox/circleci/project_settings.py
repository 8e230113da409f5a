"""
Advanced settings of a project.

No repository of the sandbox is public, so ``oss`` stays off, without an error, as the description says.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import read_object
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.refusals import Refused
from airflow_provider_circle.sandbox.circleci.routes import SLUG, project_of

__all__ = ["ProjectSettingsRoutes"]

JsonObject = dict[str, Any]

_KIND = "project settings"
_BRANCHES = "pr_only_branch_overrides"
_MOST_BRANCHES = 100
_INITIAL: JsonObject = {
    "autocancel_builds": False,
    "build_fork_prs": False,
    "build_prs_only": False,
    "disable_ssh": False,
    "forks_receive_secret_env_vars": False,
    "oss": False,
    _BRANCHES: ["main"],
    "set_github_status": True,
    "setup_workflows": True,
    "write_settings_requires_admin": False,
}


class ProjectSettingsRoutes:
    """What can be done with settings."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route(f"{SLUG}/settings", self._get),
            Route(f"{SLUG}/settings", self._update, methods=["PATCH"]),
        ]

    def _settings(self, request: Request) -> JsonObject:
        return self._holdings.only(_KIND, project_of(request).id, "", lambda _: dict(_INITIAL))

    async def _get(self, request: Request) -> JSONResponse:
        return JSONResponse({"advanced": self._settings(request)})

    async def _update(self, request: Request) -> JSONResponse:
        settings, body = self._settings(request), await read_object(request)
        if not body:
            raise Refused(400, "No JSON fields found.")
        for name in body.keys() - {"advanced"}:
            raise Refused(400, f"Unexpected JSON field '{name}'")
        advanced = body["advanced"]
        if not isinstance(advanced, dict):
            raise Refused(400, "Field 'advanced' must be an object.")
        for name, value in advanced.items():
            _check(name, value)
        settings.update(advanced | {"oss": False})
        return JSONResponse({"advanced": settings})


def _check(name: str, value: Any) -> None:
    if name not in _INITIAL:
        raise Refused(400, f"Unknown advanced setting '{name}'.")
    if name != _BRANCHES:
        if not isinstance(value, bool):
            raise Refused(400, f"Setting '{name}' must be boolean.")
    elif not isinstance(value, list) or not all(isinstance(branch, str) for branch in value):
        raise Refused(400, f"Setting '{name}' must be a list of strings.")
    elif len(value) > _MOST_BRANCHES:
        raise Refused(400, f"Field '{name}' only supports up to {_MOST_BRANCHES} branches.")
