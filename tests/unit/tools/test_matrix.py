from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools import matrix
from tools.matrix import Cell

NEWEST, PREVIEW = "3.3.2", "3.4.0b2"
NONE = {"passed": 0, "skipped": 0, "failed": 0}


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Cell]:
    """What is tried, without installing anything; tests of 3.1.8 and of the preview fail, Python 3.13 is not there."""
    cells: list[Cell] = []

    def count(cell: Cell, kind: str, *_: str) -> dict[str, int]:
        return NONE | ({"failed": 1} if cell.airflow in {"3.1.8", PREVIEW} and kind == "tests" else {"passed": 5})

    def make(cell: Cell) -> bool:
        cells.append(cell)
        return cell.python != "3.13"

    def nothing(*_: Any) -> str:
        return "3.11"

    monkeypatch.setattr(matrix, "_PLACE", tmp_path)
    monkeypatch.setattr(matrix, "_newest", lambda *options: PREVIEW if options else NEWEST)
    monkeypatch.setattr(matrix, "_make_environment", make)
    monkeypatch.setattr(matrix, "_done", nothing)
    monkeypatch.setattr(matrix, "_pytest", count)
    return cells


def test_all_supported_releases_and_pythons_are_tried_once(tried: list[Cell]) -> None:
    matrix.main([])

    assert [cell.name for cell in tried] == [
        "2.11.2",
        "3.0.6",
        "3.1.8",
        "3.2.2",
        "3.3.2",
        "3.3.2-python3.12",
        "3.3.2-python3.13",
        "3.4.0b2",
    ]


@pytest.mark.parametrize(
    ("arguments", "names", "status"),
    [
        pytest.param(["2.11.2"], ["2.11.2"], 0, id="good"),
        pytest.param(["2.11.2", "3.1.8"], ["2.11.2", "3.1.8"], 1, id="one_fails"),
        pytest.param([PREVIEW], [PREVIEW], 0, id="a_preview_does_not_count"),
        pytest.param(["3.3.1"], ["3.3.1"], 0, id="any_other"),
        pytest.param(["--ci"], ["2.11.2"], 0, id="oldest"),
        pytest.param(["--lowest"], ["2.11.0-lowest"], 0, id="lowest"),
    ],
)
def test_status_is_that_of_what_was_asked_for(
    tried: list[Cell], arguments: list[str], names: list[str], status: int
) -> None:
    assert matrix.main(arguments) == status
    assert [cell.name for cell in tried] == names


def test_table_tells_what_was_skipped_and_what_does_not_count(
    tried: list[Cell], capsys: pytest.CaptureFixture[str]
) -> None:
    matrix.main([])

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:6] for line in lines if line.startswith("3.1.8 ")] == [["3.1.8", "3.11", "0", "0", "1", "ok"]]
    assert [line for line in lines if "there is no Python 3.13 here" in line]
    assert [line for line in lines if line.startswith(PREVIEW) and line.endswith("not binding")]
