"""Watermarks in a folder."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from airflow_provider_circle.records.storage import StoredFile
from airflow_provider_circle.records.watermarks import FileWatermark, Watermark
from tests.unit.records.landing import NOON


def test_there_is_none_before_the_first(folder: str) -> None:
    assert FileWatermark(folder, None).read("contacts") is None


@pytest.mark.parametrize(
    ("moments", "kept"),
    [
        pytest.param([NOON], NOON, id="first"),
        pytest.param([NOON, NOON + timedelta(microseconds=1)], NOON + timedelta(microseconds=1), id="on"),
        pytest.param([NOON, NOON - timedelta(days=1)], NOON, id="never back"),
        pytest.param([NOON.astimezone(timezone(timedelta(hours=9)))], NOON, id="zone"),
    ],
)
def test_it_moves_on_and_never_back(folder: str, moments: list[datetime], kept: datetime) -> None:
    for moment in moments:
        FileWatermark(folder, None).write(Watermark("contacts", moment))
    assert FileWatermark(folder, None).read("contacts") == kept


def test_it_is_a_small_json_file_and_nothing_is_left_beside_it(folder: str) -> None:
    FileWatermark(folder, None).write(Watermark("contacts", NOON))
    file = StoredFile(f"{folder}/_circle_watermark_contacts.json", None)
    assert json.loads(file.read() or b"") == {"stream": "contacts", "moment": "2026-09-28T12:00:00Z"}
    assert file.neighbours() == ["_circle_watermark_contacts.json"]


@pytest.mark.parametrize("stream", ["a/b", "../../etc", "a b%", "é"])
def test_a_stream_has_a_file_of_its_own_whatever_it_is_called(tmp_path: Path, stream: str) -> None:
    marks = FileWatermark(str(tmp_path / "marks"), None)
    marks.write(Watermark(stream, NOON))
    marks.write(Watermark("other", NOON - timedelta(days=1)))
    assert marks.read(stream) == NOON
    assert len(list((tmp_path / "marks").iterdir())) == 2


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "null", '{"moment": 1}', '{"moment": "2026-01-01T00:00:00"}', "\xff"]
)
def test_a_file_that_holds_something_else_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "_circle_watermark_contacts.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ValueError, match="holds no watermark"):
        FileWatermark(str(tmp_path), None).read("contacts")
    with pytest.raises(ValueError, match="holds no watermark"):
        FileWatermark(str(tmp_path), None).write(Watermark("contacts", NOON))
    assert path.read_bytes() == content.encode("latin-1")


def test_a_folder_that_cannot_be_written_to_is_told_before_anything_is_pulled(tmp_path: Path) -> None:
    (tmp_path / "marks").write_bytes(b"no folder")
    with pytest.raises(ValueError, match=r"state_path .* cannot be written to: .*marks is no folder"):
        FileWatermark(str(tmp_path / "marks"), None).check("contacts")


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Watermark("contacts", datetime(2026, 1, 1))  # noqa: DTZ001  the very mistake
