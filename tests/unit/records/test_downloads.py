"""Many files land in a folder, each whole and once; a retry knows what is there, and believes nothing else."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from airflow_provider_circle.core.download import Downloaded
from airflow_provider_circle.core.walk import Writable
from airflow_provider_circle.exceptions import NotFound, Unreachable
from airflow_provider_circle.records.downloads import Wanted
from airflow_provider_circle.records.storage import StoredFolder
from tests.unit.records.downloading import ALL, MANIFEST, failed, lines, put, there, wanted, web
from tests.unit.records.landing import ended, started


def test_files_land_and_the_manifest_says_what_they_are(folder: str) -> None:
    internet = web()
    target = internet.into(folder)
    target.check()

    told = target.land(ALL)

    assert there(folder).keys() == {MANIFEST, *(one.target for one in ALL)}
    assert lines(folder)[1] == {
        "target": "build/f1/0/f1.txt",
        "bytes": 9,
        "sha256": sha256(b"content 1").hexdigest(),
        "pipeline_id": "p",
        "path": "f1",
    }
    assert told["artifacts"] == 3
    assert told["bytes"] == 27
    assert told["manifest"] == told["uri"] + MANIFEST
    assert "lake@" not in json.dumps(told)


def test_manifest_is_in_the_order_of_the_files_however_they_come(folder: str) -> None:
    internet = web(40)
    many = wanted(*(f"f{number}" for number in range(40)))

    internet.into(folder, concurrency=8).land(many)

    assert [line["path"] for line in lines(folder)] == [f"f{number}" for number in range(40)]


def test_nothing_to_fetch_is_an_empty_manifest(folder: str) -> None:
    assert web().into(folder).land([])["artifacts"] == 0
    assert there(folder) == {MANIFEST: b""}


def test_rerun_replaces_what_is_there(folder: str) -> None:
    web().into(folder).land(ALL)
    internet = web(f1=b"another")

    internet.into(folder).land(ALL)

    assert internet.fetched == ["f0", "f1", "f2"]
    assert there(folder)["build/f1/0/f1.txt"] == b"another"


def test_retry_fetches_what_is_missing(folder: str) -> None:
    internet = web(f2=Unreachable("gone"))
    failed(internet, folder)
    assert MANIFEST not in there(folder)
    again = web()

    told = again.into(folder).land(ALL)

    assert again.fetched == ["f2"]
    assert told["artifacts"] == 3
    assert there(folder).keys() == {MANIFEST, *(one.target for one in ALL)}
    assert [line["sha256"] for line in lines(folder)] == [
        sha256(f"content {number}".encode()).hexdigest() for number in range(3)
    ]
    assert "2 were there already" in again.said[-1]


def test_retry_after_a_retry_knows_what_both_landed(folder: str) -> None:
    failed(web(f1=Unreachable("gone")), folder)
    failed(web(f2=Unreachable("gone")), folder)
    again = web()

    again.into(folder).land(ALL)

    assert again.fetched == ["f2"]


def test_retry_loses_no_note_of_the_try_before(tmp_path: Path) -> None:
    folder = str(tmp_path)
    failed(web(f2=Unreachable("gone")), folder)
    notes = {name: content for name, content in there(folder).items() if name.startswith(f".{MANIFEST}.")}
    for name in notes:
        (tmp_path / name).unlink()
    put(folder, f".{MANIFEST}.000001", b"".join(notes.values()))
    failed(web(bad=Unreachable("gone")), folder, wanted("f0", "bad"))
    again = web()

    again.into(folder).land(ALL)

    assert again.fetched == ["f2"]


@pytest.mark.parametrize("at", [0, 1, 2])
def test_try_that_was_killed_is_gone_on_with(tmp_path: Path, at: int) -> None:
    folder = str(tmp_path / "out")

    def kill(url: str) -> None:
        noted(folder, int(url[1:]))
        if url == f"f{at}":
            os.kill(os.getpid(), signal.SIGKILL)

    def dying() -> None:
        internet = web()
        internet.at_fetch = kill
        internet.into(folder).land(ALL)

    assert ended(started(dying)) == -signal.SIGKILL
    again = web()

    again.into(folder).land(ALL)

    assert again.fetched == [f"f{number}" for number in range(at, 3)]
    assert there(folder).keys() == {MANIFEST, *(one.target for one in ALL)}


def noted(folder: str, count: int) -> None:
    """Wait until so many notes are written: the thread that writes them is another."""
    until = time.monotonic() + 20
    while len([name for name in os.listdir(folder) if name.endswith(tuple("0123456789"))] if count else []) < count:
        assert time.monotonic() < until
        time.sleep(0.005)


@pytest.mark.parametrize("other", [b"content X", b"", b"content 0 and more"], ids=["as_long", "empty", "longer"])
def test_file_that_is_not_what_was_noted_is_fetched_again(folder: str, other: bytes) -> None:
    failed(web(f2=Unreachable("gone")), folder)
    put(folder, ALL[0].target, other)
    again = web()

    again.into(folder).land(ALL)

    assert again.fetched == ["f0", "f2"]
    assert there(folder)[ALL[0].target] == b"content 0"


def test_file_that_is_gone_is_fetched_again(folder: str) -> None:
    failed(web(f2=Unreachable("gone")), folder)
    StoredFolder(folder, None, "path").file(ALL[0].target).remove()
    again = web()

    again.into(folder).land(ALL)

    assert again.fetched == ["f0", "f2"]


def test_same_names_of_another_pipeline_are_never_taken_for_ours(folder: str) -> None:
    failed(web(f2=Unreachable("gone")), folder)
    again = web()

    again.into(folder).land(wanted("f0", "f1", "f2", pipeline="another"))

    assert again.fetched == ["f0", "f1", "f2"]


def test_file_that_nobody_noted_is_fetched(folder: str) -> None:
    put(folder, ALL[0].target, b"content 0")
    internet = web()

    internet.into(folder).land(ALL)

    assert internet.fetched == ["f0", "f1", "f2"]


@pytest.mark.parametrize("note", [b"no json\n", b"[1]\n", b"5\n", b"{}\n", b'{"target": 5}\n', b"\xff\n"])
def test_note_that_is_none_is_passed_over(folder: str, note: bytes) -> None:
    put(folder, f".{MANIFEST}.000001", note)
    put(folder, f".{MANIFEST}.of-somebody", b"else")
    internet = web()

    internet.into(folder).land(ALL)

    assert internet.fetched == ["f0", "f1", "f2"]
    assert [name for name in there(folder) if name.startswith(".")] == [f".{MANIFEST}.of-somebody"]


def test_failure_is_raised_and_nothing_new_is_begun(folder: str) -> None:
    internet = web(f0=NotFound("gone"))

    with pytest.raises(NotFound):
        internet.into(folder).land(ALL)

    assert internet.fetched == ["f0"]
    assert there(folder) == {}


def test_full_disk_leaves_no_half_file(folder: str) -> None:
    internet = web(f1=OSError(28, "No space left on device"))

    with pytest.raises(OSError, match="No space"):
        internet.into(folder).land(ALL)

    assert {name for name in there(folder) if not name.startswith(f".{MANIFEST}.")} == {ALL[0].target}


def test_file_that_comes_anew_replaces_its_half(folder: str) -> None:
    internet = web()

    @contextmanager
    def session(_: Callable[[float], None]) -> Iterator[Callable[..., Downloaded]]:
        def fetch(_url: str, into: Callable[[], Writable], _: str) -> Downloaded:
            into().write(b"half of a long file, then the connection broke")
            into().write(b"whole")
            return Downloaded(5, sha256(b"whole").hexdigest())

        yield fetch

    internet.session = session  # type: ignore[method-assign]
    internet.into(folder).land(ALL[:1])

    assert there(folder)[ALL[0].target] == b"whole"


def test_folder_that_cannot_be_written_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(ValueError, match=r"^path"):
        web().into(str(tmp_path / "taken")).check()


@pytest.mark.parametrize(
    "name",
    [
        "a b.txt",
        "ü/中.txt",
        "x#y",
        "x?y",
        "100%.txt",
        "%41",
        "[a]*",
        "~/x",
        ".hidden",
        "a;b&c=d",
        "x ",
        "a@b:c",
        "A::B.x",
        "s3::x",
    ],
)
def test_odd_but_harmless_names_land_as_they_are(folder: str, name: str) -> None:
    one = Wanted(f"build/{name}", {"path": name}, "f0", name)

    web().into(folder).land([one])
    again = web()
    again.into(folder).land([one])

    assert there(folder).keys() == {MANIFEST, f"build/{name}"}


def test_notes_stay_few_however_many_files_there_are(tmp_path: Path) -> None:
    count = 300
    internet = web(count, last=Unreachable("gone"))
    of = wanted(*(f"f{number}" for number in range(count)), "last")

    failed(internet, str(tmp_path), of)

    assert len([name for name in os.listdir(tmp_path) if name.startswith(f".{MANIFEST}.")]) < 150
    again = web(count, last=b"")
    again.into(str(tmp_path)).land(of)
    assert again.fetched == ["last"]


def test_progress_is_said_now_and_then(tmp_path: Path) -> None:
    internet = web(3)
    internet.at_fetch = lambda _: setattr(internet, "now_s", internet.now_s + 6.0)

    internet.into(str(tmp_path)).land(ALL)

    assert internet.said[-1].startswith("Landed 3 of 3 files")
    assert all("of 3 files" in line for line in internet.said)
