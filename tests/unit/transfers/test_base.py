"""A pull is complete and holds each record once, whatever happens meanwhile; what it refuses, and what it tells."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, Stats

from airflow_provider_circle.exceptions import InconsistentRead, RateLimited, ServiceDown
from airflow_provider_circle.hooks import base
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.running import context, interval
from tests.unit.transfers.pulling import (
    BEGIN,
    DAY,
    as_time,
    churned,
    contacts_of,
    in_file,
    in_table,
    inside,
    once,
    puller,
    to_file,
    to_table,
)

WINDOW: dict[str, Any] = {"window": {"min": as_time(BEGIN), "max": as_time(BEGIN + DAY)}}
BALANCED: dict[str, Any] = {"edits": 0, "adds": 1, "deletes": 1}
SHRINKING: dict[str, Any] = {"edits": 1, "adds": 0, "deletes": 1}
CHANGES = pytest.mark.parametrize(
    "changes",
    [
        pytest.param(SHRINKING, id="shrinks"),
        pytest.param({"edits": 1, "adds": 2, "deletes": 1}, id="grows"),
        pytest.param(BALANCED, id="same_count"),
    ],
)
CONCURRENCY = pytest.mark.parametrize("concurrency", [1, 8])
LISTS = r"/contacts\b"


def populated(sandbox: Sandbox, contacts: int = 60, **more: Any) -> None:
    """Have contacts on pages of five that changed evenly over three days, the middle one being the window."""
    sandbox.circa_populate(
        contacts=contacts, since_s=(BEGIN - DAY).timestamp(), until_s=(BEGIN + 2 * DAY).timestamp(), **more
    )
    sandbox.circa_page_size(5)


def window_before(end: datetime) -> dict[str, Any]:
    return {"window": {"min": as_time(end - 7 * DAY), "max": as_time(end)}}


def now_of(sandbox: Sandbox) -> datetime:
    """Read the server's clock, whole seconds."""
    return datetime.fromtimestamp(int(sandbox.now()), UTC)


def of_all_events(sandbox: Sandbox) -> dict[Any, Any]:
    """Tell the truth about the contacts of all events, keyed as they land."""
    rows = [
        {**row, "event_id": event["id"]}
        for event in sandbox.circa_events()
        for row in sandbox.circa_event_contacts(event["id"], ["id", "updated_at"])
    ]
    return once(rows, "event_id", "id")


@CONCURRENCY
@pytest.mark.parametrize(
    ("order", "seed"), [(order, seed) for order in ("id", "updated_at", "updated_at_desc") for seed in range(3)]
)
def test_window_is_complete_while_rows_change(  # noqa: PLR0917  two fixtures and a table
    sandbox: Sandbox, tmp_path: Path, database: Path, concurrency: int, order: Any, seed: int
) -> None:
    populated(sandbox, 120)
    sandbox.circa_quirks(order=order)
    before = once(inside(contacts_of(sandbox), BEGIN, BEGIN + DAY))
    churned(sandbox, seed=seed)
    path = tmp_path / "contacts.jsonl"

    puller(sandbox, path=str(path), table="landed", sql_conn_id="landing", concurrency=concurrency, **WINDOW).execute(
        context()
    )

    landed = once(in_file(path))
    assert once(in_table(database)) == landed
    assert once(inside(contacts_of(sandbox), BEGIN, BEGIN + DAY)).items() <= landed.items() <= before.items()


@CONCURRENCY
@CHANGES
@pytest.mark.parametrize("seed", range(3))
def test_full_read_is_the_truth_once_the_changes_end(
    sandbox: Sandbox, tmp_path: Path, concurrency: int, changes: dict[str, int], seed: int
) -> None:
    populated(sandbox)
    sandbox.set_speed(1000)
    churned(sandbox, seed=seed, times=6, **changes)
    path = tmp_path / "contacts.jsonl"

    to_file(sandbox, path, window="full", concurrency=concurrency).execute(context())

    assert once(in_file(path)) == once(contacts_of(sandbox))


@pytest.mark.parametrize("seed", range(3))
def test_full_read_deletes_no_row_that_is_there(sandbox: Sandbox, database: Path, seed: int) -> None:
    populated(sandbox)
    to_table(sandbox, window="full", deletes="delete").execute(context())
    churned(sandbox, seed=seed, times=3, **BALANCED)

    to_table(sandbox, window="full", deletes="delete").execute(context())

    assert once(contacts_of(sandbox)).keys() - once(in_table(database)).keys() == set()


