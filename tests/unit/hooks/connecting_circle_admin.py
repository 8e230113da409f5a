"""Builds Circle Admin hooks over the connections that a test needs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.hooks.circle_admin import CircleAdminHook

VARIABLE = "AIRFLOW_CONN_CIRCLE_ADMIN_DEFAULT"
TOKEN = "tell-nobody-4711"
EMAIL = "ada@example.com"


def connect(monkeypatch: pytest.MonkeyPatch, **extras: Any) -> CircleAdminHook:
    """A hook over a connection with these extras; nothing is sent."""
    monkeypatch.setenv(VARIABLE, json.dumps({"conn_type": "circle_admin", "password": TOKEN, "extra": extras}))
    return CircleAdminHook()


__all__ = [
    "EMAIL",
    "TOKEN",
    "VARIABLE",
    "connect",
]
