"""The leaderboard."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import SOURCE

__all__ = ["GET_LEADERBOARD"]

GET_LEADERBOARD = Endpoint("GET", "/gamification/leaderboard", SOURCE)
