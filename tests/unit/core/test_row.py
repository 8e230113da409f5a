"""A row is a record's text and the few attributes that are looked at."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.row import Row
from airflow_provider_circle.exceptions import UnexpectedReply


def test_a_row_holds_the_whole_record_in_the_services_order() -> None:
    assert Row.of({"z": 1, "id": "é", "a": {"b": None}}, ["id"]).body == '{"z":1,"id":"é","a":{"b":null}}'.encode()


@pytest.mark.parametrize(("attribute", "value"), [("id", 7), ("at", None), ("missing", None)])
def test_attributes_are_read_as_of_an_object(attribute: str, value: Any) -> None:
    assert Row.of({"id": 7, "at": None}, ["id", "at", "missing"]).get(attribute) == value


def test_an_attribute_that_was_not_to_be_read_is_not_taken_for_missing() -> None:
    with pytest.raises(KeyError):
        Row.of({"id": 7, "name": "Io"}, ["id"]).get("name")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(Row.of({"id": 7, "a": 1}, ["a"]), True, id="other attributes read"),
        pytest.param(Row.of({"id": 7, "a": 2}, ["id"]), False, id="another content"),
        pytest.param({"id": 7, "a": 1}, False, id="an object"),
    ],
)
def test_rows_are_compared_by_what_they_say(other: object, same: bool) -> None:
    assert (Row.of({"id": 7, "a": 1}, ["id"]) == other) is same


def test_a_record_that_is_nested_too_deeply_is_unexpected() -> None:
    value: Any = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(UnexpectedReply, match="a record is nested too deeply"):
        Row.of({"id": 7, "value": value}, ["id"])
