from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from airflow_provider_circle.vendors.circa import types
from airflow_provider_circle.vendors.circa.types import Writer

CET = timezone(timedelta(hours=1))
USER = {"id": "VXNlci0x", "first_name": "Aaron", "last_name": "Beier", "email": "admin@example.com"}
PAGINATION = {"current_page": 1, "total_pages": 2, "per_page": 25, "total_entries": 26}
TIMES = {"min": "2020-09-28T14:30:00Z", "max": "2020-09-29T14:30:00Z"}


@pytest.mark.parametrize(
    ("write", "value", "written"),
    [
        pytest.param(types.write_text, "Ünï", "Ünï", id="text"),
        pytest.param(types.write_text, "", "", id="empty_text"),
        pytest.param(types.write_email, " ada@example.com ", "ada@example.com", id="email"),
        pytest.param(types.write_boolean, False, False, id="boolean"),
        pytest.param(types.write_boolean, "True", True, id="boolean_of_a_template"),
        pytest.param(types.write_date, date(2020, 9, 28), "2020-09-28", id="date"),
        pytest.param(types.write_date, "2020-09-28", "2020-09-28", id="date_as_text"),
        pytest.param(types.write_time, datetime(2020, 9, 28, 14, 30, tzinfo=UTC), "2020-09-28T14:30:00Z", id="time"),
        pytest.param(
            types.write_time, datetime(2020, 9, 28, 15, 30, tzinfo=CET), "2020-09-28T14:30:00Z", id="time_elsewhere"
        ),
        pytest.param(types.write_time, "2020-09-28T15:30:00+01:00", "2020-09-28T14:30:00Z", id="time_as_text"),
        pytest.param(types.write_time, "2020-09-28T14:30:00.987Z", "2020-09-28T14:30:00Z", id="time_with_a_fraction"),
        pytest.param(types.write_time, "2020-09-28", "2020-09-28T00:00:00Z", id="day"),
        pytest.param(types.write_integer, 2**31 - 1, 2**31 - 1, id="largest_integer"),
        pytest.param(types.write_integer, -(2**31), -(2**31), id="smallest_integer"),
        pytest.param(types.write_integer, " 42 ", 42, id="integer_of_a_template"),
        pytest.param(types.write_float, 2.5, 2.5, id="float"),
        pytest.param(types.write_float, 100, 100.0, id="float_without_fraction"),
        pytest.param(types.write_float, "2.5", 2.5, id="float_of_a_template"),
        pytest.param(types.write_float, 3.4e38, 3.4e38, id="large_float"),
        pytest.param(types.write_time_range, TIMES, TIMES, id="time_range"),
        pytest.param(
            types.write_time_range,
            {"min": datetime(2020, 9, 28, 14, 30, tzinfo=UTC), "max": "2020-09-29T15:30:00+01:00"},
            TIMES,
            id="time_range_of_moments",
        ),
        pytest.param(types.write_integer_range, {"min": 100, "max": 200}, {"min": 100, "max": 200}, id="integers"),
        pytest.param(types.write_integer_range, {"min": 5}, {"min": 5}, id="integers_without_end"),
        pytest.param(types.write_integer_range, {"min": None, "max": 5}, {"max": 5}, id="integers_without_beginning"),
        pytest.param(types.write_integer_range, {"min": 5, "max": 5}, {"min": 5, "max": 5}, id="one_integer"),
        pytest.param(types.write_float_range, {"max": 0.5}, {"max": 0.5}, id="floats_without_beginning"),
        pytest.param(types.write_user, USER, USER, id="user"),
        pytest.param(types.write_user, {**USER, "title": 1}, {**USER, "title": 1}, id="user_with_more"),
        pytest.param(types.write_pagination, PAGINATION, PAGINATION, id="pagination"),
        pytest.param(
            types.write_pagination,
            {**PAGINATION, "next": None},
            {**PAGINATION, "next": None},
            id="pagination_with_more",
        ),
    ],
)
def test_a_value_is_written_as_circa_wants_it(write: Writer, value: Any, written: Any) -> None:
    assert write("thing", value) == written


