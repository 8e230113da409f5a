"""
How a workflow is to be run again: which options go together, checked before anything is sent.

How it is then done once is written in ``rerun.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["checked_rerun"]


def checked_rerun(
    *, from_failed: bool = False, jobs: Sequence[str] = (), sparse_tree: bool = False, enable_ssh: bool = False
) -> dict[str, Any]:
    """
    Check how a workflow is to be run again.

    :return: the options that say something; ``jobs`` as given.
    :raises ValueError: options that exclude each other, or jobs that are no list of texts.
    """
    if isinstance(jobs, str) or not all(isinstance(job, str) and job for job in jobs):
        raise ValueError(f"jobs must be a list of names or ids of jobs, got {jobs!r}")
    if from_failed and jobs:
        raise ValueError("from_failed and jobs exclude each other, got both")
    if (sparse_tree or enable_ssh) and not jobs:
        raise ValueError("sparse_tree and enable_ssh need jobs to rerun, got none")
    options: dict[str, Any] = {"jobs": list(jobs)} if jobs else {"from_failed": bool(from_failed)}
    options |= {"sparse_tree": True} if sparse_tree else {}
    options |= {"enable_ssh": True} if enable_ssh else {}
    return options
