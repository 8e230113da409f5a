from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.following import Interest, Mark, Progress
from airflow_provider_circle.vendors.circleci.happenings import Snapshot, quiet_since_s
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s
from tests.unit.vendors.circleci.following_project import EVERYTHING, SLUG, Watch, pipeline, workflow
from tests.unit.vendors.circleci.walking import NOW, SERVICE, stamp

HOUR = 3600.0
DAY = 86400.0

SUCCESS = workflow("w1", "success", stop_s=30)
FAILED = workflow("w1", "failed", stop_s=30)


def test_a_pipeline_is_told_from_its_creation_to_its_end() -> None:
    watch = Watch()

    assert watch.ids(1, [pipeline()]) == ["pipeline_created/p1"]
    assert watch.ids(2, [pipeline()], []) == []
    assert watch.ids(10, [pipeline()], [workflow()]) == ["workflow_created/w1"]
    assert watch.ids(40, [pipeline()], [SUCCESS]) == ["workflow_finished/w1", "pipeline_finished/p1"]
    assert watch.ids(41, [pipeline()], [SUCCESS]) == []


def test_an_event_says_what_happened_in_json() -> None:
    watch = Watch(Interest(("workflow_finished",)))

    (event,) = watch.look(40, [pipeline()], [SUCCESS])

    assert json.loads(json.dumps(event)) == {
        "id": "workflow_finished/w1",
        "event": "workflow_finished",
        "project_slug": "gh/acme/app",
        "pipeline_id": "p1",
        "pipeline_number": 7,
        "branch": "main",
        "tag": None,
        "revision": "f454a02",
        "workflow_id": "w1",
        "workflow_name": "w1",
        "setup": False,
        "auto_rerun_number": None,
        "status": "success",
        "created_at": stamp(2),
        "stopped_at": stamp(30),
        "url": "https://app.circleci.com/pipelines/gh/acme/app/7/workflows/w1",
    }


def test_every_event_has_the_same_attributes() -> None:
    events = Watch().look(40, [pipeline()], [SUCCESS])

    assert len({tuple(event) for event in events}) == 1
    assert len(events) == 4


def test_a_finished_pipeline_tells_how_and_when() -> None:
    watch = Watch(Interest(("pipeline_finished",)))

    (event,) = watch.look(90, [pipeline()], [SUCCESS, workflow("w2", "failed", stop_s=60)])

    assert (event["status"], event["stopped_at"]) == ("failed", stamp(60))
    assert event["url"] == "https://app.circleci.com/pipelines/gh/acme/app/7"


@pytest.mark.parametrize(
    ("workflows", "state", "now_s", "expected"),
    [
        pytest.param([], "created", 40, None, id="no_workflow_yet"),
        pytest.param([], "created", 700, "never_ran", id="none_within_the_grace_period"),
        pytest.param([], "errored", 3, "failed", id="errored"),
        pytest.param([workflow("s", "success", stop_s=9, tag="setup")], "created", 40, None, id="setup_alone"),
        pytest.param(
            [workflow("s", "success", stop_s=9, tag="setup"), SUCCESS],
            "created",
            40,
            "succeeded",
            id="setup_and_regular",
        ),
        pytest.param([SUCCESS, workflow("w2")], "created", 40, None, id="one_still_runs"),
        pytest.param([SUCCESS, workflow("w2", "on_hold")], "created", 40, None, id="one_waits_for_a_person"),
        pytest.param(
            [workflow("w1", "failed", stop_s=30, max_auto_reruns=2)], "created", 40, None, id="automatic_rerun_follows"
        ),
        pytest.param(
            [workflow("w1", "failed", stop_s=30, max_auto_reruns=2, auto_rerun_number=2)],
            "created",
            40,
            "failed",
            id="no_automatic_rerun_is_left",
        ),
        pytest.param([FAILED, workflow("w1-b", at_s=50)], "created", 60, None, id="rerun_still_runs"),
        pytest.param(
            [FAILED, workflow("w1-b", "success", at_s=50, stop_s=55)], "created", 60, "succeeded", id="rerun_succeeded"
        ),
        pytest.param([workflow("w1", "recovering")], "created", 40, None, id="unknown_status"),
    ],
)
def test_a_pipeline_is_finished_when_the_verdict_says_so(
    workflows: list[dict[str, Any]], state: str, now_s: float, expected: str | None
) -> None:
    watch = Watch(Interest(("pipeline_finished",)))

    events = watch.look(now_s, [pipeline(state=state)], workflows)

    assert [event["status"] for event in events] == ([expected] if expected else [])


def test_a_later_rerun_is_a_further_finishing_with_another_id() -> None:
    watch = Watch(Interest(("workflow_finished", "pipeline_finished")))
    first = watch.look(40, [pipeline()], [FAILED])

    second = watch.look(2 * HOUR, [pipeline()], [workflow("w1-b", "success", at_s=HOUR, stop_s=HOUR + 9), FAILED])

    assert [event["status"] for event in first] == ["failed", "failed"]
    assert [event["status"] for event in second] == ["success", "succeeded"]
    assert not {event["id"] for event in first} & {event["id"] for event in second}


