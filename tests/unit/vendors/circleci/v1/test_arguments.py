"""What CircleCI would refuse, or take for something else, is refused before it is sent."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.v1.arguments import (
    checked_build_parameters,
    checked_filter,
    checked_text,
    checked_what_to_build,
)


@pytest.mark.parametrize("word", ["completed", "successful", "failed", "running"])
def test_a_filter_that_there_is_goes_into_the_query(word: str) -> None:
    assert checked_filter("filter", word) == {"filter": word}


def test_no_filter_is_no_query() -> None:
    assert checked_filter("filter", None) == {}


@pytest.mark.parametrize("word", ["success", "", "FAILED", 1, True])
def test_a_filter_that_there_is_not_is_named(word: Any) -> None:
    with pytest.raises(ValueError, match="filter must be one of completed, successful, failed, running"):
        checked_filter("filter", word)


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ((None, None, None), {}),
        (("main", None, None), {"branch": "main"}),
        (("main", "abc", None), {"branch": "main", "revision": "abc"}),
        ((None, "abc", None), {"revision": "abc"}),
        ((None, None, "v1"), {"tag": "v1"}),
    ],
)
def test_what_to_build_is_what_was_given(given: tuple[str | None, ...], what: dict[str, str]) -> None:
    assert checked_what_to_build(*given) == what


@pytest.mark.parametrize("given", [("main", None, "v1"), (None, "abc", "v1"), ("main", "abc", "v1")])
def test_a_tag_excludes_the_others(given: tuple[Any, Any, Any]) -> None:
    with pytest.raises(ValueError, match="tag excludes branch and revision"):
        checked_what_to_build(*given)


@pytest.mark.parametrize("value", ["", "  ", 7, True, []])
@pytest.mark.parametrize(("place", "name"), [(0, "branch"), (1, "revision"), (2, "tag")])
def test_what_to_build_must_be_a_text(place: int, name: str, value: Any) -> None:
    given: list[Any] = [None, None, None]
    given[place] = value
    with pytest.raises(ValueError, match=f"{name} must be"):
        checked_what_to_build(*given)


def test_build_parameters_are_sent_as_texts() -> None:
    assert checked_build_parameters({"A_1": "x", "_b": 7, "EMPTY": ""}) == {"A_1": "x", "_b": "7", "EMPTY": ""}


def test_no_build_parameters_are_none() -> None:
    assert checked_build_parameters(None) == {}


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "Ä", 7, "A\n"])
def test_a_build_parameter_is_named_as_a_variable(name: Any) -> None:
    with pytest.raises(ValueError, match="a name in build_parameters"):
        checked_build_parameters({name: "x"})


@pytest.mark.parametrize("value", [True, None, 1.5, ["x"], {"a": 1}])
def test_a_build_parameter_is_a_text_or_a_whole_number(value: Any) -> None:
    with pytest.raises(ValueError, match=r"build_parameters\['A'\] must be a text or a whole number"):
        checked_build_parameters({"A": value})


def test_build_parameters_that_are_no_mapping_are_refused() -> None:
    with pytest.raises(ValueError, match="build_parameters must map names to values, got a list"):
        checked_build_parameters([("A", "x")])  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["", " \n", None, 7, b"text"])
def test_a_text_that_says_nothing_is_refused_and_not_shown(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^key must be a key, got (str|NoneType|int|bytes|nothing)$"):
        checked_text("key", value, "a key")
