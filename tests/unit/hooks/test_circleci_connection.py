"""The CircleCI hook's connection: where it is found, how it is tested, and that its token is shown nowhere."""

from __future__ import annotations

import json
import logging
import re
import socket
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest

from airflow_provider_circle.exceptions import CircleError
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import SLUG, VARIABLE, Flavour, both, call

TOKEN = "tell-nobody-4711"

Logs: TypeAlias = Callable[[], str]


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Logs:
    """Everything that was logged: by Airflow to its own output, by libraries at any level."""
    caplog.set_level(logging.DEBUG)
    # Libraries of the test itself do not count.
    caplog.set_level(logging.INFO, "asyncio")

    def text() -> str:
        written = capsys.readouterr()
        return written.out + written.err + caplog.text

    return text


# The connection.


def as_json(sandbox: Sandbox, **changes: Any) -> str:
    described = {"conn_type": "circleci", "host": sandbox.circleci_host, "password": sandbox.token}
    return json.dumps(described | changes)


def as_uri(sandbox: Sandbox, query: str = "") -> str:
    return f"circleci://:{quote(sandbox.token, safe='')}@{quote(sandbox.circleci_host, safe='')}{query}"


@pytest.mark.parametrize("write", [as_json, as_uri], ids=["json", "uri"])
@both
def test_a_connection_in_the_environment_is_used(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, flavour: Flavour, write: Callable[[Sandbox], str]
) -> None:
    monkeypatch.setenv(VARIABLE, write(sandbox))

    with CircleCIHook() as hook:
        assert call(hook, "get_me", flavour)["login"] == "sandbox-user"


@pytest.mark.parametrize("suffix", ["", "/", "/api/v2", "/api/v2/", "/api/v1.1", "/api"])
def test_the_host_may_name_the_api(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, host=sandbox.circleci_host + suffix))

    with CircleCIHook() as hook:
        assert hook.get_me()["login"] == "sandbox-user"


@pytest.mark.parametrize("write", ["json", "uri"])
@both
def test_the_default_project_comes_from_the_connection(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, flavour: Flavour, write: str
) -> None:
    extra = {"project_slug": "github/acme/web"}
    uri = as_uri(sandbox, f"/?project_slug={quote(extra['project_slug'], safe='')}")
    monkeypatch.setenv(VARIABLE, as_json(sandbox, extra=extra) if write == "json" else uri)

    with CircleCIHook() as hook:
        assert call(hook, "get_project", flavour)["slug"] == SLUG


def test_another_connection_id_is_another_connection(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("AIRFLOW_CONN_OTHER_CI", as_json(sandbox))

    with CircleCIHook("other_ci") as hook:
        assert hook.get_me()["login"] == "sandbox-user"


def test_no_connection_is_looked_up_before_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "{not even JSON")

    assert CircleCIHook().conn_id == "circleci_default"


@pytest.mark.parametrize("flavour_of_twin", ["sync", "aio"])
def test_a_twin_looks_nothing_up(
    sandbox: Sandbox, hook: CircleCIHook, monkeypatch: pytest.MonkeyPatch, flavour_of_twin: Flavour
) -> None:
    hook.get_me()
    monkeypatch.delenv(VARIABLE)

    with hook.twin() as twin:
        assert call(twin, "get_me", flavour_of_twin)["login"] == "sandbox-user"


def test_a_twin_asks_as_often(sandbox: Sandbox) -> None:
    sandbox.add_fault("status", path="/me$", status=500)

    with CircleCIHook(request_attempts=1).twin() as twin, pytest.raises(CircleError):
        twin.get_me()

    assert len(sandbox.requests(path="/me$")) == 1


def test_a_closed_hook_can_be_used_again(hook: CircleCIHook) -> None:
    hook.get_me()
    hook.close()

    assert hook.get_me()["login"] == "sandbox-user"


def test_blocking_calls_share_one_connection(sandbox: Sandbox, hook: CircleCIHook) -> None:
    for _ in range(3):
        hook.get_me()

    assert len({request["client_port"] for request in sandbox.requests()}) == 1


def test_a_pipelines_page_is_on_the_connections_host(sandbox: Sandbox, hook: CircleCIHook) -> None:
    assert hook.pipeline_url(SLUG, 7) == f"{sandbox.circleci_host}/pipelines/{SLUG}/7"


