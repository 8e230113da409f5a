"""Which paths a pattern chooses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_circle.core.globbing import path_filter


@pytest.mark.parametrize(
    ("pattern", "chosen", "left"),
    [
        pytest.param("*", ["a", "a/b/c.txt", ".hidden", "a/.b"], [], id="everything"),
        pytest.param("*.xml", ["a.xml", "x/y/a.xml", ".xml"], ["a.xmlx", "a.XML", "a.xml/b"], id="name_at_any_depth"),
        pytest.param("report.?sv", ["report.csv", "x/report.tsv"], ["report.sv", "report.xcsv"], id="one_character"),
        pytest.param("coverage/*.html", ["coverage/a.html"], ["coverage/x/a.html", "x/coverage/a.html"], id="folder"),
        pytest.param("coverage/**", ["coverage/a", "coverage/x/y"], ["coverage", "x/coverage/a"], id="all_below"),
        pytest.param("**/a.txt", ["a.txt", "x/a.txt", "x/y/a.txt"], ["xa.txt", "a.txt/b"], id="at_any_depth"),
        pytest.param("x/**/z", ["x/z", "x/y/z", "x/y/y/z"], ["xz", "x/yz", "y/x/z"], id="none_or_more_between"),
        pytest.param("**", ["a", "a/b"], [], id="all"),
        pytest.param("**/*.py/**", ["a.py/x", "b/a.py/x/y"], ["a.py"], id="below_any"),
        pytest.param("a**b", ["ab", "axxb"], ["a/b"], id="no_segment_of_its_own"),
        pytest.param("[ab].txt", ["a.txt", "x/b.txt"], ["c.txt", "ab.txt", "X.txt"], id="set"),
        pytest.param("x[ab]y", ["xay", "xby"], ["ay", "xaby", "xXy"], id="set_between"),
        pytest.param("[&|^]", ["&", "|", "^"], ["X", "a"], id="marks_in_set"),
        pytest.param("*a*b*c", ["abc", "xaxbxc"], ["acb", "xbxaxc", "abcx"], id="several_runs"),
        pytest.param("[!ab].txt", ["c.txt"], ["a.txt", "/.txt"], id="not_in_set"),
        pytest.param("[a-c]", ["b"], ["-", "d"], id="range"),
        pytest.param("[]]", ["]"], ["["], id="bracket_in_set"),
        pytest.param("[^a]", ["^", "a"], ["b"], id="caret_is_itself"),
        pytest.param("x[/]y", ["x[/]y"], ["x/y"], id="no_set_crosses_a_slash"),
        pytest.param("[", ["["], ["a"], id="lone_bracket"),
        pytest.param("a.b+c(d)$", ["a.b+c(d)$"], ["axb+c(d)$"], id="stands_for_itself"),
        pytest.param("a\\d", ["a\\d"], ["a1"], id="backslash_is_itself"),
        pytest.param("*", ["a\nb"], [], id="line_break"),
    ],
)
def test_pattern_chooses(pattern: str, chosen: list[str], left: list[str]) -> None:
    test = path_filter("patterns", [pattern])

    assert [path for path in chosen + left if test(path)] == chosen


def test_any_of_the_patterns_will_do() -> None:
    test = path_filter("patterns", ["*.xml", "*.csv", "logs/**", "**/old/*"])

    paths = ("x/a.xml", "b.csv", "logs/b", "x/old/c.txt", "c.txt", "X.txt")
    assert [test(path) for path in paths] == [True, True, True, True, False, False]


NO_LIST = "be a list of patterns such as '*.xml' or 'coverage/**'"
NO_PATTERN = "hold patterns without an empty segment, such as '*.xml' or 'coverage/**'"
NO_SET = "hold sets such as [a-z], from low to high"


@pytest.mark.parametrize(
    ("patterns", "wish", "shown"),
    [
        pytest.param("*.xml", NO_LIST, "'*.xml'", id="one_text"),
        pytest.param("x" * 200, NO_LIST, "'" + "x" * 99, id="one_long_text"),
        pytest.param([], NO_LIST, "[]", id="none"),
        pytest.param(None, NO_LIST, "None", id="nothing"),
        pytest.param({"*.xml"}, NO_LIST, "{'*.xml'}", id="a_set"),
        pytest.param([""], NO_PATTERN, "''", id="empty"),
        pytest.param(["/a"], NO_PATTERN, "'/a'", id="absolute"),
        pytest.param(["a/"], NO_PATTERN, "'a/'", id="folder"),
        pytest.param(["a//b"], NO_PATTERN, "'a//b'", id="empty_segment"),
        pytest.param(["*", 5], NO_PATTERN, "5", id="number"),
        pytest.param(["[z-a]"], NO_SET, "['[z-a]']", id="range_backwards"),
    ],
)
def test_what_is_no_pattern_is_refused_by_name(patterns: Any, wish: str, shown: str) -> None:
    with pytest.raises(ValueError, match=r"^patterns must") as refusal:
        path_filter("patterns", patterns)

    assert str(refusal.value) == f"patterns must {wish}, got {shown}"


def fits(segments: list[str], path: list[str]) -> bool:
    """Say it as the description does, taking its time."""
    if not segments:
        return not path
    first, *rest = segments
    if first == "**":
        return any(fits(rest, path[skipped:]) for skipped in range(not rest, len(path) + 1))
    return bool(path) and fits_segment(first, path[0]) and fits(rest, path[1:])


def fits_segment(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(fits_segment(pattern[1:], name[skipped:]) for skipped in range(len(name) + 1))
    return bool(name) and pattern[0] in {"?", name[0]} and fits_segment(pattern[1:], name[1:])


PATTERNS = st.lists(st.one_of(st.just("**"), st.text("ab*?", min_size=1, max_size=5)), min_size=1, max_size=5)
PATHS = st.lists(st.text("ab", min_size=1, max_size=5), min_size=1, max_size=5)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(PATTERNS, PATHS)
def test_pattern_chooses_what_its_description_says(segments: list[str], path: list[str]) -> None:
    held_against = path if len(segments) > 1 or segments == ["**"] else path[-1:]

    assert path_filter("patterns", ["/".join(segments)])("/".join(path)) == fits(segments, held_against)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        pytest.param("*-*-*-*-*-*.xml", "-" * 5000, id="stars"),
        pytest.param("**/a/**/a/**/a/**/b", "a/" * 2000 + "a", id="double_stars"),
        pytest.param("**/**/**/**/**/b", "a/" * 2000 + "a", id="double_stars_in_a_row"),
        pytest.param("**/*a*a*a*/**/*a*a*/x", "/".join(["a" * 100] * 100), id="both"),
    ],
)
def test_no_path_of_a_stranger_takes_time_without_end(pattern: str, path: str) -> None:
    assert not path_filter("patterns", [pattern])(path)
