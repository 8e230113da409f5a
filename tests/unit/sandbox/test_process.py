"""The real server: its command line, its client, its faults on a real connection."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from airflow_provider_circle.sandbox.__main__ import main
from airflow_provider_circle.sandbox.circa.service import CircaService
from airflow_provider_circle.sandbox.circle_admin.service import CircleAdminService
from airflow_provider_circle.sandbox.circleci.service import CircleCIService
from airflow_provider_circle.sandbox.circleme.service import CircleMeService
from airflow_provider_circle.sandbox.client import DEFAULT_TOKEN, READY, Sandbox, start_sandbox
from airflow_provider_circle.sandbox.clock import VirtualClock
from airflow_provider_circle.sandbox.service import Service

PIPELINE = "/circleci/api/v2/project/gh/acme/web/pipeline"
COMMAND = [sys.executable, "-m", "airflow_provider_circle.sandbox"]

OPENER = build_opener(ProxyHandler({}))

pytest_plugins = ["pytester"]


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with start_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def running(server: Sandbox) -> Sandbox:
    server.reset()
    return server


def post(sandbox: Sandbox, timeout_s: float = 10.0) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=timeout_s)
    try:
        connection.request("POST", PIPELINE, b"{}", {"Circle-Token": sandbox.token})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def listening(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=10).close()
    except ConnectionRefusedError:
        return False
    return True


def eventually(look: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        with contextlib.suppress(ConnectionRefusedError):
            if look():
                return
        time.sleep(0.05)
    raise TimeoutError


@pytest.mark.parametrize(
    ("kind", "error", "pipelines", "status"),
    [
        ("reset", ConnectionResetError, 0, None),
        ("reset_after", ConnectionResetError, 1, None),
        ("cut", http.client.IncompleteRead, 1, 201),
    ],
)
def test_fault_breaks_the_connection(
    running: Sandbox, kind: str, error: type[Exception], pipelines: int, status: int | None
) -> None:
    running.add_fault(kind, times=1)
    with pytest.raises(error):
        post(running)
    assert len(running.pipelines()) == pipelines
    assert [(record["status"], record["fault"]) for record in running.requests()] == [(status, kind)]
    assert post(running)[0] == 201


def test_stalled_reply_leaves_a_pipeline_and_a_record(running: Sandbox) -> None:
    running.add_fault("stall", seconds=30, times=1)
    with pytest.raises(TimeoutError):
        post(running, timeout_s=0.1)
    assert len(running.pipelines()) == 1
    assert len(running.requests(method="POST", path="/pipeline$")) == 1


def test_slow_body_arrives_whole(running: Sandbox) -> None:
    running.add_fault("slow", seconds=0.05)
    status, body = post(running)
    assert (status, json.loads(body)["number"]) == (201, 1)


def test_client_reaches_every_control(running: Sandbox) -> None:
    running.set_default(scenario="failed", duration_s=8, project_slug="gh/acme/web")
    running.hide_mine(5)
    running.set_limit(100)
    running.set_speed(0)
    before = running.now()
    post(running)
    running.advance(8)
    running.add_fault("empty")
    assert [fault["hits"] for fault in running.faults()] == [0]
    running.clear_faults()
    running.clear_requests()
    assert running.requests() == running.faults() == []
    assert running.now() == before + 8
    assert [workflow["status"] for workflow in running.pipelines()[0]["workflows"]] == ["failed"]


def read(url: str, **headers: str) -> Any:
    with OPENER.open(Request(url, headers=headers)) as reply:  # noqa: S310  # Always the http URL of the sandbox.
        return json.load(reply)


def test_client_reaches_every_control_of_circa(running: Sandbox) -> None:
    now_s = running.now()
    running.circa_populate(contacts=30, events=2, contacts_per_event=10, companies=3, since_s=now_s - 60, until_s=now_s)
    running.circa_quirks(order="updated_at_desc", bounds="open", ignore_updated_at_for=["/contacts"])
    running.circa_page_size(4)
    running.circa_limit(1000, retry_after="3")
    running.circa_exports(duration_s=1, fails=1)
    running.circa_churn(every=1, edits=1, adds=0, deletes=0, times=1, seed=1)
    event_id = running.circa_events()[0]["id"]
    running.circa_edit(["Q29udGFjdC0x"])
    (added,) = running.circa_add(1, event_id=event_id)
    assert len(running.circa_edit(count=2, event_id=event_id)) == 2
    assert len(running.circa_delete(count=2)) == 2
    assert len([stone for stone in running.circa_deleted() if stone["resource_type"] == "Contact"]) == 2
    assert len(running.circa_contacts()) == 29
    assert len(running.circa_companies()) == 3
    assert {"id": added} in [*running.circa_event_contacts(event_id, ["id"]), *running.circa_deleted()]
    authorization = f"Bearer {running.token}"
    page = read(f"{running.circa_host}/api/v1/contacts", Authorization=authorization)
    assert (len(page["data"]), page["pagination"]["total_entries"]) == (4, 29)
    running.circa_expire()
    with pytest.raises(HTTPError, match="402"):
        read(f"{running.circa_host}/api/v1/teams", Authorization=authorization)
    assert running.circa_refused_downloads() == 0


def test_client_reaches_every_control_of_circleme(running: Sandbox) -> None:
    running.circleme_populate(cards=10, italian=2, since_s=0, until_s=10, equal_timestamps=5)
    running.circleme_limit(None)
    running.circleme_daily_limit(4, strict=False)
    assert len(running.circleme_add(2, lang="italian", date_s=5)) == 2
    assert [len(running.circleme_cards(lang)) for lang in ("english", "italian", None)] == [10, 4, 14]
    new = read(f"{running.circleme_host}/feed?new_cards=true", **{"X-AUTH-TOKEN": running.token})
    assert running.circleme_handed_out() == [card["id"] for card in new]
    assert len(new) == 4


def test_client_reaches_every_control_of_circle_admin(running: Sandbox) -> None:
    running.circle_admin_populate(community_members=7)
    running.circle_admin_churn(resource="community_members")
    running.circle_admin_limit(100, per_s=10)
    running.circle_admin_quota(1000)
    (added,) = running.circle_admin_add("community_members", 1)
    assert running.circle_admin_edit("community_members", [added]) == [added]
    assert len(running.circle_admin_delete("community_members", count=2)) == 2
    assert len(running.circle_admin_records("community_members")) == 6


def test_half_a_million_contacts_are_served_at_once(running: Sandbox) -> None:
    running.circa_populate(contacts=500_000)
    window = "updated_at%5Bmin%5D=2000-01-01T00:00:00Z&updated_at%5Bmax%5D=2100-01-01T00:00:00Z"
    begin_s = time.monotonic()
    for page in (1, 10_000, 20_000):
        url = f"{running.circa_host}/api/v1/contacts?page={page}&{window}"
        assert len(read(url, Authorization=f"Bearer {running.token}")["data"]) == 25
    assert time.monotonic() - begin_s < 5


def test_client_explains_what_was_refused(running: Sandbox) -> None:
    with pytest.raises(ValueError, match="kind must be one of"):
        running.add_fault("nonsense")


def test_client_says_so_when_the_sandbox_itself_fails(running: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="POST /circa/populate: the sandbox failed: OverflowError"):
        running.circa_populate(since_s=0, until_s=10**400)


@pytest.mark.parametrize(
    ("conn_type", "path", "method"),
    [
        ("circleci", "/circleci", "connection_json"),
        ("circle_admin", "/circle-admin", "circle_admin_connection_json"),
        ("circa", "/circa", "circa_connection_json"),
        ("circleme", "/circleme", "circleme_connection_json"),
    ],
)
def test_connection_leads_to_the_service(running: Sandbox, conn_type: str, path: str, method: str) -> None:
    connection = json.loads(getattr(running, method)())
    assert connection == {"conn_type": conn_type, "host": f"{running.url}{path}", "password": running.token}


def test_service_with_a_token_of_its_own_accepts_no_other() -> None:
    with start_sandbox(token="for-all-others", service_tokens={"circa": "for-circa-alone"}) as sandbox:
        circa = json.loads(sandbox.circa_connection_json())
        circleme = json.loads(sandbox.circleme_connection_json())

        assert (circa["password"], circleme["password"]) == ("for-circa-alone", "for-all-others")
        read(f"{sandbox.circa_host}/api/v1/teams", Authorization="Bearer for-circa-alone")
        read(f"{sandbox.circleme_host}/feed", **{"X-AUTH-TOKEN": "for-all-others"})
        for url, headers in (
            (f"{sandbox.circa_host}/api/v1/teams", {"Authorization": "Bearer for-all-others"}),
            (f"{sandbox.circleme_host}/feed", {"X-AUTH-TOKEN": "for-circa-alone"}),
        ):
            with pytest.raises(HTTPError, match="401"):
                read(url, **headers)


@pytest.mark.parametrize("given", ["circa", "circa=", "=token", "orbit=token"])
def test_token_of_no_service_is_refused_and_says_what_is_right(given: str) -> None:
    done = subprocess.run([*COMMAND, "--service-token", given], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "give SERVICE=TOKEN, with one of circleci, circle-admin, circa, circleme as service" in done.stderr


def test_help_says_how_each_service_is_connected() -> None:
    done = subprocess.run([*COMMAND, "--help"], capture_output=True, text=True, timeout=60, check=True)
    for service in ("CIRCLECI", "CIRCLE_ADMIN", "CIRCA", "CIRCLEME"):
        assert f"AIRFLOW_CONN_{service}_DEFAULT='{{" in done.stdout


@pytest.mark.parametrize("kind", [CircleCIService, CircleAdminService, CircaService, CircleMeService])
def test_help_names_every_control(
    capsys: pytest.CaptureFixture[str], kind: Callable[[VirtualClock, str], Service]
) -> None:
    service = kind(VirtualClock(), DEFAULT_TOKEN)
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    told = capsys.readouterr().out.partition(f"  {service.name}/ ")[2].partition("\n  c")[0]
    controls = {str(getattr(route, "path", "")).lstrip("/").replace("{id}", "<id>") for route in service.controls}
    assert controls - set(re.split(r"[\s,;]+", told)) == set()


def test_sandbox_that_cannot_start_says_why(running: Sandbox) -> None:
    taken = urlsplit(running.url).port or 0
    with pytest.raises(RuntimeError, match=f"cannot listen on 127.0.0.1 port {taken}"), start_sandbox(port=taken):
        pass


def test_outage_breaks_connections_refuses_new_ones_and_forgets_nothing(running: Sandbox) -> None:
    post(running)
    kept = socket.create_connection(("127.0.0.1", urlsplit(running.url).port or 0), timeout=10)

    running.go_down(0.5)

    with kept, contextlib.suppress(ConnectionResetError):
        assert kept.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        post(running)
    eventually(lambda: post(running)[0] == 201)
    assert len(running.pipelines()) == 2


def test_reset_waits_for_the_end_of_an_outage(running: Sandbox) -> None:
    began_s = time.monotonic()
    running.go_down(0.2)
    running.reset()
    assert time.monotonic() - began_s >= 0.2
    assert (post(running)[0], len(running.pipelines())) == (201, 1)


def test_reset_of_a_sandbox_that_has_ended_fails_at_once() -> None:
    with start_sandbox() as sandbox:
        pass
    with pytest.raises(URLError, match="refused"):
        sandbox.reset()


def test_nobody_else_gets_the_port_during_an_outage(running: Sandbox) -> None:
    address = ("127.0.0.1", urlsplit(running.url).port or 0)
    running.go_down(0.5)
    eventually(lambda: not listening(address))

    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(address)
    running.reset()


def test_request_that_is_cut_off_does_nothing(running: Sandbox) -> None:
    head = f"POST {PIPELINE} HTTP/1.1\r\nHost: sandbox\r\nCircle-Token: {running.token}\r\nContent-Length: 2\r\n\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(running.url).port or 0), timeout=10) as connection:
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    assert (running.pipelines(), running.requests()) == ([], [])


@pytest.mark.parametrize("seconds", [0, -1, 601, True, "1"])
def test_outage_that_makes_no_sense_is_refused(running: Sandbox, seconds: Any) -> None:
    with pytest.raises(ValueError, match="seconds must be a number above 0, at most 600"):
        running.go_down(seconds)


@pytest.mark.parametrize("skew_s", [-90.0, 90.0])
def test_clock_is_ahead_or_behind_from_the_start_and_after_a_reset(skew_s: float) -> None:
    with start_sandbox(skew_s=skew_s) as sandbox:
        for _ in range(2):
            assert sandbox.now() - time.time() == pytest.approx(skew_s, abs=5)
            sandbox.reset()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_signal_ends_the_server_cleanly(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(f"{READY}http://127.0.0.1:")
        hints = "".join(process.stdout.readline() for _ in range(6))
        assert hints.count("export AIRFLOW_CONN_") == 4
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.parametrize(
    ("option", "given", "problem"),
    [
        ("--port", "http", "http is not a port: give 0 to 65535"),
        ("--port", "65536", "65536 is not a port: give 0 to 65535"),
        ("--speed", "fast", "fast is not a speed: give a number of 0 or more"),
        ("--speed", "-1", "-1 is not a speed: give a number of 0 or more"),
        ("--speed", "inf", "inf is not a speed: give a number of 0 or more"),
        ("--skew", "late", "late is no skew: give seconds, at most a day either way"),
        ("--skew", "86401", "86401 is no skew: give seconds, at most a day either way"),
    ],
)
def test_option_that_makes_no_sense_is_refused_with_what_would(
    capsys: pytest.CaptureFixture[str], option: str, given: str, problem: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([f"{option}={given}"])
    assert f"argument {option}: {problem}" in capsys.readouterr().err


def test_localhost_is_told_by_its_address_so_that_artifacts_are_on_another_host() -> None:
    with subprocess.Popen(
        [*COMMAND, "--host", "localhost", "--port", "0", "--token", "it's"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        first, *exports = (process.stdout.readline() for _ in range(5))
        process.terminate()
    told = [shlex.split(line)[1].partition("=")[2] for line in exports]
    assert first.startswith(f"{READY}http://127.0.0.1:")
    assert [json.loads(connection)["password"] for connection in told] == ["it's"] * 4


def test_host_that_others_can_reach_is_refused() -> None:
    done = subprocess.run([*COMMAND, "--host", "192.0.2.1"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "loopback only" in done.stderr


def test_server_imports_no_airflow() -> None:
    code = "import sys, airflow_provider_circle.sandbox.__main__; sys.exit('airflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0


def test_fixture_gives_a_sandbox_as_good_as_new(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from airflow_provider_circle.sandbox.pytest_plugin import *")
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("attempt", [1, 2])
        def test_it(circle_sandbox, attempt):
            assert circle_sandbox.faults() == []
            circle_sandbox.add_fault("empty")
        """
    )
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio").assert_outcomes(passed=2)


def test_missing_server_library_is_named_with_the_extra_that_brings_it() -> None:
    program = (
        "import sys; sys.modules['uvicorn'] = None; import runpy; runpy.run_module('airflow_provider_circle.sandbox')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "pip install 'airflow-provider-circle[sandbox]'" in done.stderr
