"""What the receiver takes, what it refuses, and how it answers."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError

from airflow_provider_circle.webhooks import app as receiving
from airflow_provider_circle.webhooks.app import Receiver, build_app
from airflow_provider_circle.webhooks.body import MAX_BYTES
from airflow_provider_circle.webhooks.connections import Secrets
from airflow_provider_circle.webhooks.delivery import Delivery
from airflow_provider_circle.webhooks.recording import ACCEPTED, DUPLICATE, UNHEARD, Stale
from tests.unit.webhooks.knocking import CIRCA_SECRET, SECRET, Answer, aknock, knock, signed

KNOWN = {("circleci", "ci"): SECRET, ("circa", "crm"): CIRCA_SECRET}
EVENT = {
    "id": "3f0c6c9e-0b1a-3c55-9d6e-2f1f0f6c1a10",
    "type": "workflow-completed",
    "happened_at": "2026-05-01T10:00:00.000Z",
    "project": {"slug": "github/acme/web"},
    "workflow": {"status": "success"},
}
PUSH = {
    "changed_at": "2026-05-15T09:37:11Z",
    "change_log": [{"action": "create", "resource_id": "Q29udGFjdC0x", "resource_type": "Contact"}],
}
CIRCA = f"/circa/crm/{CIRCA_SECRET}"


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


class Recording:
    """Stands for the database."""

    def __init__(self) -> None:
        self.taken: list[Delivery] = []
        self.outcome: str | Exception = ACCEPTED
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, delivery: Delivery) -> str:
        self.go_on.wait(10)
        self.taken.append(delivery)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def recording() -> Iterator[Recording]:
    stand_in = Recording()
    yield stand_in
    stand_in.go_on.set()


class Counted(list[tuple[str, ...]]):
    """What was counted, in threads too, without what was not said."""

    def __init__(self) -> None:
        super().__init__()
        self._came = threading.Condition()

    def __call__(self, *told: str) -> None:
        with self._came:
            self.append(tuple(part for part in told if part))
            self._came.notify_all()

    def wait_for(self, *told: str) -> None:
        """Wait until something has been counted."""
        with self._came:
            assert self._came.wait_for(lambda: told in self, 10)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    calls = Counted()
    monkeypatch.setattr(receiving, "count", calls)
    return calls


@pytest.fixture
def app(recording: Recording, counted: Counted) -> FastAPI:
    return build_app(Receiver(Secrets(lambda *key: KNOWN.get(key)), recording))


@pytest.fixture
def hasty_app(recording: Recording, counted: Counted) -> FastAPI:
    return build_app(Receiver(Secrets(lambda *key: KNOWN.get(key)), recording, answer_within_s=0.2))


def test_signed_webhook_is_recorded(app: FastAPI, recording: Recording) -> None:
    body = written(EVENT)

    answer = knock(app, "/circleci/ci", body, signed(body))

    assert (answer.status, answer.outcome) == (200, "accepted")
    assert [list(taken.extras) for taken in recording.taken] == [["circleci://gh/acme/web/workflow-completed"]]


def test_push_to_the_right_address_is_recorded(app: FastAPI, recording: Recording) -> None:
    answer = knock(app, CIRCA, written(PUSH))

    assert (answer.status, answer.outcome) == (200, "accepted")
    assert [list(taken.extras) for taken in recording.taken] == [["circa://crm/contacts"]]


@pytest.mark.parametrize(
    ("outcome", "status"), [(ACCEPTED, 200), (DUPLICATE, 200), (UNHEARD, 202)], ids=[ACCEPTED, DUPLICATE, UNHEARD]
)
def test_answer_says_what_became_of_it(
    app: FastAPI, recording: Recording, counted: Counted, outcome: str, status: int
) -> None:
    recording.outcome = outcome

    answer = knock(app, CIRCA, written(PUSH))

    assert (answer.status, answer.outcome) == (status, outcome)
    assert counted == [(outcome, "circa")]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/circleci/ci", {"type": "ping", "id": "a"}, id="ping"),
        pytest.param("/circleci/ci", {"type": "something-new", "id": "a"}, id="unknown_kind"),
        pytest.param(CIRCA, {**PUSH, "change_log": []}, id="no_changes"),
    ],
)
def test_what_is_not_to_be_recorded_is_thanked_for(app: FastAPI, recording: Recording, path: str, body: Any) -> None:
    answer = knock(app, path, written(body), signed(written(body)))

    assert (answer.status, answer.outcome, recording.taken) == (200, "ignored", [])


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param("/circleci/ci", {}, id="unsigned"),
        pytest.param("/circleci/ci", signed(written(EVENT), "another secret"), id="another_secret"),
        pytest.param("/circleci/ci", signed(written(EVENT) + b" "), id="another_body"),
        pytest.param("/circleci/ci", {"circleci-signature": "v1="}, id="empty_signature"),
        pytest.param("/circleci/nobody", signed(written(EVENT)), id="unknown_connection"),
        pytest.param("/circleci/crm", signed(written(EVENT), CIRCA_SECRET), id="connection_of_another_type"),
        pytest.param("/circleci/a%20b", signed(written(EVENT)), id="no_connection_id"),
        pytest.param(f"/circa/crm/{CIRCA_SECRET[:-1]}", {}, id="shorter_end"),
        pytest.param(f"/circa/crm/{CIRCA_SECRET}x", {}, id="longer_end"),
        pytest.param(f"/circa/crm/{CIRCA_SECRET.upper()}", {}, id="other_case"),
        pytest.param("/circa/crm/\N{SNOWMAN}", {}, id="strange_end"),
        pytest.param(f"/circa/nobody/{CIRCA_SECRET}", {}, id="unknown_circa_connection"),
    ],
)
def test_who_proves_nothing_gets_one_answer_whatever_is_wrong(
    app: FastAPI, recording: Recording, counted: Counted, path: str, headers: dict[str, str]
) -> None:
    answer = knock(app, path, written(EVENT), headers)

    assert (answer.status, answer.body, recording.taken) == (401, b'{"outcome":"refused"}', [])
    assert counted == [("refused", path.split("/")[1], "secret")]


def test_connection_without_a_secret_takes_no_signature(recording: Recording, counted: Counted) -> None:
    app = build_app(Receiver(Secrets(lambda *_: ""), recording))
    body = written(EVENT)

    assert knock(app, "/circleci/ci", body, signed(body, "")).status == 401


def test_body_is_not_looked_at_before_it_is_proven(app: FastAPI) -> None:
    assert knock(app, "/circleci/ci", b"no JSON").status == 401


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no JSON", id="no_json"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"text"', id="text"),
        pytest.param(written(EVENT)[:-1] + b',"x":NaN}', id="nan"),
        pytest.param(b"\xff\xfe{\x00}\x00", id="utf16"),
        pytest.param(b'{"type":"ping","deep":' + b"[" * 20 + b"]" * 20 + b"}", id="nested"),
        pytest.param(b"[" * 100_000, id="nested_beyond_the_stack"),
        pytest.param(written({**EVENT, "id": None}), id="no_id"),
        pytest.param(written({**EVENT, "type": 7}), id="no_type"),
        pytest.param(written({**EVENT, "happened_at": "soon"}), id="no_time"),
        pytest.param(written({**EVENT, "project": {"slug": "acme"}}), id="no_slug"),
        pytest.param(written({**EVENT, "project": []}), id="no_project"),
    ],
)
def test_signed_body_that_makes_no_sense_is_refused(
    app: FastAPI, recording: Recording, counted: Counted, body: bytes
) -> None:
    answer = knock(app, "/circleci/ci", body, signed(body))

    assert (answer.status, answer.outcome, recording.taken) == (400, "refused", [])
    assert counted == [("refused", "circleci", "malformed")]


def test_twenty_levels_are_not_too_many(app: FastAPI) -> None:
    body = b'{"type":"ping","deep":' + b"[" * 19 + b"]" * 19 + b"}"

    assert knock(app, "/circleci/ci", body, signed(body)).status == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
    ],
)
def test_only_json_is_taken(app: FastAPI, content_type: str, status: int) -> None:
    assert knock(app, CIRCA, written(PUSH), {"content-type": content_type}).status == status


def test_body_that_announces_to_be_too_large_is_not_read(app: FastAPI, counted: Counted) -> None:
    answer = knock(app, CIRCA, b"{}", {"content-length": str(MAX_BYTES + 1)})

    assert (answer.status, answer.chunks_read) == (413, 0)
    assert counted == [("refused", "circa", "too_large")]


def test_body_that_grows_too_large_is_read_no_further(app: FastAPI) -> None:
    answer = knock(app, CIRCA, [b" " * 100_000] * 10)

    assert (answer.status, answer.chunks_read) == (413, 3)


def test_body_of_the_largest_size_is_taken(app: FastAPI) -> None:
    body = written(PUSH)

    assert knock(app, CIRCA, body + b" " * (MAX_BYTES - len(body))).status == 200


@pytest.mark.parametrize(
    ("trouble", "answered"),
    [
        pytest.param(Stale(), (400, None, "stale"), id="stale"),
        pytest.param(OperationalError("SELECT 1", {}, Exception("gone")), (503, "30", "database"), id="database"),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    app: FastAPI,
    recording: Recording,
    counted: Counted,
    trouble: Exception,
    answered: tuple[int, str | None, str],
) -> None:
    recording.outcome = trouble

    answer = knock(app, CIRCA, written(PUSH))

    ((_, _, reason),) = counted
    assert (answer.status, answer.headers.get("retry-after"), reason) == answered


def test_database_that_hangs_is_answered_in_time_and_counted_when_it_is_done(
    hasty_app: FastAPI, recording: Recording, counted: Counted
) -> None:
    recording.go_on.clear()

    async def knock_and_go_on() -> Answer:
        answer = await aknock(hasty_app, CIRCA, written(PUSH))
        recording.go_on.set()
        await asyncio.to_thread(counted.wait_for, "accepted", "circa")
        return answer

    answer = asyncio.run(knock_and_go_on())

    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert counted == [("refused", "circa", "late"), ("accepted", "circa")]


def test_sender_that_never_ends_is_not_waited_for(hasty_app: FastAPI, counted: Counted) -> None:
    assert knock(hasty_app, CIRCA, b"{", hangs=True).status == 503
    assert counted == [("refused", "circa", "late")]


def test_while_too_many_wait_others_are_told_to_come_again(
    app: FastAPI, recording: Recording, counted: Counted
) -> None:
    recording.go_on.clear()

    async def flood() -> list[int]:
        await aknock(app, CIRCA, b"")  # Its secret is known from now on.
        knocking = [asyncio.create_task(aknock(app, CIRCA, written(PUSH))) for _ in range(70)]
        await asyncio.wait(knocking, return_when=asyncio.FIRST_COMPLETED)
        recording.go_on.set()
        answers = await asyncio.gather(*knocking)
        return [answer.status for answer in (*answers, await aknock(app, CIRCA, written(PUSH)))]

    *flooded, after = asyncio.run(flood())

    assert (sorted(flooded), after) == ([200] * 64 + [503] * 6, 200)
    assert counted.count(("refused", "circa", "busy")) == 6


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/redoc", "/openapi.json", "/circleci", "/circa/crm", "/circleci/ci/x", "/circleci/ci/"]
)
def test_nothing_else_is_served(app: FastAPI, path: str) -> None:
    assert knock(app, path, method="GET").status == 404


@pytest.mark.parametrize("path", ["/circleci/ci", CIRCA])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_nothing_but_a_post_is_taken(app: FastAPI, method: str, path: str) -> None:
    assert knock(app, path, method=method).status == 405


def test_answer_repeats_nothing(app: FastAPI) -> None:
    body = written({**EVENT, "id": "<script>", "name": "echo me"})

    assert knock(app, "/circleci/ci", body, signed(body)).body == b'{"outcome":"refused"}'
