"""
A real Airflow in a folder of its own: started, asked, hurt and stopped.

Knows processes, ports, configuration and the REST API; knows nothing of what its DAGs do. The demo and the integration
tests share it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import psutil
import requests

from tools.ports import free_port

__all__ = ["COMPONENTS", "STANDALONE", "AirflowInstance"]

T = TypeVar("T")

STANDALONE = ("standalone",)
COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")

_BIN = Path(sys.executable).parent
_END_STATES = frozenset({"success", "failed"})
_ANSWER_TIMEOUT_S = 60.0
_READ_AGAIN_AFTER_S = (0.5, 1.0, 2.0)


class _NoAnswer(RuntimeError):
    """The REST API could not say, just now, what was asked; nothing was changed by asking."""


class AirflowInstance:
    """
    Airflow with its own home, on free ports; on SQLite, unless ``environment`` names another database.

    :param home: folder for database, logs and configuration; created.
    :param dags: folder with DAG files.
    :param commands: ``airflow`` commands to run, each a process: ``STANDALONE`` or ``COMPONENTS``.
    :param environment: further variables, connections for example.
    """

    def __init__(
        self,
        home: Path,
        dags: Path,
        *,
        commands: tuple[str, ...] = STANDALONE,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._commands = commands
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._session = requests.Session()
        self._session.trust_env = False
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
            "PATH": f"{_BIN}{os.pathsep}{os.environ.get('PATH', '')}",
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "120",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
            "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__SECRET_KEY": secrets.token_hex(16),
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__TRIGGERER__TRIGGERER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "120",
            # Files do not change here; to read them twice a minute takes time that tests could have.
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
            "NO_PROXY": "localhost,127.0.0.1",
            "no_proxy": "localhost,127.0.0.1",
            **(environment or {}),
        }

    def __enter__(self) -> Self:
        """Start everything and wait until it is healthy."""
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            if self._commands != STANDALONE:
                self.airflow("db", "migrate")
            for command in self._commands:
                self.start(command)
            self.wait_for(self._healthy, "Airflow to become healthy", timeout_s=300)
            self._sign_in()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop everything."""
        self.stop()

    def airflow(self, *arguments: str) -> str:
        """
        Run one ``airflow`` command to its end.

        :return: what it printed.
        :raises RuntimeError: it failed; with the end of what it printed.
        """
        done = subprocess.run(
            [_BIN / "airflow", *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"airflow {' '.join(arguments)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    def start(self, command: str, name: str = "", environment: Mapping[str, str] | None = None) -> None:
        """
        Start a long-running command as a process group of its own, its output in ``<home>/<name>.out``.

        :param command: what follows ``airflow``.
        :param name: what to call it, where the same command runs more than once.
        :param environment: variables for this process alone.
        """
        name = name or command
        with (self.home / f"{name}.out").open("ab") as output:
            self._processes[name] = subprocess.Popen(
                [_BIN / "airflow", *command.split()],
                env={**self.environment, **(environment or {})},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def commands(self) -> list[str]:
        """Name what runs."""
        return list(self._processes)

    def family(self, name: str) -> list[psutil.Process]:
        """List a command's process and all below it, also what left its process group; nothing once it is gone."""
        with contextlib.suppress(KeyError, psutil.NoSuchProcess):
            first = psutil.Process(self._processes[name].pid)
            return [first, *first.children(recursive=True)]
        return []

    def kill(self, name: str) -> None:
        """Kill a command and all its children, without warning."""
        family = self.family(name)
        process = self._processes.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait()

    def stop(self) -> None:
        """Ask everything to stop, and make sure that it did."""
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
        deadline_s = time.monotonic() + 20
        for process in self._processes.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline_s - time.monotonic()))
        for command in list(self._processes):
            self.kill(command)
        self._session.close()

    @property
    def sign_in(self) -> tuple[str, str]:
        """User and password of the web interface."""
        path = self.home / "simple_auth_manager_passwords.json.generated"
        ((user, password),) = json.loads(path.read_text()).items()
        return user, password

    def ask(self, method: str, path: str, **json_body: Any) -> Any:
        """
        Call the REST API. A machine under load fails now and then: what is only read is read again.

        :param path: below ``/api/v2``.
        :return: the decoded reply.
        :raises RuntimeError: it refused or failed; ``wait_for`` looks again where that may pass.
        """
        body = json_body or ({} if method == "POST" else None)
        for pause_s in _READ_AGAIN_AFTER_S:
            try:
                reply = self._send(method, path, body)
                break
            except _NoAnswer:
                time.sleep(pause_s)
        else:
            reply = self._send(method, path, body)
        if reply.status_code >= 400:
            raise RuntimeError(f"{method} {path} answered {reply.status_code}: {reply.text[:500]}")
        return reply.json() if reply.content else None

    def run(
        self, dag_id: str, run_id: str, conf: Mapping[str, Any] | None = None, *, logical_date: str | None = None
    ) -> None:
        """
        Start a DAG run by hand, as soon as the DAG is known and unpaused.

        :param logical_date: ISO 8601; without one the run has no data interval.
        """
        self.unpause(dag_id)
        wanted = {"dag_run_id": run_id, "logical_date": logical_date, "conf": dict(conf or {})}
        asked = 0

        def begun() -> bool:
            nonlocal asked
            asked += 1
            reply = self._send("POST", f"/dags/{dag_id}/dagRuns", wanted, repeatable=True)
            if not reply.ok and not (asked > 1 and reply.status_code == HTTPStatus.CONFLICT):
                raise RuntimeError(f"run {run_id} of {dag_id} was refused ({reply.status_code}): {reply.text[:500]}")
            return True

        self.wait_for(begun, f"run {run_id} of {dag_id} to begin", timeout_s=120)

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run, as soon as it is known."""
        self.wait_for(lambda: self._known(dag_id), f"DAG {dag_id} to be read", timeout_s=120)
        self.ask("PATCH", f"/dags/{dag_id}", is_paused=False)

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Read all runs of a DAG."""
        found: list[dict[str, Any]] = self.ask("GET", f"/dags/{dag_id}/dagRuns?limit=100")["dag_runs"]
        return found

    def run_state(self, dag_id: str, run_id: str) -> str:
        """Tell how a run stands."""
        return str(self.ask("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def wait_for_run(self, dag_id: str, run_id: str, timeout_s: float = 240) -> str:
        """Wait for a run's end and tell how it ended."""
        return self.wait_for(
            lambda: state if (state := self.run_state(dag_id, run_id)) in _END_STATES else None,
            f"run {run_id} of {dag_id} to end",
            timeout_s=timeout_s,
        )

    def task(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> dict[str, Any]:
        """Read a task instance."""
        suffix = f"/{map_index}" if map_index >= 0 else ""
        found: dict[str, Any] = self.ask("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}{suffix}")
        return found

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Read all task instances of a run."""
        found: list[dict[str, Any]] = self.ask("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=1000")[
            "task_instances"
        ]
        return found

    def wait_for_task(self, dag_id: str, run_id: str, task_id: str, *states: str, timeout_s: float = 120) -> None:
        """Wait until a task instance is in one of some states."""
        self.wait_for(
            lambda: self.task(dag_id, run_id, task_id)["state"] in states,
            f"{task_id} of {dag_id} to be {' or '.join(states)}",
            timeout_s=timeout_s,
        )

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """Read an XCom value."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}?deserialize=true"
        return self.ask("GET", path)["value"]

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1) -> str:
        """Read a try's log as one text."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}?full_content=true"
        return json.dumps(self.ask("GET", path)["content"])

    def wait_for(self, look: Callable[[], T | None], what: str, *, timeout_s: float, every_s: float = 0.5) -> T:
        """
        Look until there is something to see.

        A machine under load answers late, or not at all: a look at the REST API that fails for such a reason has seen
        nothing yet.

        :return: the first value that is not false.
        :raises TimeoutError: there was none in time; with the end of what Airflow printed.
        :raises RuntimeError: a process of Airflow is dead.
        """
        unanswered = ""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            for command, process in self._processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"airflow {command} ended by itself:\n{self._tail(command)}")
            try:
                if seen := look():
                    return seen
                unanswered = ""
            except _NoAnswer as error:
                unanswered = f"; the last look failed: {error}"
            time.sleep(every_s)
        tails = "\n".join(f"--- {command}\n{self._tail(command)}" for command in self._processes)
        raise TimeoutError(f"waited {timeout_s:g} s for {what}{unanswered}\n{tails}")

    def _healthy(self) -> bool:
        try:
            reply = self._session.get(f"{self.url}/api/v2/monitor/health", timeout=5)
            parts = reply.json() if reply.ok else {}
        except (requests.RequestException, ValueError):
            return False
        needed = COMPONENTS if self._commands == STANDALONE else self._commands
        names = {command.replace("-", "_") for command in needed} - {"api_server"}
        return bool(parts) and all((parts.get(name) or {}).get("status") == "healthy" for name in names)

    def _sign_in(self) -> None:
        user, password = self.sign_in
        reply = self._session.post(
            f"{self.url}/auth/token", json={"username": user, "password": password}, timeout=_ANSWER_TIMEOUT_S
        )
        reply.raise_for_status()
        self._session.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"

    def _known(self, dag_id: str) -> bool:
        return self._send("GET", f"/dags/{dag_id}").ok

    def _send(self, method: str, path: str, json_body: Any = None, *, repeatable: bool = False) -> requests.Response:
        """Ask once; where asking again does no harm, a failure that may pass is no answer."""
        repeatable = repeatable or method == "GET"
        try:
            reply = self._session.request(method, f"{self.url}/api/v2{path}", json=json_body, timeout=_ANSWER_TIMEOUT_S)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            if repeatable:
                raise _NoAnswer(f"{method} {path}: {error}") from error
            raise
        if repeatable and reply.status_code >= 500:
            raise _NoAnswer(f"{method} {path} answered {reply.status_code}: {reply.text[:500]}")
        return reply

    def _tail(self, command: str) -> str:
        return (self.home / f"{command}.out").read_text(errors="replace")[-3000:]
