"""
Keeping, from a worker, what the view in Airflow's UI shows of a task.

Airflow has such views since 3.1. Whatever goes wrong with one, the task goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject

__all__ = ["keep_view"]

_log = logging.getLogger(__name__)


def keep_view(push: Callable[..., None], build: Callable[[], JsonObject]) -> None:
    """
    Push a view to XCom, if Airflow shows it.

    :param push: takes ``key`` and ``value``, as a task instance's ``xcom_push`` does.
    :param build: builds it, and may ask CircleCI.
    """
    if not AIRFLOW_V_3_1_PLUS:
        return
    from airflow_provider_circle.vendors.circleci.view import VIEW_KEY

    try:
        push(key=VIEW_KEY, value=build())
    except Exception as error:  # noqa: BLE001  a task does not fail for its picture
        _log.info("The view in Airflow's UI was not kept: %s", error)
