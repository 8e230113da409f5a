"""This machine is told by its name alone; nothing else is taken for it."""

from __future__ import annotations

import pytest

from airflow_provider_circle.core.loopback import is_loopback


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.10", "::1"])
def test_this_machine_is_told(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "localhost.example", "127.0.0.1.example", "10.0.0.1", "128.0.0.1", "::2"])
def test_nothing_else_is_taken_for_this_machine(host: str) -> None:
    assert not is_loopback(host)
