"""
A list worth pulling, as data, and the walk that reads it.

Knows how a scope, a window, filters and parents become requests, and what of them a record is told. Whether what came
is complete is judged by whoever lands it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, TypeAlias

from airflow_provider_circle.core.ahead import ListRequest, pages_ahead
from airflow_provider_circle.core.endpoint import Endpoint, Query
from airflow_provider_circle.core.json_text import read_json
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.paging import CursorPages, NumberedPages, Page
from airflow_provider_circle.core.row import Row, read_rows
from airflow_provider_circle.core.walk import Caller, Emit, Wait, Walk, relayed
from airflow_provider_circle.core.window import Window, moment_of, seconds_of

__all__ = [
    "FINGERPRINT",
    "Between",
    "Filter",
    "NewestFirst",
    "OfParents",
    "Parent",
    "Stream",
    "checked_filters",
    "number",
    "one_of",
    "read_stream",
    "text",
    "time_range",
    "truth",
]

Filter: TypeAlias = Callable[[str, Any], Query]
"""Turns a filter's name and value into query parameters; raises ValueError for a value of the wrong kind."""

FINGERPRINT = "fingerprint"
"""Attribute that stands for several others of a record, some of which may be missing."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK_GAP = timedelta(days=1)
"""More than any service's clock is ahead of ours."""
_MARGIN = timedelta(seconds=1)
"""What is asked for beyond both ends of a window and cut off here, whatever a service takes its bounds to mean."""


@dataclass(frozen=True, slots=True)
class Between:
    """
    The service itself picks what is in a window.

    :param min: query parameter for its beginning.
    :param max: query parameter for its end.
    :param write: how the service wants a moment written.
    :param keeps: how far back the service has anything, where it refuses a window that is longer.
    """

    min: str
    max: str
    write: Callable[[datetime], str]
    keeps: timedelta | None = None

    def query(self, window: Window | None, now: datetime) -> Query:
        """Ask for a window, both ends given; for everything without any."""
        if window is None:
            return {}
        begin = max(_shifted(window.min or _EPOCH, -_MARGIN), _EPOCH)
        if self.keeps is None:
            end = _shifted(window.max or now + _CLOCK_GAP, _MARGIN)
        elif window.max is None:
            return {self.min: self.write(max(begin, now - self.keeps))}
        else:
            end = _shifted(window.max, _MARGIN)
            # What is cut off was before anything the service still has.
            begin = max(begin, _shifted(end, -self.keeps))
        return {self.min: self.write(begin), self.max: self.write(end)}


@dataclass(frozen=True, slots=True)
class NewestFirst:
    """
    The list begins with the newest, and reading ends at the window's beginning.

    :param before: query parameter that begins later in the list: with what is older than a moment.
    :param write: how the service wants that moment written.
    :param order: query parameters that put the newest first.
    """

    before: str = ""
    write: Callable[[datetime], str] = datetime.isoformat
    order: Query = field(default_factory=dict)

    def query(self, window: Window | None, _: datetime) -> Query:
        """Ask for the window's newest."""
        if not self.before or window is None or window.max is None:
            return self.order
        return {**self.order, self.before: self.write(_shifted(window.max, _MARGIN))}


@dataclass(frozen=True, slots=True)
class OfParents:
    """The window, and the filters, pick what the lists belong to; of those, everything is read."""


@dataclass(frozen=True, slots=True)
class Parent:
    """
    What a list belongs to.

    :param stream: the stream whose records are the parents.
    :param attribute: of a child's record, carries the parent's id.
    :param parameter: placeholder of the path, or query parameter, that takes it.
    :param key: attribute of the parent's record that holds the id.
    """

    stream: str
    attribute: str
    parameter: str
    key: str = "id"


