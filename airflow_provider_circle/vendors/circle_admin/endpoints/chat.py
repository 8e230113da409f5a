"""Chat: preferences, messages, imported history."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import SOURCE

__all__ = ["CREATE_MESSAGE", "IMPORT_CHAT_ROOM_MESSAGE", "UPDATE_CHAT_PREFERENCES"]

UPDATE_CHAT_PREFERENCES = Endpoint("PUT", "/chat_preferences", SOURCE)
CREATE_MESSAGE = Endpoint("POST", "/messages", SOURCE)
IMPORT_CHAT_ROOM_MESSAGE = Endpoint("POST", "/chat_room_message_imports", SOURCE)
