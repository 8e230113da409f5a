from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.watching import Sight
from airflow_provider_circle.vendors.circa.changes import look_for_changed_contacts
from airflow_provider_circle.vendors.circa.service import circa_v1
from tests.unit.vendors.answering import Answering, in_turn, reply

CIRCA = circa_v1("https://app.circa.co", "secret-key")
SINCE = datetime(2027, 1, 15, 7, tzinfo=UTC)


def page(*updated_at: Any, pages: int = 1, count: int | None = None) -> Response:
    rows = [{"id": str(number), "updated_at": moment} for number, moment in enumerate(updated_at)]
    pagination = {"current_page": 1, "total_pages": pages, "total_entries": len(rows) if count is None else count}
    return reply({"data": rows, "pagination": pagination})


def look(*answers: Response) -> tuple[Sight[Any], Answering]:
    circa = Answering(CIRCA, in_turn(*answers))
    return circa.run(look_for_changed_contacts(circa.caller, SINCE)), circa


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        pytest.param(page(), None, id="none"),
        pytest.param(page("2027-01-15T06:59:59Z"), None, id="a_second_too_early"),
        pytest.param(page(None), None, id="undated"),
        pytest.param(page("2027-01-15T07:00:00Z"), {"id": "0", "updated_at": "2027-01-15T07:00:00Z"}, id="just_then"),
        pytest.param(
            page("2027-01-15T06:59:59Z", "2027-01-15T07:10:00Z"),
            {"id": "1", "updated_at": "2027-01-15T07:10:00Z"},
            id="not_the_first",
        ),
        pytest.param(
            page("2027-01-15T07:10:00Z", pages=3, count=60),
            {"id": "0", "updated_at": "2027-01-15T07:10:00Z"},
            id="many",
        ),
    ],
)
def test_one_request_tells_whether_contacts_changed(answer: Response, seen: Any) -> None:
    sight, circa = look(answer)

    assert (sight.seen, circa.routes) == (seen, ["GET /contacts"])


@pytest.mark.parametrize(
    ("last", "seen"),
    [
        pytest.param("2027-01-15T07:10:00Z", {"id": "0", "updated_at": "2027-01-15T07:10:00Z"}, id="there_is"),
        pytest.param("2027-01-15T06:59:59Z", None, id="there_is_none"),
    ],
)
def test_pages_of_what_changed_just_before_are_read_on_until_one_is_inside(last: str, seen: Any) -> None:
    before = page(*["2027-01-15T06:59:59Z"] * 2, pages=2, count=3)

    sight, circa = look(before, page(last, pages=2, count=3))

    assert (sight.seen, circa.routes) == (seen, ["GET /contacts"] * 2)


def test_what_is_asked_for_has_no_end_that_a_slow_clock_of_ours_could_set_too_early() -> None:
    _, circa = look(page())

    assert (circa.asked[0].query["updated_at[min]"], circa.asked[0].query["updated_at[max]"]) == (
        "2027-01-15T06:59:59Z",
        "2027-01-16T08:00:01Z",
    )
