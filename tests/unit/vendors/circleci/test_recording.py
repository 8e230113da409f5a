"""When jobs are asked for, what is kept, and that a wait never suffers from it."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.vendors.circleci.recording import Recorder, view_of_end, view_of_start
from airflow_provider_circle.vendors.circleci.report import Ending
from airflow_provider_circle.vendors.circleci.verdict import Verdict, VerdictPolicy
from airflow_provider_circle.vendors.circleci.watch import Sight, Watched, look_at_pipeline, watch

from .walking import LOST, NOW, SERVICE, Driver, Scripted, answer, garbled, refused, rows, stamp

PIPELINE = "GET /pipeline/p"
WORKFLOWS = "GET /pipeline/p/workflow"
JOBS = "GET /workflow/w/job"
TESTS = "GET /project/gh/acme/web/7/tests"
BUILD = {"id": "j", "name": "build", "status": "running", "job_number": 7, "started_at": stamp(1)}


def workflow(status: str = "running", /, **changes: Any) -> JsonObject:
    return {
        "id": "w",
        "name": "build",
        "status": status,
        "project_slug": "gh/acme/web",
        "pipeline_number": 42,
        "created_at": stamp(0),
        "stopped_at": None,
        **changes,
    }


def sight(*workflows: JsonObject) -> Sight:
    return Sight({"number": 42, "project_slug": "gh/acme/web"}, Verdict("running", "wait", "goes on", workflows))


class Notebook:
    """Keeps views, on a driver's clock."""

    def __init__(self, *jobs: Scripted, **script: list[Scripted]) -> None:
        self.views: list[JsonObject] = []
        self.driver = Driver({JOBS: list(jobs) or [rows(BUILD)], **script})
        self.recorder = Recorder(self.views.append)

    def see(self, *workflows: JsonObject, after_s: float = 0.0) -> None:
        self.driver.now_s += after_s
        self.driver.run(self.recorder.record(self.driver.caller, sight(*workflows)))

    @property
    def statuses(self) -> list[str]:
        return [view["workflows"][0]["jobs"][0]["status"] for view in self.views]


def test_jobs_are_asked_for_when_the_workflow_appears() -> None:
    book = Notebook()
    book.see(workflow())

    assert book.driver.asked == [JOBS]
    assert book.statuses == ["running"]


@pytest.mark.parametrize("status", ["running", None, 7], ids=repr)
@pytest.mark.parametrize(("after_s", "times"), [(59.0, 1), (60.0, 2)])
def test_jobs_of_a_workflow_that_runs_are_asked_for_once_a_minute(after_s: float, times: int, status: Any) -> None:
    book = Notebook()
    book.see(workflow(status))
    book.see(workflow(status), after_s=after_s)

    assert book.driver.asked == [JOBS] * times


def test_jobs_are_asked_for_at_once_when_the_workflows_status_changes() -> None:
    book = Notebook(rows(BUILD), rows({**BUILD, "status": "failed"}))
    book.see(workflow())
    book.see(workflow("failing"), after_s=1.0)

    assert book.statuses == ["running", "failed"]


def test_jobs_of_a_workflow_that_has_ended_are_asked_for_no_more() -> None:
    book = Notebook()
    book.see(workflow("success"))
    book.see(workflow("success"), after_s=3600.0)

    assert book.driver.asked == [JOBS]


def test_nothing_new_is_not_kept_again() -> None:
    book = Notebook()
    for _ in range(5):
        book.see(workflow(), after_s=61.0)

    assert len(book.views) == 1


def test_pipeline_without_a_workflow_asks_for_nothing_and_is_kept() -> None:
    book = Notebook()
    book.see()

    assert (book.driver.asked, len(book.views)) == ([], 1)


@pytest.mark.parametrize("trouble", [LOST, garbled(), refused(500), refused(403), refused(404)], ids=str)
def test_jobs_that_cannot_be_read_are_asked_for_once_and_again_in_a_minute(trouble: Scripted) -> None:
    book = Notebook(trouble, rows(BUILD))
    book.see(workflow())
    book.see(workflow(), after_s=30.0)
    assert book.driver.asked == [JOBS]
    assert book.views[0]["workflows"][0]["jobs_read"] is False

    book.see(workflow(), after_s=31.0)

    assert book.driver.asked == [JOBS] * 2
    assert book.views[-1]["workflows"][0]["jobs_read"] is True


def test_jobs_that_were_read_are_drawn_on_when_they_cannot_be_read_now() -> None:
    book = Notebook(rows(BUILD), LOST)
    book.see(workflow())
    book.see(workflow("failing"), after_s=61.0)

    assert book.statuses == ["running", "running"]


def test_nothing_is_repeated_or_waited_for_between_two_looks() -> None:
    book = Notebook(refused(429, retry_after="30"), rows(BUILD))
    book.see(workflow())

    assert (book.driver.asked, book.driver.waits) == ([JOBS], [])


def test_requests_of_a_view_are_given_little_time() -> None:
    book = Notebook()
    book.see(workflow())

    assert [request.timeout_s for request in book.driver.requests] == [5.0]


