"""
A pull with Airflow's ``HttpOperator`` and its ``pagination_function``, as the provider's documents show it.

All pages are returned by ``execute``; whoever wants a file writes one of them then. The connection comes from the
environment, as ``AIRFLOW_CONN_…``. Each page is fetched through a session of its own that nobody closes, so the
process needs as many open files as there are pages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import resource
from typing import Any

from airflow.providers.http.operators.http import HttpOperator

from benchmarks.measuring import Meter
from benchmarks.rows import LISTS

__all__ = ["main"]


def main() -> None:
    """Pull one page to warm up, then all, and say what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("service", choices=tuple(LISTS))
    parser.add_argument("path")
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    logging.disable(logging.WARNING)
    _pull(given.service, "one", f"{given.path}.one")
    meter = Meter()
    meter.tell(rows=_pull(given.service, "all", given.path))


def _pull(service: str, front: str, path: str) -> int:
    wanted = LISTS[service]

    def following(response: Any) -> dict[str, Any] | None:
        page = response.json()
        if not wanted.more(page):
            return None
        number = page["pagination"]["current_page"] if service == "contacts" else page["page"]
        return {"data": {"page": number + 1}}

    operator = HttpOperator(
        task_id=f"pull_{front}",
        http_conn_id=f"http_{front}",
        method="GET",
        endpoint=wanted.path,
        data={**wanted.query, "page": 1},
        headers={"Authorization": "Bearer secret"},
        pagination_function=following,
        response_filter=lambda responses: [row for one in responses for row in one.json()[wanted.records]],
    )
    rows = operator.execute({})
    with gzip.open(path, "wt", compresslevel=6, encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return len(rows)


if __name__ == "__main__":
    main()
