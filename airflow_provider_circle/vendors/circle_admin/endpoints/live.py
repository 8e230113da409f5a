"""Live rooms and what was said in them."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = ["GET_LIVE_ROOM_TRANSCRIPTS", "LIST_LIVE_ROOMS"]

LIST_LIVE_ROOMS = Endpoint("GET", "/live/rooms", SOURCE, pages=PAGES)
GET_LIVE_ROOM_TRANSCRIPTS = Endpoint("GET", "/live/rooms/{room_id}/transcripts", SOURCE)
