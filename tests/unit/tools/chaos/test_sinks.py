"""What ``make chaos`` reads of what landed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from airflow_provider_circle.sandbox.client import Sandbox, start_sandbox
from tools.chaos.leaks import complaints
from tools.chaos.sinks import ARTIFACTS, artifact_records, build, landed, leftovers
from tools.postgres import PostgresDatabase, PostgresServer


@pytest.fixture
def warehouse(postgres_server: PostgresServer) -> PostgresDatabase:
    return postgres_server.new_database()


def test_files_and_artifacts_are_read_by_run(tmp_path: Path, warehouse: PostgresDatabase) -> None:
    posts = tmp_path / "posts" / "wave_3.jsonl.gz"
    posts.parent.mkdir()
    posts.write_bytes(gzip.compress(b'{"id": 1}\n{"id": 2}\n'))
    for path, content in ARTIFACTS.items():
        target = tmp_path / "artifacts" / "wave_3" / "build" / "test" / "0" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    (tmp_path / "artifacts" / "wave_3" / "artifacts.jsonl").write_text("the manifest")

    found = landed(tmp_path, warehouse)

    assert found["posts in files"] == {"wave_3": ["1", "2"]}
    assert sorted(found["artifacts"]["wave_3"]) == sorted(artifact_records())
    assert leftovers(tmp_path) == []


def test_half_a_file_is_left_behind_and_no_sink(tmp_path: Path, warehouse: PostgresDatabase) -> None:
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / ".wave_3.jsonl.gz.partial").write_bytes(b"")

    assert landed(tmp_path, warehouse)["posts in files"] == {}
    assert leftovers(tmp_path) == ["posts/.wave_3.jsonl.gz.partial"]


def test_pipeline_whose_artifacts_are_downloaded_has_ended() -> None:
    with start_sandbox() as sandbox:
        build(sandbox)

        assert [flow["status"] for flow in _workflows(sandbox)] == ["success"]


def _workflows(sandbox: Sandbox) -> list[dict[str, str]]:
    (pipeline,) = sandbox.pipelines()
    workflows: list[dict[str, str]] = pipeline["workflows"]
    return workflows


def test_forgotten_sessions_are_found_in_logs(tmp_path: Path) -> None:
    (tmp_path / "triggerer.out").write_text("fine\nUnclosed client session\nUnclosed client session\n")
    (tmp_path / "notes.txt").write_text("Unclosed connector")

    assert complaints(tmp_path) == {"triggerer.out: Unclosed client session": 2}
