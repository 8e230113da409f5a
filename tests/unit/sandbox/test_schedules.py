"""Schedules of the sandbox: made, changed, deleted, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import PROJECT, InProcess

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
WEEKLY = {"per-hour": 1, "hours-of-day": [3], "days-of-week": ["MON"]}
SCHEDULE = {
    "name": "weekly",
    "timetable": WEEKLY,
    "attribution-actor": "current",
    "parameters": {"branch": "main", "deploy": True},
}


def made(sandbox: InProcess, **fields: Any) -> dict[str, Any]:
    reply = sandbox.api("POST", f"{PROJECT}/schedule", {**SCHEDULE, **fields})
    assert reply.status == 201, reply.body
    schedule: dict[str, Any] = reply.json()
    return schedule


def changed(sandbox: InProcess, schedule: dict[str, Any], **fields: Any) -> Any:
    return sandbox.api("PATCH", f"/schedule/{schedule['id']}", fields)


def test_schedule_is_read_as_it_was_made(sandbox: InProcess) -> None:
    schedule = made(sandbox, description="Once a week")
    assert sandbox.get(f"/schedule/{schedule['id']}") == schedule
    assert sandbox.get(f"{PROJECT}/schedule")["items"] == [schedule]
    assert {**schedule, "id": "", "actor": {}} == {
        "id": "",
        "name": "weekly",
        "description": "Once a week",
        "timetable": WEEKLY,
        "parameters": {"branch": "main", "deploy": True},
        "actor": {},
        "project-slug": "gh/acme/web",
        "created-at": "2027-01-15T08:00:00.000Z",
        "updated-at": "2027-01-15T08:00:00.000Z",
    }


@pytest.mark.parametrize(("actor", "login"), [("current", "sandbox-user"), ("system", "system-actor")])
def test_actor_is_told_by_name(sandbox: InProcess, actor: str, login: str) -> None:
    assert made(sandbox, **{"attribution-actor": actor})["actor"]["login"] == login


def test_schedule_belongs_to_one_project(sandbox: InProcess) -> None:
    made(sandbox)
    assert sandbox.get("/project/gh/acme/other/schedule")["items"] == []


def test_schedules_are_listed_20_a_page(sandbox: InProcess) -> None:
    for number in range(21):
        made(sandbox, name=f"weekly {number}")
    page = sandbox.get(f"{PROJECT}/schedule")
    rest = sandbox.get(f"{PROJECT}/schedule", query={"page-token": page["next_page_token"]})
    assert (len(page["items"]), len(rest["items"]), rest["next_page_token"]) == (20, 1, None)


def test_what_is_not_changed_stays(sandbox: InProcess) -> None:
    schedule = made(sandbox)
    sandbox.wait(60)
    reply = changed(sandbox, schedule, name="renamed", parameters={"tag": "v1"})
    assert reply.json() == {
        **schedule,
        "name": "renamed",
        "parameters": {"tag": "v1"},
        "updated-at": "2027-01-15T08:01:00.000Z",
    }
    assert sandbox.get(f"/schedule/{schedule['id']}") == reply.json()


@pytest.mark.parametrize(
    ("change", "timetable"),
    [
        ({"per-hour": 2}, {**WEEKLY, "per-hour": 2}),
        ({"months": ["JAN"]}, {**WEEKLY, "months": ["JAN"]}),
        ({"days-of-month": [1]}, {"per-hour": 1, "hours-of-day": [3], "days-of-month": [1]}),
    ],
)
def test_part_of_a_timetable_leaves_the_rest(
    sandbox: InProcess, change: dict[str, Any], timetable: dict[str, Any]
) -> None:
    assert changed(sandbox, made(sandbox), timetable=change).json()["timetable"] == timetable


def test_deleted_schedule_is_gone(sandbox: InProcess) -> None:
    schedule = made(sandbox)
    assert [sandbox.api("DELETE", f"/schedule/{schedule['id']}").status for _ in range(2)] == [200, 404]
    assert sandbox.get(f"{PROJECT}/schedule")["items"] == []


def test_schedules_of_a_deleted_project_are_gone(sandbox: InProcess) -> None:
    schedule = made(sandbox)
    sandbox.api("DELETE", PROJECT)
    assert sandbox.api("GET", f"/schedule/{schedule['id']}").status == 404


def timetable(**change: Any) -> dict[str, Any]:
    changes = {name.replace("_", "-"): value for name, value in change.items()}
    return {name: value for name, value in {**WEEKLY, **changes}.items() if value is not None}


WRONG: dict[str, dict[str, Any]] = {
    "empty_name": {"name": ""},
    "another_actor": {"attribution-actor": "me"},
    "no_revision": {"parameters": {"deploy": True}},
    "two_revisions": {"parameters": {"branch": "main", "tag": "v1"}},
    "float_parameter": {"parameters": {"branch": "main", "a": 1.5}},
    "description_that_is_no_text": {"description": 7},
    "unknown_field": {"timezone": "UTC"},
    "timetable_in_a_text": {"timetable": "0 3 * * 1"},
    "unknown_field_of_the_timetable": {"timetable": timetable(minutes=[1])},
    "never_in_an_hour": {"timetable": timetable(per_hour=0)},
    "too_often": {"timetable": timetable(per_hour=61)},
    "no_hours": {"timetable": timetable(hours_of_day=[])},
    "late_hour": {"timetable": timetable(hours_of_day=[25])},
    "boolean_hour": {"timetable": timetable(hours_of_day=[True])},
    "no_days": {"timetable": timetable(days_of_week=[])},
    "both_kinds_of_days": {"timetable": timetable(days_of_month=[1])},
    "day_32": {"timetable": timetable(days_of_week=None, days_of_month=[32])},
    "small_day": {"timetable": timetable(days_of_week=["mon"])},
    "small_month": {"timetable": timetable(months=["jan"])},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_schedule_that_makes_no_sense_is_refused(sandbox: InProcess, wrong: dict[str, Any]) -> None:
    reply = sandbox.api("POST", f"{PROJECT}/schedule", {**SCHEDULE, **wrong})
    assert (reply.status, list(reply.json())) == (400, ["message"])


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_change_that_makes_no_sense_is_refused_and_changes_nothing(sandbox: InProcess, wrong: dict[str, Any]) -> None:
    schedule = made(sandbox)
    assert changed(sandbox, schedule, **wrong).status == 400
    assert sandbox.get(f"/schedule/{schedule['id']}") == schedule


@pytest.mark.parametrize("missing", SCHEDULE)
def test_schedule_that_lacks_something_is_refused(sandbox: InProcess, missing: str) -> None:
    body = {name: value for name, value in SCHEDULE.items() if name != missing}
    reply = sandbox.api("POST", f"{PROJECT}/schedule", body)
    assert (reply.status, reply.json()) == (400, {"message": f"{missing} is missing"})


def test_project_that_stands_alone_has_no_schedules(sandbox: InProcess) -> None:
    path = f"/project/circleci/{UNKNOWN_ID}/{UNKNOWN_ID}/schedule"
    assert sandbox.api("POST", path, SCHEDULE).status == 400
