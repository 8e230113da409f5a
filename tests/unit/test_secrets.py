"""A test that shows the sandbox's token, or leaves it in a file, does not pass: what is not there would be found."""

from __future__ import annotations

import base64
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import pytest_runtest_makereport
from tools.canary import Canaries

pytest_plugins = ["pytester"]

CONFTEST = """
from tests.conftest import pytest_configure, pytest_runtest_makereport
from tests.conftest import _token_is_in_no_file, sandbox_canary
"""
TESTS = """
import logging

def test_that_logs(sandbox_canary):
    logging.getLogger("urllib3.connectionpool").debug("%s", sandbox_canary["sandbox_token"])

def test_that_leaves_a_file(sandbox_canary, tmp_path):
    (tmp_path / "left").write_text(sandbox_canary["sandbox_token"])
"""


def judged(config: pytest.Config, said: str, when: Any = "call") -> pytest.TestReport:
    """Report a test that passed and printed something while it was called."""
    report = pytest.TestReport("a_test", ("a_test.py", 1, ""), {}, "passed", None, when)
    report.sections.append(("Captured stdout call", said))
    item: Any = SimpleNamespace(config=config)
    judging = pytest_runtest_makereport(item)
    next(judging)
    with pytest.raises(StopIteration) as judgement:
        judging.send(report)
    done: pytest.TestReport = judgement.value.value
    return done


@pytest.mark.parametrize(
    "spell",
    [
        pytest.param(str, id="plain"),
        pytest.param(lambda token: base64.b64encode(f"user:{token}".encode()).decode(), id="base64"),
        pytest.param(lambda token: token.encode().hex(), id="hex"),
    ],
)
def test_test_that_shows_the_token_fails(
    pytestconfig: pytest.Config, sandbox_canary: Canaries, spell: Callable[[str], str]
) -> None:
    report = judged(pytestconfig, f"before {spell(sandbox_canary['sandbox_token'])} after")

    assert report.failed
    assert "sandbox_token" in str(report.longrepr)
    assert sandbox_canary.found_in(str(report.longrepr).encode()) == []


def test_test_that_keeps_the_token_to_itself_passes(pytestconfig: pytest.Config, sandbox_canary: Canaries) -> None:
    token = sandbox_canary["sandbox_token"]

    assert judged(pytestconfig, f"{token[:-1]} {token[1:]}").passed


def test_what_was_shown_is_held_against_the_test_once(pytestconfig: pytest.Config, sandbox_canary: Canaries) -> None:
    assert judged(pytestconfig, sandbox_canary["sandbox_token"], "teardown").passed


def test_debug_logs_and_files_are_looked_at(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)

    result = pytester.runpytest_inprocess("-o", "log_level=DEBUG", "-p", "no:cacheprovider")

    result.assert_outcomes(failed=1, passed=1, errors=1)
    result.stdout.fnmatch_lines(["*found: sandbox_token (plain) in */left, byte 0*"])
