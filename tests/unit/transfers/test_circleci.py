"""What a CircleCI project did lands complete and once: pipelines, workflows, jobs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.transfers import reading
from tests.unit.running import context
from tests.unit.transfers.circleci_past import (
    SLUG,
    happened,
    now_of,
    since,
    to_file,
    to_table,
    truth_of,
    workflow_ids,
)
from tests.unit.transfers.pulling import in_file, in_table, once

HOUR = timedelta(hours=1)


def keys(rows: list[JsonObject], *key: str) -> set[Any]:
    """Take the keys of rows, each of which must be there once."""
    landed = once(rows, *key).keys()
    return {one[0] if len(one) == 1 else one for one in landed}


def jobs_of(workflows: set[str]) -> set[tuple[str, str]]:
    with CircleCIHook() as hook:
        return {(workflow, job["id"]) for workflow in workflows for job in hook.list_workflow_jobs(workflow)}


def middle(sandbox: Sandbox, ids: list[str], first: int, last: int) -> dict[str, Any]:
    """Ask for the window in which these pipelines were created, the last of them not."""
    created = {one["id"]: one["created_at"] for one in truth_of(sandbox)}
    return {"window": {"min": created[ids[first]], "max": created[ids[last]]}}


@pytest.mark.parametrize("concurrency", [1, 4])
def test_window_of_pipelines_lands_complete_and_once(sandbox: Sandbox, tmp_path: Path, concurrency: int) -> None:
    ids = happened(sandbox, 65)
    happened(sandbox, 3, slug="gh/acme/api")
    window = middle(sandbox, ids, 10, 60)

    told = to_file(sandbox, tmp_path / "p.jsonl", concurrency=concurrency, **window).execute(context())

    assert keys(in_file(tmp_path / "p.jsonl")) == set(ids[10:60])
    assert (told["records"], told["project_slug"]) == (50, SLUG)


def test_pages_older_than_the_window_are_not_asked_for(sandbox: Sandbox, tmp_path: Path) -> None:
    ids = happened(sandbox, 100)

    to_file(sandbox, tmp_path / "p.jsonl", concurrency=1, **middle(sandbox, ids, 75, 99)).execute(context())

    assert len(sandbox.requests("GET", r"/project/.+/pipeline$")) == 3


def test_days_in_a_row_are_disjoint_and_complete(sandbox: Sandbox, database: Path) -> None:
    began = now_of(sandbox)
    ids = happened(sandbox, 48, every_s=1800)
    landed: list[int] = []
    for hour in range(0, 24, 6):
        window = since(began + hour * HOUR, began + (hour + 6) * HOUR)
        told = to_table(sandbox, **window).execute(context())
        landed.append(told["inserted"])

    assert keys(in_table(database)) == set(ids)
    assert sum(landed) == 48


def test_rerun_of_a_window_changes_nothing(sandbox: Sandbox, database: Path) -> None:
    ids = happened(sandbox, 25)
    window = since(now_of(sandbox) - HOUR, now_of(sandbox))
    for stream, table in (("pipelines", "p"), ("workflows", "w"), ("jobs", "j")):
        more = {} if stream == "pipelines" else {"parent_ids": "all"}
        first = to_table(sandbox, stream, table, **window, **more).execute(context())
        before = in_table(database, table)

        again = to_table(sandbox, stream, table, **window, **more).execute(context())

        assert first["inserted"] == again["unchanged"] == again["records"] >= len(ids)
        assert in_table(database, table) == before


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("scenario", ["success", "many_workflows", "rerun", "on_hold", "errored", "two_workflows"])
def test_workflows_and_jobs_of_a_windows_pipelines_all_land(
    sandbox: Sandbox, tmp_path: Path, scenario: str, concurrency: int
) -> None:
    happened(sandbox, 3)
    began = now_of(sandbox)
    ids = happened(sandbox, 4, scenario=scenario)
    ended = now_of(sandbox)
    happened(sandbox, 3)
    options: dict[str, Any] = {"parent_ids": "all", "concurrency": concurrency, **since(began, ended)}

    to_file(sandbox, tmp_path / "w.jsonl", "workflows", **options).execute(context())
    to_file(sandbox, tmp_path / "j.jsonl", "jobs", **options).execute(context())

    workflows, jobs = in_file(tmp_path / "w.jsonl"), in_file(tmp_path / "j.jsonl")
    assert keys(workflows) == workflow_ids(sandbox, ids)
    assert keys(jobs, "workflow_id", "id") == jobs_of(workflow_ids(sandbox, ids))
    assert {row["pipeline_id"] for row in workflows} <= set(ids)


def test_approval_lands_without_a_number(sandbox: Sandbox, tmp_path: Path) -> None:
    happened(sandbox, 1, scenario="on_hold", every_s=5)

    to_file(sandbox, tmp_path / "j.jsonl", "jobs", parent_ids="all", window="full").execute(context())

    approval = next(row for row in in_file(tmp_path / "j.jsonl") if row["type"] == "approval")
    assert approval["id"]
    assert "job_number" not in approval


def test_list_of_jobs_on_several_pages_is_complete(sandbox: Sandbox, tmp_path: Path) -> None:
    ids = happened(sandbox, 2, scenario="many_jobs")

    to_file(sandbox, tmp_path / "j.jsonl", "jobs", parent_ids="all", window="full").execute(context())

    landed = keys(in_file(tmp_path / "j.jsonl"), "workflow_id", "id")
    assert len(landed) == 90
    assert landed == jobs_of(workflow_ids(sandbox, ids))


def test_only_what_is_of_the_branch_lands_at_every_level(sandbox: Sandbox, tmp_path: Path) -> None:
    happened(sandbox, 3)
    ids = happened(sandbox, 2, branch="feature")
    options: dict[str, Any] = {"window": "full", "filters": {"branch": "feature"}}

    to_file(sandbox, tmp_path / "p.jsonl", **options).execute(context())
    to_file(sandbox, tmp_path / "j.jsonl", "jobs", parent_ids="all", **options).execute(context())

    assert keys(in_file(tmp_path / "p.jsonl")) == set(ids)
    assert {row["workflow_id"] for row in in_file(tmp_path / "j.jsonl")} == workflow_ids(sandbox, ids)


def test_workflow_that_is_no_longer_kept_is_left_out_and_said(
    sandbox: Sandbox, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ids = happened(sandbox, 2, scenario="retained")
    with CircleCIHook() as hook:
        listed = [one["id"] for pipeline in ids for one in hook.list_pipeline_workflows(pipeline)]
    kept = {one for one in listed if one is not None}
    assert len(listed) == len(kept) + 2
    options: dict[str, Any] = {"parent_ids": "all", "window": "full"}

    to_file(sandbox, tmp_path / "w.jsonl", "workflows", **options).execute(context())
    to_file(sandbox, tmp_path / "j.jsonl", "jobs", **options).execute(context())

    assert keys(in_file(tmp_path / "w.jsonl")) == kept
    assert keys(in_file(tmp_path / "j.jsonl"), "workflow_id", "id") == jobs_of(kept)
    assert "2 of the workflows have no id any more: left out" in "".join(capfd.readouterr())


def test_parent_that_vanished_meanwhile_has_no_children(sandbox: Sandbox, tmp_path: Path) -> None:
    ids = happened(sandbox, 3)
    gone = next(iter(workflow_ids(sandbox, ids[:1])))
    sandbox.add_fault("status", status=404, path=rf"/pipeline/{ids[1]}/workflow")
    sandbox.add_fault("status", status=404, path=f"/workflow/{gone}/job")

    to_file(sandbox, tmp_path / "j.jsonl", "jobs", parent_ids="all", window="full").execute(context())

    landed = keys(in_file(tmp_path / "j.jsonl"), "workflow_id", "id")
    assert landed == jobs_of(workflow_ids(sandbox, ids[2:]))


def test_parents_that_are_given_need_no_window_and_no_project(sandbox: Sandbox, tmp_path: Path) -> None:
    ids = happened(sandbox, 3)
    wanted = sorted(workflow_ids(sandbox, ids[:2]))
    sandbox.clear_requests()

    task = to_file(sandbox, tmp_path / "j.jsonl", "jobs", parent_ids=wanted, project_slug=None)
    told = task.execute(context())

    assert {row["workflow_id"] for row in in_file(tmp_path / "j.jsonl")} == set(wanted)
    assert told["window"] is None
    assert len(sandbox.requests()) == 2


def test_many_parents_are_read_in_groups(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_LISTS_AT_ONCE", 4)
    ids = happened(sandbox, 9, scenario="many_workflows")

    to_file(sandbox, tmp_path / "j.jsonl", "jobs", parent_ids="all", window="full").execute(context())

    assert keys(in_file(tmp_path / "j.jsonl"), "workflow_id", "id") == jobs_of(workflow_ids(sandbox, ids))


@pytest.mark.parametrize("kind", ["status", "reset", "reset_after", "cut", "malformed", "html"])
def test_faults_on_the_way_change_no_row(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    ids = happened(sandbox, 25)
    for path, skip in ((r"/project/.+/pipeline$", 1), (r"/pipeline/.+/workflow$", 5), (r"/workflow/.+/job$", 9)):
        sandbox.add_fault(kind, path=path, times=2, skip=skip)

    to_file(sandbox, tmp_path / "j.jsonl", "jobs", parent_ids="all", window="full").execute(context())

    assert len([one for one in sandbox.requests() if one["fault"]]) == 6
    sandbox.clear_faults()
    assert keys(in_file(tmp_path / "j.jsonl"), "workflow_id", "id") == jobs_of(workflow_ids(sandbox, ids))


def test_later_look_back_brings_how_it_ended(sandbox: Sandbox, database: Path) -> None:
    began = now_of(sandbox)
    happened(sandbox, 1, every_s=5)
    window = since(began, now_of(sandbox))
    to_table(sandbox, "workflows", parent_ids="all", **window).execute(context())
    assert [row["status"] for row in in_table(database)] == ["running"]
    sandbox.advance(3600)

    later = since(now_of(sandbox) - HOUR / 2, now_of(sandbox))
    told = to_table(sandbox, "workflows", parent_ids="all", lookback_s=3600, **later).execute(context())

    assert [row["status"] for row in in_table(database)] == ["success"]
    assert told["updated"] == 1


def test_projects_in_one_folder_get_files_of_their_own(sandbox: Sandbox, tmp_path: Path) -> None:
    ids = happened(sandbox, 2)
    others = happened(sandbox, 3, slug="gh/acme/api")

    landed = {
        slug: to_file(sandbox, f"{tmp_path}/", window="full", project_slug=slug).execute(context())["uri"]
        for slug in (SLUG, "github/acme/api")
    }

    assert [keys(in_file(uri)) for uri in landed.values()] == [set(ids), set(others)]


def test_project_of_the_connection_is_the_default(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = happened(sandbox, 2)
    connection = sandbox.connection_json().replace("{", '{"extra": {"project_slug": "github/acme/web"}, ', 1)
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", connection)

    told = to_file(sandbox, tmp_path / "p.jsonl", window="full", project_slug=None).execute(context())

    assert (told["project_slug"], told["records"]) == (SLUG, len(ids))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"project_slug": "web"}, "project_slug", id="no_slug"),
        pytest.param({"stream": "builds"}, "stream", id="unknown_stream"),
        pytest.param({"stream": "flaky_tests", "window": "data_interval"}, "window", id="window_of_metrics"),
        pytest.param(
            {"stream": "jobs", "parent_ids": "all", "window": "watermark"}, "watermark", id="watermark_of_jobs"
        ),
        pytest.param({"stream": "jobs", "parent_ids": ["a"], "window": "data_interval"}, "parent_ids", id="both"),
    ],
)
def test_mistake_is_refused_while_the_dag_is_parsed(sandbox: Sandbox, options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        to_file(sandbox, "lake/", **options)


@pytest.mark.parametrize(
    ("rendered", "named"),
    [
        pytest.param({"project_slug": None}, "project_slug is missing", id="no_project"),
        pytest.param({"project_slug": "a/b"}, "project_slug", id="no_slug"),
        pytest.param({"filters": {"tag": "v1"}}, "tag", id="unknown_filter"),
        pytest.param({"stream": "jobs"}, "parent_ids is missing", id="jobs_of_nobody"),
        pytest.param(
            {"stream": "jobs", "parent_ids": "all", "filters": {"status": "x"}}, "status", id="filter_of_jobs"
        ),
        pytest.param({"stream": "jobs", "parent_ids": ["a"], "filters": {"branch": "x"}}, "parent_ids", id="both"),
        pytest.param({"stream": "jobs", "parent_ids": "['a']", "window": "data_interval"}, "parent_ids", id="rendered"),
        pytest.param(
            {"stream": "insights_jobs", "parent_ids": "all", "filters": {"branch": ""}}, "branch", id="branch"
        ),
        pytest.param(
            {"stream": "insights_workflows", "filters": {"reporting_window": "last-year"}}, "last-24-hours", id="word"
        ),
        pytest.param({"stream": "insights_summary", "filters": {"branches": "main"}}, "list of names", id="names"),
    ],
)
def test_mistake_in_a_rendered_argument_fails_for_good_before_any_request(
    sandbox: Sandbox, tmp_path: Path, rendered: dict[str, Any], named: str
) -> None:
    task = to_file(sandbox, tmp_path / "p.jsonl", window="full")
    task.window = None if rendered.get("stream") else "full"
    for name, value in rendered.items():
        setattr(task, name, value)

    with pytest.raises(AirflowFailException, match=named):
        task.execute(context())

    assert sandbox.requests() == []
