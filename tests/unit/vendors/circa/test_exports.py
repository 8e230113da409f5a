from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Outcome, Response
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.exceptions import (
    CircleError,
    NotFound,
    SubscriptionExpired,
    Unauthorized,
    UnexpectedReply,
    Unreachable,
)
from airflow_provider_circle.vendors.circa.exports import (
    export_state,
    look_at_export,
    start_export,
    wait_for_export,
)
from airflow_provider_circle.vendors.circa.service import circa_v1
from tests.unit.vendors.answering import LOST, NOW_S, Answering, Asked, in_turn, reply

CIRCA = circa_v1("https://app.circa.co", "secret-key")
URL = "https://files.example/export.csv?signature=s3cret"


def export(status: Any, **more: Any) -> Response:
    return reply({"id": "x1", "status": status, "download_url": None, **more})


def wait(*outcomes: Outcome, deadline_s: float | None = NOW_S + 3600) -> tuple[JsonObject, Answering]:
    circa = Answering(CIRCA, in_turn(*outcomes), attempts=1)
    schedule = PollSchedule(10.0, 10.0, 0.0)
    walk = wait_for_export(circa.caller, "e1", "x1", schedule, started_s=NOW_S, deadline_s=deadline_s)
    return circa.run(walk), circa


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("completed", "completed"),
        ("COMPLETED", "completed"),
        ("finished", "completed"),
        ("done", "completed"),
        (" ready ", "completed"),
        ("failed", "failed"),
        ("Error", "failed"),
        ("cancelled", "failed"),
        ("canceled", "failed"),
        ("pending", "running"),
        ("archived", "running"),
        ("", "running"),
        (None, "running"),
        (7, "running"),
        ({}, "running"),
    ],
)
def test_a_status_means_a_state(status: Any, state: str) -> None:
    assert export_state({"status": status}) == state


def test_an_address_does_not_end_an_export_whose_status_is_unknown() -> None:
    assert export_state({"status": "baking", "download_url": URL}) == "running"


def test_a_missing_status_is_no_end() -> None:
    assert export_state({"download_url": URL}) == "running"


def test_an_export_is_started_once() -> None:
    circa = Answering(CIRCA, in_turn(reply({"id": "x1", "status": "pending"}, 201)))

    assert circa.run(start_export(circa.caller, "e1"))["id"] == "x1"
    assert circa.routes == ["POST /events/e1/contacts/exports"]


def test_a_lost_start_is_not_sent_again() -> None:
    circa = Answering(CIRCA, in_turn(LOST))

    with pytest.raises(Unreachable):
        circa.run(start_export(circa.caller, "e1"))


@pytest.mark.parametrize("content", [{}, {"id": ""}, {"id": None}])
def test_an_export_without_an_id_is_refused(content: JsonObject) -> None:
    circa = Answering(CIRCA, in_turn(reply(content, 201)))

    with pytest.raises(UnexpectedReply, match="which export of event e1"):
        circa.run(start_export(circa.caller, "e1"))


def test_a_look_gives_the_export() -> None:
    circa = Answering(CIRCA, in_turn(export("completed", download_url=URL)))

    assert circa.run(look_at_export(circa.caller, "e1", "x1"))["download_url"] == URL
    assert circa.routes == ["GET /events/e1/contacts/exports/x1"]


@pytest.mark.parametrize(("status", "state"), [("completed", "completed"), ("failed", "failed")])
def test_a_wait_ends_with_the_export(status: str, state: str) -> None:
    done, circa = wait(export("pending"), export("processing"), export(status))

    assert (done["state"], done["status"], done["event_id"], done["export_id"], len(circa.asked)) == (
        state,
        status,
        "e1",
        "x1",
        3,
    )


def test_the_secret_address_is_in_no_event() -> None:
    done, _ = wait(export("completed", download_url=URL))

    assert "s3cret" not in json.dumps(done)


def test_an_unknown_status_never_ends_a_wait() -> None:
    done, circa = wait(*[export("baking", download_url=URL)] * 3, export("done"))

    assert (done["state"], len(circa.asked)) == ("completed", 4)


def test_a_status_is_told_once() -> None:
    _, circa = wait(*[export("pending")] * 3, export("done"))

    assert circa.said == ["export x1 of event e1 has status 'pending'"]


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param(LOST, id="no_reply"),
        pytest.param(reply({}, 500), id="500"),
        pytest.param(reply({}, 429), id="429"),
        pytest.param(reply([]), id="no_object"),
    ],
)
def test_a_fault_is_no_end(trouble: Outcome) -> None:
    done, _ = wait(trouble, export("done"))

    assert done["state"] == "completed"


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (402, SubscriptionExpired), (404, NotFound)])
def test_being_turned_away_is_an_end(status: int, error: type[CircleError]) -> None:
    with pytest.raises(error):
        wait(reply({}, status))


def test_after_the_deadline_there_is_a_last_look() -> None:
    done, circa = wait(*[export("processing")] * 4, deadline_s=NOW_S + 25)

    assert (done["state"], done["status"], circa.now_s) == ("timed_out", "processing", NOW_S + 25)


def test_an_end_that_the_last_look_sees_counts() -> None:
    done, _ = wait(*[export("processing")] * 3, export("done"), deadline_s=NOW_S + 25)

    assert done["state"] == "completed"


def test_a_wait_that_never_got_through_says_why() -> None:
    done, _ = wait(*[reply({}, 503)] * 2, deadline_s=NOW_S + 5)

    assert (done["state"], done["status"]) == ("timed_out", None)
    assert "503" in done["message"]


def test_without_a_deadline_it_waits_on() -> None:
    def answer(asked: Asked) -> Outcome:
        return export("done" if len(circa.asked) > 99 else "pending")

    circa = Answering(CIRCA, answer)
    walk = wait_for_export(circa.caller, "e1", "x1", PollSchedule(), started_s=NOW_S, deadline_s=None)

    assert circa.run(walk)["state"] == "completed"
