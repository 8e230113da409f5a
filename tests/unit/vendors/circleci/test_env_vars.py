from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.env_vars import checked_env_var_name, checked_env_var_value


@pytest.mark.parametrize("name", ["A", "POSTGRES_USER", "_x1", "with-hyphen"])
def test_a_name_is_taken_as_it_is(name: str) -> None:
    assert checked_env_var_name("name", name) == name


@pytest.mark.parametrize("name", ["", "A B", "A=B", " A", "A\n", "A\0", None, 7])
def test_what_cannot_be_a_name_is_refused_and_not_quoted(name: Any) -> None:
    with pytest.raises(ValueError, match=r"name must be an environment variable's name, .* got a [^']+$"):
        checked_env_var_name("name", name)


@pytest.mark.parametrize("value", ["", "a secret", "two\nlines"])
def test_any_text_is_a_value(value: str) -> None:
    assert checked_env_var_value("value", value) == value


@pytest.mark.parametrize("value", [None, 7, b"secret", ["secret"]])
def test_what_is_no_text_is_refused_and_not_quoted(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^value must be a text, got a [A-Za-z]+$"):
        checked_env_var_value("value", value)
