"""
Pulls of a whole list into a packed file of JSON lines, side by side with what else people use.

Knows the cells, how often each side runs in them, and the goals. What a side does is written in ``peers``, who the
sides are in ``sides``, and what answers them in ``standin``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.checking import digest, read_lines
from benchmarks.rows import LISTS
from benchmarks.runs import Child, Goal, Result, Study, Table, interleaved, machine, median, report, run
from benchmarks.sides import DLT, HTTP, OURS, REQUESTS, Sides
from benchmarks.standin.ceiling import ceiling
from benchmarks.standin.circa import contact
from benchmarks.standin.circle_admin import member
from benchmarks.standin.process import StandIn
from benchmarks.standin.protocol import Conduct

__all__ = ["goals", "main", "study"]

_FILES = 256
"""Open files that our side is allowed, as by ``ulimit -n 256``."""

_FAULTS = Conduct(latency_s=0.02, limited_every=50, retry_after_s=1, reset_every=97)

_ROWS = 50_000
_SHORT_ROWS = 5_000

_MANY = 500_000
"""Rows that memory is looked at with, beside the usual number."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """
    Some sides that do the same.

    :param listed: which list.
    :param latency_s: seconds between a request and its answer.
    :param sides: who is compared; ours as ``ours, 8`` for 8 requests under way.
    :param rounds: how often ours runs.
    :param peer_rounds: how often the others run; half a minute and more each, in some cells.
    """

    listed: str
    latency_s: float
    sides: tuple[str, ...]
    rounds: int = 3
    peer_rounds: int = 3

    @property
    def title(self) -> str:
        """What the cell is called."""
        return f"{self.listed}, {self.latency_s * 1000:.0f} ms"


_OURS_8, _OURS_16 = f"{OURS}, 8", f"{OURS}, 16"

_FULL = (
    _Cell("contacts", 0.02, (_OURS_8, _OURS_16, HTTP, DLT, REQUESTS), peer_rounds=1),
    _Cell("contacts", 0.0, (_OURS_8, HTTP, DLT, REQUESTS)),
    _Cell("members", 0.02, (_OURS_8, _OURS_16, HTTP, DLT, REQUESTS), peer_rounds=2),
    _Cell("members", 0.0, (_OURS_8, HTTP, DLT, REQUESTS)),
)
_SHORT = (
    _Cell("contacts", 0.02, (_OURS_8, _OURS_16, HTTP, DLT), rounds=1, peer_rounds=1),
    _Cell("contacts", 0.0, (_OURS_8, HTTP, DLT), rounds=1, peer_rounds=1),
    _Cell("members", 0.02, (_OURS_8, _OURS_16, HTTP), rounds=1, peer_rounds=1),
    _Cell("members", 0.0, (_OURS_8, HTTP, REQUESTS), rounds=1, peer_rounds=1),
)

_RATIOS = (
    ("contacts, 20 ms", _OURS_8, HTTP, 8.0),
    ("contacts, 20 ms", _OURS_16, HTTP, 15.0),
    ("members, 20 ms", _OURS_8, HTTP, 5.0),
    ("members, 20 ms", _OURS_16, HTTP, 9.0),
    ("contacts, 20 ms", _OURS_16, DLT, 15.0),
    ("members, 20 ms", _OURS_16, DLT, 15.0),
    ("contacts, 0 ms", _OURS_8, HTTP, 4.0),
    ("contacts, 0 ms", _OURS_8, DLT, 6.0),
    ("members, 0 ms", _OURS_8, HTTP, 3.4),
)
"""Cell, our side, the other, and how many times as long the other is to take."""

_MOST_GROWN_MB = 8.0
_MOST_BYTES_A_ROW = 24.0
_MOST_SOCKETS = 17
_MOST_FAULTY = 1.1

_NOTES = (
    "Time and CPU are those of the pull, to the file on disk; imports and a pull of one page come before.",
    "Grown is the most memory held in that span less what was held at its beginning.",
    "Sockets are the connections that the stand-in saw open at once.",
    "Ours is the operator's execute: what it read is checked for completeness and lands once; the others do neither.",
    f"Ours may open {_FILES} files.",
    "Ours would keep to Circle's 2,000 requests in 5 minutes; the connection's requests_per_minute lifts that here.",
    "HttpOperator opens a session a page and closes none: it may open as many files as the system lets it.",
    "With the usual 1,024 files HttpOperator ends at page 1,022.",
    "dlt keeps nested values in their row, as the others do; all its other settings are its defaults.",
    "What is written by hand is packed with zlib's level 6.",
)


def study(short: bool) -> Study:
    """Compare all sides."""
    return _study(_SHORT if short else _FULL, short=short)


def main() -> int:
    """Compare the sides that are asked for; one alone, or other numbers of rows, to try things out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pulls", description="Pulls beside those of others.")
    parser.add_argument("--short", action="store_true", help="fewer rows, runs and cells")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--only", choices=(OURS, HTTP, DLT, REQUESTS), help="one side alone")
    parser.add_argument("--rows", type=int, help="rows of each list")
    given = parser.parse_args()
    cells = [
        replace(cell, sides=tuple(side for side in cell.sides if side.startswith(given.only or "")))
        for cell in (_SHORT if given.short else _FULL)
    ]
    measured_on = machine()
    found = _study(cells, short=given.short, rows=given.rows, ours=given.only in {None, OURS})
    print(report([found], measured_on=measured_on, as_json=given.json))
    return 0


