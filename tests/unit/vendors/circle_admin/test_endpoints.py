"""The operations as data, held against the list of all operations where the vendor's descriptions are at hand."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.paging import NoPages, NumberedPages
from airflow_provider_circle.core.stream import NewestFirst, Stream
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circle_admin import endpoints
from airflow_provider_circle.vendors.circle_admin.endpoints import v1
from airflow_provider_circle.vendors.circle_admin.streams import STREAMS

SPECS = Path(__file__).parents[4].parent / "shared" / "specs"
OPERATIONS = SPECS / "circle-admin-v2-operations.txt"
DESCRIPTION = SPECS / "circle-admin-v2-openapi.yaml"

_METHODS = "GET|POST|PUT|PATCH|DELETE"
_PLACEHOLDER = re.compile(r"\{[^}]+\}")
_PARAMETERS = re.compile(r"\[[^][]*(?:\[[^][]*\][^][]*)*\]|\([^)]*\)")
"""Remarks in brackets, brackets in them included."""


@cache
def constants() -> dict[str, Endpoint]:
    """Every operation of v2, as ``module.NAME``."""
    found: dict[str, Endpoint] = {}
    for module in pkgutil.iter_modules(endpoints.__path__):
        if module.name in {"v1", "_paging"}:
            continue
        loaded = importlib.import_module(f"{endpoints.__name__}.{module.name}")
        found |= {f"{module.name}.{name}": getattr(loaded, name) for name in loaded.__all__}
    return found


def nameless(method: str, path: str) -> str:
    return f"{method} {_PLACEHOLDER.sub('{}', path)}"


def described() -> set[str]:
    """
    Read the list: ``group: GET,POST /a [parameters]; PUT /{id}/{b,c}?query; POST .../{id}/d``.

    What begins with a placeholder or with dots goes on from the group's first path.
    """
    if not OPERATIONS.exists():
        pytest.skip("the list of operations is not there; put it at ../shared/specs/circle-admin-v2-operations.txt")
    operations: set[str] = set()
    for line in OPERATIONS.read_text("utf-8").splitlines():
        if line.startswith(("#", "NO ")):
            continue
        base = ""
        for part in _PARAMETERS.sub("", line.partition(": ")[2]).split(";"):
            found = re.search(r"(?:\.\.\.)?(/[^\s?]+)", part)
            assert found, part
            path = base + found[1] if found[0].startswith(("...", "/{")) else found[1]
            if not base or not path.startswith(f"{base}/"):
                base = re.sub(r"/\{\w+\}$", "", path)
            either = re.search(r"\{(\w+(?:,\w+)+)\}", path)
            paths = [path.replace(either[0], each) for each in either[1].split(",")] if either else [path]
            operations |= {nameless(method, each) for method in re.findall(_METHODS, part) for each in paths}
    return operations


def test_no_operation_is_missing() -> None:
    assert described() - {nameless(each.method, each.path) for each in constants().values()} == set()


def test_no_operation_is_invented() -> None:
    assert {nameless(each.method, each.path) for each in constants().values()} - described() == set()


def test_there_are_169_operations() -> None:
    assert len(constants()) == len({nameless(each.method, each.path) for each in constants().values()}) == 169


@pytest.mark.parametrize("name", constants())
def test_an_operation_is_named_for_what_it_does(name: str) -> None:
    expected = {
        "GET": ("GET", "LIST", "SEARCH", "ADVANCED_SEARCH"),
        "DELETE": ("DELETE", "REMOVE", "DEACTIVATE", "ARCHIVE", "UNFOLLOW"),
        "PATCH": ("UPDATE", "UNARCHIVE", "REVOKE"),
    }
    method = constants()[name].method

    assert name.partition(".")[2].startswith(expected.get(method, ("",)))


@pytest.mark.parametrize("name", [name for name in constants() if ".LIST_" in name])
def test_a_list_stops_by_the_vendors_own_word(name: str) -> None:
    paging = constants()[name].pages
    at_once = {"profile_fields.LIST_PAGE_PROFILE_FIELDS", "filter_kit.LIST_FILTER_KIT_CONTROLS"}

    assert isinstance(paging, NoPages) if name in at_once else isinstance(paging, NumberedPages)
    assert getattr(paging, "pages", "") == ""
    assert getattr(paging, "more", "has_next_page") == "has_next_page"


@pytest.mark.parametrize(
    "name",
    [
        "charges.REFUND_CHARGE",
        "chat.CREATE_MESSAGE",
        "community_members.CREATE_COMMUNITY_MEMBER",
        "events.DUPLICATE_EVENT",
        "paywalls.START_PAYWALL_AFFILIATE_PAYOUTS",
        "posts.CREATE_POST",
        "subscriptions.CANCEL_SUBSCRIPTION",
        "workflows.ACTIVATE_WORKFLOW",
    ],
)
def test_what_would_happen_twice_is_sent_once(name: str) -> None:
    assert not constants()[name].idempotent


@pytest.mark.parametrize(
    "name",
    [
        "access_groups.ADD_ACCESS_GROUP_MEMBER",
        "event_attendees.CREATE_EVENT_ATTENDEE",
        "event_attendees.DELETE_EVENT_ATTENDEE",
        "invitation_links.REVOKE_INVITATION_LINK",
        "space_group_members.CREATE_SPACE_GROUP_MEMBER",
        "space_members.CREATE_SPACE_MEMBER",
        "tagged_members.CREATE_TAGGED_MEMBER",
    ],
)
def test_what_changes_nothing_the_second_time_may_be_repeated(name: str) -> None:
    assert constants()[name].idempotent


def test_page_count_is_not_believed() -> None:
    rows = [{"id": number} for number in range(100)]
    page = constants()["spaces.LIST_SPACES"].pages.read(
        {"page": 1, "per_page": 100, "has_next_page": True, "count": 250, "page_count": 1, "records": rows}, {}
    )

    assert (page.next_query, page.pages, page.count) == ({"page": "2"}, 3, 250)


def test_v1_goes_on_until_a_page_is_empty() -> None:
    assert v1.LIST_COMMUNITY_MEMBERS.pages.read([{"id": 1}], {}).next_query == {"page": "2"}
    assert v1.LIST_COMMUNITY_MEMBERS.pages.read([], {"page": "2"}).next_query is None


def test_v1_reads_an_array_without_pages_once() -> None:
    page = v1.LIST_MEMBER_TAGS.pages.read([{"id": 1}, {"id": 2}], {})

    assert (page.records, page.next_query) == ([{"id": 1}, {"id": 2}], None)


def test_v1_refuses_an_array_that_may_have_been_cut_off() -> None:
    with pytest.raises(UnexpectedReply, match="may have been cut off"):
        v1.LIST_MEMBER_TAGS.pages.read([{"id": number} for number in range(100)], {})


NEWER = {"community_members": {"member_tag_ids"}, "tagged_members": {"member_tag_ids"}}
"""Parameters that came after the vendor's description at hand."""


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
def test_what_a_stream_sends_is_a_parameter_of_its_list(stream: Stream) -> None:
    if not DESCRIPTION.exists():
        pytest.skip("the vendor's description is not there; put it at ../shared/specs/circle-admin-v2-openapi.yaml")
    operation = lists().get(nameless("GET", stream.endpoint.path))
    if operation is None:
        pytest.skip("the list is newer than the vendor's description")
    parent = {stream.parent.parameter} if stream.parent else set()
    order = stream.window.order if isinstance(stream.window, NewestFirst) else {}

    assert parent | {*stream.query, *order, *stream.filters} - NEWER.get(stream.name, set()) <= operation


@cache
def lists() -> dict[str, set[str]]:
    """The names of the parameters of all that can be read, by method and path."""
    paths = yaml.load(DESCRIPTION.read_text("utf-8"), Loader=yaml.CSafeLoader)["paths"]
    return {
        nameless("GET", path.removeprefix("/api/admin/v2")): {
            each["name"] for each in item["get"].get("parameters", [])
        }
        for path, item in paths.items()
        if "get" in item
    }
