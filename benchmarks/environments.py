"""
The Python environments that peers run in.

Knows how an environment is made once and found again, and nothing of who runs in it. The project itself runs in the
environment that runs the benchmarks.
"""

from __future__ import annotations

import fcntl
import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["OWN", "ROOT", "Environment"]

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder; child processes start there."""

OWN = Path(sys.executable)
"""The Python that runs the benchmarks, with the project in it."""

_PLACE = ROOT / ".bench"


@dataclass(frozen=True, slots=True)
class Environment:
    """
    An environment in ``.bench``, of the same Python version as the project's.

    :param name: name of its folder.
    :param requirements: what is installed, each with its exact version (``dlt==1.2.3``).
    """

    name: str
    requirements: tuple[str, ...]

    def __post_init__(self) -> None:
        loose = [one for one in self.requirements if "==" not in one]
        if loose:
            raise ValueError(f"requirements must name exact versions (name==1.2.3), got {', '.join(loose)}")

    def python(self) -> Path:
        """
        Find the environment's Python; the first call makes the environment, and one after a change makes it anew.

        :return: path of the interpreter.
        :raises RuntimeError: the packages cannot be installed; with the installer's last words.
        """
        folder = _PLACE / self.name
        python, note = folder / "bin" / "python", folder / "requirements.txt"
        wanted = "\n".join(self.requirements) + "\n"
        _PLACE.mkdir(exist_ok=True)
        with (_PLACE / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two studies may want the same environment
            if not note.exists() or note.read_text() != wanted:
                shutil.rmtree(folder, ignore_errors=True)
                print(f"making .bench/{self.name}", file=sys.stderr, flush=True)
                _run(str(OWN), "-m", "venv", *([] if _UV else ["--upgrade-deps"]), str(folder))
                _run(*(_UV or (str(python), "-m", "pip")), "install", "--quiet", *_into(python), *self.requirements)
                note.write_text(wanted)  # last, so that a failed attempt is made again
        return python


def _uv() -> tuple[str, ...]:
    """How to call uv; empty where it is not installed."""
    beside = OWN.parent / "uv"
    if beside.exists():
        return (str(beside), "pip")
    return (str(OWN), "-m", "uv", "pip") if importlib.util.find_spec("uv") else ()


_UV = _uv()


def _into(python: Path) -> tuple[str, ...]:
    return ("--python", str(python)) if _UV else ()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} … failed:\n{done.stderr[-2000:]}")
