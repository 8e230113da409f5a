"""Schedules: when a project's pipelines start by themselves."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = ["CREATE_SCHEDULE", "DELETE_SCHEDULE", "GET_SCHEDULE", "LIST_SCHEDULES", "UPDATE_SCHEDULE"]

LIST_SCHEDULES = Endpoint("GET", "/project/{project_slug:path}/schedule", V2 + "listSchedulesForProject", pages=PAGES)
CREATE_SCHEDULE = Endpoint("POST", "/project/{project_slug:path}/schedule", V2 + "createSchedule")
GET_SCHEDULE = Endpoint("GET", "/schedule/{schedule_id}", V2 + "getScheduleById")
# It names what is to be, not a change to what is: the second of two equal requests finds everything as it asks for.
UPDATE_SCHEDULE = Endpoint("PATCH", "/schedule/{schedule_id}", V2 + "updateSchedule", repeatable=True)
DELETE_SCHEDULE = Endpoint("DELETE", "/schedule/{schedule_id}", V2 + "deleteScheduleById")
