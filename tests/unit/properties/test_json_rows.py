"""A page read as rows says what the same page says as objects; what is no JSON is refused either way."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_circle.core.json_text import read_json, write_json
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.row import Row, read_rows
from airflow_provider_circle.exceptions import UnexpectedReply
from tests.unit.properties.strategies import json_values

LOOKED_AT = ("id", "at", "a\nb")
"""Attributes that are read of each row; the last is one that has to be escaped."""

REFUSED = "refused"
UNEXPECTED = "unexpected"

records = st.dictionaries(st.sampled_from(LOOKED_AT) | st.text(max_size=3), json_values(4), max_size=4)
objects = st.builds(
    lambda told, rows: {**told, "rows": rows} if rows is not None else told,
    st.dictionaries(st.sampled_from(["count", "more", "next"]) | st.text(max_size=3), json_values(4), max_size=4),
    st.none() | st.lists(records, max_size=4) | st.lists(records, max_size=4) | json_values(4),
)


@st.composite
def texts_of(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> bytes:
    """Write a value as somebody may write it."""
    text = json.dumps(
        draw(values),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, None, 1, "\t"])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,", "\r: ")])),
    )
    text = draw(st.sampled_from(["", " ", "\n"])) + text + draw(st.sampled_from(["", "\n", "\r\n\t"]))
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16"])), "surrogatepass")


numbers = st.one_of(
    st.from_regex(r"\A-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?\Z"),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(2**70), 2**70).map(str),
)


@st.composite
def damaged(draw: st.DrawFn, texts: st.SearchStrategy[bytes]) -> bytes:
    """Change a text here and there."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(text)))
        end = begin + draw(st.integers(0, 2))
        put = draw(
            st.binary(max_size=2)
            | st.sampled_from([b'"', b",", b"{", b"}", b"[", b"]", b":", b"\\", b"\\u", b"\\ud800", b"\xed\xa0\x80"])
            | st.sampled_from([b"NaN", b"-", b"1e999", b"0", b".", b"null", b"\n", b"\0", b'"id":1,', b'"rows":[],'])
            | numbers.map(str.encode)
        )
        text = text[:begin] + put + text[end:]
    return text


def as_objects(text: bytes) -> Any:
    """Read a text, or say how it was refused."""
    try:
        return read_json(text)
    except UnexpectedReply:
        return UNEXPECTED
    except ValueError:
        return REFUSED


def as_rows(text: bytes) -> Any:
    """Read a text, its list as rows, or say how it was refused."""
    try:
        return read_rows(text, "rows", LOOKED_AT)
    except UnexpectedReply:
        return UNEXPECTED
    except ValueError:
        return REFUSED


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are equal and of the same types, all the way down; ``-0.0`` is not ``0.0``."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and (not isinstance(one, float) or math.copysign(1, one) == math.copysign(1, other))


def in_rows_as(page: Any, text: bytes) -> None:
    """Hold rows against the objects of the same page."""
    if not isinstance(page, dict) or not any(isinstance(row, Row) for row in _list_of(page)):
        assert same(page, read_json(text))
        return
    rows: list[Row] = page["rows"]
    assert b"\n" not in b"".join(row.body for row in rows)
    try:
        whole = read_json(text)
    except UnexpectedReply:
        # A number in a row is beyond every float, which is found where somebody makes a number of it.
        assert UNEXPECTED in [as_objects(row.body) for row in rows]
        return
    except ValueError:
        # Likewise for more digits than Python takes.
        assert REFUSED in [as_objects(row.body) for row in rows]
        return
    assert same(whole["rows"], [read_json(row.body) for row in rows])
    rest = {name: value for name, value in whole.items() if name != "rows"}
    assert same({name: page[name] for name in rest}, rest)
    assert whole.keys() == page.keys()
    for row, record in zip(rows, whole["rows"], strict=True):
        for attribute in LOOKED_AT:
            assert same(row.get(attribute), record.get(attribute))


def _list_of(page: JsonObject) -> list[Any]:
    rows = page.get("rows")
    return rows if isinstance(rows, list) else []


@given(texts_of(objects))
def test_rows_say_what_objects_say(text: bytes) -> None:
    in_rows_as(read_rows(text, "rows", LOOKED_AT), text)


@given(texts_of(objects.map(lambda told: {**told, "rows": [{"id": 1}]})))
def test_a_list_of_objects_is_read_as_rows(text: bytes) -> None:
    page = read_rows(text, "rows", LOOKED_AT)
    is_utf_8 = not text.startswith((b"\xff\xfe", b"\xef\xbb\xbf")) and b"\\ud" not in text and b"\xed" not in text
    assert not is_utf_8 or [row.get("id") for row in page["rows"] if isinstance(row, Row)] == [1]


@given(damaged(texts_of(objects)))
def test_a_damaged_text_is_refused_by_both_or_read_alike(text: bytes) -> None:
    page = as_rows(text)
    if page in (REFUSED, UNEXPECTED):
        assert as_objects(text) in (REFUSED, UNEXPECTED)
    else:
        in_rows_as(page, text)


@given(st.binary(max_size=30) | damaged(texts_of(json_values())))
def test_bytes_are_read_as_pythons_own_reader_does(text: bytes) -> None:
    def constant(word: str) -> None:
        raise ValueError(word)

    try:
        expected = json.loads(text, parse_constant=constant)
    except ValueError:
        expected = REFUSED
    read = as_objects(text)
    assert read == UNEXPECTED or same(read, expected)


@given(numbers)
def test_a_number_is_read_as_python_reads_it(number: str) -> None:
    expected = json.loads(number)
    read = as_objects(number.encode())
    assert read == UNEXPECTED if expected in (math.inf, -math.inf) else same(read, expected)


@given(json_values())
def test_what_is_written_is_read_again_and_is_one_line(value: Any) -> None:
    text = write_json(value)
    assert same(read_json(text), value)
    assert b"\n" not in text
    assert b"\r" not in text


@given(st.dictionaries(st.text(max_size=3), json_values(), max_size=4), st.randoms(use_true_random=False))
def test_sorted_texts_are_equal_whatever_the_order(value: JsonObject, chance: Any) -> None:
    names = list(value)
    chance.shuffle(names)
    assert write_json(value, sort=True) == write_json({name: value[name] for name in names}, sort=True)


@given(records)
def test_a_row_made_of_a_record_says_the_same(record: JsonObject) -> None:
    row = Row.of(record, LOOKED_AT)
    assert same(read_json(row.body), record)
    assert all(same(row.get(attribute), record.get(attribute)) for attribute in LOOKED_AT)
