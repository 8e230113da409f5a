"""
The sandbox as seen from a test: start it, prepare it, ask it what happened.

Knows the control API and how to run the server as a process of its own. Standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import airflow_provider_circle

__all__ = ["DEFAULT_TOKEN", "READY", "Sandbox", "start_sandbox"]

DEFAULT_TOKEN = "sandbox-token"  # noqa: S105  # Opens nothing but a sandbox.
READY = "sandbox: listening on "

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0
_CALL_TIMEOUT_S = 30.0

JsonObject = dict[str, Any]


class Sandbox:
    """
    A running sandbox.

    :param url: where it listens, like ``http://127.0.0.1:8765``.
    :param token: the token its services accept.
    """

    def __init__(self, url: str, token: str = DEFAULT_TOKEN) -> None:
        self.url = url
        self.token = token
        self._opener = build_opener(ProxyHandler({}))  # A proxy of the environment must not see loopback calls.

    @property
    def circleci_host(self) -> str:
        """Base URL of the CircleCI service: the ``host`` of a connection."""
        return f"{self.url}/circleci"

    def connection_json(self) -> str:
        """Write the connection as ``AIRFLOW_CONN_CIRCLECI_DEFAULT`` takes it."""
        return json.dumps({"conn_type": "circleci", "host": self.circleci_host, "password": self.token})

    def requests(self, method: str | None = None, path: str | None = None) -> list[JsonObject]:
        """
        List what the services were asked, oldest first.

        :param method: only this method.
        :param path: only raw paths in which this regular expression is found.
        :return: ``seq``, ``at`` (virtual seconds), ``service``, ``method``, ``path`` (still percent-encoded),
            ``query``, ``headers`` (secrets masked), ``body`` (parsed JSON), ``status``, ``fault``, ``client_port``.
        """
        filters = {name: value for name, value in (("method", method), ("path", path)) if value is not None}
        return self._items(f"/requests?{urlencode(filters)}")

    def clear_requests(self) -> None:
        """Forget what was asked so far."""
        self._call("DELETE", "/requests")

    def add_fault(self, kind: str, **options: Any) -> None:
        """
        Switch a fault on.

        :param kind: ``status``, ``status_after``, ``reset``, ``reset_after``, ``stall``, ``slow``, ``cut``, ``html``,
            ``malformed`` or ``empty``; ``status``, ``reset`` and ``html`` strike before the service did anything, all
            others after.
        :param options: which requests: ``method``, ``path`` (regular expression on the raw path), ``times``, ``skip``;
            and by kind ``status``, ``retry_after``, ``body``, ``seconds`` (real ones).
        :raises ValueError: an unknown kind or option.
        """
        self._call("POST", "/faults", {"kind": kind, **options})

    def faults(self) -> list[JsonObject]:
        """List the faults that are on, each with its number of ``hits``."""
        return self._items("/faults")

    def clear_faults(self) -> None:
        """Switch all faults off."""
        self._call("DELETE", "/faults")

    def now(self) -> float:
        """Virtual seconds since 1970."""
        return float(self._call("GET", "/clock")["now_s"])

    def advance(self, seconds: float) -> None:
        """Move virtual time forward."""
        self._call("POST", "/clock", {"advance_s": seconds})

    def set_speed(self, speed: float) -> None:
        """
        Let virtual time run at another speed from now on.

        :param speed: virtual seconds per real second; 0 stops it.
        """
        self._call("POST", "/clock", {"speed": speed})

    def pipelines(self) -> list[JsonObject]:
        """List all CircleCI pipelines as they really are, oldest first, also those lists do not show yet."""
        return self._items("/circleci/pipelines")

    def set_default(
        self, *, scenario: str | None = None, duration_s: float | None = None, project_slug: str | None = None
    ) -> None:
        """
        Say what CircleCI pipelines do when their parameters do not.

        :param scenario: as listed by ``python -m airflow_provider_circle.sandbox --help``.
        :param duration_s: virtual seconds from the trigger to the end.
        :param project_slug: only for pipelines of this project.
        """
        wanted = {"scenario": scenario, "duration_s": duration_s, "project_slug": project_slug}
        self._call("POST", "/circleci/defaults", wanted)

    def set_limit(self, requests_per_minute: int | None) -> None:
        """Answer CircleCI requests above this rate (per virtual minute) with 429; ``None`` lifts the limit."""
        self._call("POST", "/circleci/limits", {"requests_per_minute": requests_per_minute})

    def hide_mine(self, seconds: float) -> None:
        """Leave pipelines created from now on out of all lists for this many virtual seconds."""
        self._call("POST", "/circleci/hide_mine", {"seconds": seconds})

    def reset(self) -> None:
        """Make the sandbox as good as new: state, faults, records, limits and clock."""
        self._call("POST", "/reset")

    def _items(self, path: str) -> list[JsonObject]:
        items: list[JsonObject] = self._call("GET", path)["items"]
        return items

    def _call(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        request = Request(  # noqa: S310  # Always the http URL of the sandbox.
            f"{self.url}/_sandbox{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with self._opener.open(request, timeout=_CALL_TIMEOUT_S) as reply:
                answer: JsonObject = json.load(reply)
                return answer
        except HTTPError as error:
            with error:
                raise ValueError(f"{method} {path}: {json.load(error)['message']}") from None


@contextmanager
def start_sandbox(speed: float = 1.0, port: int = 0, token: str = DEFAULT_TOKEN) -> Iterator[Sandbox]:
    """
    Run a sandbox as a process of its own, for as long as the context lasts.

    :param speed: virtual seconds per real second.
    :param port: port to listen on; 0 is any free one.
    :raises RuntimeError: it did not start; says what it wrote to its standard error.
    """
    command = [sys.executable, "-m", "airflow_provider_circle.sandbox"]
    command += ["--speed", str(speed), "--port", str(port), "--token", token]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, env=_environment()
        ) as process,
    ):
        try:
            first_line = _first_line(process)
            if not first_line.startswith(READY):
                process.kill()
                process.wait()
                errors.seek(0)
                raise RuntimeError(f"the sandbox did not start (exit {process.returncode}):\n{errors.read().strip()}")
            yield Sandbox(first_line.removeprefix(READY).strip(), token)
        finally:
            _stop(process)


def _environment() -> dict[str, str]:
    """Let the child import the very package its parent did, installed or not."""
    root = str(Path(airflow_provider_circle.__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def _first_line(process: subprocess.Popen[str]) -> str:
    if process.stdout is None:
        return ""
    impatience = threading.Timer(_START_TIMEOUT_S, process.kill)
    impatience.start()
    try:
        return process.stdout.readline()
    finally:
        impatience.cancel()


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
