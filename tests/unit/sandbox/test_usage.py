"""The life of a usage export in the sandbox, and who may fetch its files."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from airflow_provider_circle.sandbox.circleci.slugs import Organization

from .conftest import PROJECT, TOKEN, InProcess, Reply

ORG_ID = Organization("gh", "acme").id
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
EXPORTS = f"/organizations/{ORG_ID}/usage_export_job"
DAY_S = 86_400.0


def span(sandbox: InProcess, first_s: float = -DAY_S, last_s: float = 0.0) -> dict[str, Any]:
    now_s = sandbox.real_time.seconds
    ends = {"start": now_s + first_s, "end": now_s + last_s}
    return {name: datetime.fromtimestamp(at_s, UTC).isoformat() for name, at_s in ends.items()}


def ordered(sandbox: InProcess, **more: Any) -> str:
    told = sandbox.api("POST", EXPORTS, {**span(sandbox), **more})
    assert told.status == 201
    return str(told.json()["usage_export_job_id"])


def fetched(sandbox: InProcess, url: str, **headers: str) -> Reply:
    parts = urlsplit(url)
    return sandbox.call("GET", parts.path, query=dict(parse_qsl(parts.query)), headers=headers)


def url_of(sandbox: InProcess) -> str:
    for scenario in ("success", "never_ends"):
        sandbox.api("POST", f"{PROJECT}/pipeline", {"parameters": {"sandbox_scenario": scenario}})
    sandbox.real_time.seconds += 100
    export_id = ordered(sandbox)
    sandbox.real_time.seconds += 10
    (url,) = sandbox.get(f"{EXPORTS}/{export_id}")["download_urls"]
    return str(url)


@pytest.mark.parametrize(
    ("after_s", "state", "files"),
    [(0, "created", 0), (4, "processing", 0), (9.9, "processing", 0), (10, "completed", 1)],
)
def test_export_takes_its_time(sandbox: InProcess, after_s: float, state: str, files: int) -> None:
    export_id = ordered(sandbox)
    sandbox.real_time.seconds += after_s

    told = sandbox.get(f"{EXPORTS}/{export_id}")

    assert (told["state"], len(told["download_urls"])) == (state, files)


def test_export_with_strangers_fails_and_says_why(sandbox: InProcess) -> None:
    export_id = ordered(sandbox, shared_org_ids=[UNKNOWN_ID])
    sandbox.real_time.seconds += 10

    told = sandbox.get(f"{EXPORTS}/{export_id}")

    assert (told["state"], told["download_urls"]) == ("failed", [])
    assert UNKNOWN_ID in told["error_reason"]


def test_file_holds_the_jobs_that_ended_in_the_span(sandbox: InProcess) -> None:
    reply = fetched(sandbox, url_of(sandbox))

    rows = list(csv.DictReader(io.StringIO(gzip.decompress(reply.body).decode())))
    assert [row["JOB_NAME"] for row in rows] == ["build", "test"]
    assert {row["ORGANIZATION_ID"] for row in rows} == {ORG_ID}


def test_file_is_refused_to_whoever_brings_a_token_along(sandbox: InProcess) -> None:
    assert fetched(sandbox, url_of(sandbox), **{"Circle-Token": TOKEN}).status == 403


def test_file_is_refused_without_its_signature(sandbox: InProcess) -> None:
    assert fetched(sandbox, url_of(sandbox).partition("?")[0]).status == 403


@pytest.mark.parametrize("number", [1, 99])
def test_file_that_is_not_there_is_refused(sandbox: InProcess, number: int) -> None:
    assert fetched(sandbox, url_of(sandbox).replace("/0.csv.gz", f"/{number}.csv.gz")).status == 403


@pytest.mark.parametrize(
    ("first_s", "last_s", "status"),
    [(-31 * DAY_S, 0, 201), (-31 * DAY_S, 1, 400), (0, -1, 400), (-367 * DAY_S, -366 * DAY_S, 400)],
)
def test_span_has_bounds(sandbox: InProcess, first_s: float, last_s: float, status: int) -> None:
    assert sandbox.api("POST", EXPORTS, span(sandbox, first_s, last_s)).status == status


@pytest.mark.parametrize(
    "body", [None, [], {}, {"start": "now", "end": "now"}, {"start": 1, "end": 2}, {"end": "2027-01-01T00:00:00Z"}]
)
def test_order_that_says_too_little_is_refused(sandbox: InProcess, body: Any) -> None:
    assert sandbox.api("POST", EXPORTS, body).status == 400


@pytest.mark.parametrize("more", [{"format": "csv"}, {"shared_org_ids": ["acme"]}, {"shared_org_ids": 7}])
def test_order_that_says_something_odd_is_refused(sandbox: InProcess, more: dict[str, Any]) -> None:
    assert sandbox.api("POST", EXPORTS, {**span(sandbox), **more}).status == 400


def test_export_is_found_only_with_its_organization(sandbox: InProcess) -> None:
    export_id = ordered(sandbox)
    other = Organization("bb", "acme").id

    statuses = [
        sandbox.api("GET", f"/organizations/{org_id}/usage_export_job/{export_id}").status
        for org_id in (ORG_ID, other, UNKNOWN_ID)
    ]

    assert statuses == [200, 404, 404]


def test_reset_forgets_exports(sandbox: InProcess) -> None:
    export_id = ordered(sandbox)

    sandbox.call("POST", "/_sandbox/reset")

    assert sandbox.api("GET", f"{EXPORTS}/{export_id}").status == 404
