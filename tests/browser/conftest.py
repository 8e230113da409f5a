"""One real Airflow, one real browser, and pictures of what it shows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from airflow_provider_circle.sandbox.client import Sandbox
from tools.airflow_instance import AirflowInstance
from tools.canary import DEBUG
from tools.postgres import PostgresServer

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")

QUIET = {"AIRFLOW__LOGGING__LOGGING_LEVEL": "INFO", "AIRFLOW__LOGGING__NAMESPACE_LEVELS": ""}
"""What runs tasks and triggers: their logs are looked at."""

Picture = Callable[..., None]

expect.set_options(timeout=20_000)  # a page of Airflow's takes seconds on a machine that has other things to do


@pytest.fixture(scope="session", autouse=True)
def _a_browser_is_there() -> None:
    if not CHROMIUM:
        pytest.skip("no chromium: install Debian's, or name one in CHROMIUM")


@pytest.fixture(scope="package")
def airflow(
    circle_sandbox_server: Sandbox, postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AirflowInstance]:
    """Airflow with these tests' DAGs and the examples, whose tasks find the sandbox; stopped after the last of them."""
    dags = tmp_path_factory.mktemp("dags")
    for folder in (Path(__file__).parent / "dags", Path(__file__).parents[2] / "dags_examples"):
        shutil.copytree(folder, dags, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    environment = {
        **DEBUG,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": postgres_server.new_database().url,
        "AIRFLOW_CONN_CIRCLECI_DEFAULT": circle_sandbox_server.connection_json(),
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.3",
        "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    }
    home = tmp_path_factory.mktemp("airflow")
    with AirflowInstance(home, dags, commands=("api-server",), environment=environment) as airflow:
        for command in ("scheduler", "dag-processor", "triggerer"):
            airflow.start(command, environment=QUIET)
        yield airflow


@pytest.fixture(scope="package")
def signed_in(airflow: AirflowInstance) -> Iterator[Page]:
    """The browser, signed in."""
    user, password = airflow.sign_in
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{airflow.url}/connections")
        page.locator("input[name=username]").fill(user)
        page.locator("input[name=password]").fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/connections**")
        yield page
        browser.close()


@pytest.fixture(scope="session")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Picture:
    """Takes a picture of a page for README and docs, 1280 pixels wide; PICTURES names the folder."""
    folder = Path(os.environ.get("PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str, *, height: int = 900, of: Locator | None = None) -> None:
        seen = page.viewport_size or {"width": 1280, "height": 900}
        page.set_viewport_size({"width": 1280, "height": height})
        if of is not None:
            of.evaluate("it => it.scrollIntoView({ block: 'start' })")
        page.mouse.move(0, 0)
        page.wait_for_timeout(400)  # what slides and fades in Airflow's UI has come to rest
        page.screenshot(path=folder / f"{name}.png", animations="disabled", caret="hide")
        page.set_viewport_size(seen)

    return take
