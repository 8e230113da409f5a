from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from airflow_provider_circle.vendors.circleci.arguments import (
    checked_id,
    checked_mapping,
    checked_organization,
    checked_uuid,
    given,
)

ID = "5034460f-c7c4-4c43-9457-de07e2029e7b"


@pytest.mark.parametrize(
    ("value", "checked"),
    [
        pytest.param(ID, ID, id="as_it_is"),
        pytest.param(ID.upper(), ID, id="upper_case"),
        pytest.param(f" {ID}\n", ID, id="spaces_around"),
        pytest.param(UUID(ID), ID, id="uuid_object"),
    ],
)
@pytest.mark.parametrize("check", [checked_uuid, checked_organization], ids=["uuid", "organization"])
def test_a_uuid_is_taken(check: Any, value: Any, checked: str) -> None:
    arguments = ("org_id", value) if check is checked_uuid else (value,)

    assert check(*arguments) == checked


@pytest.mark.parametrize(
    ("slug", "checked"),
    [
        ("gh/acme", "gh/acme"),
        ("github/acme", "gh/acme"),
        ("bitbucket/acme/", "bb/acme"),
        (f"circleci/{ID}", f"circleci/{ID}"),
    ],
)
def test_an_organizations_slug_gets_its_short_provider(slug: str, checked: str) -> None:
    assert checked_organization(slug) == checked


@pytest.mark.parametrize(
    "value", ["acme", "gh/acme/web", "gh/", "/acme", "gitlab/acme", "gh/a b", "gh/..", "", None, 7]
)
def test_what_is_neither_slug_nor_uuid_names_no_organization(value: Any) -> None:
    with pytest.raises(ValueError, match="organization must be a UUID, or a slug like gh/<organization>"):
        checked_organization(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("gh/acme", "'gh/acme'", id="slug"),
        pytest.param(ID.replace("-", ""), "'5034460fc7c4", id="without_hyphens"),
        pytest.param(f"{{{ID}}}", "'{5034460f", id="braces"),
        pytest.param("x" * 100, "'" + "x" * 59 + "$", id="long_text_is_cut"),
        pytest.param("", "an empty text", id="empty"),
        pytest.param(None, "nothing", id="none"),
        pytest.param(7, "a int", id="number"),
    ],
)
def test_what_is_no_uuid_is_named(value: Any, shown: str) -> None:
    with pytest.raises(ValueError, match=f"^org_id must be a UUID such as .*, got {shown}"):
        checked_uuid("org_id", value)


@pytest.mark.parametrize("value", [" 7f ", UUID(ID)], ids=["spaces_around", "uuid_object"])
def test_an_opaque_id_is_taken(value: Any) -> None:
    assert checked_id("project_id", value) == str(value).strip()


@pytest.mark.parametrize("value", ["gh/acme/web", "my project", "", None, 7])
def test_a_slug_or_a_name_is_no_id(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^project_id must be an id, not a slug or a name, got "):
        checked_id("project_id", value)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        pytest.param(
            lambda: checked_mapping("headers", [("a", 1)]), "headers must be a mapping.*got a list", id="pairs"
        ),
        pytest.param(
            lambda: checked_mapping("headers", {7: 1}), "headers must be a mapping of names", id="name_no_text"
        ),
        pytest.param(
            lambda: checked_mapping("headers", {"": 1}), "headers must be a mapping of names", id="empty_name"
        ),
    ],
)
def test_a_mistake_names_the_argument(check: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        check()


def test_a_text_that_is_wrong_is_not_shown() -> None:
    with pytest.raises(ValueError, match="got a text of 6 characters") as mistake:
        checked_mapping("headers", "secret")

    assert "secret" not in str(mistake.value)


def test_a_mapping_is_copied() -> None:
    copy = checked_mapping("headers", MappingProxyType({"a": 1}))

    assert (type(copy), copy) == (dict, {"a": 1})


def test_what_is_false_or_empty_was_given() -> None:
    assert given(a=None, b=False, c="", d=0) == {"b": False, "c": "", "d": 0}
