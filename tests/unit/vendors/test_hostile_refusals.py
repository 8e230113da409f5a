"""Whatever a refusal's body holds, the refusal is told as one, in a few words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from airflow_provider_circle.core.message import Request, Response
from airflow_provider_circle.core.refusal import refusal
from airflow_provider_circle.core.service import Service
from airflow_provider_circle.exceptions import Invalid
from airflow_provider_circle.vendors.circa.service import circa_v1
from airflow_provider_circle.vendors.circle_admin.service import circle_admin_v1, circle_admin_v2
from airflow_provider_circle.vendors.circleci.service import circleci_v2
from airflow_provider_circle.vendors.circleci.v1.service import circleci_v1
from airflow_provider_circle.vendors.circleme.service import circleme
from tests.unit.walking import NOW_S, TOKEN

HOST = "https://orbit.example"
ALL: list[Any] = [
    pytest.param(lambda: circa_v1(HOST, TOKEN), id="circa"),
    pytest.param(lambda: circle_admin_v1(HOST, TOKEN, 1), id="circle_admin_v1"),
    pytest.param(lambda: circle_admin_v2(HOST, TOKEN), id="circle_admin_v2"),
    pytest.param(lambda: circleci_v1(HOST, TOKEN), id="circleci_v1"),
    pytest.param(lambda: circleci_v2(HOST, TOKEN), id="circleci_v2"),
    pytest.param(lambda: circleme(HOST, TOKEN), id="circleme"),
]
DEPTHS = (30, 150, *range(200, 1000, 50), 1500, 3000, 10_000, 100_000)


def told(service: Service, body: bytes) -> str:
    error = refusal(service, Request("GET", f"{HOST}/x", {}, None, 5.0), Response(422, {}, body), NOW_S)
    assert type(error) is Invalid
    return str(error)


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize("name", ["message", "error", "errors", "error_details"])
@pytest.mark.parametrize(
    ("before", "behind"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")], ids=["lists", "objects", "both"]
)
def test_a_refusal_nested_however_deeply_is_a_refusal(
    service: Callable[[], Service], name: str, before: bytes, behind: bytes
) -> None:
    for depth in DEPTHS:
        body = b'{"%b":%b"deep"%b}' % (name.encode(), before * depth, behind * depth)
        assert told(service(), body).startswith(f"{service().name}: GET /x answered 422")


@pytest.mark.parametrize("service", ALL)
@pytest.mark.parametrize(
    "said",
    ["a\r\nSet-Cookie: b", "a\x1b[31mb", "a\0b", "a\u2028b", "a\u202eb", "a\ud800b"],
    ids=["line break", "escape", "nul", "line separator", "right to left", "half a pair"],
)
def test_a_refusal_is_one_printable_line(service: Callable[[], Service], said: str) -> None:
    text = told(service(), json.dumps({"message": said}).encode())
    assert text.isprintable()
    assert text.endswith("b")


@pytest.mark.parametrize("service", ALL)
def test_a_refusal_of_more_than_a_megabyte_is_not_searched_for_words(service: Callable[[], Service]) -> None:
    body = json.dumps({"message": "no such moon", "padding": "x" * 1_048_576}).encode()
    assert told(service(), body) == f"{service().name}: GET /x answered 422"