@dataclass(frozen=True, slots=True)
class Stream:
    """
    A list worth pulling.

    :param key: attributes that identify a record.
    :param cursor: attribute that says when a record last changed.
    :param window: how a window of the cursor is asked for; ``None`` where only all can be read.
    :param query: parameters of every request.
    :param filters: what may narrow the list, by name.
    :param defaults: values of filters that are not given.
    :param scope: whose list it is, where a connection reaches those of several: placeholders of the path, or query
        parameters, that whoever reads has a value for.
    :param stamps: of the scope and the filters, what a record is told if it does not say it itself.
    :param fingerprint: attributes that together identify a record, though some may be missing: a record gets
        ``fingerprint``, 32 hexadecimal digits that stand for them.
    :param nameless: records may lack their key, as what has been deleted by half; they are left out.
    """

    name: str
    endpoint: Endpoint
    key: Sequence[str] = ("id",)
    cursor: str | None = None
    window: Between | NewestFirst | OfParents | None = None
    parent: Parent | None = None
    query: Query = field(default_factory=dict)
    filters: Mapping[str, Filter] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    scope: Sequence[str] = ()
    stamps: Sequence[str] = ()
    fingerprint: Sequence[str] = ()
    nameless: bool = False


def read_stream(
    caller: Caller,
    stream: Stream,
    *,
    window: Window | None = None,
    filters: Mapping[str, Any] | None = None,
    parents: Iterable[str | int] = (),
    scope: Mapping[str, str] | None = None,
    concurrency: int = 1,
    missing_ok: bool = False,
    attributes: Sequence[str] | None = None,
) -> Walk[None]:
    """
    Emit a stream's records, page by page and in order; around a window's ends some that are outside.

    A child stream's records get their parent's id, which is the label of what is emitted, too.

    :param window: what the cursor must lie in; ``None`` for all.
    :param filters: as the stream allows.
    :param parents: ids; for child streams only.
    :param scope: whose list it is, by the names the stream asks for.
    :param concurrency: how many pages are on their way at most.
    :param missing_ok: a parent that does not exist has no children, instead of ending the read.
    :param attributes: what is still looked at; records are then handed on as rows. Left out, as the JSON objects.
    :raises ValueError: a filter that the stream does not know, or of the wrong type; or a part of the scope is missing.
    """
    query: Query = {**stream.query, **checked_filters(stream, filters)}
    own = _own_scope(stream, scope or {})
    if isinstance(stream.window, Between | NewestFirst):
        query = {**query, **stream.window.query(window, datetime.fromtimestamp(caller.clock(), UTC))}
    lists: Iterable[ListRequest] = [_list_of(stream.endpoint, "", own, query)]
    if (kind := stream.parent) is not None:
        lists = (_list_of(stream.endpoint, parent, {**own, kind.parameter: parent}, query) for parent in parents)
    known = {**stream.defaults, **(filters or {}), **own}
    told = {name: known[name] for name in stream.stamps if name in known}

    def keep(record: JsonObject | Row, label: str | int) -> JsonObject | Row:
        if isinstance(record, Row):
            return record
        _tell(stream, record, told, label)
        return record if attributes is None else Row.of(record, attributes)

    walk = pages_ahead(
        caller,
        stream.endpoint,
        lists,
        concurrency=concurrency,
        enough=_beyond(stream, window or Window()),
        decode=read_json if attributes is None or told else _decoder(stream, attributes),
        keep=keep,
        missing_ok=missing_ok,
    )
    if not stream.nameless:
        yield from walk
        return
    left_out = 0

    def named(emitted: Emit) -> Emit:
        nonlocal left_out
        records = [record for record in emitted.records if all(record.get(part) is not None for part in stream.key)]
        left_out += len(emitted.records) - len(records)
        return replace(emitted, records=records)

    yield from relayed(walk, named)
    if left_out:
        yield Wait(0.0, f"{left_out} of the {stream.name} have no {' and '.join(stream.key)} any more: left out")


def checked_filters(stream: Stream, filters: Mapping[str, Any] | None) -> Query:
    """
    Turn filters into query parameters.

    :raises ValueError: no mapping, or a filter that the stream does not know, or of the wrong type.
    """
    given = filters or {}
    if not isinstance(given, Mapping):
        raise ValueError(f"filters must be a mapping of names to values, got {filters!r:.100}")
    query: dict[str, Any] = {}
    for name, value in {**stream.defaults, **given}.items():
        if name not in stream.filters:
            known = ", ".join(stream.filters) or "none"
            raise ValueError(f"filters: {stream.name} cannot be narrowed by {name!r}; known are {known}")
        query.update(stream.filters[name](f"filters[{name!r}]", value))
    return query


def text(parameter: str) -> Filter:
    """Make a filter that is a text, or a number written as one."""

    def read(name: str, value: Any) -> Query:
        if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
            raise ValueError(f"{name} must be a text, got {value!r}")
        return {parameter: value}

    return read


