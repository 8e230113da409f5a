"""Names on their way into SQL."""

from __future__ import annotations

import pytest

from airflow_provider_circle.records.names import quoted


def test_a_quote_in_a_name_does_not_end_it() -> None:
    assert quoted('a"; DROP TABLE b; --') == '"a""; DROP TABLE b; --"'


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="empty"),
        pytest.param("a\0b", id="NUL"),
        pytest.param("x" * 64, id="too long"),
        pytest.param("é" * 32, id="too many bytes"),
        pytest.param("\ud800", id="half of a pair"),
    ],
)
def test_what_no_database_can_have_as_a_name_is_not_written(name: str) -> None:
    with pytest.raises(ValueError, match="is no name for a table or column"):
        quoted(name)
