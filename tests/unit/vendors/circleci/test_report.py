"""Telling what happened, without ever hiding it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.exceptions import Forbidden
from airflow_provider_circle.vendors.circleci.report import (
    duration_s,
    ending_of,
    failed_jobs,
    failure_report,
    step_report,
    step_trouble,
    workflow_summary,
)
from airflow_provider_circle.vendors.circleci.verdict import Verdict
from airflow_provider_circle.vendors.circleci.watch import Sight, Watched

from .walking import LOST, SERVICE, Driver, Scripted, answer, garbled, html, refused, rows, stamp

JOBS = "GET /workflow/w/job"
PAGE = "https://app.circleci.com/pipelines/gh/acme/web/25/workflows/w"


def results_of(number: int) -> str:
    return f"GET /project/gh/acme/web/{number}/tests"


def workflow(status: str = "failed", /, **changes: Any) -> JsonObject:
    return {
        "id": "w",
        "name": "build",
        "status": status,
        "project_slug": "gh/acme/web",
        "pipeline_number": 25,
        "created_at": stamp(0),
        "stopped_at": stamp(90.5),
        **changes,
    }


def job(number: int | None, status: str = "failed", /, **changes: Any) -> JsonObject:
    return {
        "id": f"id-{number}",
        "name": f"job-{number}",
        "status": status,
        "job_number": number,
        "project_slug": "gh/acme/web",
        **changes,
    }


def outcome(number: int, result: str = "failure", /, **changes: Any) -> JsonObject:
    return {
        "classname": "tests.web",
        "name": f"case_{number}",
        "result": result,
        "message": f"{number} is wrong",
        **changes,
    }


def reporting(*jobs: JsonObject, script: dict[str, list[Scripted]] | None = None) -> Driver:
    replies: dict[str, list[Scripted]] = {
        results_of(job["job_number"]): [rows()] for job in jobs if job.get("job_number")
    }
    return Driver({JOBS: [rows(*jobs)], **replies, **(script or {})}, retry=RetryPolicy(attempts=1))


def report(driver: Driver, *workflows: JsonObject) -> list[str]:
    return driver.run(failure_report(driver.caller, workflows or (workflow(),)))


def named_tests(lines: list[str]) -> list[str]:
    return [line.split()[1].rstrip(":") for line in lines if line.startswith("    test ")]


@pytest.mark.parametrize("status", ["failed", "error", "unauthorized"])
def test_a_failed_workflow_is_named_with_its_page(status: str) -> None:
    assert report(reporting(), workflow(status)) == [f"workflow build {status}: {PAGE}"]


@pytest.mark.parametrize("status", ["success", "running", "on_hold", "canceled", "not_run", "recovering"])
def test_a_workflow_that_did_not_fail_is_not_looked_into(status: str) -> None:
    driver = reporting()

    assert (report(driver, workflow(status)), driver.asked) == ([], [])


@pytest.mark.parametrize("status", ["failed", "infrastructure_fail", "timedout", "terminated-unknown", "unauthorized"])
def test_a_failed_job_is_named_with_its_page(status: str) -> None:
    assert f"  job job-7 {status}: {PAGE}/jobs/7" in report(reporting(job(7, status)))


@pytest.mark.parametrize("status", ["success", "running", "blocked", "canceled", "not_run", "on_hold"])
def test_a_job_that_did_not_fail_is_not_named(status: str) -> None:
    assert len(report(reporting(job(7, status)))) == 1


def test_names_cannot_forge_a_line_of_the_log() -> None:
    forged = "build\n2026-11-22 INFO all is well \x1b[2K"
    driver = reporting(job(None, name=forged))

    lines = driver.run(failure_report(driver.caller, [workflow(name=forged)]))

    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)


def test_a_failed_job_without_number_is_named_all_the_same() -> None:
    assert "  job job-None unauthorized" in report(reporting(job(None, "unauthorized")))


def test_failed_jobs_on_every_page_are_named() -> None:
    driver = reporting(job(7), script={JOBS: [rows(job(7), token="t"), rows(job(8))], results_of(8): [rows()]})

    assert any("job-8" in line for line in report(driver))


def test_a_failed_test_is_named_with_its_message() -> None:
    driver = reporting(job(7), script={results_of(7): [rows(outcome(1))]})

    assert "    test tests.web.case_1: 1 is wrong" in report(driver)


@pytest.mark.parametrize("result", ["success", "SUCCESS", "passed", "skipped"])
def test_a_test_that_passed_is_not_named(result: str) -> None:
    driver = reporting(job(7), script={results_of(7): [rows(outcome(1, result))]})

    assert named_tests(report(driver)) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param({"message": None}, "    test tests.web.case_1: no message", id="null_message"),
        pytest.param({"message": "one\n  two\tthree"}, "    test tests.web.case_1: one two three", id="lines"),
        pytest.param({"classname": None}, "    test case_1: 1 is wrong", id="null_classname"),
        pytest.param({"message": {"a": 1}}, "    test tests.web.case_1: {'a': 1}", id="structured_message"),
    ],
)
def test_a_test_takes_one_line(changes: JsonObject, line: str) -> None:
    driver = reporting(job(7), script={results_of(7): [rows(outcome(1, **changes))]})

    assert line in report(driver)


def test_a_long_message_is_cut() -> None:
    driver = reporting(job(7), script={results_of(7): [rows(outcome(1, message="x" * 10_000))]})

    assert max(map(len, report(driver))) < 300


def test_a_job_names_at_most_twenty_tests() -> None:
    pages = [rows(*map(outcome, range(20)), token="t"), rows(*map(outcome, range(20, 30)))]
    driver = reporting(job(7), script={results_of(7): list(pages)})

    assert len(named_tests(report(driver))) == 20


def test_the_first_twenty_failed_tests_are_named_wherever_they_are() -> None:
    passed = [outcome(number, "success") for number in range(15)]
    pages = [rows(*passed, *map(outcome, range(15, 20)), token="t"), rows(*map(outcome, range(20, 40)))]
    driver = reporting(job(7), script={results_of(7): list(pages)})

    assert named_tests(report(driver)) == [f"tests.web.case_{number}" for number in range(15, 35)]


def test_no_further_page_is_read_once_twenty_tests_are_known() -> None:
    driver = reporting(job(7), script={results_of(7): [rows(*map(outcome, range(20)), token="t")]})

    report(driver)

    assert driver.asked.count(results_of(7)) == 1


def test_a_report_names_at_most_twenty_tests_in_all() -> None:
    script: dict[str, list[Scripted]] = {
        results_of(number): [rows(*(outcome(10 * number + index) for index in range(15)))] for number in (7, 8, 9)
    }

    assert len(named_tests(report(reporting(job(7), job(8), job(9), script=script)))) == 20


def test_a_report_names_at_most_twenty_jobs_of_a_workflow() -> None:
    lines = report(reporting(*map(job, range(1, 31))))

    assert len([line for line in lines if line.startswith("  job ")]) == 20


def test_a_report_says_how_many_jobs_it_leaves_out() -> None:
    assert "  and 10 more failed jobs" in report(reporting(*map(job, range(1, 31))))


def test_a_job_with_endless_passing_tests_is_not_read_to_its_end() -> None:
    numbers = iter(range(100_000))

    def endless(_: float) -> Any:
        return rows(*(outcome(0, "success") for _ in range(20)), token=f"t{next(numbers)}")

    driver = reporting(job(7), script={results_of(7): [endless]})
    report(driver)

    assert driver.asked.count(results_of(7)) <= 50


TROUBLES: dict[str, Scripted] = {
    "not_found": refused(404),
    "forbidden": refused(403),
    "unauthorized": refused(401),
    "failing": refused(500),
    "too_many_requests": refused(429),
    "reset": LOST,
    "html": html(),
    "html_with_200": html(200),
    "malformed": garbled(),
    "no_list": answer({"message": "hm"}),
}


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_jobs_that_cannot_be_read_do_not_hide_the_failed_workflow(trouble: Scripted) -> None:
    lines = report(reporting(script={JOBS: [trouble]}))

    assert lines[0] == f"workflow build failed: {PAGE}"


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_what_cannot_be_read_is_said(trouble: Scripted) -> None:
    lines = report(reporting(script={JOBS: [trouble]}))

    assert "could not be read" in lines[-1]


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_tests_that_cannot_be_read_do_not_hide_their_job(trouble: Scripted) -> None:
    lines = report(reporting(job(7), script={results_of(7): [trouble]}))

    assert f"  job job-7 failed: {PAGE}/jobs/7" in lines


@pytest.mark.parametrize("trouble", [refused(404), LOST, garbled()], ids=["not_found", "reset", "malformed"])
def test_tests_that_cannot_be_read_do_not_hide_the_other_failed_jobs(trouble: Scripted) -> None:
    lines = report(reporting(job(7), job(8), script={results_of(7): [trouble]}))

    assert f"  job job-8 failed: {PAGE}/jobs/8" in lines


def test_one_workflow_that_cannot_be_read_does_not_hide_another() -> None:
    driver = reporting(script={JOBS: [refused(500)], "GET /workflow/v/job": [rows(job(7))], results_of(7): [rows()]})

    lines = report(driver, workflow(), workflow(id="v", name="lint"))

    assert any("job-7" in line for line in lines)


def test_a_workflow_without_id_is_named_all_the_same() -> None:
    assert report(reporting(), workflow(id=None)) == [
        "workflow build failed: https://app.circleci.com/pipelines/gh/acme/web/25"
    ]


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param(job(7, project_slug="gh/acme/"), id="slug_that_is_no_path"),
        pytest.param(job(7, project_slug=None), id="null_slug"),
        pytest.param({"status": "failed"}, id="neither_name_nor_number"),
        pytest.param(job(7, name=None), id="null_name"),
    ],
)
def test_an_odd_job_does_not_hide_the_failure(odd: JsonObject) -> None:
    lines = report(reporting(script={JOBS: [rows(odd)], results_of(7): [rows()]}))

    assert lines[0] == f"workflow build failed: {PAGE}"


def test_the_token_is_in_no_report() -> None:
    driver = reporting(script={JOBS: [refused(403, f"the token {SERVICE.headers['Circle-Token']} may not")]})

    assert not any(SERVICE.headers["Circle-Token"] in line for line in report(driver))


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        pytest.param({"created_at": stamp(0), "stopped_at": stamp(90.5)}, 90.5, id="ended"),
        pytest.param({"created_at": stamp(0), "stopped_at": None}, None, id="not_ended"),
        pytest.param({"stopped_at": stamp(0)}, None, id="without_beginning"),
        pytest.param({}, None, id="empty"),
    ],
)
def test_a_duration_is_known_once_it_ended(subject: JsonObject, expected: float | None) -> None:
    assert duration_s(subject) == expected


def test_a_summary_of_a_workflow_has_what_a_dag_needs() -> None:
    assert workflow_summary(SERVICE, workflow("success")) == {
        "id": "w",
        "name": "build",
        "status": "success",
        "url": PAGE,
        "duration_s": 90.5,
    }


def test_a_summary_of_an_empty_workflow_is_all_unknown() -> None:
    assert set(workflow_summary(SERVICE, {}).values()) == {None}


def watched(**options: Any) -> Watched:
    verdict = Verdict("failed", "fail", "build failed", (workflow(jobs=["left out"]),))
    return Watched(
        Sight({"id": "p", "number": 25, "state": "created", "vcs": {"branch": "left out"}}, verdict), **options
    )


@pytest.mark.parametrize(("key", "value"), [("status", "failed"), ("action", "fail"), ("message", "build failed")])
def test_an_ending_says_the_verdict(key: str, value: str) -> None:
    assert dict(ending_of(watched()))[key] == value


def test_an_ending_leaves_out_what_no_task_needs() -> None:
    assert "left out" not in json.dumps(ending_of(watched()))


def test_an_ending_keeps_the_subject() -> None:
    assert ending_of(watched())["subject"] == {"id": "p", "number": 25, "state": "created"}


@pytest.mark.parametrize(("key", "value"), [("status", "timed_out"), ("action", "fail")])
def test_an_ending_by_the_deadline_is_timed_out(key: str, value: str) -> None:
    assert dict(ending_of(watched(timed_out=True)))[key] == value


def test_an_ending_by_the_deadline_says_what_was_seen_last_and_why_no_more() -> None:
    message = ending_of(watched(timed_out=True, trouble="reset"))["message"]

    assert ("build failed" in message, "reset" in message) == (True, True)


def test_an_ending_without_any_sight_is_timed_out() -> None:
    ending = ending_of(Watched(None, timed_out=True, trouble="no connection"))

    assert (ending["status"], ending["action"], "no connection" in ending["message"]) == ("timed_out", "fail", True)


# What steps wrote, for the log.


def numbers_of(driver: Driver, *workflows: JsonObject, most: int = 3) -> list[int]:
    return [job["job_number"] for job in driver.run(failed_jobs(driver.caller, workflows or (workflow(),), most))]


def test_the_first_failed_jobs_are_listed() -> None:
    assert numbers_of(reporting(job(1, "success"), job(2), job(3, "timedout"), job(4), job(5))) == [2, 3, 4]


@pytest.mark.parametrize("changes", [{"job_number": None}, {"project_slug": None}])
def test_a_failed_job_that_cannot_be_named_is_not_listed(changes: JsonObject) -> None:
    assert numbers_of(reporting(job(1, **changes), job(2))) == [2]


@pytest.mark.parametrize("other", [workflow("success"), workflow(id=None), workflow("canceled")])
def test_the_jobs_of_a_workflow_that_did_not_fail_are_not_listed(other: JsonObject) -> None:
    driver = reporting(job(1))

    assert (numbers_of(driver, other), driver.asked) == ([], [])


def test_no_more_workflows_are_asked_than_it_takes() -> None:
    driver = reporting(job(1), job(2))

    assert (numbers_of(driver, workflow(), workflow(), most=2), driver.asked) == ([1, 2], [JOBS])


def test_jobs_that_cannot_be_listed_are_an_error() -> None:
    driver = reporting(script={JOBS: [refused(403)]})
    with pytest.raises(Forbidden):
        numbers_of(driver)


@pytest.mark.parametrize(
    ("step", "lines", "told"),
    [
        ("make", ["a", "", "b"], "job job-7 (7): its step 'make' wrote last:\n  | a\n  |\n  | b"),
        ("make", [], "job job-7 (7): its step 'make' wrote nothing"),
        ("", [], "job job-7 (7): none of its steps failed"),
    ],
)
def test_a_step_is_told(step: str, lines: list[str], told: str) -> None:
    assert step_report(job(7), step, lines) == told


def test_a_jobs_name_takes_one_line() -> None:
    assert step_report(job(7, name="two\nlines"), "", []) == "job two lines (7): none of its steps failed"


def test_trouble_with_a_step_is_told_in_one_line() -> None:
    told = step_trouble(job(7, name="a\nb"), ValueError("no"))

    assert told == "job a b (7): (its output could not be read: no)"
