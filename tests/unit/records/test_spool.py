"""A spool keeps each record once, its newest version, in the order they first came, and little in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.row import Row
from airflow_provider_circle.core.window import Window
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.records.spool import Entry, Spool, content_hash

EARLY, MIDDAY, LATE = "2026-03-02T06:00:00Z", "2026-03-02T12:00:00Z", "2026-03-02T18:00:00Z"
MORNING = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, 12, tzinfo=UTC))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where spools are, in this test alone."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def moon(number: int | str, at: str | None = MIDDAY, name: str = "") -> JsonObject:
    return {"id": number, "at": at, "name": name}


def kept(*batches: list[JsonObject], cursor: str | None = "at", window: Window | None = None) -> list[JsonObject]:
    with Spool(["id"], cursor, window) as spool:
        for batch in batches:
            spool.add(batch)
        return [entry.record for entry in spool]


# Each once


def test_records_come_back_in_the_order_they_came() -> None:
    records = [moon(number) for number in (3, 1, 2)]
    assert kept(records[:2], records[2:]) == records


def test_a_record_keeps_the_place_where_it_first_came() -> None:
    assert kept([moon(3), moon(1), moon(2)], [moon(3, LATE, "again")])[0] == moon(3, LATE, "again")


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        pytest.param(EARLY, LATE, "second", id="newer comes later"),
        pytest.param(LATE, EARLY, "first", id="newer came first"),
        pytest.param(MIDDAY, MIDDAY, "second", id="equally new"),
        pytest.param("2026-03-02T13:00:00+01:00", "2026-03-02T11:59:59Z", "first", id="in different zones"),
        pytest.param("2026-03-02 12:00:00 UTC", "2026-03-02T11:59:59Z", "first", id="in different spellings"),
        pytest.param("2026-03-02T12:00:00.002Z", "2026-03-02T12:00:00.001Z", "first", id="by a millisecond"),
        pytest.param(None, EARLY, "second", id="dated after undated"),
        pytest.param(LATE, None, "second", id="undated after dated"),
        pytest.param(None, None, "second", id="both undated"),
        pytest.param(LATE, "soon", "second", id="no date after dated"),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two"])
def test_of_two_with_the_same_key_the_newer_stays(
    first: str | None,
    second: str | None,
    name: str,
    together: bool,
) -> None:
    records = [moon(1, first, "first"), moon(1, second, "second")]
    (stayed,) = kept(records) if together else kept(records[:1], records[1:])
    assert stayed["name"] == name


def test_without_a_cursor_what_comes_later_is_newer() -> None:
    assert kept([moon(1, LATE, "first")], [moon(1, EARLY, "second")], cursor=None) == [moon(1, EARLY, "second")]


def test_the_newest_of_three_stays_whatever_came_last() -> None:
    versions = [moon(1, EARLY), moon(1, LATE), moon(1, MIDDAY)]
    assert kept(versions) == [moon(1, LATE)]


@pytest.mark.parametrize("count", [99, 100, 101, 250])
@pytest.mark.parametrize("size", [1, 25, 300], ids="pages of {}".format)
def test_none_is_lost_or_doubled_however_many_come_at_once(count: int, size: int) -> None:
    versions = [moon(number, at, at) for at in (MIDDAY, LATE, EARLY) for number in range(count)]
    pages = [versions[first : first + size] for first in range(0, len(versions), size)]
    assert kept(*pages) == [moon(number, LATE, LATE) for number in range(count)]


def test_rows_are_kept_like_objects() -> None:
    records = [moon(1, EARLY), moon(2, LATE), moon(1, LATE, "é")]
    with Spool(["id"], "at") as spool:
        spool.add([Row.of(record, spool.attributes) for record in records])
        assert [entry.record for entry in spool] == [records[2], records[1]]


# Keys


@pytest.mark.parametrize(
    ("key", "record", "text"),
    [
        pytest.param(["id"], {"id": "io"}, "io", id="text"),
        pytest.param(["id"], {"id": 7}, "7", id="number"),
        pytest.param(["id"], {"id": 0}, "0", id="zero"),
        pytest.param(["id"], {"id": 10**30}, "1" + "0" * 30, id="a number beyond 64 bits"),
        pytest.param(["id"], {"id": "Ío\0💫"}, "Ío\0💫", id="not ASCII"),
        pytest.param(["a", "b"], {"b": 1, "a": "x"}, '["x", 1]', id="two, in their own order"),
        pytest.param(["a", "b"], {"a": "x, y", "b": "é"}, '["x, y", "\\u00e9"]', id="two, not ASCII"),
    ],
)
def test_a_key_is_one_text(key: list[str], record: JsonObject, text: str) -> None:
    with Spool(key) as spool:
        spool.add([record])
        assert [entry.key for entry in spool] == [text]


def test_keys_of_two_attributes_are_not_mixed_up() -> None:
    with Spool(["a", "b"]) as spool:
        spool.add([{"a": "x", "b": "y, z"}, {"a": "x, y", "b": "z"}, {"a": 1, "b": 11}, {"a": 11, "b": 1}])
        assert len(spool) == 4


@pytest.mark.parametrize("value", [None, "", 1.5, [1], {"id": 1}], ids=repr)
@pytest.mark.parametrize("key", [["id"], ["id", "at"], ["at", "id"]], ids=str)
def test_a_record_without_a_key_is_unexpected(key: list[str], value: Any) -> None:
    with Spool(key) as spool, pytest.raises(UnexpectedReply, match=f"a record has no {' and '.join(key)} to tell"):
        spool.add([{"id": value, "at": MIDDAY}])


def test_a_record_that_lacks_the_attribute_is_unexpected() -> None:
    with Spool(["id"]) as spool, pytest.raises(UnexpectedReply, match="no id"):
        spool.add([{"name": "private@person.example"}])


def test_a_complaint_about_a_key_shows_none_of_the_record() -> None:
    with Spool(["id"]) as spool, pytest.raises(UnexpectedReply) as complaint:
        spool.add([{"id": None, "name": "private@person.example"}])
    assert "private" not in str(complaint.value)


# Content


@pytest.mark.parametrize(
    "value",
    ["é💫", "\ud800", "a\udfffb", "\0", '"\\\n', 1.1, 1e300, 10**30, None, True, [], {}, {"b": [1, {"c": None}]}],
    ids=ascii,
)
def test_a_record_comes_back_as_it_was(value: Any) -> None:
    assert kept([{"id": 1, "value": value}]) == [{"id": 1, "value": value}]


@pytest.mark.parametrize("value", ["é💫", "\ud800"], ids=ascii)
def test_a_body_can_be_written_as_utf_8(value: str) -> None:
    with Spool(["id"]) as spool:
        spool.add([{"id": 1, "value": value}])
        (entry,) = spool
    assert json.loads(entry.body)["value"] == value


def test_a_lone_surrogate_in_a_key_is_kept_or_unexpected() -> None:
    try:
        records = kept([{"id": "a\ud800"}])
    except UnexpectedReply:
        records = [{"id": "a\ud800"}]
    assert records == [{"id": "a\ud800"}]


def test_attributes_keep_the_services_order() -> None:
    with Spool(["id"]) as spool:
        spool.add([{"z": 1, "id": 1, "a": 2}])
        assert [entry.body for entry in spool] == [b'{"z":1,"id":1,"a":2}']


def test_the_order_of_attributes_does_not_change_the_content() -> None:
    one, other = Entry("1", b'{"a":1,"b":{"c":2,"d":3}}'), Entry("1", b'{"b":{"d":3,"c":2},"a":1}')
    assert one.content_hash == other.content_hash


@pytest.mark.parametrize("body", [b'{"a":2}', b'{"a":"1"}', b'{"b":1}', b'{"a":[1]}', b'{"a":1,"b":null}', b"{}"])
def test_another_content_has_another_hash(body: bytes) -> None:
    assert Entry("1", body).content_hash != Entry("1", b'{"a":1}').content_hash


@pytest.mark.parametrize("body", [b'{"a":1}', b'{"a":"\\ud800"}'])
def test_a_content_hash_is_32_hexadecimal_digits(body: bytes) -> None:
    digits = Entry("1", body).content_hash
    assert (len(digits), set(digits) <= set("0123456789abcdef")) == (32, True)


# The window


def test_records_outside_the_window_do_not_land() -> None:
    records = [moon(1, EARLY), moon(2, MIDDAY), moon(3, "2026-03-02T11:59:59.999Z"), moon(4, "2026-03-01T23:59:59Z")]
    assert [record["id"] for record in kept(records, window=MORNING)] == [1, 3]


@pytest.mark.parametrize("at", [None, "soon", ""], ids=repr)
def test_a_record_without_a_date_lands(at: str | None) -> None:
    assert kept([moon(1, at)], window=MORNING) == [moon(1, at)]


@pytest.mark.parametrize(
    ("dates", "landed"),
    [
        pytest.param([EARLY, LATE], 0, id="left the window"),
        pytest.param([LATE, EARLY], 0, id="left the window, older version later"),
        pytest.param(["2026-03-01T00:00:00Z", EARLY], 1, id="came into the window"),
    ],
)
def test_the_newest_version_decides_whether_a_record_lands(dates: list[str], landed: int) -> None:
    assert len(kept([moon(1, at) for at in dates], window=MORNING)) == landed


def test_what_lands_is_counted() -> None:
    with Spool(["id"], "at", MORNING) as spool:
        spool.add([moon(1, EARLY), moon(2, LATE), moon(1, EARLY)])
        assert len(spool) == 1


def test_an_empty_spool_lands_nothing() -> None:
    with Spool(["id"]) as spool:
        assert (len(spool), list(spool), spool.seen(), spool.newest_s()) == (0, [], {}, None)


@pytest.mark.parametrize(
    ("dates", "newest"),
    [
        pytest.param(
            [EARLY, "2026-03-02T09:00:00Z", "2026-03-02T08:00:00Z"], "2026-03-02T09:00:00+00:00", id="the latest"
        ),
        pytest.param([EARLY, LATE], "2026-03-02T06:00:00+00:00", id="of those that land"),
        pytest.param([EARLY, None], "2026-03-02T06:00:00+00:00", id="of those with a date"),
    ],
)
def test_the_newest_cursor_of_what_lands_is_told(dates: list[str | None], newest: str) -> None:
    with Spool(["id"], "at", MORNING) as spool:
        spool.add([moon(number, at) for number, at in enumerate(dates)])
        assert spool.newest_s() == datetime.fromisoformat(newest).timestamp()


def test_without_dates_there_is_no_newest() -> None:
    with Spool(["id"], "at") as spool:
        spool.add([moon(1, None)])
        assert spool.newest_s() is None


# Lists and passes


def test_each_lists_records_are_counted_once() -> None:
    with Spool(["id"]) as spool:
        spool.add([moon(1), moon(2), moon(1)], label="mars")
        spool.add([moon(3)], label=4)
        assert spool.seen() == {"mars": 2, "4": 1}


def test_records_outside_the_window_count_as_seen() -> None:
    with Spool(["id"], "at", MORNING) as spool:
        spool.add([moon(1, LATE)], label="mars")
        assert spool.seen() == {"mars": 1}


def test_each_pass_counts_what_it_saw() -> None:
    with Spool(["id"], "at") as spool:
        spool.add([moon(1), moon(2, LATE), moon(3)], label="mars", pass_number=1)
        spool.add([moon(2, EARLY), moon(3), moon(4)], label="mars", pass_number=2)
        assert (spool.seen(1), spool.seen(2), spool.seen()) == ({"mars": 1}, {"mars": 3}, {"mars": 4})


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        pytest.param(["mars"], {"mars": 2}, id="one"),
        pytest.param([4], {"4": 1}, id="a number"),
        pytest.param(["mars", 4, "venus"], {"mars": 2, "4": 1}, id="several"),
        pytest.param(["venus"], {}, id="one that nothing was seen of"),
        pytest.param([], {}, id="none"),
    ],
)
def test_some_lists_are_counted_alone(labels: list[str | int], expected: dict[str, int]) -> None:
    with Spool(["id"]) as spool:
        spool.add([moon(1), moon(2)], label="mars", pass_number=2)
        spool.add([moon(3)], label=4, pass_number=2)
        spool.add([moon(5)], label="mars", pass_number=1)
        assert spool.seen(2, labels) == expected


def test_a_pass_that_saw_nothing_counts_nothing() -> None:
    with Spool(["id"]) as spool:
        spool.add([moon(1)])
        assert spool.seen(2) == {}


def test_what_a_pass_did_not_see_any_more_is_forgotten() -> None:
    with Spool(["id"]) as spool:
        spool.add([moon(1), moon(2), moon(3)], label=4, pass_number=1)
        spool.add([moon(3), moon(1)], label=4, pass_number=2)
        spool.forget_unseen([4], 2)
        assert [entry.key for entry in spool] == ["1", "3"]


def test_other_lists_are_not_forgotten() -> None:
    with Spool(["id"]) as spool:
        spool.add([moon(1)], label="mars", pass_number=1)
        spool.add([moon(2)], label="venus", pass_number=1)
        spool.forget_unseen(["mars"], 2)
        assert spool.seen() == {"venus": 1}


def test_a_record_that_moved_to_another_list_counts_there() -> None:
    with Spool(["id"]) as spool:
        spool.add([moon(1)], label="mars", pass_number=1)
        spool.add([moon(1)], label="venus", pass_number=2)
        spool.forget_unseen(["mars"], 2)
        assert spool.seen() == {"venus": 1}


def test_what_was_forgotten_may_come_again_and_comes_last() -> None:
    with Spool(["id"]) as spool:
        spool.add([moon(1), moon(2)], pass_number=1)
        spool.add([moon(2)], pass_number=2)
        spool.forget_unseen([""], 2)
        spool.add([moon(1)], pass_number=3)
        assert [entry.key for entry in spool] == ["2", "1"]


# The file


def test_nothing_is_left_on_the_disk(folder: Path) -> None:
    with Spool(["id"]) as spool:
        spool.add([moon(number) for number in range(10_000)])
        # Nothing by name even now, so that a process that is killed leaves nothing.
        assert list(folder.iterdir()) == []
    assert list(folder.iterdir()) == []


def test_nothing_is_left_on_the_disk_after_an_error(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), Spool(["id"]) as spool:
        spool.add([moon(1), moon(1 // 0)])
    assert list(folder.iterdir()) == []


def test_nothing_is_left_on_the_disk_while_somebody_still_iterates(folder: Path) -> None:
    with Spool(["id"]) as spool:
        spool.add([moon(1), moon(2)])
        entries = iter(spool)
        next(entries)
    assert list(folder.iterdir()) == []


def test_a_spool_is_for_its_owners_eyes_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes, unlink = [], os.unlink

    def unlinked(path: str) -> None:
        modes.append(os.stat(path).st_mode & 0o777)
        unlink(path)

    monkeypatch.setattr(os, "unlink", unlinked)
    with Spool(["id"]):
        assert list(folder.iterdir()) == []
    assert set(modes) == {0o600}


def test_a_spool_that_outgrows_memory_can_be_read_though_it_has_no_name(folder: Path) -> None:
    with Spool(["id"]) as spool:
        for first in range(0, 20_000, 1000):
            spool.add([{"id": number, "text": "x" * 1000} for number in range(first, first + 1000)])
        assert list(folder.iterdir()) == []
        assert sum(len(entry.record["text"]) for entry in spool) == 20_000_000
        assert len(spool) == 20_000


def test_two_spools_do_not_mix() -> None:
    with Spool(["id"]) as one, Spool(["id"]) as other:
        one.add([moon(1)])
        assert (len(one), len(other)) == (1, 0)


_FILL = """
import resource, sys
from airflow_provider_circle.records.spool import Spool