def test_ids_depend_on_nothing_but_what_happened() -> None:
    looks = [([pipeline()], [SUCCESS, FAILED | {"id": "w2", "name": "w2"}])] * 2

    first, second = (Watch().look(now_s, *look) for now_s, look in zip((40, 4000), looks, strict=True))

    assert [event["id"] for event in first] == [event["id"] for event in second]


def test_order_of_workflows_does_not_change_a_finishings_id() -> None:
    workflows = [SUCCESS, workflow("w2", "success", stop_s=20)]

    ids = [{event["id"] for event in Watch().look(40, [pipeline()], order)} for order in (workflows, workflows[::-1])]

    assert ids[0] == ids[1]


@pytest.mark.parametrize("event", ["workflow_created", "workflow_finished"])
def test_a_workflow_that_circleci_has_forgotten_makes_no_event(event: str) -> None:
    watch = Watch(Interest((event,)))

    assert watch.look(40, [pipeline()], [SUCCESS | {"id": None}]) == []


@pytest.mark.parametrize("created_at", [None, "yesterday", 7])
def test_a_pipeline_without_a_date_is_passed_over(created_at: Any) -> None:
    watch = Watch()

    assert watch.ids(1, [pipeline() | {"created_at": created_at}]) == []
    assert watch.progress.marks == {}


@pytest.mark.parametrize("vcs", [None, "main", []])
def test_a_pipeline_without_vcs_is_told(vcs: Any) -> None:
    (event,) = Watch().look(1, [pipeline(vcs=vcs)])

    assert (event["branch"], event["tag"], event["revision"]) == (None, None, None)


def test_a_workflow_that_ended_at_an_unknown_time_is_told_once() -> None:
    watch = Watch(Interest(("workflow_finished",)))

    assert watch.ids(40, [pipeline()], [workflow("w1", "failed")]) == ["workflow_finished/w1"]
    assert watch.ids(50, [pipeline()], [workflow("w1", "failed")]) == []


def test_what_happened_before_the_beginning_is_not_told() -> None:
    watch = Watch()
    old = pipeline(at_s=-HOUR)

    assert watch.ids(1, [old]) == []
    assert watch.ids(2, [old], [workflow("w1", "success", at_s=-HOUR, stop_s=-10)]) == []


def test_a_pipeline_that_ran_at_the_beginning_is_told_when_it_ends() -> None:
    watch = Watch()
    old = pipeline(at_s=-HOUR)

    watch.look(1, [old])

    assert watch.ids(40, [old], [workflow("w1", "success", at_s=-HOUR, stop_s=30)]) == [
        "workflow_finished/w1",
        "pipeline_finished/p1",
    ]


def test_a_watch_without_a_start_begins_with_its_first_look_by_circlecis_clock() -> None:
    watch = Watch(progress=Progress.beginning(NOW - 500))

    assert watch.ids(20, [pipeline(at_s=10)]) == []
    assert watch.progress.begun_s == NOW + 20
    assert watch.ids(40, [pipeline("p2", at_s=30), pipeline(at_s=10)]) == ["pipeline_created/p2"]


def test_a_look_that_leaves_a_gap_is_passed_over() -> None:
    watch = Watch()
    before = watch.progress

    assert watch.ids(9 * HOUR, [pipeline(at_s=9 * HOUR)], since_s=8 * HOUR) == []
    assert watch.progress == before


def test_a_pipeline_that_is_listed_late_is_told() -> None:
    watch = Watch()
    watch.look(1000, [pipeline("p2", at_s=1000)])

    assert watch.ids(1060, [pipeline("p2", at_s=1000), pipeline("p1", at_s=950)]) == ["pipeline_created/p1"]


def test_pipelines_of_the_same_moment_are_all_told() -> None:
    watch = Watch()
    watch.look(1000, [pipeline("p1", at_s=999)])

    assert watch.ids(1001, [pipeline("p2", at_s=999), pipeline("p1", at_s=999)]) == ["pipeline_created/p2"]


def test_pipelines_come_in_order_of_their_creation() -> None:
    assert Watch().ids(9, [pipeline("p2", at_s=5), pipeline("p1", at_s=3)]) == [
        "pipeline_created/p1",
        "pipeline_created/p2",
    ]


def test_a_pipeline_dated_in_the_future_does_not_move_the_floor_there() -> None:
    watch = Watch()

    watch.look(10, [pipeline("p1", at_s=10 * DAY)])

    assert watch.ids(500, [pipeline("p2", at_s=400)]) == ["pipeline_created/p2"]


def test_the_floor_never_sinks() -> None:
    watch = Watch(progress=Progress(NOW, NOW + 5000))

    watch.look(100, [pipeline("p1", at_s=90)])

    assert watch.progress.floor_s == NOW + 5000


@pytest.mark.parametrize("shown", ["p1", "all"])
def test_an_old_pipeline_that_was_not_followed_is_not_begun(shown: str) -> None:
    watch = Watch(progress=Progress(NOW, NOW + HOUR))

    assert watch.ids(2 * HOUR, [pipeline(at_s=10)], [SUCCESS] if shown == "all" else None) == []


