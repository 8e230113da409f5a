"""
A pull with dlt: its ``rest_api`` source into JSON lines on a disk, packed with gzip as is dlt's default.

Nested values stay in their row (``max_table_nesting=0``), as on every other side; dlt would else make tables of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
from typing import Any

import dlt  # type: ignore[import-not-found]
from dlt.sources.rest_api import rest_api_source  # type: ignore[import-not-found]

from benchmarks.measuring import Meter
from benchmarks.rows import LISTS

__all__ = ["main"]


def main() -> None:
    """Pull one page to warm up, then all, and say what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("service", choices=tuple(LISTS))
    parser.add_argument("one")
    parser.add_argument("all")
    parser.add_argument("folder")
    given = parser.parse_args()
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    _pull(given.one, given.service, f"{given.folder}/one")
    meter = Meter()
    _pull(given.all, given.service, f"{given.folder}/all")
    meter.tell()


def _pull(url: str, service: str, folder: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    pipeline = dlt.pipeline(
        pipeline_name=f"bench_{service}",
        pipelines_dir=f"{folder}/pipelines",
        destination=dlt.destinations.filesystem(bucket_url=f"file://{folder}/files"),
        dataset_name="pulled",
    )
    pipeline.run(source(url, service), loader_file_format="jsonl")


def source(url: str, service: str) -> Any:
    """Describe the list to dlt as its documents say."""
    wanted = LISTS[service]
    paginator: dict[str, Any] = (
        {"type": "page_number", "base_page": 1, "total_path": "pagination.total_pages"}
        if service == "contacts"
        else {"type": "page_number", "base_page": 1, "total_path": None, "has_more_path": "has_next_page"}
    )
    described = rest_api_source(
        {
            "client": {
                "base_url": url,
                "auth": {"type": "bearer", "token": "secret"},
                "paginator": paginator,
            },
            "resources": [
                {
                    "name": service,
                    "primary_key": "id",
                    "endpoint": {
                        "path": wanted.path,
                        "params": dict(wanted.query),
                        "data_selector": wanted.records,
                    },
                }
            ],
        }
    )
    described.max_table_nesting = 0
    return described


if __name__ == "__main__":
    main()
