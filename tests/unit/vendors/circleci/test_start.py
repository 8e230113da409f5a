"""Starting a pipeline exactly once, whatever happens to the reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.core.once import Others
from airflow_provider_circle.core.retry import RetryPolicy
from airflow_provider_circle.core.walk import Walk
from airflow_provider_circle.exceptions import (
    CircleError,
    Forbidden,
    Invalid,
    NotFound,
    NothingRan,
    RateLimited,
    ServiceDown,
    TriggerAmbiguous,
    Unauthorized,
    UnexpectedReply,
    Unreachable,
)
from airflow_provider_circle.vendors.circleci.start import Parameters, find_started, start_pipeline

from .walking import (
    LOST,
    NEVER_SENT,
    NOW,
    TIMED_OUT,
    Driver,
    Scripted,
    answer,
    garbled,
    html,
    refused,
    rows,
    stamp,
)

SLUG = "gh/acme/web"
TRIGGER = f"POST /project/{SLUG}/pipeline"
RUN = f"POST /project/{SLUG}/pipeline/run"
MINE = f"GET /project/{SLUG}/pipeline/mine"
MAIN = {"branch": "main"}
HOUR_S = 3600.0

CREATED = answer({"id": "new", "number": 7, "state": "pending", "created_at": stamp(0)}, 201)

LOSSES: dict[str, Scripted] = {
    "reset": LOST,
    "timeout": TIMED_OUT,
    "bad_gateway": html(502),
    "internal_error": refused(500),
    "service_unavailable": refused(503),
    "garbled_201": garbled(201),
    "html_with_201": html(201),
    "a_list_with_201": answer([], 201),
}


def mine(pipeline_id: str = "ours", at_s: float = 0.5, **changes: Any) -> JsonObject:
    return {
        "id": pipeline_id,
        "number": 7,
        "state": "created",
        "created_at": stamp(at_s),
        "trigger": {"type": "api"},
        "vcs": {"branch": "main"},
        **changes,
    }


def start(
    revision: Mapping[str, str] = MAIN,
    parameters: Mapping[str, str | int | bool] | None = None,
    definition_id: str | None = None,
    others: Others[str] | None = None,
    **script: Any,
) -> tuple[Driver, Walk[JsonObject]]:
    """Build a driver out of ``trigger``, ``run`` and ``mine`` replies and the walk it is to obey."""
    routes = {"trigger": TRIGGER, "run": RUN, "mine": MINE}
    replies = {routes[name]: script.pop(name) for name in list(script) if name in routes}
    driver = Driver({**replies, **script.pop("values", {})}, **script)
    return driver, start_pipeline(
        driver.caller, SLUG, revision, parameters or {}, definition_id=definition_id, others=others
    )


@pytest.mark.parametrize(
    ("revision", "parameters", "body"),
    [
        pytest.param({}, {}, {}, id="default_branch"),
        pytest.param({"branch": "main"}, {}, {"branch": "main"}, id="branch"),
        pytest.param({"tag": "v1"}, {}, {"tag": "v1"}, id="tag"),
        pytest.param({"branch": "pull/7/head"}, {}, {"branch": "pull/7/head"}, id="pull_request"),
        pytest.param(
            {"branch": "main"},
            {"a": 1, "b": True},
            {"branch": "main", "parameters": {"a": 1, "b": True}},
            id="parameters",
        ),
    ],
)
def test_a_trigger_says_what_to_build(
    revision: dict[str, str], parameters: dict[str, str | int | bool], body: JsonObject
) -> None:
    driver, walk = start(revision, parameters, trigger=[CREATED])

    driver.run(walk)

    assert driver.bodies(TRIGGER) == [body]


@pytest.mark.parametrize(
    ("revision", "parameters", "body"),
    [
        pytest.param({}, {}, {"definition_id": "def"}, id="default_branch"),
        pytest.param(
            {"branch": "main"},
            {},
            {"definition_id": "def", "config": {"branch": "main"}, "checkout": {"branch": "main"}},
            id="branch",
        ),
        pytest.param(
            {"tag": "v1"},
            {"a": "x"},
            {"definition_id": "def", "config": {"tag": "v1"}, "checkout": {"tag": "v1"}, "parameters": {"a": "x"}},
            id="tag_and_parameters",
        ),
    ],
)
def test_a_run_of_a_definition_says_what_to_build(
    revision: dict[str, str], parameters: dict[str, str | int | bool], body: JsonObject
) -> None:
    driver, walk = start(revision, parameters, "def", run=[CREATED])

    driver.run(walk)

    assert driver.bodies(RUN) == [body]


def test_the_slugs_slashes_stay_slashes_on_the_wire() -> None:
    driver, walk = start(definition_id="def", run=[CREATED])

    driver.run(walk)

    assert driver.requests[0].url == f"https://circleci.com/api/v2/project/{SLUG}/pipeline/run"


def test_the_reply_of_a_trigger_is_returned() -> None:
    driver, walk = start(trigger=[CREATED])

    assert driver.run(walk)["id"] == "new"


def test_a_trigger_that_was_answered_is_not_looked_up() -> None:
    driver, walk = start(trigger=[CREATED])

    driver.run(walk)

    assert driver.asked == [TRIGGER]


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(answer({"message": "Ignoring pipeline due to CI skip"}, 200), id="200_with_a_reason"),
        pytest.param(answer({}, 200), id="200_without_reason"),
        pytest.param(answer({"id": None, "message": "no"}, 201), id="201_with_null_id"),
        pytest.param(answer({"message": "accepted"}, 202), id="202"),
        pytest.param(Response(204, {}, b""), id="204"),
    ],
)
def test_a_good_reply_without_id_means_that_nothing_ran(reply: Response) -> None:
    driver, walk = start(definition_id="def", run=[reply])

    with pytest.raises(NothingRan, match=f"started no pipeline of {SLUG}"):
        driver.run(walk)


def test_the_reason_why_nothing_was_started_is_passed_on() -> None:
    driver, walk = start(definition_id="def", run=[answer({"message": "Ignoring pipeline due to CI skip"})])

    with pytest.raises(NothingRan, match="Ignoring pipeline due to CI skip"):
        driver.run(walk)


def test_a_good_reply_without_id_is_neither_sent_again_nor_looked_up() -> None:
    driver, walk = start(definition_id="def", run=[answer({"message": "skip"})])

    with pytest.raises(NothingRan):
        driver.run(walk)

    assert driver.asked == [RUN]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_lost_reply_whose_pipeline_is_found_is_adopted(loss: Scripted) -> None:
    driver, walk = start(trigger=[loss], mine=[rows(mine())])

    assert driver.run(walk)["id"] == "ours"


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_lost_reply_whose_pipeline_is_found_is_not_sent_again(loss: Scripted) -> None:
    driver, walk = start(trigger=[loss], mine=[rows(mine())])

    driver.run(walk)

    assert driver.asked.count(TRIGGER) == 1


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_lost_reply_without_a_pipeline_is_sent_again(loss: Scripted) -> None:
    driver, walk = start(trigger=[loss, CREATED], mine=[rows()])

    assert driver.run(walk)["id"] == "new"


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_lost_reply_is_looked_up_more_than_once_before_it_is_sent_again(loss: Scripted) -> None:
    driver, walk = start(trigger=[loss, CREATED], mine=[rows()])

    driver.run(walk)

    assert driver.asked == [TRIGGER, MINE, MINE, MINE, TRIGGER]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_lost_reply_with_several_pipelines_is_ambiguous(loss: Scripted) -> None:
    driver, walk = start(trigger=[loss, CREATED], mine=[rows(mine("one"), mine("two", 0.2))])

    with pytest.raises(TriggerAmbiguous) as ambiguous:
        driver.run(walk)

    assert ambiguous.value.pipeline_ids == ("one", "two")


def test_an_ambiguous_trigger_names_the_candidates_to_the_reader() -> None:
    driver, walk = start(trigger=[LOST], mine=[rows(mine("one"), mine("two", 0.2))])

    with pytest.raises(TriggerAmbiguous, match="one, two"):
        driver.run(walk)


def test_an_ambiguous_trigger_sends_nothing_again() -> None:
    driver, walk = start(trigger=[LOST, CREATED], mine=[rows(mine("one"), mine("two", 0.2))])

    with pytest.raises(TriggerAmbiguous):
        driver.run(walk)

    assert driver.asked == [TRIGGER, MINE]


def test_a_lost_run_of_a_definition_is_looked_up_as_well() -> None:
    driver, walk = start(definition_id="def", run=[LOST], mine=[rows(mine())])

    assert driver.run(walk)["id"] == "ours"


def test_a_pipeline_that_the_list_shows_late_is_adopted() -> None:
    driver, walk = start(trigger=[LOST], mine=[rows(), rows(mine())])

    assert (driver.run(walk)["id"], driver.asked) == ("ours", [TRIGGER, MINE, MINE])


def test_a_pipeline_that_the_list_shows_only_after_a_second_lost_trigger_is_found() -> None:
    # The first trigger worked, its reply was lost and the list lagged; the second was refused by a failing gateway.
    def lagging(at_s: float) -> Response:
        return rows(mine(at_s=0.5)) if at_s > 20 else rows()

    driver, walk = start(trigger=[LOST, html(502), CREATED], mine=[lagging])

    assert (driver.run(walk)["id"], driver.asked.count(TRIGGER)) == ("ours", 2)


def test_pipelines_of_two_lost_triggers_are_ambiguous() -> None:
    def lagging(at_s: float) -> Response:
        return rows(mine("second", 17.5), mine("first", 0.5)) if at_s > 20 else rows()

    driver, walk = start(trigger=[LOST, LOST, CREATED], mine=[lagging])

    with pytest.raises(TriggerAmbiguous) as ambiguous:
        driver.run(walk)

    assert ambiguous.value.pipeline_ids == ("second", "first")


def test_a_list_that_lags_is_given_a_quarter_of_a_minute() -> None:
    driver, walk = start(trigger=[LOST, CREATED], mine=[rows()])

    driver.run(walk)

    assert driver.times(TRIGGER)[1] == pytest.approx(17.0)


@pytest.mark.parametrize(
    "ahead_s", [0.0, HOUR_S, -HOUR_S, 86_400.0], ids=["in_step", "an_hour_ahead", "an_hour_behind", "a_day_ahead"]
)
class TestAServersClock:
    """The server's clock is not ours; its own ``Date`` header says by how much."""

    def test_a_pipeline_of_this_attempt_is_adopted(self, ahead_s: float) -> None:
        driver, walk = start(trigger=[LOST], mine=[rows(mine(at_s=ahead_s + 0.5))], server_ahead_s=ahead_s)

        assert driver.run(walk)["id"] == "ours"

    def test_a_pipeline_of_a_minute_before_is_not_adopted(self, ahead_s: float) -> None:
        driver, walk = start(trigger=[LOST, CREATED], mine=[rows(mine(at_s=ahead_s - 60))], server_ahead_s=ahead_s)

        assert driver.run(walk)["id"] == "new"


