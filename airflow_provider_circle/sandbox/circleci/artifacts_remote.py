"""
What a test tells the sandbox about the artifacts and test results of CircleCI jobs.

Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_circle.sandbox.remote import Remote, given

__all__ = ["ArtifactsRemote"]


class ArtifactsRemote(Remote):
    """The part of a running sandbox that holds what jobs left."""

    def circleci_outputs(
        self,
        job_number: int,
        *,
        artifacts: Iterable[Mapping[str, Any]] | None = None,
        tests: Iterable[Mapping[str, Any]] | None = None,
        project_slug: str = "gh/acme/app",
    ) -> None:
        """
        Replace what a job that has begun leaves; it shows once the job has ended.

        :param artifacts: ``{"path": str}``, with ``size`` in bytes or a ``text``, and a ``node_index``, by default 0.
        :param tests: as the API lists them.
        :param project_slug: whose job it is.
        :raises ValueError: there is no such job in the project, or it has not begun.
        """
        wanted = {
            "artifacts": None if artifacts is None else [dict(one) for one in artifacts],
            "tests": None if tests is None else [dict(one) for one in tests],
        }
        self._call(
            "POST", "/circleci/outputs", {"project_slug": project_slug, "job_number": job_number, **given(wanted)}
        )

    def circleci_artifact_hosts(
        self,
        *,
        needs_token: bool | None = None,
        own_host: bool | None = None,
        redirects: bool | None = None,
        ranges: bool | None = None,
        etags: bool | None = None,
    ) -> None:
        """
        Say how artifacts are handed out; what is not given stays as it is.

        :param needs_token: the artifact host wants the token, as for private projects; not at first.
        :param own_host: the artifact host is the API's own; at first it is another one.
        :param redirects: the artifact host sends on to a storage; it does at first.
        :param ranges: parts of a file can be asked for; they can at first.
        :param etags: files have strong ETags; they do at first.
        """
        wanted = {
            "needs_token": needs_token,
            "own_host": own_host,
            "redirects": redirects,
            "ranges": ranges,
            "etags": etags,
        }
        self._call("POST", "/circleci/artifact_hosts", given(wanted))
