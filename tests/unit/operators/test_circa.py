"""What the operators of Circa do, and do once; how an export is waited for, found again and stored."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowTaskTimeout, TaskDeferred

from airflow_provider_circle.exceptions import CircleError, ServiceDown, UnexpectedReply, Unreachable
from airflow_provider_circle.hooks.circa import CircaHook
from airflow_provider_circle.operators.circa import (
    CircaAddContactToEventOperator,
    CircaExportEventContactsOperator,
    CircaPullContactsOperator,
    CircaUpsertContactOperator,
)
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.running import FakeStateStore, as_a_task_logs, context

CONTACTS = r"/contacts$"
UNKNOWN = "RXZlbnQtOTk5OTk"
PATIENCE: dict[str, Any] = {"request_max_wait_s": 0.01, "request_attempts": 3}


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circa_default``, its clock standing still."""
    monkeypatch.setenv("AIRFLOW_CONN_CIRCA_DEFAULT", circle_sandbox.circa_connection_json())
    circle_sandbox.set_speed(0)
    return circle_sandbox


def calm(task: Any, sandbox: Sandbox) -> Any:
    """Let a task's waiting move the sandbox's clock instead of ours."""
    task.sleep = sandbox.advance
    return task


def upsert(sandbox: Sandbox, **contact: Any) -> dict[str, Any]:
    task = calm(CircaUpsertContactOperator(task_id="upsert", contact=contact, **PATIENCE), sandbox)
    told: dict[str, Any] = task.execute(context())
    return told


def add(sandbox: Sandbox, event_id: str, **who: Any) -> dict[str, Any]:
    task = calm(CircaAddContactToEventOperator(task_id="add", event_id=event_id, **who, **PATIENCE), sandbox)
    told: dict[str, Any] = task.execute(context())
    return told


def of(sandbox: Sandbox, email: str) -> list[dict[str, Any]]:
    return [row for row in sandbox.circa_contacts() if row["email"] == email]


def an_event(sandbox: Sandbox) -> str:
    return str(sandbox.circa_events()[0]["id"])


def export(sandbox: Sandbox, path: Path | str, **options: Any) -> Any:
    arguments = {"event_id": an_event(sandbox), "deferrable": False, **PATIENCE, **options}
    return calm(CircaExportEventContactsOperator(task_id="export", path=str(path), **arguments), sandbox)


def orders(sandbox: Sandbox) -> int:
    return len(sandbox.requests(method="POST", path=r"/exports$"))


def emails(path: Path) -> set[str]:
    with path.open(newline="") as lines:
        return {row["id"] for row in csv.DictReader(lines)}


def die(*_: Any, **__: Any) -> Any:
    raise MemoryError("killed")


@pytest.mark.parametrize(
    ("event_ids", "stream", "parents"),
    [
        pytest.param(None, "contacts", None, id="all_contacts"),
        pytest.param(["a", "b"], "event_contacts", ["a", "b"], id="of_events"),
        pytest.param("all", "event_contacts", "all", id="of_every_event"),
        pytest.param("{{ params.events }}", "event_contacts", "{{ params.events }}", id="template"),
    ],
)
def test_choice_of_events_is_a_choice_of_list(event_ids: Any, stream: str, parents: Any) -> None:
    task = CircaPullContactsOperator(task_id="pull", path="x.jsonl", event_ids=event_ids)

    assert (task.stream, task.parent_ids) == (stream, parents)


def test_new_contact_is_created(sandbox: Sandbox) -> None:
    told = upsert(sandbox, email="new@example.com", first_name="Ada")

    (row,) = of(sandbox, "new@example.com")
    assert told == {"contact_id": row["id"], "action": "created"}


def test_rerun_changes_nothing(sandbox: Sandbox) -> None:
    first = upsert(sandbox, email="new@example.com", first_name="Ada")
    sandbox.clear_requests()

    again = upsert(sandbox, email="New@Example.com", first_name="Ada")

    assert again == {"contact_id": first["contact_id"], "action": "unchanged"}
    assert {one["method"] for one in sandbox.requests()} == {"GET"}


