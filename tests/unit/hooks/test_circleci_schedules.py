"""The CircleCI hook's calls about schedules, users, and jobs by their ids: what they ask for and return."""

from __future__ import annotations

import json

import pytest

from airflow_provider_circle.exceptions import NotFound
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.vendors.circleci.timetable import Timetable
from tests.unit.hooks.asking_circleci import EachCall, Mistake, mistake, row
from tests.unit.hooks.calling_circleci import SLUG, UNKNOWN_ID, VARIABLE, Flavour, both, call

WEEKLY = Timetable(per_hour=1, hours_of_day=[3], days_of_week=["MON"])
MONTHLY = Timetable(per_hour=60, hours_of_day=[0, 12], days_of_month=[1, 15], months=["JAN"])
WEEKLY_SENT = {"per-hour": 1, "hours-of-day": [3], "days-of-week": ["MON"]}
MONTHLY_SENT = {"per-hour": 60, "hours-of-day": [0, 12], "days-of-month": [1, 15], "months": ["JAN"]}

CALLS = {
    "list_schedules": row(
        "list_schedules",
        "github/acme/web",
        asked=f"GET /project/{SLUG}/schedule",
        answered=[{"id": "$schedule", "name": "weekly"}],
    ),
    "create_schedule": row(
        "create_schedule",
        "monthly",
        MONTHLY,
        attribution_actor="system",
        parameters={"tag": "v1.0", "deploy": True, "number": 7},
        description="Once a month",
        project_slug="github/acme/web",
        asked=f"POST /project/{SLUG}/schedule",
        body={
            "name": "monthly",
            "timetable": MONTHLY_SENT,
            "attribution-actor": "system",
            "parameters": {"tag": "v1.0", "deploy": True, "number": 7},
            "description": "Once a month",
        },
        answered={"name": "monthly", "timetable": MONTHLY_SENT, "actor": {"login": "system-actor"}},
    ),
    "create_schedule_without_a_description": row(
        "create_schedule",
        "nightly",
        WEEKLY,
        attribution_actor="current",
        parameters={"branch": "main"},
        project_slug=SLUG,
        asked=f"POST /project/{SLUG}/schedule",
        body={
            "name": "nightly",
            "timetable": WEEKLY_SENT,
            "attribution-actor": "current",
            "parameters": {"branch": "main"},
        },
        answered={"description": None, "actor": {"login": "sandbox-user"}, "project-slug": SLUG},
    ),
    "get_schedule": row(
        "get_schedule",
        "$schedule",
        asked="GET /schedule/$schedule",
        answered={"id": "$schedule", "timetable": WEEKLY_SENT, "parameters": {"branch": "main"}},
    ),
    "rename_schedule": row(
        "update_schedule",
        "$schedule",
        name="nightly",
        asked="PATCH /schedule/$schedule",
        body={"name": "nightly"},
        answered={"name": "nightly", "timetable": WEEKLY_SENT, "description": "Once a week"},
    ),
    "change_timetable": row(
        "update_schedule",
        "$schedule",
        timetable=MONTHLY,
        asked="PATCH /schedule/$schedule",
        body={"timetable": MONTHLY_SENT},
        answered={"name": "weekly", "timetable": MONTHLY_SENT},
    ),
    "change_actor": row(
        "update_schedule",
        "$schedule",
        attribution_actor="system",
        asked="PATCH /schedule/$schedule",
        body={"attribution-actor": "system"},
        answered={"actor": {"login": "system-actor"}},
    ),
    "change_parameters": row(
        "update_schedule",
        "$schedule",
        parameters={"tag": "v2"},
        asked="PATCH /schedule/$schedule",
        body={"parameters": {"tag": "v2"}},
        answered={"parameters": {"tag": "v2", "branch": None}},
    ),
    "take_description_away": row(
        "update_schedule",
        "$schedule",
        description="",
        asked="PATCH /schedule/$schedule",
        body={"description": ""},
        answered={"description": ""},
    ),
    "delete_schedule": row(
        "delete_schedule", "$schedule", asked="DELETE /schedule/$schedule", answered={"message": "Schedule deleted."}
    ),
    "get_user": row("get_user", "$user", asked="GET /user/$user", answered={"id": "$user", "login": "sandbox-user"}),
    "list_collaborations": row(
        "list_collaborations", asked="GET /me/collaborations", answered=[{"slug": "gh/acme"}, {"slug": "bb/acme"}]
    ),
    "get_job_by_id": row(
        "get_job_by_id", "$job", asked="GET /jobs/$job", answered={"id": "$job", "name": "build", "status": "running"}
    ),
    "cancel_job_by_id": row(
        "cancel_job_by_id", "$job", asked="POST /jobs/$job/cancel", answered={"message": "Job canceled."}
    ),
}


