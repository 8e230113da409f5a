"""The span a usage export may be of, and what is made of replies that say too little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_provider_circle.exceptions import UnexpectedReply, Unreachable
from airflow_provider_circle.vendors.circleci.service import circleci_v2
from airflow_provider_circle.vendors.circleci.usage import checked_organizations, checked_span, start_usage_export
from tests.unit.vendors.answering import LOST, UNSENT, Answering, in_turn, reply

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ORG_ID = "5034460f-c7c4-4c43-9457-de07e2029e7b"
EXPORT = {"usage_export_job_id": "e1", "state": "created"}


def ordered(*outcomes: Any, shared: tuple[str, ...] = ()) -> tuple[Answering, Any]:
    circleci = Answering(circleci_v2("https://circleci.com", "secret", timeout_s=1.0, verify=True), in_turn(*outcomes))
    return circleci, circleci.run(start_usage_export(circleci.caller, ORG_ID, "a", "b", shared))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(NOW - 31 * DAY, NOW, id="longest"),
        pytest.param(NOW, NOW, id="shortest"),
        pytest.param(NOW - 365 * DAY, NOW - 364 * DAY, id="oldest"),
    ],
)
def test_span_is_written_as_it_is(start: datetime, end: datetime) -> None:
    written = [datetime.fromisoformat(one) for one in checked_span(start, end, NOW.timestamp())]

    assert written == [start, end]


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        pytest.param(NOW, NOW - DAY, "end must not be before start", id="backwards"),
        pytest.param(NOW - 31 * DAY, NOW + timedelta(seconds=1), "end must be at most 31 days", id="too_long"),
        pytest.param(NOW - 366.1 * DAY, NOW - 360 * DAY, "start must be no more than one year ago", id="too_old"),
    ],
)
def test_span_that_would_be_refused_is_named(start: datetime, end: datetime, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_span(start, end, NOW.timestamp())


def test_organization_that_is_shared_twice_is_included_once() -> None:
    assert checked_organizations(ORG_ID, (ORG_ID, ORG_ID.upper())) == (ORG_ID, [ORG_ID])


@pytest.mark.parametrize(("shared", "more"), [((), {}), (("o2",), {"shared_org_ids": ["o2"]})])
def test_order_says_what_is_wanted(shared: tuple[str, ...], more: dict[str, Any]) -> None:
    circleci, told = ordered(reply(EXPORT, 201), shared=shared)

    assert told == EXPORT
    (asked,) = circleci.asked
    assert (str(asked), asked.body) == (
        f"POST /organizations/{ORG_ID}/usage_export_job",
        {"start": "a", "end": "b", **more},
    )


def test_order_whose_reply_was_lost_is_not_sent_again() -> None:
    with pytest.raises(Unreachable):
        ordered(LOST)


@pytest.mark.parametrize("first", [UNSENT, reply({"message": "slow down"}, 429)])
def test_order_that_was_certainly_not_taken_is_sent_again(first: Any) -> None:
    circleci, told = ordered(first, reply(EXPORT, 201))

    assert (told, len(circleci.asked)) == (EXPORT, 2)


@pytest.mark.parametrize("said", [{}, {"usage_export_job_id": None}, {"usage_export_job_id": ""}])
def test_order_without_an_id_cannot_be_waited_for(said: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedReply, match="did not say which usage export"):
        ordered(reply(said, 201))
