"""Outbound webhooks: where CircleCI tells that workflows and jobs have ended."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = ["CREATE_WEBHOOK", "DELETE_WEBHOOK", "GET_WEBHOOK", "LIST_WEBHOOKS", "UPDATE_WEBHOOK"]

LIST_WEBHOOKS = Endpoint("GET", "/webhook", V2 + "getWebhooks", pages=PAGES)
CREATE_WEBHOOK = Endpoint("POST", "/webhook", V2 + "createWebhook")
GET_WEBHOOK = Endpoint("GET", "/webhook/{webhook_id}", V2 + "getWebhookById")
UPDATE_WEBHOOK = Endpoint("PUT", "/webhook/{webhook_id}", V2 + "updateWebhook")
DELETE_WEBHOOK = Endpoint("DELETE", "/webhook/{webhook_id}", V2 + "deleteWebhook")
