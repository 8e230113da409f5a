"""The last line of a tool tells how it went."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.terminal import end_in_one_line


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Handlers as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def failing() -> list[str]:
    raise LookupError("no table\nwith a long story")


def terminated() -> list[str]:
    os.kill(os.getpid(), signal.SIGTERM)
    return []


@pytest.mark.parametrize(
    ("work", "status", "last"),
    [
        pytest.param(list, 0, "tool: ok: all done, in 0 s", id="nothing_went_wrong"),
        pytest.param(lambda: ["one"], 1, "tool: failed: one; logs are in here", id="a_problem"),
        pytest.param(
            lambda: ["one", "two"], 1, "tool: failed: 2 problems, the first: one; logs are in here", id="problems"
        ),
        pytest.param(failing, 1, "tool: failed: LookupError: no table; logs are in here", id="an_error"),
        pytest.param(terminated, 1, "tool: failed: interrupted; logs are in here", id="a_signal"),
    ],
)
def test_last_line_tells_how_it_went(
    work: Callable[[], list[str]], status: int, last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end_in_one_line("tool", work, "all done", Path("here")) == status
    assert capsys.readouterr().out.splitlines()[-1] == last