def test_without_the_servers_date_our_own_clock_counts() -> None:
    driver, walk = start(trigger=[LOST], mine=[rows(mine(at_s=0.5), mine("old", -60))], server_ahead_s=None)

    assert driver.run(walk)["id"] == "ours"


def test_a_trigger_that_took_long_still_finds_its_pipeline() -> None:
    driver, walk = start(trigger=[TIMED_OUT], mine=[rows(mine(at_s=1.0))], latency_s=30.0)

    assert driver.run(walk)["id"] == "ours"


def test_clocks_of_the_server_that_disagree_by_a_second_do_not_lose_the_pipeline() -> None:
    driver, walk = start(trigger=[LOST], mine=[rows(mine(at_s=-0.5))], now_s=NOW + 0.9)

    assert driver.run(walk)["id"] == "ours"


STRANGERS: dict[str, tuple[dict[str, str], JsonObject]] = {
    "another_branch": (MAIN, mine(vcs={"branch": "feature"})),
    "a_tag_instead_of_a_branch": (MAIN, mine(vcs={"tag": "main"})),
    "another_tag": ({"tag": "v1"}, mine(vcs={"tag": "v2"})),
    "a_branch_instead_of_a_tag": ({"tag": "v1"}, mine(vcs={"branch": "v1"})),
    "a_tag_instead_of_the_default_branch": ({}, mine(vcs={"tag": "v1"})),
    "a_webhook": (MAIN, mine(trigger={"type": "webhook"})),
    "a_schedule": (MAIN, mine(trigger={"type": "scheduled_pipeline"})),
    "another_pull_request": ({"branch": "pull/7/head"}, mine(vcs={"branch": "pull/77"})),
    "a_shorter_pull_request": ({"branch": "pull/77/head"}, mine(vcs={"branch": "pull/7"})),
    "too_old": (MAIN, mine(at_s=-60)),
    "without_creation": (MAIN, mine(created_at=None)),
}


