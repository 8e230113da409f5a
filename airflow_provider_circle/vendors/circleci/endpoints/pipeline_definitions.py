"""Pipeline definitions: where a project's configuration and code come from."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.paging import NoPages
from airflow_provider_circle.vendors.circleci.endpoints._paging import V2

__all__ = [
    "CREATE_PIPELINE_DEFINITION",
    "DELETE_PIPELINE_DEFINITION",
    "GET_PIPELINE_DEFINITION",
    "LIST_PIPELINE_DEFINITIONS",
    "UPDATE_PIPELINE_DEFINITION",
]

_ALL = "/projects/{project_id}/pipeline-definitions"
_ONE = _ALL + "/{pipeline_definition_id}"

LIST_PIPELINE_DEFINITIONS = Endpoint("GET", _ALL, V2 + "listPipelineDefinitions", pages=NoPages(records="items"))
CREATE_PIPELINE_DEFINITION = Endpoint("POST", _ALL, V2 + "createPipelineDefinition")
GET_PIPELINE_DEFINITION = Endpoint("GET", _ONE, V2 + "getPipelineDefinition")
# What is named gets these very values, however often.
UPDATE_PIPELINE_DEFINITION = Endpoint("PATCH", _ONE, V2 + "updatePipelineDefinition", repeatable=True)
DELETE_PIPELINE_DEFINITION = Endpoint("DELETE", _ONE, V2 + "deletePipelineDefinition")
