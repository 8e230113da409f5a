"""Waiting until contacts have changed: poking, rescheduled and deferred."""

from __future__ import annotations

import importlib.util
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow import __version__ as airflow_version
from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    AirflowTaskTimeout,
    TaskDeferred,
)

try:
    from airflow.sdk.exceptions import AirflowRescheduleException
except ImportError:  # Airflow 2
    from airflow.exceptions import AirflowRescheduleException

from packaging.version import Version

from airflow_provider_circle.exceptions import ServiceDown
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.sensors.circa import CircaContactsChangedSensor
from tests.unit.running import context, interval

HOUR_S = 3600


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Thirty contacts that changed in the hour before the last."""
    monkeypatch.setenv("AIRFLOW_CONN_CIRCA_DEFAULT", circle_sandbox.circa_connection_json())
    circle_sandbox.set_speed(0)
    now_s = int(circle_sandbox.now())
    circle_sandbox.circa_populate(contacts=30, since_s=now_s - 2 * HOUR_S, until_s=now_s - HOUR_S)
    return circle_sandbox


def ago(sandbox: Sandbox, seconds: float) -> datetime:
    return datetime.fromtimestamp(int(sandbox.now()) - seconds, UTC)


def contacts(sandbox: Sandbox) -> list[dict[str, Any]]:
    """What there is, as a sensor tells it."""
    return [dict(row) for row in sandbox.circa_contacts(["id", "updated_at"])]


on_airflow_3 = pytest.mark.skipif(
    importlib.util.find_spec("airflow.sdk") is None,
    reason="Airflow 2 asks more of a task instance",
)


def sensor(**options: Any) -> Any:
    arguments = {
        "deferrable": False,
        "poll_interval_s": 0.02,
        "max_poll_interval_s": 0.02,
        "request_max_wait_s": 0.01,
        "request_attempts": 2,
        "timeout": 10,
        **options,
    }
    return CircaContactsChangedSensor(task_id="wait", **arguments)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({"poll_interval_s": 0}, "poll_interval_s", id="no_interval"),
        pytest.param({"max_poll_interval_s": 0.001}, "max_poll_interval_s", id="bounds_crossed"),
        pytest.param({"poll_backoff": -1}, "poll_backoff", id="negative_backoff"),
        pytest.param({"request_attempts": 0}, "request_attempts", id="no_attempts"),
        pytest.param({"request_max_wait_s": -1}, "request_max_wait_s", id="negative_wait"),
        pytest.param(
            {"timeout": -1},
            "timeout",
            id="negative_timeout",
            marks=pytest.mark.skipif(Version(airflow_version) < Version("3.2"), reason="an error of Airflow's own"),
        ),
    ],
)
def test_mistake_in_an_argument_is_refused_while_the_dag_is_parsed(options: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        sensor(**options)


def test_change_is_told(sandbox: Sandbox) -> None:
    since = ago(sandbox, 1800)
    sandbox.circa_edit(count=3)

    seen = sensor(since=since.isoformat()).execute(context())

    assert seen in contacts(sandbox)
    assert datetime.fromisoformat(seen["updated_at"]).timestamp() == int(sandbox.now())


def test_change_at_the_very_moment_counts(sandbox: Sandbox) -> None:
    newest = max(row["updated_at"] for row in contacts(sandbox))

    assert sensor(since=newest).execute(context())["updated_at"] == newest


def test_change_just_before_does_not_count(sandbox: Sandbox) -> None:
    newest = max(row["updated_at"] for row in contacts(sandbox))
    since = datetime.fromisoformat(newest) + timedelta(seconds=1)

    assert not sensor(since=since).poke(context())


def test_many_changes_just_before_do_not_count(sandbox: Sandbox) -> None:
    sandbox.circa_edit(count=30)
    since = ago(sandbox, -1)

    assert not sensor(since=since).poke(context())


def test_only_one_request_is_made_for_a_look(sandbox: Sandbox) -> None:
    sensor(since=ago(sandbox, 3 * HOUR_S)).poke(context())

    assert len(sandbox.requests()) == 1


def test_end_of_the_data_interval_is_the_moment_by_default(sandbox: Sandbox) -> None:
    end = ago(sandbox, 1800)
    known = interval(end - timedelta(days=1))
    assert not sensor().poke(context(**known))

    sandbox.circa_edit(count=1)

    assert sensor().execute(context(**known)) in contacts(sandbox)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        pytest.param({}, "since: this run has no data interval", id="no_interval"),
        pytest.param({"since": "yesterday"}, "since must be a time", id="no_time"),
        pytest.param({"since": "2026-03-02T00:00:00"}, "since must be a time", id="no_zone"),
    ],
)
@pytest.mark.parametrize("deferrable", [False, True])
def test_moment_that_is_none_fails_for_good_before_any_request(
    sandbox: Sandbox, options: dict[str, Any], named: str, deferrable: bool
) -> None:
    with pytest.raises(AirflowFailException, match=named):
        sensor(deferrable=deferrable, **options).execute(context())

    assert sandbox.requests() == []


def test_poking_sensor_waits_for_the_change(sandbox: Sandbox) -> None:
    task = sensor(since=ago(sandbox, 1800))
    looked = task.look

    def look(since: datetime, now_s: float) -> Any:
        sight = looked(since, now_s)
        if len(sandbox.requests()) == 2:
            sandbox.circa_edit(count=1)
        return sight

    task.look = look

    assert task.execute(context()) in contacts(sandbox)
    assert len(sandbox.requests()) == 3


@pytest.mark.parametrize(("soft_fail", "raised"), [(False, AirflowSensorTimeout), (True, AirflowSkipException)])
def test_poking_sensor_times_out(sandbox: Sandbox, soft_fail: bool, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        sensor(since=ago(sandbox, 1800), timeout=0.05, soft_fail=soft_fail).execute(context())


@on_airflow_3
def test_rescheduled_sensor_gives_its_slot_back(sandbox: Sandbox) -> None:
    task = sensor(since=ago(sandbox, 1800), mode="reschedule", poll_interval_s=60, max_poll_interval_s=60)

    before = datetime.now(UTC)
    with pytest.raises(AirflowRescheduleException) as caught:
        task.execute(context())

    assert timedelta(seconds=50) < caught.value.reschedule_date - before < timedelta(seconds=70)


@on_airflow_3
def test_rescheduled_sensor_times_out_by_its_first_look(sandbox: Sandbox) -> None:
    seen = context()
    seen["ti"].first_rescheduled = datetime.now(UTC) - timedelta(hours=2)

    with pytest.raises(AirflowSensorTimeout):
        sensor(since=ago(sandbox, 1800), mode="reschedule", timeout=HOUR_S).execute(seen)


def test_deferred_sensor_that_sees_it_at_once_is_not_deferred(sandbox: Sandbox) -> None:
    assert sensor(since=ago(sandbox, 3 * HOUR_S), deferrable=True).execute(context()) in contacts(sandbox)


def deferral(task: Any, seen: Any) -> Any:
    with pytest.raises(TaskDeferred) as caught:
        task.execute(seen)
    return caught.value


def test_deferred_sensor_hands_everything_to_the_trigger(sandbox: Sandbox) -> None:
    since = ago(sandbox, 1800)
    task = sensor(since=since, deferrable=True, timeout=500, poll_backoff=0.3)

    deferred = deferral(task, context())

    path, arguments = deferred.trigger.serialize()
    assert path == "airflow_provider_circle.triggers.circa.CircaContactsChangedTrigger"
    assert datetime.fromisoformat(arguments["since"]) == since
    assert arguments["deadline_s"] - arguments["started_s"] == pytest.approx(500)
    wanted = {"poll_backoff": 0.3, "poll_interval_s": 0.02, "request_attempts": 2, "request_max_wait_s": 0.01}
    assert {name: arguments[name] for name in wanted} == wanted
    assert sandbox.token not in json.dumps(arguments)
    assert deferred.timeout is None


def test_execution_timeout_bounds_a_deferred_wait(sandbox: Sandbox) -> None:
    task = sensor(since=ago(sandbox, 1800), deferrable=True, timeout=500, execution_timeout=timedelta(seconds=90))

    _, arguments = deferral(task, context()).trigger.serialize()

    assert arguments["deadline_s"] - arguments["started_s"] == pytest.approx(90)


def test_moment_is_fixed_when_the_sensor_is_deferred(sandbox: Sandbox) -> None:
    end = ago(sandbox, 1800)

    _, arguments = deferral(sensor(deferrable=True), context(**interval(end - timedelta(days=1)))).trigger.serialize()

    assert datetime.fromisoformat(arguments["since"]) == end


SEEN = {"id": "Q29udGFjdC0x", "updated_at": "2026-03-02T00:00:00Z"}


def test_what_the_trigger_saw_is_returned() -> None:
    assert sensor().execute_complete(context(), {"status": "seen", "seen": SEEN}) == SEEN


@pytest.mark.parametrize(
    ("event", "options", "raised"),
    [
        pytest.param({"error": "Unauthorized"}, {}, AirflowFailException, id="turned_away"),
        pytest.param({"error": "ServiceDown"}, {}, ServiceDown, id="down"),
        pytest.param({"error": "ValueError"}, {}, AirflowFailException, id="unusable_connection"),
        pytest.param({"status": "timed_out"}, {}, AirflowSensorTimeout, id="timed_out"),
        pytest.param({"status": "timed_out"}, {"soft_fail": True}, AirflowSkipException, id="timed_out_softly"),
        pytest.param(
            {"status": "timed_out"},
            {"execution_timeout": timedelta(seconds=5)},
            AirflowTaskTimeout,
            id="timed_out_by_execution",
        ),
    ],
)
def test_event_of_the_trigger_decides(event: dict[str, Any], options: dict[str, Any], raised: type[Exception]) -> None:
    with pytest.raises(raised, match="last seen"):
        sensor(**options).execute_complete(context(), {"status": "error", "message": "last seen: nothing", **event})


@pytest.mark.parametrize("kind", ["status", "reset", "malformed", "html", "cut"])
def test_fault_is_a_reason_to_look_again(sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault(kind, times=2)

    assert sensor(since=ago(sandbox, 3 * HOUR_S), poll_backoff=0).execute(context()) in contacts(sandbox)


@pytest.mark.parametrize("deferrable", [False, True])
@pytest.mark.parametrize("status", [401, 402, 403])
def test_being_turned_away_fails_for_good(sandbox: Sandbox, status: int, deferrable: bool) -> None:
    sandbox.add_fault("status", status=status)

    with pytest.raises(AirflowFailException, match=str(status)):
        sensor(since=ago(sandbox, 1800), deferrable=deferrable).execute(context())

    assert len(sandbox.requests()) == 1


def test_poke_interval_is_refused_and_the_right_name_told() -> None:
    with pytest.raises(ValueError, match="poke_interval is named poll_interval_s"):
        sensor(poke_interval=30)


def test_intervals_of_a_poking_sensor_grow_with_the_wait() -> None:
    task = sensor(poll_interval_s=10, max_poll_interval_s=60, poll_backoff=0.1)

    intervals = [task._get_next_poke_interval(0.0, lambda waited=waited: waited, 1) for waited in (0, 300, 6000)]

    assert intervals == [pytest.approx(expected, rel=0.11) for expected in (10, 40, 60)]


@pytest.mark.parametrize("configured", [True, False])
def test_deferrable_follows_the_configuration(configured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", str(configured))

    assert sensor(deferrable=None).deferrable is configured
