"""What may be asked of Insights, and which lists of CircleCI are worth pulling."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_circle.core.stream import OfParents, read_stream
from airflow_provider_circle.vendors.circleci.insights import (
    ALL_BRANCHES,
    branch_query,
    checked_names,
    dates_query,
    time_text,
    word_query,
)
from airflow_provider_circle.vendors.circleci.service import circleci_v2
from airflow_provider_circle.vendors.circleci.streams import STREAMS
from tests.unit.vendors.answering import Answering, reply

SLUG = "gh/acme/web"
LISTS = {
    "pipelines": "/project/gh/acme/web/pipeline",
    "workflows": "/pipeline/p1/workflow",
    "jobs": "/workflow/p1/job",
    "insights_workflows": "/insights/gh/acme/web/workflows",
    "insights_workflow_runs": "/insights/gh/acme/web/workflows/p1",
    "insights_jobs": "/insights/gh/acme/web/workflows/p1/jobs",
    "insights_summary": "/insights/pages/gh/acme/web/summary",
    "flaky_tests": "/insights/gh/acme/web/flaky-tests",
}
BEGIN = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)


def read(stream: str, record: dict[str, Any] | None = None, **options: Any) -> Answering:
    lists = ("items", "flaky-tests", "project_workflow_branch_data")
    circleci = Answering(
        circleci_v2("https://circleci.com", "secret", timeout_s=1.0, verify=True),
        lambda _: reply({name: [dict(record or {})] for name in lists}),
    )
    parents = ["p1"] if STREAMS[stream].parent else []
    scope = {"project_slug": SLUG}
    circleci.run(read_stream(circleci.caller, STREAMS[stream], parents=parents, scope=scope, **options))
    return circleci


def test_every_list_is_known_by_its_name() -> None:
    assert {name: stream.name for name, stream in STREAMS.items()} == {name: name for name in LISTS}


@pytest.mark.parametrize(("stream", "path"), LISTS.items())
def test_a_stream_is_read_from_its_path(stream: str, path: str) -> None:
    assert read(stream).routes == [f"GET {path}"]


@pytest.mark.parametrize(
    ("stream", "query"),
    [
        ("pipelines", {}),
        ("jobs", {}),
        ("insights_workflows", {"all-branches": "true", "reporting-window": "last-90-days"}),
        ("insights_workflow_runs", {"all-branches": "true"}),
        ("insights_jobs", {"all-branches": "true", "reporting-window": "last-90-days"}),
        ("insights_summary", {"reporting-window": "last-90-days"}),
        ("flaky_tests", {}),
    ],
)
def test_what_a_stream_is_about_is_asked_for(stream: str, query: dict[str, str]) -> None:
    (asked,) = read(stream).asked

    assert asked.query == query


def test_a_summary_is_of_the_branches_and_workflows_that_are_named() -> None:
    (asked,) = read("insights_summary", filters={"branches": ["dev"], "workflow_names": ["build"]}).asked

    assert (asked.query["branches"], asked.query["workflow-names"]) == ("dev", "build")


@pytest.mark.parametrize("stream", STREAMS)
def test_every_parent_is_known(stream: str) -> None:
    parent = STREAMS[stream].parent

    assert parent is None or parent.stream in STREAMS


@pytest.mark.parametrize("stream", ["insights_workflows", "insights_jobs", "insights_summary", "flaky_tests"])
def test_everything_a_key_is_made_of_is_there(stream: str) -> None:
    record = {"name": "build", "workflow_name": "main", "branch": "dev", "test-name": "a"}

    (row,) = read(stream, record).rows

    assert [part for part in STREAMS[stream].key if row.get(part) is None] == []


@pytest.mark.parametrize("stream", ["workflows", "jobs"])
def test_window_is_of_the_pipelines(stream: str) -> None:
    assert isinstance(STREAMS[stream].window, OfParents)
    assert STREAMS[stream].cursor is None


@pytest.mark.parametrize(("value", "query"), [("main", {"branch": "main"}), (ALL_BRANCHES, {"all-branches": True})])
def test_one_branch_or_all_of_them(value: str, query: dict[str, Any]) -> None:
    assert branch_query("branch", value) == query


@pytest.mark.parametrize("value", ["", " ", None, 7, ["main"]])
def test_what_is_no_branch_is_named(value: Any) -> None:
    with pytest.raises(ValueError, match="branch must be the name of a branch"):
        branch_query("branch", value)


def test_word_is_a_parameter_with_hyphens() -> None:
    assert word_query("reporting_window", "last-7-days", ["last-7-days"]) == {"reporting-window": "last-7-days"}


def test_word_that_is_left_out_is_not_asked_for() -> None:
    assert word_query("reporting_window", None, ["last-7-days"]) == {}


def test_word_nobody_knows_is_named_with_the_known() -> None:
    with pytest.raises(ValueError, match="granularity must be one of daily, hourly, got 'weekly'"):
        word_query("granularity", "weekly", ["daily", "hourly"])


@pytest.mark.parametrize("value", ["main", [], [""], [1], None])
def test_what_is_no_list_of_names_is_named(value: Any) -> None:
    with pytest.raises(ValueError, match="branches must be a list of names"):
        checked_names("branches", value)


@pytest.mark.parametrize(
    ("start", "end", "query"),
    [
        pytest.param(None, None, {}, id="neither"),
        pytest.param(BEGIN, None, {"start-date": "2026-03-02T12:30:00.000Z"}, id="beginning"),
        pytest.param(
            "2026-03-02T13:30:00+01:00",
            BEGIN + timedelta(days=90),
            {"start-date": "2026-03-02T12:30:00.000Z", "end-date": "2026-05-31T12:30:00.000Z"},
            id="both",
        ),
    ],
)
def test_dates_become_parameters(start: Any, end: Any, query: dict[str, str]) -> None:
    assert dates_query(start, end) == query


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        pytest.param(None, BEGIN, "start_date is missing", id="no_beginning"),
        pytest.param("2026-03-02T12:30:00", None, "start_date must be a time with its zone", id="no_zone"),
        pytest.param(BEGIN, "later", "end_date must be a time with its zone", id="no_time"),
        pytest.param(BEGIN, BEGIN, "end_date: the window must end after it begins", id="empty"),
        pytest.param(BEGIN, BEGIN + timedelta(days=90, seconds=1), "end_date must be at most 90 days", id="too_long"),
    ],
)
def test_dates_that_make_no_sense_are_named(start: Any, end: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dates_query(start, end)


def test_time_is_written_in_utc_with_milliseconds() -> None:
    assert time_text(datetime.fromisoformat("2026-03-02T01:00:00.123456+02:00")) == "2026-03-01T23:00:00.123Z"
