"""An organization's usage is exported once, waited for, and stored whole; the token and the addresses stay secret."""

from __future__ import annotations

import csv
import gzip
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowTaskTimeout, TaskDeferred

from airflow_provider_circle.exceptions import CircleError, ServiceDown, UnexpectedReply, Unreachable
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.operators.circleci_usage import CircleCIExportUsageOperator
from airflow_provider_circle.sandbox.circleci.slugs import Organization
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.running import FakeStateStore, context, interval

ORG_ID = Organization("gh", "acme").id
OTHER_ORG_ID = Organization("bb", "acme").id
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
FILES = "/usage-files/"
ORDER = r"/usage_export_job$"
DAY = timedelta(days=1)


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circleci_default``, its clock standing still, with 135 jobs behind it."""
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", circle_sandbox.connection_json())
    circle_sandbox.set_speed(0)
    with CircleCIHook() as hook:
        for _ in range(3):
            hook.trigger_pipeline("gh/acme/web", parameters={"sandbox_scenario": "many_jobs"})
        hook.trigger_pipeline("bb/acme/web", branch="main")
    circle_sandbox.advance(60)
    circle_sandbox.clear_requests()
    return circle_sandbox


def export(sandbox: Sandbox, path: Path | str, **options: Any) -> Any:
    """Make a task whose waiting moves the sandbox's clock instead of ours."""
    now = datetime.fromtimestamp(sandbox.now(), UTC)
    arguments = {
        "org_id": ORG_ID,
        "start": now - DAY,
        "end": now,
        "deferrable": False,
        "request_max_wait_s": 0.01,
        "request_attempts": 3,
        **options,
    }
    task: Any = CircleCIExportUsageOperator(task_id="export", path=str(path), **arguments)
    task.sleep = sandbox.advance
    return task


def orders(sandbox: Sandbox) -> list[Any]:
    return [one["body"] for one in sandbox.requests("POST", ORDER)]


def stored(folder: Path) -> list[dict[str, str]]:
    """Read all files there are, in the order of their names."""
    rows: list[dict[str, str]] = []
    for path in sorted(folder.iterdir()):
        with gzip.open(path, "rt", newline="") as lines:
            rows.extend(csv.DictReader(lines))
    return rows


def die(*_: Any, **__: Any) -> Any:
    raise MemoryError("killed")


