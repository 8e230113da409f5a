"""JSON is read strictly and written compactly, whichever reader has the last word."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from airflow_provider_circle.core.json_text import read_json, write_json
from airflow_provider_circle.exceptions import UnexpectedReply

DEEP = 100_000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(b'{"a": [1, 2.5, true, null, "x"]}', {"a": [1, 2.5, True, None, "x"]}, id="an object"),
        pytest.param('{"a":1}', {"a": 1}, id="a text"),
        pytest.param(b'"caf\xc3\xa9"', "café", id="UTF-8"),
        pytest.param('"é"'.encode("utf-16"), "é", id="UTF-16"),
        pytest.param(b"\xef\xbb\xbf[]", [], id="a byte order mark"),
        pytest.param(b'"\\ud83d\\ude00"', "😀", id="a pair of surrogates"),
        pytest.param(b'"\\ud800"', "\ud800", id="a lone high surrogate"),
        pytest.param(b'"a\\udc00b"', "a\udc00b", id="a lone low surrogate"),
        pytest.param(b'"\xed\xa0\x80"', "\ud800", id="a surrogate in UTF-8"),
        pytest.param(b"12345678901234567890123", 12345678901234567890123, id="a number beyond 64 bits"),
        pytest.param(b"1e-400", 0.0, id="a number too small"),
        pytest.param(b'["\\ud800", 2.5, -0.25e1]', ["\ud800", 2.5, -2.5], id="numbers beside a lone surrogate"),
        pytest.param(b"1.7976931348623157e308", 1.7976931348623157e308, id="the largest float"),
        pytest.param(b'{"a":1,"b":2,"a":3}', {"a": 3, "b": 2}, id="a name that comes twice"),
        pytest.param(b" \n\t 1 \r\n", 1, id="white space"),
    ],
)
def test_what_is_json_is_read(text: bytes | str, value: Any) -> None:
    read = read_json(text)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="HTML"),
        pytest.param(b'{"a":1', id="cut off"),
        pytest.param(b'{"a":1}x', id="more behind it"),
        pytest.param(b'{"a":1,}', id="a comma too many"),
        pytest.param(b"{'a':1}", id="other quotes"),
        pytest.param(b"[NaN]", id="NaN"),
        pytest.param(b"[Infinity]", id="infinity"),
        pytest.param(b"[-Infinity]", id="minus infinity"),
        pytest.param(b"01", id="a leading zero"),
        pytest.param(b'"a\nb"', id="a line break in a text"),
        pytest.param(b'"\xff"', id="no UTF-8"),
        pytest.param(b"1" * 5000, id="more digits than Python takes"),
        pytest.param(b"[" * DEEP + b"]" * DEEP, id="lists in lists"),
        pytest.param(b'{"a":' * DEEP + b"1" + b"}" * DEEP, id="objects in objects"),
    ],
)
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not a JSON text, or nested too deeply$"):
        read_json(text)


def test_a_refusal_shows_nothing_of_the_text() -> None:
    with pytest.raises(ValueError, match="not a JSON text") as refusal:
        read_json(b'"private@person.example')
    assert ("private" in str(refusal.value), refusal.value.__cause__) == (False, None)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1.8e308", "9" * 400 + ".5", "1e+0400"])
def test_a_number_beyond_every_float_is_unexpected(number: str) -> None:
    with pytest.raises(UnexpectedReply, match=r"^a number is beyond every float$"):
        read_json(f'[{{"a": {number}}}]')


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"z": 1, "a": [1, None]}, b'{"z":1,"a":[1,null]}', id="in its own order"),
        pytest.param("é💫", '"é💫"'.encode(), id="UTF-8"),
        pytest.param("a\nb", b'"a\\nb"', id="one line"),
        pytest.param({"a\ud800": "é"}, b'{"a\\ud800":"\\u00e9"}', id="a lone surrogate"),
        pytest.param(10**30, b"1" + b"0" * 30, id="a number beyond 64 bits"),
    ],
)
def test_a_value_is_one_line(value: Any, text: bytes) -> None:
    assert write_json(value) == text


@pytest.mark.parametrize("value", [{"b": {"d": 1, "c": 2}, "a": 3}, {"b": "\ud800", "a": {"d": 1, "c": 2}}], ids=ascii)
def test_names_are_sorted_at_every_depth_where_asked_for(value: Any) -> None:
    assert write_json(value, sort=True) == json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def test_half_a_surrogate_pair_at_any_depth_is_written_or_refused() -> None:
    for depth in range(700, 1000, 3):
        value: Any = "\ud800"
        for _ in range(depth):
            value = {"a": value}
        with suppress(ValueError):
            assert write_json(value).count(b"{") == depth


def test_what_is_nested_too_deeply_is_not_written() -> None:
    value: Any = []
    for _ in range(DEEP):
        value = [value]
    with pytest.raises(ValueError, match="nested too deeply"):
        write_json(value)
