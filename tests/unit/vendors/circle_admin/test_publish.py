"""Creating a post once, whatever is lost on the way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_circle.core.message import Outcome
from airflow_provider_circle.exceptions import Invalid
from airflow_provider_circle.vendors.circle_admin import publish
from airflow_provider_circle.vendors.circle_admin.service import circle_admin_v2
from tests.unit.vendors.answering import LOST, NOW_S, Answering, in_turn, reply

BODY = {"space_id": 7, "name": "Hello"}
POST, LIST = "POST /posts", "GET /posts"


def post(age_s: float = 0.0, name: str = "Hello", updated_s: float = 0.0) -> dict[str, Any]:
    return {"id": 1, "name": name, "created_at": moment(age_s), "updated_at": moment(updated_s or age_s)}


def moment(age_s: float) -> str:
    return datetime.fromtimestamp(NOW_S - age_s, UTC).isoformat().replace("+00:00", "Z")


def page(*rows: dict[str, Any], more: bool = False) -> Outcome:
    return reply({"has_next_page": more, "count": 200, "page_count": len(rows), "records": list(rows)})


def circle(*outcomes: Outcome) -> Answering:
    return Answering(circle_admin_v2("https://app.circle.so", "secret-token"), in_turn(*outcomes))


CREATED = reply({"message": "Created.", "post": post()}, 201)


@pytest.mark.parametrize(
    ("outcomes", "asked"),
    [
        pytest.param([CREATED], [POST], id="at_once"),
        pytest.param([LOST, page(post())], [POST, LIST], id="reply_lost"),
        pytest.param([LOST, page(), page(post())], [POST, LIST, LIST], id="listed_late"),
        pytest.param([LOST, page(), page(), page(), CREATED], [POST, LIST, LIST, LIST, POST], id="request_lost"),
    ],
)
def test_a_post_is_created_once(outcomes: list[Outcome], asked: list[str]) -> None:
    answering = circle(*outcomes)

    assert answering.run(publish.create_post(answering.caller, BODY)) == post()
    assert answering.routes == asked


def test_a_refusal_is_not_repeated() -> None:
    answering = circle(reply({"success": False, "message": "No."}, 422))

    with pytest.raises(Invalid):
        answering.run(publish.create_post(answering.caller, BODY))


@pytest.mark.parametrize(
    ("row", "found"),
    [
        pytest.param(post(5.0), True, id="created_since"),
        pytest.param(post(60.0, updated_s=1.0), False, id="older_and_only_edited_since"),
        pytest.param(post(5.0, name="Hello again"), False, id="another_name"),
        pytest.param({**post(5.0), "created_at": None}, False, id="without_a_date"),
    ],
)
def test_only_a_post_of_this_name_created_since_is_taken_for_it(row: dict[str, Any], found: bool) -> None:
    answering = circle(*[page(row)] * (1 if found else 3))
    walk = publish.find_created_post(answering.caller, 7, "Hello", NOW_S - 10.0)

    assert answering.run(walk) == (row if found else None)


def test_it_is_looked_for_on_further_pages_only_while_they_are_new() -> None:
    answering = circle(page(post(1.0, "A"), more=True), page(post(2.0, "B"), post(90.0, "C"), more=True), *[page()] * 2)
    answering.run(publish.find_created_post(answering.caller, 7, "Hello", NOW_S - 10.0))

    assert [asked.query.get("page", "1") for asked in answering.asked] == ["1", "2", "1", "1"]