def _study(cells: Sequence[_Cell], *, short: bool, rows: int | None = None, ours: bool = True) -> Study:
    rows = rows or (_SHORT_ROWS if short else _ROWS)
    with tempfile.TemporaryDirectory(prefix="pulls-") as folder, _standin(rows) as standin:
        bench = _Bench(standin, Sides(standin, Path(folder), files=_FILES), rows)
        tables = [_ceilings(standin)]
        results = {cell.title: bench.compared(cell) for cell in cells}
        tables += [_table(title, rows, sides) for title, sides in results.items()]
        faulty = {listed: bench.faulty(listed) for listed in (("contacts",) if short else LISTS) if ours}
    if faulty:
        tables.append(_faults_table(faulty, results))
    far = None if short or not ours else _far()
    if far is not None:
        tables.append(_table("contacts, 0 ms", _MANY, {_OURS_8: far}))
    return Study("pulls", tables, goals(results, faulty, far, rows), (*_NOTES, *_ran_once(cells)))


def _ran_once(cells: Sequence[_Cell]) -> list[str]:
    """Tell which sides' times are no medians."""
    lines = []
    for cell in cells:
        once = [side for side in cell.sides if (cell.rounds if side.startswith(OURS) else cell.peer_rounds) == 1]
        if once:
            lines.append(f"Ran once: {cell.title}: {'; '.join(once)}.")
    return [*lines, "Ran once: whatever has faults, and the many rows."]


def _standin(rows: int) -> StandIn:
    return StandIn("pulls", "--contacts", str(rows), "--members", str(rows))


class _Bench:
    """Runs sides against a stand-in and sees to it that they pulled what is there."""

    def __init__(self, standin: StandIn, sides: Sides, rows: int) -> None:
        self._standin = standin
        self._sides = sides
        self._rows = rows
        self._expected: dict[str, str] = {}

    def compared(self, cell: _Cell) -> dict[str, Result]:
        """Run a cell; return each side's medians."""
        print(cell.title, file=sys.stderr, flush=True)
        conduct = Conduct(latency_s=cell.latency_s)
        results: dict[str, list[Result]] = {side: [] for side in cell.sides}
        for number in range(max(cell.rounds, cell.peer_rounds)):
            running = [
                self._sides.child(side, cell.listed)
                for side in (cell.sides if number % 2 == 0 else cell.sides[::-1])
                if number < (cell.rounds if side.startswith(OURS) else cell.peer_rounds)
            ]
            for side, found in interleaved(
                running, 1, once=lambda child: self._once(child, cell.listed, conduct)
            ).items():
                results[side] += found
        for side in cell.sides:
            self._check(side, cell.listed)
        return {side: median(found) for side, found in results.items()}

    def faulty(self, listed: str) -> Result:
        """Run ours with everything going wrong that may."""
        print(f"{listed}, with faults", file=sys.stderr, flush=True)
        child = self._sides.child(_OURS_8, listed)
        (result,) = interleaved([child], 1, once=lambda child: self._once(child, listed, _FAULTS))[child.name]
        self._check(child.name, listed)
        return result

    def _once(self, child: Child, listed: str, conduct: Conduct) -> Result:
        self._standin.begin("all", conduct)
        result = run(child)
        seen = self._standin.seen("all")
        size = sum(path.stat().st_size for path in self._sides.written(child.name, listed))
        extra: dict[str, Any] = {**result.extra, **asdict(seen), "file_mb": size / 1e6}
        return replace(result, requests=seen.requests, sockets=seen.open_at_once, extra=extra)

    def _check(self, side: str, listed: str) -> None:
        """
        Compare what a side wrote last with what there is.

        dlt writes attributes in a shape of its own: only its rows are counted.
        """
        rows = [row for path in self._sides.written(side, listed) for row in read_lines(path)]
        right = len(rows) == self._rows and (side == DLT or digest(rows) == self._digest(listed))
        if not right:
            raise RuntimeError(f"{side}: {len(rows)} rows of {listed} are not the {self._rows} that there are")

    def _digest(self, listed: str) -> str:
        if listed not in self._expected:
            make = contact if listed == "contacts" else member
            self._expected[listed] = digest(make(number) for number in range(1, self._rows + 1))
        return self._expected[listed]


