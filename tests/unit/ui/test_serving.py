"""The view's files and nothing else, to whoever asks, with headers that let them do no harm."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

import airflow_provider_circle
from airflow_provider_circle.ui.serving import FILES, PREFIX, Files, react_app
from airflow_provider_circle.vendors.circleci.view import VIEW_KEY
from airflow_provider_circle.webhooks.plugin import CirclePlugin

ASSETS = Path(airflow_provider_circle.__file__).parent / "ui" / "assets"


def fetched(path: str, method: str = "GET", root_path: str = "") -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nothing of a request's body is read")

    scope = {"type": "http", "method": method, "path": path, "root_path": root_path}
    asyncio.run(Files()(scope, receive, send))
    start, body = sent
    return start["status"], {key.decode(): value.decode() for key, value in start["headers"]}, body["body"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("root_path", ["", PREFIX, f"/airflow{PREFIX}"], ids=["alone", "mounted", "below a path"])
def test_file_is_served_with_its_type(name: str, root_path: str) -> None:
    status, headers, body = fetched(f"{root_path}/{name}", root_path=root_path)

    assert (status, body) == (200, (ASSETS / name).read_bytes())
    assert headers["content-type"] == FILES[name]
    assert headers["content-length"] == str(len(body))


def test_all_files_there_are_are_served() -> None:
    assert {path.name for path in ASSETS.iterdir()} == set(FILES)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/nothing.js",
        "/../serving.py",
        "/assets/circleci.js",
        "/./circleci.js",
        "//circleci.js",
        "/circleci.js/",
        "/%2e%2e/serving.py",
        "/..\\serving.py",
        "/circleci.js\0",
        "/etc/passwd",
    ],
)
def test_anything_else_is_not_there(path: str) -> None:
    assert fetched(path)[::2] == (404, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_files_are_only_read(method: str) -> None:
    status, headers, _ = fetched("/circleci.js", method)

    assert (status, headers["allow"]) == (405, "GET, HEAD")


def test_head_says_how_much_there_is_and_sends_none_of_it() -> None:
    status, headers, body = fetched("/circleci.js", "HEAD")

    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) == (ASSETS / "circleci.js").stat().st_size


@pytest.mark.parametrize("path", ["/circleci.js", "/nothing"])
def test_answer_may_do_nothing_by_itself(path: str) -> None:
    _, headers, _ = fetched(path)

    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


async def test_other_protocols_are_refused() -> None:
    async def nothing(*_: Any) -> Any:
        return None

    with pytest.raises(ValueError, match="only HTTP"):
        await Files()({"type": "websocket", "path": "/circleci.js"}, nothing, nothing)


@pytest.mark.parametrize(
    ("base_url", "begin"),
    [
        ("http://localhost:8080", "/circle-view/"),
        ("https://example.org/", "/circle-view/"),
        ("https://example.org/team/airflow/", "/team/airflow/circle-view/"),
        ("/", "/circle-view/"),
    ],
)
def test_ui_is_told_where_the_files_are_even_below_a_path(base_url: str, begin: str) -> None:
    told = react_app(base_url)

    # Before 3.3, the UI takes a relative address for one below its own assets.
    assert told["bundle_url"] == f"{begin}circleci.js?{airflow_provider_circle.__version__}"
    assert told["icon"].startswith(begin)


def test_view_is_a_tab_of_task_instances() -> None:
    if not AIRFLOW_V_3_1_PLUS:
        assert CirclePlugin.react_apps == []
        return
    ((name, place),) = [(app["name"], app["destination"]) for app in CirclePlugin.react_apps]
    assert (name, place) == ("CircleCI", "task_instance")


def test_page_defines_what_the_ui_looks_for_and_reads_what_tasks_record() -> None:
    script = (ASSETS / "circleci.js").read_text()

    assert f"globalThis.{react_app('/')['name']} = function" in script
    assert f'const KEY = "{VIEW_KEY}"' in script


@pytest.mark.parametrize(
    "danger", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "srcdoc"]
)
def test_page_makes_no_markup_of_texts(danger: str) -> None:
    assert danger not in (ASSETS / "circleci.js").read_text()


def test_assets_are_small_and_bring_nobody_elses() -> None:
    assert sum(path.stat().st_size for path in ASSETS.iterdir()) < 30_000
    for path in ASSETS.iterdir():
        others = set(path.read_text().split("http")[1:]) - {""}
        assert all(text.startswith(("://www.w3.org/2000/svg", ":", "s:")) for text in others), path
