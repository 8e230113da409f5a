"""Circa's push notifications: what is told, in how few words, and which deliveries are the same."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circa.push import read_push

CHANGE = {
    "action": "create",
    "resource_id": "Q29udGFjdC0x",
    "resource_type": "EventContact",
    "parent_type": "Event",
    "parent_id": "RXZlbnQtNg",
}


def body(*changes: Any, changed_at: Any = "2026-05-15T09:37:11Z") -> dict[str, Any]:
    return {"changed_at": changed_at, "change_log": list(changes)}


def test_change_is_told() -> None:
    push = read_push(body(CHANGE))

    assert push.happened_s == 1778837831.0
    assert push.changes == {
        "event_contacts": {
            "changed": 1,
            "actions": {"create": 1},
            "changes": [{"action": "create", "id": "Q29udGFjdC0x", "parent_id": "RXZlbnQtNg"}],
            "changes_left_out": 0,
        }
    }


@pytest.mark.parametrize(
    ("resource_type", "resource"),
    [
        ("Event", "events"),
        ("Contact", "contacts"),
        ("EventContact", "event_contacts"),
        ("Company", "companies"),
        ("Field", "fields"),
    ],
)
def test_each_type_is_a_resource(resource_type: str, resource: str) -> None:
    assert list(read_push(body({**CHANGE, "resource_type": resource_type})).changes) == [resource]


def test_type_that_is_new_is_passed_over() -> None:
    assert list(read_push(body({**CHANGE, "resource_type": "Badge"}, CHANGE)).changes) == ["event_contacts"]


def test_actions_are_counted_by_resource() -> None:
    changes = [{**CHANGE, "action": action} for action in ("create", "update", "update", "delete")]
    push = read_push(body(*changes, {**CHANGE, "resource_type": "Event"}))

    assert push.changes["event_contacts"]["actions"] == {"create": 1, "update": 2, "delete": 1}
    assert push.changes["events"]["changed"] == 1


def test_a_hundred_changes_are_listed_and_the_rest_is_counted() -> None:
    changes = [{**CHANGE, "resource_id": f"id-{number}"} for number in range(130)]
    told = read_push(body(*changes)).changes["event_contacts"]

    assert (told["changed"], len(told["changes"]), told["changes_left_out"]) == (130, 100, 30)
    assert told["changes"][99]["id"] == "id-99"


def test_empty_log_is_no_mistake() -> None:
    assert read_push(body()).changes == {}


def test_order_of_attributes_makes_no_other_delivery() -> None:
    turned = dict(reversed(list(CHANGE.items())))

    assert read_push(body(CHANGE)).delivery_id == read_push(body(turned)).delivery_id


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(body(CHANGE, changed_at="2026-05-15T09:37:12Z"), id="time"),
        pytest.param(body({**CHANGE, "action": "delete"}), id="action"),
        pytest.param(body(CHANGE, CHANGE), id="length"),
    ],
)
def test_every_difference_makes_another_delivery(other: dict[str, Any]) -> None:
    assert read_push(other).delivery_id != read_push(body(CHANGE)).delivery_id


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({}, "changed_at"),
        (body(CHANGE, changed_at="soon"), "changed_at"),
        (body(CHANGE, changed_at=7), "changed_at"),
        ({"changed_at": "2026-05-15T09:37:11Z"}, "change_log"),
        ({"changed_at": "2026-05-15T09:37:11Z", "change_log": {}}, "change_log"),
        (body("Contact"), "change_log"),
        (body({**CHANGE, "resource_type": None}), "resource_type"),
        (body({**CHANGE, "action": "DROP TABLE"}), "action"),
        (body({**CHANGE, "resource_id": None}), "resource_id"),
        (body({**CHANGE, "resource_id": "a b"}), "resource_id"),
        (body({**CHANGE, "resource_id": "a" * 101}), "resource_id"),
        (body({**CHANGE, "parent_id": 7}), "parent_id"),
    ],
)
def test_body_that_makes_no_sense_is_refused(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_push(wrong)
