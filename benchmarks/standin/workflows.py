"""
Things to wait for: CircleCI's workflows, dbt Cloud's job runs.

An id says at which look the thing has ended, so that every peer looks equally often, whatever the time; or after which
time. Who looked when is told to whoever asks.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping

from benchmarks.standin.protocol import Front, Reply

__all__ = ["Counts", "Workflows"]

_WORKFLOW = b"/api/v2/workflow/"
_RUN = b"/api/v2/accounts/1/runs/"

_WORKFLOW_BODY = json.dumps(
    {
        "id": "ID",
        "name": "build-and-test",
        "status": "STATUS",
        "created_at": "2026-11-01T10:00:00Z",
        "stopped_at": None,
        "pipeline_id": "ID",
        "pipeline_number": 4711,
        "project_slug": "gh/example/warehouse",
        "started_by": "03987f6a-4c27-4dc1-b6ab-c7e83bb3e713",
        "tag": None,
        "auto_rerun_number": 0,
        "max_auto_reruns": 0,
    }
).encode()

_RUN_BODY = json.dumps(
    {
        "status": {"code": 200, "is_success": True, "user_message": "Success!", "developer_message": ""},
        "data": {
            "id": "ID",
            "account_id": 1,
            "project_id": 2,
            "job_definition_id": 3,
            "environment_id": 4,
            "status": "STATUS",
            "status_humanized": "Running",
            "is_complete": False,
            "created_at": "2026-11-01 10:00:00.000000+00:00",
            "started_at": "2026-11-01 10:00:01.000000+00:00",
            "finished_at": None,
            "duration": "00:00:00",
        },
    }
).encode()
"""As long as a workflow: the real ones are ten times as long, which would be dbt Cloud's cost and not its trigger's."""


class Workflows:
    """
    Answers looks at workflows and job runs; they are under way until the look that their id names.

    :param clock: seconds; when a look happened.
    :param timed: the id names milliseconds of the clock instead of a look.
    """

    def __init__(self, clock: Callable[[], float], *, timed: bool = False) -> None:
        self._clock = clock
        self._timed = timed
        self.looks: defaultdict[bytes, list[float]] = defaultdict(list)
        """When each was looked at, by id."""

    def answer(self, method: bytes, target: bytes) -> Reply | None:
        """Answer one look; see ``protocol.Service``."""
        if method != b"GET":
            return None
        if target.startswith(_WORKFLOW):
            name = target[len(_WORKFLOW) :]
            status = b"success" if self._ended(name, int(name[-12:], 16)) else b"running"
            return Reply(_WORKFLOW_BODY.replace(b"ID", name).replace(b"STATUS", status))
        if target.startswith(_RUN):
            name = target[len(_RUN) :].rstrip(b"/")
            status = b"10" if self._ended(name, int(name) % 1000) else b"3"
            return Reply(_RUN_BODY.replace(b'"ID"', name).replace(b'"STATUS"', status))
        return None

    def _ended(self, name: bytes, due: int) -> bool:
        seen, now_s = self.looks[name], self._clock()
        seen.append(now_s)
        return now_s * 1e3 >= due if self._timed else len(seen) >= due


class Counts:
    """
    Tells a peer, in the middle of its work, what a front has counted.

    :param fronts: by name; ``GET /plain`` asks for the counters of the one named ``plain``.
    """

    def __init__(self, fronts: Mapping[str, Front]) -> None:
        self._fronts = fronts

    def answer(self, method: bytes, target: bytes) -> Reply | None:
        """Answer with ``Front.counters``; see ``protocol.Service``."""
        front = self._fronts.get(target.decode().lstrip("/"))
        return None if front is None or method != b"GET" else Reply(json.dumps(front.counters()).encode())
