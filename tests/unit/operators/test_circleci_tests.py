"""Test results come from the sandbox into files and tables, each once, with a summary."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, Asset, AssetAlias

from airflow_provider_circle.exceptions import CircleError, ServiceDown
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.operators.circleci_tests import CircleCITestResultsOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.leaving import PATIENCE, SLUG, calm, job_numbers, newest_workflow, ran
from tests.unit.records.landing import Target
from tests.unit.running import FakeOutletEvents, context

TESTS = r"/\d+/tests$"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A database behind the connection ``warehouse``."""
    connection = {"conn_type": "sqlite", "host": str(tmp_path / "landed.db")}
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", json.dumps(connection))
    return Target("warehouse", "sqlite")


def pull(sandbox: Sandbox, *, seen: Any = None, **options: Any) -> dict[str, Any]:
    task = CircleCITestResultsOperator(task_id="tests", **{**PATIENCE, **options})
    told: dict[str, Any] = calm(task, sandbox).execute(seen or context())
    return told


def result(name: str, outcome: str = "success", **more: Any) -> dict[str, Any]:
    built = {
        "name": name,
        "classname": "c",
        "file": "f",
        "source": "s",
        "result": outcome,
        "message": "",
        "run_time": 1.0,
    }
    return {**built, **more}


def lines(path: Path) -> list[dict[str, Any]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.splitlines()]


def table(database: Target) -> list[dict[str, Any]]:
    return database.run("SELECT * FROM test_results ORDER BY job_number, test_index")


INTO: dict[str, Any] = {"table": "test_results", "sql_conn_id": "warehouse"}


def test_results_land_with_what_they_are_of(circleci: Sandbox, tmp_path: Path) -> None:
    pipeline_id = ran(circleci)
    path = tmp_path / "tests.jsonl"

    told = pull(circleci, pipeline_id=pipeline_id, path=str(path))

    rows = lines(path)
    assert rows[29] == {
        "name": "test_case_30",
        "classname": "tests.test_sandbox",
        "file": "tests/test_sandbox.py",
        "source": "pytest",
        "result": "success",
        "message": "",
        "run_time": 0.3,
        "project_slug": SLUG,
        "pipeline_id": pipeline_id,
        "workflow_id": newest_workflow(pipeline_id)["id"],
        "workflow_name": "build-and-test",
        "job_name": "test",
        "job_number": job_numbers(pipeline_id)["test"],
        "test_index": 29,
    }
    assert told["records"] == told["tests"] == len(rows) == 30
    assert told["uri"] == f"file://{path}"


def test_summary_says_what_failed_and_what_was_slow(circleci: Sandbox, tmp_path: Path) -> None:
    told = pull(circleci, pipeline_id=ran(circleci, "failed"), path=str(tmp_path / "tests.jsonl"))

    assert {name: told[name] for name in ("tests", "passed", "failed", "skipped", "duration_s")} == {
        "tests": 30,
        "passed": 5,
        "failed": 25,
        "skipped": 0,
        "duration_s": 4.65,
    }
    assert len(told["failed_tests"]) == 20
    assert told["failed_tests"][0] == "tests.test_sandbox.test_case_01"
    assert told["slowest"][0] == {"name": "tests.test_sandbox.test_case_30", "job_name": "test", "run_time": 0.3}


@pytest.mark.parametrize("by", ["workflow_id", "job_number"])
def test_workflow_and_job_can_be_named_instead(circleci: Sandbox, database: Target, by: str) -> None:
    pipeline_id = ran(circleci)
    named = {
        "workflow_id": {"workflow_id": newest_workflow(pipeline_id)["id"]},
        "job_number": {"job_number": job_numbers(pipeline_id)["test"], "project_slug": SLUG},
    }

    assert pull(circleci, **named[by], **INTO)["inserted"] == 30


