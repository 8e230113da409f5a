"""The way from a task in Airflow to its pipeline in CircleCI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, TaskInstanceKey

__all__ = ["PIPELINE_URL_KEY", "CircleCIPipelineLink"]

PIPELINE_URL_KEY = "pipeline_url"
"""XCom key under which tasks leave their pipeline's page."""


class CircleCIPipelineLink(BaseOperatorLink):
    """Opens the pipeline's page in CircleCI."""

    name = "CircleCI pipeline"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey, **context: Any) -> str:
        """
        Find the page a task has left in XCom.

        :return: the url; empty until the task knows its pipeline.
        """
        from airflow.providers.common.compat.sdk import XCom

        return XCom.get_value(key=PIPELINE_URL_KEY, ti_key=ti_key) or ""
