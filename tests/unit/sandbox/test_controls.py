"""Recording and faults, as far as no real connection is needed."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import API, PROJECT, TOKEN, InProcess


def test_request_is_recorded_without_its_secrets(sandbox: InProcess) -> None:
    sandbox.api(
        "POST",
        "/project/gh%2Facme%2Fweb/pipeline",
        {"branch": "main"},
        query={"circle-token": "s", "a": "b"},
        headers={
            "Circle-Token": "s",
            "Authorization": "Bearer s",
            "X-AUTH-TOKEN": "s",
            "Cookie": "s",
            "Accept": "application/json",
        },
    )
    (record,) = sandbox.control("GET", "/requests")["items"]
    assert record == {
        "seq": 1,
        "at": sandbox.real_time.seconds,
        "service": "circleci",
        "method": "POST",
        "path": f"{API}/project/gh%2Facme%2Fweb/pipeline",
        "query": {"circle-token": "***", "a": "b"},
        "headers": {
            "circle-token": "***",
            "authorization": "***",
            "x-auth-token": "***",
            "cookie": "***",
            "accept": "application/json",
        },
        "body": {"branch": "main"},
        "status": 401,
        "fault": None,
        "client_port": 50000,
    }


def test_parameter_that_comes_more_than_once_is_recorded_as_a_list(sandbox: InProcess) -> None:
    sandbox.call("GET", f"{API}/me", query=[("branches", "main"), ("page", "1"), ("branches", "dev")])
    (record,) = sandbox.control("GET", "/requests")["items"]
    assert record["query"] == {"branches": ["main", "dev"], "page": "1"}


def test_records_are_filtered_and_cleared(sandbox: InProcess) -> None:
    sandbox.api("GET", "/me")
    sandbox.trigger()
    sandbox.api("GET", f"{PROJECT}/pipeline")

    def seqs(**query: str) -> list[int]:
        return [record["seq"] for record in sandbox.control("GET", "/requests", query=query)["items"]]

    assert seqs() == [1, 2, 3]
    assert seqs(method="get") == [1, 3]
    assert seqs(path="/pipeline$") == [2, 3]
    assert seqs(method="POST", path="/me") == []
    sandbox.control("DELETE", "/requests")
    assert seqs() == []


@pytest.mark.parametrize(
    ("kind", "status", "pipelines"),
    [("status", 503, 0), ("status_after", 503, 1), ("html", 502, 0), ("malformed", 200, 1), ("empty", 200, 1)],
)
def test_fault_replaces_the_reply(sandbox: InProcess, kind: str, status: int, pipelines: int) -> None:
    sandbox.control("POST", "/faults", {"kind": kind})
    assert sandbox.api("POST", f"{PROJECT}/pipeline", {}).status == status
    assert len(sandbox.control("GET", "/circleci/pipelines")["items"]) == pipelines
    (record,) = sandbox.control("GET", "/requests")["items"]
    assert (record["status"], record["fault"]) == (status, kind)


def test_status_fault_answers_what_it_was_told(sandbox: InProcess) -> None:
    fault = {"kind": "status", "status": 429, "retry_after": "7", "body": {"error": "slow down"}}
    sandbox.control("POST", "/faults", fault)
    reply = sandbox.api("GET", "/me")
    assert (reply.status, reply.headers["retry-after"], reply.json()) == (429, "7", {"error": "slow down"})


def test_fault_strikes_matching_requests_as_often_as_told(sandbox: InProcess) -> None:
    sandbox.control("POST", "/faults", {"kind": "status", "method": "GET", "path": "/me$", "skip": 1, "times": 2})
    sandbox.trigger()
    assert [sandbox.api("GET", "/me").status for _ in range(4)] == [200, 503, 503, 200]
    (fault,) = sandbox.control("GET", "/faults")["items"]
    assert fault["hits"] == 2


def test_first_matching_fault_strikes(sandbox: InProcess) -> None:
    sandbox.control("POST", "/faults", {"kind": "status", "status": 500, "times": 1})
    sandbox.control("POST", "/faults", {"kind": "status", "status": 502})
    assert [sandbox.api("GET", "/me").status for _ in range(2)] == [500, 502]


def test_cleared_faults_strike_no_more(sandbox: InProcess) -> None:
    sandbox.control("POST", "/faults", {"kind": "empty"})
    sandbox.control("DELETE", "/faults")
    assert sandbox.get("/me")["login"] == "sandbox-user"


@pytest.mark.parametrize("status", [204, 304])
def test_status_that_has_no_body_comes_without_one(sandbox: InProcess, status: int) -> None:
    sandbox.control("POST", "/faults", {"kind": "status", "status": status})
    reply = sandbox.api("GET", "/me")
    assert (reply.status, reply.body, "content-length" in reply.headers) == (status, b"", False)


@pytest.mark.parametrize(
    ("option", "value", "right"),
    [
        ("method", 1, "a text"),
        ("path", 1, "a text"),
        ("times", -1, "an integer of 0 or more"),
        ("skip", "1", "an integer of 0 or more"),
        ("status", 700, "an integer from 200 to 599"),
        ("retry_after", 7, "a text, as the header holds it, such as '7'"),
    ],
)
def test_option_of_a_fault_that_makes_no_sense_is_named_with_what_would(
    sandbox: InProcess, option: str, value: Any, right: str
) -> None:
    reply = sandbox.call("POST", "/_sandbox/faults", {"kind": "status", option: value})
    assert reply.json() == {"message": f"{option} must be {right}; got {value!r}"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "nonsense"},
        {"kind": ["status"]},
        {"kind": "reset", "status": 500},
        {"kind": "status", "status": 700},
        {"kind": "status", "times": -1},
        {"kind": "status", "path": "("},
        {"kind": "stall", "seconds": "long"},
        {"kind": "stall", "seconds": True},
        b"nonsense",
        [],
    ],
    ids=str,
)
def test_fault_that_makes_no_sense_is_refused(sandbox: InProcess, body: Any) -> None:
    reply = sandbox.call("POST", "/_sandbox/faults", body)
    assert (reply.status, list(reply.json())) == (400, ["message"])


def test_advancing_the_clock_moves_pipelines(sandbox: InProcess) -> None:
    pipeline_id = sandbox.trigger()
    sandbox.control("POST", "/clock", {"advance_s": 20, "speed": 0})
    sandbox.wait(1000)
    assert sandbox.workflows(pipeline_id)[0]["stopped_at"] == sandbox.control("GET", "/clock")["now"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("name", ["advance_s", "speed"])
def test_number_that_is_none_is_refused_and_leaves_the_clock_as_it_was(
    sandbox: InProcess, name: str, number: str
) -> None:
    before = sandbox.control("GET", "/clock")
    reply = sandbox.call("POST", "/_sandbox/clock", f'{{"{name}": {number}}}'.encode())
    assert (reply.status, reply.json()) == (400, {"message": f"the body is not JSON: {number} is no number"})
    assert sandbox.control("GET", "/clock") == before


@pytest.mark.parametrize("seconds", [1.8e12, 10**400], ids=["milliseconds", "huge"])
def test_jump_out_of_the_calendar_is_refused_and_leaves_the_clock_as_it_was(sandbox: InProcess, seconds: float) -> None:
    before = sandbox.control("GET", "/clock")
    reply = sandbox.call("POST", "/_sandbox/clock", {"advance_s": seconds})
    assert (reply.status, "beyond the year 9999" in reply.json()["message"]) == (400, True)
    assert sandbox.control("GET", "/clock") == before


def test_clock_is_not_changed_in_part(sandbox: InProcess) -> None:
    before = sandbox.control("GET", "/clock")
    assert sandbox.call("POST", "/_sandbox/clock", {"speed": 5, "advance_s": -1}).status == 400
    assert sandbox.control("GET", "/clock") == before


def test_reset_forgets_everything(sandbox: InProcess) -> None:
    sandbox.trigger()
    sandbox.control("POST", "/faults", {"kind": "empty"})
    sandbox.control("POST", "/circleci/limits", {"requests_per_minute": 0})
    sandbox.control("POST", "/circleci/defaults", {"scenario": "failed"})
    sandbox.control("POST", "/clock", {"advance_s": 1000})
    sandbox.control("POST", "/reset")
    assert sandbox.control("GET", "/requests")["items"] == []
    assert sandbox.control("GET", "/clock")["now_s"] == sandbox.real_time.seconds
    assert sandbox.api("POST", f"{PROJECT}/pipeline", {}).json()["number"] == 1
    assert [p["scenario"] for p in sandbox.control("GET", "/circleci/pipelines")["items"]] == ["success"]


def test_reset_reaches_every_service(sandbox: InProcess) -> None:
    def state() -> list[Any]:
        return [
            sandbox.control("GET", path)["items"]
            for path in ("/circa/contacts", "/circa/deleted", "/circleme/cards", "/circle-admin/records")
        ]

    new = state()
    sandbox.control("POST", "/circa/delete", {"count": 3})
    sandbox.control("POST", "/circa/expire")
    sandbox.control("POST", "/circa/limits", {"requests_per_minute": 0})
    sandbox.control("POST", "/circa/quirks", {"order": "updated_at_desc", "page_size": 3})
    sandbox.control("POST", "/circleme/populate", {"cards": 1})
    sandbox.control("POST", "/circleme/limits", {"requests_per_minute": 0})
    sandbox.control("POST", "/circle-admin/delete", {"resource": "community_members", "count": 1})
    assert all(now != then for now, then in zip(state(), new, strict=True))
    sandbox.control("POST", "/reset")
    assert state() == new
    assert sandbox.circleme("/feed/items").status == 200
    assert sandbox.circa_get("/contacts")["pagination"]["per_page"] == 25


def test_controls_need_no_token_and_are_not_recorded(sandbox: InProcess) -> None:
    assert sandbox.control("GET", "/health") == {"status": "ok"}
    assert sandbox.control("GET", "/requests")["items"] == []


def test_unknown_path_is_explained(sandbox: InProcess) -> None:
    reply = sandbox.call("GET", "/nonsense", headers={"Circle-Token": TOKEN})
    assert (reply.status, reply.json()) == (404, {"message": "The sandbox serves nothing at /nonsense"})


def test_outage_wants_a_port(sandbox: InProcess) -> None:
    reply = sandbox.call("POST", "/_sandbox/outage", {"seconds": 1})
    assert (reply.status, reply.json()["message"]) == (400, "this sandbox has no port to close")
