"""Pipelines: trigger, continue, read, list."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = [
    "CONTINUE_PIPELINE",
    "GET_PIPELINE",
    "GET_PIPELINE_BY_NUMBER",
    "GET_PIPELINE_CONFIG",
    "GET_PIPELINE_VALUES",
    "LIST_MY_PIPELINES",
    "LIST_ORGANIZATION_PIPELINES",
    "LIST_PIPELINE_WORKFLOWS",
    "LIST_PROJECT_PIPELINES",
    "RUN_PIPELINE",
    "TRIGGER_PIPELINE",
]

TRIGGER_PIPELINE = Endpoint("POST", "/project/{project_slug:path}/pipeline", V2 + "triggerPipeline")
RUN_PIPELINE = Endpoint("POST", "/project/{project_slug:path}/pipeline/run", V2 + "triggerPipelineRun")
CONTINUE_PIPELINE = Endpoint("POST", "/pipeline/continue", V2 + "continuePipeline")
GET_PIPELINE = Endpoint("GET", "/pipeline/{pipeline_id}", V2 + "getPipelineById")
GET_PIPELINE_BY_NUMBER = Endpoint(
    "GET", "/project/{project_slug:path}/pipeline/{pipeline_number}", V2 + "getPipelineByNumber"
)
GET_PIPELINE_CONFIG = Endpoint("GET", "/pipeline/{pipeline_id}/config", V2 + "getPipelineConfigById")
GET_PIPELINE_VALUES = Endpoint("GET", "/pipeline/{pipeline_id}/values", V2 + "getPipelineValuesById")
LIST_PIPELINE_WORKFLOWS = Endpoint(
    "GET", "/pipeline/{pipeline_id}/workflow", V2 + "listWorkflowsByPipelineId", pages=PAGES
)
LIST_PROJECT_PIPELINES = Endpoint(
    "GET", "/project/{project_slug:path}/pipeline", V2 + "listPipelinesForProject", pages=PAGES
)
LIST_MY_PIPELINES = Endpoint("GET", "/project/{project_slug:path}/pipeline/mine", V2 + "listMyPipelines", pages=PAGES)
LIST_ORGANIZATION_PIPELINES = Endpoint("GET", "/pipeline", V2 + "listPipelines", pages=PAGES)
