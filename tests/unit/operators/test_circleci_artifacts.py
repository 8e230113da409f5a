"""Artifacts come from the sandbox into a folder, over real connections and through what breaks them."""

from __future__ import annotations

import os
import signal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, Asset

from airflow_provider_circle.core.download import download as walk
from airflow_provider_circle.exceptions import CircleError, ServiceDown, Unreachable
from airflow_provider_circle.hooks import base
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.operators.circleci_artifacts import CircleCIDownloadArtifactsOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.operators.leaving import (
    FILES,
    HOSTS,
    SLUG,
    STORAGE,
    download,
    fetched,
    files,
    give,
    header,
    job_numbers,
    manifest,
    newest_workflow,
    ran,
)
from tests.unit.records.landing import ended, started
from tests.unit.running import FakeOutletEvents, context

BIG = 300_000


@pytest.fixture
def pipeline_id(circleci: Sandbox) -> str:
    return ran(circleci)


def test_artifacts_of_a_pipeline_land_by_workflow_job_and_node(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path
) -> None:
    told = download(circleci, tmp_path, pipeline_id=pipeline_id)

    assert files(tmp_path).keys() == {
        f"build-and-test/{job}/0/{job}/{name}" for job in ("build", "test") for name in ("log.txt", "report.json")
    }
    assert told == {
        "artifacts": 4,
        "bytes": sum(files(tmp_path).values()),
        "uri": f"file://{tmp_path}/",
        "manifest": f"file://{tmp_path}/artifacts.jsonl",
    }


