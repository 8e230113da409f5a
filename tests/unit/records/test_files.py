"""Rows as files: what is in them, and that nobody ever sees half of one."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.records.columns import Rows
from airflow_provider_circle.records.files import FileSink
from airflow_provider_circle.records.spool import Entry, Spool
from airflow_provider_circle.records.storage import StoredFile
from tests.unit.records.landing import DEPTHS, ended, nested, spooled, started

ROWS = [
    {"id": 1, "email": 'a "quoted", text\r\nof two lines', "score": 1, "tags": ["x", {"y": "é"}], "mixed": 1},
    {"id": 2, "phone": "+491234", "formula": "=1+1", "score": 2.5, "active": True, "mixed": "x", "nothing": None},
    {"id": 3, "created_at": "2026-09-28T12:00:00+02:00", "large": 2**60, "huge": 2**70, "mixed": {"z": None}},
]
ATTRIBUTES = [
    "id", "email", "score", "tags", "mixed", "phone", "formula", "active", "nothing", "created_at", "large", "huge",
]  # fmt: skip
SUFFIXES = ["jsonl", "ndjson", "jsonl.gz", "csv", "csv.gz", "parquet"]


def land(path: str, rows: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    sink = FileSink(path, **options)
    sink.check()
    with spooled(rows) as spool:
        return sink.land(spool)


def content(path: str) -> bytes:
    found = StoredFile(path, None).read()
    assert found is not None
    return found


def read(path: str) -> list[dict[str, Any]]:
    """Read a file back with a library that is not ours."""
    packed = content(path)
    plain = gzip.decompress(packed) if path.endswith(".gz") else packed
    if path.endswith("parquet"):
        from pyarrow import parquet  # type: ignore[import-untyped]

        rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(plain)).to_pylist()
        return rows
    if ".csv" in path:
        return list(csv.DictReader(io.StringIO(plain.decode(), newline="")))
    return [json.loads(line) for line in plain.splitlines()]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_row_comes_back_in_its_order(folder: str, suffix: str) -> None:
    told = land(f"{folder}/rows.{suffix}", ROWS)
    assert [str(row["id"]) for row in read(f"{folder}/rows.{suffix}")] == ["1", "2", "3"]
    assert told["bytes"] == len(content(f"{folder}/rows.{suffix}"))
    assert told["format"] == suffix.replace("ndjson", "jsonl")
    assert sorted(told) == ["bytes", "format", "uri"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_new_file_replaces_the_old_and_nothing_is_left_beside_it(folder: str, suffix: str) -> None:
    land(f"{folder}/rows.{suffix}", ROWS)
    land(f"{folder}/rows.{suffix}", ROWS[:1])
    assert len(read(f"{folder}/rows.{suffix}")) == 1
    assert StoredFile(f"{folder}/any", None).neighbours() == [f"rows.{suffix}"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_rows_are_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    land(f"{tmp_path}/one/rows.{suffix}", ROWS)
    time.sleep(1.1 if suffix.endswith("gz") else 0)  # gzip would write down seconds
    land(f"{tmp_path}/other/differs.{suffix}", ROWS)
    assert content(f"{tmp_path}/one/rows.{suffix}") == content(f"{tmp_path}/other/differs.{suffix}")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_rows_are_an_empty_file(folder: str, suffix: str) -> None:
    land(f"{folder}/rows.{suffix}", [])
    assert read(f"{folder}/rows.{suffix}") == []


def test_json_lines_are_the_records(tmp_path: Path) -> None:
    land(f"{tmp_path}/rows.jsonl", ROWS)
    assert read(f"{tmp_path}/rows.jsonl") == ROWS


def test_csv_has_a_header_quotes_and_line_ends_of_rfc_4180(tmp_path: Path) -> None:
    land(f"{tmp_path}/rows.csv", ROWS)
    lines = content(f"{tmp_path}/rows.csv").decode()
    assert lines.startswith(",".join(ATTRIBUTES) + "\r\n" + '1,"a ""quoted"", text\r\nof two lines",1,')
    assert lines.endswith("\r\n")


@pytest.mark.parametrize(
    ("row", "attribute", "text"),
    [
        pytest.param(0, "tags", '["x",{"y":"é"}]', id="nested is JSON"),
        pytest.param(1, "phone", "+491234", id="plus stays"),
        pytest.param(1, "active", "true", id="truth as in JSON"),
        pytest.param(1, "nothing", "", id="null is empty"),
        pytest.param(0, "active", "", id="absent is empty"),
        pytest.param(2, "mixed", '{"z":null}', id="mixed"),
        pytest.param(2, "huge", str(2**70), id="huge"),
        pytest.param(2, "created_at", "2026-09-28T12:00:00+02:00", id="moment as sent"),
    ],
)
def test_csv_values_are_written_as_they_are(tmp_path: Path, row: int, attribute: str, text: str) -> None:
    land(f"{tmp_path}/rows.csv", ROWS)
    assert read(f"{tmp_path}/rows.csv")[row][attribute] == text


@pytest.mark.parametrize("begin", ["=", "@", "+", "-", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_csv_makes_a_text_of_what_a_spreadsheet_takes_for_a_formula(tmp_path: Path, begin: str) -> None:
    formula = f"{begin}cmd|' /C calc'!A0"
    land(f"{tmp_path}/rows.csv", [{"id": 1, formula: formula, "quoted": f"'{formula}"}])
    assert read(f"{tmp_path}/rows.csv") == [{"id": "1", f"'{formula}": f"'{formula}", "quoted": f"''{formula}"}]


@pytest.mark.parametrize("text", ["+49 (30) 1234-56", "-7", "-", "+1.5", "a=1", "a@b.example", "'tis", "'", " =1"])
def test_csv_leaves_alone_what_is_no_formula(tmp_path: Path, text: str) -> None:
    land(f"{tmp_path}/rows.csv", [{"id": -1, "text": text}])
    assert read(f"{tmp_path}/rows.csv") == [{"id": "-1", "text": text}]


@pytest.mark.parametrize(
    ("attribute", "kind", "values"),
    [
        ("id", "int64", [1, 2, 3]),
        ("score", "double", [1.0, 2.5, None]),
        ("active", "bool", [None, True, None]),
        ("created_at", "timestamp[us, tz=UTC]", [None, None, datetime(2026, 9, 28, 10, tzinfo=UTC)]),
        ("large", "int64", [None, None, 2**60]),
        ("huge", "string", [None, None, str(2**70)]),
        ("tags", "string", ['["x",{"y":"é"}]', None, None]),
        ("mixed", "string", ["1", "x", '{"z":null}']),
        ("nothing", "string", [None, None, None]),
    ],
)
def test_parquet_keeps_the_types(tmp_path: Path, attribute: str, kind: str, values: list[Any]) -> None:
    from pyarrow import parquet

    land(f"{tmp_path}/rows.parquet", ROWS)
    table = parquet.read_table(tmp_path / "rows.parquet")
    assert table.column_names == ATTRIBUTES
    assert str(table.schema.field(attribute).type) == kind
    assert table.column(attribute).to_pylist() == values


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        pytest.param([2**60, 0.5], "string", id="a double holds no large whole number"),
        pytest.param([True, 1], "string", id="truth is no number"),
        pytest.param(["2026-09-28T12:00:00Z", "soon"], "string", id="not every text is a moment"),
        pytest.param(["2026-09-28"], "string", id="a date is no moment"),
        pytest.param(["2026-09-28T12:00:00.123456789Z"], "string", id="finer than microseconds"),
        pytest.param(["2026-13-28T12:00:00Z"], "string", id="no such month"),
        pytest.param(["0001-01-01T00:00:00+14:00"], "string", id="before the first year"),
        pytest.param(["2026-01-22 14:54:18 UTC", "2026-01-22T14:54:18"], "timestamp[us, tz=UTC]", id="UTC by name"),
        pytest.param([None, -(2**63)], "int64", id="the smallest of 64 bits"),
        pytest.param([2**63], "string", id="one more than 64 bits"),
    ],
)
def test_parquet_takes_text_where_a_type_would_lose_something(tmp_path: Path, values: list[Any], kind: str) -> None:
    from pyarrow import parquet

    land(f"{tmp_path}/rows.parquet", [{"id": number, "seen_at": value} for number, value in enumerate(values)])
    assert str(parquet.read_schema(tmp_path / "rows.parquet").field("seen_at").type) == kind


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_lone_surrogate_does_not_stop_the_pull(tmp_path: Path, suffix: str) -> None:
    land(f"{tmp_path}/rows.{suffix}", [{"id": 1, "na\udfffme": "\ud83d", "nested": ["\ud83d"]}])
    row = read(f"{tmp_path}/rows.{suffix}")[0]
    assert "\N{REPLACEMENT CHARACTER}" in row.values() or row["na\udfffme"] == "\ud83d"


FORMULAS = ["=1+1", "@SUM(1)"]
HOSTILE = [*FORMULAS, "a,b", 'a"b', "a\r\nb", "a\rb", "a;b\tc", "../a", "a\0b", "", " ", "#", "{}", "\ufeff"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_no_name_and_no_text_breaks_out_of_its_cell(tmp_path: Path, suffix: str) -> None:
    land(f"{tmp_path}/rows.{suffix}", [{"id": 1, **dict(zip(HOSTILE, reversed(HOSTILE), strict=True))}])
    is_csv = "csv" in suffix
    come_back = [f"'{text}" if is_csv and text in FORMULAS else text for text in HOSTILE]
    assert read(f"{tmp_path}/rows.{suffix}") == [
        {"id": "1" if is_csv else 1, **dict(zip(come_back, reversed(come_back), strict=True))}
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_record_nested_however_deeply_lands_or_is_told(tmp_path: Path, suffix: str) -> None:
    for depth in DEPTHS:
        sink = FileSink(f"{tmp_path}/rows.{suffix}")
        with Spool(("id",)) as spool, suppress(UnexpectedReply):
            spool.add([nested(depth)])
            assert sink.land(spool)["bytes"] > 0


def test_parquet_comes_in_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pyarrow import parquet

    monkeypatch.setattr("airflow_provider_circle.records.formats._ROW_GROUP_ROWS", 2)
    land(f"{tmp_path}/rows.parquet", ROWS)
    assert parquet.ParquetFile(tmp_path / "rows.parquet").num_row_groups == 2
    assert [row["id"] for row in read(f"{tmp_path}/rows.parquet")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "file_format", "told"),
    [
        ("rows.JSONL", None, "jsonl"),
        ("rows.ndjson.gz", None, "jsonl.gz"),
        ("rows.txt", "csv", "csv"),
        ("rows", "jsonl.gz", "jsonl.gz"),
        ("rows.gz", "csv.gz", "csv.gz"),
    ],
)
def test_the_format_is_named_or_read_off_the_name(tmp_path: Path, name: str, file_format: str, told: str) -> None:
    assert land(f"{tmp_path}/{name}", ROWS, file_format=file_format)["format"] == told


@pytest.mark.parametrize(
    ("path", "options", "reason"),
    [
        pytest.param("rows.json", {}, "jsonl, jsonl.gz, csv, csv.gz, parquet", id="json"),
        pytest.param("rows", {}, "file_format", id="no suffix"),
        pytest.param("rows.jsonl", {"file_format": "xml"}, "file_format.*xml", id="unknown"),
        pytest.param("rows.csv.gz", {"file_format": "csv"}, "file_format is csv", id="contradiction"),
        pytest.param("folder/", {"file_format": "csv"}, "must name a file", id="folder"),
        pytest.param("a-file/rows.csv", {}, "path .*no folder", id="below a file"),
        pytest.param("a-folder.csv", {}, "is a folder", id="in place of a folder"),
        pytest.param("ro\0ws.csv", {}, "path must not hold a NUL character", id="nul"),
    ],
)
def test_a_mistake_is_told_before_anything_is_pulled(
    tmp_path: Path, path: str, options: dict[str, Any], reason: str
) -> None:
    (tmp_path / "a-file").touch()
    (tmp_path / "a-folder.csv").mkdir()
    with pytest.raises(ValueError, match=reason):
        FileSink(f"{tmp_path}/{path}", **options).check()


def test_a_bucket_that_is_not_there_is_told_before_anything_is_pulled(bucket: str) -> None:
    with pytest.raises(ValueError, match=r"path s3://nobodys-bucket/rows\.csv cannot be written to"):
        FileSink("s3://lake@nobodys-bucket/rows.csv").check()


def test_a_check_leaves_nothing_behind(folder: str) -> None:
    FileSink(f"{folder}/rows.csv").check()
    assert StoredFile(f"{folder}/rows.csv", None).neighbours() == []


def test_parquet_without_pyarrow_is_told_before_anything_is_pulled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_provider_circle.records.formats.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"airflow-provider-circle\[parquet\]"):
        FileSink(f"{tmp_path}/rows.parquet").check()


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("s3://lake@bucket/a/rows.csv", "s3://bucket/a/rows.csv"),
        ("sftp://me:secret@host/rows.csv", "sftp://host/rows.csv"),
        ("s3://bucket/a@b/rows.csv", "s3://bucket/a@b/rows.csv"),
        ("/srv/a@b/rows.csv", "file:///srv/a@b/rows.csv"),
        ("file:///tmp/rows.csv", "file:///tmp/rows.csv"),
    ],
)
def test_the_uri_holds_no_credentials(path: str, uri: str) -> None:
    assert FileSink(path).uri == uri


def test_a_connection_can_be_given_beside_the_path(bucket: str) -> None:
    path = bucket.replace("lake@", "")
    land(f"{path}/rows.csv", ROWS, conn_id="lake")
    assert len(read(f"{bucket}/rows.csv")) == 3


def test_stores_that_show_half_an_upload_get_it_under_another_name_first(monkeypatch: pytest.MonkeyPatch) -> None:
    attach = pytest.importorskip("airflow.sdk.io", reason="Airflow 2 has it elsewhere").attach
    from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped]

    attach("memory", fs=MemoryFileSystem())
    writes: list[str] = []
    put = MemoryFileSystem.put_file

    def told(self: Any, local: str, remote: str, **options: Any) -> None:
        writes.append(remote)
        put(self, local, remote, **options)

    monkeypatch.setattr(MemoryFileSystem, "put_file", told)
    land("memory://box/rows.jsonl", ROWS)
    land("memory://box/rows.jsonl", ROWS[:2])
    assert [write.rpartition("/")[2] for write in writes] == [".rows.jsonl.partial"] * 2
    assert [row["id"] for row in read("memory://box/rows.jsonl")] == [1, 2]


class Failing:
    """Rows that break off."""

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[Entry]:
        yield Entry("1", b'{"id":1}')
        raise RuntimeError("broke off")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_failure_leaves_the_old_file_and_nothing_else(folder: str, suffix: str) -> None:
    land(f"{folder}/rows.{suffix}", ROWS)
    rows: Rows = Failing()
    with pytest.raises(RuntimeError, match="broke off"):
        FileSink(f"{folder}/rows.{suffix}").land(rows)
    assert len(read(f"{folder}/rows.{suffix}")) == 3
    assert StoredFile(f"{folder}/any", None).neighbours() == [f"rows.{suffix}"]


class Many:
    """
    Ten thousand rows.

    :param dies_in: the reading, counted from 1, in which the process is killed.
    :param by: who writes them.
    :param pause_s: between rows.
    """

    def __init__(self, dies_in: int = 0, by: str = "", pause_s: float = 0) -> None:
        self._dies_in = dies_in
        self._by = by
        self._pause_s = pause_s
        self._reading = 0

    def __len__(self) -> int:
        return 10_000

    def __iter__(self) -> Iterator[Entry]:
        self._reading += 1
        for number in range(len(self)):
            if number == 9_000 and self._reading == self._dies_in:
                os.kill(os.getpid(), signal.SIGKILL)
            if number % 1000 == 0:
                time.sleep(self._pause_s)
            yield Entry(str(number), json.dumps({"id": number, "by": self._by, "text": "x" * 100}).encode())


@pytest.mark.parametrize(("suffix", "reading"), [("jsonl", 1), ("csv.gz", 1), ("csv.gz", 2), ("parquet", 2)])
def test_a_kill_leaves_the_old_file_and_a_retry_replaces_it(tmp_path: Path, suffix: str, reading: int) -> None:
    path = f"{tmp_path}/rows.{suffix}"
    land(path, ROWS)
    assert ended(started(lambda: FileSink(path).land(Many(dies_in=reading)))) == -signal.SIGKILL
    assert len(read(path)) == 3
    FileSink(path).land(Many())
    assert len(read(path)) == 10_000
    assert os.listdir(tmp_path) == [f"rows.{suffix}"]


def test_what_a_killed_try_wrote_is_not_in_the_next_file(tmp_path: Path) -> None:
    (tmp_path / ".rows.jsonl.partial").write_bytes(b"x" * 10_000)
    land(f"{tmp_path}/rows.jsonl", ROWS)
    assert read(f"{tmp_path}/rows.jsonl") == ROWS


def test_two_tries_at_once_leave_the_whole_file_of_one(tmp_path: Path) -> None:
    path = str(tmp_path / "rows.jsonl")
    tries = [started(partial(FileSink(path).land, Many(by=by, pause_s=0.02))) for by in "abc"]
    assert [ended(process) for process in tries] == [0, 0, 0]
    rows = read(path)
    assert len(rows) == 10_000
    assert len({row["by"] for row in rows}) == 1
    assert os.listdir(tmp_path) == ["rows.jsonl"]