@pytest.fixture
def ids(hook: CircleCIHook, sandbox: Sandbox) -> dict[str, str]:
    """A weekly schedule, the token's user and a running job."""
    schedule = hook.create_schedule(
        "weekly",
        WEEKLY,
        attribution_actor="current",
        parameters={"branch": "main"},
        description="Once a week",
        project_slug=SLUG,
    )
    pipeline = hook.trigger_pipeline(SLUG, branch="main", parameters={"sandbox_scenario": "never_ends"})
    sandbox.advance(10)
    workflow = next(iter(hook.list_pipeline_workflows(pipeline["id"])))
    job = next(iter(hook.list_workflow_jobs(workflow["id"])))
    return {"schedule": schedule["id"], "user": hook.get_me()["id"], "job": job["id"]}


@pytest.mark.parametrize("row", CALLS.values(), ids=CALLS)
class TestEveryCall(EachCall):
    """Each call of the table, blocking and awaited."""


@both
def test_schedules_are_listed_over_pages(sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour) -> None:
    for number in range(21):
        hook.create_schedule(
            f"nightly {number}",
            WEEKLY,
            attribution_actor="current",
            parameters={"branch": "main"},
            project_slug=SLUG,
        )

    assert len(call(hook, "list_schedules", flavour, SLUG)) == 21


def test_the_connections_project_is_meant_where_none_is_named(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = {**json.loads(sandbox.connection_json()), "extra": {"project_slug": SLUG}}
    monkeypatch.setenv(VARIABLE, json.dumps(connection))

    with CircleCIHook() as hook:
        made = hook.create_schedule("n", WEEKLY, attribution_actor="current", parameters={"branch": "main"})

        assert [each["id"] for each in hook.list_schedules()] == [made["id"]]


def test_a_deleted_schedule_is_not_found(ids: dict[str, str], hook: CircleCIHook) -> None:
    hook.delete_schedule(ids["schedule"])

    with pytest.raises(NotFound):
        hook.get_schedule(ids["schedule"])


def created(message: str, **changed: object) -> Mistake:
    good = {
        "name": "n",
        "timetable": WEEKLY,
        "attribution_actor": "current",
        "parameters": {"branch": "main"},
        "project_slug": SLUG,
    }
    return mistake("create_schedule", message=message, **{**good, **changed})


def updated(message: str, **changed: object) -> Mistake:
    return mistake("update_schedule", UNKNOWN_ID, message=message, **changed)


MISTAKES = {
    "no_slug": mistake("list_schedules", "acme/web", message="project_slug must look like"),
    "no_name": created("name must be a text", name=""),
    "timetable_of_the_api": created("timetable must be a Timetable, got a dict", timetable=WEEKLY_SENT),
    "another_actor": created("attribution_actor must be one of current, system", attribution_actor="me"),
    "no_parameters": created("parameters must say under branch or tag", parameters=None),
    "no_revision": created("parameters must say under branch or tag", parameters={"deploy": True}),
    "two_revisions": created("branch and tag exclude each other", parameters={"branch": "a", "tag": "b"}),
    "empty_branch": created("branch must be the name", parameters={"branch": ""}),
    "float_parameter": created(r"parameters\['a'\] must be", parameters={"branch": "a", "a": 1.5}),
    "description_that_is_no_text": created("description must be a text, got a int", description=7),
    "no_project": created("project_slug is missing", project_slug=None),
    "no_schedule": mistake("get_schedule", "", message="schedule_id must be a UUID"),
    "no_schedule_to_delete": mistake("delete_schedule", "nightly", message="schedule_id must be a UUID"),
    "no_schedule_to_change": mistake("update_schedule", "nightly", name="n", message="schedule_id must be a UUID"),
    "nothing_to_change": updated("one of name, timetable, .* must say what to change"),
    "empty_name": updated("name must be a text", name=""),
    "changed_timetable_of_the_api": updated("timetable must be a Timetable", timetable=WEEKLY_SENT),
    "changed_to_another_actor": updated("attribution_actor must be one of", attribution_actor="me"),
    "changed_to_no_revision": updated("parameters must say under branch or tag", parameters={}),
    "changed_to_no_text": updated("description must be a text", description=["a"]),
    "no_user": mistake("get_user", "sandbox-user", message="user_id must be a UUID"),
    "no_job": mistake("get_job_by_id", 7, message="job_id must be a UUID"),
    "no_job_to_cancel": mistake("cancel_job_by_id", "7", message="job_id must be a UUID"),
}


@pytest.mark.parametrize("wrong", MISTAKES.values(), ids=MISTAKES)
@both
def test_a_mistake_is_named_before_anything_is_sent(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, wrong: Mistake
) -> None:
    with pytest.raises(ValueError, match=wrong.message):
        call(hook, wrong.name, flavour, *wrong.args, **wrong.options)

    assert sandbox.requests() == []
