"""What a caller gives is checked before anything is sent, and told by its shape: it may be personal or secret."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.arguments import checked_text, checked_word, shape_of


def test_a_text_that_says_something_is_left_as_it_is() -> None:
    assert checked_text("name", " a ") == " a "


@pytest.mark.parametrize(
    ("value", "shape"), [("", "an empty text"), ("  ", "an empty text"), (None, "nothing"), (7, "a int")]
)
def test_a_text_must_say_something(value: Any, shape: str) -> None:
    with pytest.raises(ValueError, match=f"^name must be a text with something in it, got {shape}$"):
        checked_text("name", value)


def test_a_known_word_is_taken() -> None:
    assert checked_word("ends_at", "now", "now", "at_period_end") == "now"


@pytest.mark.parametrize("value", ["later", None, ["now"]])
def test_a_word_must_be_known(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^ends_at must be one of now, at_period_end, got "):
        checked_word("ends_at", value, "now", "at_period_end")


@pytest.mark.parametrize(
    ("value", "shape"),
    [(None, "nothing"), (" ", "an empty text"), ("secret", "a text of 6 characters"), ([1], "a list"), (7, "a int")],
)
def test_a_shape_says_what_was_given_and_quotes_nothing(value: Any, shape: str) -> None:
    assert shape_of(value) == shape
