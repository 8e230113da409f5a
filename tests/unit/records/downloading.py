"""An invented web to download from, and a look at what has landed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_circle.core.download import Downloaded
from airflow_provider_circle.core.walk import Writable
from airflow_provider_circle.exceptions import Unreachable
from airflow_provider_circle.records.downloads import DownloadFolder, Wanted
from airflow_provider_circle.records.storage import StoredFolder

__all__ = ["ALL", "MANIFEST", "Web", "failed", "lines", "put", "there", "wanted", "web"]

MANIFEST = "artifacts.jsonl"


class Web:
    """Files by their addresses; what was fetched, how far it gets, and what else happens."""

    def __init__(self, contents: Mapping[str, bytes | Exception]) -> None:
        self.contents = dict(contents)
        self.fetched: list[str] = []
        self.said: list[str] = []
        self.now_s = 0.0
        self.at_fetch: Callable[[str], None] = lambda _: None

    @contextmanager
    def session(self, _: Callable[[float], None]) -> Iterator[Callable[..., Downloaded]]:
        def fetch(url: str, into: Callable[[], Writable], _: str) -> Downloaded:
            self.fetched.append(url)
            self.at_fetch(url)
            content = self.contents[url]
            file = into()
            if isinstance(content, Exception):
                file.write(b"half of it")
                raise content
            for begin in range(0, len(content), 5):
                file.write(content[begin : begin + 5])
            return Downloaded(len(content), sha256(content).hexdigest())

        yield fetch

    def into(self, path: str, concurrency: int = 1) -> DownloadFolder:
        return DownloadFolder(
            path,
            None,
            manifest=MANIFEST,
            concurrency=concurrency,
            session=self.session,
            say=self.said.append,
            clock=lambda: self.now_s,
            sleep=lambda _: None,
        )


def web(count: int = 3, **contents: bytes | Exception) -> Web:
    return Web({f"f{number}": f"content {number}".encode() for number in range(count)} | contents)


def wanted(*urls: str, pipeline: str = "p") -> list[Wanted]:
    return [Wanted(f"build/{url}/0/{url}.txt", {"pipeline_id": pipeline, "path": url}, url, url) for url in urls]


ALL = wanted("f0", "f1", "f2")


def there(folder: str) -> dict[str, bytes]:
    """Everything below a folder, by its path there."""
    if "://" not in folder:
        root = Path(folder)
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    place = ObjectStoragePath(folder)
    place.fs.invalidate_cache()
    return {key[len(place.path) + 1 :]: place.fs.cat_file(key) for key in place.fs.find(place.path)}


def lines(folder: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in there(folder)[MANIFEST].splitlines()]


def put(folder: str, target: str, content: bytes) -> None:
    with StoredFolder(folder, None, "path").file(target).replacing() as file:
        file.write(content)


def failed(internet: Web, folder: str, of: list[Wanted] = ALL) -> None:
    with pytest.raises(Unreachable):
        internet.into(folder).land(of)
