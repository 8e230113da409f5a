"""
Test results of CircleCI jobs, landed in a file, a table or both.

Fits the pieces into Airflow. How results are read and summed up is written in ``vendors/circleci/tests.py``, where they
land in ``transfers/landing.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack, cast

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.operators.circleci_runs import CircleCIRunsOperator
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.transfers.windows import FULL

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.hooks.circleci import CircleCIHook
    from airflow_provider_circle.operators.keywords import RunsKeywords
    from airflow_provider_circle.operators.words import FileFormat
    from airflow_provider_circle.transfers.base import PullOperator

__all__ = ["CircleCITestResultsOperator"]

_CONCURRENCY = 4
"""Lists on their way at once."""


class CircleCITestResultsOperator(CircleCIRunsOperator):
    """
    Lands the test results of a pipeline, a workflow or a job in a file, a table or both.

    Each row has the result's own attributes (``name``, ``classname``, ``file``, ``source``, ``result``, ``message``,
    ``run_time``) and says what it is of: ``project_slug``, ``pipeline_id``, ``workflow_id``, ``workflow_name``,
    ``job_name``, ``job_number`` and ``test_index``, its place in the job's list. A table's key is ``project_slug``,
    ``job_number`` and ``test_index``: results have no id, and several may share a name. A rerun of this task changes
    nothing; a rerun of the job is another job, with rows of its own.

    Returns ``{"tests", "passed", "failed", "skipped", "duration_s", "slowest", "failed_tests", "records", …}`` and what
    the targets report: ``uri``, ``format`` and ``bytes`` of a file; ``table``, ``inserted``, ``updated`` and
    ``unchanged`` of a table. ``slowest`` are the five slowest, ``failed_tests`` the first 20 names. No results are no
    error.

    :param path: file to write, such as ``s3://bucket/tests/{{ ds }}.parquet``; in a folder, which ends with ``/``, each
        pipeline, workflow or job gets a file of its own. (templated)
    :param object_storage_conn_id: connection of the object storage, where it needs one. (templated)
    :param file_format: ``jsonl``, ``jsonl.gz``, ``csv``, ``csv.gz`` or ``parquet``; by the path's ending where left
        out.
    :param table: table to merge into. (templated)
    :param sql_conn_id: connection of a PostgreSQL or SQLite database. (templated)
    :raises ValueError: an argument that makes no sense; nothing was sent.
    :raises NotFound: no such pipeline, workflow or job.

    All other parameters: ``CircleCIRunsOperator`` and ``LandingOperator``.

    Source: https://circleci.com/docs/api/v2/#operation/getTests
    """

    template_fields: Sequence[str] = (
        *CircleCIRunsOperator.template_fields,
        "path",
        "object_storage_conn_id",
        "table",
        "sql_conn_id",
    )
    state_path = None
    changes_only = False
    deletes = "keep"

    def __init__(
        self,
        *,
        path: str | None = None,
        object_storage_conn_id: str | None = None,
        file_format: FileFormat | None = None,
        table: str | None = None,
        sql_conn_id: str | None = None,
        **kwargs: Unpack[RunsKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.object_storage_conn_id = object_storage_conn_id
        self.file_format = file_format
        self.table = table
        self.sql_conn_id = sql_conn_id
        if path is None and table is None:
            raise ValueError("path or table is missing: say where the test results are to land")
        if (table is None) != (sql_conn_id is None):
            raise ValueError("table and sql_conn_id belong together, got only one of them")

    @property
    def parent_ids(self) -> list[str]:
        """What tells a file in a folder from those of other pipelines, workflows and jobs."""
        name, value = self.target()
        return [str(self.project_slug or ""), str(value)] if name == "job_number" else [str(value)]

    @property
    def filters(self) -> Mapping[str, Any] | None:
        """What tells it from those of other jobs of the same pipeline."""
        names = self.checked_names()
        return {"job_names": sorted(names)} if names else None

    def execute(self, context: Context) -> JsonObject:
        """Find the jobs, read everything, then land it."""
        with airflow_errors(), self.build_hook() as hook:
            try:
                return self._land(context, hook)
            except ValueError as error:
                raise AirflowFailException(str(error)) from error

    def _land(self, context: Context, hook: CircleCIHook) -> JsonObject:
        from airflow_provider_circle.core.traffic import Traffic
        from airflow_provider_circle.records.spool import Spool
        from airflow_provider_circle.transfers.landing import Landing
        from airflow_provider_circle.vendors.circleci.tests import TEST_RESULTS, read_test_results, summed_up

        # Of a task, Landing asks no more than where the records go.
        task = cast("PullOperator", self)
        landing = Landing(task, TEST_RESULTS, context, hook, kind=FULL, parents=self.parent_ids)
        landing.aim(None)
        runs = self.find_runs(hook)
        with Spool(TEST_RESULTS.key) as spool:
            # What a job has left does not change any more, so one reading of it is complete.
            for page in hook.pull(lambda caller: read_test_results(caller, runs, concurrency=_CONCURRENCY), Traffic()):
                spool.add(page.records, label=page.label)
            summary = summed_up(entry.record for entry in spool)
            self.note_read_of(runs, hook, TEST_RESULTS.name, rows=len(spool))
            landed = landing.land(spool, complete=False, began_s=None)
        say = self.log.info if summary["tests"] else self.log.warning
        say(
            "%d tests of %d jobs of %s: %d passed, %d failed, %d skipped",
            summary["tests"],
            len(runs),
            self.subject(),
            summary["passed"],
            summary["failed"],
            summary["skipped"],
        )
        told = {**summary, **landed}
        self.tell_assets(context, told)
        return told
