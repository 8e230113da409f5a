"""A hook fetches files: their addresses stay hidden, and many come over a session of their own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator

import pytest

from airflow_provider_circle.core.download import Access
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.hooks import masking
from airflow_provider_circle.hooks.base import CircleHook
from airflow_provider_circle.hooks.connection import ConnectionSettings
from tests.unit.transports.conftest import Server, answer
from tests.unit.walking import TOKEN, orbit


class OrbitHook(CircleHook):
    """A hook of an invented vendor."""

    conn_type = "orbit"
    default_host = "https://orbit.example"
    default_timeout_s = 5.0

    def service(self, settings: ConnectionSettings) -> Service:
        return orbit(settings.host)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server behind the connection ``orbit_default``."""
    started = Server()
    connection = {"conn_type": "orbit", "host": started.url, "password": TOKEN}
    monkeypatch.setenv("AIRFLOW_CONN_ORBIT_DEFAULT", json.dumps(connection))
    yield started
    started.close()


def hook(sleep: Callable[[float], None] = lambda _: None) -> OrbitHook:
    return OrbitHook("orbit_default", sleep=sleep)


def test_the_address_a_file_has_moved_to_is_masked_too(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[str] = []
    monkeypatch.setattr(masking, "mask_secret", masked.append)
    server.will(answer(b"", 302, {"Location": "/bucket?key=s3cr3t"}), answer(b"a file"))

    with hook() as orbit_hook:
        orbit_hook.download(f"{server.url}/export.csv", io.BytesIO)

    assert masked == [f"{server.url}/export.csv", f"{server.url}/bucket?key=s3cr3t", "key=s3cr3t"]


def test_many_files_come_over_one_connection_without_a_token(server: Server) -> None:
    server.will(answer(b"one"), answer(b"two"))

    with hook() as orbit_hook, orbit_hook.downloads(Access()) as fetch:
        done = [fetch(f"{server.url}/{name}", io.BytesIO, name) for name in ("1", "2")]

    assert [one.size for one in done] == [3, 3]
    assert all(TOKEN not in seen.headers.values() for seen in server.seen)
    assert len({seen.connection for seen in server.seen}) == 1


@pytest.mark.parametrize("own", [True, False], ids=["told", "the_hooks_own"])
def test_many_files_wait_as_they_are_told(server: Server, own: bool) -> None:
    slept: list[float] = []
    server.will(answer(b"busy", 429, {"Retry-After": "7"}), answer(b"one"))

    with (
        hook((lambda _: None) if own else slept.append) as orbit_hook,
        orbit_hook.downloads(Access(), slept.append if own else None) as fetch,
    ):
        fetch(f"{server.url}/1", io.BytesIO, "1")

    assert [int(seconds) for seconds in slept] == [7]
