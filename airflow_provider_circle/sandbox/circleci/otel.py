"""OTLP exporters of an organization. The values of their headers are never told."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import read_object, read_text, read_word, refuse_unknown
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.organizations import Organizations
from airflow_provider_circle.sandbox.circleci.refusals import Refused

__all__ = ["OtelRoutes"]

_KIND = "exporter"
_MOST = 5
_REDACTED = "xxxx"


class OtelRoutes:
    """What can be done with exporters."""

    def __init__(self, organizations: Organizations, holdings: Holdings) -> None:
        self._organizations = organizations
        self._holdings = holdings

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``."""
        return [
            Route("/otel/exporters", self._list),
            Route("/otel/exporters", self._create, methods=["POST"]),
            Route("/otel/exporters/{exporter}", self._delete, methods=["DELETE"]),
        ]

    async def _list(self, request: Request) -> JSONResponse:
        if "org-id" not in request.query_params:
            raise Refused(400, "org-id is required")
        organization = self._organizations.with_id(request.query_params["org-id"])
        return JSONResponse(self._holdings.all(_KIND, organization["id"]))

    async def _create(self, request: Request) -> JSONResponse:
        body = await read_object(request)
        refuse_unknown(body, "org_id", "endpoint", "protocol", "headers", "insecure")
        endpoint, protocol = read_text(body, "endpoint"), read_word(body, "protocol", ("grpc", "http"))
        headers, insecure = body.get("headers", {}), body.get("insecure", False)
        if "://" in endpoint:
            raise Refused(400, "endpoint must be a host and a port, without a scheme")
        if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
            raise Refused(400, "headers must be an object of strings")
        if not isinstance(insecure, bool):
            raise Refused(400, "insecure must be a boolean")
        owner = self._organizations.with_id(read_text(body, "org_id"))["id"]
        if len(self._holdings.all(_KIND, owner)) >= _MOST:
            raise Refused(400, f"An organization has at most {_MOST} exporters")
        exporter = self._holdings.add(
            _KIND,
            owner,
            lambda exporter_id: {
                "id": exporter_id,
                "org_id": owner,
                "endpoint": endpoint,
                "protocol": protocol,
                "insecure": insecure,
                "headers": dict.fromkeys(headers, _REDACTED),
            },
        )
        return JSONResponse(exporter, status_code=201)

    async def _delete(self, request: Request) -> Response:
        self._holdings.remove(self._holdings.find(_KIND, None, request.path_params["exporter"]))
        return Response(status_code=204)
