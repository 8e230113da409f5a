"""What pulls left in files and a table, as ids by event; and the same of the service, to be held against it."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from airflow_provider_circle.sandbox.client import Sandbox
from tools.postgres import PostgresDatabase

__all__ = ["in_files", "in_service", "in_table"]


def in_service(sandbox: Sandbox) -> dict[str, list[str]]:
    """Read from the sandbox who is in which event."""
    return {
        event["id"]: [contact["id"] for contact in sandbox.circa_event_contacts(event["id"], ["id"])]
        for event in sandbox.circa_events()
    }


def in_files(folder: Path) -> dict[str, list[str]]:
    """Read the files, each named after its event; a file that is half written bears another name."""
    found: dict[str, list[str]] = {}
    for path in folder.glob("*.jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            found[path.name.removesuffix(".jsonl.gz")] = [json.loads(line)["id"] for line in file]
    return found


def in_table(database: PostgresDatabase, table: str) -> dict[str, list[str]]:
    """Read the table."""
    found: dict[str, list[str]] = defaultdict(list)
    with create_engine(database.url, poolclass=NullPool).connect() as connection:
        for event_id, contact_id in connection.execute(text(f"SELECT event_id, id FROM {table}")):  # noqa: S608  ours
            found[event_id].append(contact_id)
    return dict(found)
