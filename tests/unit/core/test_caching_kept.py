"""Which replies the store is given, and how forgivingly their directives are read."""

from __future__ import annotations

import pytest

from airflow_provider_circle.core.caching import ReplyStore
from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Request, Response
from airflow_provider_circle.core.walk import call
from tests.unit.walking import LOST, NOW_S, Clock, caller, drive, reply

MOON = Request("GET", "https://orbit.example/v3/moons/1", {}, None, 30.0)


@pytest.mark.parametrize("said", ["max-age=60,,", "max-age=60, ,", "max-age=60,\t, ,"])
def test_separators_with_nothing_between_them_forbid_nothing(said: str) -> None:
    store = ReplyStore()
    store.keep(MOON, Response(200, {"cache-control": said}, b"{}"), asked_s=NOW_S, now_s=NOW_S)

    assert store.find(MOON, NOW_S) is not None


def test_a_lost_reply_is_not_kept_and_the_one_after_it_is() -> None:
    clock, store = Clock(), ReplyStore()
    asking = caller(clock, store=store)
    read = Endpoint("GET", "/moons/1", "tests")
    drive(call(asking, read), [LOST, reply({"n": 1}, cache_control="max-age=60")], clock)

    assert drive(call(asking, read), [], clock).result == {"n": 1}
