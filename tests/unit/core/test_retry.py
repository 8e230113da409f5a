"""Which outcomes are worth another attempt, and when."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from airflow_provider_circle.core.message import Outcome, Response
from airflow_provider_circle.core.retry import RetryPolicy, date_s, retry_after_s, used_up_s
from airflow_provider_circle.exceptions import UnexpectedReply
from tests.unit.walking import LOST, NOW_S, UNSENT, reply
from tests.unit.zones import far_from_greenwich

NOW = "Fri, 15 Jan 2027 08:00:00 GMT"
SOON = "Fri, 15 Jan 2027 08:00:30 GMT"
GARBLED = UnexpectedReply("expected JSON")


def wait_s(outcome: Outcome | UnexpectedReply, attempt: int = 1, **changes: Any) -> float | None:
    """Ask the default policy, for a request that is safe to repeat, without chance."""
    policy = changes.pop("policy", RetryPolicy())
    assert isinstance(policy, RetryPolicy)
    return policy.next_wait_s(attempt, outcome, **{"idempotent": True, "now_s": NOW_S, "jitter": 0.0, **changes})


TRANSIENT = [
    pytest.param(reply(status=408), id="408"),
    pytest.param(reply(status=500), id="500"),
    pytest.param(reply(status=502), id="502"),
    pytest.param(reply(status=503), id="503"),
    pytest.param(reply(status=504), id="504"),
    pytest.param(reply(status=599), id="599"),
    pytest.param(LOST, id="lost"),
    pytest.param(GARBLED, id="garbled"),
]
PROVEN_UNDONE = [pytest.param(reply(status=429), id="429"), pytest.param(UNSENT, id="unsent")]


@pytest.mark.parametrize("outcome", [*TRANSIENT, *PROVEN_UNDONE])
def test_a_harmless_request_is_repeated(outcome: Outcome | UnexpectedReply) -> None:
    assert wait_s(outcome, idempotent=True) is not None


@pytest.mark.parametrize("outcome", TRANSIENT)
def test_a_request_that_may_have_been_done_is_not_repeated(outcome: Outcome | UnexpectedReply) -> None:
    assert wait_s(outcome, idempotent=False) is None


@pytest.mark.parametrize("outcome", PROVEN_UNDONE)
def test_a_request_that_was_certainly_not_done_is_repeated(outcome: Outcome) -> None:
    assert wait_s(outcome, idempotent=False) is not None


@pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 401, 402, 403, 404, 405, 409, 410, 413, 422, 451])
def test_a_refusal_is_not_repeated(status: int) -> None:
    assert wait_s(reply(status=status), idempotent=True) is None


def test_a_refusal_that_names_a_time_is_still_not_repeated() -> None:
    assert wait_s(reply(status=403, retry_after="1")) is None


@pytest.mark.parametrize(("attempt", "again"), [(1, True), (4, True), (5, False), (6, False)])
def test_attempts_come_to_an_end(attempt: int, again: bool) -> None:
    assert (wait_s(reply(status=429), attempt) is not None) is again


def test_a_single_attempt_is_never_repeated() -> None:
    assert wait_s(UNSENT, policy=RetryPolicy(attempts=1)) is None


@pytest.mark.parametrize(
    ("attempt", "jitter", "seconds"),
    [
        pytest.param(1, 0.0, 0.5, id="first, least"),
        pytest.param(1, 1.0, 1.0, id="first, most"),
        pytest.param(2, 1.0, 2.0, id="second doubles"),
        pytest.param(3, 1.0, 4.0, id="third doubles"),
        pytest.param(4, 0.5, 6.0, id="half of it is chance"),
    ],
)
def test_waits_double_and_half_of_each_is_chance(attempt: int, jitter: float, seconds: float) -> None:
    assert wait_s(reply(status=503), attempt, jitter=jitter) == pytest.approx(seconds)


@pytest.mark.parametrize(("jitter", "seconds"), [(0.0, 0.025), (1.0, 0.05)], ids=["least", "most"])
def test_a_connection_that_broke_is_no_reason_to_wait_at_first(jitter: float, seconds: float) -> None:
    assert wait_s(LOST, 1, jitter=jitter) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("outcome", "attempt"),
    [
        pytest.param(LOST, 2, id="broken again"),
        pytest.param(UNSENT, 1, id="no connection"),
        pytest.param(GARBLED, 1, id="garbled"),
    ],
)
def test_other_trouble_is_waited_for_as_usual(outcome: Outcome | UnexpectedReply, attempt: int) -> None:
    assert wait_s(outcome, attempt, jitter=1.0) == float(attempt)


def test_waits_stop_growing() -> None:
    assert wait_s(LOST, 50, jitter=1.0, policy=RetryPolicy(attempts=100)) == 30.0


def test_waits_stop_growing_however_many_attempts_there_are() -> None:
    assert wait_s(LOST, 1025, jitter=1.0, policy=RetryPolicy(attempts=5000)) == 30.0


@pytest.mark.parametrize("status", [429, 503])
def test_the_servers_own_time_goes_first(status: int) -> None:
    assert wait_s(reply(status=status, retry_after="17")) == 17.0


def test_the_servers_own_time_is_spread_so_that_a_crowd_does_not_return_together() -> None:
    assert wait_s(reply(status=429, retry_after="17"), jitter=1.0) == pytest.approx(17 * 1.05)


@pytest.mark.parametrize(("asked", "seconds"), [("0", 0.0), ("1", 0.05), ("300", 1.0)])
def test_spreading_the_servers_own_time_costs_a_twentieth_of_it_or_a_second(asked: str, seconds: float) -> None:
    spread_s = (wait_s(reply(status=429, retry_after=asked), jitter=1.0) or 0) - float(asked)
    assert spread_s == pytest.approx(seconds)


def test_a_request_never_goes_before_the_servers_own_time() -> None:
    waits = [wait_s(reply(status=429, retry_after="17"), jitter=jitter / 10) or 0 for jitter in range(11)]
    assert min(waits) >= 17.0


def test_the_servers_own_time_is_honoured_within_reason() -> None:
    assert wait_s(reply(status=429, retry_after="86400")) == 300.0


def test_the_servers_own_time_may_be_a_date() -> None:
    assert wait_s(reply(status=429, retry_after=SOON)) == 30.0


def test_an_unreadable_time_of_the_server_leaves_the_usual_wait() -> None:
    assert wait_s(reply(status=429, retry_after="soon")) == 0.5


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, None, id="missing"),
        pytest.param({"retry_after": ""}, None, id="empty"),
        pytest.param({"retry_after": "120"}, 120.0, id="seconds"),
        pytest.param({"retry_after": " 120 "}, 120.0, id="padded"),
        pytest.param({"retry_after": "1.5"}, 1.5, id="a fraction"),
        pytest.param({"retry_after": "0"}, 0.0, id="zero"),
        pytest.param({"retry_after": "-5"}, 0.0, id="negative"),
        pytest.param({"retry_after": "nan"}, None, id="not a number"),
        pytest.param({"retry_after": "inf"}, None, id="infinite"),
        pytest.param({"retry_after": "1e999"}, None, id="too large"),
        pytest.param({"retry_after": "soon"}, None, id="a word"),
        pytest.param({"retry_after": SOON}, 30.0, id="a date by our clock"),
        pytest.param({"retry_after": SOON, "date": NOW}, 30.0, id="a date by the server's clock"),
        pytest.param({"retry_after": NOW, "date": "Fri, 15 Jan 2027 07:00:00 GMT"}, 3600.0, id="our clock is ahead"),
        pytest.param({"retry_after": NOW, "date": SOON}, 0.0, id="a date gone by"),
        pytest.param({"retry_after": SOON, "date": "today"}, 30.0, id="an unreadable clock of the server"),
        pytest.param({"retry_after": "Fri, 99999999999999999999 Jan 2027 08:00:00 GMT"}, None, id="an absurd day"),
        pytest.param({"retry_after": "Fri, 15 Jan 2027 08:00:00 +99999999999999"}, None, id="an absurd zone"),
        pytest.param({"retry_after": "9" * 5000}, None, id="endless digits"),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(reply(status=429, **headers), NOW_S) == seconds


def limits(remaining: str = "0", limit: str = "1000", reset: str = "30") -> dict[str, str]:
    """Say what is left, as a service does."""
    return {"ratelimit-remaining": remaining, "ratelimit-limit": limit, "ratelimit-reset": reset}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({}, None, id="missing"),
        pytest.param(limits("0"), 30.0, id="nothing left"),
        pytest.param(limits("16"), 30.0, id="no more than may be under way"),
        pytest.param(limits("17"), None, id="more than may be under way"),
        pytest.param(limits("5", limit="50"), 30.0, id="a tenth"),
        pytest.param(limits("5", limit="49"), None, id="more than a tenth"),
        pytest.param(limits("-1"), None, id="less than nothing"),
        pytest.param(limits("5", limit="50, 50;w=60, 9;w=1"), 30.0, id="several windows"),
        pytest.param(limits("5", limit="50;w=60"), 30.0, id="a window told with its length"),
        pytest.param(limits(reset="0.5"), 0.5, id="a fraction of a second"),
        pytest.param(limits(reset="0"), None, id="over already"),
        pytest.param(limits(reset="-1"), None, id="over long since"),
        pytest.param(limits(reset="86400"), 86_400.0, id="a day"),
        pytest.param(limits(reset="86401"), None, id="a point in time"),
        pytest.param(limits(reset="nan"), None, id="no number of seconds"),
        pytest.param(limits("few"), None, id="a word for what is left"),
        pytest.param(limits(limit="many"), None, id="a word for the limit"),
        pytest.param(limits(reset="soon"), None, id="a word for the reset"),
        pytest.param({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, None, id="no limit"),
        pytest.param({"ratelimit-remaining": "0", "ratelimit-limit": "1000"}, None, id="no reset"),
    ],
)
def test_a_service_that_will_accept_hardly_any_more_is_heard(headers: dict[str, str], seconds: float | None) -> None:
    assert used_up_s(Response(200, headers, b"")) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param(NOW, NOW_S, id="as HTTP writes it"),
        pytest.param("Friday, 15-Jan-27 08:00:00 GMT", NOW_S, id="as HTTP used to write it"),
        pytest.param("Fri, 15 Jan 2027 09:00:00 +0100", NOW_S, id="another zone"),
        pytest.param(None, None, id="missing"),
        pytest.param("", None, id="empty"),
        pytest.param("2027-01-15", None, id="another notation"),
        pytest.param("Fri, 45 Jan 2027 08:00:00 GMT", None, id="no such day"),
    ],
)
def test_a_date_is_read(text: str | None, seconds: float | None) -> None:
    assert date_s(text) == seconds


@far_from_greenwich()
@pytest.mark.parametrize(
    "text", ["Fri, 15 Jan 2027 08:00:00", "Fri, 15 Jan 2027 08:00:00 -0000"], ids=["no zone", "an unknown zone"]
)
def test_a_date_without_a_zone_is_not_read_as_local_time(text: str) -> None:
    assert date_s(text) == NOW_S


def test_a_policy_survives_json() -> None:
    policy = RetryPolicy(attempts=3, wait_s=0.5, max_wait_s=2, max_retry_after_s=9)
    assert RetryPolicy(**json.loads(json.dumps(asdict(policy)))) == policy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attempts", 0),
        ("attempts", -1),
        ("attempts", 1.5),
        ("attempts", True),
        ("attempts", "5"),
        ("wait_s", -1),
        ("wait_s", "1"),
        ("wait_s", True),
        ("max_wait_s", float("nan")),
        ("max_wait_s", float("inf")),
        ("max_retry_after_s", -0.1),
        ("max_retry_after_s", None),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be"):
        RetryPolicy(**{name: value})


def test_waits_of_zero_are_allowed() -> None:
    assert wait_s(LOST, policy=RetryPolicy(wait_s=0)) == 0.0


@pytest.mark.parametrize(
    ("outcome", "wait_s"),
    [
        pytest.param(Response(429, {}, b""), 60.0, id="without a time"),
        pytest.param(Response(429, {"retry-after": "7"}, b""), 7.0, id="with a time"),
        pytest.param(Response(503, {}, b""), 0.5, id="another trouble"),
    ],
)
def test_a_services_own_wait_is_for_refusals_that_name_no_time(outcome: Response, wait_s: float) -> None:
    waited_s = RetryPolicy().next_wait_s(1, outcome, idempotent=True, now_s=0.0, jitter=0.0, limited_wait_s=60.0)

    assert waited_s == wait_s


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 60.0), (2, 120.0), (3, 240.0), (4, 300.0)])
def test_a_services_own_wait_doubles_within_reason(attempt: int, seconds: float) -> None:
    assert wait_s(reply(status=429), attempt, limited_wait_s=60.0) == seconds