def test_all_files_of_an_export_are_stored(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()

    told = export(sandbox, tmp_path).execute(context(store))

    rows = stored(tmp_path)
    assert (len(rows), len({row["JOB_ID"] for row in rows})) == (135, 135)
    names = [path.name for path in sorted(tmp_path.iterdir())]
    assert told["files"] == len(names) == 3
    assert told["uris"] == [f"file://{tmp_path}/{name}" for name in names]
    assert told["bytes"] == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert names[2].startswith(f"usage_{ORG_ID}_")
    assert names[2].endswith("_002.csv.gz")
    assert store.values == {}


def test_what_is_returned_holds_no_address(sandbox: Sandbox, tmp_path: Path) -> None:
    told = export(sandbox, tmp_path).execute(context())

    assert "signature" not in json.dumps(told)
    assert told.keys() == {"org_id", "export_id", "start", "end", "files", "uris", "bytes"}


def test_token_stays_here_when_files_are_fetched(sandbox: Sandbox, tmp_path: Path) -> None:
    export(sandbox, tmp_path).execute(context())

    fetched = sandbox.requests(path=FILES)
    assert [one["status"] for one in fetched] == [200] * 3
    assert all("circle-token" not in {name.lower() for name in one["headers"]} for one in fetched)


def test_data_interval_is_the_span_without_its_end(sandbox: Sandbox, tmp_path: Path) -> None:
    begin = datetime.fromtimestamp(sandbox.now(), UTC).replace(hour=0, minute=0, second=0, microsecond=0) - DAY

    export(sandbox, tmp_path, start=None, end=None).execute(context(**interval(begin)))

    (order,) = orders(sandbox)
    assert order == {"start": f"{begin:%Y-%m-%d}T00:00:00.000Z", "end": f"{begin:%Y-%m-%d}T23:59:59.999Z"}


def test_shared_organizations_are_included(sandbox: Sandbox, tmp_path: Path) -> None:
    export(sandbox, tmp_path, shared_org_ids=[OTHER_ORG_ID]).execute(context())

    assert {row["ORGANIZATION_ID"] for row in stored(tmp_path)} == {ORG_ID, OTHER_ORG_ID}


def test_rerun_replaces_the_files_and_leaves_none_behind(sandbox: Sandbox, tmp_path: Path) -> None:
    task = export(sandbox, tmp_path)
    task.execute(context())
    first = sorted(path.name for path in tmp_path.iterdir())
    (tmp_path / first[0].replace("_000.", "_003.")).write_bytes(b"of a longer export")
    (tmp_path / "other.csv.gz").write_bytes(b"somebody else's")

    task.execute(context())

    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.csv.gz", *first]


@pytest.mark.parametrize("made_of", [".csv", ".csv.gz.sha256", "_rows.csv.gz"])
def test_rerun_leaves_what_others_made_of_the_files(sandbox: Sandbox, tmp_path: Path, made_of: str) -> None:
    task = export(sandbox, tmp_path)
    task.execute(context())
    theirs = min(tmp_path.iterdir()).name.replace(".csv.gz", made_of)
    (tmp_path / theirs).write_bytes(b"made of it")

    task.execute(context())

    assert (tmp_path / theirs).read_bytes() == b"made of it"


@pytest.mark.parametrize("kind", ["cut", "reset", "reset_after", "status"])
def test_broken_download_is_mended(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    sandbox.add_fault(kind, path=FILES, times=1, skip=1)

    export(sandbox, tmp_path).execute(context())

    assert len(stored(tmp_path)) == 135


def test_file_that_cannot_be_had_leaves_no_file_and_the_export(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    sandbox.add_fault("status", status=503, path=f"{FILES}.+/1.csv.gz")
    task = export(sandbox, tmp_path)
    with pytest.raises(CircleError):
        task.execute(context(store))
    assert list(tmp_path.iterdir()) == []

    sandbox.clear_faults()
    task.execute(context(store))

    assert len(orders(sandbox)) == 1
    assert len(stored(tmp_path)) == 135


def test_lost_reply_is_no_second_order(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.add_fault("reset_after", method="POST", path=ORDER)

    with pytest.raises(Unreachable):
        export(sandbox, tmp_path).execute(context())

    assert len(orders(sandbox)) == 1


def test_export_that_failed_says_why_and_is_ordered_anew_by_the_retry(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    with pytest.raises(CircleError, match=f"organization {UNKNOWN_ID} is not shared"):
        export(sandbox, tmp_path, shared_org_ids=[UNKNOWN_ID]).execute(context(store))
    assert store.values == {}

    export(sandbox, tmp_path).execute(context(store))

    assert len(orders(sandbox)) == 2


@pytest.mark.parametrize("deferrable", [True, False])
def test_try_that_died_while_waiting_is_taken_up(sandbox: Sandbox, tmp_path: Path, deferrable: bool) -> None:
    store = FakeStateStore()
    dying = export(sandbox, tmp_path)
    span = {"start": dying.start, "end": dying.end}
    dying.sleep = die
    with pytest.raises(MemoryError):
        dying.execute(context(store))

    sandbox.advance(60)
    export(sandbox, tmp_path, deferrable=deferrable, **span).execute(context(store))

    assert len(orders(sandbox)) == 1


def test_export_of_another_span_is_not_taken_up(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    dying = export(sandbox, tmp_path)
    dying.sleep = die
    with pytest.raises(MemoryError):
        dying.execute(context(store))

    export(sandbox, tmp_path, start=dying.start - DAY).execute(context(store))

    assert len(orders(sandbox)) == 2


def test_cleared_task_orders_anew(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    task = export(sandbox, tmp_path, deferrable=True)
    deferral(task, context(store, max_tries=1))

    deferral(task, context(store, max_tries=2))

    assert len(orders(sandbox)) == 2


def test_export_that_is_gone_is_ordered_anew(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    task = export(sandbox, tmp_path, deferrable=True)
    gone = deferral(task, context(store)).trigger.serialize()[1]["export_id"]
    sandbox.add_fault("status", status=404, path=f"/usage_export_job/{gone}")

    task.deferrable = False
    told = task.execute(context(store))

    assert told["export_id"] != gone
    assert len(stored(tmp_path)) == 135


def test_export_that_takes_too_long_is_found_again(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    impatient = export(sandbox, tmp_path, timeout_s=0.1, poll_interval_s=0.02)
    impatient.sleep = time.sleep
    with pytest.raises(AirflowTaskTimeout, match="still going"):
        impatient.execute(context(store))

    impatient.sleep = sandbox.advance
    sandbox.advance(60)
    impatient.execute(context(store))

    assert len(orders(sandbox)) == 1


@pytest.mark.parametrize("urls", [None, "https://files.example/1", [None], [""]])
def test_complete_export_without_its_files_is_ordered_anew(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, urls: Any
) -> None:
    store = FakeStateStore()
    task = export(sandbox, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(CircleCIHook, "get_usage_export", lambda *_: {"state": "completed", "download_urls": urls})
        with pytest.raises(UnexpectedReply, match="says not where its files are"):
            task.execute(context(store))
    assert store.values == {}

    task.execute(context(store))

    assert len(orders(sandbox)) == 2


def test_complete_export_of_nothing_is_no_file(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CircleCIHook, "get_usage_export", lambda *_: {"state": "completed", "download_urls": []})

    told = export(sandbox, tmp_path).execute(context())

    assert (told["files"], told["bytes"], list(tmp_path.iterdir())) == (0, 0, [])


def deferral(task: Any, seen: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(seen)
    return caught.value


async def test_deferred_export_is_stored_by_whoever_resumes(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    task = export(sandbox, tmp_path, deferrable=True)
    trigger: Any = deferral(task, context(store)).trigger
    sandbox.advance(60)
    (event,) = [event.payload async for event in type(trigger)(**trigger.serialize()[1]).run()]

    told = task.execute_complete(context(store), json.loads(json.dumps(event)))

    assert len(stored(tmp_path)) == 135
    assert told["start"] == event["order"]["start"]
    assert store.values == {}


def test_resumed_task_goes_by_what_was_ordered(sandbox: Sandbox, tmp_path: Path) -> None:
    task = export(sandbox, tmp_path, deferrable=True)
    order = deferral(task, context()).trigger.serialize()[1]
    sandbox.advance(60)
    seen = {"state": "completed", "export_id": order["export_id"], "org_id": ORG_ID, "message": ""}
    task.start = task.end = None

    told = task.execute_complete(context(), {"status": "seen", "seen": seen, "order": order["order"]})

    assert (told["start"], told["files"]) == (order["order"]["start"], 3)


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        pytest.param("NotFound", AirflowFailException, id="permanent"),
        pytest.param("ServiceDown", ServiceDown, id="passing"),
    ],
)
def test_trouble_in_the_triggerer_fails_the_task(
    sandbox: Sandbox, tmp_path: Path, error: str, raised: type[Exception]
) -> None:
    with pytest.raises(raised, match="oh"):
        export(sandbox, tmp_path).execute_complete(context(), {"status": "error", "error": error, "message": "oh"})


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"timeout_s": 0}, "timeout_s", id="no_time"),
        pytest.param({"timeout_s": True}, "timeout_s", id="time_as_truth"),
        pytest.param({"poll_interval_s": 0}, "poll_interval_s", id="no_interval"),
        pytest.param({"request_attempts": 0}, "request_attempts", id="no_attempts"),
    ],
)
def test_mistake_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        CircleCIExportUsageOperator(task_id="export", org_id=ORG_ID, path="x", **options)


NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"org_id": "gh/acme"}, "org_id", id="slug"),
        pytest.param({"org_id": ""}, "org_id", id="no_organization"),
        pytest.param({"shared_org_ids": UNKNOWN_ID}, "shared_org_ids", id="shared_as_text"),
        pytest.param({"shared_org_ids": ["acme"]}, "shared_org_ids", id="shared_slug"),
        pytest.param({"start": "2026-01-01T00:00:00"}, "start", id="no_zone"),
        pytest.param({"end": "soon"}, "end", id="no_time"),
        pytest.param({"start": NOW, "end": NOW - DAY}, "end must not be before start", id="backwards"),
        pytest.param({"start": NOW - 31 * DAY, "end": NOW + timedelta(seconds=1)}, "31 days", id="too_long"),
        pytest.param({"start": NOW - 367 * DAY, "end": NOW - 360 * DAY}, "one year", id="too_old"),
        pytest.param({"start": None}, "no data interval", id="no_start"),
        pytest.param({"end": None}, "no data interval", id="no_end"),
        pytest.param({"path": "a_file"}, "path", id="folder_is_a_file"),
    ],
)
def test_mistake_in_a_rendered_argument_fails_for_good_before_any_request(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a_file").touch()

    with pytest.raises(AirflowFailException, match=named):
        export(sandbox, **{"path": "lake/", **options}).execute(context())

    assert sandbox.requests() == []


def test_longest_span_is_taken(sandbox: Sandbox, tmp_path: Path) -> None:
    now = datetime.fromtimestamp(sandbox.now(), UTC).replace(microsecond=0)

    told = export(sandbox, tmp_path, start=(now - 31 * DAY).isoformat(), end=now.isoformat()).execute(context())

    assert told["files"] == 3
