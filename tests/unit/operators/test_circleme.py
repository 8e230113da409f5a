"""New cards are taken once, and each reply is safe before the next is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.exceptions import ServiceDown, UnexpectedReply
from airflow_provider_circle.hooks.circleme import CircleMeHook
from airflow_provider_circle.operators.circleme import CircleMeTakeNewCardsOperator
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.running import context


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circleme_default``, without limits."""
    connection = {**json.loads(circle_sandbox.circleme_connection_json()), "extra": {"requests_per_minute": 600_000}}
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLEME_DEFAULT", json.dumps(connection))
    circle_sandbox.set_speed(0)
    circle_sandbox.circleme_limit(None)
    circle_sandbox.circleme_populate(cards=120)
    circle_sandbox.circleme_daily_limit(None)
    return circle_sandbox


def take(sandbox: Sandbox, path: Path, **options: Any) -> Any:
    task = CircleMeTakeNewCardsOperator(task_id="take", path=str(path), **{"request_max_wait_s": 0.01, **options})
    task.sleep = sandbox.advance  # type: ignore[method-assign]
    return task


def stored(path: Path) -> list[list[str]]:
    """Read the ids of each file, in the order of their names."""
    files = sorted(path.glob("new_cards_*.jsonl"))
    return [[json.loads(line)["id"] for line in file.read_text().splitlines()] for file in files]


def test_all_new_cards_are_stored_reply_by_reply(sandbox: Sandbox, tmp_path: Path) -> None:
    told = take(sandbox, tmp_path).execute(context())

    files = stored(tmp_path)
    assert [len(file) for file in files] == [50, 50, 20]
    assert sorted(one for file in files for one in file) == sorted(card["id"] for card in sandbox.circleme_cards())
    assert told["records"] == 120
    assert sorted(told["uris"]) == sorted(f"file://{file}" for file in tmp_path.glob("*.jsonl"))
    assert "title" not in json.dumps(told)


def test_each_reply_is_stored_before_the_next_is_asked_for(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.add_fault("status", status=503, skip=2)

    with pytest.raises(ServiceDown):
        take(sandbox, tmp_path).execute(context())

    files = stored(tmp_path)
    assert [len(file) for file in files] == [50, 50]
    assert sorted(one for file in files for one in file) == sorted(sandbox.circleme_handed_out())


def test_reply_that_was_lost_is_not_asked_for_again(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.add_fault("reset_after", times=1, skip=1)

    with pytest.raises(Exception, match="connection broke"):
        take(sandbox, tmp_path).execute(context())

    assert len(sandbox.requests()) == 2


def test_refusal_with_429_is_waited_out(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.add_fault("status", status=429, times=2, skip=1)

    assert take(sandbox, tmp_path).execute(context())["records"] == 120


def test_daily_limit_ends_it_without_an_error(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.circleme_daily_limit(70)

    assert take(sandbox, tmp_path).execute(context())["records"] == 70
    assert take(sandbox, tmp_path).execute(context()) == {"records": 0, "uris": []}
    assert len(stored(tmp_path)) == 2


def test_cards_that_come_again_and_again_are_stored_and_told(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CircleMeHook, "take_new_cards", lambda _: [{"id": "1"}, {"id": "2"}])

    with pytest.raises(UnexpectedReply, match="calls cards new that it just handed out; stopped after storing them"):
        take(sandbox, tmp_path).execute(context())

    assert stored(tmp_path) == [["1", "2"], ["1", "2"]]


def test_second_task_takes_only_what_came_since(sandbox: Sandbox, tmp_path: Path) -> None:
    take(sandbox, tmp_path).execute(context())
    added = sandbox.circleme_add(3)

    take(sandbox, tmp_path).execute(context())

    assert sorted(stored(tmp_path)[-1]) == sorted(added)


def test_filters_narrow(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.circleme_populate(cards=10, italian=7)

    assert take(sandbox, tmp_path, filters={"lang": "italian"}).execute(context())["records"] == 7


@pytest.mark.parametrize(
    "filters",
    [
        pytest.param({"lang": "german"}, id="unknown_language"),
        pytest.param({"item_ids": "x"}, id="no_ids"),
        pytest.param({"limit": 3}, id="unknown_filter"),
    ],
)
def test_odd_filter_is_refused_before_any_request(sandbox: Sandbox, tmp_path: Path, filters: dict[str, Any]) -> None:
    with pytest.raises(AirflowFailException):
        take(sandbox, tmp_path, filters=filters).execute(context())

    assert sandbox.requests() == []


def test_folder_that_cannot_be_written_is_refused_before_any_card_is_used_up(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a_file").touch()

    with pytest.raises(AirflowFailException, match="path"):
        take(sandbox, tmp_path / "a_file").execute(context())

    assert sandbox.circleme_handed_out() == []


@pytest.mark.parametrize("status", [401, 403])
def test_being_turned_away_fails_for_good(sandbox: Sandbox, tmp_path: Path, status: int) -> None:
    sandbox.add_fault("status", status=status)

    with pytest.raises(AirflowFailException, match=str(status)):
        take(sandbox, tmp_path).execute(context())

    assert len(sandbox.requests()) == 1
