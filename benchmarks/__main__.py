"""
All benchmarks: tables, and every goal with what was measured.

Knows which studies there are. Each also runs alone: ``python -m benchmarks.pulls``.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time

from benchmarks.runs import Study, machine, report

__all__ = ["STUDIES", "main"]

STUDIES = ("imports", "pulls", "tables", "waits", "schedules")
"""Modules with a function ``study(short) -> Study``, in the order they run."""


def main() -> int:
    """
    Run the studies that are asked for.

    :return: exit status: 0 whether or not the goals hold, for a machine's speed is no reason to fail.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The provider's speed beside others'.")
    parser.add_argument("--short", action="store_true", help="fewer rows and runs; below 3 minutes in all")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--only", nargs="+", choices=STUDIES, default=STUDIES, metavar="NAME", help=", ".join(STUDIES))
    given = parser.parse_args()
    studies: list[Study] = []
    measured_on = machine()
    for name in given.only:
        print(f"{name} …", file=sys.stderr, flush=True)
        began_s = time.monotonic()
        studies.append(importlib.import_module(f"benchmarks.{name}").study(given.short))
        print(f"{name}: {time.monotonic() - began_s:.0f} s", file=sys.stderr, flush=True)
    print(report(studies, measured_on=measured_on, as_json=given.json))
    return 0


if __name__ == "__main__":
    sys.exit(main())
