"""
Who is compared in a pull: the command, the environment and the files of each side.

Knows how a side is started and where it writes. When it runs, and what is made of it, the studies know.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import OWN, Environment
from benchmarks.runs import Child
from benchmarks.standin.process import StandIn

__all__ = ["DLT", "DLT_ENVIRONMENT", "HTTP", "OURS", "REQUESTS", "Sides", "airflow_variables", "connection"]

OURS = "ours"
HTTP = "HttpOperator"
DLT = "dlt"
REQUESTS = "requests loop"

DLT_ENVIRONMENT = Environment("dlt", ("dlt==1.31.0", "psycopg2-binary==2.9.13"))
_REQUESTS_ENVIRONMENT = Environment("requests", ("requests==2.34.2",))

_UNLIMITED = 10_000_000
"""Requests a minute: more than any machine sends."""


def connection(kind: str, url: str, **extra: object) -> str:
    """Write an Airflow connection as a variable ``AIRFLOW_CONN_…`` takes it."""
    return json.dumps({"conn_type": kind, "host": url, "password": "secret", "extra": extra})


def airflow_variables(folder: Path) -> dict[str, str]:
    """Give an Airflow a home of its own; whoever else has one on this machine is not disturbed."""
    return {"AIRFLOW_HOME": str(folder / "airflow"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}


@dataclass(frozen=True, slots=True)
class Sides:
    """
    The sides of one stand-in's lists.

    :param standin: with the fronts ``all`` and ``one``.
    :param folder: where they write; each overwrites what it wrote before.
    :param files: open files that our side is allowed.
    """

    standin: StandIn
    folder: Path
    files: int

    def child(self, side: str, listed: str) -> Child:
        """
        Say how a side is run.

        :param side: one of the names above; ours with the number of requests under way, ``ours, 8``.
        :param listed: ``contacts`` or ``members``.
        """
        path = str(self.path(side, listed))
        if side == HTTP:
            return self._child(side, OWN, "http_operator", listed, path)
        if side == DLT:
            return self._child(side, DLT_ENVIRONMENT.python(), "dlt_rest", listed, *self._urls(), path)
        if side == REQUESTS:
            return self._child(side, _REQUESTS_ENVIRONMENT.python(), "requests_loop", listed, *self._urls(), path)
        options = ("--concurrency", side.rpartition(" ")[2], "--files", str(self.files))
        return self._child(side, OWN, "ours", listed, path, *options)

    def path(self, side: str, listed: str) -> Path:
        """Say where a side writes: a file, or dlt's folder."""
        ending = "" if side == DLT else ".jsonl.gz"
        return self.folder / f"{side.replace(', ', '-').replace(' ', '-')}-{listed}{ending}"

    def written(self, side: str, listed: str) -> list[Path]:
        """Find the files with rows that a side wrote."""
        path = self.path(side, listed)
        return sorted(path.glob(f"all/files/pulled/{listed}/*")) if side == DLT else [path]

    def _child(self, side: str, python: Path, script: str, *arguments: str) -> Child:
        return Child(side, ("-m", f"benchmarks.peers.{script}", *arguments), python, self._airflow())

    def _urls(self) -> tuple[str, str]:
        return self.standin.url("one"), self.standin.url("all")

    def _airflow(self) -> dict[str, str]:
        variables = airflow_variables(self.folder)
        for front in ("one", "all"):
            url = self.standin.url(front)
            variables[f"AIRFLOW_CONN_CIRCA_{front.upper()}"] = connection("circa", url)
            variables[f"AIRFLOW_CONN_CIRCLE_ADMIN_{front.upper()}"] = connection(
                "circle_admin", url, requests_per_minute=_UNLIMITED
            )
            variables[f"AIRFLOW_CONN_HTTP_{front.upper()}"] = connection("http", url)
        return variables
