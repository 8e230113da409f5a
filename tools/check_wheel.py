"""
The wheel as a user gets it: built, installed in an empty environment, and found by Airflow.

``make lint`` runs it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parent.parent
_UV = Path(sys.executable).parent / "uv"
_NAME = "airflow-provider-circle"


def main() -> int:
    """
    Check the wheel.

    :return: exit status.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _run(sys.executable, "-m", "build", "--wheel", "--installer", "uv", "--outdir", folder, _ROOT)
        (wheel,) = place.glob("*.whl")
        environment = place / "environment"
        _run(_UV, "venv", "--quiet", "--python", sys.executable, environment)
        python = environment / "bin" / "python"
        _run(_UV, "pip", "install", "--quiet", "--python", python, wheel)
        home = {"AIRFLOW_HOME": str(place / "home"), "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
        shown = _run(python.parent / "airflow", "providers", "get", _NAME, environment=home, folder=place)
        print(shown)
        if _NAME not in shown:
            print(f"airflow does not know {_NAME}", file=sys.stderr)
            return 1
    return 0


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
