"""A pull as one writes it by hand: a session, a loop over the pages, each row written as it comes."""

from __future__ import annotations

import argparse
import gzip
import json

import requests

from benchmarks.measuring import Meter
from benchmarks.rows import LISTS

__all__ = ["main"]

_TIMEOUT_S = 60


def main() -> None:
    """Pull one page to warm up, then all, and say what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("service", choices=tuple(LISTS))
    parser.add_argument("one")
    parser.add_argument("all")
    parser.add_argument("path")
    given = parser.parse_args()
    _pull(given.one, given.service, f"{given.path}.one")
    meter = Meter()
    meter.tell(rows=_pull(given.all, given.service, given.path))


def _pull(url: str, service: str, path: str) -> int:
    wanted, number, rows = LISTS[service], 0, 0
    with requests.Session() as session, gzip.open(path, "wt", compresslevel=6, encoding="utf-8") as file:
        session.headers["Authorization"] = "Bearer secret"
        more = True
        while more:
            number += 1
            answer = session.get(url + wanted.path, params={**wanted.query, "page": str(number)}, timeout=_TIMEOUT_S)
            answer.raise_for_status()
            page = answer.json()
            for row in page[wanted.records]:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
                rows += 1
            more = wanted.more(page)
    return rows


if __name__ == "__main__":
    main()
