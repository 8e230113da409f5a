"""Running children side by side, and what is made of their figures."""

from __future__ import annotations

import json
from typing import Any

import pytest

from benchmarks.runs import Child, Goal, Result, Study, Table, interleaved, median, report, run

_RESULT = {"wall_s": 1.5, "cpu_s": 0.5, "extra": {"rows": 3}}


def _child(code: str, **more: Any) -> Child:
    return Child("one", ("-S", "-c", code), **more)


def test_median_of_each_figure_is_taken_for_itself() -> None:
    results = [Result(1.0, 9.0), Result(2.0, 7.0), Result(30.0, 8.0)]
    assert (median(results).wall_s, median(results).cpu_s) == (2.0, 8.0)


def test_median_of_two_lies_between_them() -> None:
    assert median([Result(1.0, 0.0), Result(2.0, 0.0)]).wall_s == 1.5


def test_of_the_sockets_the_most_counts() -> None:
    assert (
        median([Result(1.0, 0.0, sockets=4), Result(1.0, 0.0, sockets=17), Result(1.0, 0.0, sockets=5)]).sockets == 17
    )


@pytest.mark.parametrize(
    ("measured", "sense", "holds"),
    [
        pytest.param(8.0, "at least", True, id="just enough"),
        pytest.param(7.9, "at least", False, id="too little"),
        pytest.param(8.0, "at most", True, id="just not too much"),
        pytest.param(8.1, "at most", False, id="too much"),
        pytest.param(None, "at least", None, id="not measured"),
    ],
)
def test_goal_holds_on_its_side_of_the_bound(measured: float | None, sense: Any, holds: bool | None) -> None:
    assert Goal("speed", measured, 8.0, sense).holds is holds


def test_rounds_go_forth_and_back() -> None:
    told: list[str] = []

    def once(child: Child) -> Result:
        told.append(child.name)
        return Result(0.0, 0.0)

    interleaved([Child("a", ()), Child("b", ())], 2, once=once)
    assert told == ["a", "b", "b", "a"]


def test_results_are_told_apart_by_name() -> None:
    results = interleaved([Child("a", ()), Child("b", ())], 3, once=lambda child: Result(float(child.name == "b"), 0.0))
    assert [[one.wall_s for one in results[name]] for name in "ab"] == [[0.0] * 3, [1.0] * 3]


def test_last_line_of_a_child_is_its_result() -> None:
    assert run(_child(f"print('noise'); print({json.dumps(_RESULT)!r})")) == Result(1.5, 0.5, extra={"rows": 3})


def test_child_sees_the_variables_it_is_given() -> None:
    code = "import os, json; print(json.dumps({'wall_s': 0, 'cpu_s': 0, 'extra': {'told': os.environ['TOLD']}}))"
    assert run(_child(code, environment={"TOLD": "yes"})).extra == {"told": "yes"}


def test_child_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)one failed \(3\).*not today"):
        run(_child("import sys; print('not today', file=sys.stderr); sys.exit(3)"))


def test_result_of_a_child_that_fails_does_not_count() -> None:
    with pytest.raises(RuntimeError, match="one failed"):
        run(_child(f"import sys; print({json.dumps(_RESULT)!r}); sys.exit(1)"))


def test_child_that_says_nothing_has_failed() -> None:
    with pytest.raises(RuntimeError, match="one failed"):
        run(_child(""))


def test_child_that_takes_too_long_is_ended() -> None:
    with pytest.raises(RuntimeError, match=r"longer than 0\.01 s"):
        run(_child("import signal; signal.pause()", timeout_s=0.01))


_STUDY = Study(
    "pulls",
    [Table("Contacts", ("", "wall s"), [("ours", 1.2345), ("theirs", None), ("many", 123456)])],
    [
        Goal("ratio", 9.5, 8.0, "at least", "x"),
        Goal("memory", 9.0, 8.0, "at most", "MB"),
        Goal("far", None, 24.0, "at most"),
    ],
    ["Said once."],
)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("ours      1.23", id="three digits"),
        pytest.param("theirs       -", id="nothing measured"),
        pytest.param("many    123,456", id="whole"),
        pytest.param("- Said once.", id="note"),
        pytest.param("ratio     yes     9.5 x   at least 8 x", id="goal that holds"),
        pytest.param("memory     NO      9 MB  at most 8 MB", id="goal that does not"),
        pytest.param("far         -         -    at most 24", id="goal that was not measured"),
    ],
)
def test_report_shows(line: str) -> None:
    assert " ".join(line.split()) in [" ".join(shown.split()) for shown in report([_STUDY]).splitlines()]


def test_goals_of_all_studies_stand_together_at_the_end() -> None:
    shown = report([_STUDY, Study("waits", [], [Goal("other", 1.0, 1.0, "at most")])])
    assert [line.split()[0] for line in shown.splitlines()[-4:]] == ["ratio", "memory", "far", "other"]


def test_columns_stand_below_their_heads() -> None:
    lines = report([_STUDY]).splitlines()
    assert lines[2].endswith("wall s")
    assert len({len(line) for line in lines[2:7]}) == 1


def test_report_begins_with_what_it_was_measured_on() -> None:
    assert report([_STUDY], measured_on="2 cores").startswith("2 cores\n\nContacts\n")


def test_json_says_which_goals_hold() -> None:
    (study,) = json.loads(report([_STUDY], as_json=True))["studies"]
    assert [goal["holds"] for goal in study["goals"]] == [True, False, None]
