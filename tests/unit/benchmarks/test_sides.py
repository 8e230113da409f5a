"""How the sides of a pull are started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.sides import HTTP, OURS, Sides, connection
from benchmarks.standin.process import StandIn


@pytest.fixture
def sides(tmp_path: Path) -> Sides:
    standin = StandIn()
    standin.ports = {"all": 8001, "one": 8002}
    return Sides(standin, tmp_path, files=256)


def test_ours_is_told_how_much_may_be_on_its_way_and_open(sides: Sides, tmp_path: Path) -> None:
    assert sides.child(f"{OURS}, 16", "members").arguments == (
        "-m", "benchmarks.peers.ours", "members", str(tmp_path / "ours-16-members.jsonl.gz"),
        "--concurrency", "16", "--files", "256",
    )  # fmt: skip


@pytest.mark.parametrize("side", [f"{OURS}, 8", HTTP])
def test_airflow_has_a_home_of_its_own(sides: Sides, tmp_path: Path, side: str) -> None:
    assert sides.child(side, "contacts").environment["AIRFLOW_HOME"] == str(tmp_path / "airflow")


@pytest.mark.parametrize(
    ("variable", "port"),
    [
        ("AIRFLOW_CONN_CIRCA_ALL", 8001),
        ("AIRFLOW_CONN_CIRCA_ONE", 8002),
        ("AIRFLOW_CONN_CIRCLE_ADMIN_ALL", 8001),
        ("AIRFLOW_CONN_HTTP_ONE", 8002),
    ],
)
def test_connection_leads_to_its_front(sides: Sides, variable: str, port: int) -> None:
    told = json.loads(sides.child(f"{OURS}, 8", "contacts").environment[variable])
    assert told["host"] == f"http://127.0.0.1:{port}"


def test_pace_of_the_admin_api_is_lifted(sides: Sides) -> None:
    told = json.loads(sides.child(f"{OURS}, 8", "members").environment["AIRFLOW_CONN_CIRCLE_ADMIN_ALL"])
    assert told["extra"]["requests_per_minute"] >= 1_000_000


def test_connection_has_a_token() -> None:
    assert json.loads(connection("circa", "http://127.0.0.1:1"))["password"]


def test_files_of_dlt_are_found_in_its_folder(sides: Sides, tmp_path: Path) -> None:
    written = tmp_path / "dlt-contacts" / "all" / "files" / "pulled" / "contacts"
    written.mkdir(parents=True)
    (written / "1.jsonl.gz").touch()
    assert sides.written("dlt", "contacts") == [written / "1.jsonl.gz"]


def test_file_of_ours_is_what_it_wrote(sides: Sides, tmp_path: Path) -> None:
    assert sides.written("ours, 8", "contacts") == [tmp_path / "ours-8-contacts.jsonl.gz"]
