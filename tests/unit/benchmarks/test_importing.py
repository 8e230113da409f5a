"""Measuring imports in processes of their own."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.environments import ROOT


def test_measure_that_fails_says_why() -> None:
    code = "from benchmarks.peers.importing import cpu_ms, forked; forked(cpu_ms, ['no_such_module'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)

    assert done.returncode == 1
    assert done.stderr.endswith("RuntimeError: cpu_ms of no_such_module failed\n")
    assert "No module named 'no_such_module'" in done.stderr