@pytest.mark.parametrize(("revision", "stranger"), STRANGERS.values(), ids=STRANGERS)
def test_somebody_elses_pipeline_is_not_adopted(revision: dict[str, str], stranger: JsonObject) -> None:
    driver, walk = start(revision, trigger=[LOST, CREATED], mine=[rows(stranger)])

    assert driver.run(walk)["id"] == "new"


@pytest.mark.parametrize(("revision", "stranger"), STRANGERS.values(), ids=STRANGERS)
def test_somebody_elses_pipeline_does_not_make_ours_ambiguous(revision: dict[str, str], stranger: JsonObject) -> None:
    ours = mine(vcs={"branch": "main"} if not revision else dict(revision))
    driver, walk = start(revision, trigger=[LOST, CREATED], mine=[rows({**stranger, "id": "stranger"}, ours)])

    assert driver.run(walk)["id"] == "ours"


@pytest.mark.parametrize(
    ("revision", "changes"),
    [
        pytest.param({}, {"vcs": {"branch": "trunk"}}, id="the_default_branch_has_any_name"),
        pytest.param({"tag": "v1"}, {"vcs": {"tag": "v1"}}, id="tag"),
        pytest.param({"branch": "pull/7/head"}, {"vcs": {"branch": "pull/7"}}, id="shortened_head_of_a_pull_request"),
        pytest.param({"branch": "pull/7/merge"}, {"vcs": {"branch": "pull/7"}}, id="shortened_merge_of_a_pull_request"),
        pytest.param({"branch": "pull/7/head"}, {"vcs": {"branch": "pull/7/head"}}, id="whole_pull_request"),
        pytest.param(MAIN, {"vcs": None}, id="vcs_null"),
        pytest.param(MAIN, {"vcs": {"revision": "f454a02"}}, id="vcs_without_branch"),
        pytest.param(MAIN, {"trigger": {"type": "pipeline_definition"}}, id="trigger_type_outside_the_enum"),
        pytest.param(MAIN, {"trigger": None}, id="trigger_null"),
        pytest.param(MAIN, {"state": "errored", "vcs": None}, id="errored"),
    ],
)
def test_a_pipeline_that_may_well_be_ours_is_adopted(revision: dict[str, str], changes: JsonObject) -> None:
    driver, walk = start(revision, trigger=[LOST, CREATED], mine=[rows(mine(**changes))])

    assert driver.run(walk)["id"] == "ours"