rows, peak_kib = int(sys.argv[1]), 0
with Spool(["id"], "at") as spool:
    for number in range(2):
        for first in range(0, rows, 100):
            ids = [f"{row:032d}" for row in range(first, first + 100)]
            page = [{"id": id_, "at": "2026-03-02T12:00:00Z", "text": "x" * 300} for id_ in ids]
            spool.add(page, label=first % 7, pass_number=number + 1)
    assert sum(spool.seen(2).values()) == len(spool) == rows
    assert sum(1 for entry in spool if entry.record["id"] == entry.key) == rows
    assert spool.newest_s()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_kib(rows: int, folder: Path) -> int:
    filled = subprocess.run(
        [sys.executable, "-c", _FILL, str(rows)],
        env={"PYTHONPATH": ":".join(path or "." for path in sys.path), "TMPDIR": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(filled.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
def test_memory_stays_flat_however_many_records_there_are(folder: Path) -> None:
    few, many = peak_kib(20_000, folder), peak_kib(200_000, folder)
    assert many - few < 4 * 1024, f"{few} KiB for 20,000 records, {many} KiB for 200,000"


def test_records_of_some_lists_are_counted() -> None:
    with Spool(("id",)) as spool:
        for label in ("a", "b", 3):
            spool.add([{"id": f"{label}{number}"} for number in range(2)], label=label, pass_number=1)
        spool.add([{"id": "a1"}], label="a", pass_number=2)

        assert spool.seen(labels=["a", 3, "unknown"]) == {"a": 2, "3": 2}
        assert spool.seen(1, labels=["a", "b"]) == {"a": 1, "b": 2}


@pytest.mark.parametrize("number", [b"1e999", b"1" * 5000], ids=["beyond every float", "too many digits"])
def test_a_number_that_cannot_be_read_is_unexpected_when_somebody_needs_it(number: bytes) -> None:
    with pytest.raises(UnexpectedReply, match="a number"):
        _ = Entry("1", b'{"a":%b}' % number).record


def test_a_record_nested_too_deeply_for_a_hash_is_unexpected() -> None:
    record: JsonObject = {}
    for _ in range(100_000):
        record = {"a": record}
    with pytest.raises(UnexpectedReply, match="nested too deeply"):
        content_hash(record)
