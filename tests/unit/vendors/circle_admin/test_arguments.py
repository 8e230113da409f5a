from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circle_admin.arguments import (
    checked_email,
    checked_fields,
    checked_id,
    checked_ids,
)


@pytest.mark.parametrize(("value", "number"), [(7, 7), ("7", 7), (" 42 ", 42)])
def test_an_id_is_a_number_or_its_digits(value: Any, number: int) -> None:
    assert checked_id("space_id", value) == number


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        pytest.param(None, "got nothing", id="none"),
        pytest.param("", "got an empty text", id="empty"),
        pytest.param("general", "got a text of 7 characters", id="word"),
        pytest.param("-7", "got a text of 2 characters", id="negative_text"),
        pytest.param("\u0667", "got a text of 1 characters", id="other_digits"),
        pytest.param(0, "got 0", id="zero"),
        pytest.param(-7, "got -7", id="negative"),
        pytest.param(True, "got True", id="truth"),
        pytest.param(7.0, "got 7.0", id="fraction"),
        pytest.param([7], "got a list", id="list"),
    ],
)
def test_what_is_no_id_is_refused_by_name_and_shape(value: Any, shape: str) -> None:
    with pytest.raises(ValueError, match=f"space_id must be an id, a whole number above 0, {shape}"):
        checked_id("space_id", value)


def test_several_ids_may_come_from_anything_to_iterate() -> None:
    assert checked_ids("space_ids", iter([7, "8"])) == [7, 8]


@pytest.mark.parametrize("value", ["78", 7, None, {"7": 1}])
def test_several_ids_must_be_a_list(value: Any) -> None:
    with pytest.raises(ValueError, match="space_ids must be a list of ids"):
        checked_ids("space_ids", value)


def test_each_of_several_ids_is_checked() -> None:
    with pytest.raises(ValueError, match="each of space_ids must be an id"):
        checked_ids("space_ids", [7, "x"])


def test_an_email_loses_the_spaces_around_it() -> None:
    assert checked_email("email", " ada@example.com ") == "ada@example.com"


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        pytest.param("ada.example.com", "a text with 0 '@'", id="without_at"),
        pytest.param("ada@@example.com", "a text with 2 '@'", id="two_ats"),
        pytest.param("ada lovelace@example.com", "a text with spaces inside", id="space"),
        pytest.param("@example.com", "a text with 1 '@'", id="nobody"),
        pytest.param("  ", "an empty text", id="empty"),
        pytest.param(None, "nothing", id="none"),
        pytest.param(7, "a int", id="number"),
    ],
)
def test_what_is_no_email_is_refused_without_being_quoted(value: Any, shape: str) -> None:
    with pytest.raises(ValueError, match="email must be an e-mail address such as ada") as refused:
        checked_email("email", value)

    assert str(refused.value).endswith(f"got {shape}")


@pytest.mark.parametrize("value", [None, [], "name=Ada", {7: "x"}, {"": "x"}])
def test_fields_must_be_a_mapping_of_names(value: Any) -> None:
    with pytest.raises(ValueError, match="fields must be a mapping"):
        checked_fields("fields", value)


def test_fields_must_name_something() -> None:
    with pytest.raises(ValueError, match="fields must name at least one attribute"):
        checked_fields("fields", {})


@pytest.mark.parametrize("value", [None, {}])
def test_fields_may_be_left_out_where_others_are_given(value: Any) -> None:
    assert checked_fields("fields", value, may_be_empty=True) == {}