@pytest.mark.parametrize(
    ("interest", "expected"),
    [
        (Interest(("pipeline_created",)), ["pipeline_created"]),
        (Interest(("workflow_finished",), branch="main"), ["workflow_finished", "workflow_finished"]),
        (Interest(("workflow_finished",), branch="dev"), []),
        (Interest(("workflow_finished",), workflow_names=("w2",)), ["workflow_finished"]),
        (Interest(("workflow_finished", "pipeline_finished"), workflow_names=("x",)), ["pipeline_finished"]),
        (Interest(("workflow_finished",), statuses=("failed",)), ["workflow_finished"]),
        (Interest(("workflow_finished",), statuses=("canceled",)), []),
        (Interest(("workflow_created", "workflow_finished"), statuses=("canceled",)), ["workflow_created"] * 2),
        (Interest(("pipeline_finished",), statuses=("succeeded",)), []),
        (EVERYTHING, ["pipeline_created", *["workflow_created", "workflow_finished"] * 2, "pipeline_finished"]),
    ],
    ids=repr,
)
def test_only_what_is_of_interest_is_told(interest: Interest, expected: list[str]) -> None:
    workflows = [SUCCESS, workflow("w2", "failed", stop_s=31)]

    assert [event["event"] for event in Watch(interest).look(40, [pipeline()], workflows)] == expected


def test_a_tag_is_no_branch() -> None:
    tagged = pipeline() | {"vcs": {"tag": "v1", "revision": "f454a02"}}

    assert Watch(Interest(("pipeline_created",), branch="main")).look(1, [tagged]) == []
    assert [event["tag"] for event in Watch().look(1, [tagged])] == ["v1"]


def test_a_pipeline_whose_branch_becomes_known_later_is_told_then() -> None:
    watch = Watch(Interest(("pipeline_created",), branch="main"))

    assert watch.ids(1, [pipeline(vcs=None)]) == []
    assert watch.ids(2, [pipeline()]) == ["pipeline_created/p1"]


def test_pipelines_of_other_branches_are_not_followed() -> None:
    watch = Watch(Interest(("workflow_finished",), branch="main"))

    watch.look(1, [pipeline("p1", branch="dev"), pipeline("p2")])

    assert list(watch.progress.marks) == ["p2"]


@pytest.mark.parametrize(
    ("workflows", "expected"),
    [
        pytest.param([workflow("w1")], None, id="running"),
        pytest.param([SUCCESS], 30, id="ended"),
        pytest.param([SUCCESS, workflow("w2", "on_hold", at_s=45)], 45, id="held"),
        pytest.param([workflow("w1", "failed", stop_s=30, max_auto_reruns=1)], None, id="rerun_follows"),
    ],
)
def test_a_pipeline_is_quiet_once_nothing_happens_by_itself(
    workflows: list[dict[str, Any]], expected: float | None
) -> None:
    _, since_s = quiet_since_s(pipeline(), workflows, NOW + 50)

    assert since_s == (None if expected is None else NOW + expected)


def test_a_thousand_pipelines_after_a_long_outage_are_all_told() -> None:
    watch = Watch(Interest(("workflow_finished",)))
    missed = {f"p{n:04}": pipeline(f"p{n:04}", n // 2) for n in range(1000)}
    done = {key: [workflow(f"w-{key}", "success", stop_s=900)] for key in missed}
    told: list[str] = []

    for _ in range(30):
        floor_s = watch.progress.floor_s
        listed = {key: one for key, one in missed.items() if (epoch_s(one["created_at"]) or 0.0) >= floor_s}
        waiting = [key for key, mark in watch.progress.marks.items() if not mark.looked_into][:100]
        seen = listed | {key: missed[key] for key in waiting}
        looks = {key: done[key] for key in waiting}
        told += [
            event["pipeline_id"]
            for event in watch.follow(Snapshot(SLUG, SERVICE, NOW + 5000, floor_s, seen, looks)).events
        ]
        assert len(watch.progress.marks) <= 500

    assert sorted(told) == sorted(missed)


def test_a_pipeline_that_is_left_on_the_list_is_not_forgotten_for_a_newer_one() -> None:
    waiting = {f"p{n:03}": Mark(NOW + n) for n in range(199)}
    watch = Watch(progress=Progress(NOW, NOW, {**waiting, "newer": Mark(NOW + 5000)}))

    watch.look(5001, [pipeline("left", 100), pipeline("newer", 5000)])

    assert "left" not in watch.progress.marks
    assert watch.progress.floor_s <= NOW + 100


def test_what_cannot_be_looked_into_does_not_keep_others_waiting() -> None:
    watch = Watch()
    gone = {f"p{n:03}": pipeline(f"p{n:03}", n) for n in range(200)}
    watch.follow(Snapshot(SLUG, SERVICE, NOW + 300, watch.progress.floor_s, gone))
    watch.follow(Snapshot(SLUG, SERVICE, NOW + 300, watch.progress.floor_s, gone, failed=frozenset(gone)))

    assert watch.ids(400, [pipeline("new", 350)]) == ["pipeline_created/new"]
