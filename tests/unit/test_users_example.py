"""The example of a user's test in ``tests/example``, run as its author runs it: with a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "example"
ROOT = EXAMPLE.parents[1]


def test_example_of_a_users_test_passes(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-c",
        tmp_path / "pytest.ini",
        "-q",
        EXAMPLE,
    ]

    done = subprocess.run(
        [*command, f"--basetemp={tmp_path / 'temporary'}"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        cwd=EXAMPLE,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-5000:]
    assert "4 passed" in done.stdout
