from __future__ import annotations

from typing import Any

import pytest

from tools.coverage_goals import table


def measured(*, lines: int, missing: list[int], branches: int, untaken: list[list[int]]) -> dict[str, Any]:
    """A file as coverage's JSON report tells of it."""
    return {
        "summary": {
            "num_statements": lines,
            "covered_lines": lines - len(missing),
            "num_branches": branches,
            "covered_branches": branches - len(untaken),
        },
        "missing_lines": missing,
        "missing_branches": untaken,
    }


FULL = measured(lines=100, missing=[], branches=20, untaken=[])
A_LINE_SHORT = measured(lines=100, missing=[7], branches=20, untaken=[])
A_BRANCH_SHORT = measured(lines=100, missing=[], branches=20, untaken=[[7, 9]])
FIVE_LINES_SHORT = measured(lines=100, missing=[1, 2, 3, 4, 5], branches=0, untaken=[])
SIX_LINES_SHORT = measured(lines=100, missing=[1, 2, 3, 4, 5, 6], branches=0, untaken=[])
TWO_BRANCHES_SHORT = measured(lines=100, missing=[], branches=20, untaken=[[7, 9], [11, 12]])


@pytest.mark.parametrize(
    ("path", "file", "reached"),
    [
        pytest.param("core/walk.py", FULL, True, id="everything"),
        pytest.param("core/walk.py", A_LINE_SHORT, False, id="core_line"),
        pytest.param("core/walk.py", A_BRANCH_SHORT, False, id="core_branch"),
        pytest.param("records/pull.py", A_LINE_SHORT, False, id="records_line"),
        pytest.param("vendors/circa/types.py", A_LINE_SHORT, False, id="vendor_line"),
        pytest.param("hooks/base.py", FIVE_LINES_SHORT, True, id="five_of_a_hundred"),
        pytest.param("hooks/base.py", SIX_LINES_SHORT, False, id="six_of_a_hundred"),
        pytest.param("hooks/base.py", TWO_BRANCHES_SHORT, False, id="two_branches_of_twenty"),
        pytest.param("exceptions.py", SIX_LINES_SHORT, False, id="top"),
    ],
)
def test_a_folder_is_held_to_its_goal_in_lines_and_in_branches(path: str, file: Any, reached: bool) -> None:
    lines, all_reached = table({f"airflow_provider_circle/{path}": file})

    assert all_reached is reached
    assert lines[1].endswith("missed") is not reached


def test_files_are_summed_up_by_folder_and_by_vendor() -> None:
    paths = ("__init__.py", "hooks/base.py", "hooks/calls/jobs.py", "vendors/circa/a.py", "vendors/me/v1/a.py")

    lines, _ = table({f"airflow_provider_circle/{path}": A_LINE_SHORT for path in paths})

    assert [line.split()[:2] for line in lines[1:5]] == [
        ["(top)", "99/100"],
        ["hooks", "198/200"],
        ["vendors/circa", "99/100"],
        ["vendors/me", "99/100"],
    ]


def test_a_share_just_below_all_is_not_shown_as_all() -> None:
    nearly = measured(lines=10_000, missing=[7], branches=0, untaken=[])

    assert "99.9 %" in table({"airflow_provider_circle/core/walk.py": nearly})[0][1]


def test_what_nothing_ran_is_named_once() -> None:
    file = measured(
        lines=100,
        missing=[3, 4, 5, 9],
        branches=20,
        untaken=[[2, 3], [6, 8], [6, -1], [9, 10]],
    )

    assert table({"airflow_provider_circle/core/walk.py": file})[0][-1] == (
        "airflow_provider_circle/core/walk.py: 3-5, 9, 6 to 8 and leaving"
    )
