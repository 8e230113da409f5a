"""
A pull into PostgreSQL with dlt: its ``rest_api`` source, merged by key.

Nested values stay in their row (``max_table_nesting=0``), as on our side. Rows go in by COPY (``csv``) and are merged
with the strategy ``upsert``: of what dlt offers for PostgreSQL, the fastest.
"""

from __future__ import annotations

import argparse
import os

import dlt  # type: ignore[import-not-found]

from benchmarks.measuring import Meter
from benchmarks.peers.dlt_rest import source

__all__ = ["main"]


def main() -> None:
    """Pull one page into a dataset of its own to warm up, then all, and say what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database", help="postgresql://…")
    parser.add_argument("one")
    parser.add_argument("url")
    parser.add_argument("folder", help="keeps dlt's state from one run to the next")
    given = parser.parse_args()
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    _pull(given, given.one, "one_page")
    meter = Meter()
    _pull(given, given.url, "pulled")
    meter.tell()


def _pull(given: argparse.Namespace, url: str, dataset: str) -> None:
    pipeline = dlt.pipeline(
        pipeline_name=f"bench_{dataset}",
        pipelines_dir=given.folder,
        destination=dlt.destinations.postgres(given.database),
        dataset_name=dataset,
    )
    pipeline.run(
        source(url, "contacts"),
        write_disposition={"disposition": "merge", "strategy": "upsert"},
        loader_file_format="csv",
    )


if __name__ == "__main__":
    main()