def test_whatever_goes_wrong_with_a_view_the_wait_goes_on() -> None:
    def keep(_: JsonObject) -> None:
        raise RuntimeError("no room")

    driver, recorder = Driver({JOBS: [rows(BUILD)]}), Recorder(keep)
    for status in ("running", "failing"):
        driver.run(recorder.record(driver.caller, sight(workflow(status))))

    assert driver.said == ["the view in Airflow's UI was not kept: RuntimeError('no room')"]


def watched(jobs: Scripted, **options: Any) -> tuple[Watched, Driver]:
    driver = Driver(
        {
            PIPELINE: [answer({"id": "p", "number": 42, "created_at": stamp(0), "errors": []})],
            WORKFLOWS: [
                lambda at_s: rows(
                    workflow("success", stopped_at=stamp(100)) if at_s >= 100 else workflow(),
                )
            ],
            JOBS: [jobs],
        },
        retry=RetryPolicy(attempts=1),
    )
    look = look_at_pipeline("p", VerdictPolicy())
    schedule = PollSchedule(10.0, 10.0, 0.0)
    walk = watch(driver.caller, look, schedule, started_s=NOW, deadline_s=NOW + 3600, **options)
    return driver.run(walk), driver


@pytest.mark.parametrize("jobs", [rows(BUILD), LOST, refused(401), garbled()], ids=str)
def test_wait_looks_as_often_and_ends_as_early_as_without_a_view(jobs: Scripted) -> None:
    plain, alone = watched(jobs)
    drawn, beside = watched(jobs, record=Recorder(lambda _: None).record)

    assert drawn == plain
    assert beside.times(WORKFLOWS) == alone.times(WORKFLOWS)
    assert len(beside.times(JOBS)) == 2


def test_end_is_reported_before_anything_is_drawn_of_it() -> None:
    _, driver = watched(rows(BUILD), record=Recorder(lambda _: None).record)

    assert driver.asked[-1] == WORKFLOWS


def ending(*workflows: JsonObject, status: str = "failed") -> Ending:
    subject = {"id": "p", "number": 42, "project_slug": "gh/acme/web"}
    return Ending(status=status, action="fail", message="it ended", subject=subject, workflows=list(workflows))


FAILED_JOB = {**BUILD, "status": "failed", "project_slug": "gh/acme/web"}


def last_view(script: dict[str, list[Scripted]], *workflows: JsonObject, status: str = "failed") -> JsonObject:
    driver = Driver(script)
    return driver.run(view_of_end(driver.caller, ending(*workflows, status=status)))


def test_last_view_has_the_tests_that_failed_and_their_job() -> None:
    test = {"classname": "tests.web", "name": "case", "result": "failure", "message": "it is wrong", "file": "web.py"}
    passed = {"classname": "tests.web", "name": "other", "result": "success"}
    seen = last_view({JOBS: [rows(FAILED_JOB)], TESTS: [rows(passed, test)]}, workflow("failed"))

    assert seen["failed_tests"] == [
        {"job": "build", "name": "tests.web.case", "file": "web.py", "message": "it is wrong"}
    ]
    assert seen["tests_left_out"] is False


def test_last_view_says_that_more_tests_failed() -> None:
    tests = [{"name": f"t{number}", "result": "failure"} for number in range(21)]
    seen = last_view({JOBS: [rows(FAILED_JOB)], TESTS: [rows(*tests)]}, workflow("failed"))

    assert (len(seen["failed_tests"]), seen["tests_left_out"]) == (20, True)


def test_last_view_of_a_success_asks_for_no_tests() -> None:
    seen = last_view({JOBS: [rows({**FAILED_JOB, "status": "success"})]}, workflow("success"), status="succeeded")

    assert (seen["status"], seen["failed_tests"]) == ("succeeded", [])


@pytest.mark.parametrize("trouble", [LOST, refused(500), garbled()], ids=str)
def test_last_view_leaves_out_what_cannot_be_read(trouble: Scripted) -> None:
    seen = last_view({JOBS: [rows(FAILED_JOB)], TESTS: [trouble]}, workflow("failed"))
    assert (seen["workflows"][0]["jobs"][0]["name"], seen["failed_tests"]) == ("build", [])

    seen = last_view({JOBS: [trouble]}, workflow("failed"))
    assert (seen["workflows"][0]["jobs_read"], seen["failed_tests"]) == (False, [])


def test_workflow_without_an_id_is_drawn_without_jobs() -> None:
    nameless = workflow("failed", id=None)
    seen = last_view({}, nameless)
    book = Notebook()
    book.see(nameless)

    assert [view["workflows"][0]["jobs_read"] for view in (seen, *book.views)] == [False, False]
    assert book.driver.asked == []


def test_no_more_tests_are_asked_for_than_there_is_room_for() -> None:
    jobs = [{**FAILED_JOB, "id": f"j{number}", "job_number": number} for number in (7, 8)]
    tests = [{"name": f"t{number}", "result": "failure"} for number in range(20)]

    assert len(last_view({JOBS: [rows(*jobs)], TESTS: [rows(*tests)]}, workflow("failed"))["failed_tests"]) == 20


def test_first_view_has_the_pipelines_page_and_no_workflow() -> None:
    seen = view_of_start(SERVICE, {"id": "p", "number": 42, "project_slug": "gh/acme/web", "url": "x"}, NOW)

    assert (seen["status"], seen["workflows"], seen["pipeline"]["number"]) == ("running", [], 42)
