"""What the pulls of a campaign left in files and tables, by sink and wave; and the truth, from the service itself."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import requests
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.pool import NullPool

from airflow_provider_circle.sandbox.client import Sandbox
from tools.postgres import PostgresDatabase

__all__ = ["ARTIFACTS", "Records", "artifact_records", "build", "landed", "leftovers", "true_records"]

ARTIFACTS = {f"reports/part-{number}.txt": f"line {number}\n" * 2_000 * number for number in range(1, 6)}
"""Path and text of what the pipeline left that all waves download from."""

Records = dict[str, dict[str, list[str]]]
"""Ids of records by sink and wave; of an artifact, its path and digest."""

_MANIFEST = "artifacts.jsonl"
_BUILT_WITHIN_S = 60.0


def true_records(sandbox: Sandbox, events: Mapping[str, str]) -> Records:
    """
    Read from the sandbox what must be where.

    :param events: the event of each wave.
    """
    members = [str(row["id"]) for row in sandbox.circle_admin_records("community_members")]
    posts = [str(row["id"]) for row in sandbox.circle_admin_records("posts")]
    contacts = {
        wave: [row["id"] for row in sandbox.circa_event_contacts(event, ["id"])] for wave, event in events.items()
    }
    return {
        "contacts in files": contacts,
        "contacts in tables": contacts,
        "members in tables": dict.fromkeys(events, members),
        "posts in files": dict.fromkeys(events, posts),
        "artifacts": dict.fromkeys(events, artifact_records()),
    }


def build(sandbox: Sandbox) -> str:
    """Let a pipeline run and leave the artifacts; give its id."""
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Circle-Token"] = sandbox.token_of("circleci")
        api = f"{sandbox.circleci_host}/api/v2"
        pipeline: str = session.post(f"{api}/project/gh/acme/built/pipeline", json={}).json()["id"]
        sandbox.advance(_BUILT_WITHIN_S)
        (workflow,) = session.get(f"{api}/pipeline/{pipeline}/workflow").json()["items"]
        *others, job = session.get(f"{api}/workflow/{workflow['id']}/job").json()["items"]
    for other in others:
        sandbox.circleci_outputs(other["job_number"], project_slug="gh/acme/built", artifacts=[])
    sandbox.circleci_outputs(
        job["job_number"],
        project_slug="gh/acme/built",
        artifacts=[{"path": path, "text": content} for path, content in ARTIFACTS.items()],
    )
    return pipeline


def artifact_records() -> list[str]:
    """Give what the artifacts must be."""
    return [_artifact(path, content.encode()) for path, content in ARTIFACTS.items()]


def landed(folder: Path, warehouse: PostgresDatabase) -> Records:
    """Read what is where; a file or a table that a task named otherwise shows up under that name."""
    return {
        "contacts in files": _in_files(folder / "contacts"),
        "contacts in tables": _in_tables(warehouse, "contacts_"),
        "members in tables": _in_tables(warehouse, "members_"),
        "posts in files": _in_files(folder / "posts"),
        "artifacts": _in_folders(folder / "artifacts"),
    }


def leftovers(folder: Path) -> list[str]:
    """List files that are neither a sink nor part of one."""
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob(".*"))]


def _in_files(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in folder.glob("[!.]*"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            found[path.name.removesuffix(".jsonl.gz")] = [str(json.loads(line)["id"]) for line in file]
    return found


def _in_tables(database: PostgresDatabase, prefix: str) -> dict[str, list[str]]:
    engine = create_engine(database.url, poolclass=NullPool)
    with engine.connect() as connection:
        return {
            name.removeprefix(prefix): [
                str(key)
                for (key,) in connection.execute(text(f'SELECT id FROM "{name}"'))  # noqa: S608  real tables
            ]
            for name in inspect(engine).get_table_names()
            if name.startswith(prefix)
        }


def _in_folders(folder: Path) -> dict[str, list[str]]:
    return {
        place.name: [
            _artifact("/".join(path.relative_to(place).parts[3:]), path.read_bytes())
            for path in place.rglob("[!.]*")
            if path.is_file() and path.name != _MANIFEST
        ]
        for place in folder.glob("[!.]*")
    }


def _artifact(path: str, content: bytes) -> str:
    return f"{path} {hashlib.sha256(content).hexdigest()}"
