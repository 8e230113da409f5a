"""Secrets of connections: what can be used, how long it is remembered, and how seldom strangers cost a lookup."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.webhooks.connections import Secret, Secrets, look_up_secret

CIRCA_SECRET = "unguessable-end-0123456789-abcdefgh"


class Stage:
    """Secrets over a clock that only the test moves, and lookups that are written down."""

    def __init__(self, **options: Any) -> None:
        self.now_s = 1000.0
        self.known: dict[str, str] = {}
        self.asked: list[str] = []
        self.secrets = Secrets(self._look_up, clock=lambda: self.now_s, **options)

    def _look_up(self, _conn_type: str, conn_id: str) -> str | None:
        self.asked.append(conn_id)
        return self.known.get(conn_id)

    def secret(self, conn_id: str, conn_type: str = "circleci") -> str | None:
        """As the receiver asks."""
        remembered = self.secrets.remembered(conn_type, conn_id)
        return (remembered or self.secrets.found(conn_type, conn_id)).value


def test_known_secret_is_looked_up_once_in_a_while() -> None:
    stage = Stage()
    stage.known["ci"] = "first"

    assert [stage.secret("ci") for _ in range(5)] == ["first"] * 5
    assert stage.asked == ["ci"]


def test_changed_secret_counts_after_a_short_while() -> None:
    stage = Stage(life_s=30.0)
    stage.known["ci"] = "first"
    stage.secret("ci")
    stage.known["ci"] = "second"

    stage.now_s += 29.0
    assert stage.secret("ci") == "first"
    stage.now_s += 1.0
    assert stage.secret("ci") == "second"


def test_deleted_connection_counts_no_longer() -> None:
    stage = Stage(life_s=30.0)
    stage.known["ci"] = "first"
    stage.secret("ci")
    del stage.known["ci"]
    stage.now_s += 30.0

    assert stage.secret("ci") is None


def test_unknown_name_is_looked_up_once_in_a_while() -> None:
    stage = Stage()

    assert [stage.secret("nobody") for _ in range(5)] == [None] * 5
    assert stage.asked == ["nobody"]


def test_one_id_of_two_types_is_two_connections() -> None:
    stage = Stage()
    stage.secret("same", "circleci")
    stage.secret("same", "circa")

    assert stage.asked == ["same", "same"]


def test_many_strangers_cost_few_lookups() -> None:
    stage = Stage(strangers=12)

    for number in range(1000):
        assert stage.secret(f"stranger-{number}") is None

    assert len(stage.asked) == 12


def test_strangers_are_looked_up_again_later() -> None:
    stage = Stage(strangers=12)
    for number in range(100):
        stage.secret(f"stranger-{number}")

    stage.now_s += 10.0
    for number in range(100, 200):
        stage.secret(f"stranger-{number}")

    assert len(stage.asked) == 14


def test_long_silence_lets_in_no_more_strangers_at_once() -> None:
    stage = Stage(strangers=12)
    stage.now_s += 3600.0

    for number in range(100):
        stage.secret(f"stranger-{number}")

    assert len(stage.asked) == 12


def test_known_connection_is_found_among_strangers() -> None:
    stage = Stage(life_s=30.0, strangers=12)
    stage.known["ci"] = "first"
    stage.secret("ci")
    stage.now_s += 31.0
    for number in range(100):
        stage.secret(f"stranger-{number}")

    assert stage.secret("ci") == "first"


def test_strangers_push_nobody_out() -> None:
    stage = Stage(most=10, strangers=1000)
    stage.known["ci"] = "first"
    stage.secret("ci")
    for number in range(100):
        stage.secret(f"stranger-{number}")
    stage.asked.clear()

    stage.secret("ci")

    assert stage.asked == []


def test_what_is_remembered_is_bounded() -> None:
    stage = Stage(most=10, strangers=1000)
    stage.known |= {f"connection-{number}": "secret" for number in range(100)}
    for conn_id in stage.known:
        stage.secret(conn_id)

    assert len(stage.secrets._known) == 10
    assert stage.secret("connection-99") == "secret"
    assert len(stage.asked) == 100


@pytest.mark.parametrize("conn_id", ["", "a b", "a/b", "a:b", "\N{SNOWMAN}", "a\n", "a" * 201, "%61"])
def test_what_cannot_be_a_connection_is_not_looked_up(conn_id: str) -> None:
    stage = Stage()

    assert stage.secrets.remembered("circleci", conn_id) == Secret(None)


@pytest.mark.parametrize(
    ("asked_for", "connection", "secret"),
    [
        pytest.param("circleci", {"conn_type": "circleci", "extra": {"webhook_secret": "s"}}, "s", id="circleci"),
        pytest.param("circleci", {"conn_type": "circleci", "extra": {"webhook_secret": ""}}, None, id="empty"),
        pytest.param("circleci", {"conn_type": "circleci", "extra": {"webhook_secret": 7}}, None, id="number"),
        pytest.param("circleci", {"conn_type": "circleci", "extra": {}}, None, id="none"),
        pytest.param("circleci", {"conn_type": "circa", "extra": {"webhook_secret": "s"}}, None, id="another_type"),
        pytest.param("circleci", {"conn_type": "http", "extra": {"webhook_secret": "s"}}, None, id="strange_type"),
        pytest.param(
            "circa", {"conn_type": "circa", "extra": {"webhook_secret": CIRCA_SECRET}}, CIRCA_SECRET, id="circa"
        ),
        pytest.param("circa", {"conn_type": "circa", "extra": {"webhook_secret": "x" * 31}}, None, id="guessable"),
        pytest.param("circa", {"conn_type": "circa", "extra": {"webhook_secret": "x" * 32}}, "x" * 32, id="shortest"),
        pytest.param("circa", {"conn_type": "circa", "extra": {"webhook_secret": "x/" * 32}}, None, id="two_segments"),
        pytest.param("circleci", None, None, id="no_connection"),
    ],
)
def test_secret_is_read_of_a_connection_of_its_type(
    monkeypatch: pytest.MonkeyPatch, asked_for: str, connection: dict[str, Any] | None, secret: str | None
) -> None:
    if connection is not None:
        monkeypatch.setenv("AIRFLOW_CONN_TOLD", json.dumps(connection))

    assert look_up_secret(asked_for, "told") == secret


def test_connection_that_the_secrets_backend_gives_to_nobody_has_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(_conn_id: str) -> None:
        raise PermissionError("denied by policy")  # Airflow's own is one.

    monkeypatch.setattr("airflow.models.connection.Connection.get_connection_from_secrets", deny)

    assert look_up_secret("circleci", "told") is None


def test_connection_that_cannot_be_used_is_told_of_without_its_secret(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_TOLD", json.dumps({"conn_type": "circa", "extra": {"webhook_secret": "guess me"}}))

    look_up_secret("circa", "told")

    assert "connection told receives nothing" in caplog.text
    assert "guess me" not in caplog.text
