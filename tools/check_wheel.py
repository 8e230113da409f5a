"""
What is published: the source archive, and the wheel that is built of it; nothing missing in them, nothing too much.

In an empty environment every module is imported with the wheel's own dependencies alone, its types are tried on
``tests/typing``, and Airflow is asked whether it knows the provider. ``make lint`` runs it; ``make dist`` keeps both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZipFile

__all__ = ["deviations", "main", "misfits"]

_ROOT = Path(__file__).resolve().parent.parent
_UV = Path(sys.executable).parent / "uv"
_NAME = "airflow-provider-circle"
_PACKAGE = "airflow_provider_circle"
_METADATA = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt")
_ADDED = ("PKG-INFO",)
"""What ``build`` writes into a source archive, besides its notes on the package."""

_FOR_GIT = (".git", ".pre-commit-config.yaml")
"""What only those need who have the repository."""

_ENTRY_POINTS = ("apache_airflow_provider", "airflow.plugins", "pytest11")

_IMPORT_ALL = """
import importlib, pkgutil, sys, airflow_provider_circle as package

NEED_AN_EXTRA = {"pytest", "pyarrow", "starlette", "uvicorn"}
count = 0
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if module.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(module.name)
        count += 1
    except ModuleNotFoundError as error:
        if error.name not in NEED_AN_EXTRA:
            sys.exit(f"{module.name} needs {error.name}")
print(count, "modules imported")
"""


def main() -> int:
    """
    Check both.

    :return: exit status.
    """
    parser = argparse.ArgumentParser(description="Build and check what is published.")
    parser.add_argument("--keep", type=Path, help="folder for what was built and found right")
    keep: Path | None = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        built = place / "dist"
        _run(sys.executable, "-m", "build", "--installer", "uv", "--outdir", built, _ROOT)
        (wheel,), (archive,) = built.glob("*.whl"), built.glob("*.tar.gz")
        print(_run(sys.executable, "-m", "twine", "check", "--strict", wheel, archive).strip())
        if wrong := [*_wrong_in_archive(archive), *_wrong_in(wheel)]:
            print(*wrong, sep="\n", file=sys.stderr)
            return 1
        environment = place / "environment"
        _run(_UV, "venv", "--quiet", "--python", sys.executable, environment)
        python = environment / "bin" / "python"
        _run(_UV, "pip", "install", "--quiet", "--python", python, wheel)
        path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
        home = {"AIRFLOW_HOME": str(place / "home"), "PATH": path, "PYTHONPATH": ""}
        print(_run(python, "-c", _IMPORT_ALL, environment=home, folder=place).splitlines()[-1])
        mypy = (sys.executable, "-m", "mypy", "--strict", "--python-executable", python)
        cache = f"--cache-dir={_ROOT / '.mypy_cache' / 'wheel'}"
        print(_run(*mypy, cache, *_typing_samples(place), environment=home, folder=place).strip())
        shown = _run(python.parent / "airflow", "providers", "get", _NAME, environment=home, folder=place)
        print(shown)
        if _NAME not in shown:
            print(f"airflow does not know {_NAME}", file=sys.stderr)
            return 1
        if keep:
            shutil.copytree(built, keep, dirs_exist_ok=True)
    return 0


def misfits(names: Iterable[str], tracked: Iterable[str]) -> list[str]:
    """
    Compare what is in a source archive with what git tracks.

    :param names: of all files in it, as paths from its folder.
    :param tracked: all files of the project, as paths from its folder.
    """
    inside = {name for name in names if not name.startswith(f"{_PACKAGE}.egg-info/")} - set(_ADDED)
    wanted = {name for name in tracked if not name.startswith(_FOR_GIT)}
    return [
        *(f"missing in the archive: {name}" for name in sorted(wanted - inside)),
        *(f"too much in the archive: {name}" for name in sorted(inside - wanted)),
    ]


def deviations(names: Iterable[str], sources: Iterable[str]) -> list[str]:
    """
    Compare what is in a wheel with what should be.

    :param names: of all files in it.
    :param sources: what the package is made of, as paths from the project's folder.
    """
    inside = set(names)
    folder = next((name.partition("/")[0] for name in inside if ".dist-info/" in name), "")
    wanted = {*sources, *(f"{folder}/{name}" for name in _METADATA)}
    return [
        *(f"missing: {name}" for name in sorted(wanted - inside)),
        *(f"too much: {name}" for name in sorted(inside - wanted)),
    ]


def _wrong_in_archive(archive: Path) -> list[str]:
    if not (_ROOT / ".git").exists():
        print("no git here: what the archive holds is not compared")
        return []
    tracked = _run("git", "ls-files").splitlines()
    with tarfile.open(archive) as members:
        return misfits((one.name.partition("/")[2] for one in members if one.isfile()), tracked)


def _wrong_in(wheel: Path) -> list[str]:
    package = _ROOT / _PACKAGE
    made_of = [*package.rglob("*.py"), package / "py.typed", *(package / "ui" / "assets").iterdir()]
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        points = "".join(archive.read(name).decode() for name in names if name.endswith("/entry_points.txt"))
    lacking = [f"no entry point: {group}" for group in _ENTRY_POINTS if f"[{group}]" not in points]
    return [*deviations(names, (path.relative_to(_ROOT).as_posix() for path in made_of)), *lacking]


def _typing_samples(place: Path) -> list[Path]:
    """Copy what tries the types to where nothing but the wheel can be found."""
    return [Path(shutil.copy(sample, place)) for sample in sorted((_ROOT / "tests" / "typing").glob("*.py"))]


def _run(*command: str | Path, environment: dict[str, str] | None = None, folder: Path = _ROOT) -> str:
    done = subprocess.run(
        command, env={**os.environ, **(environment or {})}, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)
        raise SystemExit(f"{command[0]} failed")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
