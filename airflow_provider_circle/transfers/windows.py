"""
Which span of time a run pulls, and where the next one begins.

Reads what the DAG's author said and what Airflow knows of the run. What is done with a window, others know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow_provider_circle.operators.memory import TaskMemory

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.stream import Stream
    from airflow_provider_circle.core.window import Window

__all__ = ["ALL", "DATA_INTERVAL", "FULL", "WATERMARK", "chosen_window", "window_kind"]

DATA_INTERVAL = "data_interval"
WATERMARK = "watermark"
FULL = "full"
_KINDS = (DATA_INTERVAL, WATERMARK, FULL)

ALL = "all"
"""Of ``parent_ids``: everybody's lists."""

_MEMORY_KEY = "circle_window"

_JUST_NOW = timedelta(seconds=3)
"""What may still change unseen; it is left to the next run."""


def window_kind(stream: Stream, window: Any) -> str | Mapping[str, Any]:
    """
    Check what a DAG's author wants.

    :param window: ``data_interval``, ``watermark``, ``full``, or ``{"min": …, "max": …}``; ``None`` for the data
        interval where the stream can be read by window, else for everything.
    :raises ValueError: none of these, or a window of a stream that has none.
    """
    if window is None:
        return DATA_INTERVAL if stream.window else FULL
    if isinstance(window, Mapping):
        if not window or window.keys() - {"min", "max"}:
            raise ValueError(f"window must have min and max and nothing else, got {', '.join(window) or 'neither'}")
    elif window not in _KINDS:
        raise ValueError(f"window must be one of {', '.join(_KINDS)} or a mapping with min and max, got {window!r}")
    if window != FULL and stream.window is None:
        raise ValueError(
            f"window must be 'full': the service cannot say which {stream.name} changed when, got {window!r}"
        )
    return window  # type: ignore[no-any-return]


def chosen_window(
    kind: str | Mapping[str, Any],
    context: Context,
    *,
    lookback: timedelta,
    start: datetime | None,
    watermark: Callable[[], datetime | None],
    now: datetime,
) -> Window | None:
    """
    Fix the window of a run; a retry gets the very same.

    :param kind: as :func:`window_kind` returned it.
    :param lookback: how far before its beginning a window reaches.
    :param start: where the first window of a watermark begins; ``None`` for all there is.
    :param watermark: looks up how far earlier runs came.
    :param now: where a watermark's window ends.
    :return: ``None`` for everything.
    :raises ValueError: the run has no data interval, or the window ends before it begins.
    """
    from airflow_provider_circle.core.window import Window, moment_of

    if kind == FULL:
        return None
    if isinstance(kind, Mapping):
        ends = {end: moment_of(f"window[{end!r}]", kind[end]) for end in kind if kind[end] is not None}
        return Window(_earlier(ends.get("min"), lookback), ends.get("max"))
    if kind == DATA_INTERVAL:
        begin, end = context.get("data_interval_start"), context.get("data_interval_end")
        if begin is None or end is None or begin == end:
            raise ValueError(
                "window: this run has no data interval: it was started by hand, or its DAG's schedule gives none "
                "(Airflow 3 does for CronDataIntervalTimetable, not for a bare '@daily'); give such a schedule, "
                "window={'min': …, 'max': …}, window='watermark' or window='full'"
            )
        return Window(_earlier(_plain(begin), lookback), _plain(end))
    memory = TaskMemory(context, _MEMORY_KEY)
    fixed = memory.recall()
    if fixed is None:
        reached = watermark()
        since = start if reached is None else _earlier(reached, lookback)
        fixed = Window(since, now.replace(microsecond=0) - _JUST_NOW).as_json()
        memory.keep(**fixed)
    return Window(*(None if fixed[end] is None else moment_of(end, fixed[end]) for end in ("min", "max")))


def _earlier(moment: datetime | None, lookback: timedelta) -> datetime | None:
    try:
        return None if moment is None else moment - lookback
    except OverflowError:
        return moment  # nothing is before all time


def _plain(moment: datetime) -> datetime:
    """Airflow's moments are pendulum's, whose texts differ."""
    return datetime.fromtimestamp(moment.timestamp(), UTC)
