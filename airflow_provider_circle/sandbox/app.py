"""
The application: which services are served, and how the parts are wired.

Knows the whole and no detail.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount

from airflow_provider_circle.sandbox.circa.service import CircaService
from airflow_provider_circle.sandbox.circle_admin.service import CircleAdminService
from airflow_provider_circle.sandbox.circleci.service import CircleCIService
from airflow_provider_circle.sandbox.circleme.service import CircleMeService
from airflow_provider_circle.sandbox.client import DEFAULT_TOKEN
from airflow_provider_circle.sandbox.clock import VirtualClock
from airflow_provider_circle.sandbox.controls import Controls, refuse_value
from airflow_provider_circle.sandbox.faults import FaultBoard
from airflow_provider_circle.sandbox.gateway import CONTROL_PREFIX, Gateway
from airflow_provider_circle.sandbox.recorder import Recorder
from airflow_provider_circle.sandbox.service import Service

__all__ = ["SERVICES", "Settings", "create_app"]

_KINDS = (CircleCIService, CircleAdminService, CircaService, CircleMeService)

SERVICES = tuple(kind.name for kind in _KINDS)
"""Names of the services that are served."""


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What can be chosen at the start.

    :param token: the one token the services accept.
    :param service_tokens: by service, where one accepts a token of its own.
    :param speed: virtual seconds per real second.
    :param skew_s: seconds by which virtual time is ahead of real time at the start, or behind where negative.
    """

    token: str = DEFAULT_TOKEN
    service_tokens: Mapping[str, str] = field(default_factory=dict)
    speed: float = 1.0
    skew_s: float = 0.0


def create_app(
    settings: Settings, clock: VirtualClock | None = None, go_down: Callable[[float], None] | None = None
) -> Gateway:
    """
    Build the ASGI application.

    :param clock: another clock than the real one, for tests.
    :param go_down: closes the port for so many seconds; left out where there is no port.
    """
    clock = clock or VirtualClock(settings.speed, wall=lambda: time.time() + settings.skew_s)
    recorder = Recorder()
    faults = FaultBoard()
    services: list[Service] = [kind(clock, settings.service_tokens.get(kind.name, settings.token)) for kind in _KINDS]

    def reset_all() -> None:
        clock.reset()
        recorder.clear()
        faults.clear()
        for service in services:
            service.reset()

    controls = Starlette(
        routes=[
            *Controls(clock, recorder, faults, reset_all, go_down).routes(),
            *(Mount(f"/{service.name}", routes=service.controls) for service in services),
        ],
        exception_handlers={ValueError: refuse_value, HTTPException: _explain, Exception: _confess},
    )
    router = Starlette(
        routes=[
            Mount(CONTROL_PREFIX, app=controls),
            *(Mount(f"/{service.name}", app=service.api) for service in services),
        ],
        exception_handlers={HTTPException: _explain},
    )
    return Gateway(router, clock, recorder, faults)


async def _confess(_request: Request, error: Exception) -> JSONResponse:
    """Answer a control request at which the sandbox itself has failed."""
    return JSONResponse({"message": f"{type(error).__name__}: {error}"}, status_code=500)


async def _explain(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse({"message": f"The sandbox serves nothing at {request.url.path}"}, status_code=status)
