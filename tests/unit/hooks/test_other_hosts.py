"""A secret goes to the connection's own host: a reply that points elsewhere takes none along, nor does the machine."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import getattr_static
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_circle.core.download import Access
from airflow_provider_circle.exceptions import CircleError, UnexpectedReply
from airflow_provider_circle.hooks.base import CircleHook, stream
from airflow_provider_circle.hooks.circa import CircaHook
from airflow_provider_circle.hooks.circle_admin import CircleAdminHook
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook
from airflow_provider_circle.hooks.circleme import CircleMeHook
from airflow_provider_circle.vendors.circleci.artifacts import artifact_access
from tests.unit.transports.conftest import Server, answer
from tools.canary import Canaries

REDIRECTS = (301, 302, 303, 307, 308)
NETRC_PASSWORD = "netrc-password-1c9e"


@dataclass(frozen=True)
class Vendor:
    """
    A service, what is asked of it, and a first page of its lists.

    :param page: with a next page, in all that this service says about it; ``{elsewhere}`` stands for another host.
    """

    hook: type[CircleHook]
    secret: str
    calls: Mapping[str, tuple[Any, ...]]
    listed: str
    page: Any


ELSEWHERE = {"next": "{elsewhere}", "next_page_url": "{elsewhere}", "links": {"next": "{elsewhere}"}}
SLUG = "gh/acme/web"
VENDORS = {
    "circleci": Vendor(
        CircleCIHook,
        "circleci_token",
        {"get_me": (), "list_pipelines": (SLUG,), "create_env_var": ("NAME", "value", SLUG)},
        "list_pipelines",
        {"items": [{"id": "1"}], "next_page_token": "{elsewhere}", **ELSEWHERE},
    ),
    "circleci_v1": Vendor(
        CircleCIV1Hook,
        "circleci_token",
        {"get_me": (), "list_recent_builds": (), "retry_build": (1, SLUG)},
        "list_recent_builds",
        [{"build_num": number, "url": "{elsewhere}"} for number in range(100)],
    ),
    "circa": Vendor(
        CircaHook,
        "circa_token",
        {"get_contact": ("c1",), "list_contacts": (), "create_contact": ({"email": "a@example.com"},)},
        "list_contacts",
        {"data": [{"id": "1"}], "pagination": {"total_pages": 3, "page_count": 3, **ELSEWHERE}, **ELSEWHERE},
    ),
    "circle_admin": Vendor(
        CircleAdminHook,
        "circle_admin_token",
        {"get_community_member": (1,), "list_community_members": (), "ban_community_member": (1,)},
        "list_community_members",
        {"records": [{"id": 1}], "has_next_page": True, "count": 200, "page": 1, **ELSEWHERE},
    ),
    "circleme": Vendor(
        CircleMeHook,
        "circleme_token",
        {"get_interest": (1,), "list_cards": (), "list_interest_ids": ()},
        "list_cards",
        [{"id": 1, "date": "2026-05-01T10:00:00Z", "link": "{elsewhere}"}],
    ),
}
CALLS = [
    pytest.param(vendor, name, arguments, id=f"{vendor_id}_{name}")
    for vendor_id, vendor in VENDORS.items()
    for name, arguments in vendor.calls.items()
]
Connect = Callable[[Vendor], CircleHook]

both = pytest.mark.parametrize("flavour", ["sync", "aio"])


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def servers() -> Iterator[tuple[Server, Server]]:
    """The service, and a trap under another name and on another port that records all it gets."""
    service, trap = Server(), Server()
    yield service, trap
    service.close()
    trap.close()


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine whose files have a password for every host."""
    netrc = tmp_path / ".netrc"
    netrc.write_text(f"default login somebody password {NETRC_PASSWORD}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "netrc"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def connect(
    servers: tuple[Server, Server], canaries: Canaries, naps: list[float], monkeypatch: pytest.MonkeyPatch
) -> Connect:
    """Builds a vendor's hook, connected with the service and not patient."""

    def connected(vendor: Vendor) -> CircleHook:
        connection = {"conn_type": vendor.hook.conn_type, "host": servers[0].url, "password": canaries[vendor.secret]}
        monkeypatch.setenv("AIRFLOW_CONN_OF_A_CANARY", json.dumps(connection))
        return vendor.hook("of_a_canary", request_attempts=1, sleep=naps.append)

    return connected


def elsewhere(trap: Server) -> str:
    return f"http://localhost:{trap.port}/elsewhere?given=1"


def redirect(trap: Server, status: int) -> Callable[..., None]:
    return answer(b"", status, {"Location": elsewhere(trap), "Set-Cookie": "crumb=kept; Path=/"})


def call(hook: CircleHook, name: str, flavour: str, *arguments: Any) -> Any:
    bound, is_stream = getattr(hook, name), isinstance(getattr_static(type(hook), name), stream)
    if flavour == "sync":
        with hook:
            return list(bound(*arguments)) if is_stream else bound(*arguments)

    async def awaited() -> Any:
        return [each async for each in bound.aio(*arguments)] if is_stream else await bound.aio(*arguments)

    return asyncio.run(awaited())


