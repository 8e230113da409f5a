from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.parameters import (
    checked_number,
    checked_parameters,
    checked_revision,
)


@pytest.mark.parametrize(
    ("parameters", "checked"),
    [
        pytest.param(None, {}, id="none"),
        pytest.param({}, {}, id="empty"),
        pytest.param({"a": "text", "b": 7, "c": False}, {"a": "text", "b": 7, "c": False}, id="the_three_types"),
        pytest.param({"a": ""}, {"a": ""}, id="empty_text"),
        pytest.param({"a": -1}, {"a": -1}, id="negative_number"),
        pytest.param(MappingProxyType({"a": 1}), {"a": 1}, id="any_mapping"),
        pytest.param({"n" * 128: "v" * 512}, {"n" * 128: "v" * 512}, id="longest"),
        pytest.param({f"p{i}": i for i in range(100)}, {f"p{i}": i for i in range(100)}, id="most"),
    ],
)
def test_good_parameters_are_taken_as_they_are(parameters: Mapping[str, Any] | None, checked: dict[str, Any]) -> None:
    assert checked_parameters(parameters) == checked


def test_a_boolean_stays_a_boolean() -> None:
    assert checked_parameters({"deploy": True})["deploy"] is True


def test_the_callers_mapping_is_copied() -> None:
    given = {"a": 1}

    checked_parameters(given)["a"] = 2

    assert given == {"a": 1}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({"a": 1.5}, r"parameters\['a'\] must be .*got a float", id="float"),
        pytest.param({"a": None}, r"parameters\['a'\] must be .*got a NoneType", id="null"),
        pytest.param({"a": [1]}, r"parameters\['a'\] must be .*got a list", id="list"),
        pytest.param({"a": {"b": 1}}, r"parameters\['a'\] must be .*got a dict", id="object"),
        pytest.param({"a": b"x"}, r"parameters\['a'\] must be .*got a bytes", id="bytes"),
        pytest.param({"n" * 129: 1}, r"1 to 128 characters", id="name_too_long"),
        pytest.param({"": 1}, r"1 to 128 characters", id="name_empty"),
        pytest.param({7: 1}, r"1 to 128 characters", id="name_no_text"),
        pytest.param({"a": "v" * 513}, r"parameters\['a'\] must be at most 512 .*got 513", id="value_too_long"),
        pytest.param({"a": 10**512}, r"parameters\['a'\] must be at most 512 .*got 513", id="number_too_long"),
        pytest.param({f"p{i}": i for i in range(101)}, r"at most 100, got 101", id="too_many"),
        pytest.param([("a", 1)], r"must be a mapping of names to values, got a list", id="pairs"),
        pytest.param("a=1", r"must be a mapping of names to values, got a str", id="text"),
    ],
)
def test_bad_parameters_are_refused_by_name(parameters: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_parameters(parameters)


def test_a_refusal_does_not_show_the_value() -> None:
    with pytest.raises(ValueError, match="parameters") as refusal:
        checked_parameters({"a": "tell-nobody" * 100})

    assert "tell-nobody" not in str(refusal.value)


@pytest.mark.parametrize(
    ("branch", "tag", "revision"),
    [
        pytest.param("main", None, {"branch": "main"}, id="branch"),
        pytest.param(None, "v1.0", {"tag": "v1.0"}, id="tag"),
        pytest.param(None, None, {}, id="default_branch"),
        pytest.param("pull/7/head", None, {"branch": "pull/7/head"}, id="pull_request"),
        pytest.param("feature/ä b", None, {"branch": "feature/ä b"}, id="strange_name"),
    ],
)
def test_a_good_revision_is_taken_as_it_is(branch: str | None, tag: str | None, revision: dict[str, str]) -> None:
    assert checked_revision(branch, tag) == revision


@pytest.mark.parametrize(
    ("branch", "tag", "message"),
    [
        pytest.param("main", "v1", "branch and tag exclude each other", id="both"),
        pytest.param("", None, "branch must be the name of a branch", id="empty_branch"),
        pytest.param(None, " ", "tag must be the name of a tag", id="blank_tag"),
        pytest.param(7, None, "branch must be the name of a branch", id="branch_is_a_number"),
        pytest.param(None, ["v1"], "tag must be the name of a tag", id="tag_is_a_list"),
    ],
)
def test_a_bad_revision_is_refused_by_name(branch: Any, tag: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_revision(branch, tag)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        pytest.param(7, 7, id="number"),
        pytest.param("7", 7, id="text"),
        pytest.param(" 7\n", 7, id="text_out_of_a_template"),
        pytest.param(2**40, 2**40, id="large"),
    ],
)
def test_a_number_may_be_a_text(value: Any, number: int) -> None:
    assert checked_number("job_number", value) == number


@pytest.mark.parametrize(
    "value", [0, -1, "0", "", "seven", "7.0", 7.0, True, None, "\N{FULLWIDTH DIGIT SEVEN}", "1/../2", [7]], ids=repr
)
def test_what_is_no_number_above_zero_is_refused_by_name(value: Any) -> None:
    with pytest.raises(ValueError, match="job_number must be a whole number above 0, got "):
        checked_number("job_number", value)