@pytest.mark.parametrize(
    ("write", "value", "complaint"),
    [
        pytest.param(types.write_text, 1, "thing must be a text, got a int", id="text"),
        pytest.param(types.write_text, None, "thing must be a text", id="no_text"),
        pytest.param(types.write_email, "ada", "thing must be an e-mail address, got another text", id="no_at"),
        pytest.param(types.write_email, "a da@example.com", "thing must be an e-mail address", id="blank"),
        pytest.param(types.write_email, USER, "thing must be an e-mail address, got a dict", id="user_for_email"),
        pytest.param(types.write_boolean, "yes", "thing must be true or false, got 'yes'", id="boolean"),
        pytest.param(types.write_boolean, 1, "thing must be true or false, got 1", id="number_for_boolean"),
        pytest.param(types.write_date, "28.09.2020", "thing must be a date such as 2020-09-28", id="date"),
        pytest.param(types.write_date, "2020-02-30", "thing must be a date such as", id="no_such_day"),
        pytest.param(types.write_date, "20200928", "thing must be a date such as", id="date_without_hyphens"),
        pytest.param(types.write_date, datetime(2020, 9, 28, tzinfo=UTC), "thing must be a date", id="time_for_date"),
        pytest.param(types.write_time, "2020-09-28T14:30:00", "thing must be a time with its zone", id="no_zone"),
        pytest.param(types.write_time, 1601303400, "thing must be a time with its zone", id="seconds"),
        pytest.param(types.write_integer, 2**31, "thing must be a whole number from -2147483648", id="too_large"),
        pytest.param(types.write_integer, -(2**31) - 1, "to 2147483647, got -2147483649", id="too_small"),
        pytest.param(types.write_integer, 1.5, "thing must be a whole number", id="fraction"),
        pytest.param(types.write_integer, True, "thing must be a whole number", id="boolean_for_integer"),
        pytest.param(types.write_integer, "٤٢", "thing must be a whole number", id="other_digits"),
        pytest.param(types.write_float, math.nan, "thing must be a number", id="nan"),
        pytest.param(types.write_float, math.inf, "thing must be a number", id="infinity"),
        pytest.param(types.write_float, 3.5e38, "thing must be a number of at most 32 bits", id="too_large_float"),
        pytest.param(types.write_float, False, "thing must be a number", id="boolean_for_float"),
        pytest.param(types.write_float, 10**400, "thing must be a number", id="huge"),
        pytest.param(
            types.write_time_range, {"min": TIMES["min"]}, "thing must have both of min and max, got min", id="no_max"
        ),
        pytest.param(types.write_time_range, {"max": TIMES["max"]}, "both of min and max, got max", id="no_min"),
        pytest.param(types.write_time_range, {}, "thing must have both of min and max, got neither", id="neither"),
        pytest.param(
            types.write_time_range,
            {"min": "yesterday", "max": TIMES["max"]},
            r"thing\['min'\] must be a time",
            id="end",
        ),
        pytest.param(
            types.write_time_range,
            {"min": TIMES["max"], "max": TIMES["min"]},
            "thing must have a min that is not above its max",
            id="backwards",
        ),
        pytest.param(types.write_time_range, TIMES["min"], "thing must be a mapping with both", id="no_range"),
        pytest.param(types.write_integer_range, {}, "thing must have min or max, or both, got neither", id="no_end"),
        pytest.param(types.write_integer_range, {"from": 1}, "thing must be a mapping with min or max", id="other_end"),
        pytest.param(types.write_integer_range, {"min": 2, "max": 1}, "not above its max, got 2 and 1", id="integers"),
        pytest.param(types.write_integer_range, {"min": 0.5}, r"thing\['min'\] must be a whole number", id="half"),
        pytest.param(types.write_float_range, {"max": "much"}, r"thing\['max'\] must be a number", id="much"),
        pytest.param(types.write_user, {"id": "x"}, "missing first_name, last_name, email", id="user_without_name"),
        pytest.param(
            types.write_user, {**USER, "email": "no"}, r"thing\['email'\] must be an e-mail", id="users_email"
        ),
        pytest.param(types.write_user, {**USER, "id": " "}, r"thing\['id'\] must be a text that is not", id="users_id"),
        pytest.param(types.write_user, "admin@example.com", "thing must be a mapping with id", id="email_for_user"),
        pytest.param(types.write_pagination, {"current_page": 1}, "missing total_pages, per_page", id="short"),
        pytest.param(
            types.write_pagination,
            {**PAGINATION, "current_page": 0},
            r"thing\['current_page'\] must be 1 or more, got 0",
            id="page_0",
        ),
        pytest.param(
            types.write_pagination, {**PAGINATION, "total_entries": "many"}, r"thing\['total_entries'\]", id="many"
        ),
    ],
)
def test_a_wrong_value_is_refused_by_name(write: Writer, value: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        write("thing", value)


def test_an_address_that_is_wrong_is_not_shown() -> None:
    with pytest.raises(ValueError, match="thing") as raised:
        types.write_email("thing", "ada at example.com")

    assert "ada" not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param("2020-09-28T14:30:00Z", datetime(2020, 9, 28, 14, 30, tzinfo=UTC), id="time"),
        pytest.param("2020-09-28T14:30:00", datetime(2020, 9, 28, 14, 30, tzinfo=UTC), id="without_zone"),
        pytest.param("soon", None, id="no_time"),
        pytest.param(None, None, id="null"),
        pytest.param(1601303400, None, id="number"),
    ],
)
def test_a_time_is_read_leniently(value: Any, read: datetime | None) -> None:
    assert types.read_time(value) == read


@pytest.mark.parametrize(
    ("value", "read"), [("2020-09-28", date(2020, 9, 28)), ("2020-02-30", None), (None, None), (20200928, None)]
)
def test_a_date_is_read_leniently(value: Any, read: date | None) -> None:
    assert types.read_date(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(USER, USER, id="complete"),
        pytest.param({**USER, "title": "CTO"}, {**USER, "title": "CTO"}, id="with_more"),
        pytest.param({"id": "x"}, {"id": "x", "first_name": None, "last_name": None, "email": None}, id="with_less"),
        pytest.param(None, dict.fromkeys(USER), id="null"),
    ],
)
def test_a_user_is_read_leniently(value: Any, read: Any) -> None:
    assert types.read_user(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param({**PAGINATION, "next": 2}, {**PAGINATION, "next": 2}, id="with_more"),
        pytest.param("no", dict.fromkeys(PAGINATION), id="no_object"),
    ],
)
def test_a_pagination_is_read_leniently(value: Any, read: Any) -> None:
    assert types.read_pagination(value) == read