def _far() -> Result:
    """Pull many rows once; they are not compared, only counted."""
    print(f"contacts, {_MANY:,} rows", file=sys.stderr, flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="pulls-") as folder,
        StandIn("pulls", "--contacts", str(_MANY)) as standin,
    ):
        sides = Sides(standin, Path(folder), files=_FILES)
        standin.begin("all", Conduct())
        result = run(sides.child(_OURS_8, "contacts"))
        seen = standin.seen("all")
    if result.extra["rows"] != _MANY:
        raise RuntimeError(f"ours: {result.extra['rows']} rows instead of {_MANY}")
    return replace(result, requests=seen.requests, sockets=seen.open_at_once, extra=asdict(seen))


def _ceilings(standin: StandIn) -> Table:
    rows = []
    for name, listed in LISTS.items():
        target = f"{listed.path}?page=2"
        ahead, alone = (ceiling(standin.ports["all"], target, at_once=at_once) for at_once in (16, 1))
        rows.append((name, ahead, alone))
    return Table("The stand-in's ceiling, pages a second over one connection", ("", "16 ahead", "one at a time"), rows)


def _table(title: str, rows: int, results: Mapping[str, Result]) -> Table:
    base = next((result.wall_s for side, result in results.items() if side == _OURS_8), None)
    lines = [
        (
            side,
            result.wall_s,
            None if base is None else result.wall_s / base,
            result.cpu_s,
            result.peak_rss_mb,
            result.grown_mb,
            result.sockets,
            result.requests,
            result.extra.get("file_mb"),
        )
        for side, result in results.items()
    ]
    heads = ("", "wall s", "x ours, 8", "CPU s", "peak MB", "grown MB", "sockets", "requests", "file MB")
    return Table(f"{title}, {rows:,} rows", heads, lines)


def _faults_table(faulty: Mapping[str, Result], results: Mapping[str, Mapping[str, Result]]) -> Table:
    lines = [
        (
            listed,
            _clean_s(listed, results),
            result.extra["demanded_s"],
            result.wall_s,
            result.extra["limited"],
            result.extra["resets"],
            result.sockets,
        )
        for listed, result in faulty.items()
    ]
    title = "Ours, 8, at 20 ms with a 429 every 50 requests (Retry-After: 1) and a reset every 97: the same rows"
    return Table(title, ("", "clean s", "waits demanded s", "wall s", "429s", "resets", "sockets"), lines)


def _clean_s(listed: str, results: Mapping[str, Mapping[str, Result]]) -> float | None:
    clean = results.get(f"{listed}, 20 ms", {}).get(_OURS_8)
    return None if clean is None else clean.wall_s


def goals(
    results: Mapping[str, Mapping[str, Result]], faulty: Mapping[str, Result], far: Result | None, rows: int
) -> list[Goal]:
    """
    Hold what was measured against what is asked.

    :param results: each side's medians, by the cell's title.
    :param faulty: ours with faults, by the list.
    :param far: ours with very many rows.
    :param rows: how many there were in the cells.
    """
    found = []
    for title, ours, other, bound in _RATIOS:
        sides = results.get(title, {})
        measured = sides[other].wall_s / sides[ours].wall_s if ours in sides and other in sides else None
        found.append(Goal(f"{title}: {ours} in flight, against {other}", measured, bound, "at least", "x"))
    own = [result for sides in results.values() for side, result in sides.items() if side.startswith(OURS)]
    near = results.get("contacts, 0 ms", {}).get(_OURS_8)
    grown_mb = max((result.grown_mb for result in own), default=None)
    found.append(Goal(f"memory grown by a pull of {rows:,} rows", grown_mb, _MOST_GROWN_MB, "at most", "MB"))
    bytes_a_row = None
    if far is not None and near is not None:
        bytes_a_row = max(0.0, far.grown_mb - near.grown_mb) * 1e6 / (_MANY - rows)
    found.append(Goal(f"memory of each row more, up to {_MANY:,}", bytes_a_row, _MOST_BYTES_A_ROW, "at most", "bytes"))
    all_own = [*own, *faulty.values(), *([] if far is None else [far])]
    sockets = max((result.sockets for result in all_own), default=None)
    found.append(Goal(f"sockets, with {_FILES} open files allowed", sockets, _MOST_SOCKETS, "at most"))
    for listed in LISTS:
        result, clean_s = faulty.get(listed), _clean_s(listed, results)
        measured = None if result is None or clean_s is None else result.wall_s / (clean_s + result.extra["demanded_s"])
        found.append(
            Goal(f"{listed} with faults, against clean and the waits demanded", measured, _MOST_FAULTY, "at most", "x")
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
