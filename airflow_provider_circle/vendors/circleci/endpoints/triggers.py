"""Triggers: the events that start the pipelines of a definition."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.paging import NoPages
from airflow_provider_circle.vendors.circleci.endpoints._paging import V2

__all__ = [
    "CREATE_TRIGGER",
    "DELETE_TRIGGER",
    "GET_TRIGGER",
    "LIST_PIPELINE_DEFINITION_TRIGGERS",
    "UPDATE_TRIGGER",
]

_ALL = "/projects/{project_id}/pipeline-definitions/{pipeline_definition_id}/triggers"
_ONE = "/projects/{project_id}/triggers/{trigger_id}"

LIST_PIPELINE_DEFINITION_TRIGGERS = Endpoint(
    "GET", _ALL, V2 + "listPipelineDefinitionTriggers", pages=NoPages(records="items")
)
CREATE_TRIGGER = Endpoint("POST", _ALL, V2 + "createTrigger")
GET_TRIGGER = Endpoint("GET", _ONE, V2 + "getTrigger")
# What is named gets these very values, however often.
UPDATE_TRIGGER = Endpoint("PATCH", _ONE, V2 + "updateTrigger", repeatable=True)
DELETE_TRIGGER = Endpoint("DELETE", _ONE, V2 + "deleteTrigger")
