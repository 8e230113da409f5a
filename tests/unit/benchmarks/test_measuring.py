"""What a child measures of itself."""

from __future__ import annotations

import json

import pytest

from benchmarks.measuring import Meter, rss_mb
from benchmarks.runs import Result


def test_meter_tells_what_a_result_is_made_of(capsys: pytest.CaptureFixture[str]) -> None:
    Meter().tell(requests=7, sockets=2, rows=5)
    told = Result(**json.loads(capsys.readouterr().out))
    assert (told.requests, told.sockets, told.extra) == (7, 2, {"rows": 5})


def test_memory_that_was_given_back_counts_as_grown() -> None:
    meter = Meter()
    held = bytearray(b"x") * 60_000_000
    del held
    assert meter.result()["grown_mb"] > 50


def test_memory_from_before_does_not_count() -> None:
    held = bytearray(b"x") * 60_000_000
    grown_mb = Meter().result()["grown_mb"]
    del held
    assert grown_mb < 30


def test_most_memory_is_no_less_than_what_is_held() -> None:
    assert rss_mb("VmHWM") >= rss_mb() > 0
