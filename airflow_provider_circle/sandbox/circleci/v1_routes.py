"""
The routes of the API v1.1 that only read, and the outputs of steps, which need no token but a signature.

Knows which question is answered with which object, who may ask without a token, and which replies may be kept.
"""

from __future__ import annotations

import re
from hmac import compare_digest
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci import replies
from airflow_provider_circle.sandbox.circleci.artifacts import FILES, Artifacts
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.routes import SLUG, project_of
from airflow_provider_circle.sandbox.circleci.slugs import Project, find_project
from airflow_provider_circle.sandbox.circleci.v1_builds import STEPS, Build, details, sign, step_status, summary
from airflow_provider_circle.sandbox.circleci.v1_output import output_reply
from airflow_provider_circle.sandbox.circleci.v1_replies import no_such_page, written
from airflow_provider_circle.sandbox.circleci.v1_state import V1State

__all__ = ["BRANCH", "NUMBER", "STEP_OUTPUT", "V1ReadingRoutes", "branch_of", "open_to_all"]

STEP_OUTPUT = "/step-output/"
"""Where the outputs of steps are handed out; the API's gate does not stand before them."""

BRANCH = f"{SLUG}/tree/{{branch:path}}"
NUMBER = f"{SLUG}/{{number:int}}"

_MOST = 100
_USUAL = 30
_FINISHED_FOR_S = 600
"""Seconds for which a finished build may be kept. Unverified: which replies the vendor lets be kept, and how long."""

_FILTERS = {
    "completed": ("finished", None),
    "successful": ("finished", "success"),
    "failed": ("finished", "failed"),
    "running": ("running", None),
}
_PUBLIC_READS = re.compile(
    r"/api/v1\.1/project/(?P<provider>[^/]+)/(?P<organization>[^/]+)/(?P<project>[^/]+)"
    r"(/tree/.+|/\d+(/artifacts|/tests)?|/latest/artifacts)?$"
)


def open_to_all(state: V1State, request: Request) -> bool:
    """Say whether a request is answered without a token: a read of what is public."""
    found = _PUBLIC_READS.search(request.url.path)
    if request.method != "GET" or found is None:
        return False
    try:
        return find_project(*found.group("provider", "organization", "project")).slug in state.public
    except Refused:
        return False


def branch_of(request: Request) -> str | None:
    """Read the branch out of a path; ``None`` when a slash in it was not escaped, which leads elsewhere."""
    raw = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    return None if "/" in raw.partition("/tree/")[2] else request.path_params["branch"]


