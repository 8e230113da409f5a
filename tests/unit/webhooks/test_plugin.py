"""The plugin costs next to nothing until the first webhook comes, and keeps Circa's secret out of access logs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

from airflow_provider_circle.webhooks.plugin import CirclePlugin, Entrance
from tests.unit.webhooks.knocking import aknock

PROBE = """
import json, sys
from airflow.providers.common.compat.sdk import AirflowPlugin
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS
before = set(sys.modules)
import airflow_provider_circle.webhooks.plugin
print(json.dumps(sorted(set(sys.modules) - before)))
"""


class App:
    """Answers everything, and remembers under which paths it was asked, and which were seen when the answer began."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.trouble: Exception | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        if self.trouble:
            raise self.trouble
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})


def test_importing_it_imports_nothing_but_itself() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    added = json.loads(done.stdout.splitlines()[-1])

    assert [name for name in added if not name.startswith("airflow_provider_circle")] == []


def test_only_airflow_that_can_receive_gets_an_app() -> None:
    mounted = [(app["url_prefix"], app["name"]) for app in CirclePlugin.fastapi_apps]

    assert mounted == ([("/circle", "Circle webhooks"), ("/circle-view", "Circle views")] if AIRFLOW_V_3_1_PLUS else [])


def test_airflow_finds_the_plugin_by_its_entry_point() -> None:
    setup = ConfigParser()
    setup.read(Path(__file__).parents[3] / "setup.cfg")

    assert setup["options.entry_points"]["airflow.plugins"].strip() == (
        "circle = airflow_provider_circle.webhooks.plugin:CirclePlugin"
    )


def test_app_is_built_for_the_first_request_and_once() -> None:
    built: list[App] = []
    entrance = Entrance(lambda: built.append(App()) or built[-1])  # type: ignore[func-returns-value]
    assert built == []

    for _ in range(2):
        asyncio.run(aknock(entrance, "/circle/circleci/ci"))

    assert [app.asked for app in built] == [["/circle/circleci/ci"] * 2]


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/circle/circa/crm/secret", "/circle/circa/crm/***"),
        ("/below/circle/circa/crm/secret", "/below/circle/circa/crm/***"),
        ("/circle/circa/crm/secret/and/more", "/circle/circa/crm/***"),
        ("/circle/circa/crm", "/circle/circa/crm"),
        ("/circle/circa/crm/", "/circle/circa/crm/"),
        ("/circle/circleci/ci", "/circle/circleci/ci"),
    ],
)
def test_app_sees_the_path_and_the_access_log_no_secret(path: str, logged: str) -> None:
    app = App()

    answer = asyncio.run(aknock(Entrance(lambda: app), path))

    assert app.asked == [path]
    assert (answer.scope["path"], answer.scope["raw_path"]) == (logged, logged.encode())


def test_path_is_hidden_before_the_answer_begins() -> None:
    seen: list[str] = []
    scope = {"type": "http", "path": "/circle/circa/crm/secret"}

    async def send(_message: Any) -> None:
        seen.append(str(scope["path"]))

    async def receive() -> Any:
        return None

    asyncio.run(Entrance(App)(scope, receive, send))

    assert seen == ["/circle/circa/crm/***"] * 2


def test_path_is_hidden_when_something_goes_wrong() -> None:
    app = App()
    app.trouble = RuntimeError("broken")
    scope: dict[str, Any] = {"type": "http", "path": "/circle/circa/crm/secret"}

    async def nothing(*_: Any) -> Any:
        return None

    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(Entrance(lambda: app)(scope, nothing, nothing))

    assert scope["path"] == "/circle/circa/crm/***"
