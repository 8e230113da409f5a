"""
CircleCI's API v1.1 as a service: address, sign-in, error shapes, and how a project is named in a path.

Knows nothing of Airflow; the hook hands in what the connection says.
"""

from __future__ import annotations

from airflow_provider_circle import __version__
from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.refusal import object_in
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.vendors.circleci.service import DEFAULT_TIMEOUT_S

__all__ = ["SOURCE", "circleci_v1", "project_in_path"]

SOURCE = "https://circleci.com/docs/api/v1/"
"""The vendor's reference, on one page."""

_V1 = "/api/v1.1"

_VCS_TYPES = {"gh": "github", "bb": "bitbucket"}
"""The reference knows these two names only. Unverified: that ``circleci``, which names projects of the GitHub App and
of GitLab, is served as well; it is sent as it is, and CircleCI refuses it or not."""


def circleci_v1(host: str, token: str, *, timeout_s: float = DEFAULT_TIMEOUT_S, verify: bool | str = True) -> Service:
    """
    Describe CircleCI's API v1.1 at a host.

    :param host: checked base URL such as ``https://circleci.com``.
    :param token: a personal API token, or a project's; empty to read public projects as nobody.
    :param timeout_s: seconds one exchange may take.
    :param verify: check the server's certificate; a text is the path of a CA bundle.

    Source: https://circleci.com/docs/api/v1/
    """
    return Service(
        name="CircleCI",
        base_url=host + _V1,
        headers={
            **({"Circle-Token": token} if token else {}),
            # Without it the reply is no JSON but Clojure's EDN.
            "Accept": "application/json",
            "User-Agent": f"airflow-provider-circle/{__version__}",
        },
        read_error=_read_error,
        timeout_s=timeout_s,
        verify=verify,
    )


def project_in_path(project_slug: str) -> str:
    """
    Name a project as a path of v1.1 does.

    :param project_slug: normalised, such as ``gh/organization/repository``.
    :return: such as ``github/organization/repository``.

    Source: https://circleci.com/docs/api/v1/ (Version Control Systems)
    """
    provider, _, rest = project_slug.partition("/")
    return f"{_VCS_TYPES.get(provider, provider)}/{rest}"


def _read_error(response: Response) -> str:
    """Refusals are ``{"message": …}``; a page of HTML, as an unknown path is answered with, or EDN says nothing."""
    message = object_in(response).get("message")
    return message if isinstance(message, str) else ""
