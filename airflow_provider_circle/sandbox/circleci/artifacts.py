"""
Artifacts: which a job has left, and the hosts that hand them out.

Knows the artifact host, which may want the token, and the storage behind it, which takes a signature, knows ranges and
strong ETags, and looks at no token. Both are this sandbox under its other name, ``localhost``, so that they are
strangers to whom the API is at ``127.0.0.1``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.model import Job
from airflow_provider_circle.sandbox.circleci.paging import page
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.slugs import find_project, named_project
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.controls import read_fields

__all__ = ["FILES", "Artifacts"]

FILES = ("/output/job/", "/artifact-storage/")
"""Where files are handed out; the API's gate does not stand before them."""

_PATTERN_BYTES = 1_048_583
"""Contents repeat after so many bytes: a prime, so that no part at a round place looks like another."""

_RANGE = re.compile(r"bytes=(?P<first>\d+)-(?P<last>\d*)")
_JOB_FIELDS = ("project_slug", "job_number", "artifacts", "tests")


@dataclass(frozen=True)
class Stored:
    """
    One file.

    :param text: what is in it; ``None`` for so many made-up bytes.
    """

    path: str
    node_index: int
    size: int
    text: str | None = None

    @cached_property
    def content(self) -> bytes:
        """What is in it."""
        if self.text is not None:
            return self.text.encode()
        pattern = Random(f"{self.node_index} {self.path}").randbytes(min(self.size, _PATTERN_BYTES))  # noqa: S311
        return (pattern * (self.size // max(1, len(pattern)) + 1))[: self.size]

    @cached_property
    def etag(self) -> str:
        """What changes with the content."""
        return f'"{sha256(self.content).hexdigest()[:32]}"'

    def signature(self, job: Job) -> str:
        """What opens it at the storage."""
        return sha256(f"sandbox {job.id} {self.node_index} {self.path}".encode()).hexdigest()


@dataclass(slots=True)
class _Hosts:
    """
    How files are handed out.

    :param needs_token: the artifact host wants the token, as for private projects.
    :param own_host: the artifact host is the API's own.
    :param redirects: the artifact host sends to the storage; else it answers itself.
    :param ranges: parts can be asked for.
    :param etags: files have ETags.
    """

    needs_token: bool = False
    own_host: bool = False
    redirects: bool = True
    ranges: bool = True
    etags: bool = True


@dataclass(slots=True)
class Artifacts:
    """
    The artifacts of all jobs, and the test results that a test gave them.

    :param token: what the artifact host may want.
    """

    state: CircleCIState
    token: str
    hosts: _Hosts = field(default_factory=_Hosts)
    _given: dict[str, list[Stored]] = field(default_factory=dict)

    def reset(self) -> None:
        """Forget what was given, and how files were to be handed out."""
        self.hosts = _Hosts()
        self._given.clear()

    def listing(self) -> Route:
        """Build the route of the API, relative to ``/api/v2``."""
        return Route("/project/{provider}/{organization}/{project}/{number}/artifacts", self._list)

    def files(self) -> list[Route]:
        """Build the routes of the artifact host and the storage."""
        return [
            Route(f"{FILES[0]}{{job}}/artifacts/{{node}}/{{path:path}}", self._artifact_host),
            Route(f"{FILES[1]}{{job}}/{{node}}/{{path:path}}", self._storage),
        ]

    def controls(self) -> list[Route]:
        """Build the routes, relative to ``/_sandbox/circleci``."""
        return [
            Route("/outputs", self._give, methods=["POST"]),
            Route("/artifact_hosts", self._choose, methods=["POST"]),
        ]

    def stored(self, job: Job) -> list[Stored]:
        """List what a job has left: nothing before its end; then a log and a report, if no test said otherwise."""
        if job.stopped_at(self.state.now()) is None:
            return []
        log, report = f"{job.name} {job.number}\n" * 20, f'{{"job": "{job.name}"}}\n'
        default = [
            Stored(f"{job.name}/log.txt", 0, len(log), log),
            Stored(f"{job.name}/report.json", 0, len(report), report),
        ]
        return self._given.get(job.id, default)

    async def _list(self, request: Request) -> JSONResponse:
        parts = request.path_params
        project = find_project(parts["provider"], parts["organization"], parts["project"])
        _, job = self.state.numbered_job(project, parts["number"])
        prefix = _here(request) if self.hosts.own_host else _elsewhere(request)
        items = [
            {
                "path": stored.path,
                "node_index": stored.node_index,
                "url": f"{prefix}{FILES[0]}{job.id}/artifacts/{stored.node_index}/{quote(stored.path)}",
            }
            for stored in self.stored(job)
        ]
        return JSONResponse(page(items, request.query_params.get("page-token")))

    async def _artifact_host(self, request: Request) -> Response:
        job, stored = self._found(request)
        if self.hosts.needs_token and request.headers.get("circle-token") != self.token:
            return JSONResponse({"message": "You must log in first"}, status_code=401)
        if not self.hosts.redirects:
            return self._answer(request, stored)
        place = f"{FILES[1]}{job.id}/{stored.node_index}/{quote(stored.path)}?signature={stored.signature(job)}"
        return RedirectResponse(_elsewhere(request) + place, status_code=302)

    async def _storage(self, request: Request) -> Response:
        job, stored = self._found(request)
        if request.query_params.get("signature") != stored.signature(job):
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="application/xml")
        return self._answer(request, stored)

    def _answer(self, request: Request, stored: Stored) -> Response:
        headers = {"ETag": stored.etag} if self.hosts.etags else {}
        headers |= {"Accept-Ranges": "bytes"} if self.hosts.ranges else {}
        part = _RANGE.fullmatch(request.headers.get("range", "")) if self.hosts.ranges else None
        # If-Range wants the very ETag; without one nothing is known to be the same.
        known = request.headers.get("if-range")
        if part is None or (known is not None and known != headers.get("ETag")):
            return Response(stored.content, headers=headers, media_type="application/octet-stream")
        size = len(stored.content)
        first, last = int(part["first"]), min(int(part["last"] or size - 1), size - 1)
        if first > last:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        return Response(stored.content[first : last + 1], 206, headers, media_type="application/octet-stream")

    def _found(self, request: Request) -> tuple[Job, Stored]:
        """
        Find the file a path names.

        :raises Refused: 404.
        """
        parts = request.path_params
        _, job = self.state.job(parts["job"])
        for stored in self.stored(job):
            if (str(stored.node_index), stored.path) == (parts["node"], parts["path"]):
                return job, stored
        raise not_found("Artifact")

    async def _give(self, request: Request) -> JSONResponse:
        fields = await read_fields(request, *_JOB_FIELDS)
        project, number = named_project(fields.get("project_slug")), fields.get("job_number")
        try:
            _, job = self.state.numbered_job(project, str(number))
        except Refused as refused:
            raise ValueError(f"no job {number} of {project.slug} has begun") from refused
        if (artifacts := fields.get("artifacts")) is not None:
            self._given[job.id] = [_read(one) for one in artifacts]
        if (tests := fields.get("tests")) is not None:
            job.given_tests = list(tests)
        return JSONResponse({"job_number": job.number})

    async def _choose(self, request: Request) -> JSONResponse:
        fields = await read_fields(request, *_Hosts.__slots__)
        if not all(isinstance(value, bool) for value in fields.values()):
            raise ValueError(f"{', '.join(fields)} must be true or false")
        for name, value in fields.items():
            setattr(self.hosts, name, value)
        return JSONResponse({name: getattr(self.hosts, name) for name in _Hosts.__slots__})


def _here(request: Request) -> str:
    """Say how the caller calls this service, without a slash behind it."""
    parts = urlsplit(str(request.url))
    return f"{parts.scheme}://{parts.netloc}/circleci"


def _elsewhere(request: Request) -> str:
    """Call this sandbox by its other name, which is another host to everybody."""
    parts = urlsplit(_here(request))
    return urlunsplit(parts._replace(netloc=f"localhost:{parts.port}" if parts.port else "localhost"))


def _read(wanted: dict[str, Any]) -> Stored:
    path, text = wanted.get("path"), wanted.get("text")
    size, node_index = wanted.get("size", 0), wanted.get("node_index", 0)
    if not isinstance(path, str) or not isinstance(text, str | None):
        raise ValueError(f"an artifact has a path, and a size or a text; got {wanted!r}")
    if not all(isinstance(count, int) and count >= 0 for count in (size, node_index)):
        raise ValueError(f"an artifact's size and node_index are integers of 0 or more; got {wanted!r}")
    return Stored(path, node_index, size, text)