def has_token(service: Server, canaries: Canaries, secret: str) -> bool:
    return all((secret, "plain") in canaries.found_in(str(seen).encode()) for seen in service.seen)


@both
@pytest.mark.parametrize(("vendor", "name", "arguments"), CALLS)
def test_call_that_is_redirected_asks_no_other_host(  # noqa: PLR0917  a call, and where it is made
    vendor: Vendor,
    name: str,
    arguments: tuple[Any, ...],
    flavour: str,
    servers: tuple[Server, Server],
    canaries: Canaries,
    connect: Connect,
) -> None:
    service, trap = servers

    for status in REDIRECTS:
        service.always = redirect(trap, status)
        with pytest.raises(UnexpectedReply, match=f"redirected to localhost.*{status}"):
            call(connect(vendor), name, flavour, *arguments)

    assert has_token(service, canaries, vendor.secret)
    assert trap.connections == 0


@both
@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_list_that_goes_on_at_another_host_is_asked_at_its_own(
    vendor: Vendor, flavour: str, servers: tuple[Server, Server], canaries: Canaries, connect: Connect
) -> None:
    service, trap = servers
    page = json.dumps(vendor.page).replace("{elsewhere}", elsewhere(trap)).encode()
    service.will(answer(page, headers={"Link": f'<{elsewhere(trap)}>; rel="next"'}))
    service.always = redirect(trap, 302)

    with pytest.raises(UnexpectedReply, match="redirected to localhost"):
        call(connect(vendor), vendor.listed, flavour, *vendor.calls[vendor.listed])

    assert len(service.seen) == 2
    assert has_token(service, canaries, vendor.secret)
    assert trap.connections == 0


def artifact(hook: CircleHook, url: str) -> None:
    with hook.downloads(artifact_access(hook.service(hook.settings))) as fetch:
        fetch(url, io.BytesIO, "the artifact")


def export(hook: CircleHook, url: str) -> None:
    hook.download(url, io.BytesIO)


def bare(hook: CircleHook, url: str) -> None:
    with hook.downloads(Access()) as fetch:
        fetch(url, io.BytesIO, "the file")


@pytest.mark.parametrize("status", REDIRECTS)
@pytest.mark.parametrize("fetch", [artifact, export, bare], ids=["artifact", "export", "file"])
def test_file_that_has_moved_to_another_host_is_fetched_without_a_secret(
    fetch: Callable[[CircleHook, str], None],
    status: int,
    servers: tuple[Server, Server],
    canaries: Canaries,
    connect: Connect,
) -> None:
    service, trap = servers
    service.always, trap.always = redirect(trap, status), answer(b"the content")

    with connect(VENDORS["circleci"]) as hook:
        fetch(hook, f"{service.url}/file?signature=s1gned")

    (seen,) = trap.seen
    assert has_token(service, canaries, "circleci_token") is (fetch is artifact)
    assert canaries.found_in(str(seen).encode()) == []
    assert (seen.method, seen.target, seen.body) == ("GET", "/elsewhere?given=1", b"")
    assert not {"authorization", "circle-token", "cookie", "referer", "x-auth-token"} & set(seen.headers)
    assert "s1gned" not in str(seen)


@pytest.mark.parametrize("status", REDIRECTS)
def test_output_of_a_step_is_fetched_without_a_secret(
    status: int, servers: tuple[Server, Server], canaries: Canaries, connect: Connect
) -> None:
    service, trap = servers
    step = {"name": "test", "status": "failed", "failed": True, "has_output": True, "output_url": elsewhere(trap)}
    job = {"name": "build", "status": "failed", "job_number": 1, "project_slug": SLUG, "id": "1", "type": "build"}
    service.will(
        answer(json.dumps({"items": [job], "next_page_token": None}).encode()),
        answer(json.dumps({"steps": [{"name": "test", "actions": [step]}]}).encode()),
    )
    trap.will(redirect(trap, status), answer(b'[{"message": "all is lost"}]'))

    with connect(VENDORS["circleci"]) as hook:
        assert isinstance(hook, CircleCIHook)
        hook.log_failed_steps([{"id": "w1", "name": "ci", "status": "failed"}])

    assert len(service.seen) == len(trap.seen) == 2
    assert has_token(service, canaries, "circleci_token")
    assert canaries.found_in(str(trap.seen).encode()) == []
    assert not any({"authorization", "circle-token", "cookie", "referer"} & set(seen.headers) for seen in trap.seen)


@both
@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_password_of_a_netrc_file_is_sent_to_nobody(
    vendor: Vendor, flavour: str, servers: tuple[Server, Server], canaries: Canaries, connect: Connect
) -> None:
    service, _ = servers
    service.always = answer(status=404)
    password = Canaries({"netrc": NETRC_PASSWORD})

    for name, arguments in vendor.calls.items():
        with pytest.raises(CircleError):
            call(connect(vendor), name, flavour, *arguments)

    assert len(service.seen) == len(vendor.calls)
    assert password.found_in(str(service.seen).encode()) == []
