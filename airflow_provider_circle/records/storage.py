"""
A file that is replaced whole or not at all, wherever it is.

Knows local disks, object stores and other file systems that fsspec reaches; not what is in a file. A file is written to
``.<name>.partial`` beside the target and renamed; a store that shows an upload only when it is complete gets it under
its own name. An upload is prepared on local disk, so that a failure cannot leave half of it behind.
"""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["StoredFile", "StoredFolder", "emptied"]

_WHOLE_UPLOADS = frozenset({"s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss"})
"""Schemes of stores where an object is there when its upload is complete, and the old one until then."""


class StoredFile:
    """
    One file on any ``ObjectStoragePath``.

    :param path: templated away by now; a plain path is local.
    :param conn_id: Airflow connection to the store; also taken from ``scheme://conn_id@…``.
    :param argument: what the user calls the path, for messages.
    """

    def __init__(self, path: str, conn_id: str | None, argument: str = "path") -> None:
        self._path = path
        self._conn_id = conn_id
        self._argument = argument
        scheme, separator, rest = path.partition("://")
        self._scheme = scheme.lower() if separator else "file"
        authority, slash, key = rest.partition("/")
        self._address = authority.rpartition("@")[2] + slash + key if separator else path

    @property
    def name(self) -> str:
        """The file's own name."""
        return self._address.rpartition("/")[2]

    @property
    def uri(self) -> str:
        """Where it is, without a connection or credentials."""
        return f"{self._scheme}://{self._local.absolute() if self._is_local else self._address}"

    def check(self) -> None:
        """
        Find out whether the file can be written, before anything is asked of a service.

        On a disk nothing is touched. Elsewhere only an attempt tells: an empty ``.<name>.partial`` comes and goes.

        :raises ValueError: it cannot, and another try would not change that.
        """
        if "\0" in self._path:
            raise ValueError(f"{self._argument} must not hold a NUL character, got {self._path!r:.200}")
        if not self.name:
            raise ValueError(f"{self._argument} must name a file, got the folder {self.uri}")
        if self._is_local:
            self._check_disk()
            return
        try:
            files, target = self._reached()
            partial = _partial(target)
            if self._scheme not in _WHOLE_UPLOADS:
                files.makedirs(target.rpartition("/")[0], exist_ok=True)
            files.pipe_file(partial, b"")
        except (FileNotFoundError, NotADirectoryError, PermissionError, ImportError, ValueError) as error:
            raise ValueError(f"{self._argument} {self.uri} cannot be written to: {error}") from error
        with suppress(PermissionError):  # a role that may write but not delete is enough
            files.rm_file(partial)

    @contextmanager
    def replacing(self) -> Iterator[BinaryIO]:
        """Take what the file shall hold; it replaces the old content when the block ends, if it ends well."""
        with self._replacing_local() if self._is_local else self._uploading() as file:
            yield file

    def read(self) -> bytes | None:
        """Read it whole; ``None`` when there is none."""
        try:
            if self._is_local:
                return self._local.read_bytes()
            files, target = self._reached()
            files.invalidate_cache()
            content: bytes = files.cat_file(target)
        except FileNotFoundError:
            return None
        return content

    @contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """
        Open it.

        :raises FileNotFoundError: there is none.
        """
        if self._is_local:
            with self._local.open("rb") as local:
                yield local
        else:
            files, target = self._reached()
            with files.open(target, "rb") as remote:
                yield remote

    def neighbours(self) -> list[str]:
        """List the names in its folder, sorted; none when there is no folder."""
        try:
            if self._is_local:
                return sorted(os.listdir(self._local.parent))
            files, target = self._reached()
            files.invalidate_cache()
            paths = files.ls(target.rpartition("/")[0], detail=False)
        except FileNotFoundError:
            return []
        return sorted(path.rstrip("/").rpartition("/")[2] for path in paths)

    def remove(self) -> None:
        """Remove it, if it is there."""
        with suppress(FileNotFoundError):
            if self._is_local:
                self._local.unlink()
            else:
                files, target = self._reached()
                files.rm_file(target)

    @property
    def _is_local(self) -> bool:
        return self._scheme in {"file", "local"}

    @property
    def _local(self) -> Path:
        return Path(self._address)

    def _reached(self) -> tuple[Any, str]:
        from airflow.providers.common.compat.sdk import ObjectStoragePath

        # Airflow before 3.2 takes even None for an answer, and then not the connection that the address names.
        connection = {"conn_id": self._conn_id} if self._conn_id else {}
        if "::" not in self._path:
            target = ObjectStoragePath(self._path, **connection)
        else:
            # In one piece, whatever is behind "::" would be taken for another address, and dropped.
            scheme, separator, rest = self._path.partition("://")
            authority, _, key = rest.partition("/")
            target = ObjectStoragePath(f"{scheme}{separator}{authority}", **connection) / key
        return target.fs, target.path

    def _check_disk(self) -> None:
        if self._local.is_dir():
            raise ValueError(f"{self._argument} must name a file, {self.uri} is a folder")
        folder = self._local.absolute().parent
        while not folder.exists():
            folder = folder.parent
        if not folder.is_dir():
            raise ValueError(f"{self._argument} {self.uri} cannot be written to: {folder} is no folder")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ValueError(f"{self._argument} {self.uri} cannot be written to: no permission in {folder}")

    @contextmanager
    def _replacing_local(self) -> Iterator[BinaryIO]:
        target = self._local.absolute()
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(_partial(str(target)))
        with _locked(partial) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                partial.unlink()
                raise
            partial.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # else a power cut could undo the rename
        finally:
            os.close(folder)

    @contextmanager
    def _uploading(self) -> Iterator[BinaryIO]:
        with tempfile.NamedTemporaryFile(prefix="circle-", suffix=".upload") as local:
            yield local  # type: ignore[misc]  # a file but for its type
            local.flush()
            files, target = self._reached()
            if self._scheme in _WHOLE_UPLOADS:
                files.put_file(local.name, target)
            else:
                partial = _partial(target)
                files.makedirs(target.rpartition("/")[0], exist_ok=True)
                files.put_file(local.name, partial)
                files.mv(partial, target)
            files.invalidate_cache()


class StoredFolder:
    """
    A folder of such files.

    :param path: on any ``ObjectStoragePath``.
    :param conn_id: Airflow connection to the store.
    :param argument: what the user calls the path, for messages.
    """

    def __init__(self, path: str, conn_id: str | None, argument: str) -> None:
        self._path = path.rstrip("/")
        self._conn_id = conn_id
        self._argument = argument

    def file(self, name: str) -> StoredFile:
        """Name a file in it."""
        return StoredFile(f"{self._path}/{name}", self._conn_id, self._argument)

    def names(self) -> list[str]:
        """List the names in it, sorted; none when there is no folder."""
        return self.file("any").neighbours()


def _partial(target: str) -> str:
    folder, slash, name = target.rpartition("/")
    return f"{folder}{slash}.{name}.partial"


def _locked(partial: Path) -> BinaryIO:
    """Open an empty file that nobody else is writing: two tries of a task write one after the other."""
    while True:
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP}:
                os.close(descriptor)
                raise
        # Whoever held the lock may have renamed or removed the file meanwhile.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), partial.stat()):
                os.ftruncate(descriptor, 0)
                return os.fdopen(descriptor, "wb")
        os.close(descriptor)


def emptied(file: BinaryIO) -> Callable[[], BinaryIO]:
    """Make what a download writes into: the same file, emptied each time the download begins anew."""

    def empty() -> BinaryIO:
        file.seek(0)
        file.truncate()
        return file

    return empty
