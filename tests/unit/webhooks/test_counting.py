"""Webhooks are counted where Airflow's API server counts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from airflow_provider_circle.webhooks import counting


class Stats:
    def __init__(self) -> None:
        self.counted: list[tuple[str, Any]] = []

    def incr(self, name: str, *, tags: Any) -> None:
        self.counted.append((name, tags))


@pytest.mark.parametrize(
    ("told", "counted"),
    [
        (("accepted", "circleci"), ("circle.webhook.accepted", {"source": "circleci"})),
        (("refused", "circa", "secret"), ("circle.webhook.refused", {"source": "circa", "reason": "secret"})),
    ],
)
def test_outcome_is_the_name_and_the_rest_are_tags(
    monkeypatch: pytest.MonkeyPatch, told: tuple[str, ...], counted: tuple[str, Any]
) -> None:
    stats = Stats()
    monkeypatch.setattr(counting, "_stats", lambda: stats)

    counting.count(*told)

    assert stats.counted == [counted]


def test_this_airflow_has_metrics() -> None:
    counting.count("accepted", "circleci")


@pytest.fixture
def searched_anew() -> Iterator[None]:
    """Where the metrics are is looked up once a process."""
    counting._stats.cache_clear()
    yield
    counting._stats.cache_clear()


def test_metrics_that_moved_are_found_where_they_are_now(searched_anew: None, monkeypatch: pytest.MonkeyPatch) -> None:
    stats = Stats()
    monkeypatch.setitem(sys.modules, "airflow_of_old", ModuleType("airflow_of_old"))
    monkeypatch.setitem(sys.modules, "airflow_of_today", SimpleNamespace(Stats=stats))
    monkeypatch.setattr(counting, "_PLACES", ("airflow_of_tomorrow", "airflow_of_old", "airflow_of_today"))

    counting.count("accepted", "circleci")

    assert stats.counted == [("circle.webhook.accepted", {"source": "circleci"})]


def test_an_airflow_without_known_metrics_is_told(searched_anew: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_PLACES", ("airflow_of_tomorrow",))

    with pytest.raises(ImportError, match="no metrics where they are known to be"):
        counting.count("accepted", "circleci")
