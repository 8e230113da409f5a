"""
Rows as JSON lines, CSV and Parquet.

Knows what a format makes of each kind of value. The same rows give the same bytes. Where a file goes and how it gets
there whole is left to others.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import Any, BinaryIO, TypeAlias

from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.records.columns import Kind, Rows, as_json, as_text, moment, survey
from airflow_provider_circle.records.packing import packed

__all__ = ["FORMATS", "Format", "format_of"]

_ROW_GROUP_ROWS = 50_000
_ROW_GROUP_BYTES = 16 * 2**20
"""Of JSON: what a row group's values take in memory is a small multiple of that."""

_SAMPLE_ROWS = 1000
"""Of JSON lines, whose names are looked at: they are written without being read."""

_Columns: TypeAlias = Mapping[str, str | None]
_Write: TypeAlias = Callable[[Rows, BinaryIO], _Columns]


@dataclass(frozen=True, slots=True)
class Format:
    """
    One way to write rows.

    :param name: as users call it.
    :param suffixes: of file names that mean it, in lower case.
    :param write: writes rows to an open file, which stays open; tells the columns, and their types where it has any.
    :param needs: a module that must be installed.
    """

    name: str
    suffixes: tuple[str, ...]
    write: _Write
    needs: str | None = None


def _write_json_lines(rows: Rows, file: BinaryIO) -> _Columns:
    file.writelines(b"%b\n" % entry.body for entry in rows)
    names: dict[str, None] = {}
    for entry in islice(rows, _SAMPLE_ROWS):
        with suppress(UnexpectedReply):  # it is written as it came, whatever it is
            names.update(dict.fromkeys(entry.record))
    return names


def _write_csv(rows: Rows, file: BinaryIO) -> _Columns:
    attributes = list(survey(rows))
    if not attributes:
        return {}
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\r\n")
    header = [str(_cell(attribute)) for attribute in attributes]
    writer.writerow(header)
    for entry in rows:
        record = entry.record
        writer.writerow([_cell(record.get(attribute)) for attribute in attributes])
    text.detach()
    return dict.fromkeys(header)


_FORMULA = re.compile(r"'*(?:[=@\t\r\n\uff1d\uff0b\uff0d\uff20]|[+-](?![\d\s().,/-]*\Z))")
"""How a text begins that a spreadsheet would run, full-width signs as well, or that looks like one made harmless."""


def _cell(value: Any) -> str | None:
    if not isinstance(value, str):
        return None if value is None else as_text(value)
    text = as_text(value)
    return f"'{text}" if _FORMULA.match(text) else text


def _write_parquet(rows: Rows, file: BinaryIO) -> _Columns:
    import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
    from pyarrow import parquet

    types = {
        Kind.BOOLEAN: pa.bool_(),
        Kind.INTEGER: pa.int64(),
        Kind.LONG: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.MOMENT: pa.timestamp("us", tz="UTC"),
    }
    columns = survey(rows)
    schema = pa.schema([(as_text(name), types.get(kind, pa.string())) for name, kind in columns.items()])
    converters = [(name, _CONVERTERS.get(kind, as_text)) for name, kind in columns.items()]
    with parquet.ParquetWriter(file, schema) as writer:
        for records in _groups(rows):
            arrays = [
                pa.array([_converted(convert, record.get(name)) for record in records], type=field.type)
                for (name, convert), field in zip(converters, schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=_ROW_GROUP_ROWS)
    return {field.name: str(field.type) for field in schema}


_CONVERTERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.BOOLEAN: bool,
    Kind.INTEGER: int,
    Kind.LONG: int,
    Kind.NUMBER: float,
    Kind.MOMENT: moment,
    Kind.JSON: as_json,
}


def _converted(convert: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else convert(value)


def _groups(rows: Rows) -> Iterator[list[dict[str, Any]]]:
    records, size = [], 0
    for entry in rows:
        records.append(entry.record)
        size += len(entry.body)
        if len(records) >= _ROW_GROUP_ROWS or size >= _ROW_GROUP_BYTES:
            yield records
            records, size = [], 0
    if records:
        yield records


def _compressed(write: _Write) -> _Write:
    def write_compressed(rows: Rows, file: BinaryIO) -> _Columns:
        with packed(file) as target:
            return write(rows, target)

    return write_compressed


FORMATS = {
    form.name: form
    for form in (
        Format("jsonl", (".jsonl", ".ndjson"), _write_json_lines),
        Format("jsonl.gz", (".jsonl.gz", ".ndjson.gz"), _compressed(_write_json_lines)),
        Format("csv", (".csv",), _write_csv),
        Format("csv.gz", (".csv.gz",), _compressed(_write_csv)),
        Format("parquet", (".parquet",), _write_parquet, needs="pyarrow"),
    )
}


def format_of(name: str, file_format: str | None) -> Format:
    """
    Find a file's format.

    :param name: the file's; its suffix says the format where nothing else does.
    :param file_format: one of :data:`FORMATS`.
    :raises ValueError: there is no such format, the two contradict each other, or a library is missing.
    """
    suffixed = [form for form in FORMATS.values() if name.lower().endswith(form.suffixes)]
    form = FORMATS.get(file_format) if file_format is not None else next(iter(suffixed), None)
    if form is None:
        given = f"file_format {file_format!r}" if file_format is not None else f"the name {name!r}"
        suffixes = ", ".join(suffix for known in FORMATS.values() for suffix in known.suffixes)
        raise ValueError(
            f"file_format must be one of {', '.join(FORMATS)}, or the path end in one of {suffixes}; got {given}"
        )
    if suffixed and form not in suffixed:
        raise ValueError(f"file_format is {form.name}, but the path's name {name!r} says {suffixed[0].name}")
    if form.needs and find_spec(form.needs) is None:
        raise ValueError(
            f"file_format {form.name} needs {form.needs}: install airflow-provider-circle[{form.name}], or choose "
            "another format"
        )
    return form