@CONCURRENCY
@CHANGES
def test_children_of_all_parents_are_the_truth_once_the_changes_end(
    sandbox: Sandbox, tmp_path: Path, concurrency: int, changes: dict[str, int]
) -> None:
    populated(sandbox, events=4, contacts_per_event=20)
    churned(sandbox, times=4, every=2, **changes)
    path = tmp_path / "contacts.jsonl"

    puller(sandbox, event_ids="all", path=str(path), window="full", concurrency=concurrency).execute(context())

    assert once(in_file(path), "event_id", "id").keys() == of_all_events(sandbox).keys()


@CONCURRENCY
def test_only_lists_that_changed_are_read_again(sandbox: Sandbox, tmp_path: Path, concurrency: int) -> None:
    populated(sandbox, events=3, contacts_per_event=20)
    first, *others = [event["id"] for event in sandbox.circa_events()]
    for other in others:
        sandbox.circa_delete(count=16, event_id=other)
    churned(sandbox, times=1, **SHRINKING)

    path = tmp_path / "contacts.jsonl"
    ids = [first, *others]
    puller(sandbox, event_ids=ids, path=str(path), window="full", concurrency=concurrency).execute(context())

    pages = [len(sandbox.requests(path=f"/events/{one}/contacts")) for one in ids]
    assert pages[0] > 4
    assert pages[1:] == [1, 1]