@pytest.mark.parametrize(
    ("header", "value"), [("circle-token", "***"), ("accept", "application/json")], ids=["token", "accept"]
)
@both
def test_every_call_carries_this_header(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, header: str, value: str
) -> None:
    call(hook, "get_me", flavour)

    assert sandbox.requests()[0]["headers"][header] == value


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def test_a_working_connection_says_who_we_are(hook: CircleCIHook) -> None:
    assert hook.test_connection() == (True, "Connected to CircleCI as sandbox-user")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"password": "wrong"}, r"401.*check the connection's token", id="bad_token"),
        pytest.param({"password": None}, r"connection 'circleci_default': there is no token", id="no_token"),
        pytest.param({"password": " "}, r"there is no token", id="blank_token"),
        pytest.param({"password": "two words"}, r"the token has blanks", id="token_with_blanks"),
        pytest.param({"host": f"http://127.0.0.1:{free_port()}"}, r"no connection", id="unreachable"),
        pytest.param({"host": "http://ci.example"}, r"host must begin with https://", id="http_host"),
        pytest.param({"host": "ftp://ci.example"}, r"host must begin with https://", id="ftp_host"),
        pytest.param(
            {"host": "https://me:secret@ci.example"}, r"host must be a URL .* without user", id="host_with_password"
        ),
        pytest.param({"host": "https://ci.example/?a=b"}, r"host must be a URL", id="host_with_query"),
        pytest.param({"extra": {"timeout_s": "soon"}}, r"timeout_s must be a number of seconds", id="bad_timeout"),
        pytest.param({"extra": {"verify": 7}}, r"verify must be true, false or the path", id="bad_verify"),
    ],
)
def test_a_connection_that_does_not_work_says_why(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], message: str
) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, **changes))

    works, said = CircleCIHook().test_connection()

    assert (works, bool(re.search(message, said))) == (False, True), said


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "html"}, {"kind": "reset"}], ids=str)
def test_a_test_of_a_connection_asks_once(sandbox: Sandbox, hook: CircleCIHook, fault: dict[str, Any]) -> None:
    sandbox.add_fault(**fault)

    assert (hook.test_connection()[0], len(sandbox.requests())) == (False, 1)


# The token.


def _loud(sandbox: Sandbox) -> list[dict[str, Any]]:
    quoted = {"message": f"token {TOKEN} (Circle-Token: {TOKEN}) is not valid"}
    return [
        {"kind": "status", "status": status, "body": body}
        for status in (400, 401, 403, 404, 429, 500)
        for body in (quoted, {"error": quoted}, {"message": {"deep": [TOKEN]}})
    ]


@both
def test_the_token_is_in_no_error(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, naps: list[float], flavour: Flavour
) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, password=TOKEN))
    said = []
    for fault in _loud(sandbox):
        sandbox.clear_faults()
        sandbox.add_fault(**fault)
        with CircleCIHook(sleep=naps.append) as hook, pytest.raises(CircleError) as error:
            call(hook, "get_me", flavour)
        said += [str(error.value), repr(error.value), repr(vars(error.value))]

    assert [text for text in said if TOKEN in text] == []


@both
def test_the_token_is_in_no_log(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    naps: list[float],
    logs: Logs,
    flavour: Flavour,
) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, password=TOKEN))
    for fault in _loud(sandbox):
        sandbox.clear_faults()
        sandbox.add_fault(**fault)
        with CircleCIHook(sleep=naps.append) as hook, pytest.raises(CircleError):
            call(hook, "get_me", flavour)

    assert TOKEN not in logs()


@both
def test_retries_are_logged(sandbox: Sandbox, hook: CircleCIHook, logs: Logs, flavour: Flavour) -> None:
    sandbox.add_fault("status", status=503, times=1)

    call(hook, "get_me", flavour)

    assert "GET /circleci/api/v2/me answered 503" in logs()


def test_the_token_is_in_no_repr(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, password=TOKEN))
    hook = CircleCIHook()
    _, caller = hook.blocking()
    with hook:
        shown = [repr(thing) for thing in (hook, hook.settings, caller, caller.service, hook.get_me, vars(hook))]

    assert [text for text in shown if TOKEN in text] == []


def test_the_token_is_in_no_message_about_the_connection(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, as_json(sandbox, password=f"{TOKEN} and more"))

    assert TOKEN not in CircleCIHook().test_connection()[1]