def test_a_pipeline_on_a_later_page_is_found() -> None:
    crowd = [mine(f"other-{number}", 0.9, vcs={"branch": "feature"}) for number in range(20)]
    driver, walk = start(trigger=[LOST], mine=[rows(*crowd, token="next"), rows(mine())])

    assert driver.run(walk)["id"] == "ours"


def test_the_next_page_is_asked_for_by_its_token() -> None:
    crowd = [mine(f"other-{number}", 0.9, vcs={"branch": "feature"}) for number in range(20)]
    driver, walk = start(trigger=[LOST], mine=[rows(*crowd, token="next one"), rows(mine())])

    driver.run(walk)

    assert driver.requests[-1].url.endswith("?page-token=next+one")


def test_pages_that_are_older_than_the_attempt_are_not_read() -> None:
    driver, walk = start(trigger=[LOST], mine=[rows(mine(), mine("old", -60), token="next"), rows()])

    driver.run(walk)

    assert driver.asked == [TRIGGER, MINE]


def test_a_list_that_hands_out_the_same_token_forever_ends_in_an_error() -> None:
    driver, walk = start(trigger=[LOST], mine=[rows(mine(vcs={"branch": "feature"}), token="same")])

    with pytest.raises(UnexpectedReply, match="token"):
        driver.run(walk)


