"""
Many files from elsewhere into one folder: side by side, each whole or not at all, each once.

What has landed is noted beside the files, so that a retry fetches only the rest, on every Airflow. A note is believed
only when it is about the very same source and the file still has the noted digest. How one file is fetched is known
elsewhere.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Writable
from airflow_provider_circle.hooks.base import Fetch
from airflow_provider_circle.records.side_by_side import Halt, side_by_side
from airflow_provider_circle.records.storage import StoredFile, StoredFolder

__all__ = ["DownloadFolder", "Wanted"]

_SAY_EVERY_S = 10.0
_NOTED_SHARE = 50
"""A note is written when more than one in so many files is new: at once in the beginning, and some hundred times in
all, however many files there are."""

_CHUNK_BYTES = 1_048_576
_MIB = 1_048_576


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    A file to fetch.

    :param target: where it lands, below the folder; checked.
    :param source: what it is, in JSON's own types: equal for the same file, and for no other.
    :param name: what messages call it.
    """

    target: str
    source: Mapping[str, object]
    url: str = field(repr=False)
    name: str


class DownloadFolder:
    """
    A folder on any ``ObjectStoragePath`` that files are downloaded into.

    Beside them lies a manifest, JSON lines in the order of the files: ``target``, ``bytes``, ``sha256`` and the source.
    It is written last, so that whoever finds it finds the files; until then ``.<manifest>.<number>`` note what has
    landed. Files that other runs left there stay, and are not in it.

    :param path: the folder's.
    :param conn_id: Airflow connection to the storage; may also stand in the path as ``scheme://conn_id@…``.
    :param manifest: name of the manifest.
    :param concurrency: files on their way at once.
    :param session: opens what one thread fetches through, given what it is to wait with.
    :param say: writes a line to the task's log.
    :param clock: seconds that only go forward.
    :param sleep: waits for seconds.
    """

    def __init__(
        self,
        path: str,
        conn_id: str | None,
        *,
        manifest: str,
        concurrency: int,
        session: Callable[[Callable[[float], None]], AbstractContextManager[Fetch]],
        say: Callable[[str], None],
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._folder = StoredFolder(path, conn_id, "path")
        self._manifest = self._folder.file(manifest)
        self._notes = _Notes(self._folder, f".{manifest}.")
        self._concurrency = concurrency
        self._session = session
        self._say = say
        self._clock = clock
        self._sleep = sleep

    def check(self) -> None:
        """
        Find out whether files can be written there, before anything is asked of a service.

        :raises ValueError: they cannot.
        """
        self._manifest.check()

    def land(self, wanted: Sequence[Wanted]) -> JsonObject:
        """
        Fetch every file that an earlier try did not land, then write the manifest.

        When one fails for good, those under way are still landed and noted, and no other is begun.

        :return: ``{"artifacts": int, "bytes": int, "uri": str, "manifest": str}``.
        :raises ValueError: a symbolic link in the folder leads elsewhere; nothing was fetched.
        :raises CircleError: the first failure.
        """
        for one in wanted:
            self._check_links(one.target)
        noted, landed, halt = self._notes.read(), dict[str, JsonObject](), Halt()
        progress = _Progress(len(wanted), self._say, self._clock)
        batches = side_by_side(
            wanted,
            lambda one, fetch: self._land(one, noted.get(one.target), fetch, halt, progress),
            session=lambda: self._session(partial(halt.wait, sleep=self._sleep)),
            concurrency=self._concurrency,
            halt=halt,
        )
        try:
            for batch in batches:
                landed |= {str(entry["target"]): entry for entry in batch}
                self._notes.add(batch)
                progress.tell(len(landed))
        finally:
            batches.close()
            self._notes.write()
        self._say(f"Landed {progress}")
        with self._manifest.replacing() as file:
            _write_lines(file, (landed[one.target] for one in wanted))
        self._notes.remove()
        return {
            "artifacts": len(landed),
            "bytes": sum(entry["bytes"] for entry in landed.values()),
            "uri": self._manifest.uri.rpartition("/")[0] + "/",
            "manifest": self._manifest.uri,
        }

    def _land(self, one: Wanted, noted: JsonObject | None, fetch: Fetch, halt: Halt, progress: _Progress) -> JsonObject:
        """Land one file, in a thread of its own."""
        stored = self._folder.file(one.target)
        if noted is not None and noted == _entry(one, noted) and _digest_of(stored, halt) == noted["sha256"]:
            progress.kept()
            return noted
        self._check_links(one.target)
        with stored.replacing() as file:

            def emptied() -> Writable:
                file.seek(0)
                file.truncate()
                return _Watched(file, halt, progress)

            done = fetch(one.url, emptied, one.name)
            halt.check()
        return _entry(one, {"bytes": done.size, "sha256": done.sha256})

    def _check_links(self, target: str) -> None:
        """Refuse to write through a symbolic link below the folder: it may be there to lead elsewhere."""
        scheme, _, manifest = self._manifest.uri.partition("://")
        if scheme not in {"file", "local"}:
            return
        place = Path(manifest).parent
        for segment in target.split("/")[:-1]:
            place /= segment
            if place.is_symlink():
                raise ValueError(f"path: {place} is a symbolic link, and files would land where it leads; remove it")


def _entry(one: Wanted, landed: JsonObject) -> JsonObject:
    return {"target": one.target, "bytes": landed.get("bytes"), "sha256": landed.get("sha256"), **one.source}


def _digest_of(stored: StoredFile, halt: Halt) -> str:
    """Read what is there; an empty text when there is no such file."""
    digest = sha256()
    try:
        with stored.reading() as file:
            while chunk := file.read(_CHUNK_BYTES):
                halt.check()
                digest.update(chunk)
    except OSError:
        return ""
    return digest.hexdigest()


def _write_lines(file: BinaryIO, entries: Iterable[JsonObject]) -> None:
    file.writelines(json.dumps(entry).encode() + b"\n" for entry in entries)


class _Notes:
    """What has landed so far, in small files that are only ever added."""

    def __init__(self, folder: StoredFolder, prefix: str) -> None:
        self._folder = folder
        self._prefix = prefix
        self._last = 0
        self._count = 0
        self._waiting: list[JsonObject] = []

    def read(self) -> dict[str, JsonObject]:
        """Read what earlier tries noted, the newest note of each target."""
        noted: dict[str, JsonObject] = {}
        for name in self._names():
            self._last = max(self._last, int(name.removeprefix(self._prefix)))
            for line in (self._folder.file(name).read() or b"").splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    entry = json.loads(line)
                    noted[entry["target"]] = entry
        return noted

    def add(self, entries: Sequence[JsonObject]) -> None:
        """Note what has landed; written when enough has come together."""
        self._waiting += entries
        self._count += len(entries)
        if len(self._waiting) * _NOTED_SHARE > self._count:
            self.write()

    def write(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        self._last += 1
        with self._folder.file(f"{self._prefix}{self._last:06}").replacing() as file:
            _write_lines(file, self._waiting)
        self._waiting = []

    def remove(self) -> None:
        """Remove all notes; where a role may write but not delete, they stay and do no harm."""
        with suppress(PermissionError):
            for name in self._names():
                self._folder.file(name).remove()

    def _names(self) -> list[str]:
        names = (name for name in self._folder.names() if name.startswith(self._prefix))
        return [name for name in names if name.removeprefix(self._prefix).isdecimal()]


class _Progress:
    """Counts what comes, in several threads, and says so now and then."""

    def __init__(self, expected: int, say: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        self._expected = expected
        self._say = say
        self._clock = clock
        self._began_s = self._said_s = clock()
        self._bytes = 0
        self._kept = 0
        self._done = 0

    def came(self, size: int) -> None:
        """Count bytes."""
        with self._lock:
            self._bytes += size

    def kept(self) -> None:
        """Count a file that was there."""
        with self._lock:
            self._kept += 1

    def tell(self, done: int) -> None:
        """Count the files, and say how far it has come, at most every ten seconds."""
        self._done = done
        if self._clock() - self._said_s >= _SAY_EVERY_S:
            self._said_s = self._clock()
            self._say(str(self))

    def __str__(self) -> str:
        """Sum up how far it has come."""
        spent_s = max(self._clock() - self._began_s, 0.001)
        text = f"{self._done:,} of {self._expected:,} files, {self._bytes / _MIB:,.1f} MiB received"
        text += f", {self._bytes / _MIB / spent_s:,.1f} MiB/s"
        return text + (f"; {self._kept:,} were there already" if self._kept else "")


class _Watched:
    """A file whose bytes are counted, and that takes no more when the task is killed."""

    def __init__(self, file: BinaryIO, halt: Halt, progress: _Progress) -> None:
        self._file = file
        self._halt = halt
        self._progress = progress

    def write(self, content: bytes, /) -> int:
        """Take the next piece."""
        self._halt.check()
        self._progress.came(len(content))
        return self._file.write(content)
