"""The tab that draws a task's pipeline, in a real browser on a real Airflow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from airflow_provider_circle.sandbox.client import Sandbox
from tests.browser.conftest import Picture
from tests.browser.seeing import answered, drawn, job, open_view, record, view, workflow
from tools.airflow_instance import AirflowInstance

RECORDING = "**/xcomEntries/circleci_view*"

HOSTILE = "<img src=x onerror=\"window.hacked='yes'\">"

STATES = [
    ("success", "good"),
    ("failed", "bad"),
    ("running", "busy"),
    ("on_hold", "held"),
    ("canceled", "off"),
    ("blocked", "idle"),
    ("not_run", "idle"),
    ("a word of tomorrow", "idle"),
]


@pytest.fixture(scope="module")
def unrecorded(airflow: AirflowInstance) -> str:
    """A run of the task that follows no pipeline."""
    airflow.run("not_ours", "unrecorded")
    airflow.wait_for_run("not_ours", "unrecorded")
    return "unrecorded"


@pytest.fixture(scope="module")
def recorded(airflow: AirflowInstance) -> str:
    """Another, whose recording is what a test makes it."""
    airflow.run("not_ours", "recorded")
    airflow.wait_for_run("not_ours", "recorded")
    entries = "/dags/not_ours/dagRuns/recorded/taskInstances/plain/xcomEntries"
    airflow.ask("POST", entries, key="circleci_view", value={}, map_index=-1)
    return "recorded"


@pytest.fixture
def dark(airflow: AirflowInstance, signed_in: Page) -> Iterator[Page]:
    """The browser of somebody who likes Airflow dark."""
    signed_in.evaluate("localStorage.setItem('theme', 'dark')")
    yield signed_in
    signed_in.evaluate("localStorage.setItem('theme', 'light')")


@pytest.mark.parametrize("task_id", ["deferred", "in_the_worker"])
def test_pipeline_is_drawn_while_it_runs_and_when_it_has_ended(
    airflow: AirflowInstance, signed_in: Page, circle_sandbox: Sandbox, task_id: str
) -> None:
    circle_sandbox.set_default(duration_s=3600)
    airflow.run("drawn", task_id, {"scenario": "mixed_success"})
    page = open_view(airflow, signed_in, "drawn", task_id, task_id)

    expect(drawn(page, "build").filter(has_text="running").first).to_be_visible(timeout=90_000)
    expect(page.locator(".head .state")).to_have_text("running")
    circle_sandbox.advance(3600)

    # Nobody reloads the page.
    expect(page.locator(".head .state")).to_have_text("succeeded", timeout=60_000)
    expect(page.locator("tr.job .state", has_text=re.compile("^success$"))).to_have_count(4)
    expect(page.locator("footer")).to_contain_text("Recorded")


def test_failed_pipeline_shows_its_failed_tests(
    airflow: AirflowInstance, signed_in: Page, circle_sandbox: Sandbox, picture: Picture
) -> None:
    circle_sandbox.set_default(duration_s=60)
    circle_sandbox.set_speed(20)
    airflow.run("drawn", "failing", {"scenario": "failed"})
    airflow.wait_for_task("drawn", "failing", "deferred", "failed")
    page = open_view(airflow, signed_in, "drawn", "failing", "deferred")

    expect(page.locator(".head .state")).to_have_text("failed")
    expect(drawn(page, "deploy")).to_contain_text("not run")
    expect(page.get_by_role("heading", name="The first 20 failed tests")).to_be_visible()
    expect(page.locator(".tests li").first).to_contain_text("tests.test_sandbox.test_case_01")
    expect(page.locator(".tests li").first).to_contain_text("AssertionError: case 1 is wrong")
    picture(page, "view-failed")


def test_links_lead_to_circleci_and_tell_it_nothing(airflow: AirflowInstance, signed_in: Page, recorded: str) -> None:
    record(airflow, recorded, view(workflow("build", "success", job("compile", "success"))))
    page = open_view(airflow, signed_in, "not_ours", recorded, "plain")
    open_link = page.get_by_role("link", name="Open in CircleCI")
    expect(open_link).to_have_attribute("href", "https://app.circleci.com/pipelines/gh/acme/app/42")
    expect(drawn(page, "compile").get_by_role("link")).to_have_attribute("href", re.compile("/workflows/w/jobs/7$"))

    for link in page.locator(".page a").all():
        assert link.get_attribute("rel") == "noopener noreferrer"
        assert link.get_attribute("target") == "_blank"


def test_strangers_names_stay_text(airflow: AirflowInstance, signed_in: Page, recorded: str) -> None:
    evil = job(HOSTILE, HOSTILE, url="javascript:window.hacked='yes'")
    told = {"job": HOSTILE, "name": HOSTILE, "file": HOSTILE, "message": HOSTILE}
    pipeline = {"number": HOSTILE, "project": HOSTILE, "url": "javascript:window.hacked='yes'"}
    hostile = view(workflow(HOSTILE, HOSTILE, evil), status=HOSTILE, message=HOSTILE, pipeline=pipeline)
    record(airflow, recorded, {**hostile, "failed_tests": [told]})
    page = open_view(airflow, signed_in, "not_ours", recorded, "plain")

    expect(page.locator("tr.job th.name")).to_have_text(HOSTILE)
    expect(page.locator(".tests pre")).to_have_text(HOSTILE)
    expect(page.locator(".page img, .page script")).to_have_count(0)
    assert [link.get_attribute("href") for link in page.locator(".page a").all()] == [
        "https://app.circleci.com/pipelines/gh/acme/app/42/workflows/w"
    ]
    assert page.evaluate("window.hacked") is None


def test_every_state_has_its_icon_its_word_and_enough_contrast_in_light_and_dark(
    airflow: AirflowInstance, dark: Page, recorded: str
) -> None:
    jobs = [job(f"job {word}", word, 40.0 * place, 40.0 * place + 60) for place, (word, _) in enumerate(STATES)]
    record(airflow, recorded, view(workflow("build", "success", *jobs)))
    shades: list[str] = []
    for theme in ("dark", "light"):
        dark.evaluate(f"localStorage.setItem('theme', '{theme}')")
        page = open_view(airflow, dark, "not_ours", recorded, "plain")
        for word, look in STATES:
            state = drawn(page, f"job {word}").locator(".state")
            expect(state).to_have_text(word.replace("_", " "))
            expect(state.locator(f"svg.{look}")).to_be_visible()
        contrasts = page.evaluate(CONTRASTS)
        assert {what: ratio for what, ratio in contrasts.items() if ratio < 4.5} == {}
        shades.append(page.locator(".page").evaluate("page => getComputedStyle(page).color"))
    assert len(set(shades)) == 2


CONTRASTS = """() => {
  // Colours as the browser paints them, light-dark() and color-mix() resolved; what lies below shines through.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const painted = (...colors) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const host = [...document.querySelectorAll("div")].find((each) => each.shadowRoot);
  const found = {};
  for (const each of host.shadowRoot.querySelectorAll("a, th, td, span, small, p, h1, h2, code, footer")) {
    if (!each.textContent.trim() || !each.checkVisibility()) continue;
    const below = [];
    for (let at = each; at; at = at.parentNode ?? at.host) {
      if (at instanceof ShadowRoot) { at = at.host; }
      if (at instanceof Element) below.unshift(getComputedStyle(at).backgroundColor);
    }
    const under = light(painted(...below));
    const ink = light(painted(...below, getComputedStyle(each).color));
    const ratio = (Math.max(under, ink) + 0.05) / (Math.min(under, ink) + 0.05);
    const what = `${each.localName}.${each.className}`;
    found[what] = Math.min(found[what] ?? 99, Math.round(ratio * 100) / 100);
  }
  return found;
}"""


def test_task_without_a_pipeline_says_so(airflow: AirflowInstance, signed_in: Page, unrecorded: str) -> None:
    page = open_view(airflow, signed_in, "not_ours", unrecorded, "plain")

    expect(page.get_by_role("heading", name="No pipeline was recorded")).to_be_visible()


def test_task_that_has_not_begun_says_so(airflow: AirflowInstance, signed_in: Page) -> None:
    page = open_view(airflow, signed_in, "not_ours", "never_started", "plain")

    expect(page.get_by_role("heading", name="Nothing to draw yet")).to_be_visible()


@pytest.mark.parametrize(
    ("state", "heading"),
    [
        pytest.param("queued", "Nothing to draw yet", id="queued"),
        pytest.param("awaiting_input", "No pipeline yet", id="awaiting_input"),
        pytest.param("up_for_retry", "No pipeline yet", id="up_for_retry"),
        pytest.param("up_for_reschedule", "No pipeline yet", id="up_for_reschedule"),
    ],
)
def test_task_that_has_begun_is_told_from_one_that_has_not(
    airflow: AirflowInstance, signed_in: Page, unrecorded: str, state: str, heading: str
) -> None:
    def answer(route: Route) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, json={**reply.json(), "state": state})

    with answered(signed_in, "**/taskInstances/plain", answer):
        page = open_view(airflow, signed_in, "not_ours", unrecorded, "plain")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()


@pytest.mark.parametrize(
    ("recording", "told"),
    [
        pytest.param(view(version=99), "another version of airflow-provider-circle", id="another version"),
        pytest.param("s3://bucket/xcoms/1.json", "XCom backend", id="kept elsewhere"),
    ],
)
def test_recording_that_cannot_be_drawn_is_explained(
    airflow: AirflowInstance, signed_in: Page, recorded: str, recording: object, told: str
) -> None:
    record(airflow, recorded, recording)
    page = open_view(airflow, signed_in, "not_ours", recorded, "plain")

    expect(page.get_by_role("heading", name="The pipeline cannot be drawn")).to_be_visible()
    expect(page.locator(".notice p")).to_contain_text(told)


def test_durations_are_rounded_to_what_their_unit_can_be(
    airflow: AirflowInstance, signed_in: Page, recorded: str
) -> None:
    took = {"0 s": 0.4, "1 min": 59.6, "1 min 1 s": 61, "1 h": 3629, "1 h 59 min": 7169, "2 h": 7170, "24 h": 86_400}
    jobs = [job(f"job {place}", "success", 0, seconds) for place, seconds in enumerate(took.values())]
    record(airflow, recorded, view(workflow("build", "success", *jobs)))
    page = open_view(airflow, signed_in, "not_ours", recorded, "plain")

    expect(page.locator("tr.job .took")).to_have_text(list(took))


def test_what_was_left_out_is_counted(airflow: AirflowInstance, signed_in: Page, recorded: str) -> None:
    flow = workflow("build", "success", job("compile", "success"), jobs_left_out=12)
    record(airflow, recorded, view(flow, workflows_left_out=3))
    page = open_view(airflow, signed_in, "not_ours", recorded, "plain")

    expect(page.locator(".gantt .more")).to_have_text(["and at least 12 more jobs", "and 3 more workflows"])
    expect(page.locator(".facts")).to_contain_text("4 workflows")
    expect(page.locator(".facts")).to_contain_text("at least 13 jobs")


def test_task_that_ended_before_its_pipeline_says_that_this_is_the_last(
    airflow: AirflowInstance, signed_in: Page, recorded: str
) -> None:
    record(airflow, recorded, view(workflow("build", "running", job("compile", "running", 0, None)), status="running"))
    page = open_view(airflow, signed_in, "not_ours", recorded, "plain")

    expect(page.locator(".banner")).to_contain_text("while its pipeline was still running")


def test_airflow_that_cannot_be_reached_is_said_and_asked_again(
    airflow: AirflowInstance, signed_in: Page, recorded: str
) -> None:
    record(airflow, recorded, view(workflow("build", "success", job("compile", "success"))))
    with answered(signed_in, RECORDING, lambda route: route.abort()):
        page = open_view(airflow, signed_in, "not_ours", recorded, "plain")
        expect(page.get_by_role("heading", name="The pipeline cannot be shown")).to_be_visible()

    expect(drawn(page, "compile")).to_be_visible()


def test_who_may_not_read_xcom_is_told_so(airflow: AirflowInstance, signed_in: Page, recorded: str) -> None:
    with answered(signed_in, RECORDING, lambda route: route.fulfill(status=403, body="{}")):
        page = open_view(airflow, signed_in, "not_ours", recorded, "plain")
        expect(page.locator(".notice p")).to_contain_text("You may not read the XCom of this task")
