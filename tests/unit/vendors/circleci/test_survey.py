from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.exceptions import CircleError, Forbidden, NotFound, Unauthorized
from airflow_provider_circle.vendors.circleci.happenings import Snapshot
from airflow_provider_circle.vendors.circleci.survey import Memory, Wanted, next_snapshot, survey
from tests.unit.vendors.circleci.following_project import SLUG, pipeline, workflow
from tests.unit.vendors.circleci.walking import LOST, NOW, Driver, Scripted, answer, garbled, html, refused, rows

LIST = f"GET /project/{SLUG}/pipeline"
ONCE = RetryPolicy(attempts=1)
SCHEDULE = PollSchedule(30, 600, 0.5)

SUCCESS = workflow("w1", "success", stop_s=-10)
HELD = workflow("w1", "on_hold", at_s=-100)


def into(key: str) -> str:
    return f"GET /pipeline/{key}/workflow"


def driver(*pages: Scripted, **scripts: Sequence[Scripted]) -> Driver:
    """Answer the list with these pages, and looks into pipelines by their ids."""
    looks = {into(key): script for key, script in scripts.items()}
    return Driver({LIST: pages or (rows(),), **looks}, retry=ONCE)


def look(
    driver: Driver, memory: Memory | None = None, *, since_s: float = -100.0, follow: tuple[str, ...] = ()
) -> Snapshot:
    return driver.run(survey(driver.caller, SLUG, memory or Memory(), Wanted(NOW + since_s, follow)))


def page(*ages_s: float, token: str | None = None) -> Response:
    return rows(*(pipeline(f"p{-age_s:g}", age_s) for age_s in ages_s), token=token)


def test_a_quiet_project_costs_one_request() -> None:
    quiet = driver(page(-5000, -6000, token="more"))

    look(quiet)

    assert quiet.asked == [LIST]


def test_a_burst_is_read_page_by_page_until_what_is_known() -> None:
    burst = driver(page(-10, -20, token="a"), page(-30, -40, token="b"), page(-90, -200, token="c"))

    snapshot = look(burst)

    assert len(burst.asked) == 3
    assert {"p10", "p20", "p30", "p40", "p90"} <= set(snapshot.pipelines)


def test_the_list_is_not_read_beyond_its_end() -> None:
    short = driver(page(-10, token="a"), page(-20))

    assert set(look(short).pipelines) == {"p10", "p20"}


def test_a_look_says_how_far_back_it_reaches_and_when_it_was_by_circlecis_clock() -> None:
    ahead = Driver({LIST: [rows()]}, server_ahead_s=500)

    snapshot = look(ahead, since_s=-70)

    assert (snapshot.since_s, snapshot.now_s) == (NOW - 70, NOW + 500)


def test_without_a_date_our_clock_will_do() -> None:
    assert look(Driver({LIST: [rows()]}, server_ahead_s=None)).now_s == NOW


def test_new_pipelines_are_not_looked_into_before_somebody_follows_them() -> None:
    new = driver(page(-10))

    assert look(new).workflows == {}


def test_followed_pipelines_are_looked_into() -> None:
    followed = driver(page(-10), p10=[rows(SUCCESS)])

    assert look(followed, follow=("p10",)).workflows == {"p10": [SUCCESS]}


def test_a_workflow_list_of_several_pages_is_read_to_its_end() -> None:
    long = driver(page(-10), p10=[rows(SUCCESS, token="a"), rows(workflow("w2"))])

    assert len(look(long, follow=("p10",)).workflows["p10"]) == 2


def test_a_followed_pipeline_that_is_listed_no_longer_is_read_once() -> None:
    memory = Memory()
    old = Driver({LIST: [rows()], into("p1"): [rows(workflow())], "GET /pipeline/p1": [answer(pipeline("p1", -900))]})

    snapshots = [look(old, memory, follow=("p1",)) for _ in range(3)]

    assert old.asked.count("GET /pipeline/p1") == 1
    assert all(snapshot.pipelines["p1"]["number"] == 7 for snapshot in snapshots)


def test_a_pipeline_that_may_still_turn_out_errored_is_read_again() -> None:
    memory = Memory()
    errored = answer(pipeline("p1", -900, state="errored"))
    late = Driver(
        {
            LIST: [rows()],
            into("p1"): [rows()],
            "GET /pipeline/p1": [answer(pipeline("p1", -100, state="pending")), errored],
        }
    )

    states = [look(late, memory, follow=("p1",)).pipelines["p1"]["state"] for _ in range(2)]

    assert states == ["pending", "errored"]


def test_what_is_followed_no_longer_is_forgotten() -> None:
    memory = Memory()
    seen = driver(page(-10), rows(), p10=[rows(SUCCESS)])
    look(seen, memory, follow=("p10",))

    look(seen, memory)

    assert (memory.pipelines, memory.due_s) == ({}, {})


@pytest.mark.parametrize(
    ("workflows", "again_s"),
    [
        pytest.param([], 0, id="no_workflow_yet"),
        pytest.param([workflow(at_s=-90)], 0, id="running"),
        pytest.param([workflow("s", "success", at_s=-90, stop_s=-50, tag="setup")], 0, id="setup_alone"),
        pytest.param([workflow("w1", "failed", at_s=-90, stop_s=-50, max_auto_reruns=1)], 0, id="rerun_follows"),
        pytest.param([HELD], 10, id="held_for_100_s"),
        pytest.param([workflow("w1", "on_hold", at_s=-90000)], 600, id="held_for_a_day"),
        pytest.param([SUCCESS], 60, id="ended_10_s_ago"),
        pytest.param([workflow("w1", "failed", at_s=-9000, stop_s=-7200)], 7200, id="ended_two_hours_ago"),
    ],
)
def test_a_pipeline_is_looked_into_less_often_when_nothing_happens_there(
    workflows: list[JsonObject], again_s: float
) -> None:
    memory = Memory()

    look(driver(page(-95), p95=[rows(*workflows)]), memory, follow=("p95",))

    assert memory.due_s["p95"] - NOW == pytest.approx(again_s)