def test_contact_that_differs_is_updated(sandbox: Sandbox) -> None:
    first = upsert(sandbox, email="new@example.com", first_name="Ada")

    again = upsert(sandbox, email="new@example.com", first_name="Augusta")

    assert again == {"contact_id": first["contact_id"], "action": "updated"}
    assert of(sandbox, "new@example.com")[0]["first_name"] == "Augusta"


def test_several_contacts_with_one_address_fail_for_good_and_name_them(sandbox: Sandbox) -> None:
    hook = CircaHook()
    ids = [hook.create_contact({"email": "two@example.com", "first_name": name})["id"] for name in ("A", "B")]
    sandbox.clear_requests()

    with pytest.raises(AirflowFailException, match=f"{ids[0]}.*{ids[1]}"):
        upsert(sandbox, email="two@example.com", first_name="C")

    assert {one["method"] for one in sandbox.requests()} == {"GET"}


@pytest.mark.parametrize("kind", ["reset_after", "cut", "malformed", "status_after"])
def test_contact_whose_reply_was_lost_is_not_created_twice(sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault(kind, method="POST", path=CONTACTS, times=1)

    told = upsert(sandbox, email="new@example.com", first_name="Ada")

    assert told["action"] == "created"
    assert len(of(sandbox, "new@example.com")) == 1


def test_contact_that_was_not_created_is_sent_again(sandbox: Sandbox) -> None:
    sandbox.add_fault("reset", method="POST", path=CONTACTS, times=1)

    upsert(sandbox, email="new@example.com", first_name="Ada")

    assert len(of(sandbox, "new@example.com")) == 1


def test_refused_value_fails_for_good_and_names_the_field(sandbox: Sandbox) -> None:
    sandbox.add_fault("status", method="POST", status=422, body={"errors": {"owner": ["is unknown"]}})

    with pytest.raises(AirflowFailException, match=r"owner.*is unknown"):
        upsert(sandbox, email="new@example.com", owner="nobody@example.com")


def test_contact_without_an_address_is_refused_before_any_request(sandbox: Sandbox) -> None:
    with pytest.raises((ValueError, AirflowFailException), match="email"):
        upsert(sandbox, first_name="Ada")

    assert sandbox.requests() == []


@pytest.mark.parametrize("by", ["contact_id", "contact_email"])
def test_contact_is_added_to_an_event_once(sandbox: Sandbox, by: str) -> None:
    contact_id = upsert(sandbox, email="new@example.com", first_name="Ada")["contact_id"]
    who = {by: contact_id if by == "contact_id" else "new@example.com"}
    event = an_event(sandbox)

    told = [add(sandbox, event, **who)["added"] for _ in range(2)]

    assert told == [True, False]
    assert [row["id"] for row in sandbox.circa_event_contacts(event, ["id"])].count(contact_id) == 1


def test_contact_whose_adding_got_no_reply_is_looked_up(sandbox: Sandbox) -> None:
    contact_id = upsert(sandbox, email="new@example.com")["contact_id"]
    event = an_event(sandbox)
    sandbox.add_fault("reset_after", method="POST", path=r"/events/.+/contacts$", times=1)

    assert add(sandbox, event, contact_id=contact_id)["added"] is True
    assert len(sandbox.requests(method="POST", path=r"/events/.+/contacts$")) == 1


@pytest.mark.parametrize("who", [{}, {"contact_id": "a", "contact_email": "b@example.com"}])
def test_one_contact_must_be_meant(who: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="exactly one of contact_id and contact_email"):
        CircaAddContactToEventOperator(task_id="add", event_id="e", **who)


def test_contact_that_nobody_knows_fails_for_good(sandbox: Sandbox) -> None:
    with pytest.raises(AirflowFailException, match="contact_email"):
        add(sandbox, an_event(sandbox), contact_email="nobody@example.com")

    with pytest.raises(AirflowFailException, match="404"):
        add(sandbox, UNKNOWN, contact_id=sandbox.circa_contacts(["id"])[0]["id"])


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"timeout_s": 0}, "timeout_s", id="no_time"),
        pytest.param({"timeout_s": True}, "timeout_s", id="time_as_truth"),
        pytest.param({"timeout_s": float("nan")}, "timeout_s", id="time_nan"),
        pytest.param({"poll_interval_s": 0}, "poll_interval_s", id="no_interval"),
        pytest.param({"max_poll_interval_s": 1}, "max_poll_interval_s", id="bounds_crossed"),
        pytest.param({"request_attempts": 0}, "request_attempts", id="no_attempts"),
    ],
)
def test_mistake_about_an_export_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        CircaExportEventContactsOperator(task_id="export", event_id="e", path="x.csv", **options)


