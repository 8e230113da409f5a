"""A stranger's path is below our folder, or refused."""

from __future__ import annotations

import pytest

from airflow_provider_circle.core.containment import Claims, checked_path

HARMLESS = [
    "a",
    "coverage/index.html",
    "~/project/report.xml",
    "a?b#c d",
    ".hidden/.file",
    "a b/c d.txt",
    "...",
    "a/..b/c..",
    "ü/中.txt",
    "ab:c",
    "%2e%2e/x",
    "x.partial",
    "s" * 240,
    "/".join(["s" * 99] * 9),
    "/".join(["s" * 100, *["s" * 99] * 8]),
]


@pytest.mark.parametrize("path", HARMLESS)
def test_path_below_a_folder_stays_as_it_is(path: str) -> None:
    assert checked_path(path) == path


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        pytest.param("", "it is empty", id="empty"),
        pytest.param("/etc/passwd", "it is absolute", id="absolute"),
        pytest.param("//host/share", "it is absolute", id="other_host"),
        pytest.param("..", "it has a segment of dots", id="up"),
        pytest.param("../x", "it has a segment of dots", id="up_first"),
        pytest.param("a/../../x", "it has a segment of dots", id="up_between"),
        pytest.param("a/..", "it has a segment of dots", id="up_last"),
        pytest.param("./a", "it has a segment of dots", id="here"),
        pytest.param("a/./b", "it has a segment of dots", id="here_between"),
        pytest.param("a//b", "it has an empty segment", id="empty_segment"),
        pytest.param("a/", "it has an empty segment", id="folder"),
        pytest.param("a\\..\\b", "it has a backslash", id="backslash"),
        pytest.param("C:/x", "it begins with a drive letter", id="drive"),
        pytest.param("c:x", "it begins with a drive letter", id="drive_without_a_slash"),
        pytest.param("a\0b", "it has a control character", id="nul"),
        pytest.param("a\nb", "it has a control character", id="line_break"),
        pytest.param("a\x1b[31m", "it has a control character", id="escape"),
        pytest.param("a\x85b", "it has a control character", id="next_line"),
        pytest.param("a\u2028b", "it has a control character", id="line_separator"),
        pytest.param("a\u2029b", "it has a control character", id="paragraph_separator"),
        pytest.param("a\ud800b", "it has a control character", id="lone_surrogate"),
        pytest.param("s" * 241, "a segment has more than 240 bytes", id="long_segment"),
        pytest.param("ü" * 121, "a segment has more than 240 bytes", id="long_in_bytes"),
        pytest.param("/".join(["s" * 99] * 10), "it has more than 900 bytes", id="long"),
        pytest.param("a?", "it does not survive in an address", id="address_with_an_empty_query"),
        pytest.param("a#", "it does not survive in an address", id="address_with_an_empty_fragment"),
        pytest.param("a?#b", "it does not survive in an address", id="address_with_an_empty_query_and_a_fragment"),
        pytest.param("a/.b.partial", "it is the name of a temporary file", id="temporary"),
    ],
)
def test_path_that_leads_elsewhere_is_refused(path: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}$"):
        checked_path(path)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("a/b", "a/b", id="same"),
        pytest.param("a/\u00e9", "a/e\u0301", id="same_when_normalised"),
        pytest.param("a\u030a/x", "\u00e5/x", id="folders_same_when_normalised"),
        pytest.param("a", "a/b", id="file_and_folder"),
        pytest.param("a/b/c", "a", id="folder_and_file"),
        pytest.param("a/b", "a/b/c/d", id="file_far_above"),
    ],
)
def test_two_do_not_land_at_one_place(first: str, second: str) -> None:
    claims = Claims()
    claims.claim(first, "the first")

    with pytest.raises(ValueError, match=r"^it would land where the first does$"):
        claims.claim(second, "the second")


def test_neighbours_do_not_meet() -> None:
    claims = Claims()

    for path in ("a/b", "a/c", "a/B", "a/b.txt", "ab", "b/a/b"):
        claims.claim(path, path)
