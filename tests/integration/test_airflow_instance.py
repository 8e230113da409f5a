"""Waiting for Airflow on a machine under load: patient with late answers, and with nothing else."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from tools.airflow_instance import AirflowInstance

StartApi = Callable[..., list[str]]


@pytest.fixture
def instance(tmp_path: Path) -> AirflowInstance:
    return AirflowInstance(tmp_path, tmp_path, commands=())


@pytest.fixture
def start_api(instance: AirflowInstance) -> Iterator[StartApi]:
    """Start a REST API that answers with these statuses, one by one, and notes what it is asked."""
    servers: list[HTTPServer] = []

    def start(*statuses: int) -> list[str]:
        asked: list[str] = []
        left = iter(statuses)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.command)
                self.send_response(next(left))
                self.end_headers()
                self.wfile.write(b'{"state": "success"}')

            def do_PATCH(self) -> None:
                self.do_GET()

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *arguments: object) -> None:
                pass

        server = HTTPServer(("localhost", instance.port), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_wait_outlasts_errors_of_the_server(instance: AirflowInstance, start_api: StartApi) -> None:
    asked = start_api(500, 503, 200)

    assert instance.wait_for(lambda: instance.run_state("dag", "run"), "an answer", timeout_s=30, every_s=0.01)
    assert len(asked) == 3


def test_reading_outlasts_errors_of_the_server(instance: AirflowInstance, start_api: StartApi) -> None:
    asked = start_api(500, 503, 200)

    assert instance.ask("GET", "/dags") is not None
    assert len(asked) == 3


def test_wait_outlasts_a_server_that_is_not_there_yet(instance: AirflowInstance, start_api: StartApi) -> None:
    looks: list[int] = []

    def look() -> str:
        looks.append(1)
        if len(looks) == 2:
            start_api(200)
        return instance.run_state("dag", "run")

    assert instance.wait_for(look, "an answer", timeout_s=30, every_s=0.01) == "success"


def test_run_that_was_begun_without_a_good_answer_is_begun(instance: AirflowInstance, start_api: StartApi) -> None:
    asked = start_api(200, 200, 500, 409)

    instance.run("dag", "run")

    assert asked == ["GET", "PATCH", "POST", "POST"]


def test_run_that_was_there_before_is_refused(instance: AirflowInstance, start_api: StartApi) -> None:
    start_api(200, 200, 409)

    with pytest.raises(RuntimeError, match=r"run run of dag was refused \(409\)"):
        instance.run("dag", "run")


def test_wait_that_ends_without_an_answer_says_what_failed(instance: AirflowInstance) -> None:
    with pytest.raises(TimeoutError, match=r"for an answer; the last look failed: GET /dags/dag/dagRuns/run"):
        instance.wait_for(lambda: instance.run_state("dag", "run"), "an answer", timeout_s=0.2, every_s=0.01)


def test_refusal_ends_the_wait_at_once(instance: AirflowInstance, start_api: StartApi) -> None:
    asked = start_api(404, 200)

    with pytest.raises(RuntimeError, match="answered 404"):
        instance.wait_for(lambda: instance.run_state("dag", "run"), "an answer", timeout_s=30, every_s=0.01)
    assert len(asked) == 1


def test_change_that_fails_is_not_asked_again(instance: AirflowInstance, start_api: StartApi) -> None:
    asked = start_api(500, 200)

    with pytest.raises(RuntimeError, match="answered 500"):
        instance.wait_for(lambda: instance.ask("PATCH", "/dags/dag"), "a change", timeout_s=30, every_s=0.01)
    assert asked == ["PATCH"]


def test_dead_process_is_reported_at_once(instance: AirflowInstance) -> None:
    (instance.home / "scheduler.out").write_text("the scheduler's last words")
    process = instance._processes["scheduler"] = subprocess.Popen(["false"])
    process.wait()

    with pytest.raises(RuntimeError, match="airflow scheduler ended by itself:\nthe scheduler's last words"):
        instance.wait_for(lambda: instance.run_state("dag", "run"), "an answer", timeout_s=30)


def test_kill_reaches_children_that_left_the_process_group(instance: AirflowInstance) -> None:
    instance._processes["worker"] = subprocess.Popen(["sh", "-c", "setsid sleep 600 & wait"], start_new_session=True)
    instance.wait_for(lambda: len(instance.family("worker")) == 2, "the child", timeout_s=30, every_s=0.01)
    _, child = instance.family("worker")

    instance.kill("worker")

    assert psutil.wait_procs([child], timeout=30)[1] == []
