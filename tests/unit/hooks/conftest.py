"""The CircleCI hook against a real server on loopback; modules about other hooks have fixtures of their own."""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from airflow_provider_circle.hooks import base
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import VARIABLE, sleep_awaited_as


@pytest.fixture
def sandbox(circle_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox behind ``circleci_default``, its clock standing still."""
    monkeypatch.setenv(VARIABLE, circle_sandbox.connection_json())
    circle_sandbox.set_speed(0)
    return circle_sandbox


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every sleep of the hook: its clock moves as if they were slept. Nothing other tests were told is remembered."""
    slept: list[float] = []

    async def nap(seconds: float) -> None:
        slept.append(seconds)

    sleep_awaited_as(nap, monkeypatch)
    monkeypatch.setattr(base, "time", SimpleNamespace(time=lambda: time.time() + sum(slept)))
    monkeypatch.setattr(base, "_paces", {})
    return slept


@pytest.fixture
def hook(sandbox: Sandbox, naps: list[float]) -> Iterable[CircleCIHook]:
    with CircleCIHook(sleep=naps.append) as opened:
        yield opened