def test_a_row_that_moved_to_the_next_page_while_reading_is_no_second_candidate() -> None:
    crowd = [mine(f"other-{number}", 0.9, vcs={"branch": "feature"}) for number in range(19)]
    driver, walk = start(trigger=[LOST], mine=[rows(*crowd, mine(), token="next"), rows(mine(), mine("old", -60))])

    assert driver.run(walk)["id"] == "ours"


def test_a_refused_connection_is_retried_without_looking_anything_up() -> None:
    driver, walk = start(trigger=[NEVER_SENT, NEVER_SENT, CREATED], mine=[rows()])

    assert (driver.run(walk)["id"], driver.asked) == ("new", [TRIGGER] * 3)


def test_connections_refused_to_the_last_attempt_end_unreachable() -> None:
    driver, walk = start(trigger=[NEVER_SENT], retry=RetryPolicy(attempts=3))

    with pytest.raises(Unreachable) as error:
        driver.run(walk)

    assert (error.value.sent, driver.asked) == (False, [TRIGGER] * 3)


def test_a_429_is_sent_again_without_looking_anything_up() -> None:
    driver, walk = start(trigger=[refused(429, retry_after="7"), CREATED], mine=[rows()])

    assert (driver.run(walk)["id"], driver.asked) == ("new", [TRIGGER, TRIGGER])


def test_a_429_is_sent_again_no_sooner_than_the_service_asked() -> None:
    driver, walk = start(trigger=[refused(429, retry_after="7"), CREATED])

    driver.run(walk)

    assert driver.times(TRIGGER)[1] >= 7.0


def test_429_to_the_last_attempt_ends_rate_limited() -> None:
    driver, walk = start(trigger=[refused(429, retry_after="1")], retry=RetryPolicy(attempts=3))

    with pytest.raises(RateLimited):
        driver.run(walk)


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Invalid), (401, Unauthorized), (403, Forbidden), (404, NotFound), (422, Invalid)],
)
def test_a_refusal_is_final(status: int, error: type[CircleError]) -> None:
    driver, walk = start(trigger=[refused(status, "Project not found"), CREATED], mine=[rows()])

    with pytest.raises(error, match="Project not found"):
        driver.run(walk)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_is_neither_sent_again_nor_looked_up(status: int) -> None:
    driver, walk = start(trigger=[refused(status), CREATED], mine=[rows()])

    with pytest.raises(CircleError):
        driver.run(walk)

    assert driver.asked == [TRIGGER]


def test_triggers_lost_to_the_last_attempt_end_with_the_trouble() -> None:
    driver, walk = start(trigger=[refused(503, "overloaded")], mine=[rows()], retry=RetryPolicy(attempts=2))

    with pytest.raises(ServiceDown, match="overloaded"):
        driver.run(walk)


def test_the_last_lost_trigger_is_looked_up_as_well() -> None:
    driver, walk = start(trigger=[LOST], mine=[rows(), rows(mine())], retry=RetryPolicy(attempts=1))

    assert driver.run(walk)["id"] == "ours"


