"""What is pulled is held once, newest, in order; what a pull and a landing end with is what is true, or they refuse."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.paging import Page
from airflow_provider_circle.core.row import Row
from airflow_provider_circle.core.stream import Between, Parent, Stream
from airflow_provider_circle.core.walk import Emit
from airflow_provider_circle.core.window import Window, seconds_of
from airflow_provider_circle.exceptions import InconsistentRead
from airflow_provider_circle.records.progress import Progress
from airflow_provider_circle.records.pull import pull
from airflow_provider_circle.records.spool import Spool
from tests.unit.properties.strategies import json_values
from tests.unit.records.landing import Target

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LABELS = ("io", "eu")

cursors = st.none() | st.integers(0, 6).map(lambda hours: (NOON + timedelta(hours=hours)).isoformat())


# A spool


class Batch(NamedTuple):
    """Records that come together; ``forgets`` drops, afterwards, what a pass did not see of the list."""

    records: list[JsonObject]
    label: str
    pass_number: int
    forgets: bool
    as_rows: bool


@dataclass
class Held:
    """What a spool should hold of a record."""

    record: JsonObject
    label: str
    pass_number: int
    moment_s: float | None


batches = st.lists(
    st.builds(
        Batch,
        st.lists(
            st.fixed_dictionaries(
                {"id": st.integers(0, 12) | st.sampled_from(["a", "é", "\0", " "]), "at": cursors | json_values(2)},
                optional={"created_at": cursors, "more": json_values(3)},
            ),
            max_size=12,
        ),
        st.sampled_from(LABELS),
        st.integers(1, 3),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
)
windows = st.sampled_from([None, Window(NOON + timedelta(hours=2), NOON + timedelta(hours=5))])


@given(batches, windows, st.booleans(), st.sampled_from([0, 0, 99, 250]))
def test_a_spool_holds_each_key_once_newest_and_where_it_first_came(
    batches: list[Batch], window: Window | None, has_cursor: bool, others: int
) -> None:
    many = [{"id": f"other {number}", "at": None} for number in range(others)]
    held: dict[str, Held] = {}
    with Spool(["id"], "at" if has_cursor else None, window) as spool:
        for records, label, pass_number, forgets, as_rows in [Batch(many, "io", 3, False, False), *batches]:
            spool.add(
                (Row.of(record, spool.attributes) if as_rows else record for record in records),
                label=label,
                pass_number=pass_number,
            )
            for record in records:
                moment_s, before = seconds_of(record["at"]) if has_cursor else None, held.get(str(record["id"]))
                one = Held(record, label, pass_number, moment_s)
                if before and before.moment_s is not None and moment_s is not None and moment_s < before.moment_s:
                    one.record, one.moment_s = before.record, before.moment_s
                held[str(record["id"])] = one
            if forgets:
                spool.forget_unseen([label], pass_number)
                held = {key: one for key, one in held.items() if one.label != label or one.pass_number >= pass_number}

        landing = {
            key: one
            for key, one in held.items()
            if window is None or one.moment_s is None or window.holds(one.moment_s)
        }
        assert [(entry.key, entry.record) for entry in spool] == [(key, one.record) for key, one in landing.items()]
        assert len(spool) == len(landing)
        assert spool.newest_s() == max(
            (one.moment_s for one in landing.values() if one.moment_s is not None), default=None
        )
        for number in (None, 1, 2, 3):
            counts = {
                label: sum(one.label == label and number in {None, one.pass_number} for one in held.values())
                for label in LABELS
            }
            assert spool.seen(number) == {label: count for label, count in counts.items() if count}


# A pull


@dataclass
class Reading:
    """
    What was true while a list was read once.

    :ivar first: what it held when its first page was asked for.
    :ivar ever: versions of all records that it held at some time since.
    """

    first: dict[int, int]
    ever: dict[int, set[int]]
    changed: bool = False
    over: bool = False


class Change(NamedTuple):
    """Something that happens to a list between two pages."""

    what: str
    at: int
    to: int
    label: str


@dataclass
class Shifting:
    """Lists that change between any two of their pages, until nothing is left to happen."""

    lists: dict[str, list[JsonObject]]
    size: int
    happens: list[list[Change]]
    counts: bool = True
    dates: bool = True
    leaves: bool = False
    """What changes leaves the list: it is in the window no more."""
    now_s: float = NOON.timestamp()
    readings: dict[str, list[Reading]] = field(default_factory=dict)
    _next: int = 1000

    def __call__(self, parents: Sequence[str | int]) -> Generator[Emit, None, None]:
        for label in map(str, parents):
            number = 0
            while not number or number * self.size < len(self.lists[label]):
                self._go_on()
                rows = self.lists[label]
                state = {row["id"]: row["version"] for row in rows}
                if not number:
                    reading = Reading(state, {key: {version} for key, version in state.items()})
                    self.readings.setdefault(label, []).append(reading)
                shown = deepcopy(rows[number * self.size :][: self.size])
                server_s = float(int(self.now_s)) if self.dates else None
                yield Emit(shown, label, Page(shown, None, len(rows) if self.counts else None, server_s=server_s))
                number += 1
            self.readings[label][-1].over = True

    def _go_on(self) -> None:
        """Let time pass, and what happens next happen."""
        self.now_s += 0.4
        for what, at, to, label in self.happens.pop(0) if self.happens else []:
            if label in self.lists:
                self._change(what, at, to, label)

    def _change(self, what: str, at: int, to: int, label: str) -> None:
        rows, now = self.lists[label], datetime.fromtimestamp(self.now_s, UTC).isoformat()
        row: JsonObject | None = None
        if what == "create":
            self._next += 1
            row = {"list": label, "id": self._next, "version": 0, "created_at": now}
        elif rows:
            row = rows.pop(at % len(rows))
        if row is not None and what != "delete" and not self.leaves:
            rows.insert(to % (len(rows) + 1), {**row, "version": row["version"] + 1, "at": now})
        for reading in self.readings.get(label, []):
            if reading.over:
                continue
            reading.changed = True
            for kept in rows:
                reading.ever.setdefault(kept["id"], set()).add(kept["version"])


changes = st.builds(
    Change,
    st.sampled_from(["create", "delete", "update"]),
    st.integers(0, 30),
    st.integers(0, 30) | st.just(0),
    st.sampled_from(LABELS),
)
scripts = st.lists(st.just([]) | st.lists(changes, max_size=3), max_size=14)
lively = st.lists(st.lists(changes, min_size=1, max_size=2) | st.just([]), min_size=2, max_size=5)
ages_s = st.lists(st.sampled_from([1e6, 1e6, 0.0, 0.9]), max_size=14)


def listed(ages_s: Iterable[float], label: str) -> list[JsonObject]:
    """Make a list of records that were created so long before everything begins."""
    return [
        {"list": label, "id": number, "version": 1, "at": at, "created_at": at}
        for number, age_s in enumerate(ages_s)
        for at in [(NOON - timedelta(seconds=age_s)).isoformat()]
    ]


def pulled(service: Shifting, stream: Stream, window: Window | None = None) -> dict[str, dict[int, int]] | None:
    """Pull: the versions that are held of each list; nothing where the pull refused."""
    parents = list(service.lists)
    with Spool(["list", "id"], "at", window) as spool:
        try:
            pull(
                service,
                stream,
                spool,
                window=window,
                parents=parents,
                progress=Progress(lambda _: None, lambda: 0.0),
                sleep=lambda _: None,
            )
        except InconsistentRead:
            return None
        held: dict[str, dict[int, int]] = {label: {} for label in parents}
        for record in (entry.record for entry in spool):
            held[record["list"]][record["id"]] = record["version"]
        return held


MOONS = Endpoint("GET", "/moons", "https://docs.orbit.example/v3/moons")
ALL = Stream("moons", MOONS, ("list", "id"), "at")
OF_PLANETS = Stream("moons", MOONS, ("list", "id"), "at", parent=Parent("planets", "list", "planet"))
OF_A_WINDOW = Stream("moons", MOONS, ("list", "id"), "at", Between("min", "max", datetime.isoformat))


@given(st.lists(st.just(1e6), min_size=4, max_size=9), st.integers(1, 3), scripts | lively)
def test_a_pull_holds_everything_that_was_there_all_the_time_and_nothing_that_was_gone(
    ages_s: list[float], size: int, happens: list[list[Change]]
) -> None:
    service = Shifting({"io": listed(ages_s, "io")}, size, happens)
    held = pulled(service, ALL)
    if held is None:
        return
    last = service.readings["io"][-1]
    assert last.first.keys() <= held["io"].keys() <= last.ever.keys()
    assert all(version in last.ever[key] for key, version in held["io"].items())


@given(ages_s, ages_s, st.integers(1, 6), scripts, st.sampled_from([(True, True), (True, False), (False, True)]))
def test_a_list_that_kept_still_while_it_was_read_last_is_held_as_it_is(
    ages_s: list[float], more_ages_s: list[float], size: int, happens: list[list[Change]], says: tuple[bool, bool]
) -> None:
    counts, dates = says
    lists = {"io": listed(ages_s, "io"), "eu": listed(more_ages_s, "eu")}
    service = Shifting(lists, size, happens, counts, dates)
    held = pulled(service, OF_PLANETS)
    if held is None:
        return
    for label, readings in service.readings.items():
        last = readings[-1]
        # Since then it may have changed, while others were read: that is left to the next pull.
        if not last.changed:
            assert held[label] == last.first


@given(ages_s, st.integers(1, 6), scripts)
def test_a_window_that_has_passed_is_held_whole(ages_s: list[float], size: int, happens: list[list[Change]]) -> None:
    service = Shifting({"io": listed(ages_s, "io")}, size, happens, leaves=True)
    held = pulled(service, OF_A_WINDOW, Window(NOON - timedelta(days=30), NOON - timedelta(seconds=3)))
    if held is None:
        return
    there = {number for number, age_s in enumerate(ages_s) if age_s > 3}
    assert there & service.readings["io"][-1].first.keys() <= held["io"].keys() <= there


@given(ages_s, st.integers(1, 6), st.lists(changes, max_size=5), st.integers(0, 3))
def test_a_list_that_has_come_to_rest_is_held_as_it_is(
    ages_s: list[float], size: int, happens: list[Change], after: int
) -> None:
    service = Shifting({"io": listed(ages_s, "io")}, size, [*([[]] * after), happens])
    held = pulled(service, ALL)
    assert held is not None
    # What came after the page it would have been on is the next pull's.
    now = {row["id"]: row["version"] for row in service.lists["io"]}
    last = service.readings["io"][-1]
    assert held["io"] == now or last.changed


# A table


class Landing(NamedTuple):
    """Rows that land; ``complete`` if those are all there are."""

    rows: list[JsonObject]
    complete: bool


landings = st.lists(
    st.builds(
        Landing,
        st.lists(
            st.fixed_dictionaries(
                {
                    "id": st.integers(0, 5),
                    "name": st.none() | st.sampled_from(["a", "b", "é"]),
                    "updated_at": cursors,
                }
            ),
            max_size=5,
            unique_by=lambda row: row["id"],
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=25)
@given(landings, st.sampled_from(["keep", "mark", "delete"]))
def test_a_table_holds_the_newest_of_all_that_landed(landings: list[Landing], deletes: str) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        connection = {"conn_type": "sqlite", "host": str(Path(folder) / "landed.db")}
        patch.setenv("AIRFLOW_CONN_LANDING", json.dumps(connection))
        target = Target("landing", "sqlite")
        held: dict[int, JsonObject] = {}
        marked: set[int] = set()
        for rows, complete in landings:
            told = target.land(rows, complete=complete, deletes=deletes)
            assert told == _landed(held, marked, rows, deletes if complete else "keep")
            if not held and not told["deleted"]:
                continue  # there may be no table yet
            found = target.rows()
            assert [(row["id"], row.get("name"), _moment(row.get("updated_at"))) for row in found] == [
                (key, row["name"], _moment(row["updated_at"])) for key, row in sorted(held.items())
            ]
            assert {row["id"] for row in found if row.get("_deleted_at")} == marked


def _landed(held: dict[int, JsonObject], marked: set[int], rows: list[JsonObject], deletes: str) -> dict[str, int]:
    """Do to a dictionary what is done to a table."""
    counts = {"inserted": 0, "updated": 0, "unchanged": 0, "deleted": 0}
    for row in rows:
        before, at = held.get(row["id"]), _moment(row["updated_at"])
        was = None if before is None else _moment(before["updated_at"])
        if before is None:
            counts["inserted"] += 1
        elif (before == row and row["id"] not in marked) or (at is not None and was is not None and at < was):
            counts["unchanged"] += 1
            continue
        else:
            counts["updated"] += 1
        held[row["id"]] = row
        marked.discard(row["id"])
    gone = held.keys() - {row["id"] for row in rows} - marked
    if deletes != "keep":
        counts["deleted"] = len(gone)
    if deletes == "mark":
        marked |= gone
    elif deletes == "delete":
        for key in gone:
            del held[key]
    return counts


def _moment(text: Any) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
