"""
The words CircleCI uses for how things stand, and which of them are final.

Every list is open: a word that is not here is not final.

Source: https://circleci.com/docs/api/v2/ (workflow and job schemas), read 2026-08.
"""

from __future__ import annotations

__all__ = [
    "JOB_FAILURES",
    "JOB_KNOWN",
    "PIPELINE_ERRORED",
    "WORKFLOW_FAILURES",
    "WORKFLOW_KNOWN",
    "WORKFLOW_TERMINAL",
]

PIPELINE_ERRORED = "errored"
"""The only final state of a pipeline: success is known to workflows alone."""

WORKFLOW_FAILURES = frozenset({"failed", "error", "unauthorized"})
WORKFLOW_TERMINAL = WORKFLOW_FAILURES | {"success", "canceled", "not_run"}
WORKFLOW_KNOWN = WORKFLOW_TERMINAL | {"running", "failing", "on_hold", "queued"}

JOB_FAILURES = frozenset({"failed", "infrastructure_fail", "timedout", "terminated-unknown", "unauthorized"})
JOB_KNOWN = JOB_FAILURES | {
    "success",
    "canceled",
    "not_run",
    "retried",
    "running",
    "queued",
    "not_running",
    "on_hold",
    "blocked",
}
