"""The table of traps: what a set of workflows means, and what a policy makes of it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.vendors.circleci.verdict import (
    Action,
    Kind,
    Verdict,
    VerdictPolicy,
    judge,
    judge_job,
    judge_workflow,
)

from .walking import NOW, stamp

GRACE_S = 600.0
EARLY_S = 590.0
LATE_S = 1000.0
"""Seconds after the trigger: within the grace period of everything that happened in the first minutes, and after it."""

NOTHING_YET = VerdictPolicy(workflow_names=("deploy",))
ACTIONS: tuple[Action, ...] = ("fail", "skip", "succeed")
HOLDS: tuple[Action, ...] = ("wait", "fail", "approve")
ENDS = ("success", "failed", "error", "unauthorized", "canceled", "not_run")
FAILURES = ("failed", "error", "unauthorized")
OPEN = ("running", "failing", "queued", "on_hold")


def pipeline(**changes: Any) -> JsonObject:
    return {"id": "p", "state": "created", "errors": [], "created_at": stamp(0), **changes}


def workflow(name: str, status: str, at_s: float = 5.0, /, **changes: Any) -> JsonObject:
    stopped_at = stamp(at_s + 60) if status in ENDS else None
    return {
        "id": f"{name}@{at_s:g}",
        "name": name,
        "status": status,
        "created_at": stamp(at_s),
        "stopped_at": stopped_at,
        **changes,
    }


def setup(status: str, at_s: float = 2.0, /, **changes: Any) -> JsonObject:
    return workflow("setup", status, at_s, tag="setup", **changes)


def attempt(number: int, status: str = "failed", most: int = 2, **changes: Any) -> JsonObject:
    return workflow("build", status, 5.0 + 100 * number, auto_rerun_number=number, max_auto_reruns=most, **changes)


class Case(NamedTuple):
    workflows: Sequence[JsonObject]
    kind: Kind
    action: Action
    policy: VerdictPolicy = VerdictPolicy()
    after_s: float = LATE_S
    subject: JsonObject = pipeline()


def policy(**choices: Any) -> VerdictPolicy:
    return VerdictPolicy(**choices)


_TRAPS: dict[str, Case] = {
    # 1: no workflow yet.
    "trap_01_no_workflow_yet_is_not_success": Case([], "running", "wait", after_s=1),
    "trap_01_no_workflow_just_before_the_end_of_grace": Case([], "running", "wait", after_s=GRACE_S - 0.001),
    "trap_01_no_workflow_and_on_no_workflow_succeed_waits_all_the_same": Case(
        [], "running", "wait", policy(on_no_workflow="succeed"), after_s=1
    ),
    "trap_01_a_pipeline_still_pending_without_workflow": Case(
        [], "running", "wait", after_s=1, subject=pipeline(state="pending")
    ),
    # 2: an errored pipeline.
    "trap_02_errored_without_workflow_fails_at_once": Case(
        [], "failed", "fail", after_s=1, subject=pipeline(state="errored")
    ),
    "trap_02_errored_is_no_matter_of_the_policy_for_nothing_ran": Case(
        [], "failed", "fail", policy(on_no_workflow="succeed"), subject=pipeline(state="errored")
    ),
    "trap_02_errored_after_a_successful_setup_workflow": Case(
        [setup("success")], "failed", "fail", after_s=70, subject=pipeline(state="errored")
    ),
    # 3: nothing will ever run.
    "trap_03_nothing_ran_at_the_very_end_of_grace": Case([], "never_ran", "fail", after_s=GRACE_S),
    "trap_03_nothing_ran_fails_by_default": Case([], "never_ran", "fail"),
    **{
        f"trap_03_nothing_ran_with_on_no_workflow_{word}": Case([], "never_ran", word, policy(on_no_workflow=word))
        for word in ACTIONS
    },
    "trap_03_no_grace_at_all": Case([], "never_ran", "fail", policy(no_workflow_grace_s=0), after_s=0),
    "trap_03_a_short_grace_has_passed": Case([], "never_ran", "fail", policy(no_workflow_grace_s=30), after_s=31),
    # 4: dynamic configuration.
    "trap_04_lone_setup_workflow_is_not_the_end": Case([setup("success")], "running", "wait", after_s=70),
    "trap_04_lone_setup_workflow_within_grace_of_its_own_end": Case(
        [setup("success", 900)], "running", "wait", after_s=LATE_S
    ),
    "trap_04_lone_setup_workflow_that_took_long_gets_its_grace_after_its_end": Case(
        [setup("success", 2, stopped_at=stamp(900))], "running", "wait", after_s=LATE_S
    ),
    "trap_04_lone_setup_workflow_without_an_end_gets_its_grace_after_its_beginning": Case(
        [setup("success", 900, stopped_at=None)], "running", "wait", after_s=LATE_S
    ),
    "trap_04_lone_setup_workflow_after_grace_never_ran": Case([setup("success")], "never_ran", "fail"),
    **{
        f"trap_04_lone_setup_workflow_with_on_no_workflow_{word}": Case(
            [setup("success")], "never_ran", word, policy(on_no_workflow=word)
        )
        for word in ACTIONS
    },
    "trap_04_running_setup_workflow_has_no_grace_to_exceed": Case([setup("running")], "running", "wait"),
    **{
        f"trap_04_setup_workflow_{status}_fails_at_once": Case([setup(status)], "failed", "fail", after_s=70)
        for status in FAILURES
    },
    "trap_04_canceled_setup_workflow_continues_with_nothing": Case([setup("canceled")], "canceled", "fail", after_s=70),
    "trap_04_continuation_runs": Case([setup("success"), workflow("build", "running", 70)], "running", "wait"),
    "trap_04_continuation_succeeded": Case(
        [setup("success"), workflow("build", "success", 70)], "succeeded", "succeed"
    ),
    "trap_04_continuation_failed": Case([setup("success"), workflow("build", "failed", 70)], "failed", "fail"),
    "trap_04_setup_and_continuation_share_a_name_only_setup_yet": Case(
        [setup("success", name="build")], "running", "wait", after_s=70
    ),
    "trap_04_setup_and_continuation_share_a_name_continuation_runs": Case(
        [setup("success", name="build"), workflow("build", "running", 70)], "running", "wait"
    ),
    "trap_04_setup_and_continuation_share_a_name_continuation_failed": Case(
        [setup("success", name="build"), workflow("build", "failed", 70)], "failed", "fail"
    ),
    "trap_04_setup_and_continuation_share_a_name_setup_was_rerun_later": Case(
        [setup("success", 80, name="build"), workflow("build", "failed", 70)], "failed", "fail"
    ),
    "trap_04_setup_success_beside_a_continuation_that_did_not_run_never_ran": Case(
        [setup("success"), workflow("build", "not_run", 70)], "never_ran", "fail"
    ),
    # 5: reruns.
    "trap_05_failed_run_superseded_by_a_success": Case(
        [workflow("build", "failed", 5), workflow("build", "success", 105)], "succeeded", "succeed"
    ),
    "trap_05_failed_run_superseded_by_a_running_one": Case(
        [workflow("build", "failed", 5), workflow("build", "running", 105)], "running", "wait"
    ),
    "trap_05_success_superseded_by_a_failed_run": Case(
        [workflow("build", "success", 5), workflow("build", "failed", 105)], "failed", "fail"
    ),
    "trap_05_rerun_of_one_does_not_excuse_another": Case(
        [workflow("build", "failed", 5), workflow("build", "success", 105), workflow("lint", "failed", 5)],
        "failed",
        "fail",
    ),
    "trap_05_second_rerun_counts": Case(
        [workflow("build", "failed", 5), workflow("build", "failed", 105), workflow("build", "success", 205)],
        "succeeded",
        "succeed",
    ),
    "trap_05_a_run_of_unknown_age_is_the_older_one": Case(
        [workflow("build", "failed", created_at=None), workflow("build", "success", 105)], "succeeded", "succeed"
    ),
    "trap_05_replaced_workflow_without_successor_yet": Case(
        [workflow("build", "failed", 5)],
        "running",
        "wait",
        policy(replaced_workflow_ids=("build@5",), replaced_at_s=NOW + 900),
    ),
    "trap_05_replaced_workflow_whose_successor_runs": Case(
        [workflow("build", "failed", 5), workflow("build", "running", 905)],
        "running",
        "wait",
        policy(replaced_workflow_ids=("build@5",), replaced_at_s=NOW + 900),
    ),
    "trap_05_replaced_workflow_whose_successor_succeeded": Case(
        [workflow("build", "failed", 5), workflow("build", "success", 905)],
        "succeeded",
        "succeed",
        policy(replaced_workflow_ids=("build@5",), replaced_at_s=NOW + 900),
    ),
    "trap_05_replaced_workflow_whose_successor_failed": Case(
        [workflow("build", "failed", 5), workflow("build", "failed", 905)],
        "failed",
        "fail",
        policy(replaced_workflow_ids=("build@5",), replaced_at_s=NOW + 900),
    ),
    "trap_05_one_of_two_replaced_workflows_has_no_successor_yet": Case(
        [workflow("build", "failed", 5), workflow("build", "success", 905), workflow("lint", "failed", 6)],
        "running",
        "wait",
        policy(replaced_workflow_ids=("build@5", "lint@6"), replaced_at_s=NOW + 900),
    ),
    "trap_05_replaced_beside_a_success_without_successor_yet": Case(
        [workflow("build", "failed", 5), workflow("lint", "success", 5)],
        "running",
        "wait",
        policy(replaced_workflow_ids=("build@5",), replaced_at_s=NOW + 900),
    ),
    **{
        f"trap_05_replaced_failure_without_successor_after_grace_stays_one_with_on_no_workflow_{word}": Case(
            [workflow("build", "failed", 5)],
            "failed",
            "fail",
            policy(replaced_workflow_ids=("build@5",), replaced_at_s=NOW + 100, on_no_workflow=word),
            after_s=2000,
        )
        for word in ACTIONS
    },
    "trap_05_replaced_setup_workflow_without_successor_yet": Case(
        [setup("failed")], "running", "wait", policy(replaced_workflow_ids=("setup@2",), replaced_at_s=NOW + 900)
    ),
    # 6: automatic reruns.
    "trap_06_failed_with_an_automatic_rerun_left_is_not_final": Case([attempt(0)], "running", "wait", after_s=100),
    "trap_06_first_attempt_carries_no_number": Case(
        [workflow("build", "failed", 5, max_auto_reruns=1)], "running", "wait", after_s=100
    ),
    "trap_06_automatic_rerun_left_just_before_grace_passes": Case(
        [attempt(0)], "running", "wait", after_s=65 + GRACE_S - 0.001
    ),
    "trap_06_automatic_rerun_did_not_come_within_grace": Case([attempt(0)], "failed", "fail", after_s=65 + GRACE_S),
    "trap_06_second_attempt_failed_third_follows": Case([attempt(0), attempt(1)], "running", "wait", after_s=200),
    "trap_06_second_attempt_runs": Case([attempt(0), attempt(1, "running")], "running", "wait", after_s=200),
    "trap_06_second_attempt_succeeded": Case([attempt(0), attempt(1, "success")], "succeeded", "succeed", after_s=200),
    "trap_06_all_automatic_reruns_used_up": Case([attempt(0), attempt(1), attempt(2)], "failed", "fail", after_s=280),
    "trap_06_no_automatic_reruns_configured": Case([attempt(0, most=0)], "failed", "fail", after_s=70),
    "trap_06_attempts_created_in_the_same_moment_are_told_apart_by_number": Case(
        [attempt(1, "success", created_at=stamp(5)), attempt(0, created_at=stamp(5))],
        "succeeded",
        "succeed",
        after_s=200,
    ),
    "trap_06_awaited_automatic_rerun_outweighs_another_failure": Case(
        [attempt(0), workflow("lint", "failed", 5)], "running", "wait", after_s=100
    ),
    # 7: what looks like an end and is none.
    **{
        f"trap_07_{status}_is_not_terminal": Case([workflow("build", status)], "running", "wait", after_s=1e6)
        for status in ("running", "failing", "queued")
    },
    "trap_07_on_hold_waits_by_default": Case([workflow("build", "on_hold")], "held", "wait"),
    **{
        f"trap_07_on_hold_with_on_hold_{word}": Case([workflow("build", "on_hold")], "held", word, policy(on_hold=word))
        for word in HOLDS
    },
    "trap_07_on_hold_beside_a_success_waits": Case(
        [workflow("build", "on_hold"), workflow("lint", "success")], "held", "wait"
    ),
    "trap_07_on_hold_beside_a_running_one_is_not_failed_yet": Case(
        [workflow("build", "on_hold"), workflow("lint", "running")], "running", "wait", policy(on_hold="fail")
    ),
    "trap_07_on_hold_does_not_hide_a_failure": Case(
        [workflow("build", "on_hold"), workflow("lint", "failed")], "failed", "fail"
    ),
    "trap_07_failing_beside_a_failed_one_waits_for_the_rest": Case(
        [workflow("build", "failing"), workflow("lint", "failed")], "running", "wait"
    ),
    # 8: all workflows count.
    "trap_08_first_succeeded_second_failed": Case(
        [workflow("lint", "success"), workflow("build", "failed")], "failed", "fail"
    ),
    "trap_08_first_succeeded_second_runs": Case(
        [workflow("lint", "success"), workflow("build", "running")], "running", "wait"
    ),
    "trap_08_all_succeeded": Case([workflow("lint", "success"), workflow("build", "success")], "succeeded", "succeed"),
    "trap_08_failed_and_canceled_is_failed_whatever_becomes_of_canceled": Case(
        [workflow("lint", "canceled"), workflow("build", "failed")], "failed", "fail", policy(on_canceled="succeed")
    ),
    **{
        f"trap_08_{status}_beside_a_success_fails": Case(
            [workflow("lint", "success"), workflow("build", status)], "failed", "fail"
        )
        for status in FAILURES
    },
    "trap_08_not_run_beside_a_success_is_a_success": Case(
        [workflow("lint", "success"), workflow("build", "not_run")], "succeeded", "succeed"
    ),
    **{
        f"trap_08_all_not_run_with_on_no_workflow_{word}": Case(
            [workflow("lint", "not_run"), workflow("build", "not_run")],
            "never_ran",
            word,
            policy(on_no_workflow=word),
            after_s=70,
        )
        for word in ACTIONS
    },
    # 9: canceling is asynchronous.
    "trap_09_told_to_stop_but_still_running": Case(
        [workflow("build", "running", canceled_by="someone")], "running", "wait"
    ),
    # 10: canceled as redundant.
    "trap_10_canceled_fails_by_default": Case([workflow("build", "canceled")], "canceled", "fail"),
    **{
        f"trap_10_canceled_with_on_canceled_{word}": Case(
            [workflow("build", "canceled")], "canceled", word, policy(on_canceled=word)
        )
        for word in ACTIONS
    },
    "trap_10_canceled_beside_a_success": Case(
        [workflow("lint", "success"), workflow("build", "canceled")], "canceled", "fail"
    ),
    "trap_10_canceled_beside_a_running_one_is_not_the_end": Case(
        [workflow("lint", "running"), workflow("build", "canceled")], "running", "wait", policy(on_canceled="succeed")
    ),
    "trap_10_canceled_run_superseded_by_a_success": Case(
        [workflow("build", "canceled", 5), workflow("build", "success", 105)], "succeeded", "succeed"
    ),
    **{
        f"trap_10_benign_cancel_does_not_end_the_wait_for_a_named_workflow_with_on_canceled_{word}": Case(
            [workflow("build", "canceled")],
            "running",
            "wait",
            policy(on_canceled=word, workflow_names=("build", "deploy")),
            after_s=70,
        )
        for word in ("skip", "succeed")
    },
    **{
        f"trap_10_benign_cancel_does_not_end_the_wait_for_a_rerun_with_on_canceled_{word}": Case(
            [workflow("build", "failed", 5), workflow("lint", "canceled", 6)],
            "running",
            "wait",
            policy(on_canceled=word, replaced_workflow_ids=("build@5",), replaced_at_s=NOW + 900),
        )
        for word in ("skip", "succeed")
    },
    # 13: drift.
    "trap_10_cancel_that_counts_as_a_failure_is_told_before_a_named_workflow_appears": Case(
        [workflow("build", "canceled")], "canceled", "fail", policy(workflow_names=("build", "deploy")), after_s=100
    ),
    "trap_13_unknown_status_is_not_an_end": Case([workflow("build", "recovering")], "running", "wait", after_s=1e6),
    "trap_13_unknown_status_beside_a_failure_is_not_an_end": Case(
        [workflow("build", "recovering"), workflow("lint", "failed")], "running", "wait"
    ),
    "trap_13_errored_pipeline_without_vcs_and_errors": Case(
        [], "failed", "fail", subject={"id": "p", "state": "errored"}
    ),
    "trap_13_unknown_pipeline_state": Case(
        [workflow("build", "success")], "succeeded", "succeed", subject=pipeline(state="archived")
    ),
    "trap_13_retained_out_workflow_without_id_beside_a_success": Case(
        [workflow("old", "success", id=None), workflow("build", "success")], "succeeded", "succeed"
    ),
    "trap_13_two_workflows_without_name_are_two": Case(
        [workflow("a", "failed", 5, name=None), workflow("b", "success", 50, name=None)], "failed", "fail"
    ),
    # Named workflows.
    "names_others_do_not_count": Case(
        [workflow("deploy", "success"), workflow("lint", "failed")], "succeeded", "succeed", NOTHING_YET
    ),
    "names_others_need_not_have_ended": Case(
        [workflow("deploy", "success"), workflow("lint", "running")], "succeeded", "succeed", NOTHING_YET
    ),
    "names_a_named_one_failed": Case(
        [workflow("deploy", "failed"), workflow("lint", "success")], "failed", "fail", NOTHING_YET
    ),
    "names_a_missing_one_is_awaited": Case([workflow("lint", "success")], "running", "wait", NOTHING_YET, EARLY_S),
    "names_a_missing_one_is_awaited_from_the_last_news_on": Case(
        [workflow("lint", "success", 900)], "running", "wait", NOTHING_YET
    ),
    "names_a_missing_one_beside_a_present_one_is_awaited": Case(
        [workflow("deploy", "success")], "running", "wait", policy(workflow_names=("deploy", "publish")), EARLY_S
    ),
    **{
        f"names_a_missing_one_after_grace_with_on_no_workflow_{word}": Case(
            [workflow("lint", "success")],
            "never_ran",
            word,
            policy(workflow_names=("deploy",), on_no_workflow=word),
        )
        for word in ACTIONS
    },
    "names_a_failed_one_ends_the_wait_for_a_missing_one": Case(
        [workflow("deploy", "failed")], "failed", "fail", policy(workflow_names=("deploy", "publish")), 70
    ),
    "names_setup_workflows_always_count": Case(
        [setup("failed"), workflow("deploy", "success")], "failed", "fail", NOTHING_YET
    ),
    "names_a_running_setup_workflow_is_waited_for": Case([setup("running")], "running", "wait", NOTHING_YET),
    "names_a_setup_workflow_of_that_name_is_not_it": Case(
        [setup("success", name="deploy")], "running", "wait", NOTHING_YET, 70
    ),
    "names_a_named_one_that_did_not_run_is_no_success_because_of_its_setup": Case(
        [setup("success"), workflow("deploy", "not_run", 70)], "never_ran", "fail", NOTHING_YET
    ),
}


def judged(case: Case) -> tuple[str, str]:
    verdict = judge(case.subject, case.workflows, NOW + case.after_s, case.policy)
    return verdict.kind, verdict.action


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in _TRAPS.items()])
def test_a_pipeline_means(case: Case) -> None:
    assert judged(case) == (case.kind, case.action)


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in _TRAPS.items()])
def test_the_order_of_workflows_does_not_matter(case: Case) -> None:
    orders = itertools.islice(itertools.permutations(case.workflows), 24)

    assert {judged(case._replace(workflows=order)) for order in orders} == {judged(case)}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in _TRAPS.items()])
def test_only_wait_and_approve_are_no_end(case: Case) -> None:
    verdict = judge(case.subject, case.workflows, NOW + case.after_s, case.policy)

    assert verdict.final == (verdict.action in {"fail", "skip", "succeed"})


def test_of_runs_created_in_the_same_moment_the_first_of_the_list_is_the_newest() -> None:
    runs = [workflow("build", "success", 5, id="new"), workflow("build", "failed", 5, id="old")]

    assert judge(pipeline(), runs, NOW + LATE_S, VerdictPolicy()).kind == "succeeded"


def _policies() -> list[VerdictPolicy]:
    choices = itertools.product(HOLDS, ACTIONS, ACTIONS)
    return [policy(on_hold=hold, on_canceled=cancel, on_no_workflow=none) for hold, cancel, none in choices]


@pytest.mark.parametrize("unknown", ["recovering", "SUCCESS", "success ", "", "created", "None"])
def test_a_status_nobody_has_heard_of_is_never_final(unknown: str) -> None:
    others: list[list[JsonObject]] = [[], *([workflow("other", status)] for status in (*ENDS, *OPEN))]

    finals = [
        (other, chosen)
        for other, chosen in itertools.product(others, _policies())
        if judge(pipeline(), [workflow("build", unknown), *other], NOW + 1e6, chosen).final
    ]

    assert finals == []


def test_success_only_if_every_workflow_succeeded_or_was_not_run_beside_a_success() -> None:
    names = ("a", "b", "c")
    wrong = []
    for statuses in itertools.product((*ENDS, *OPEN), repeat=3):
        workflows = [workflow(name, status) for name, status in zip(names, statuses, strict=True)]
        expected = "success" in statuses and set(statuses) <= {"success", "not_run"}
        if (judge(pipeline(), workflows, NOW + LATE_S, VerdictPolicy()).kind == "succeeded") != expected:
            wrong.append(statuses)

    assert wrong == []


def test_the_strictest_policy_succeeds_only_on_the_plain_truth() -> None:
    wrong = []
    for statuses in itertools.product((*ENDS, *OPEN, "recovering"), repeat=2):
        verdict = judge(
            pipeline(),
            [workflow(name, status) for name, status in zip("ab", statuses, strict=True)],
            NOW + LATE_S,
            VerdictPolicy(),
        )
        if (verdict.action == "succeed") != (verdict.kind == "succeeded"):
            wrong.append(statuses)

    assert wrong == []


def test_a_failure_is_never_talked_away_by_a_policy() -> None:
    wrong = []
    for status, other, chosen in itertools.product(FAILURES, ENDS, _policies()):
        verdict = judge(pipeline(), [workflow("a", status), workflow("b", other)], NOW + LATE_S, chosen)
        if (verdict.kind, verdict.action) != ("failed", "fail"):
            wrong.append((status, other, chosen))

    assert wrong == []


def test_an_old_run_never_matters() -> None:
    wrong = []
    for old, new in itertools.product((*ENDS, *OPEN, "recovering"), repeat=2):
        alone = judge(pipeline(), [workflow("a", new, 100)], NOW + LATE_S, VerdictPolicy())
        superseding = judge(pipeline(), [workflow("a", old, 5), workflow("a", new, 100)], NOW + LATE_S, VerdictPolicy())
        if (superseding.kind, superseding.action) != (alone.kind, alone.action):
            wrong.append((old, new))

    assert wrong == []


def test_what_has_not_ended_is_never_an_end_unless_held_on_purpose() -> None:
    wrong = []
    for status, other, chosen in itertools.product(("running", "failing", "queued"), (*ENDS, *OPEN), _policies()):
        workflows = [workflow("a", status), workflow("b", other)]
        if judge(pipeline(), workflows, NOW + 1e6, chosen).action != "wait":
            wrong.append((status, other, chosen))

    assert wrong == []


def test_a_replaced_workflow_keeps_the_verdict_open_whatever_the_policy() -> None:
    wrong = []
    for status, other, chosen in itertools.product(("failed", "error", "unauthorized", "canceled"), ENDS, _policies()):
        rerun = policy(
            on_hold=chosen.on_hold,
            on_canceled=chosen.on_canceled,
            on_no_workflow=chosen.on_no_workflow,
            replaced_workflow_ids=("a@5",),
            replaced_at_s=NOW + 100,
        )
        verdict = judge(pipeline(), [workflow("a", status, 5), workflow("b", other, 6)], NOW + 110, rerun)
        # What nobody rerun has failed for good, and may be said so early.
        if verdict.final and verdict.action != "fail":
            wrong.append((status, other, chosen))

    assert wrong == []


@pytest.mark.parametrize(
    "workflows",
    [
        pytest.param([{}], id="empty_object"),
        pytest.param([{"status": "success"}, {"status": "success"}], id="neither_id_nor_name"),
        pytest.param([workflow("a", "success", created_at=None, stopped_at=None)], id="null_times"),
        pytest.param([workflow("a", "failed", created_at="soon", stopped_at=7)], id="times_that_are_none"),
        pytest.param([{"id": "1", "name": "a", "created_at": stamp(1)}], id="no_status"),
        pytest.param([workflow("a", "success", status=None)], id="null_status"),
        pytest.param([workflow("a", "success", status=["success"])], id="status_is_a_list"),
        pytest.param([workflow("a", "success", id=None)], id="null_id"),
        pytest.param([workflow("a", "success", id=7, name=7)], id="numbers_as_names"),
        pytest.param(
            [workflow("a", "failed", auto_rerun_number=None, max_auto_reruns="2")], id="rerun_numbers_garbled"
        ),
        pytest.param([workflow("a", "success", tag={"is": "setup"})], id="tag_is_an_object"),
    ],
)
@pytest.mark.parametrize(
    "subject",
    [
        pytest.param({}, id="empty_pipeline"),
        pytest.param(pipeline(created_at=None), id="null_created_at"),
        pytest.param(pipeline(created_at="soon", state=None), id="created_at_is_none"),
        pytest.param(pipeline(errors="none"), id="errors_are_text"),
        pytest.param(pipeline(errors={"type": "x"}), id="errors_are_an_object"),
        pytest.param(pipeline(state="errored", errors=None), id="errored_with_null_errors"),
        pytest.param(pipeline(state="errored", errors=["bad", {"message": None}, {}]), id="errored_with_odd_errors"),
    ],
)
@pytest.mark.parametrize("chosen", [VerdictPolicy(), NOTHING_YET], ids=["all", "named"])
def test_malformed_input_never_raises(workflows: list[JsonObject], subject: JsonObject, chosen: VerdictPolicy) -> None:
    judge(subject, workflows, NOW + LATE_S, chosen)


def test_a_name_that_is_no_text_does_not_raise() -> None:
    assert judge(pipeline(), [workflow("a", "failed", name=["a"])], NOW + LATE_S, VerdictPolicy()).kind == "failed"


def test_a_missing_status_is_not_an_end() -> None:
    assert not judge(pipeline(), [{"id": "1", "name": "a", "created_at": stamp(1)}], NOW + 1e6, VerdictPolicy()).final


def test_a_pipeline_without_any_time_is_still_waited_for() -> None:
    assert judge({"id": "p"}, [], NOW, VerdictPolicy()).action == "wait"


def test_an_errored_pipeline_says_type_and_message_of_every_error() -> None:
    errors = [{"type": "config", "message": "no such job"}, {"type": "plan", "message": "no credits"}]

    verdict = judge(pipeline(state="errored", errors=errors), [], NOW + 1, VerdictPolicy())

    assert "config: no such job; plan: no credits" in verdict.message


def test_an_end_without_any_workflow_hints_at_the_pipelines_errors() -> None:
    errors = [{"type": "config-fetch", "message": "no config.yml on this branch"}]

    verdict = judge(pipeline(errors=errors), [], NOW + LATE_S, VerdictPolicy())

    assert "config-fetch: no config.yml on this branch" in verdict.message


def test_a_missing_named_workflow_is_named() -> None:
    verdict = judge(pipeline(), [workflow("lint", "success")], NOW + LATE_S, NOTHING_YET)

    assert "deploy" in verdict.message


def test_every_judged_workflow_is_named_with_its_status() -> None:
    verdict = judge(
        pipeline(), [workflow("lint", "success"), workflow("build", "failed")], NOW + LATE_S, VerdictPolicy()
    )

    assert all(part in verdict.message for part in ("lint success", "build failed"))


FORGED = "build\n2026-11-22 INFO all is well \x1b[2K\u2028"


@pytest.mark.parametrize(
    "verdict",
    [
        pytest.param(judge(pipeline(), [workflow(FORGED, "failed")], NOW, VerdictPolicy()), id="workflow"),
        pytest.param(judge(pipeline(), [workflow(FORGED, "running")], NOW, VerdictPolicy()), id="running"),
        pytest.param(
            judge(pipeline(state="errored", errors=[{"type": "config", "message": FORGED}]), [], NOW, VerdictPolicy()),
            id="error",
        ),
        pytest.param(judge_job({"name": FORGED, "status": FORGED}, VerdictPolicy()), id="job"),
    ],
)
def test_a_name_cannot_forge_a_line_of_the_log(verdict: Verdict) -> None:
    assert verdict.message.isprintable()
    assert "INFO all is well" in verdict.message


def test_a_verdict_keeps_the_newest_workflow_of_each_name() -> None:
    old, new, lint = workflow("build", "failed", 5), workflow("build", "success", 105), workflow("lint", "success")

    verdict = judge(pipeline(), [old, lint, new], NOW + LATE_S, VerdictPolicy())

    assert sorted(kept["id"] for kept in verdict.workflows) == sorted([new["id"], lint["id"]])


def test_unknown_words_are_reported_once_each() -> None:
    workflows = [workflow("a", "recovering"), workflow("b", "recovering"), workflow("c", "success")]

    assert judge(pipeline(), workflows, NOW, VerdictPolicy()).unknown_statuses == ("recovering",)


@pytest.mark.parametrize("status", [*ENDS, *OPEN])
def test_a_known_status_is_no_unknown_word(status: str) -> None:
    assert judge(pipeline(), [workflow("a", status)], NOW, VerdictPolicy()).unknown_statuses == ()


class Runs(NamedTuple):
    runs: Sequence[JsonObject]
    kind: Kind
    action: Action
    policy: VerdictPolicy = VerdictPolicy()
    after_s: float = LATE_S


_WORKFLOWS: dict[str, Runs] = {
    "success": Runs([workflow("build", "success")], "succeeded", "succeed"),
    **{status: Runs([workflow("build", status)], "failed", "fail") for status in FAILURES},
    **{
        status: Runs([workflow("build", status)], "running", "wait", after_s=1e6)
        for status in ("running", "failing", "queued", "recovering")
    },
    **{f"on_hold_{word}": Runs([workflow("build", "on_hold")], "held", word, policy(on_hold=word)) for word in HOLDS},
    **{
        f"canceled_{word}": Runs([workflow("build", "canceled")], "canceled", word, policy(on_canceled=word))
        for word in ACTIONS
    },
    **{
        f"not_run_{word}": Runs([workflow("build", "not_run")], "never_ran", word, policy(on_no_workflow=word))
        for word in ACTIONS
    },
    "a_lone_setup_workflow_is_its_own_end": Runs([setup("success")], "succeeded", "succeed", after_s=70),
    "rerun_succeeded": Runs(
        [workflow("build", "failed", 5), workflow("build", "success", 105)], "succeeded", "succeed"
    ),
    "rerun_runs": Runs([workflow("build", "failed", 5), workflow("build", "running", 105)], "running", "wait"),
    "automatic_rerun_follows": Runs([attempt(0)], "running", "wait", after_s=100),
    "automatic_rerun_did_not_come": Runs([attempt(0)], "failed", "fail", after_s=65 + GRACE_S),
    "automatic_reruns_used_up": Runs([attempt(0), attempt(1), attempt(2)], "failed", "fail", after_s=280),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in _WORKFLOWS.items()])
def test_a_workflow_means(case: Runs) -> None:
    verdict = judge_workflow(case.runs, NOW + case.after_s, case.policy)

    assert (verdict.kind, verdict.action) == (case.kind, case.action)


_JOB_ENDS: dict[str, tuple[Kind, Action]] = {
    "success": ("succeeded", "succeed"),
    "failed": ("failed", "fail"),
    "infrastructure_fail": ("failed", "fail"),
    "timedout": ("failed", "fail"),
    "terminated-unknown": ("failed", "fail"),
    "unauthorized": ("failed", "fail"),
    "retried": ("failed", "fail"),
    "canceled": ("canceled", "fail"),
    "not_run": ("never_ran", "fail"),
    "running": ("running", "wait"),
    "queued": ("running", "wait"),
    "not_running": ("running", "wait"),
    "blocked": ("running", "wait"),
    "on_hold": ("held", "wait"),
    "recovering": ("running", "wait"),
    "": ("running", "wait"),
}


@pytest.mark.parametrize(("status", "expected"), _JOB_ENDS.items(), ids=[name or "empty" for name in _JOB_ENDS])
def test_a_job_means(status: str, expected: tuple[Kind, Action]) -> None:
    verdict = judge_job({"name": "test", "status": status}, VerdictPolicy())

    assert (verdict.kind, verdict.action) == expected


@pytest.mark.parametrize(
    ("status", "chosen", "action"),
    [
        *(("canceled", {"on_canceled": word}, word) for word in ACTIONS),
        *(("not_run", {"on_no_workflow": word}, word) for word in ACTIONS),
        ("on_hold", {"on_hold": "wait"}, "wait"),
        ("on_hold", {"on_hold": "fail"}, "fail"),
        # A job alone does not say which approval it waits for.
        ("on_hold", {"on_hold": "approve"}, "wait"),
    ],
)
def test_a_policy_decides_about_a_job(status: str, chosen: dict[str, str], action: Action) -> None:
    assert judge_job({"name": "test", "status": status}, policy(**chosen)).action == action


@pytest.mark.parametrize("job", [{}, {"status": None}, {"name": None, "status": 7}, {"status": ["success"]}])
def test_a_malformed_job_is_not_an_end(job: JsonObject) -> None:
    assert not judge_job(job, VerdictPolicy()).final


@pytest.mark.parametrize(
    ("status", "unknown"), [("recovering", ("recovering",)), ("running", ()), ("terminated-unknown", ())]
)
def test_only_a_jobs_unknown_word_is_reported(status: str, unknown: tuple[str, ...]) -> None:
    assert judge_job({"status": status}, VerdictPolicy()).unknown_statuses == unknown


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"on_hold": "skip"}, "on_hold must be one of wait, fail, approve, got 'skip'"),
        ({"on_canceled": "wait"}, "on_canceled must be one of fail, skip, succeed, got 'wait'"),
        ({"on_no_workflow": ""}, "on_no_workflow must be one of fail, skip, succeed, got ''"),
        ({"no_workflow_grace_s": -1}, "no_workflow_grace_s must be a number of seconds, 0 or more, got -1"),
        ({"no_workflow_grace_s": float("nan")}, "no_workflow_grace_s must be .*, got nan"),
        ({"no_workflow_grace_s": float("inf")}, "no_workflow_grace_s must be .*, got inf"),
        ({"no_workflow_grace_s": True}, "no_workflow_grace_s must be .*, got True"),
        ({"no_workflow_grace_s": "600"}, "no_workflow_grace_s must be .*, got '600'"),
        ({"workflow_names": "deploy"}, "workflow_names must be a list of names, got 'deploy'"),
        ({"workflow_names": ["deploy", ""]}, r"workflow_names must be a list of names, got \['deploy', ''\]"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_by_name(choices: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VerdictPolicy(**choices)
