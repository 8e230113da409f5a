"""
Runs of child processes side by side, and what is made of their figures.

Knows how a child is started, read and repeated, what a median and a goal are, and how a study is printed. What is
compared is written in each study's module.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from benchmarks.environments import OWN, ROOT

__all__ = ["Child", "Goal", "Result", "Study", "Table", "interleaved", "machine", "median", "report", "run", "script"]


@dataclass(frozen=True, slots=True)
class Result:
    """
    One run, as the child measured itself (``measuring.Meter``).

    :param wall_s: seconds by the clock.
    :param cpu_s: seconds of processor time, in user and system mode.
    :param peak_rss_mb: memory held at most, megabytes.
    :param grown_mb: what of it the work itself added.
    :param sockets: sockets open at most.
    :param requests: requests sent.
    :param extra: what else the child told.
    """

    wall_s: float
    cpu_s: float
    peak_rss_mb: float = 0.0
    grown_mb: float = 0.0
    sockets: int = 0
    requests: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Child:
    """
    A process to run.

    :param name: whose work it is; the row in the table.
    :param arguments: what follows the interpreter (``-m``, ``benchmarks.peers.ours``, …).
    :param python: interpreter; the project's own where left out.
    :param environment: variables beside those of this process.
    :param timeout_s: after this it counts as failed.
    """

    name: str
    arguments: tuple[str, ...]
    python: Path = OWN
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Goal:
    """
    A ratio or amount that is to hold.

    :param name: what is measured.
    :param measured: the figure; ``None`` where this mode does not measure it.
    :param bound: what is asked.
    :param sense: on which side of the bound the figure must lie.
    :param unit: of both figures.
    """

    name: str
    measured: float | None
    bound: float
    sense: Literal["at least", "at most"]
    unit: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the figure is on the right side; ``None`` where nothing was measured."""
        if self.measured is None:
            return None
        return self.measured >= self.bound if self.sense == "at least" else self.measured <= self.bound


@dataclass(frozen=True, slots=True)
class Table:
    """
    Figures side by side.

    :param title: what was done.
    :param columns: heads, the first for the names.
    :param rows: a name and its figures each; numbers are printed short, ``None`` as a dash.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | None]]


@dataclass(frozen=True, slots=True)
class Study:
    """
    What one benchmark found.

    :param name: the module's name.
    :param tables: figures.
    :param goals: what was to hold.
    :param notes: what a reader must know to judge them, a sentence each.
    """

    name: str
    tables: Sequence[Table]
    goals: Sequence[Goal]
    notes: Sequence[str] = ()


def run(child: Child) -> Result:
    """
    Run a child to its end, in the project's folder.

    :return: what it printed last.
    :raises RuntimeError: it failed or took too long, with the end of its output.
    """
    # Without compiled modules, as some machines want it, half of a short run would be spent compiling.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": str(ROOT), **child.environment}
    try:
        done = subprocess.run(
            (str(child.python), *child.arguments),
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=child.timeout_s,
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{child.name} took longer than {child.timeout_s:g} s") from error
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise RuntimeError(f"{child.name} failed ({done.returncode}):\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}")
    return Result(**json.loads(lines[-1]))


def interleaved(
    children: Sequence[Child], rounds: int, *, once: Callable[[Child], Result] = run
) -> dict[str, list[Result]]:
    """
    Run children in turns, so that what disturbs the machine disturbs all.

    :param children: with names of their own.
    :param rounds: runs of each.
    :param once: how one is run; where a run needs something set up around it, say.
    :return: results by name.
    """
    results: dict[str, list[Result]] = {child.name: [] for child in children}
    for number in range(rounds):
        # Every other round runs backwards: whoever comes first does not always meet a cold machine.
        for child in children if number % 2 == 0 else children[::-1]:
            result = once(child)
            print(f"  {child.name}: {result.wall_s:.2f} s, {result.cpu_s:.2f} s CPU", file=sys.stderr, flush=True)
            results[child.name].append(result)
    return results


def median(results: Sequence[Result]) -> Result:
    """
    Take the median of each figure.

    :param results: at least one.
    :return: figures that may be of different runs; of the sockets the most, and the last run's ``extra``.
    """

    def middle(name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in results))

    return Result(
        wall_s=middle("wall_s"),
        cpu_s=middle("cpu_s"),
        peak_rss_mb=middle("peak_rss_mb"),
        grown_mb=middle("grown_mb"),
        sockets=max(one.sockets for one in results),
        requests=round(middle("requests")),
        extra=results[-1].extra,
    )


def machine() -> str:
    """Say what the figures were measured on, and how busy it was before."""
    busy = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, load before (1, 5, 15 minutes): {busy}"


def report(studies: Sequence[Study], *, measured_on: str = "", as_json: bool = False) -> str:
    """
    Write studies down: tables, notes, and at the end every goal with what was measured.

    :param measured_on: what :func:`machine` said before.
    :param as_json: one JSON object, ``{"machine": …, "studies": […]}``, instead of text.
    """
    if as_json:
        told = [
            {**asdict(study), "goals": [{**asdict(goal), "holds": goal.holds} for goal in study.goals]}
            for study in studies
        ]
        return json.dumps({"machine": measured_on, "studies": told}, indent=2)
    parts = [measured_on] if measured_on else []
    for study in studies:
        parts += [_table(table) for table in study.tables]
        if study.notes:
            parts.append("\n".join(f"- {note}" for note in study.notes))
    goals = [goal for study in studies for goal in study.goals]
    if goals:
        rows = [(goal.name, _verdict(goal), _number(goal.measured, goal.unit), _asked(goal)) for goal in goals]
        parts.append(_table(Table("Goals", ("", "holds", "measured", "goal"), rows)))
    return "\n\n".join(parts)


def script(study: Callable[[bool], Study]) -> int:
    """
    Run one study from the command line: ``--short``, ``--json``.

    :return: exit status: 0 whether or not the goals hold, for a machine's speed is no reason to fail.
    """
    parser = argparse.ArgumentParser(description=(sys.modules[study.__module__].__doc__ or "").strip().split("\n")[0])
    parser.add_argument("--short", action="store_true", help="fewer rows and runs")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    given = parser.parse_args()
    measured_on = machine()
    print(report([study(given.short)], measured_on=measured_on, as_json=given.json))
    return 0


def _verdict(goal: Goal) -> str:
    return {True: "yes", False: "NO", None: "-"}[goal.holds]


def _asked(goal: Goal) -> str:
    return f"{goal.sense} {_number(goal.bound, goal.unit)}"


def _number(value: str | float | None, unit: str = "") -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    whole = isinstance(value, int) or abs(value) >= 100
    digits = f"{value:,.0f}" if whole else f"{value:.3g}"
    return f"{digits} {unit}".rstrip()


def _table(table: Table) -> str:
    cells = [list(table.columns), *([_number(cell) for cell in row] for row in table.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(table.columns))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([table.title, "", *lines])
