"""
Waits for dbt Cloud's job runs with the trigger of Airflow's provider for dbt Cloud.

The trigger knows ``https://`` only. Where the stand-in speaks plain HTTP, its address is rewritten, which makes the
trigger cheaper than it is.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from airflow.providers.dbt.cloud.hooks.dbt import DbtCloudHook, _get_provider_info  # type: ignore[import-not-found]
from airflow.providers.dbt.cloud.triggers.dbt import DbtCloudRunJobTrigger  # type: ignore[import-not-found]

from benchmarks.peers.sessions import counted_sessions
from benchmarks.triggerer import Wait, main


def _prepare(server: str) -> Callable[[Wait], Any]:
    address = urlsplit(server)
    os.environ["AIRFLOW_CONN_BENCH"] = json.dumps(
        {"conn_type": "dbt_cloud", "host": address.netloc, "login": "1", "password": "bench-token"}
    )
    if address.scheme == "http":
        DbtCloudHook.get_request_url_params = _plain(DbtCloudHook.get_request_url_params)
    return _make


def _make(wait: Wait) -> Any:
    return DbtCloudRunJobTrigger(
        conn_id="bench",
        run_id=wait.number,
        end_time=time.time() + 86_400.0,
        poll_interval=wait.interval_s,
        account_id=1,
    )


def _right(event: Any) -> bool:
    return bool(event["status"] == "success")


def _plain(asked: Any) -> Any:
    def plain(*args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        url, parameters = asked(*args, **kwargs)
        return url.replace("https://", "http://", 1), parameters

    return staticmethod(plain)


if __name__ == "__main__":
    _get_provider_info()  # reads the metadata of all providers, once
    main(_prepare, _right, figures=counted_sessions())
