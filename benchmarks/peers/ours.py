"""
A pull as this provider does it: the real operator's ``execute``, with de-duplication and the check for completeness.

Connections come from the environment, as ``AIRFLOW_CONN_…``.
"""

from __future__ import annotations

import argparse
import logging
import resource
from datetime import datetime
from typing import Any

from benchmarks.measuring import Meter
from benchmarks.rows import BEGIN, END

__all__ = ["main"]


def main() -> None:
    """Pull one page to warm up, then all, and say what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("service", choices=("contacts", "members"))
    parser.add_argument("path")
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--files", type=int, help="open files allowed, as by `ulimit -n`")
    given = parser.parse_args()
    if given.files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (given.files, given.files))
    logging.disable(logging.WARNING)
    _pull(given.service, "one", f"{given.path}.one.jsonl.gz", given.concurrency)
    meter = Meter()
    pulled = _pull(given.service, "all", given.path, given.concurrency)
    meter.tell(rows=pulled["records"])


def _pull(service: str, front: str, path: str, concurrency: int) -> dict[str, Any]:
    context: Any = {
        "data_interval_start": datetime.fromisoformat(BEGIN),
        "data_interval_end": datetime.fromisoformat(END),
    }
    shared: dict[str, Any] = {"task_id": f"pull_{front}", "path": path, "concurrency": concurrency}
    if service == "contacts":
        from airflow_provider_circle.transfers.circa import CircaToObjectStorageOperator

        contacts = CircaToObjectStorageOperator(stream="contacts", circa_conn_id=f"circa_{front}", **shared)
        return contacts.execute(context)
    from airflow_provider_circle.transfers.circle_admin import CircleAdminToObjectStorageOperator

    members = CircleAdminToObjectStorageOperator(
        stream="community_members", circle_admin_conn_id=f"circle_admin_{front}", **shared
    )
    return members.execute(context)


if __name__ == "__main__":
    main()
