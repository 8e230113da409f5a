"""The color of each service's tasks in Airflow's graph: pale, for the text on it is black."""

from __future__ import annotations

__all__ = ["CIRCA", "CIRCLECI", "CIRCLEME", "CIRCLE_ADMIN"]

CIRCA = "#fdf0e1"
CIRCLECI = "#e8f5ec"
CIRCLEME = "#e6eef9"
CIRCLE_ADMIN = "#efe9fb"
