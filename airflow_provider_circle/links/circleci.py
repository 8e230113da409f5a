"""The way from a task in Airflow to what it is about in CircleCI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, TaskInstanceKey

__all__ = [
    "BUILD_URL_KEY",
    "PIPELINE_URL_KEY",
    "WORKFLOW_URL_KEY",
    "CircleCIBuildLink",
    "CircleCIPipelineLink",
    "CircleCIWorkflowLink",
]

PIPELINE_URL_KEY = "pipeline_url"
"""XCom key under which tasks leave their pipeline's page."""

WORKFLOW_URL_KEY = "workflow_url"
"""XCom key under which tasks leave their workflow's page."""

BUILD_URL_KEY = "build_url"
"""XCom key under which tasks leave the page of their v1.1 build."""


class _PageLink(BaseOperatorLink):
    """
    Opens a page whose address the task has left in XCom.

    :ivar key: XCom key of the address.
    """

    key: ClassVar[str]

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey, **context: Any) -> str:
        """
        Find the page a task has left in XCom.

        :return: the url; empty until the task knows it.
        """
        from airflow.providers.common.compat.sdk import XCom

        return XCom.get_value(key=self.key, ti_key=ti_key) or ""


class CircleCIPipelineLink(_PageLink):
    """Opens the pipeline's page in CircleCI."""

    name = "CircleCI pipeline"
    key = PIPELINE_URL_KEY


class CircleCIWorkflowLink(_PageLink):
    """Opens the workflow's page in CircleCI."""

    name = "CircleCI workflow"
    key = WORKFLOW_URL_KEY


class CircleCIBuildLink(_PageLink):
    """Opens the page of a v1.1 build in CircleCI."""

    name = "CircleCI build"
    key = BUILD_URL_KEY
