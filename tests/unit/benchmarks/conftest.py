"""Benchmarks run beside the newest Airflow; without the HTTP parser that it brings, their tests are left out."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("httptools") else ["*.py"]
