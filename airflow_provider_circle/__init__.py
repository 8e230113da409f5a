"""Apache Airflow provider for CircleCI, the Circle community platform, Circa and CircleMe."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