def test_window_of_a_list_that_ignores_it_is_complete(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.circa_quirks(ignore_updated_at_for=["/events/{id}/contacts"])
    missing = set()
    for seed in range(4):
        populated(sandbox, events=1, contacts_per_event=60)
        (event,) = sandbox.circa_events()
        churned(sandbox, seed=seed, times=3, **BALANCED)

        path = tmp_path / "contacts.jsonl"
        puller(sandbox, event_ids=[event["id"]], path=str(path), **WINDOW).execute(context())

        there = inside(sandbox.circa_event_contacts(event["id"], ["id", "updated_at"]), BEGIN, BEGIN + DAY)
        missing |= {(seed, *key) for key in once(there).keys() - once(in_file(path)).keys()}
    assert missing == set()


@pytest.mark.parametrize("seed", range(3))
def test_window_that_has_only_just_ended_is_complete(sandbox: Sandbox, tmp_path: Path, seed: int) -> None:
    end = now_of(sandbox) - timedelta(seconds=1)
    sandbox.circa_populate(contacts=60, until_s=end.timestamp())
    sandbox.circa_page_size(5)
    churned(sandbox, seed=seed, times=3, **BALANCED)
    path = tmp_path / "contacts.jsonl"

    to_file(sandbox, path, **window_before(end)).execute(context())

    there = inside(contacts_of(sandbox), end - 7 * DAY, end)
    assert once(there).keys() - once(in_file(path)).keys() == set()


def test_full_read_holds_what_a_server_ahead_of_us_has_changed(sandbox: Sandbox, database: Path) -> None:
    populated(sandbox)
    to_table(sandbox, window="full", deletes="delete").execute(context())
    sandbox.advance(60)
    sandbox.circa_edit(count=5)

    told = to_table(sandbox, window="full", deletes="delete").execute(context())

    assert told["deleted"] == 0
    assert once(in_table(database)).keys() == once(contacts_of(sandbox)).keys()


def test_full_read_of_children_holds_what_a_server_ahead_of_us_has_changed(sandbox: Sandbox, database: Path) -> None:
    populated(sandbox, events=1, contacts_per_event=20)
    (event,) = sandbox.circa_events()
    options: dict[str, Any] = {"table": "landed", "sql_conn_id": "landing", "window": "full", "deletes": "delete"}
    puller(sandbox, event_ids="all", **options).execute(context())
    sandbox.advance(60)
    sandbox.circa_edit(count=5, event_id=event["id"])

    told = puller(sandbox, event_ids="all", **options).execute(context())

    assert told["deleted"] == 0
    assert len(in_table(database)) == 20


def test_list_that_never_settles_lands_nothing(sandbox: Sandbox, tmp_path: Path, database: Path) -> None:
    populated(sandbox, 200)
    churned(sandbox, times=1000, **SHRINKING)
    task = puller(sandbox, path=str(tmp_path / "contacts.jsonl"), table="landed", sql_conn_id="landing", window="full")

    with pytest.raises(InconsistentRead, match="nothing was landed"):
        task.execute(context())

    assert not (tmp_path / "contacts.jsonl").exists()
    assert in_table(database) == []


def test_end_of_the_window_is_waited_for_by_the_servers_clock(sandbox: Sandbox, tmp_path: Path) -> None:
    end = now_of(sandbox) + timedelta(seconds=30)
    sandbox.circa_populate(contacts=10, until_s=sandbox.now())
    task = to_file(sandbox, tmp_path / "contacts.jsonl", window={"min": "2020-01-01", "max": as_time(end)})

    def changes_meanwhile(seconds: float) -> None:
        sandbox.advance(15)
        sandbox.circa_add(3)
        sandbox.advance(seconds - 15)
        sandbox.circa_add(2)

    task.sleep = changes_meanwhile
    task.execute(context())

    assert sandbox.now() > end.timestamp()
    assert len(in_file(tmp_path / "contacts.jsonl")) == 13


def test_window_that_ends_far_in_the_future_fails_for_good(sandbox: Sandbox, tmp_path: Path) -> None:
    task = to_file(sandbox, tmp_path / "contacts.jsonl", **window_before(now_of(sandbox) + timedelta(seconds=400)))

    with pytest.raises(AirflowFailException, match="window ends at"):
        task.execute(context())

    assert not (tmp_path / "contacts.jsonl").exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"stream": "people"}, "stream must be one of", id="unknown_stream"),
        pytest.param({"window": "daily"}, "window must be one of", id="unknown_window"),
        pytest.param({"window": {"min": "2026-03-02", "until": "x"}}, "min and max", id="unknown_end"),
        pytest.param({"window": {}}, "min and max", id="empty_window"),
        pytest.param({"stream": "teams", "window": "data_interval"}, "window must be 'full'", id="no_window"),
        pytest.param({"concurrency": 0}, "concurrency", id="no_concurrency"),
        pytest.param({"concurrency": 17}, "concurrency", id="too_much_concurrency"),
        pytest.param({"concurrency": True}, "concurrency", id="concurrency_as_truth"),
        pytest.param({"concurrency": "8"}, "concurrency", id="concurrency_as_text"),
        pytest.param({"lookback_s": -1}, "lookback_s", id="negative_lookback"),
        pytest.param({"lookback_s": "300"}, "lookback_s", id="lookback_as_text"),
        pytest.param({"lookback_s": True}, "lookback_s", id="lookback_as_truth"),
        pytest.param({"lookback_s": float("nan")}, "lookback_s", id="lookback_nan"),
        pytest.param({"lookback_s": float("inf")}, "lookback_s", id="lookback_endless"),
        pytest.param({"deletes": "drop"}, "deletes", id="unknown_deletes"),
        pytest.param({"request_attempts": 0}, "request_attempts", id="no_attempts"),
        pytest.param({"request_max_wait_s": -1}, "request_max_wait_s", id="negative_wait"),
        pytest.param({"window": "watermark"}, "path must be a folder", id="watermark_replaces_a_file"),
    ],
)
def test_mistake_in_an_argument_is_refused_while_the_dag_is_parsed(
    sandbox: Sandbox, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        to_file(sandbox, "contacts.jsonl", **{"stream": "contacts", **options})


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({}, "path or table is missing", id="no_target"),
        pytest.param({"table": "landed"}, "belong together", id="table_without_connection"),
        pytest.param({"path": "x.jsonl", "sql_conn_id": "landing"}, "belong together", id="connection_without_table"),
    ],
)
def test_target_that_is_incomplete_is_refused_while_the_dag_is_parsed(
    sandbox: Sandbox, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        puller(sandbox, **options)


@pytest.mark.parametrize(
    ("rendered", "named"),
    [
        pytest.param({"stream": "people"}, "stream must be one of", id="unknown_stream"),
        pytest.param({"window": "daily"}, "window must be one of", id="unknown_window"),
        pytest.param({"window": {"min": "2026-03-03T00:00:00Z", "max": "2026-03-02T00:00:00Z"}}, "end", id="max_first"),
        pytest.param({"window": {"min": "2026-03-02T00:00:00"}}, r"window\['min'\]", id="no_zone"),
        pytest.param({"window": {"min": "yesterday"}}, r"window\['min'\]", id="no_time"),
        pytest.param({"window": "watermark", "path": "lake/"}, "state_path is missing", id="watermark_without_a_place"),
        pytest.param(
            {"start": "soon", "window": "watermark", "path": "lake/", "state_path": "kept"}, "start", id="odd_start"
        ),
        pytest.param({"window": "watermark", "state_path": "kept"}, "path must be a folder", id="watermark_of_a_file"),
        pytest.param({"filters": "{'created_at': {}}"}, "filters must be a mapping", id="filters_as_text"),
        pytest.param({"filters": {"hot_lead": True}}, "hot_lead", id="unknown_filter"),
        pytest.param({"filters": {"created_at": "2026"}}, "created_at", id="filter_of_wrong_type"),
        pytest.param(
            {"filters": {"created_at": {"min": "2026-03-03T00:00:00Z", "max": "2026-03-02T00:00:00Z"}}},
            "end",
            id="filter_max_first",
        ),
        pytest.param({"parent_ids": ["RXZlbnQtMQ"]}, "parent_ids", id="parents_of_a_list_without"),
        pytest.param({"stream": "event_contacts"}, "parent_ids is missing", id="no_parents"),
        pytest.param({"stream": "event_contacts", "parent_ids": "RXZlbnQtMQ"}, "parent_ids", id="parent_as_text"),
        pytest.param({"stream": "event_contacts", "parent_ids": ""}, "parent_ids", id="parents_empty_text"),
        pytest.param({"stream": "event_contacts", "parent_ids": ["a", ""]}, "parent_ids", id="empty_parent"),
        pytest.param({"stream": "event_contacts", "parent_ids": [None]}, "parent_ids", id="parent_none"),
        pytest.param({"stream": "event_contacts", "parent_ids": "['a'"}, "parent_ids", id="broken_list"),
        pytest.param({"stream": "event_contacts", "parent_ids": 5}, "parent_ids", id="parent_as_number"),
        pytest.param({"stream": "event_contacts", "parent_ids": 1.5}, "parent_ids", id="parents_as_a_fraction"),
        pytest.param({"stream": "event_contacts", "parent_ids": [1.5]}, "parent_ids", id="parent_as_fraction"),
        pytest.param({"path": "contacts.xml"}, "xml|format", id="unknown_format"),
        pytest.param({"file_format": "avro"}, "avro|format", id="unsupported_format"),
        pytest.param({"path": "taken.jsonl"}, "folder", id="path_is_a_folder"),
        pytest.param({"path": "a_file/contacts.jsonl"}, "cannot be written", id="path_below_a_file"),
        pytest.param({"changes_only": True, "window": "full"}, "state_path", id="changes_without_a_place"),
        pytest.param({"changes_only": True, "state_path": "kept"}, "window='full'", id="changes_of_a_window"),
        pytest.param(
            {
                "changes_only": True,
                "state_path": "kept",
                "window": "full",
                "filters": {"created_at": {"min": "2026-03-02T00:00:00Z"}},
            },
            "changes_only",
            id="changes_of_a_part",
        ),
        pytest.param(
            {"state_path": "a_file/kept", "path": "lake/", "window": "watermark"},
            "state_path .* cannot be written",
            id="state_below_a_file",
        ),
    ],
)
def test_mistake_in_a_rendered_argument_fails_for_good_before_any_request(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rendered: dict[str, Any], named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken.jsonl").mkdir()
    Path("a_file").touch()
    task = to_file(sandbox, "contacts.jsonl")
    for name, value in rendered.items():
        setattr(task, name, value)

    with pytest.raises(AirflowFailException, match=named):
        task.execute(context(**interval(BEGIN)))

    assert sandbox.requests() == []


@pytest.mark.parametrize(
    ("rendered", "named"),
    [
        pytest.param({"sql_conn_id": "circa_default"}, "sql_conn_id", id="connection_of_another_type"),
        pytest.param({"table": "a.b.c"}, "table", id="odd_table"),
        pytest.param({"deletes": "delete"}, "deletes", id="deletes_of_a_window"),
        pytest.param({"deletes": "mark"}, "deletes", id="marks_of_a_window"),
        pytest.param(
            {"deletes": "delete", "window": "full", "filters": {"created_at": {"min": "2026-03-02T00:00:00Z"}}},
            "deletes",
            id="deletes_of_a_part",
        ),
        pytest.param(
            {"deletes": "delete", "window": "full", "stream": "event_contacts", "parent_ids": ["RXZlbnQtMQ"]},
            "deletes",
            id="deletes_of_one_parent",
        ),
    ],
)
@pytest.mark.usefixtures("database")
def test_mistake_about_a_table_fails_for_good_before_any_request(
    sandbox: Sandbox, rendered: dict[str, Any], named: str
) -> None:
    task = to_table(sandbox)
    for name, value in rendered.items():
        setattr(task, name, value)

    with pytest.raises(AirflowFailException, match=named):
        task.execute(context(**interval(BEGIN)))

    assert sandbox.requests() == []


def test_connection_that_is_unusable_fails_for_good(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {"conn_type": "circa", "host": "http://circa.example", "password": "secret-token"}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCA_DEFAULT", json.dumps(connection))

    with pytest.raises(AirflowFailException, match="https://") as caught:
        to_file(sandbox, tmp_path / "contacts.jsonl", **WINDOW).execute(context())

    assert "secret-token" not in str(caught.value)


@pytest.mark.parametrize("path", ["lake/", "lake/ ", "{{ params.folder }}", "lake/{% if params.of %}a/{% endif %}"])
def test_what_may_be_a_folder_is_taken_for_a_watermark(sandbox: Sandbox, path: str) -> None:
    assert to_file(sandbox, path, window="watermark", state_path="kept").path == path


def test_full_read_asks_for_no_window_and_nothing_first(sandbox: Sandbox, tmp_path: Path) -> None:
    populated(sandbox)

    to_file(sandbox, tmp_path / "contacts.jsonl", window="full", concurrency=1).execute(context())

    asked = sandbox.requests()
    assert len(asked) == 12
    assert "updated_at" not in json.dumps([request.get("query") for request in asked])


def test_template_is_judged_when_it_is_rendered(sandbox: Sandbox) -> None:
    to_file(sandbox, "contacts.jsonl", stream="{{ params.stream }}", window="{{ params.window }}")


def test_defaults_of_a_dag_reach_the_pull() -> None:
    from airflow.providers.common.compat.sdk import DAG

    with DAG("defaults", schedule=None, default_args={"concurrency": 3, "circa_conn_id": "mine", "window": "full"}):
        task = to_file(SimpleNamespace(advance=None), "contacts.jsonl")  # type: ignore[arg-type]

    assert (task.concurrency, task.circa_conn_id, task.window) == (3, "mine", "full")


@pytest.mark.parametrize(
    "parents",
    [
        pytest.param(["RXZlbnQtMQ", "RXZlbnQtMg", "RXZlbnQtMQ"], id="list_with_repetition"),
        pytest.param("['RXZlbnQtMQ', 'RXZlbnQtMg']", id="rendered_list"),
        pytest.param('["RXZlbnQtMQ", "RXZlbnQtMg"]', id="json"),
        pytest.param(("RXZlbnQtMQ", "RXZlbnQtMg"), id="tuple"),
    ],
)
def test_parents_may_be_given_in_several_ways(sandbox: Sandbox, tmp_path: Path, parents: Any) -> None:
    populated(sandbox, events=3, contacts_per_event=7)
    task = to_file(sandbox, tmp_path / "contacts.jsonl", "event_contacts", window="full")
    task.parent_ids = parents

    task.execute(context())

    landed = in_file(tmp_path / "contacts.jsonl")
    assert {row["event_id"] for row in landed} == {"RXZlbnQtMQ", "RXZlbnQtMg"}
    assert len(once(landed, "event_id", "id")) == 14
    assert len(sandbox.requests(path=r"/events/.+/contacts")) == 8


def test_no_parents_at_all_are_no_records(sandbox: Sandbox, tmp_path: Path) -> None:
    populated(sandbox, events=0, contacts_per_event=0)

    told = puller(sandbox, event_ids="all", path=str(tmp_path / "contacts.jsonl"), window="full").execute(context())

    assert told["records"] == 0
    assert in_file(tmp_path / "contacts.jsonl") == []


def test_parent_that_vanished_has_no_children_when_all_are_wanted(sandbox: Sandbox, tmp_path: Path) -> None:
    populated(sandbox, events=4, contacts_per_event=7)
    sandbox.circa_churn(every=1, edits=0, adds=0, deletes=1, times=1)

    puller(sandbox, event_ids="all", path=str(tmp_path / "contacts.jsonl"), window="full").execute(context())

    landed = once(in_file(tmp_path / "contacts.jsonl"), "event_id", "id")
    assert len({event for event, _ in landed}) == 3
    assert landed.keys() == of_all_events(sandbox).keys()


def test_parent_that_is_named_must_exist(sandbox: Sandbox, tmp_path: Path) -> None:
    task = puller(sandbox, event_ids=["RXZlbnQtOTk5"], path=str(tmp_path / "contacts.jsonl"), window="full")

    with pytest.raises(AirflowFailException, match="404"):
        task.execute(context())


@pytest.fixture
def without_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits between attempts are as short as they may be."""
    monkeypatch.setattr(base, "random", SimpleNamespace(random=lambda: 0.0))


@CONCURRENCY
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "status", "status": 429, "retry_after": "0"}, id="429_with_retry_after"),
        pytest.param({"kind": "status", "status": 429}, id="429_without_retry_after"),
        pytest.param({"kind": "status", "status": 503}, id="503"),
        pytest.param({"kind": "html"}, id="html_of_a_proxy"),
        pytest.param({"kind": "reset"}, id="reset"),
        pytest.param({"kind": "reset_after"}, id="reply_lost"),
        pytest.param({"kind": "cut"}, id="cut_body"),
        pytest.param({"kind": "malformed"}, id="malformed"),
        pytest.param({"kind": "empty"}, id="empty_body"),
    ],
)
@pytest.mark.usefixtures("without_chance")
def test_faults_on_the_way_change_no_row(
    sandbox: Sandbox, tmp_path: Path, concurrency: int, fault: dict[str, Any]
) -> None:
    populated(sandbox)
    for skip in (0, 4, 5, 9):
        sandbox.add_fault(**fault, path=LISTS, times=1, skip=skip)

    to_file(sandbox, tmp_path / "contacts.jsonl", window="full", concurrency=concurrency).execute(context())

    assert len([one for one in sandbox.requests() if one["fault"]]) == 4
    assert once(in_file(tmp_path / "contacts.jsonl")) == once(contacts_of(sandbox))


@pytest.mark.usefixtures("without_chance")
def test_retry_after_is_waited_for(sandbox: Sandbox, tmp_path: Path) -> None:
    populated(sandbox)
    sandbox.set_speed(1)
    sandbox.add_fault("status", status=429, retry_after="1", times=1, skip=3, path=LISTS)

    to_file(sandbox, tmp_path / "contacts.jsonl", concurrency=1, **WINDOW).execute(context())

    refused, after = sandbox.requests()[3:5]
    assert after["at"] - refused["at"] >= 1.0


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        pytest.param(401, AirflowFailException, id="unauthorized"),
        pytest.param(402, AirflowFailException, id="expired"),
        pytest.param(403, AirflowFailException, id="forbidden"),
        pytest.param(404, AirflowFailException, id="not_found"),
        pytest.param(422, AirflowFailException, id="invalid"),
    ],
)
def test_refusal_for_good_is_not_repeated_and_lands_nothing(
    sandbox: Sandbox, tmp_path: Path, status: int, raised: type[Exception]
) -> None:
    populated(sandbox)
    sandbox.add_fault("status", status=status, skip=2)

    with pytest.raises(raised, match=str(status)):
        to_file(sandbox, tmp_path / "contacts.jsonl", concurrency=1, **WINDOW).execute(context())

    assert len([one for one in sandbox.requests() if one["status"] == status]) == 1
    assert not (tmp_path / "contacts.jsonl").exists()


@pytest.mark.parametrize(("status", "raised"), [(503, ServiceDown), (429, RateLimited)])
@pytest.mark.usefixtures("without_chance")
def test_fault_that_stays_is_left_to_the_tasks_retries(
    sandbox: Sandbox, tmp_path: Path, status: int, raised: type[Exception]
) -> None:
    populated(sandbox)
    sandbox.add_fault("status", status=status, skip=2)

    with pytest.raises(raised):
        to_file(sandbox, tmp_path / "contacts.jsonl", request_attempts=3, concurrency=1, **WINDOW).execute(context())

    assert len([one for one in sandbox.requests() if one["status"] == status]) == 3
    assert not (tmp_path / "contacts.jsonl").exists()


def test_expired_subscription_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.circa_expire()

    with pytest.raises(AirflowFailException, match="402"):
        to_file(sandbox, tmp_path / "contacts.jsonl", **WINDOW).execute(context())

    assert len(sandbox.requests()) == 1


def test_no_more_pages_are_on_their_way_than_allowed(sandbox: Sandbox, tmp_path: Path) -> None:
    populated(sandbox)
    sandbox.add_fault("stall", seconds=0.05)

    to_file(sandbox, tmp_path / "contacts.jsonl", window="full", concurrency=3).execute(context())

    assert len({one["client_port"] for one in sandbox.requests()}) == 3


def test_what_is_returned_is_small_and_holds_no_record(sandbox: Sandbox, tmp_path: Path, database: Path) -> None:
    populated(sandbox)
    emails = {row["email"] for row in sandbox.circa_contacts(["id", "email"]) if row["email"]}
    assert emails

    told = puller(
        sandbox, path=str(tmp_path / "contacts.jsonl.gz"), table="landed", sql_conn_id="landing", window="full"
    ).execute(context())

    path = tmp_path / "contacts.jsonl.gz"
    assert told == {
        "stream": "contacts",
        "window": None,
        "records": 60,
        "uri": f"file://{path}",
        "format": "jsonl.gz",
        "bytes": path.stat().st_size,
        "table": "landed",
        "inserted": 60,
        "updated": 0,
        "unchanged": 0,
        "deleted": 0,
    }
    assert not any(email in json.dumps(told) for email in emails)


def test_window_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    told = to_file(sandbox, tmp_path / "contacts.jsonl").execute(context(**interval(BEGIN)))

    assert told["window"] == {"min": "2026-03-02T00:00:00Z", "max": "2026-03-03T00:00:00Z"}


def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[float, dict[str, str]]]:
    """Keep what a task tells Airflow's metrics."""
    metrics: dict[str, tuple[float, dict[str, str]]] = {}

    def incr(name: str, count: float = 1, rate: float = 1, *, tags: dict[str, str]) -> None:
        metrics[name] = (count, tags)

    monkeypatch.setattr(Stats, "incr", incr)
    return metrics


@pytest.mark.usefixtures("without_chance")
def test_metrics_count_what_a_pull_cost(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    populated(sandbox)
    metrics = counted(monkeypatch)
    sandbox.add_fault("status", status=503, times=2, skip=3)
    sandbox.add_fault("status", status=429, retry_after="1", times=1, skip=6)

    to_file(sandbox, tmp_path / "contacts.jsonl", window="full", concurrency=1).execute(context())

    tags = {"service": "circa", "stream": "contacts"}
    assert {name.rpartition(".")[2]: count for name, (count, _) in metrics.items()} == {
        "requests": 15,
        "retries": 3,
        "records": 60,
        "received_bytes": pytest.approx(70_000, rel=0.5),
        "rate_limited_s": 1,
    }
    assert all(told == tags and name.startswith("circle.pull.") for name, (_, told) in metrics.items())


def test_metrics_are_told_when_a_pull_fails(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = counted(monkeypatch)
    sandbox.circa_expire()

    with pytest.raises(AirflowFailException):
        to_file(sandbox, tmp_path / "contacts.jsonl", window="full").execute(context())

    assert metrics["circle.pull.requests"][0] == 1


def test_log_sums_up_and_holds_no_secret(sandbox: Sandbox, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    populated(sandbox)
    sandbox.add_fault("status", status=503, times=1)

    to_file(sandbox, tmp_path / "contacts.jsonl", window="full").execute(context())

    said = "".join(capfd.readouterr())
    assert re.search(r"Read 60 records on 12 pages, .* in one pass", said)
    assert "attempt 1 of 5" in said
    assert sandbox.token not in said