def number(parameter: str) -> Filter:
    """Make a filter that is a whole number."""

    def read(name: str, value: Any) -> Query:
        digits = str(value).strip()
        if isinstance(value, bool) or not (digits.isascii() and digits.removeprefix("-").isdigit()):
            raise ValueError(f"{name} must be a whole number, got {value!r}")
        return {parameter: int(digits)}

    return read


def truth(parameter: str) -> Filter:
    """Make a filter that is true or false."""

    def read(name: str, value: Any) -> Query:
        words = {"true": True, "false": False}
        if str(value).strip().lower() not in words:
            raise ValueError(f"{name} must be true or false, got {value!r}")
        return {parameter: words[str(value).strip().lower()]}

    return read


def one_of(parameter: str, *words: str) -> Filter:
    """Make a filter that is one of some words."""

    def read(name: str, value: Any) -> Query:
        if value not in words:
            raise ValueError(f"{name} must be one of {', '.join(words)}, got {value!r}")
        return {parameter: value}

    return read


def time_range(min_parameter: str, max_parameter: str, write: Callable[[datetime], str]) -> Filter:
    """Make a filter that is a range of time, ``{"min": …, "max": …}``; an end left out is far away."""

    def read(name: str, value: Any) -> Query:
        if not isinstance(value, Mapping) or not value or value.keys() - {"min", "max"}:
            raise ValueError(f"{name} must be a mapping with min and max, got {value!r}")
        ends = {end: moment_of(f"{name}[{end!r}]", value[end]) for end in ("min", "max") if value.get(end) is not None}
        try:
            window = Window(ends.get("min"), ends.get("max"))
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        far = datetime(9999, 1, 1, tzinfo=UTC)
        return {min_parameter: write(window.min or _EPOCH), max_parameter: write(window.max or far)}

    return read


def _tell(stream: Stream, record: JsonObject, told: Mapping[str, Any], parent: str | int) -> None:
    """Complete a record with what the service leaves unsaid: whose it is, and what was asked for."""
    if stream.parent is not None:
        record[stream.parent.attribute] = parent
    for name, value in told.items():
        record.setdefault(name, value)
    if stream.fingerprint:
        parts = json.dumps([record.get(part) for part in stream.fingerprint], sort_keys=True)
        record[FINGERPRINT] = blake2b(parts.encode(), digest_size=16).hexdigest()


def _decoder(stream: Stream, attributes: Sequence[str]) -> Callable[[bytes], Any]:
    """Choose how a page is read: records that nothing is added to can stay the texts they are."""
    is_told = stream.parent is not None or stream.fingerprint
    paging = stream.endpoint.pages
    if is_told or not isinstance(paging, CursorPages | NumberedPages):
        return read_json
    return lambda text: read_rows(text, paging.records, attributes)


def _own_scope(stream: Stream, scope: Mapping[str, str]) -> Mapping[str, str]:
    if missing := [name for name in stream.scope if not scope.get(name)]:
        raise ValueError(f"{' and '.join(missing)} is missing: {stream.name} cannot be read without")
    return {name: scope[name] for name in stream.scope}


def _shifted(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


def _list_of(endpoint: Endpoint, label: str | int, values: Mapping[str, str | int], query: Query) -> ListRequest:
    """Put values where the endpoint has a place for them: into the path, else behind the question mark."""
    path = {name: value for name, value in values.items() if f"{{{name}}}" in endpoint.path.replace(":path}", "}")}
    return ListRequest(label, path, {**query, **{name: value for name, value in values.items() if name not in path}})


def _beyond(stream: Stream, window: Window) -> Callable[[Page], bool]:
    """Tell for a page of a list that begins with the newest whether all that follows is older than the window."""
    if not isinstance(stream.window, NewestFirst) or window.min is None or stream.cursor is None:
        return lambda _: False
    cursor, since_s = stream.cursor, _shifted(window.min, -_MARGIN).timestamp()

    def beyond(page: Page) -> bool:
        moments = [moment for record in page.records if (moment := seconds_of(record.get(cursor))) is not None]
        # All of them: what is pinned stays in front, however old.
        return bool(moments) and max(moments) < since_s

    return beyond
