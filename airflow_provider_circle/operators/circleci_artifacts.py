"""
Artifacts of CircleCI jobs, downloaded to any storage that Airflow reaches.

Fits the pieces into Airflow. Which artifacts there are and where each lands is written in
``vendors/circleci/artifacts.py``, how many files land in ``records/downloads.py``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Unpack

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_provider_circle.core.globbing import path_filter
from airflow_provider_circle.operators.circleci_runs import CircleCIRunsOperator
from airflow_provider_circle.operators.errors import airflow_errors
from airflow_provider_circle.operators.templates import is_template

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context

    from airflow_provider_circle.core.message import JsonObject
    from airflow_provider_circle.hooks.circleci import CircleCIHook
    from airflow_provider_circle.operators.keywords import RunsKeywords
    from airflow_provider_circle.records.downloads import DownloadFolder, Wanted

__all__ = ["CircleCIDownloadArtifactsOperator"]

_MANIFEST = "artifacts.jsonl"
_MOST_CONCURRENCY = 16


class CircleCIDownloadArtifactsOperator(CircleCIRunsOperator):
    """
    Downloads the artifacts of a pipeline, a workflow or a job into a folder, on a disk or in a bucket.

    Each lands at ``<path>/<workflow>/<job>/<node index>/<artifact's path>`` whole or not at all, and a rerun replaces
    it; characters of workflow and job names other than letters, digits, ``-``, ``_``, ``.`` and spaces are
    percent-encoded, and a setup workflow's name has ``+setup`` behind it. Last of all comes ``<path>/artifacts.jsonl``,
    the manifest: one line per file with ``target``, ``bytes``, ``sha256`` and where it is from. Give each task a folder
    of its own: files that others left there stay, but the manifest is replaced.

    A retry fetches only what is not there yet, on every Airflow. A transfer that breaks goes on where it broke, where
    the server can. An artifact whose path leads out of the folder, or where another lands, fails the task before
    anything is downloaded.

    Returns ``{"artifacts", "bytes", "uri", "manifest"}``. No artifacts are no error: the manifest is then empty.

    :param path: the folder, such as ``s3://bucket/builds/{{ ds }}``. (templated)
    :param patterns: only artifacts whose path matches one of these. A pattern without a slash is held against the
        file's name, so ``*.xml`` finds files at any depth; one with a slash against the whole path. ``*`` is any run of
        characters but slashes, ``?`` one, ``[abc]`` one of a set, and ``**`` as a segment any number of segments.
        (templated)
    :param object_storage_conn_id: connection of the object storage, where it needs one. (templated)
    :param concurrency: files on their way at once, 1 to 16.
    :param token_hosts: hosts besides the connection's own that are sent the token, over ``https://`` only. CircleCI
        Cloud keeps artifacts on a host of its own, such as ``output.circle-artifacts.com``, and gives those of private
        projects to nobody without a token; it is named when that happens. (templated)
    :raises ValueError: an argument that makes no sense; nothing was sent.
    :raises NotFound: no such pipeline, workflow or job; or an artifact that is gone.

    All other parameters: ``CircleCIRunsOperator`` and ``LandingOperator``.

    Source: https://circleci.com/docs/api/v2/#operation/getJobArtifacts
    """

    template_fields: Sequence[str] = (
        *CircleCIRunsOperator.template_fields,
        "path",
        "patterns",
        "object_storage_conn_id",
        "token_hosts",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **CircleCIRunsOperator.template_fields_renderers,
        "patterns": "json",
        "token_hosts": "json",
    }

    def __init__(
        self,
        *,
        path: str,
        patterns: Sequence[str] = ("*",),
        object_storage_conn_id: str | None = None,
        concurrency: int = 4,
        token_hosts: Sequence[str] = (),
        **kwargs: Unpack[RunsKeywords],
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.patterns = patterns
        self.object_storage_conn_id = object_storage_conn_id
        self.concurrency = concurrency
        self.token_hosts = token_hosts
        self._check_what_is_known()

    def execute(self, context: Context) -> JsonObject:
        """List, check, then download."""
        with airflow_errors(), self.build_hook() as hook:
            try:
                landed = self._download(hook)
            except ValueError as error:
                raise AirflowFailException(str(error)) from error
        self.tell_assets(context, landed)
        return landed

    def _download(self, hook: CircleCIHook) -> JsonObject:
        from airflow_provider_circle.records.lineage import file_at

        folder = self._folder(hook)
        folder.check()
        wanted = self._wanted(hook)
        hook.close()
        landed = folder.land(wanted)
        self.note_landed(file_at(landed["uri"], size_bytes=landed["bytes"], files=landed["artifacts"]))
        self.log.info("Stored %d artifacts, %d bytes, in %s", landed["artifacts"], landed["bytes"], landed["uri"])
        return landed

    def _wanted(self, hook: CircleCIHook) -> list[Wanted]:
        from airflow_provider_circle.records.downloads import Wanted
        from airflow_provider_circle.vendors.circleci.artifacts import find_artifacts, place_artifacts

        chosen = path_filter("patterns", self.patterns)
        runs = self.find_runs(hook)
        transport, caller = hook.blocking()
        artifacts = transport.run(find_artifacts(caller, runs, chosen))
        targets = place_artifacts(artifacts, _MANIFEST)
        say = self.log.info if artifacts else self.log.warning
        self.note_read_of(runs, hook, "artifacts", rows=len(artifacts))
        say("Found %d artifacts of %d jobs of %s", len(artifacts), len(runs), self.subject())
        return [
            Wanted(target, artifact.source(caller.service), artifact.url, str(artifact))
            for target, artifact in zip(targets, artifacts, strict=True)
        ]

    def _folder(self, hook: CircleCIHook) -> DownloadFolder:
        from airflow_provider_circle.records.downloads import DownloadFolder
        from airflow_provider_circle.vendors.circleci.artifacts import artifact_access, checked_token_hosts

        if not isinstance(self.path, str) or not self.path.strip("/ "):
            raise ValueError(f"path must be a folder, on a disk or in a bucket, got {self.path!r:.100}")
        access = artifact_access(hook.service(hook.settings), checked_token_hosts(self.token_hosts))
        return DownloadFolder(
            self.path,
            self.object_storage_conn_id,
            manifest=_MANIFEST,
            concurrency=self.concurrency,
            session=partial(hook.downloads, access),
            say=self.log.info,
            clock=time.monotonic,
            sleep=self.sleep,
        )

    def _check_what_is_known(self) -> None:
        """Refuse what no template can mend while the DAG is parsed."""
        if (
            isinstance(self.concurrency, bool)
            or not isinstance(self.concurrency, int)
            or not 1 <= self.concurrency <= _MOST_CONCURRENCY
        ):
            raise ValueError(f"concurrency must be a whole number, 1 to {_MOST_CONCURRENCY}, got {self.concurrency!r}")
        if not is_template(self.patterns):
            path_filter("patterns", self.patterns)