def test_manifest_says_what_each_file_is(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    give(circleci, pipeline_id, {"path": "x/a.bin", "size": 1000, "node_index": 2})

    download(circleci, tmp_path, pipeline_id=pipeline_id)

    (line,) = manifest(tmp_path)
    content = (tmp_path / line["target"]).read_bytes()
    assert line == {
        "target": "build-and-test/test/2/x/a.bin",
        "bytes": 1000,
        "sha256": sha256(content).hexdigest(),
        "host": circleci.url.removeprefix("http://"),
        "project_slug": SLUG,
        "pipeline_id": pipeline_id,
        "workflow_id": newest_workflow(pipeline_id)["id"],
        "workflow_name": "build-and-test",
        "job_name": "test",
        "job_number": job_numbers(pipeline_id)["test"],
        "node_index": 2,
        "path": "x/a.bin",
    }


@pytest.mark.parametrize("by", ["workflow_id", "job_number"])
def test_same_job_lands_at_the_same_place_however_it_is_named(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path, by: str
) -> None:
    give(circleci, pipeline_id, {"path": "a", "size": 5})
    named = {
        "workflow_id": {"workflow_id": newest_workflow(pipeline_id)["id"]},
        "job_number": {"job_number": str(job_numbers(pipeline_id)["test"]), "project_slug": SLUG},
    }

    download(circleci, tmp_path, **named[by])

    assert files(tmp_path) == {"build-and-test/test/0/a": 5}


def test_only_chosen_jobs_and_paths_come(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    download(circleci, tmp_path, pipeline_id=pipeline_id, job_names=["test"], patterns=["*.json"])

    assert files(tmp_path).keys() == {"build-and-test/test/0/test/report.json"}


def test_what_is_not_chosen_need_not_be_safe(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    give(circleci, pipeline_id, {"path": "../x", "size": 1}, {"path": "a.xml", "size": 1})

    assert download(circleci, tmp_path, pipeline_id=pipeline_id, patterns=["*.xml"])["artifacts"] == 1


def test_many_artifacts_on_many_pages_come(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    give(circleci, pipeline_id, *({"path": f"{number:03}", "size": number} for number in range(65)))

    assert download(circleci, tmp_path, pipeline_id=pipeline_id, concurrency=8)["artifacts"] == 65
    assert sorted(files(tmp_path).values()) == list(range(65))


def test_no_artifacts_are_no_error(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told = download(circleci, tmp_path, pipeline_id=pipeline_id, patterns=["*.nothing"])

    assert (told["artifacts"], told["bytes"], manifest(tmp_path)) == (0, 0, [])


@pytest.mark.parametrize(
    ("scenario", "jobs"),
    [
        ("nothing_runs", set()),
        ("errored", set()),
        ("not_run", set()),
        ("on_hold", {"build"}),
        ("drift", {"build", "test"}),
        ("setup_same_name", None),
        ("two_workflows", None),
    ],
)
def test_every_pipeline_can_be_asked(circleci: Sandbox, tmp_path: Path, scenario: str, jobs: set[str] | None) -> None:
    told = download(circleci, tmp_path, pipeline_id=ran(circleci, scenario))

    there = {line["job_name"] for line in manifest(tmp_path)}
    assert there == jobs if jobs is not None else there
    assert told["artifacts"] == len(files(tmp_path)) == len({line["target"] for line in manifest(tmp_path)})


def test_rerun_replaces_what_it_reran(circleci: Sandbox, tmp_path: Path) -> None:
    pipeline_id = ran(circleci, "failed")
    first = job_numbers(pipeline_id)
    download(circleci, tmp_path, pipeline_id=pipeline_id, job_names=["test"])
    CircleCIHook().rerun_workflow(newest_workflow(pipeline_id)["id"], from_failed=False)
    circleci.advance(60)

    download(circleci, tmp_path, pipeline_id=pipeline_id, job_names=["test"])

    assert {line["job_number"] for line in manifest(tmp_path)} == {job_numbers(pipeline_id)["test"]}
    assert job_numbers(pipeline_id)["test"] != first["test"]
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize(
    "path", ["../evil", "/etc/evil", "a/../../evil", "a\\evil", "C:/evil", "a//evil", "evil\nfile", "e" * 300]
)
def test_path_that_leads_elsewhere_fails_the_task_before_anything_lands(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path, path: str
) -> None:
    give(circleci, pipeline_id, {"path": "good", "size": 5}, {"path": path, "size": 5})

    with pytest.raises(AirflowFailException, match=r"artifact .* of job test"):
        download(circleci, tmp_path / "out", pipeline_id=pipeline_id)

    assert fetched(circleci) == []
    assert list(tmp_path.rglob("*")) == []


def test_files_come_in_little_memory(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    import resource

    give(circleci, pipeline_id, *({"path": f"{number}", "size": 48 * 2**20} for number in range(2)))
    give_first = {"path": "small", "size": 1}
    circleci.circleci_outputs(job_numbers(pipeline_id)["build"], artifacts=[give_first])
    told = tmp_path / "peak"

    def measured() -> None:
        download(circleci, tmp_path / "small", pipeline_id=pipeline_id, job_names=["build"])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        download(circleci, tmp_path / "out", pipeline_id=pipeline_id, job_names=["test"])
        told.write_text(str((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))

    assert ended(started(measured)) == 0
    assert float(told.read_text()) < 12
    assert sum(files(tmp_path / "out").values()) == 96 * 2**20


@pytest.mark.parametrize("kind", ["cut", "reset", "reset_after", "status", "html"])
@pytest.mark.parametrize("place", [HOSTS, STORAGE], ids=["host", "storage"])
def test_break_is_mended(circleci: Sandbox, pipeline_id: str, tmp_path: Path, kind: str, place: str) -> None:
    give(circleci, pipeline_id, *({"path": f"{number}", "size": BIG + number} for number in range(3)))
    circleci.add_fault(kind, path=place, times=2)

    download(circleci, tmp_path, pipeline_id=pipeline_id)

    assert sorted(files(tmp_path).values()) == [BIG, BIG + 1, BIG + 2]
    assert [line["sha256"] for line in manifest(tmp_path)] == [
        sha256((tmp_path / line["target"]).read_bytes()).hexdigest() for line in manifest(tmp_path)
    ]


def test_cut_file_goes_on_where_it_was_cut(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    give(circleci, pipeline_id, {"path": "big", "size": BIG})
    download(circleci, tmp_path / "whole", pipeline_id=pipeline_id)
    circleci.clear_requests()
    circleci.add_fault("cut", path=STORAGE, times=1)

    download(circleci, tmp_path / "cut", pipeline_id=pipeline_id)

    place = "build-and-test/test/0/big"
    assert (tmp_path / "cut" / place).read_bytes() == (tmp_path / "whole" / place).read_bytes()
    first, second = fetched(circleci, STORAGE)
    assert (header(first, "range"), second["status"]) == (None, 206)
    assert str(header(second, "range")).startswith("bytes=")
    assert int(str(header(second, "range"))[6:-1]) > 0


@pytest.mark.parametrize("without", [{"ranges": False}, {"etags": False}], ids=str)
def test_cut_file_begins_anew_where_it_cannot_go_on(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path, without: dict[str, bool]
) -> None:
    give(circleci, pipeline_id, {"path": "big", "size": BIG})
    circleci.circleci_artifact_hosts(**without)
    circleci.add_fault("cut", path=STORAGE, times=1)

    download(circleci, tmp_path, pipeline_id=pipeline_id)

    assert files(tmp_path) == {"build-and-test/test/0/big": BIG}
    assert [one["status"] for one in fetched(circleci, STORAGE)] == [200, 200]


def test_limit_of_requests_is_waited_for(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    began_s = circleci.now()
    circleci.add_fault("status", status=429, retry_after="90", path=STORAGE, times=1)

    download(circleci, tmp_path, pipeline_id=pipeline_id, concurrency=1)

    assert len(files(tmp_path)) == 4
    assert circleci.now() - began_s >= 90


def test_retry_fetches_the_rest_only(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    circleci.add_fault("status", status=503, path=rf"{FILES}.*report")
    with pytest.raises(ServiceDown):
        download(circleci, tmp_path, pipeline_id=pipeline_id, concurrency=1)
    done = set(files(tmp_path)) & {f"build-and-test/{job}/0/{job}/log.txt" for job in ("build", "test")}
    assert done
    assert not (tmp_path / "artifacts.jsonl").exists()
    circleci.clear_faults()
    circleci.clear_requests()

    told = download(circleci, tmp_path, pipeline_id=pipeline_id)

    assert told["artifacts"] == len(manifest(tmp_path)) == 4
    assert len(fetched(circleci, STORAGE)) == 4 - len(done)
    assert [name for name in files(tmp_path) if Path(name).name.startswith(".")] == []


def test_try_that_was_killed_is_gone_on_with(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(circleci, pipeline_id, *({"path": f"{number}", "size": BIG} for number in range(3)))

    begun: list[str] = []

    def counted(*arguments: Any, **named: Any) -> Any:
        begun.append(named["name"])
        if len(begun) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return walk(*arguments, **named)

    def dying() -> None:
        monkeypatch.setattr(base, "download", counted)
        download(circleci, tmp_path, pipeline_id=pipeline_id, concurrency=1)

    assert ended(started(dying)) == -signal.SIGKILL
    there = [name for name in files(tmp_path) if name.startswith("build-and-test") and not name.endswith(".partial")]
    assert len(there) == 2
    circleci.clear_requests()

    assert download(circleci, tmp_path, pipeline_id=pipeline_id)["artifacts"] == 3
    assert 1 <= len(fetched(circleci, STORAGE)) <= 2


def test_files_of_another_pipeline_are_never_taken_for_ours(
    circleci: Sandbox, pipeline_id: str, tmp_path: Path
) -> None:
    circleci.add_fault("status", status=503, path=rf"{FILES}.*test/report")
    with pytest.raises(ServiceDown):
        download(circleci, tmp_path, pipeline_id=pipeline_id, concurrency=1)
    circleci.clear_faults()
    other = ran(circleci)
    circleci.clear_requests()

    download(circleci, tmp_path, pipeline_id=other)

    assert len(fetched(circleci, STORAGE)) == 4
    assert {line["pipeline_id"] for line in manifest(tmp_path)} == {other}


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({}, "pipeline_id", id="nothing"),
        pytest.param({"pipeline_id": "p", "workflow_id": "w"}, "pipeline_id", id="two"),
        pytest.param({"pipeline_id": "p", "project_slug": SLUG}, "project_slug", id="project_of_a_pipeline"),
        pytest.param({"pipeline_id": "p", "concurrency": 0}, "concurrency", id="none_at_once"),
        pytest.param({"pipeline_id": "p", "concurrency": 17}, "concurrency", id="too_many_at_once"),
        pytest.param({"pipeline_id": "p", "concurrency": True}, "concurrency", id="truth"),
        pytest.param({"pipeline_id": "p", "patterns": []}, "patterns", id="no_pattern"),
        pytest.param({"pipeline_id": "p", "patterns": "*.xml"}, "patterns", id="one_text"),
        pytest.param({"pipeline_id": "p", "request_attempts": 0}, "request_attempts", id="no_attempts"),
    ],
)
def test_mistake_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        CircleCIDownloadArtifactsOperator(task_id="artifacts", path="x", **options)


def test_patterns_that_a_template_names_are_not_judged_while_the_dag_is_parsed() -> None:
    task = CircleCIDownloadArtifactsOperator(task_id="artifacts", path="x", pipeline_id="p", patterns="{{ patterns }}")

    assert task.patterns == "{{ patterns }}"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"path": ""}, "path", id="no_path"),
        pytest.param({"path": "{taken}"}, "path", id="path_is_a_file"),
        pytest.param({"pipeline_id": " "}, "pipeline_id", id="empty_id"),
        pytest.param({"pipeline_id": None, "job_number": "none"}, "job_number", id="no_number"),
        pytest.param({"pipeline_id": None, "job_number": 1}, "project_slug", id="no_project"),
        pytest.param({"job_names": "test"}, "job_names", id="one_name"),
        pytest.param({"job_names": 7}, "job_names", id="no_list_of_names"),
        pytest.param({"token_hosts": "localhost"}, "token_hosts", id="one_host"),
    ],
)
def test_mistake_is_refused_before_any_request(
    circleci: Sandbox, tmp_path: Path, options: dict[str, Any], named: str
) -> None:
    (tmp_path / "taken").write_text("a file")
    arguments = {"path": str(tmp_path / "out"), "pipeline_id": "p", **options}
    arguments["path"] = arguments["path"].replace("{taken}", str(tmp_path / "taken"))

    with pytest.raises(AirflowFailException, match=named):
        download(circleci, **arguments)

    assert circleci.requests() == []


def test_pipeline_that_nobody_knows_fails_for_good(circleci: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException, match="404"):
        download(circleci, tmp_path, pipeline_id="5034460f-c7c4-4c43-9457-de07e2029e7b")


def test_connection_that_stays_broken_can_be_tried_again(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    circleci.add_fault("reset", path=FILES)

    with pytest.raises(Unreachable) as caught:
        download(circleci, tmp_path, pipeline_id=pipeline_id)

    assert isinstance(caught.value, CircleError)
    assert not caught.value.permanent


def test_assets_are_told(circleci: Sandbox, pipeline_id: str, tmp_path: Path) -> None:
    asset, events = Asset("s3://lake/builds"), FakeOutletEvents()

    told = download(circleci, tmp_path, pipeline_id=pipeline_id, seen=context(outlet_events=events), outlets=[asset])

    assert events[asset].extra == told


def test_job_that_still_runs_is_said(circleci: Sandbox, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pipeline_id = ran(circleci, seconds=8)

    download(circleci, tmp_path, pipeline_id=pipeline_id)

    assert "has left so far is there: it is running" in "".join(capfd.readouterr())
