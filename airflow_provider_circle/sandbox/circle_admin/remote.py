"""
What a test tells the stand-in for the Circle community Admin API, and asks it.

Knows the controls of this service by name. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from airflow_provider_circle.sandbox.remote import JsonObject, Remote, given

__all__ = ["CircleAdminRemote"]


class CircleAdminRemote(Remote):
    """The Circle Admin part of a running sandbox."""

    @property
    def circle_admin_host(self) -> str:
        """Base URL of the Circle Admin service: the ``host`` of a connection."""
        return f"{self.url}/circle-admin"

    def circle_admin_connection_json(self) -> str:
        """Write the connection as ``AIRFLOW_CONN_CIRCLE_ADMIN_DEFAULT`` takes it."""
        return self._connection("circle_admin", self.circle_admin_host)

    def circle_admin_populate(self, **counts: float | None) -> None:
        """
        Replace the records of some resources of the Circle community by generated ones.

        :param counts: how many of which resource, such as ``community_members=500, posts=20``. ``since_s`` and
            ``until_s`` bound the time they are from, in seconds since 1970; by default the week before the virtual now.
        :raises ValueError: an unknown resource, with the names of all; or more than there is something to belong to.
        """
        self._call("POST", "/circle-admin/populate", given(counts))

    def circle_admin_records(self, resource: str) -> list[JsonObject]:
        """List all records of a Circle resource as they are now, lowest id first, whatever their status."""
        return self._items("/circle-admin/records", resource=resource)

    def circle_admin_edit(self, resource: str, ids: Iterable[Any] | None = None, count: int | None = None) -> list[Any]:
        """
        Edit Circle records behind the API's back.

        :param count: so many instead of ``ids``, those with the lowest; one by default.
        :return: the ids of what was edited.
        """
        return self._change_records("edit", resource, ids, count)

    def circle_admin_add(self, resource: str, count: int = 1) -> list[Any]:
        """Add generated Circle records behind the API's back; their ids."""
        return self._change_records("add", resource, None, count)

    def circle_admin_delete(
        self, resource: str, ids: Iterable[Any] | None = None, count: int | None = None
    ) -> list[Any]:
        """
        Delete Circle records behind the API's back.

        :param count: so many instead of ``ids``, those with the lowest; one by default.
        :return: the ids of what was deleted.
        """
        return self._change_records("delete", resource, ids, count)

    def circle_admin_churn(
        self,
        every: int = 2,
        edits: int = 1,
        adds: int = 1,
        deletes: int = 1,
        times: int = 20,
        *,
        seed: int = 0,
        resource: str | None = None,
    ) -> None:
        """
        Let Circle records change while they are being read.

        :param every: after this many lists of the resource.
        :param edits: so many drawn records are edited,
        :param adds: so many added,
        :param deletes: and so many deleted.
        :param times: this happens at most so often; 0 ends it.
        :param seed: begins the draw.
        :param resource: whose records; by default the community's members.
        """
        wanted = {"every": every, "edits": edits, "adds": adds, "deletes": deletes, "times": times, "seed": seed}
        self._call("POST", "/circle-admin/churn", {**wanted, **given({"resource": resource})})

    def circle_admin_limit(self, requests: int | None, per_s: float | None = None) -> None:
        """
        Answer Circle requests above this rate with 429; ``None`` lifts the limit.

        :param requests: so many from one address, 2,000 at first.
        :param per_s: within so many virtual seconds; 300 by default.
        """
        self._call("POST", "/circle-admin/limits", {"requests": requests, **given({"per_s": per_s})})

    def circle_admin_quota(self, requests: int | None) -> None:
        """Let the Circle community make only so many requests in a virtual calendar month; ``None`` lifts the quota."""
        self._call("POST", "/circle-admin/quota", {"requests": requests})

    def _change_records(self, what: str, resource: str, ids: Iterable[Any] | None, count: int | None) -> list[Any]:
        wanted = {"resource": resource, "ids": None if ids is None else list(ids), "count": count}
        changed: list[Any] = self._call("POST", f"/circle-admin/{what}", given(wanted))["ids"]
        return changed
