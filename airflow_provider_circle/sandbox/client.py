"""
The sandbox as seen from a test: start it, prepare it, ask it what happened.

Knows the controls that all services share, those of CircleCI, and how to run the server as a process of its own. The
other controls are in the services' folders. Standard library only.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import airflow_provider_circle
from airflow_provider_circle.sandbox.circa.remote import CircaRemote
from airflow_provider_circle.sandbox.circle_admin.remote import CircleAdminRemote
from airflow_provider_circle.sandbox.circleci.artifacts_remote import ArtifactsRemote
from airflow_provider_circle.sandbox.circleci.v1_remote import CircleCIV1Remote
from airflow_provider_circle.sandbox.circleme.remote import CircleMeRemote
from airflow_provider_circle.sandbox.remote import JsonObject
from airflow_provider_circle.sandbox.webhook_remote import WebhookRemote

__all__ = ["DEFAULT_TOKEN", "READY", "Sandbox", "start_sandbox"]

DEFAULT_TOKEN = "sandbox-token"  # noqa: S105  # Opens nothing but a sandbox.
READY = "sandbox: listening on "

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0
_OUTAGE_BEGINS_WITHIN_S = 0.1
_BACK_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.05


class Sandbox(CircaRemote, CircleAdminRemote, CircleCIV1Remote, CircleMeRemote, WebhookRemote, ArtifactsRemote):
    """
    A running sandbox.

    :param url: where it listens, like ``http://127.0.0.1:8765``.
    :param token: the token its services accept.
    :param service_tokens: by service, where one accepts a token of its own.
    """

    def __init__(self, url: str, token: str = DEFAULT_TOKEN, service_tokens: Mapping[str, str] | None = None) -> None:
        super().__init__(url, token, service_tokens)
        self._back_at_s = -math.inf

    @property
    def circleci_host(self) -> str:
        """Base URL of the CircleCI service: the ``host`` of a connection."""
        return f"{self.url}/circleci"

    def connection_json(self) -> str:
        """Write the connection as ``AIRFLOW_CONN_CIRCLECI_DEFAULT`` takes it."""
        return self._connection("circleci", self.circleci_host)

    def requests(self, method: str | None = None, path: str | None = None) -> list[JsonObject]:
        """
        List what the services were asked, oldest first.

        :param method: only this method.
        :param path: only raw paths in which this regular expression is found.
        :return: ``seq``, ``at`` (virtual seconds), ``service``, ``method``, ``path`` (still percent-encoded), ``query``
            (a list for what came more than once), ``headers`` (``query`` and these with secrets masked), ``body``
            (parsed JSON; ``None`` where it is none), ``status`` (``None`` for a connection that was reset), ``fault``
            (its kind, or ``None``), ``client_port``.
        """
        return self._items("/requests", method=method, path=path)

    def clear_requests(self) -> None:
        """Forget what was asked so far."""
        self._call("DELETE", "/requests")

    def add_fault(self, kind: str, **options: Any) -> None:
        """
        Switch a fault on.

        :param kind: ``status``, ``status_after``, ``reset``, ``reset_after``, ``stall``, ``slow``, ``cut``, ``html``,
            ``malformed`` or ``empty``; ``status``, ``reset`` and ``html`` strike before the service did anything, all
            others after.
        :param options: which requests: ``method``; ``path``, a regular expression found in the raw path; ``skip``, so
            many are let through first; ``times``, then so many are struck, all without it. And by kind: of the two
            statuses ``status`` (503), ``retry_after`` (a text) and ``body`` (what becomes JSON); of ``html`` ``status``
            (502); of ``stall`` and ``slow`` ``seconds`` (1.0, real ones).
        :raises ValueError: an unknown kind or option, or a value that makes no sense.
        """
        self._call("POST", "/faults", {"kind": kind, **options})

    def faults(self) -> list[JsonObject]:
        """List the faults that are on, each with its number of ``hits``."""
        return self._items("/faults")

    def clear_faults(self) -> None:
        """Switch all faults off."""
        self._call("DELETE", "/faults")

    def go_down(self, seconds: float) -> None:
        """
        Break all connections and refuse new ones for a while, as a server that restarts; it forgets nothing.

        :param seconds: real ones, at most 600. Controls cannot be reached either until they are over, which ``reset``,
            and with it the fixture in the next test, waits for.
        """
        self._call("POST", "/outage", {"seconds": seconds})
        self._back_at_s = time.monotonic() + seconds + _OUTAGE_BEGINS_WITHIN_S

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
        """
        List all CircleCI pipelines as they really are, oldest first, also those that lists do not show yet.

        :return: ``id``, ``number``, ``project_slug``, ``branch``, ``tag``, ``parameters``, ``scenario``,
            ``duration_s``, ``created_at``, ``state``, ``continuation_key``, and ``workflows``, newest first, each with
            ``id``, ``name``, ``status``, ``stopped_at``.
        """
        return self._items("/circleci/pipelines")

    def set_default(
        self, *, scenario: str | None = None, duration_s: float | None = None, project_slug: str | None = None
    ) -> None:
        """
        Say what CircleCI pipelines do when their parameters do not; what is not given stays as it is.

        :param scenario: as listed by ``python -m airflow_provider_circle.sandbox --help``.
        :param duration_s: virtual seconds from the trigger to the end; 20 at first.
        :param project_slug: only for pipelines of this project.
        """
        wanted = {"scenario": scenario, "duration_s": duration_s, "project_slug": project_slug}
        self._call("POST", "/circleci/defaults", wanted)

    def set_limit(self, requests_per_minute: int | None) -> None:
        """
        Answer CircleCI requests above this rate with 429 and ``Retry-After``; ``None`` lifts the limit.

        :param requests_per_minute: of virtual time; without a limit at first.
        """
        self._call("POST", "/circleci/limits", {"requests_per_minute": requests_per_minute})

    def hide_mine(self, seconds: float) -> None:
        """Leave pipelines created from now on out of all lists for this many virtual seconds."""
        self._call("POST", "/circleci/hide_mine", {"seconds": seconds})

    def reset(self) -> None:
        """Make the sandbox as good as new: state, faults, records, limits and clock; once an outage is over."""
        time.sleep(max(0.0, self._back_at_s - time.monotonic()))
        while True:
            try:
                self._call("POST", "/reset")
            except OSError:
                if time.monotonic() > self._back_at_s + _BACK_WITHIN_S:
                    raise
                time.sleep(_LOOK_EVERY_S)
            else:
                return


@contextmanager
def start_sandbox(
    speed: float = 1.0,
    port: int = 0,
    token: str = DEFAULT_TOKEN,
    service_tokens: Mapping[str, str] | None = None,
    skew_s: float = 0.0,
) -> Iterator[Sandbox]:
    """
    Run a sandbox as a process of its own, for as long as the context lasts.

    :param speed: virtual seconds per real second.
    :param port: port to listen on; 0 is any free one.
    :param token: the only token that is accepted.
    :param service_tokens: other ones by service (``circleci``, ``circle-admin``, ``circa``, ``circleme``), so that a
        call with another connection's token is refused.
    :param skew_s: seconds by which its clock is ahead of this machine's at the start, or behind where negative.
    :raises RuntimeError: it did not start; says what it wrote to its standard error.
    """
    command = [sys.executable, "-m", "airflow_provider_circle.sandbox"]
    command += ["--speed", str(speed), "--port", str(port), "--token", token, f"--skew={skew_s}"]
    for service, own in (service_tokens or {}).items():
        command += ["--service-token", f"{service}={own}"]
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
            yield Sandbox(first_line.removeprefix(READY).strip(), token, service_tokens)
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
