"""Webhooks are counted where Airflow's API server counts."""

from __future__ import annotations

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
