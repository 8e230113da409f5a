"""
CircleCI's API v2 as a service: address, sign-in, error shapes, and where a person looks.

Knows nothing of Airflow; the hook hands in what the connection says.
"""

from __future__ import annotations

import json
from urllib.parse import quote, urlsplit

from airflow_provider_circle import __version__
from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.core.refusal import object_in
from airflow_provider_circle.core.service import Service

__all__ = ["DEFAULT_HOST", "DEFAULT_TIMEOUT_S", "circleci_v2", "pipeline_url", "workflow_url"]

DEFAULT_HOST = "https://circleci.com"
"""CircleCI Cloud; a CircleCI Server has the customer's own host."""

DEFAULT_TIMEOUT_S = 30.0
"""Seconds one exchange with CircleCI may take."""

_V2 = "/api/v2"


def circleci_v2(host: str, token: str, *, timeout_s: float = DEFAULT_TIMEOUT_S, verify: bool | str = True) -> Service:
    """
    Describe CircleCI's API v2 at a host.

    :param host: checked base URL such as ``https://circleci.com``.
    :param token: a personal API token; project tokens do not work on v2.
    :param timeout_s: seconds one exchange may take.
    :param verify: check the server's certificate; a text is the path of a CA bundle.

    Source: https://circleci.com/docs/api/v2/#section/Authentication
    """
    return Service(
        name="CircleCI",
        base_url=host + _V2,
        headers={
            "Circle-Token": token,
            "Accept": "application/json",
            "User-Agent": f"airflow-provider-circle/{__version__}",
        },
        read_error=_read_error,
        timeout_s=timeout_s,
        verify=verify,
    )


def pipeline_url(service: Service, project_slug: str, number: int | None) -> str | None:
    """
    Say where a person finds a pipeline.

    :param number: the pipeline's number in its project; without one there is no page.
    :return: ``https://app.circleci.com/pipelines/…``. On a CircleCI Server the web application shares the API's host.
        Unverified: that a Server of every release serves this path.
    """
    if number is None:
        return None
    return f"{_app(service)}/pipelines/{quote(project_slug)}/{number}"


def workflow_url(service: Service, workflow: JsonObject) -> str | None:
    """
    Say where a person finds a workflow.

    :param workflow: as CircleCI sent it.
    :return: the pipeline's page and below it the workflow; without an id the pipeline's page.
    """
    slug, number = workflow.get("project_slug"), workflow.get("pipeline_number")
    page = pipeline_url(service, slug, number) if isinstance(slug, str) else None
    return f"{page}/workflows/{quote(workflow['id'])}" if page and workflow.get("id") else page


def _app(service: Service) -> str:
    host = service.base_url.removesuffix(_V2)
    return "https://app.circleci.com" if urlsplit(host).hostname == "circleci.com" else host


def _read_error(response: Response) -> str:
    """Most groups of the API answer ``{"message": …}``, some ``{"error": …}``; a proxy's HTML says nothing."""
    reply = object_in(response)
    message = reply.get("message") or reply.get("error") or ""
    return message if isinstance(message, str) else json.dumps(message)