def test_rerun_of_the_task_doubles_nothing(circleci: Sandbox, database: Target, tmp_path: Path) -> None:
    pipeline_id = ran(circleci)
    both = {**INTO, "path": f"{tmp_path}/tests/"}
    pull(circleci, pipeline_id=pipeline_id, **both)

    again = pull(circleci, pipeline_id=pipeline_id, **both)

    assert (again["inserted"], again["unchanged"]) == (0, 30)
    assert len(table(database)) == 30
    (path,) = (tmp_path / "tests").iterdir()
    assert len(lines(path)) == 30


def test_rerun_of_the_job_is_another_job(circleci: Sandbox, database: Target) -> None:
    pipeline_id = ran(circleci, "failed")
    pull(circleci, pipeline_id=pipeline_id, **INTO)
    CircleCIHook().rerun_workflow(newest_workflow(pipeline_id)["id"])
    circleci.advance(60)

    told = pull(circleci, pipeline_id=pipeline_id, **INTO)

    assert (told["failed"], told["inserted"]) == (0, 30)
    assert len(table(database)) == 60


def test_results_of_one_name_stay_apart(circleci: Sandbox, database: Target) -> None:
    pipeline_id = ran(circleci)
    numbers = job_numbers(pipeline_id)
    circleci.circleci_outputs(numbers["test"], tests=[result("same"), result("same", "failure"), result("same")])
    circleci.circleci_outputs(numbers["build"], tests=[result("same")])

    told = pull(circleci, pipeline_id=pipeline_id, **INTO)

    assert (told["tests"], told["failed"]) == (4, 1)
    assert [(row["job_name"], row["test_index"], row["result"]) for row in table(database)] == [
        ("build", 0, "success"),
        ("test", 0, "success"),
        ("test", 1, "failure"),
        ("test", 2, "success"),
    ]


def test_results_of_two_projects_stay_apart(circleci: Sandbox, database: Target) -> None:
    other = CircleCIHook().trigger_pipeline("gh/acme/web")["id"]
    first = ran(circleci)
    for pipeline_id in (first, other):
        pull(circleci, pipeline_id=pipeline_id, **INTO)

    assert len(table(database)) == 60


def test_many_pages_come_in_order(circleci: Sandbox, tmp_path: Path) -> None:
    pipeline_id = ran(circleci)
    numbers = job_numbers(pipeline_id)
    circleci.circleci_outputs(numbers["test"], tests=[result(f"a{number}") for number in range(105)])
    circleci.circleci_outputs(numbers["build"], tests=[result(f"b{number}") for number in range(45)])

    pull(circleci, pipeline_id=pipeline_id, path=str(tmp_path / "t.jsonl"))

    rows = lines(tmp_path / "t.jsonl")
    for job, letter, count in (("test", "a", 105), ("build", "b", 45)):
        of_job = [row for row in rows if row["job_name"] == job]
        assert [(row["name"], row["test_index"]) for row in of_job] == [(f"{letter}{n}", n) for n in range(count)]


def test_result_cannot_say_of_itself_what_it_is_of(circleci: Sandbox, tmp_path: Path) -> None:
    pipeline_id = ran(circleci)
    circleci.circleci_outputs(job_numbers(pipeline_id)["test"], tests=[result("t", job_number=99, test_index=7)])

    pull(circleci, pipeline_id=pipeline_id, path=str(tmp_path / "t.jsonl"))

    (row,) = lines(tmp_path / "t.jsonl")
    assert (row["job_number"], row["test_index"]) == (job_numbers(pipeline_id)["test"], 0)


def test_only_chosen_jobs_count(circleci: Sandbox, tmp_path: Path) -> None:
    assert pull(circleci, pipeline_id=ran(circleci), job_names=["build"], path=str(tmp_path / "t.jsonl"))["tests"] == 0
    assert (tmp_path / "t.jsonl").read_text() == ""


