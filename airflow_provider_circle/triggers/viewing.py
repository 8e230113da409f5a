"""
Keeping a view in XCom from the triggerer, as Airflow 3.1 or newer lets triggers do.

A wait only hands the view over: it is written beside the wait, the newest last, and what cannot be written is let go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

from airflow_provider_circle.vendors.circleci.view import VIEW_KEY

if TYPE_CHECKING:
    from airflow_provider_circle.core.message import JsonObject

__all__ = ["ViewKeeper", "keeper_of"]

_writing: set[asyncio.Task[None]] = set()
"""An event loop itself keeps no task alive."""


class ViewKeeper:
    """
    Keeps the views of one task instance.

    :param task: with ``dag_id``, ``task_id``, ``run_id`` and ``map_index``.
    :param say: logs a line.
    """

    __slots__ = ("_newest", "_say", "_task", "_troubled", "_writes")

    def __init__(self, task: Any, say: Callable[..., None]) -> None:
        self._task = task
        self._say = say
        self._newest: JsonObject | None = None
        self._writes = False
        self._troubled = False

    def keep(self, view: JsonObject) -> None:
        """Have a view written; one that still waits to be is replaced."""
        self._newest = view
        if not self._writes:
            self._writes = True
            writing = asyncio.get_running_loop().create_task(self._write())
            _writing.add(writing)
            writing.add_done_callback(_writing.discard)

    def close(self) -> None:
        """Write nothing more: the task itself has the last word."""
        self._newest = None

    async def _write(self) -> None:
        # What is under way is never interrupted: before 3.2, Airflow's supervisor would lose count of its replies.
        try:
            while (view := self._newest) is not None:
                self._newest = None
                await _set_xcom(self._task, view)
        except Exception as error:  # noqa: BLE001  whatever Airflow cannot do, the wait goes on
            if not self._troubled:
                self._say("The view in Airflow's UI cannot be kept from the triggerer: %s", error)
            self._troubled = True
        finally:
            self._writes = False


def keeper_of(task: Any, say: Callable[..., None]) -> ViewKeeper | None:
    """
    Make a keeper; ``None`` where Airflow shows no views, or a trigger waits for no task.

    :param task: the trigger's task instance.
    :param say: logs a line.
    """
    return ViewKeeper(task, say) if AIRFLOW_V_3_1_PLUS and task is not None else None


async def _set_xcom(task: Any, view: JsonObject) -> None:
    """Store it without the XCom backend: somebody's own may block, and would hide it from the page."""
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import SetXCom

    comms: Any = task_runner.SUPERVISOR_COMMS
    await comms.asend(
        SetXCom(
            key=VIEW_KEY,
            value=view,
            dag_id=task.dag_id,
            task_id=task.task_id,
            run_id=task.run_id,
            map_index=task.map_index,
        )
    )