class V1ReadingRoutes:
    """The answers to questions about builds, projects and keys."""

    def __init__(self, state: V1State, artifacts: Artifacts) -> None:
        self._state = state
        self._artifacts = artifacts

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v1.1``."""
        return [
            Route("/me", self._me),
            Route("/projects", self._projects),
            Route("/recent-builds", self._recent_builds),
            Route(SLUG, self._project_builds),
            Route(BRANCH, self._branch_builds),
            Route(NUMBER, self._build),
            Route(f"{NUMBER}/artifacts", self._build_artifacts),
            Route(f"{SLUG}/latest/artifacts", self._latest_artifacts),
            Route(f"{NUMBER}/tests", self._tests),
            Route(f"{SLUG}/checkout-key", self._checkout_keys),
            Route(f"{SLUG}/checkout-key/{{fingerprint}}", self._checkout_key),
        ]

    def output_routes(self) -> list[Route]:
        """Build the routes of the outputs, relative to the service."""
        return [Route(STEP_OUTPUT + "{provider}/{organization}/{project}/{number:int}/{step:int}", self._output)]

    async def _me(self, request: Request) -> Response:
        user = {name: replies.USER[name] for name in ("login", "name", "avatar_url")}
        return written(request, {**user, "basic_email_prefs": "smart", "admin": False})

    async def _projects(self, request: Request) -> Response:
        return written(request, [self._project(project) for project in self._state.followed])

    async def _recent_builds(self, request: Request) -> Response:
        return self._listed(request, self._state.builds())

    async def _project_builds(self, request: Request) -> Response:
        return self._listed(request, self._filtered(request, self._state.builds(project_of(request))))

    async def _branch_builds(self, request: Request) -> Response:
        branch = branch_of(request)
        if branch is None:
            return no_such_page()
        of_branch = [build for build in self._state.builds(project_of(request)) if build.branch == branch]
        return self._listed(request, self._filtered(request, of_branch))

    async def _build(self, request: Request) -> Response:
        build, now_s = self._named(request), self._state.now()
        output_base = _elsewhere(request) + STEP_OUTPUT.rstrip("/")
        kept = {"Cache-Control": f"private, max-age={_FINISHED_FOR_S}"} if build.is_over(now_s) else None
        return written(request, details(build, now_s, output_base, self._state.ssh_users(build)), headers=kept)

    async def _build_artifacts(self, request: Request) -> Response:
        return written(request, self._artifacts_of(request, self._named(request)))

    async def _latest_artifacts(self, request: Request) -> Response:
        branch = request.query_params.get("branch")
        builds = self._filtered(request, self._state.builds(project_of(request)))
        latest = next((build for build in builds if branch is None or build.branch == branch), None)
        if latest is None:
            raise not_found("Build")
        return written(request, self._artifacts_of(request, latest))

    async def _tests(self, request: Request) -> Response:
        found = replies.test_results(self._named(request).job, self._state.now())
        return written(request, {"tests": found, "exceptions": []})

    async def _checkout_keys(self, request: Request) -> Response:
        return written(request, list(self._state.checkout_keys(project_of(request)).values()))

    async def _checkout_key(self, request: Request) -> Response:
        keys = self._state.checkout_keys(project_of(request))
        if request.path_params["fingerprint"] not in keys:
            raise not_found("checkout key")
        return written(request, keys[request.path_params["fingerprint"]])

    async def _output(self, request: Request) -> Response:
        build, step = self._named(request), request.path_params["step"]
        given = request.query_params.get("signature", "")
        if step >= len(STEPS) or not compare_digest(given, sign(build.project, build.number, step)):
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="application/xml")
        now_s = self._state.now()
        return output_reply(build, step_status(build, step, now_s), now_s, request.headers.get("range", ""))

    def _named(self, request: Request) -> Build:
        return self._state.build(project_of(request), str(request.path_params["number"]))

    def _artifacts_of(self, request: Request, build: Build) -> list[dict[str, Any]]:
        """List what the artifact host knows of: that is the jobs of v2."""
        if build.workflow is None:
            return []
        base = f"{_elsewhere(request)}{FILES[0]}{build.job.id}/artifacts"
        return [
            {
                "path": stored.path,
                "pretty_path": stored.path,
                "node_index": stored.node_index,
                "url": f"{base}/{stored.node_index}/{quote(stored.path)}",
            }
            for stored in self._artifacts.stored(build.job)
        ]

    def _filtered(self, request: Request, builds: list[Build]) -> list[Build]:
        lifecycle, outcome = _FILTERS.get(request.query_params.get("filter", ""), (None, None))
        now_s = self._state.now()
        words = [(build, *build.words(now_s)) for build in builds]
        return [
            build
            for build, its_lifecycle, _, its_outcome in words
            if lifecycle in {None, its_lifecycle} and outcome in {None, its_outcome}
        ]

    def _listed(self, request: Request, builds: list[Build]) -> Response:
        limit, offset = (_number(request, name, usual) for name, usual in (("limit", _USUAL), ("offset", 0)))
        shallow = request.query_params.get("shallow") == "true"
        shown = builds[offset : offset + min(limit, _MOST)]
        return written(request, [summary(build, self._state.now(), shallow=shallow) for build in shown])

    def _project(self, project: Project) -> dict[str, Any]:
        now_s = self._state.now()
        branches: dict[str, Any] = {}
        for build in self._state.builds(project):
            if build.branch is None:
                continue
            told = {"build_num": build.number, "vcs_revision": build.revision, "outcome": build.words(now_s)[2]}
            branch = branches.setdefault(build.branch, {"recent_builds": [], "running_builds": []})
            branch["recent_builds" if build.is_over(now_s) else "running_builds"].append(told)
        return {
            "vcs_url": project.vcs_url,
            "vcs_type": project.provider_name.lower(),
            "followed": True,
            "username": project.organization.name,
            "reponame": project.name,
            "default_branch": "main",
            "oss": project.slug in self._state.public,
            "branches": branches,
        }


def _elsewhere(request: Request) -> str:
    """Call this service by the sandbox's other name, which is another host to everybody."""
    name = "localhost" if request.url.hostname == "127.0.0.1" else "127.0.0.1"
    port = f":{request.url.port}" if request.url.port else ""
    return f"{request.url.scheme}://{name}{port}/circleci"


def _number(request: Request, name: str, usual: int) -> int:
    given = request.query_params.get(name, str(usual))
    if not given.isdigit():
        raise Refused(400, f"{name} must be a number")
    return int(given)
