"""Kinds of what records say, found over many rows."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.records.columns import Kind, as_json, survey
from airflow_provider_circle.records.spool import Spool


@pytest.mark.parametrize(
    ("first", "later", "kind"),
    [
        ({"seen_at": "2026-01-22T14:54:18Z"}, {"seen_at": "yesterday"}, Kind.TEXT),
        ({"number": 1}, {"number": 2**60}, Kind.LONG),
    ],
)
def test_values_of_one_type_may_be_of_several_kinds(first: JsonObject, later: JsonObject, kind: Kind) -> None:
    with Spool(["id"]) as spool:
        spool.add([{"id": "a", **first}, {"id": "b", **later}])

        assert list(survey(spool).values()) == [Kind.TEXT, kind]


def test_records_of_ever_new_shapes_do_not_hide_a_change_of_kind() -> None:
    with Spool(["id"]) as spool:
        spool.add([{"id": "a", "seen_at": "2026-01-22T14:54:18Z"}])
        spool.add([{"id": f"b{number}", f"field_{number}": number} for number in range(1200)])
        spool.add([{"id": "c", "seen_at": "yesterday"}])

        kinds = survey(spool)

    assert (kinds.pop("id"), kinds.pop("seen_at")) == (Kind.TEXT, Kind.TEXT)
    assert (len(kinds), set(kinds.values())) == (1200, {Kind.INTEGER})


def test_a_value_that_is_nested_too_deeply_to_be_written_is_told() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]

    with pytest.raises(UnexpectedReply, match="nested too deeply"):
        as_json(value)
