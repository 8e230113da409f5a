"""
How much of the package its tests run: lines and branches folder by folder, beside what each folder is held to.

Reads what ``pytest --cov`` has left behind; ``make test COVERAGE=1`` runs both. What is left out of the measure, and
why, stands in ``pyproject.toml``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from coverage import Coverage

__all__ = ["main", "table"]

_PACKAGE = "airflow_provider_circle"
_STRICT = ("core", "records", "vendors")
"""Decisions and exactness, without the world around them: nothing there is hard to test."""


@dataclass(slots=True)
class _Folder:
    goal: int
    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_run: int = 0

    def add(self, summary: Mapping[str, int]) -> None:
        self.lines += summary["num_statements"]
        self.lines_run += summary["covered_lines"]
        self.branches += summary["num_branches"]
        self.branches_run += summary["covered_branches"]

    @property
    def missed(self) -> bool:
        return self.lines_run * 100 < self.lines * self.goal or self.branches_run * 100 < self.branches * self.goal


def main() -> int:
    """
    Print the table and what nothing ran.

    :return: exit status, 1 if a folder misses its goal.
    """
    measured = Coverage()
    measured.load()
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        measured.json_report(outfile=report.name)
        files = json.loads(Path(report.name).read_bytes())["files"]
    lines, reached = table(files)
    print("\n".join(lines))
    return 0 if reached else 1


def table(files: Mapping[str, Any]) -> tuple[list[str], bool]:
    """
    Sum up by folder.

    :param files: coverage's JSON report by path.
    :return: lines to print; whether every goal is reached.
    """
    folders: dict[str, _Folder] = {}
    missed: dict[str, str] = {}
    for path, measured in sorted(files.items()):
        if not measured["summary"]["num_statements"]:
            continue
        name = _folder(path)
        folder = folders.setdefault(name, _Folder(100 if name.partition("/")[0] in _STRICT else 95))
        folder.add(measured["summary"])
        if what := ", ".join([*_lines(measured["missing_lines"]), *_branches(measured)]):
            missed[path] = what
    lines = [f"{'folder':24}{'lines':>22}{'branches':>22}{'goal':>8}"]
    lines += [_row(name, folder) for name, folder in sorted(folders.items())]
    lines += [f"{path}: {what}" for path, what in missed.items()]
    return lines, not any(folder.missed for folder in folders.values())


def _folder(path: str) -> str:
    parts = PurePosixPath(path).parts
    inside = parts[parts.index(_PACKAGE) + 1 : -1]
    return "/".join(inside[: 2 if inside[:1] == ("vendors",) else 1]) or "(top)"


def _row(name: str, folder: _Folder) -> str:
    lines = _share(folder.lines_run, folder.lines)
    branches = _share(folder.branches_run, folder.branches)
    return f"{name:24}{lines:>22}{branches:>22}{folder.goal:>6} %{'  missed' if folder.missed else ''}"


def _share(run: int, there_are: int) -> str:
    # Cut, not rounded: 100 % means all of them.
    return f"{run}/{there_are} {1000 * run // there_are / 10 if there_are else 100:5.1f} %"


def _lines(numbers: Iterable[int]) -> Iterator[str]:
    """Write neighbours as a range."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return (f"{first}" if first == last else f"{first}-{last}" for first, last in ranges)


def _branches(measured: Mapping[str, Any]) -> Iterator[str]:
    """Name the branches not taken, but for those from and to lines that did not run anyway."""
    silent = set(measured["missing_lines"])
    ends: dict[int, list[str]] = defaultdict(list)
    for start, end in measured["missing_branches"]:
        if start not in silent and end not in silent:
            ends[start].append("leaving" if end < 0 else str(end))
    return (f"{start} to {' and '.join(found)}" for start, found in ends.items())


if __name__ == "__main__":
    sys.exit(main())
