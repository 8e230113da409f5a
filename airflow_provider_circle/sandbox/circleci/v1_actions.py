"""
The routes of the API v1.1 that change something.

Knows which body is asked for and how an action is answered. What it changes is the state's business.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci import replies
from airflow_provider_circle.sandbox.circleci.bodies import read_object, read_optional_text
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.routes import SLUG, project_of
from airflow_provider_circle.sandbox.circleci.v1_builds import details, summary
from airflow_provider_circle.sandbox.circleci.v1_replies import no_such_page, written
from airflow_provider_circle.sandbox.circleci.v1_routes import BRANCH, NUMBER, branch_of
from airflow_provider_circle.sandbox.circleci.v1_state import V1State

__all__ = ["V1ActingRoutes"]

_KEY_TYPES = ("deploy-key", "github-user-key")


class V1ActingRoutes:
    """The actions on builds, projects and keys."""

    def __init__(self, state: V1State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v1.1``; the last one answers whatever none is for."""
        return [
            Route(f"{SLUG}/follow", self._follow, methods=["POST"]),
            Route(f"{NUMBER}/retry", self._retry, methods=["POST"]),
            Route(f"{NUMBER}/cancel", self._cancel, methods=["POST"]),
            Route(f"{NUMBER}/ssh-users", self._add_ssh_user, methods=["POST"]),
            Route(SLUG, self._trigger, methods=["POST"]),
            Route(BRANCH, self._trigger_branch, methods=["POST"]),
            Route(f"{SLUG}/ssh-key", self._create_ssh_key, methods=["POST"]),
            Route(f"{SLUG}/ssh-key", self._delete_ssh_key, methods=["DELETE"]),
            Route(f"{SLUG}/checkout-key", self._create_checkout_key, methods=["POST"]),
            Route(f"{SLUG}/checkout-key/{{fingerprint}}", self._delete_checkout_key, methods=["DELETE"]),
            Route("/{rest:path}", _nothing_here, methods=["GET", "POST", "PUT", "DELETE"]),
        ]

    async def _follow(self, request: Request) -> Response:
        project = project_of(request)
        reply: dict[str, Any] = {"followed": True}
        if project not in self._state.followed:
            self._state.followed.append(project)
            if not self._state.builds(project):
                first = self._state.start(project, branch="main", why="first-build")
                reply["first_build"] = summary(first, self._state.now())
        return written(request, reply)

    async def _trigger(self, request: Request) -> Response:
        return await self._started(request, "main")

    async def _trigger_branch(self, request: Request) -> Response:
        branch = branch_of(request)
        return no_such_page() if branch is None else await self._started(request, branch)

    async def _started(self, request: Request, branch: str) -> Response:
        project, body = project_of(request), await read_object(request)
        tag, revision = read_optional_text(body, "tag"), read_optional_text(body, "revision")
        parameters = body.get("build_parameters") or {}
        if tag is not None and revision is not None:
            raise Refused(400, "tag and revision exclude each other")
        if not isinstance(parameters, dict) or not all(isinstance(value, str) for value in parameters.values()):
            raise Refused(400, "build_parameters must be a map of strings")
        build = self._state.start(
            project, branch=None if tag else branch, tag=tag, revision=revision, parameters=parameters
        )
        return written(request, summary(build, self._state.now()), 201)

    async def _retry(self, request: Request) -> Response:
        again = self._state.retry(self._state.build(project_of(request), str(request.path_params["number"])))
        return written(request, summary(again, self._state.now()))

    async def _cancel(self, request: Request) -> Response:
        build = self._state.build(project_of(request), str(request.path_params["number"]))
        self._state.cancel(build)
        return written(request, summary(build, self._state.now()))

    async def _add_ssh_user(self, request: Request) -> Response:
        build, now_s = self._state.build(project_of(request), str(request.path_params["number"])), self._state.now()
        if build.is_over(now_s):
            raise Refused(400, "the build is not running")
        users, user = self._state.ssh_users(build), {"login": replies.USER["login"]}
        users += [] if user in users else [user]
        return written(request, details(build, now_s, "", users))

    async def _create_ssh_key(self, request: Request) -> Response:
        project, body = project_of(request), await read_object(request)
        hostname, key = read_optional_text(body, "hostname"), read_optional_text(body, "private_key")
        if key is None:
            raise Refused(400, "private_key is missing")
        self._state.add_ssh_key(project, hostname or "", key)
        return Response(status_code=201)

    async def _delete_ssh_key(self, request: Request) -> Response:
        project, body = project_of(request), await read_object(request)
        hostname, fingerprint = read_optional_text(body, "hostname"), read_optional_text(body, "fingerprint")
        self._state.drop_ssh_key(project, hostname or "", fingerprint or "")
        return Response()

    async def _create_checkout_key(self, request: Request) -> Response:
        kind = (await read_object(request)).get("type")
        if kind not in _KEY_TYPES:
            raise Refused(400, f"type must be one of {', '.join(_KEY_TYPES)}")
        return written(request, self._state.issue_checkout_key(project_of(request), kind), 201)

    async def _delete_checkout_key(self, request: Request) -> Response:
        keys = self._state.checkout_keys(project_of(request))
        if keys.pop(request.path_params["fingerprint"], None) is None:
            raise not_found("checkout key")
        return written(request, {"message": "ok"})


async def _nothing_here(_request: Request) -> Response:
    return no_such_page()
