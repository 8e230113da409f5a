"""A row is a record's text and the few attributes that are looked at."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.json_text import read_json
from airflow_provider_circle.core.row import Row, read_rows
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
    with pytest.raises(UnexpectedReply, match=r"^a record is nested too deeply$"):
        Row.of({"id": 7, "value": value}, ["id"])


@pytest.mark.parametrize(
    ("text", "body"),
    [
        pytest.param(b'{"id":1,"a":{"b":[1,2]}}', b'{"id":1,"a":{"b":[1,2]}}', id="a record"),
        pytest.param('{"id":1,"a":"é💫"}'.encode(), '{"id":1,"a":"é💫"}'.encode(), id="letters beyond ASCII"),
        pytest.param(b'{"id": 1, "a":"\\u00e9\\/"}', b'{"id": 1, "a":"\\u00e9\\/"}', id="spaces and escapes"),
        pytest.param(b'{"id":1,"a":0.10000000000000000001}', b'{"id":1,"a":0.10000000000000000001}', id="many digits"),
        pytest.param(b'{"id":1,"a":"\\ud83d\\ude00"}', b'{"id":1,"a":"\\ud83d\\ude00"}', id="a pair of surrogates"),
        pytest.param(b'{"id":1,\n "a":\r2}', b'{"id":1,"a":2}', id="several lines"),
        pytest.param(b'{"id":1,\r"a":2}', b'{"id":1,"a":2}', id="lines of old"),
    ],
)
def test_rows_repeat_the_text_on_one_line(text: bytes, body: bytes) -> None:
    read = read_rows(b'{"page":1,"rows":[%b,{"id":2}],"more":null}' % text, "rows", ["id", "at"])
    first, second = read.pop("rows")
    assert read == {"page": 1, "more": None}
    assert (first.body, first.get("id"), first.get("at")) == (body, 1, None)
    assert (second.body, second.get("id")) == (b'{"id":2}', 2)


def test_a_page_that_ends_with_a_line_break_is_as_good_as_any() -> None:
    (row,) = read_rows(b'{"rows":[{"id": 1}]}\r\n', "rows", ["id"])["rows"]
    assert row.body == b'{"id": 1}'


def test_an_attribute_that_comes_twice_counts_as_it_does_for_an_object() -> None:
    (row,) = read_rows(b'{"rows":[{"id":1,"id":2}]}', "rows", ["id"])["rows"]
    assert (row.get("id"), Row.of(read_json(row.body), ["id"]).get("id")) == (2, 2)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b'{"other":[{"id":1}]}', id="no list"),
        pytest.param(b'{"rows":{"id":1}}', id="an object for the list"),
        pytest.param(b'{"rows":[{"id":1},2]}', id="no object in the list"),
        pytest.param(b'{"rows":null}', id="null"),
        pytest.param(b'[{"id":1}]', id="a list"),
        pytest.param(b'"text"', id="a text"),
        pytest.param('{"rows":[{"id":1}]}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"rows":[{"id":1,"a":"\\ud800"}]}', id="a lone surrogate"),
    ],
)
def test_what_is_not_as_it_should_be_is_read_as_objects(text: bytes) -> None:
    assert read_rows(text, "rows", ["id"]) == read_json(text)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(b'{"a":"\xff"}', id="no UTF-8"),
        pytest.param(b'{"\xc3":1}', id="no UTF-8 in a name"),
        pytest.param(b'{"a":"\x01"}', id="a control character"),
        pytest.param(b'{"a":"\n"}', id="a line break in a text"),
        pytest.param(b'{"a":01}', id="a leading zero"),
        pytest.param(b'{"a":NaN}', id="NaN"),
        pytest.param(b'{"a":tru}', id="a word cut off"),
        pytest.param(b'{"a":1,}', id="a comma too many"),
        pytest.param(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="lists in lists"),
    ],
)
def test_a_row_that_is_no_json_is_refused(row: bytes) -> None:
    with pytest.raises(ValueError, match="not a JSON text"):
        read_rows(b'{"rows":[{"id":1},%b]}' % row, "rows", ["id"])


def test_a_number_beyond_every_float_beside_the_rows_is_unexpected() -> None:
    with pytest.raises(UnexpectedReply, match="beyond every float"):
        read_rows(b'{"rows":[],"count":1e999}', "rows", ["id"])
