"""How long a wait may take: told, or learned from Insights once, and never at a wait's expense."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.pacing import Pace
from airflow_provider_circle.core.polling import PollSchedule
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.walk import Send, Walk
from airflow_provider_circle.vendors.circleci.durations import DurationStore, forecast_by
from airflow_provider_circle.vendors.circleci.verdict import VerdictPolicy
from airflow_provider_circle.vendors.circleci.watch import (
    Look,
    look_at_job,
    look_at_pipeline,
    look_at_workflow,
    watch,
)

from .walking import LOST, NEVER_SENT, NOW, Driver, Scripted, answer, garbled, html, refused, rows, stamp

PIPELINE = "GET /pipeline/p"
WORKFLOWS = "GET /pipeline/p/workflow"
WORKFLOW = "GET /workflow/w"
JOB = "GET /project/gh/acme/web/job/7"
INSIGHTS = "GET /insights/gh/acme/web/workflows"


def pipeline(**changes: Any) -> JsonObject:
    vcs = {"branch": "main"}
    return {"id": "p", "state": "created", "project_slug": "gh/acme/web", "vcs": vcs, "created_at": stamp(0), **changes}


def workflow(status: str = "running", **changes: Any) -> JsonObject:
    return {
        "id": "w",
        "name": "build",
        "status": status,
        "pipeline_id": "p",
        "project_slug": "gh/acme/web",
        "created_at": stamp(0),
        "stopped_at": stamp(60) if status == "success" else None,
        **changes,
    }


def metrics(name: str = "build", median_s: Any = 60, p95_s: Any = 90) -> JsonObject:
    return {"name": name, "metrics": {"total_runs": 40, "duration_metrics": {"median": median_s, "p95": p95_s}}}


def until(end_s: float, *running: JsonObject) -> Scripted:
    """Workflows that run until a time."""
    flows = running or (workflow(),)
    return lambda at_s: rows(*(flow if at_s < end_s else {**flow, "status": "success"} for flow in flows))


def driver(*flows: Scripted, insights: Scripted | None = None, jitter: float = 0.5, **script: list[Scripted]) -> Driver:
    replies: dict[str, list[Scripted]] = {
        PIPELINE: script.get("pipeline", [answer(pipeline())]),
        WORKFLOWS: list(flows) or [until(60)],
        INSIGHTS: [rows(metrics()) if insights is None else insights],
        WORKFLOW: script.get("workflow", []),
        JOB: script.get("job", []),
    }
    return Driver(replies, retry=RetryPolicy(attempts=3), jitter=jitter)


def run(
    made: Driver,
    expected: float | str | None = "insights",
    *,
    look: Look | None = None,
    store: DurationStore | None = None,
    started_s: float = 0.0,
    look_from_s: float | None = None,
    **policy: Any,
) -> None:
    looking = look or look_at_pipeline("p", VerdictPolicy(**policy))
    watched = made.run(
        watch(
            made.caller,
            looking,
            PollSchedule(),
            started_s=NOW + started_s,
            deadline_s=NOW + 7200,
            look_from_s=None if look_from_s is None else NOW + look_from_s,
            forecast=forecast_by(expected, store or DurationStore()),
        )
    )
    assert watched.sight is not None
    assert watched.sight.verdict.kind == "succeeded"


def looks(made: Driver, route: str = WORKFLOWS) -> list[float]:
    return [round(at_s, 1) for at_s in made.times(route)]


@pytest.fixture(scope="module")
def unknowing() -> list[float]:
    """When a wait looks that knows nothing."""
    made = driver()
    run(made, None)
    return looks(made)


@pytest.mark.parametrize("expected", [60.0, "60", "insights"])
def test_a_known_duration_saves_looks(expected: float | str, unknowing: list[float]) -> None:
    made = driver()

    run(made, expected)

    assert looks(made)[1] == pytest.approx(51, abs=2)
    assert len(looks(made)) <= 4
    assert len(unknowing) > 10


def test_what_was_told_is_not_asked_for() -> None:
    made = driver()

    run(made, 60.0)

    assert INSIGHTS not in made.asked


def test_insights_are_asked_once_for_the_pipelines_branch() -> None:
    made = driver()

    run(made)

    assert made.asked.count(INSIGHTS) == 1
    (asked,) = [request for request in made.requests if "/insights/" in request.url]
    assert asked.url.endswith("/insights/gh/acme/web/workflows?branch=main")


@pytest.mark.parametrize("vcs", [{"tag": "v1"}, {}, None, {"branch": ""}, {"branch": 7}])
def test_a_pipeline_without_a_branch_is_held_against_the_default_branch(vcs: Any) -> None:
    made = driver(pipeline=[answer(pipeline(vcs=vcs))])

    run(made)

    assert next(request.url for request in made.requests if "/insights/" in request.url).endswith("/workflows")


def test_what_was_learned_serves_all_waits_for_hours() -> None:
    store, first, second = DurationStore(), driver(), driver()
    run(first, store=store)
    second.now_s = first.now_s + 5 * 3600

    second.run(_ended(second, store))

    assert INSIGHTS not in second.asked


def test_what_was_learned_is_asked_for_anew_after_hours() -> None:
    store, first, second = DurationStore(), driver(), driver()
    run(first, store=store)
    second.now_s = first.now_s + 7 * 3600

    second.run(_ended(second, store))

    assert second.asked.count(INSIGHTS) == 1


def _ended(made: Driver, store: DurationStore) -> Walk[Any]:
    """A wait for what ends at its second look."""
    made._left[WORKFLOWS] = [rows(workflow()), rows(workflow("success"))]
    forecast = forecast_by("insights", store)
    look = look_at_pipeline("p", VerdictPolicy())
    return watch(made.caller, look, PollSchedule(), started_s=made.now_s, deadline_s=None, forecast=forecast)


def test_another_branch_is_asked_for_on_its_own() -> None:
    store = DurationStore()
    run(driver(), store=store)
    other = driver(pipeline=[answer(pipeline(vcs={"branch": "next"}))])

    run(other, store=store)

    assert INSIGHTS in other.asked


def test_whoever_comes_while_it_is_being_asked_goes_on_without_and_uses_the_answer_later() -> None:
    store, first, second = DurationStore(), driver(), driver()
    asking = forecast_by("insights", store)
    assert asking
    sight = first.run(look_at_pipeline("p", VerdictPolicy())(first.caller, None))
    question = asking(first.caller, sight)
    under_way = next(question)
    assert isinstance(under_way, Send)

    meanwhile = second.run(asking(second.caller, sight))
    with pytest.raises(StopIteration):
        question.send(first._reply(under_way.request))
    later = second.run(asking(second.caller, sight))

    assert (meanwhile, second.asked) == (None, [])
    assert later is not None


@pytest.mark.parametrize(
    "trouble",
    [
        *(refused(status) for status in (400, 401, 403, 404, 500, 503)),
        refused(429, retry_after="3"),
        LOST,
        NEVER_SENT,
        html(),
        garbled(),
        answer([]),
        answer({"items": None}),
        rows(),
        rows({"name": "build"}),
        rows({"name": "build", "metrics": None}),
        rows({"name": "build", "metrics": {"duration_metrics": None}}),
        rows(metrics(median_s=None)),
        rows(metrics(median_s=0)),
        rows(metrics(median_s="60")),
        rows(metrics(median_s=10**400)),
        rows(metrics(p95_s=10**400)),
        rows(metrics("deploy")),
    ],
    ids=repr,
)
def test_an_answer_that_tells_nothing_leaves_the_wait_as_it_was(trouble: Scripted, unknowing: list[float]) -> None:
    made = driver(insights=trouble)

    run(made)

    assert looks(made) == pytest.approx(unknowing, abs=4)
    assert made.asked.count(INSIGHTS) == 1


def test_a_missing_answer_is_said() -> None:
    made = driver(insights=refused(404, "no such project"))

    run(made)

    assert [line for line in made.said if "without knowing how long" in line and "no such project" in line]


def test_after_an_answer_that_did_not_come_nobody_asks_for_an_hour() -> None:
    store = DurationStore()
    run(driver(insights=refused(403)), store=store)
    soon, later = driver(), driver()
    soon.now_s, later.now_s = NOW + 600, NOW + 2 * 3600

    soon.run(_ended(soon, store))
    later.run(_ended(later, store))

    assert (INSIGHTS in soon.asked, INSIGHTS in later.asked) == (False, True)


def test_an_answer_is_not_waited_for_long_in_the_queue_of_a_slow_connection() -> None:
    made = driver()
    pace = Pace()
    caller = made.caller
    made_caller = type(caller)(caller.service, caller.clock, caller.jitter, caller.retry, pace)
    look = look_at_pipeline("p", VerdictPolicy())

    def looking(caller: Any, known: Any) -> Walk[Any]:
        sight = yield from look(caller, known)
        pace.hold(made.now_s + 30)
        return sight

    made.run(
        watch(
            made_caller,
            looking,
            PollSchedule(),
            started_s=NOW,
            deadline_s=None,
            forecast=forecast_by("insights", DurationStore()),
        )
    )

    assert INSIGHTS not in made.asked


def test_insights_may_take_ten_seconds_at_most() -> None:
    made = driver()

    run(made)

    assert [request.timeout_s for request in made.requests if "/insights/" in request.url] == [10.0]


def test_of_several_workflows_the_one_that_ends_last_counts() -> None:
    flows = (workflow(name="lint"), workflow(name="build"), workflow(name="deploy", id="d"))
    made = driver(
        until(620, *flows), insights=rows(metrics("lint", 20, 30), metrics("build", 600, 700), metrics("deploy"))
    )

    run(made)

    assert len([at_s for at_s in looks(made) if 30 < at_s < 500]) <= 9


def test_a_workflow_that_began_later_is_expected_later() -> None:
    made = driver(until(130, workflow(created_at=stamp(70))))
    made.now_s = NOW + 71

    run(made, started_s=71)

    assert looks(made)[1] == pytest.approx(121, abs=2)


def test_only_the_workflows_waited_for_count() -> None:
    flows = (workflow(), workflow(name="nightly", id="n"))
    made = driver(until(60, *flows), insights=rows(metrics(), metrics("nightly", 3600, 4000)))

    run(made, workflow_names=["build"])

    assert looks(made)[1] == pytest.approx(52, abs=2)


def test_a_workflow_that_has_ended_counts_no_more() -> None:
    flows = (workflow(), workflow("success", name="nightly", id="n"))
    made = driver(until(60, *flows), insights=rows(metrics(), metrics("nightly", 3600, 4000)))

    run(made)

    assert looks(made)[1] == pytest.approx(52, abs=2)


def test_a_workflow_that_is_not_known_does_not_hide_one_that_is() -> None:
    made = driver(until(60, workflow(), workflow(name="new", id="n")))

    run(made)

    assert len(looks(made)) <= 4


@pytest.mark.parametrize("expected", [60.0, "insights"])
def test_while_a_person_is_waited_for_nothing_is_expected(expected: float | str, unknowing: list[float]) -> None:
    made = driver(until(60, workflow("on_hold")))

    run(made, expected)

    assert looks(made) == unknowing


@pytest.mark.parametrize("expected", [60.0, "insights"])
def test_until_something_appears_it_is_looked_for_as_ever(expected: float | str, unknowing: list[float]) -> None:
    made = driver(lambda at_s: rows() if at_s < 12 else rows(workflow("running" if at_s < 60 else "success")))

    run(made, expected)

    assert looks(made)[:4] == unknowing[:4]


def test_an_automatic_rerun_is_not_held_against_whole_runs(unknowing: list[float]) -> None:
    made = driver(until(60, workflow(auto_rerun_number=1)))

    run(made)

    assert looks(made) == unknowing


@pytest.mark.parametrize("ahead_s", [-300.0, 300.0])
@pytest.mark.parametrize("expected", [60.0, "insights"])
def test_a_clock_that_is_wrong_moves_nothing(ahead_s: float, expected: float | str) -> None:
    made = driver(
        until(60, workflow(created_at=stamp(ahead_s))), pipeline=[answer(pipeline(created_at=stamp(ahead_s)))]
    )
    made.server_ahead_s = ahead_s

    run(made, expected)

    assert looks(made)[1] == pytest.approx(51, abs=3)


def test_a_wrong_clock_moves_nothing_for_a_workflow_either() -> None:
    made = driver(workflow=[answer(workflow(created_at=stamp(-300))), answer(workflow("success"))])
    made.server_ahead_s = -300.0

    run(made, 60.0, look=look_at_workflow("w", VerdictPolicy()))

    assert looks(made, WORKFLOW)[1] == pytest.approx(51, abs=3)


def test_a_workflow_asks_its_pipeline_for_the_branch_once() -> None:
    running = answer(workflow())
    made = driver(workflow=[lambda at_s: running if at_s < 60 else answer(workflow("success"))])

    run(made, look=look_at_workflow("w", VerdictPolicy()))

    assert (made.asked.count(PIPELINE), made.asked.count(INSIGHTS)) == (1, 1)
    assert len(looks(made, WORKFLOW)) <= 4


@pytest.mark.parametrize("trouble", [refused(404), refused(503), LOST, html()], ids=repr)
def test_a_branch_that_cannot_be_read_leaves_the_wait_as_it_was(trouble: Scripted, unknowing: list[float]) -> None:
    ended = workflow("success")
    made = driver(workflow=[lambda at_s: answer(workflow() if at_s < 60 else ended)], pipeline=[trouble])

    run(made, look=look_at_workflow("w", VerdictPolicy()))

    assert made.asked.count(PIPELINE) == 1
    assert looks(made, WORKFLOW) == unknowing


def test_a_told_job_is_counted_from_its_start() -> None:
    job = {"name": "test", "started_at": stamp(10), "created_at": stamp(-500)}
    made = driver(job=[lambda at_s: answer({**job, "status": "running" if at_s < 70 else "success"})])
    made.now_s = NOW + 11

    run(made, 60.0, look=look_at_job("gh/acme/web", 7, VerdictPolicy()), started_s=11)

    assert looks(made, JOB)[1] == pytest.approx(61, abs=2)


def test_nothing_is_asked_before_the_first_look_is_worth_it() -> None:
    made = driver()

    run(made, 60.0, look_from_s=4.5)

    assert looks(made)[0] == 4.5


def test_a_fault_while_looking_does_not_make_the_wait_forget() -> None:
    made = driver(rows(workflow()), *[refused(503)] * 3, until(60))

    run(made, 60.0)

    assert looks(made)[1] == pytest.approx(52, abs=2)


@pytest.mark.parametrize("value", [0, -5, "soon", True, float("nan"), float("inf"), 10**400, [60], "-1"])
def test_what_is_no_duration_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^expected_duration_s must be a number of seconds above 0, or 'insights'"):
        forecast_by(value, DurationStore())


@pytest.mark.parametrize("value", [None, ""])
def test_a_duration_may_be_left_out(value: Any) -> None:
    assert forecast_by(value, DurationStore()) is None


def test_the_store_keeps_a_bounded_number_of_branches() -> None:
    store = DurationStore()
    for number in range(1200):
        store.keep("gh/acme/web", f"b{number}", {}, NOW + 60)

    assert store.find("gh/acme/web", "b0", NOW) is None
    assert store.find("gh/acme/web", "b1199", NOW) == {}
