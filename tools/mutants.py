"""
Would a test fail if the code were wrong? Mutants of the modules that decide, and what becomes of them.

``make mutants`` runs it. Which modules, and by which tests, is written in ``pyproject.toml``: fast tests that belong to
a module, found by its name, and some more. Survivors are held against ``tests/mutation/survivors.toml``, which says why
each is left alive. mutmut changes what is inside functions; constants, and functions with a decorator, it leaves alone.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parent.parent
_PLACE = _ROOT / ".mutants"
_PACKAGE = "airflow_provider_circle"
_LISTED = "tests/mutation/survivors.toml"
_SHARED = (_PACKAGE, "tests", "tools", "pyproject.toml")
_ALIVE = frozenset({"survived", "no tests", "suspicious", "not checked", "skipped"})
_RESULT = re.compile(r"\s+(\S+__mutmut_\d+): (.+)")
_PLUGINS = (
    "pytest_asyncio.plugin",
    "_hypothesis_pytestplugin",
    "tests.unit.properties.conftest",
    "no:cacheprovider",
    "no:unraisableexception",  # it collects garbage, which takes longer than most tests
)


class Mutant(NamedTuple):
    """What a mutant changes; numbers would be others after each edit."""

    module: str
    function: str
    was: str
    now: str

    def __str__(self) -> str:
        """Show it as a list of survivors would have it."""
        return f"{self.module}  {self.function}\n  - {self.was}\n  + {self.now}"


@dataclass(frozen=True, slots=True)
class _Outcome:
    mutants: int
    survivors: list[Mutant]
    endless: int
    """Those that were stopped; dead, unless the machine was too busy."""


def main() -> int:
    """
    Run the campaign, or a module's part of it.

    :return: exit status; 1 when other mutants survive than those that are listed.
    """
    parser = argparse.ArgumentParser(description="Would a test fail if the code were wrong?")
    parser.add_argument("only", nargs="?", help="one module, such as core/retry.py")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1, help="mutants that are tried at once")
    arguments = parser.parse_args()
    chosen = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["mutants"]
    if arguments.only and arguments.only not in chosen:
        parser.error(f"one of {', '.join(chosen)}")
    modules = [arguments.only] if arguments.only else list(chosen)
    listed = [mutant for mutant in _listed() if mutant.module in modules]
    unlisted: list[Mutant] = []
    mutants = survivors = 0
    for module in modules:
        began_s = time.monotonic()
        outcome = _tried(module, _tests(module, chosen[module]), arguments.children)
        mutants += outcome.mutants
        survivors += len(outcome.survivors)
        rest = f"{outcome.endless} without end, {time.monotonic() - began_s:.0f} s"
        print(f"{module:40}{_shares(outcome.mutants, len(outcome.survivors))}, {rest}", flush=True)
        for survivor in outcome.survivors:
            if survivor in listed:
                listed.remove(survivor)
            else:
                unlisted.append(survivor)
    for heading, odd in (("Survived and not listed:", unlisted), (f"In {_LISTED}, and dead or gone:", listed)):
        if odd:
            print(f"\n{heading}", *odd, sep="\n")
    print(f"{'all ' + str(len(modules)):40}{_shares(mutants, survivors)}, {len(unlisted)} of them not listed")
    return 1 if unlisted or listed else 0


def _shares(mutants: int, survivors: int) -> str:
    share = survivors / mutants if mutants else 0.0
    return f"{mutants:6} mutants, {mutants - survivors:6} killed, {survivors:4} survived ({share:.1%})"


def _tests(module: str, more: list[str]) -> list[str]:
    """Find a module's own tests by its name, and add those that are named; one named with a minus is left out."""
    path = Path("tests/unit") / module
    own = sorted(str(found.relative_to(_ROOT)) for found in (_ROOT / path.parent).glob(f"test_{path.stem}*.py"))
    left_out = [f"--deselect=tests/unit/{test[1:]}" for test in more if test.startswith("-")]
    return [*own, *(f"tests/unit/{test}" for test in more if not test.startswith("-")), *left_out]


def _listed() -> Iterator[Mutant]:
    for entry in tomllib.loads((_ROOT / _LISTED).read_text()).get("left", []):
        for function, was, now in entry["mutants"]:
            yield Mutant(entry["module"], function, was, now)


def _tried(module: str, tests: list[str], children: int) -> _Outcome:
    """Make a module's mutants in a folder of its own, and try them there."""
    folder = _PLACE / module.removesuffix(".py").replace("/", ".")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in _SHARED:
        (folder / name).symlink_to(_ROOT / name)
    settings = {
        "source_paths": [_PACKAGE],
        "only_mutate": [f"{_PACKAGE}/{module}"],
        "also_copy": ["tools"],
        "pytest_add_cli_args": ["--noconftest", *(f"-p{plugin}" for plugin in _PLUGINS)],
        "pytest_add_cli_args_test_selection": tests,
        "timeout_multiplier": ["10"],
    }
    lines = ["[mutmut]", *("\n    ".join([f"{name} =", *values]) for name, values in settings.items())]
    (folder / "setup.cfg").write_text("\n".join(lines))
    diff_of = importlib.import_module("mutmut.mutation.diff_apply").get_diff_for_mutant
    done = _mutmut(folder, "run", "--max-children", str(children))
    (folder / "log").write_text(done.stdout + done.stderr)
    if done.returncode:
        raise SystemExit(f"mutmut failed: {done.stdout[-3000:]}{done.stderr[-3000:]}")
    results = _RESULT.findall(_mutmut(folder, "results", "--all", "true").stdout)
    alive = [name for name, status in results if status in _ALIVE]
    with contextlib.chdir(folder):
        diffs = [diff_of(name, path=f"{_PACKAGE}/{module}") for name in alive]
    survivors = [_changed(module, name, diff) for name, diff in zip(alive, diffs, strict=True)]
    return _Outcome(len(results), survivors, sum(status == "timeout" for _, status in results))


def _changed(module: str, name: str, diff: str) -> Mutant:
    function = re.sub(r"__mutmut_\d+$", "", name.rpartition(".")[2]).removeprefix("x_").removeprefix("xǁ")
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@", "#"))]
    was, now = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return Mutant(module, function.replace("ǁ", "."), was, now)


def _mutmut(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "mutants", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [str(Path(sys.executable).parent / "mutmut"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
