"""A pipeline as a person follows it: started from the trigger form, drawn, followed to green; a failure explained."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from airflow_provider_circle.sandbox.client import Sandbox
from tests.browser.conftest import Picture
from tests.browser.seeing import drawn, open_view
from tools.airflow_instance import AirflowInstance

DAG = "circleci_pipeline"


def test_example_is_started_from_the_form_and_followed_to_green(
    airflow: AirflowInstance, signed_in: Page, circle_sandbox: Sandbox, picture: Picture, tmp_path: Path
) -> None:
    circle_sandbox.set_default(scenario="mixed_success", duration_s=3600)
    airflow.unpause(DAG)
    page = signed_in
    page.goto(f"{airflow.url}/dags/{DAG}")
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog")
    form.locator("#element_branch").fill("release")
    picture(page, "trigger-form")
    form.locator("#element_folder").fill(tmp_path.as_uri())
    form.get_by_role("button", name="Trigger").last.click()

    airflow.wait_for(circle_sandbox.pipelines, "the pipeline", timeout_s=60)
    (run,) = airflow.runs(DAG)
    run_id = run["dag_run_id"]
    (request,) = circle_sandbox.requests(method="POST", path="/pipeline$")
    assert request["body"]["branch"] == "release"

    circle_sandbox.advance(2400)
    open_view(airflow, page, DAG, run_id, "build")
    expect(drawn(page, "build-and-test").filter(has_text="running")).to_be_visible(timeout=60_000)
    expect(drawn(page, "lint").filter(has_text="success")).to_be_visible(timeout=60_000)
    picture(page, "view-running")
    circle_sandbox.advance(3600)
    expect(page.locator(".head .state")).to_have_text("succeeded", timeout=60_000)
    picture(page, "view")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    open_view(airflow, page, DAG, run_id, "build")
    expect(page.locator(".head .state")).to_have_text("succeeded")
    picture(page, "view-dark")
    page.evaluate("localStorage.setItem('theme', 'light')")

    assert airflow.wait_for_run(DAG, run_id) == "success"
    page.goto(f"{airflow.url}/dags/{DAG}/runs/{run_id}/tasks/build/details")
    link = page.get_by_role("link", name="CircleCI pipeline")
    expect(link).to_have_attribute("href", f"{circle_sandbox.circleci_host}/pipelines/gh/acme/app/1")
    page.goto(f"{airflow.url}/dags/{DAG}/runs/{run_id}")
    expect(page.get_by_role("link", name="report").first).to_be_visible()
    picture(page, "run")


def test_log_explains_a_failure(
    airflow: AirflowInstance, signed_in: Page, circle_sandbox: Sandbox, picture: Picture
) -> None:
    circle_sandbox.set_default(duration_s=60)
    circle_sandbox.set_speed(20)
    airflow.run("drawn", "explained", {"scenario": "failed"})
    airflow.wait_for_task("drawn", "explained", "deferred", "failed")
    page = signed_in
    page.goto(f"{airflow.url}/dags/drawn/runs/explained/tasks/deferred")

    expect(page.get_by_text(re.compile("job test failed")).first).to_be_visible(timeout=30_000)
    expect(page.get_by_text(re.compile("test_case_01: AssertionError: case 1 is wrong")).first).to_be_visible()
    picture(page, "failure-log", height=620, of=page.get_by_text(re.compile("workflow build-and-test failed")).first)