@pytest.mark.parametrize("path", ["a_file/contacts.csv", "taken"])
def test_path_that_cannot_be_written_is_refused_before_any_request(sandbox: Sandbox, tmp_path: Path, path: str) -> None:
    (tmp_path / "a_file").touch()
    (tmp_path / "taken").mkdir()
    task = export(sandbox, tmp_path / path)
    sandbox.clear_requests()

    with pytest.raises(AirflowFailException, match="path"):
        task.execute(context())

    assert sandbox.requests() == []


def test_export_is_stored(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "contacts.csv"
    store = FakeStateStore()

    told = export(sandbox, path).execute(context(store))

    event = an_event(sandbox)
    assert told == {
        "event_id": event,
        "export_id": told["export_id"],
        "uri": f"file://{path}",
        "bytes": path.stat().st_size,
    }
    assert emails(path) == {row["id"] for row in sandbox.circa_event_contacts(event, ["id"])}
    assert store.values == {}
    assert "signature" not in json.dumps(told)


def test_key_stays_here_when_the_file_is_fetched(sandbox: Sandbox, tmp_path: Path) -> None:
    export(sandbox, tmp_path / "contacts.csv").execute(context())

    assert sandbox.circa_refused_downloads() == 0
    fetched = [one for one in sandbox.requests() if "/exports" not in one["path"]]
    assert fetched
    assert all("authorization" not in {name.lower() for name in one["headers"]} for one in fetched)


@pytest.mark.parametrize("kind", ["cut", "reset", "reset_after", "status"])
def test_broken_download_is_begun_anew_and_replaces_the_file_whole(sandbox: Sandbox, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "contacts.csv"
    path.write_text("old\n" * 100_000)
    sandbox.circa_populate(contacts=1500, events=1, contacts_per_event=1500)
    sandbox.add_fault(kind, path=r"^(?!.*/api/v1/)", times=1)

    export(sandbox, path).execute(context())

    assert [one["fault"] for one in sandbox.requests() if one["fault"]] == [kind]
    assert emails(path) == {row["id"] for row in sandbox.circa_event_contacts(an_event(sandbox), ["id"])}


def test_download_that_stays_broken_leaves_the_old_file_and_the_export(sandbox: Sandbox, tmp_path: Path) -> None:
    path, store = tmp_path / "contacts.csv", FakeStateStore()
    path.write_text("old")
    sandbox.add_fault("cut", path=r"^(?!.*/api/v1/)")
    with pytest.raises(CircleError):
        export(sandbox, path).execute(context(store))
    assert path.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["contacts.csv"]

    sandbox.clear_faults()
    export(sandbox, path).execute(context(store))

    assert orders(sandbox) == 1
    assert len(emails(path)) == 40


@pytest.mark.parametrize(
    ("url", "raised"),
    [
        pytest.param(None, UnexpectedReply, id="missing"),
        pytest.param("", UnexpectedReply, id="empty"),
        pytest.param("/files/1", UnexpectedReply, id="relative"),
        pytest.param("http://files.example/1?sig=topsecret", UnexpectedReply, id="in_the_clear"),
        pytest.param("ftp://files.example/1?sig=topsecret", UnexpectedReply, id="other_scheme"),
        pytest.param("https://[files?sig=topsecret", UnexpectedReply, id="no_address"),
        pytest.param(5, UnexpectedReply, id="number"),
    ],
)
def test_odd_address_of_the_file_is_no_file(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: Any, raised: type[Exception]
) -> None:
    monkeypatch.setattr(CircaHook, "get_export", lambda *_: {"status": "completed", "download_url": url})

    with pytest.raises(raised) as caught:
        export(sandbox, tmp_path / "contacts.csv").execute(context())

    assert "topsecret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_file_that_comes_anew_replaces_what_came_of_it_before(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: CircaHook, __: str, into: Callable[[], BinaryIO]) -> None:
        into().write(b"half of a long file, then the connection broke")
        into().write(b"all of it")

    monkeypatch.setattr(CircaHook, "download", interrupted)

    told = export(sandbox, tmp_path / "contacts.csv").execute(context())

    assert (tmp_path / "contacts.csv").read_bytes() == b"all of it"
    assert told["bytes"] == len(b"all of it")


def test_address_that_has_lapsed_is_refused_without_showing_it(
    sandbox: Sandbox, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.add_fault("status", status=403, path=r"^(?!.*/api/v1/)")

    with pytest.raises(AirflowFailException, match="403") as caught:
        export(sandbox, tmp_path / "contacts.csv").execute(context())

    logged = as_a_task_logs("".join(capfd.readouterr()) + caplog.text)
    assert "?***" in logged  # An HTTP library logs addresses.
    assert "signature=" not in (str(caught.value) + logged).lower()
    assert list(tmp_path.iterdir()) == []


def test_export_that_failed_is_ordered_anew_by_the_retry(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    sandbox.circa_exports(fails=1)
    with pytest.raises(CircleError, match="failed"):
        export(sandbox, tmp_path / "contacts.csv").execute(context(store))

    export(sandbox, tmp_path / "contacts.csv").execute(context(store))

    assert orders(sandbox) == 2


def test_export_that_takes_too_long_is_found_again_by_the_retry(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    sandbox.circa_exports(duration_s=1000)
    impatient = export(sandbox, tmp_path / "contacts.csv", timeout_s=0.1, poll_interval_s=0.02)
    impatient.sleep = time.sleep
    with pytest.raises(AirflowTaskTimeout, match="still going"):
        impatient.execute(context(store))

    sandbox.advance(1000)
    export(sandbox, tmp_path / "contacts.csv").execute(context(store))

    assert orders(sandbox) == 1


@pytest.mark.parametrize("deferrable", [True, False])
def test_try_that_died_while_waiting_is_taken_up(sandbox: Sandbox, tmp_path: Path, deferrable: bool) -> None:
    store = FakeStateStore()
    dying = export(sandbox, tmp_path / "contacts.csv")
    dying.sleep = die
    with pytest.raises(MemoryError):
        dying.execute(context(store))

    sandbox.advance(60)
    export(sandbox, tmp_path / "contacts.csv", deferrable=deferrable).execute(context(store))

    assert orders(sandbox) == 1


def test_cleared_task_orders_anew(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    deferral(export(sandbox, tmp_path / "contacts.csv", deferrable=True), context(store, max_tries=1))

    export(sandbox, tmp_path / "contacts.csv").execute(context(store, max_tries=2))

    assert orders(sandbox) == 2


def test_export_that_is_gone_is_ordered_anew_by_a_retry(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    deferred = deferral(export(sandbox, tmp_path / "contacts.csv", deferrable=True), context(store))
    CircaHook().delete_export(an_event(sandbox), deferred.trigger.serialize()[1]["export_id"])

    told = export(sandbox, tmp_path / "contacts.csv").execute(context(store))

    assert orders(sandbox) == 2
    assert told["export_id"] != deferred.trigger.serialize()[1]["export_id"]
    assert len(emails(tmp_path / "contacts.csv")) == 40
    assert store.values == {}


@pytest.mark.parametrize("url", [None, ""])
def test_export_that_is_complete_without_a_file_is_ordered_anew_by_a_retry(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    store = FakeStateStore()
    with monkeypatch.context() as patched:
        patched.setattr(CircaHook, "get_export", lambda *_: {"status": "completed", "download_url": url})
        with pytest.raises(UnexpectedReply, match="says not where its file is"):
            export(sandbox, tmp_path / "contacts.csv").execute(context(store))
    assert store.values == {}

    export(sandbox, tmp_path / "contacts.csv").execute(context(store))

    assert orders(sandbox) == 2


def deferral(task: Any, seen: Any) -> TaskDeferred:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(seen)
    return caught.value


def resumed(task: Any, sandbox: Sandbox, seen: Any) -> dict[str, Any]:
    """Defer, let the export end, and go on with the event that the trigger would send."""
    arguments = deferral(task, seen).trigger.serialize()[1]
    sandbox.advance(60)
    ended = CircaHook().wait_for_export(
        arguments["event_id"], arguments["export_id"], task._schedule(), started_s=0.0, deadline_s=0.0
    )
    told: dict[str, Any] = task.execute_complete(seen, json.loads(json.dumps({"status": "seen", "seen": ended})))
    return told


def test_deferred_export_is_stored_by_whoever_resumes(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()

    told = resumed(export(sandbox, tmp_path / "contacts.csv", deferrable=True), sandbox, context(store))

    assert len(emails(tmp_path / "contacts.csv")) == 40
    assert told["uri"] == f"file://{tmp_path / 'contacts.csv'}"
    assert store.values == {}


def test_deferred_export_that_failed_is_forgotten(sandbox: Sandbox, tmp_path: Path) -> None:
    store = FakeStateStore()
    sandbox.circa_exports(fails=1)

    with pytest.raises(CircleError, match="failed"):
        resumed(export(sandbox, tmp_path / "contacts.csv", deferrable=True), sandbox, context(store))

    assert store.values == {}


@pytest.mark.parametrize(
    ("event", "raised"),
    [
        pytest.param({"status": "error", "error": "NotFound", "message": "404"}, AirflowFailException, id="permanent"),
        pytest.param({"status": "error", "error": "ServiceDown", "message": "503"}, ServiceDown, id="passing"),
        pytest.param({"status": "error", "error": "Unreachable", "message": "gone"}, Unreachable, id="unreachable"),
        pytest.param(
            {"status": "error", "error": "ValueError", "message": "no https"},
            AirflowFailException,
            id="unusable_connection",
        ),
        pytest.param(
            {"status": "seen", "seen": {"state": "timed_out", "export_id": "e", "message": "still running"}},
            AirflowTaskTimeout,
            id="timed_out",
        ),
    ],
)
def test_event_of_the_trigger_decides(sandbox: Sandbox, event: dict[str, Any], raised: type[Exception]) -> None:
    store = FakeStateStore()
    store.set("circa_export", {"export_id": "e", "max_tries": 1})

    with pytest.raises(raised):
        export(sandbox, "contacts.csv").execute_complete(context(store), event)


def test_trigger_knows_the_limits_and_no_secret(sandbox: Sandbox, tmp_path: Path) -> None:
    options = {"timeout_s": 3600, "execution_timeout": timedelta(seconds=90), "poll_interval_s": 3}
    task = export(sandbox, tmp_path / "contacts.csv", deferrable=True, **options)

    _, arguments = deferral(task, context()).trigger.serialize()

    assert arguments["deadline_s"] - arguments["started_s"] == pytest.approx(90)
    assert (arguments["poll_interval_s"], arguments["request_attempts"]) == (3, 3)
    assert sandbox.token not in json.dumps(arguments)


@pytest.mark.parametrize("configured", [True, False])
def test_deferrable_follows_the_configuration(configured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", str(configured))

    task = CircaExportEventContactsOperator(task_id="export", event_id="e", path="x.csv")

    assert task.deferrable is configured


def test_unknown_event_fails_for_good(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(AirflowFailException, match="404"):
        export(sandbox, tmp_path / "contacts.csv", event_id=UNKNOWN).execute(context())


def test_faults_while_waiting_do_not_end_the_wait(sandbox: Sandbox, tmp_path: Path) -> None:
    for kind in ("status", "reset", "malformed", "html"):
        sandbox.add_fault(kind, method="GET", path=r"/exports/", times=2)

    export(sandbox, tmp_path / "contacts.csv").execute(context())

    assert len(emails(tmp_path / "contacts.csv")) == 40


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda **o: CircaUpsertContactOperator(task_id="t", contact={}, **o), id="upsert"),
        pytest.param(
            lambda **o: CircaAddContactToEventOperator(task_id="t", event_id="e", contact_id="c", **o), id="add"
        ),
    ],
)
def test_expired_subscription_is_asked_once_and_fails_for_good(sandbox: Sandbox, build: Callable[..., Any]) -> None:
    sandbox.circa_expire()
    task = calm(build(**PATIENCE), sandbox)
    task.contact = {"email": "a@example.com"}

    with pytest.raises(AirflowFailException, match="402"):
        task.execute(context())

    assert len(sandbox.requests()) == 1