def test_chosen_job_that_did_not_run_is_named_beside_those_that_did(
    circleci: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    told = pull(circleci, pipeline_id=ran(circleci), path=str(tmp_path / "t.jsonl"), job_names=["tset"])

    written = capsys.readouterr()
    assert "No job named tset ran in pipeline" in (said := written.out + written.err + caplog.text)
    assert "those that did: build, test" in said
    assert told["tests"] == 0


def test_folder_has_a_file_for_each_pipeline_and_choice(circleci: Sandbox, tmp_path: Path) -> None:
    first, second = ran(circleci), ran(circleci)
    for options in ({"pipeline_id": first}, {"pipeline_id": second}, {"pipeline_id": first, "job_names": ["test"]}):
        pull(circleci, path=f"{tmp_path}/", **options)

    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("kind", ["reset", "cut", "malformed", "status", "html"])
def test_break_is_mended(circleci: Sandbox, database: Target, kind: str) -> None:
    pipeline_id = ran(circleci)
    circleci.add_fault(kind, path=TESTS, times=2)

    assert pull(circleci, pipeline_id=pipeline_id, **INTO)["tests"] == 30


def test_what_cannot_be_read_whole_does_not_land(circleci: Sandbox, database: Target, tmp_path: Path) -> None:
    pipeline_id = ran(circleci)
    circleci.add_fault("status", path=TESTS, status=503, skip=2)

    with pytest.raises(ServiceDown):
        pull(circleci, pipeline_id=pipeline_id, path=str(tmp_path / "t.jsonl"), **INTO)

    assert not (tmp_path / "t.jsonl").exists()
    assert database.run("SELECT name FROM sqlite_master") == []


def test_errors_that_pass_can_be_tried_again(circleci: Sandbox, tmp_path: Path) -> None:
    pipeline_id = ran(circleci)
    circleci.add_fault("status", path=TESTS, status=503)

    with pytest.raises(CircleError) as caught:
        pull(circleci, pipeline_id=pipeline_id, path=str(tmp_path / "t.jsonl"))

    assert not caught.value.permanent


def test_pipeline_that_nobody_knows_fails_for_good(circleci: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException, match="404"):
        pull(circleci, pipeline_id="5034460f-c7c4-4c43-9457-de07e2029e7b", path=str(tmp_path / "t.jsonl"))


def test_assets_are_told(circleci: Sandbox, tmp_path: Path) -> None:
    asset, alias, events = Asset("s3://lake/tests"), AssetAlias("tests"), FakeOutletEvents()

    told = pull(
        circleci,
        pipeline_id=ran(circleci),
        path=str(tmp_path / "t.jsonl"),
        seen=context(outlet_events=events),
        outlets=[alias, asset],
    )

    assert (events[asset].extra, list(events.told)) == (told, [asset.uri])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"path": "t.jsonl"}, "pipeline_id", id="nothing_named"),
        pytest.param({"pipeline_id": "p"}, "path or table", id="nowhere_to_land"),
        pytest.param({"pipeline_id": "p", "table": "t"}, "sql_conn_id", id="no_database"),
        pytest.param({"pipeline_id": "p", "path": "t", "sql_conn_id": "x"}, "table", id="no_table"),
    ],
)
def test_mistake_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        CircleCITestResultsOperator(task_id="tests", **options)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"path": "{tmp}/a_file/t.jsonl"}, "path", id="no_folder"),
        pytest.param({"path": "{tmp}/t.docx"}, "file_format", id="no_format"),
        pytest.param({"table": "a.b.c.d", "sql_conn_id": "warehouse"}, "table", id="no_table"),
        pytest.param({"path": "{tmp}/t.jsonl", "job_names": "test"}, "job_names", id="one_name"),
        pytest.param({"path": "{tmp}/t.jsonl", "job_names": 7}, "job_names", id="no_list_of_names"),
        pytest.param({"path": "{tmp}/", "job_names": ["test", 7]}, "job_names", id="no_name"),
    ],
)
def test_mistake_is_refused_before_any_request(
    circleci: Sandbox, database: Target, tmp_path: Path, options: dict[str, Any], named: str
) -> None:
    (tmp_path / "a_file").touch()
    options = {
        key: value.replace("{tmp}", str(tmp_path)) if isinstance(value, str) else value
        for key, value in options.items()
    }

    with pytest.raises(AirflowFailException, match=named):
        pull(circleci, pipeline_id="p", **options)

    assert circleci.requests() == []
