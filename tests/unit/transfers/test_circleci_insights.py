"""What CircleCI reckons about a project lands: metrics, runs, flaky tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.running import context
from tests.unit.transfers.circleci_past import SLUG, happened, now_of, since, to_file, to_table, truth_of
from tests.unit.transfers.pulling import in_file, in_table, once

DAY = timedelta(days=1)
WORKFLOW = "build-and-test"


def landed(sandbox: Sandbox, tmp_path: Path, stream: str, **options: Any) -> list[dict[str, Any]]:
    to_file(sandbox, tmp_path / "rows.jsonl", stream, **options).execute(context())
    return in_file(tmp_path / "rows.jsonl")


def test_metrics_say_what_they_are_about(sandbox: Sandbox, tmp_path: Path) -> None:
    happened(sandbox, 3)
    happened(sandbox, 1, branch="feature")

    rows = landed(sandbox, tmp_path, "insights_workflows")

    assert once(rows, "project_slug", "branch", "reporting_window", "name").keys() == {
        (SLUG, "*", "last-90-days", WORKFLOW)
    }
    assert rows[0]["metrics"]["total_runs"] == 4


@pytest.mark.parametrize(("branch", "runs"), [("main", 3), ("feature", 1), ("*", 4)])
def test_metrics_of_a_branch_are_of_that_branch(sandbox: Sandbox, tmp_path: Path, branch: str, runs: int) -> None:
    happened(sandbox, 3)
    happened(sandbox, 1, branch="feature")
    filters = {"branch": branch, "reporting_window": "last-7-days"}

    (row,) = landed(sandbox, tmp_path, "insights_workflows", filters=filters)

    assert (row["branch"], row["reporting_window"], row["metrics"]["total_runs"]) == (branch, "last-7-days", runs)


def test_metrics_of_several_projects_and_branches_share_a_table(sandbox: Sandbox, database: Path) -> None:
    happened(sandbox, 2)
    happened(sandbox, 1, branch="feature")
    happened(sandbox, 1, slug="gh/acme/api")
    for slug in (SLUG, "gh/acme/api"):
        for branch in ("*", "main", "feature"):
            to_table(sandbox, "insights_workflows", project_slug=slug, filters={"branch": branch}).execute(context())

    told = to_table(sandbox, "insights_workflows", project_slug="gh/acme/api").execute(context())

    rows = in_table(database)
    assert {(row["project_slug"], row["branch"]) for row in rows} == {
        (SLUG, "*"),
        (SLUG, "main"),
        (SLUG, "feature"),
        ("gh/acme/api", "*"),
        ("gh/acme/api", "main"),
    }
    assert told["unchanged"] == 1


def test_new_run_updates_the_metrics_it_is_in(sandbox: Sandbox, database: Path) -> None:
    happened(sandbox, 2)
    to_table(sandbox, "insights_workflows").execute(context())
    happened(sandbox, 1)

    told = to_table(sandbox, "insights_workflows").execute(context())

    assert (told["updated"], told["inserted"], len(in_table(database))) == (1, 0, 1)


def test_jobs_are_of_every_workflow_on_every_branch(sandbox: Sandbox, tmp_path: Path) -> None:
    happened(sandbox, 1)
    happened(sandbox, 1, scenario="two_workflows", branch="feature")

    rows = landed(sandbox, tmp_path, "insights_jobs", parent_ids="all")

    with CircleCIHook() as hook:
        names = {row["name"] for row in hook.list_workflow_metrics(SLUG, all_branches=True)}
    assert {row["workflow_name"] for row in rows} == names
    assert len(names) > 1
    assert len(once(rows, "project_slug", "branch", "reporting_window", "workflow_name", "name")) == len(rows)


def test_jobs_may_be_narrowed_to_a_name(sandbox: Sandbox, tmp_path: Path) -> None:
    happened(sandbox, 1)

    rows = landed(sandbox, tmp_path, "insights_jobs", parent_ids=[WORKFLOW], filters={"job_name": "tes"})

    assert [row["name"] for row in rows] == ["test"]


def test_window_of_runs_is_complete_and_holds_no_other(sandbox: Sandbox, tmp_path: Path) -> None:
    happened(sandbox, 30, every_s=60)
    began = now_of(sandbox)
    ids = [*happened(sandbox, 45, every_s=60), *happened(sandbox, 5, branch="feature")]
    ended = now_of(sandbox)
    happened(sandbox, 10)

    rows = landed(sandbox, tmp_path, "insights_workflow_runs", parent_ids="all", **since(began, ended))

    created = {one["id"]: one["created_at"] for one in truth_of(sandbox)}
    assert len(created) == 90
    wanted = {workflow["id"] for one in truth_of(sandbox, ids) for workflow in one["workflows"]}
    assert {key[0] for key in once(rows)} == wanted
    assert {(row["project_slug"], row["workflow_name"]) for row in rows} == {(SLUG, WORKFLOW)}


@pytest.mark.parametrize(
    ("window", "days"),
    [
        pytest.param({"min": "2020-01-01T00:00:00Z"}, None, id="open_end"),
        pytest.param({"max": "now"}, 90, id="open_beginning"),
        pytest.param({"min": "2020-01-01T00:00:00Z", "max": "now"}, 90, id="long"),
    ],
)
def test_longer_window_than_is_kept_is_cut_and_loses_nothing(
    sandbox: Sandbox, tmp_path: Path, window: dict[str, str], days: int | None
) -> None:
    happened(sandbox, 3)
    ended = now_of(sandbox)
    window = {end: ended.isoformat() if value == "now" else value for end, value in window.items()}

    rows = landed(sandbox, tmp_path, "insights_workflow_runs", parent_ids=[WORKFLOW], window=window)

    assert len(rows) == 3
    query = sandbox.requests(path=f"/insights/{SLUG}/workflows/{WORKFLOW}$")[-1]["query"]
    if days is None:
        assert "end-date" not in query
    else:
        assert datetime.fromisoformat(query["end-date"]) - datetime.fromisoformat(query["start-date"]) <= days * DAY


def test_flaky_tests_land_each_failure_once(sandbox: Sandbox, tmp_path: Path) -> None:
    happened(sandbox, 2, scenario="rerun")
    happened(sandbox, 1, scenario="failed")

    rows = landed(sandbox, tmp_path, "flaky_tests")

    assert len(once(rows, "project_slug", "fingerprint")) == 2 * 25
    assert {row["times-flaked"] for row in rows} == {1}


def test_flaky_tests_without_a_class_are_told_apart(sandbox: Sandbox, tmp_path: Path, database: Path) -> None:
    flake = {"test-name": "test_a", "classname": None, "file": None, "job-name": "test", "job-number": 1}
    rows = [
        {**flake, "workflow-id": "w"},
        {**flake, "workflow-id": "w", "classname": "A"},
        {**flake, "workflow-id": "w", "file": "A"},
        {**flake, "workflow-id": "w", "job-number": 2},
    ]
    sandbox.add_fault("status", status=200, body={"flaky-tests": rows, "total-flaky-tests": 3.0})

    told = [to_table(sandbox, "flaky_tests").execute(context()) for _ in range(2)]

    assert len(in_table(database)) == 4
    assert (told[0]["inserted"], told[1]["unchanged"]) == (4, 4)


def test_summary_lands_by_workflow_and_branch(sandbox: Sandbox, tmp_path: Path) -> None:
    happened(sandbox, 2)
    happened(sandbox, 1, branch="feature")
    happened(sandbox, 1, branch="other")

    rows = landed(sandbox, tmp_path, "insights_summary", filters={"branches": ["main", "feature"]})

    runs = {(row["workflow_name"], row["branch"]): row["metrics"]["total_runs"] for row in rows}
    assert runs == {(WORKFLOW, "main"): 2, (WORKFLOW, "feature"): 1}
    assert {(row["project_slug"], row["reporting_window"]) for row in rows} == {(SLUG, "last-90-days")}


def test_metrics_on_several_pages_are_read_until_two_readings_agree(sandbox: Sandbox, tmp_path: Path) -> None:
    happened(sandbox, 1, scenario="many_workflows")

    rows = landed(sandbox, tmp_path, "insights_workflows")

    assert len(once(rows, "name")) == 25
    assert len(sandbox.requests("GET", "/insights/")) == 4


def test_deleted_workflow_leaves_the_table_when_asked_to(sandbox: Sandbox, database: Path) -> None:
    happened(sandbox, 1)
    happened(sandbox, 1, scenario="two_workflows")
    before = to_table(sandbox, "insights_workflows", deletes="delete").execute(context())
    sandbox.advance(91 * DAY.total_seconds())
    happened(sandbox, 1)

    told = to_table(sandbox, "insights_workflows", deletes="delete").execute(context())

    assert told["deleted"] == before["inserted"] - 1
    assert [row["name"] for row in in_table(database)] == [WORKFLOW]
