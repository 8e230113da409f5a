"""The controls of CircleCI's API v1.1 as seen from a test's process. Standard library only."""

from __future__ import annotations

from airflow_provider_circle.sandbox.remote import JsonObject, Remote

__all__ = ["CircleCIV1Remote"]


class CircleCIV1Remote(Remote):
    """What a test can tell and ask of v1.1."""

    def make_public(self, project_slug: str, *, public: bool = True) -> None:
        """Let everybody read a CircleCI project through v1.1, without a token; or nobody any more."""
        self._call("POST", "/circleci/v1/public", {"project_slug": project_slug, "public": public})

    def ssh_keys(self, project_slug: str) -> list[JsonObject]:
        """List a CircleCI project's keys for other systems: ``hostname`` and ``fingerprint``."""
        return self._items("/circleci/v1/ssh_keys", project_slug=project_slug)