def test_triggers_lost_to_the_last_attempt_are_sent_no_more_often_than_allowed() -> None:
    driver, walk = start(trigger=[LOST], mine=[rows()], retry=RetryPolicy(attempts=2))

    with pytest.raises(Unreachable):
        driver.run(walk)

    assert driver.asked.count(TRIGGER) == 2


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        pytest.param(refused(500), ServiceDown, id="failing"),
        pytest.param(refused(403), Forbidden, id="forbidden"),
        pytest.param(garbled(), UnexpectedReply, id="garbled"),
        pytest.param(LOST, Unreachable, id="lost"),
    ],
)
def test_a_lookup_that_fails_for_good_sends_nothing_again(trouble: Scripted, error: type[CircleError]) -> None:
    driver, walk = start(trigger=[LOST, CREATED], mine=[trouble], retry=RetryPolicy(attempts=2))

    with pytest.raises(error):
        driver.run(walk)

    assert driver.asked.count(TRIGGER) == 1


@pytest.mark.parametrize("trouble", [refused(500), refused(429), garbled(), LOST, NEVER_SENT, html()])
def test_a_lookup_survives_a_passing_fault(trouble: Scripted) -> None:
    driver, walk = start(trigger=[LOST, CREATED], mine=[trouble, rows(mine())])

    assert (driver.run(walk)["id"], driver.asked.count(TRIGGER)) == ("ours", 1)


def test_a_lost_trigger_says_why_it_looks() -> None:
    driver, walk = start(trigger=[LOST], mine=[rows(mine())])

    driver.run(walk)

    assert any("looking" in line for line in driver.said)


def find(
    began_s: float, parameters: Parameters | None = None, others: Others[str] | None = None, **script: Any
) -> tuple[Driver, Walk[JsonObject | None]]:
    driver = Driver({MINE: script.pop("mine"), **script.pop("values", {})}, **script)
    return driver, find_started(driver.caller, SLUG, MAIN, parameters or {}, began_s=NOW + began_s, others=others)


def test_what_a_dead_process_began_to_start_is_found() -> None:
    driver, walk = find(-300.0, mine=[rows(mine(at_s=-299), mine("old", -400))])

    found = driver.run(walk)

    assert found is not None
    assert found["id"] == "ours"


def test_what_a_dead_process_never_started_is_none() -> None:
    driver, walk = find(-300.0, mine=[rows(mine("old", -400))])

    assert driver.run(walk) is None


def test_several_that_a_dead_process_may_have_started_are_ambiguous() -> None:
    driver, walk = find(-300.0, mine=[rows(mine("one", -100), mine("two", -200))])

    with pytest.raises(TriggerAmbiguous):
        driver.run(walk)


@pytest.mark.parametrize("ahead_s", [HOUR_S, -HOUR_S], ids=["ahead", "behind"])
def test_what_a_dead_process_started_is_found_whatever_the_servers_clock_says(ahead_s: float) -> None:
    driver, walk = find(-300.0, mine=[rows(mine(at_s=ahead_s - 299))], server_ahead_s=ahead_s)

    found = driver.run(walk)

    assert found is not None


OURS, THEIRS, NEXT, LAST = mine(at_s=-299), mine("theirs", -298), mine("next", -200), mine("last", -100)


