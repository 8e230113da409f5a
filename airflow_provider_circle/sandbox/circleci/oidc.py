"""
Custom claims of OIDC tokens, of an organization and of its projects.

Unverified: that an organization or a project that is not there is refused with 403; no 404 is described.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import is_uuid, read_object
from airflow_provider_circle.sandbox.circleci.errors import saying_error
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.organizations import Organizations
from airflow_provider_circle.sandbox.circleci.refusals import Refused
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["OidcRoutes"]

JsonObject = dict[str, Any]

_KIND = "claims"
_CLAIMS = ("audience", "ttl")
_PATHS = ("/org/{organization}/oidc-custom-claims", "/org/{organization}/project/{project}/oidc-custom-claims")
_TTL = re.compile(r"([0-9]+(ms|s|m|h|d|w)){1,7}")


class OidcRoutes:
    """What can be done with claims."""

    def __init__(self, organizations: Organizations, holdings: Holdings, state: CircleCIState) -> None:
        self._organizations = organizations
        self._holdings = holdings
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        handlers = {"GET": self._get, "PATCH": self._update, "DELETE": self._delete}
        return [
            Route(path, saying_error(handle), methods=[method])
            for path in _PATHS
            for method, handle in handlers.items()
        ]

    def _claims(self, request: Request) -> JsonObject:
        organization_id = request.path_params["organization"].lower()
        project_id = request.path_params.get("project", "").lower()
        if not is_uuid(organization_id) or not (is_uuid(project_id) or project_id == ""):
            raise Refused(400, "An id in the path is no UUID")
        try:
            self._organizations.with_id(organization_id)
        except Refused as missing:
            raise Refused(403, "Forbidden") from missing
        place = {"org_id": organization_id, **({"project_id": project_id} if project_id else {})}
        return self._holdings.only(_KIND, organization_id, project_id, lambda _: place)

    async def _get(self, request: Request) -> JSONResponse:
        return JSONResponse(self._claims(request))

    async def _update(self, request: Request) -> JSONResponse:
        claims, body = self._claims(request), await read_object(request)
        audience, ttl = body.get("audience"), body.get("ttl")
        if audience is not None and not (
            isinstance(audience, list) and all(isinstance(each, str) and each for each in audience)
        ):
            raise Refused(400, "audience must be a list of strings")
        if ttl is not None and not (isinstance(ttl, str) and _TTL.fullmatch(ttl)):
            raise Refused(400, "ttl must be a duration such as 1h30m")
        changed_at = timestamp(self._state.now())
        for name in _CLAIMS:
            if body.get(name) is not None:
                claims |= {name: body[name], f"{name}_updated_at": changed_at}
        return JSONResponse(claims)

    async def _delete(self, request: Request) -> JSONResponse:
        claims = self._claims(request)
        names = request.query_params.get("claims", "").split(",")
        if not set(names) <= set(_CLAIMS):
            raise Refused(400, f"claims must be a list of {', '.join(_CLAIMS)}")
        for name in names:
            claims.pop(name, None)
            claims.pop(f"{name}_updated_at", None)
        return JSONResponse(claims)
