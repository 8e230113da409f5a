"""Memory stays flat, however many rows land."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_provider_circle.records.files import FileSink
from airflow_provider_circle.records.spool import Entry
from tests.unit.records.landing import Target, ended, started

ROWS = 200_000
MIB = 2**20


class Rows:
    """Many rows, made when asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Entry]:
        for number in range(self._count):
            yield Entry(str(number), b'{"id":%d,"name":"name %d","text":"%b"}' % (number, number, b"x" * 200))


def added_mib(work: object, folder: Path) -> float:
    """How much the peak of a process grows by some work."""
    assert callable(work)
    told = folder / "peak"

    def measured() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        work()
        told.write_text(str((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))

    assert ended(started(measured)) == 0
    return float(told.read_text())


@pytest.mark.parametrize(("suffix", "most_mib"), [("jsonl.gz", 16), ("csv", 16), ("parquet", 160)])
def test_a_file_is_written_in_little_memory(tmp_path: Path, suffix: str, most_mib: float) -> None:
    if suffix == "parquet":
        pytest.importorskip("pyarrow.parquet")  # its own size is not what grows
    path = f"{tmp_path}/rows.{suffix}"
    assert added_mib(lambda: FileSink(path).land(Rows(ROWS)), tmp_path) < most_mib


def test_a_table_is_filled_in_little_memory(target: Target, tmp_path: Path) -> None:
    target.land([{"id": -1, "name": "first"}], cursor=None)  # imports what is needed
    sink = target.sink(cursor=None, deletes="delete")
    assert added_mib(lambda: sink.land(Rows(ROWS), complete=True), tmp_path) < 32
    assert target.run("SELECT count(*) AS n FROM contacts") == [{"n": ROWS}]