@pytest.mark.parametrize(
    ("looks", "told", "expected"),
    [
        pytest.param([[OURS, THEIRS]] * 2, [["theirs"]] * 2, "ours", id="others' are ruled out"),
        pytest.param([[THEIRS]] * 3, [["theirs"]] * 3, None, id="only others'"),
        pytest.param([[THEIRS]] * 3, [[], ["theirs"], ["theirs"]], None, id="told a moment after it was listed"),
        pytest.param(
            [[OURS, NEXT], [OURS, NEXT, LAST]], [[], ["next"]], "ours", id="others go on while it is looked for"
        ),
        pytest.param([[], [OURS], [OURS]], [[]] * 3, "ours", id="listed late"),
        pytest.param([[NEXT], [LAST, NEXT], [LAST, NEXT]], [[], ["next"], ["next", "last"]], None, id="one by one"),
    ],
)
def test_what_others_have_started_at_the_same_time_is_not_taken_for_ours(
    looks: list[list[JsonObject]], told: list[list[str]], expected: str | None
) -> None:
    answers = iter(told)
    driver, walk = find(-300.0, mine=[rows(*look) for look in looks], others=lambda: next(answers))

    found = driver.run(walk)

    assert (found["id"] if found else None) == expected


def test_several_that_nobody_else_has_told_of_are_ambiguous() -> None:
    driver, walk = find(-300.0, mine=[rows(OURS, NEXT, THEIRS)] * 2, others=lambda: ["theirs"])

    with pytest.raises(TriggerAmbiguous) as ambiguous:
        driver.run(walk)

    assert set(ambiguous.value.pipeline_ids) == {"ours", "next"}


def test_a_trigger_whose_reply_was_lost_is_sent_again_when_only_others_have_started_something() -> None:
    driver, walk = start(trigger=[LOST, CREATED], mine=[rows(mine("theirs"))] * 3, others=lambda: ["theirs"])

    assert (driver.run(walk)["id"], driver.asked.count(TRIGGER)) == ("new", 2)


def values(pipeline_id: str, *replies: Scripted) -> dict[str, list[Scripted]]:
    return {f"GET /pipeline/{pipeline_id}/values": list(replies)}


def told(**parameters: Any) -> Scripted:
    return answer({"pipeline.number": 7, **{f"pipeline.parameters.{name}": one for name, one in parameters.items()}})


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param(told(of="a", try_of=1), told(of="b", try_of=1), "ours", id="one differs"),
        pytest.param(told(of="a"), told(of="b"), "ours", id="some are told"),
        pytest.param(told(of="b"), told(of="c"), None, id="both are strangers"),
        pytest.param(told(of="a", try_of="1"), told(of="b"), "ours", id="number told as text"),
    ],
)
def test_pipeline_with_other_parameters_is_not_taken_for_ours(
    ours: Scripted, theirs: Scripted, expected: str | None
) -> None:
    driver, walk = find(
        -300.0,
        {"of": "a", "try_of": 1},
        mine=[rows(OURS, THEIRS)] * 3,
        values={**values("ours", *[ours] * 3), **values("theirs", theirs)},
    )

    found = driver.run(walk)

    assert (found["id"] if found else None) == expected
    assert driver.asked.count("GET /pipeline/theirs/values") == 1


@pytest.mark.parametrize("silent", [told(), told(other="b"), refused(404), refused(403), told(of=None)])
def test_pipeline_whose_parameters_are_not_told_may_be_ours(silent: Scripted) -> None:
    driver, walk = find(
        -300.0,
        {"of": "a"},
        mine=[rows(OURS, THEIRS)],
        values={**values("ours", told(of="a")), **values("theirs", silent)},
    )

    with pytest.raises(TriggerAmbiguous):
        driver.run(walk)


@pytest.mark.parametrize(("sent", "shown"), [(True, True), (True, "true"), (False, "false"), (1, "1"), ("1", 1)])
def test_parameters_are_compared_by_what_they_say(sent: str | int | bool, shown: Any) -> None:
    driver, walk = find(-300.0, {"of": sent}, mine=[rows(OURS)], values=values("ours", told(of=shown)))

    assert driver.run(walk) is not None


def test_a_trigger_whose_reply_was_lost_is_sent_again_when_only_pipelines_with_other_parameters_are_there() -> None:
    driver, walk = start(
        parameters={"of": "a"}, trigger=[LOST, CREATED], mine=[rows(THEIRS)] * 3, values=values("theirs", told(of="b"))
    )

    assert (driver.run(walk)["id"], driver.asked.count(TRIGGER)) == ("new", 2)