def test_a_pipeline_that_is_not_due_costs_nothing() -> None:
    memory = Memory()
    ended = driver(page(-95), p95=[rows(SUCCESS)])

    snapshots = [look(ended, memory, follow=("p95",)) for _ in range(3)]

    assert ended.asked.count(into("p95")) == 1
    assert [len(snapshot.workflows) for snapshot in snapshots] == [1, 0, 0]


def test_many_pipelines_are_looked_into_in_turns() -> None:
    ids = tuple(f"q{n:03}" for n in range(140))
    looks = {into(key): [rows(workflow())] for key in ids}
    details = {f"GET /pipeline/{key}": [answer(pipeline(key, -900))] for key in ids}
    memory = Memory({key: pipeline(key, -900) for key in ids})

    first = look(Driver({LIST: [rows()], **looks, **details}), memory, follow=ids)
    second = look(Driver({LIST: [rows()], **looks, **details}, now_s=NOW + 30), memory, follow=ids)

    assert (len(first.workflows), len(second.workflows)) == (100, 100)
    assert {*first.workflows, *second.workflows} == set(ids)


@pytest.mark.parametrize("trouble", [refused(500), garbled(), LOST, refused(404), refused(403)], ids=repr)
def test_a_pipeline_that_cannot_be_looked_into_does_not_spoil_the_look(trouble: Any) -> None:
    bad = driver(page(-10, -20), p10=[trouble], p20=[rows(SUCCESS)])

    snapshot = look(bad, follow=("p10", "p20"))

    assert list(snapshot.workflows) == ["p20"]
    assert len(snapshot.troubles) == 1
    assert "p10" in min(snapshot.troubles)


def test_after_three_failures_in_a_row_the_rest_waits_for_the_next_look() -> None:
    memory = Memory()
    ids = ("p10", "p20", "p30", "p40")
    down = driver(page(-10, -20, -30, -40), **{key: [refused(503)] for key in ids})
    look(down, memory, follow=ids)

    up = Driver({LIST: [page(-10, -20, -30, -40)], **{into(key): [rows(workflow())] for key in ids}}, now_s=NOW + 30)
    look(up, memory, follow=ids)

    assert down.asked[1:] == [into("p10"), into("p20"), into("p30")]
    assert up.asked[1] == into("p40")


def test_pipelines_that_are_gone_do_not_count_as_failures_and_are_asked_for_later() -> None:
    memory = Memory()
    ids = ("p10", "p20", "p30", "p40")
    gone = driver(page(-10, -20, -30, -40), **{key: [refused(404)] for key in ids[:3]}, p40=[rows(workflow())])

    snapshot = look(gone, memory, follow=ids)

    assert list(snapshot.workflows) == ["p40"]
    assert memory.due_s["p10"] - NOW == pytest.approx(600)


@pytest.mark.parametrize("trouble", [refused(500), html(), garbled(), LOST, refused(429, retry_after="45")], ids=repr)
def test_a_service_that_is_down_is_looked_at_again_until_it_answers(trouble: Any) -> None:
    down = Driver({LIST: [trouble, trouble, trouble, page(-10)]}, retry=ONCE)

    snapshot = down.run(next_snapshot(down.caller, SLUG, Memory(), lambda: Wanted(NOW - 100), SCHEDULE))

    assert "p10" in snapshot.pipelines
    assert len(down.asked) == 4
    assert [wait_s for wait_s in down.waits if wait_s] != []
    assert len(set(down.said)) == len(down.said) == 1


def test_the_pause_grows_with_the_trouble() -> None:
    down = Driver({LIST: [*[refused(500)] * 12, rows()]}, retry=ONCE)

    down.run(next_snapshot(down.caller, SLUG, Memory(), lambda: Wanted(NOW), SCHEDULE))

    assert down.waits == sorted(down.waits)
    assert (down.waits[0], down.waits[-1]) == (30, 600)


def test_retry_after_is_honoured() -> None:
    limited = Driver({LIST: [refused(429, retry_after="200"), rows()]}, retry=ONCE)

    limited.run(next_snapshot(limited.caller, SLUG, Memory(), lambda: Wanted(NOW), SCHEDULE))

    assert limited.times(LIST)[1] >= 200


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (403, Forbidden), (404, NotFound)])
def test_being_turned_away_is_said_at_once(status: int, error: type[CircleError]) -> None:
    away = Driver({LIST: [refused(status)]}, retry=ONCE)

    with pytest.raises(error):
        away.run(next_snapshot(away.caller, SLUG, Memory(), lambda: Wanted(NOW), SCHEDULE))

    assert len(away.asked) == 1


def test_what_is_wanted_is_asked_before_each_look() -> None:
    down = Driver({LIST: [refused(500), page(-10)], into("p10"): [rows(SUCCESS)]}, retry=ONCE)
    wanted = [Wanted(NOW), Wanted(NOW - 100, ("p10",))]

    snapshot = down.run(next_snapshot(down.caller, SLUG, Memory(), lambda: wanted.pop(0), SCHEDULE))

    assert list(snapshot.workflows) == ["p10"]
