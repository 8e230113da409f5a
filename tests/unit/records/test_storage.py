"""A file that is replaced whole: whom it waits for, what it does without locks, and when it refuses."""

from __future__ import annotations

import errno
import fcntl
import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from airflow_provider_circle.records.storage import StoredFile, emptied


def replace(path: Path, content: bytes) -> None:
    with StoredFile(str(path), None).replacing() as file:
        file.write(content)


@pytest.fixture
def lock_ends_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], list[int]]:
    """Do something the first time that a lock is had, as whoever held it before might have; the files locked so far."""

    def patched(first: Callable[[], None]) -> list[int]:
        locked: list[int] = []

        def flock(descriptor: int, _: int) -> None:
            locked.append(descriptor)
            if len(locked) == 1:
                first()

        monkeypatch.setattr(fcntl, "flock", flock)
        return locked

    return patched


def test_a_partial_file_that_its_last_holder_removed_is_opened_anew(
    tmp_path: Path, lock_ends_in: Callable[[Callable[[], None]], list[int]]
) -> None:
    locked = lock_ends_in((tmp_path / ".rows.partial").unlink)

    replace(tmp_path / "rows", b"ours")

    assert ((tmp_path / "rows").read_bytes(), len(locked), os.listdir(tmp_path)) == (b"ours", 2, ["rows"])


def test_a_file_that_another_try_has_just_landed_is_not_written_into(
    tmp_path: Path, lock_ends_in: Callable[[Callable[[], None]], list[int]]
) -> None:
    partial, theirs = tmp_path / ".rows.partial", tmp_path / "theirs"

    def landed_and_begun_again() -> None:
        partial.rename(theirs)
        theirs.write_bytes(b"theirs")
        partial.write_bytes(b"a third try")

    locked = lock_ends_in(landed_and_begun_again)

    replace(tmp_path / "rows", b"ours")

    assert ((tmp_path / "rows").read_bytes(), theirs.read_bytes(), len(locked)) == (b"ours", b"theirs", 2)


def refusing(number: int) -> Callable[[int, int], None]:
    def flock(_: int, __: int) -> None:
        raise OSError(number, os.strerror(number))

    return flock


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP], ids=errno.errorcode.get)
def test_a_file_system_without_locks_is_written_to_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(fcntl, "flock", refusing(number))

    replace(tmp_path / "rows", b"ours")

    assert (tmp_path / "rows").read_bytes() == b"ours"


def test_a_lock_that_fails_leaves_the_old_file_and_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rows").write_bytes(b"old")
    monkeypatch.setattr(fcntl, "flock", refusing(errno.EIO))
    opened = os.listdir("/proc/self/fd")

    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        replace(tmp_path / "rows", b"ours")

    assert ((tmp_path / "rows").read_bytes(), os.listdir("/proc/self/fd")) == (b"old", opened)


def test_a_folder_that_may_not_be_written_to_is_told_before_anything_is_pulled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The superuser, as whom tests often run, may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path or not mode & os.W_OK)

    with pytest.raises(ValueError, match=f"path file://{tmp_path}/new/rows cannot be written to: no permission in"):
        StoredFile(f"{tmp_path}/new/rows", None).check()


def test_a_download_that_begins_anew_leaves_nothing_of_what_came_before() -> None:
    file = io.BytesIO()
    empty = emptied(file)
    empty().write(b"the first, which was long")

    empty().write(b"the second")

    assert file.getvalue() == b"the second"
