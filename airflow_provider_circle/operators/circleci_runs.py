"""
Which jobs a task is about: those of a pipeline, of a workflow, or one by its number.

Checks what names them, and finds them; what is done with what they left, the operators know.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_circle.operators.colors import CIRCLECI
from airflow_provider_circle.operators.landing import LandingOperator
from airflow_provider_circle.operators.templates import check_one_of, one_of
from airflow_provider_circle.vendors.circleci.parameters import checked_number

if TYPE_CHECKING:
    from airflow_provider_circle.hooks.circleci import CircleCIHook
    from airflow_provider_circle.vendors.circleci.runs import JobRun

__all__ = ["CircleCIRunsOperator"]


class CircleCIRunsOperator(LandingOperator):
    """
    Base of the operators that read what jobs left.

    :param pipeline_id: the newest run of each of the pipeline's jobs; reruns take the place of what they reran.
        (templated)
    :param workflow_id: the jobs of this very workflow. (templated)
    :param job_number: one job. (templated)
    :param project_slug: the job's project; the connection's default project where left out. (templated)
    :param job_names: only jobs of these names; all where left out. (templated)
    :param circleci_conn_id: connection of type *CircleCI*. (templated)
    """

    template_fields: Sequence[str] = (
        "circleci_conn_id",
        "pipeline_id",
        "workflow_id",
        "job_number",
        "project_slug",
        "job_names",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"job_names": "json"}
    ui_color = CIRCLECI

    def __init__(
        self,
        *,
        pipeline_id: str | None = None,
        workflow_id: str | None = None,
        job_number: int | str | None = None,
        project_slug: str | None = None,
        job_names: Sequence[str] | None = None,
        circleci_conn_id: str = "circleci_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline_id = pipeline_id
        self.workflow_id = workflow_id
        self.job_number = job_number
        self.project_slug = project_slug
        self.job_names = job_names
        self.circleci_conn_id = circleci_conn_id
        check_one_of(pipeline_id=pipeline_id, workflow_id=workflow_id, job_number=job_number)
        if project_slug is not None and job_number is None:
            raise ValueError("project_slug belongs to job_number; a pipeline or workflow is known by its id alone")

    def build_hook(self) -> CircleCIHook:
        """Build the hook; here, so that importing this module costs no HTTP library."""
        from airflow_provider_circle.hooks.circleci import CircleCIHook

        return CircleCIHook(self.circleci_conn_id, **self.patience())

    def subject(self) -> str:
        """Name what the task is about, for messages and names of files."""
        name, value = self.target()
        return f"{name.partition('_')[0]} {value}"

    def target(self) -> tuple[str, Any]:
        """
        Say which of ``pipeline_id``, ``workflow_id`` and ``job_number`` is given, and what it is.

        :raises ValueError: none of them, or several.
        """
        named = one_of(pipeline_id=self.pipeline_id, workflow_id=self.workflow_id, job_number=self.job_number)
        return next(iter(named.items()))

    def find_runs(self, hook: CircleCIHook) -> list[JobRun]:
        """
        Find the jobs.

        :raises ValueError: what names them is no such thing.
        :raises NotFound: they are not there, or the token may not see them.
        """
        from airflow_provider_circle.vendors.circleci.runs import run_of_job, runs_of_pipeline, runs_of_workflow

        names = self.checked_names()
        target, value = self.target()
        transport, caller = hook.blocking()
        if target == "pipeline_id":
            found = transport.run(runs_of_pipeline(caller, self._checked_id(target, value)))
        elif target == "workflow_id":
            found = transport.run(runs_of_workflow(caller, self._checked_id(target, value)))
        else:
            number = checked_number(target, value)
            found = transport.run(run_of_job(caller, hook.project_slug(self.project_slug or None), number))
        runs = [run for run in found if not names or run.job_name in names]
        missing = sorted(names - {run.job_name for run in found})
        if missing:
            there = ", ".join(sorted({run.job_name for run in found})) or "none"
            self.log.warning("No job named %s ran in %s; those that did: %s", ", ".join(missing), self.subject(), there)
        for run in runs:
            if run.unfinished:
                self.log.warning("Only what %s has left so far is there: it is %s", run, run.status)
        return runs

    def checked_names(self) -> set[str]:
        """
        Say which jobs are wanted, by name; none for all.

        :raises ValueError: ``job_names`` is no list of names.
        """
        names: Any = () if self.job_names is None else self.job_names
        is_list = isinstance(names, Iterable) and not isinstance(names, str)
        if not is_list or not all(isinstance(name, str) and name for name in names):
            raise ValueError(f"job_names must be a list of names, got {names!r:.100}")
        return set(names)

    def note_read_of(self, runs: Sequence[JobRun], hook: CircleCIHook, name: str, *, rows: int) -> None:
        """
        Remember what was read of jobs, for lineage.

        :param name: what they left.
        """
        # All are of one project; without any, nobody knows which.
        self.note_read(hook, "/".join([*(run.project_slug for run in runs[:1]), name]), rows=rows)

    @staticmethod
    def _checked_id(name: str, value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{name} must be an id as CircleCI gives it, got {value!r:.100}")
        return value.strip()
