"""
Artifacts: which there are, where each lands, and who is told the token when they are fetched.

Their paths were chosen by whoever wrote the job, or a pull request to it, and are not trusted. How a file is fetched
and written is known elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from airflow_provider_circle.core.containment import Claims, checked_path
from airflow_provider_circle.core.download import Access
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.core.walk import Caller, Walk, collect, pages
from airflow_provider_circle.exceptions import NotFound, Unauthorized, UnexpectedReply
from airflow_provider_circle.vendors.circleci.endpoints.jobs import LIST_JOB_ARTIFACTS
from airflow_provider_circle.vendors.circleci.runs import JobRun

__all__ = ["Artifact", "artifact_access", "checked_token_hosts", "find_artifacts", "place_artifacts"]

_TOKEN = "Circle-Token"  # noqa: S105  a header's name
_SIGN_IN = ("/login", "/authorize", "/oauth", "/vcs-authorize")


@dataclass(frozen=True, slots=True)
class Artifact:
    """
    A file that a job left.

    :param path: as the job named it.
    :param node_index: which of the job's parallel runs left it.
    """

    run: JobRun
    node_index: int
    path: str
    url: str = field(repr=False)

    def __str__(self) -> str:
        """Name it for a message."""
        return f"artifact {self.path!r:.200} of {self.run}, node {self.node_index}"

    def source(self, service: Service) -> JsonObject:
        """Say what it is, so that it is told from every other file."""
        return {
            "host": urlsplit(service.base_url).netloc,
            "project_slug": self.run.project_slug,
            "pipeline_id": self.run.pipeline_id,
            "workflow_id": self.run.workflow_id,
            "workflow_name": self.run.workflow_name,
            "job_name": self.run.job_name,
            "job_number": self.run.job_number,
            "node_index": self.node_index,
            "path": self.path,
        }


def find_artifacts(caller: Caller, runs: Iterable[JobRun], chosen: Callable[[str], bool]) -> Walk[list[Artifact]]:
    """
    List what jobs left.

    :param chosen: tells by its path whether an artifact is wanted.
    :return: each once. A job whose artifacts are not found has none.
    :raises UnexpectedReply: an artifact without a path, an address or a node.

    Source: https://circleci.com/docs/api/v2/#operation/getJobArtifacts
    """
    found: dict[tuple[JobRun, int, str, str], Artifact] = {}
    for run in runs:
        path: dict[str, str | int] = {"project_slug": run.project_slug, "job_number": run.job_number}
        try:
            rows = yield from collect(pages(caller, LIST_JOB_ARTIFACTS, path=path))
        except NotFound:
            continue
        for artifact in (_read(run, row) for row in rows):
            if chosen(artifact.path):
                found[run, artifact.node_index, artifact.path, artifact.url] = artifact
    return list(found.values())


def place_artifacts(artifacts: Sequence[Artifact], taken: str) -> list[str]:
    """
    Say where each lands below a folder: ``<workflow>/<job>/<node index>/<path>``.

    Names of workflows and jobs are percent-encoded but for letters, digits, ``-``, ``_``, ``.`` and spaces, so that
    two names are never one, and ``node/test`` is a folder of its own; a setup workflow's has ``+setup`` behind it. A
    rerun lands where the run before it did.

    :param taken: a file in that folder that nothing may replace.
    :raises ValueError: an artifact whose path leads elsewhere, or two that would land at one place; names them.
    """
    claims = Claims()
    claims.claim(taken, "the manifest")
    targets: list[str] = []
    for artifact in artifacts:
        run = artifact.run
        try:
            workflow = _segment(run.workflow_name or "none") + ("+setup" if run.setup else "")
            folder = f"{workflow}/{_segment(run.job_name)}/{artifact.node_index}"
            target = checked_path(f"{folder}/{checked_path(artifact.path)}")
            claims.claim(target, str(artifact))
        except ValueError as reason:
            raise ValueError(f"{artifact} cannot be stored: {reason}; nothing was downloaded") from None
        targets.append(target)
    return targets


def checked_token_hosts(hosts: Any) -> tuple[str, ...]:
    """
    Check further hosts that may be told the token.

    :raises ValueError: no list of host names.
    """
    if isinstance(hosts, str) or not isinstance(hosts, Sequence) or not all(_is_host(host) for host in hosts):
        raise ValueError(f"token_hosts must be a list of host names such as 'files.example.com', got {hosts!r:.100}")
    return tuple(host.lower() for host in hosts)


def artifact_access(service: Service, token_hosts: Sequence[str] = ()) -> Access:
    """
    Say who is told the token when artifacts are fetched: the connection's own host, and those named beside it.

    :param token_hosts: checked; a redirect to any other host carries none.

    Source: https://circleci.com/docs/guides/optimize/artifacts/ (downloading all artifacts)
    """
    own = _origin(service.base_url)
    token = service.headers.get(_TOKEN)

    def headers_for(url: str) -> Mapping[str, str]:
        parts = urlsplit(url)
        # Unverified: where CircleCI sends somebody who has not signed in. Its page is no artifact.
        if parts.path.startswith(_SIGN_IN) and (parts.hostname or "").endswith("circleci.com"):
            raise Unauthorized(f"CircleCI: an artifact's host asks to sign in; {_ADVICE}", status=401)
        trusted = _origin(url) == own or (parts.hostname in token_hosts and parts.scheme in _schemes(parts.hostname))
        return {_TOKEN: token} if token and trusted else {}

    return Access(headers_for, _ADVICE)


_ADVICE = (
    "the token was not sent there, since it is not the connection's host: "
    "if the project is private, name the host in token_hosts"
)


def _schemes(host: str | None) -> frozenset[str]:
    """Keep the token off the open network; this machine may be asked in the clear."""
    return frozenset({"https", "http"} if host in {"localhost", "127.0.0.1", "::1"} else {"https"})


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port or {"https": 443, "http": 80}.get(parts.scheme)


def _is_host(host: Any) -> bool:
    return isinstance(host, str) and bool(host) and not set(host) & set("/:@?#* \t\r\n")


def _segment(name: str) -> str:
    encoded = quote(name, safe=" ")
    return encoded.replace(".", "%2E") if set(encoded) == {"."} else encoded


def _read(run: JobRun, row: JsonObject) -> Artifact:
    path, url, node = row.get("path"), row.get("url"), row.get("node_index")
    if not isinstance(path, str) or not isinstance(url, str) or not url or not isinstance(node, int) or node < 0:
        raise UnexpectedReply(f"CircleCI: {run} has an artifact without a path, an address or a node")
    return Artifact(run, int(node), path, url)
