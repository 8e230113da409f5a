"""Whether a file holds the rows that were to be pulled."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from benchmarks.checking import digest, read_lines

_ROWS: list[dict[str, Any]] = [{"id": 1, "name": "Zoë"}, {"id": 2, "name": None}]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(_ROWS[::-1], id="rows in another order"),
        pytest.param([dict(reversed(row.items())) for row in _ROWS], id="attributes in another order"),
    ],
)
def test_order_does_not_matter(rows: list[dict[str, Any]]) -> None:
    assert digest(rows) == digest(_ROWS)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(_ROWS[:1], id="row missing"),
        pytest.param([*_ROWS, _ROWS[0]], id="row twice"),
        pytest.param([_ROWS[0], {"id": 2, "name": ""}], id="value changed"),
        pytest.param([_ROWS[0], {"id": 2}], id="attribute missing"),
    ],
)
def test_difference_shows(rows: list[dict[str, Any]]) -> None:
    assert digest(rows) != digest(_ROWS)


def test_file_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write('{"id":1,"name":"Zoë"}\n{"id":2,"name":null}\n')
    assert list(read_lines(path)) == _ROWS
