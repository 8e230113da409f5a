"""
Starting a pipeline exactly once.

CircleCI knows no idempotency key, so a lost reply is looked up in the list of one's own pipelines. What is sent was
checked before; how it is sent and waited for is the walk's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.core.once import Others, Unclaimed, found_later, send_once
from airflow_provider_circle.core.paging import Page
from airflow_provider_circle.core.retry import date_s
from airflow_provider_circle.core.walk import Caller, Walk, call, exchange
from airflow_provider_circle.exceptions import Forbidden, NotFound, NothingRan, TriggerAmbiguous, UnexpectedReply
from airflow_provider_circle.vendors.circleci.endpoints.pipelines import (
    GET_PIPELINE_VALUES,
    LIST_MY_PIPELINES,
    RUN_PIPELINE,
    TRIGGER_PIPELINE,
)
from airflow_provider_circle.vendors.circleci.timestamps import epoch_s

__all__ = ["Parameters", "find_started", "start_pipeline"]

Parameters: TypeAlias = Mapping[str, str | int | bool]

_CLOCK_SLACK_S = 2.0
"""Seconds that ``created_at`` may lie before our request: HTTP dates are whole seconds, and clocks drift."""

_OTHER_TRIGGERS = frozenset({"webhook", "scheduled_pipeline", "explicit"})
"""Ways to start a pipeline that are not the API. The list is open, so only these are ruled out."""


def start_pipeline(
    caller: Caller,
    project_slug: str,
    revision: Mapping[str, str],
    parameters: Parameters,
    *,
    definition_id: str | None = None,
    others: Others[str] | None = None,
) -> Walk[JsonObject]:
    """
    Start a pipeline; never two.

    :param project_slug: normalised.
    :param revision: ``{"branch": …}``, ``{"tag": …}`` or nothing.
    :param parameters: checked.
    :param definition_id: pipeline definition to run; without one the project's only one runs.
    :param others: where there are others; each tells of a pipeline as soon as it has its id.
    :return: at least ``id``, ``number``, ``state`` and ``created_at``.
    :raises NothingRan: CircleCI answered that it started nothing, and why.
    :raises TriggerAmbiguous: the reply was lost and several pipelines could be ours.

    Source: https://circleci.com/docs/api/v2/#operation/triggerPipelineRun
    """
    body: JsonObject = dict(revision)
    if definition_id is not None:
        body = {"definition_id": definition_id}
        if revision:
            body |= {"config": dict(revision), "checkout": dict(revision)}
    if parameters:
        body["parameters"] = dict(parameters)
    endpoint = TRIGGER_PIPELINE if definition_id is None else RUN_PIPELINE
    reply = yield from send_once(
        caller,
        lambda: call(caller, endpoint, path={"project_slug": project_slug}, json=body),
        _Search(caller, project_slug, revision, parameters, others).look,
    )
    if not reply.get("id"):
        raise NothingRan(f"CircleCI started no pipeline of {project_slug}: {reply.get('message') or 'no reason given'}")
    return reply


def find_started(
    caller: Caller,
    project_slug: str,
    revision: Mapping[str, str],
    parameters: Parameters,
    *,
    began_s: float,
    others: Others[str] | None = None,
) -> Walk[JsonObject | None]:
    """
    Find the pipeline that somebody with our token began to start, and may not have lived to see.

    :param parameters: those it was started with; none where they are not known any more.
    :param began_s: when, in seconds since the epoch, by a clock that agrees with ours.
    :param others: as for :func:`start_pipeline`.
    :return: the pipeline; ``None`` when there is none even after a while.
    :raises TriggerAmbiguous: several could be it.
    """
    return found_later(_Search(caller, project_slug, revision, parameters, others).look, began_s)


class _Search:
    """Looks for one pipeline, several times."""

    def __init__(
        self,
        caller: Caller,
        project_slug: str,
        revision: Mapping[str, str],
        parameters: Parameters,
        others: Others[str] | None,
    ) -> None:
        self._caller = caller
        self._project_slug = project_slug
        self._revision = revision
        self._parameters = parameters
        self._unclaimed = Unclaimed(others)
        self._strangers: set[str] = set()

    def look(self, began_s: float) -> Walk[JsonObject | None]:
        """
        Look for what was started since a moment.

        :raises TriggerAmbiguous: several could be it.
        """
        found = yield from _started_since(self._caller, self._project_slug, self._revision, began_s)
        found = self._unclaimed.among(found)
        if self._parameters:
            found = yield from self._without_strangers(found)
        if len(found) > 1:
            ids = list(found)
            raise TriggerAmbiguous(
                f"the reply to a trigger of {self._project_slug} was lost, and any of these pipelines could be the one "
                f"it created: {', '.join(ids)}; nothing was triggered again",
                pipeline_ids=ids,
            )
        return next(iter(found.values()), None)

    def _without_strangers(self, found: Mapping[str, JsonObject]) -> Walk[dict[str, JsonObject]]:
        """
        Rule out what was started with other parameters than ours.

        Unverified: that pipeline values hold the parameters. Where they do not, nothing is ruled out.
        """
        for pipeline_id in found.keys() - self._strangers:
            try:
                values = yield from call(self._caller, GET_PIPELINE_VALUES, path={"pipeline_id": pipeline_id})
            except (Forbidden, NotFound):
                continue
            told = {name: values.get(f"pipeline.parameters.{name}") for name in self._parameters}
            if any(
                told[name] is not None and _as_text(told[name]) != _as_text(value)
                for name, value in self._parameters.items()
            ):
                self._strangers.add(pipeline_id)
        return {pipeline_id: row for pipeline_id, row in found.items() if pipeline_id not in self._strangers}


def _started_since(
    caller: Caller, project_slug: str, revision: Mapping[str, str], began_s: float
) -> Walk[dict[str, JsonObject]]:
    """Read which pipelines may be ours, by their ids."""
    found: dict[str, JsonObject] = {}
    query: dict[str, str] = {}
    seen: set[frozenset[tuple[str, str]]] = set()
    while True:
        page, server_s = yield from exchange(
            caller, LIST_MY_PIPELINES, _dated_page, path={"project_slug": project_slug}, query=query
        )
        now_s = caller.clock()
        # Counted back on the server's clock, so that ours may be wrong.
        since_s = (now_s if server_s is None else server_s) - (now_s - began_s) - _CLOCK_SLACK_S
        ages = [epoch_s(row.get("created_at")) for row in page.records]
        # By id: a row that a newer one pushes onto the next page is read twice.
        found |= {
            str(row.get("id")): row
            for row, created_s in zip(page.records, ages, strict=True)
            if created_s is not None and created_s >= since_s and _may_be_ours(row, revision)
        }
        # Newest first: once a page reaches back beyond the attempt, the rest is older still.
        if page.next_query is None or any(created_s is not None and created_s < since_s for created_s in ages):
            break
        query = dict(page.next_query)
        if frozenset(query.items()) in seen:
            raise UnexpectedReply(f"CircleCI handed out the same page token twice for the pipelines of {project_slug}")
        seen.add(frozenset(query.items()))
    return found


def _may_be_ours(pipeline: JsonObject, revision: Mapping[str, str]) -> bool:
    trigger, vcs = pipeline.get("trigger"), pipeline.get("vcs")
    if isinstance(trigger, dict) and trigger.get("type") in _OTHER_TRIGGERS:
        return False
    if not isinstance(vcs, dict):
        return True
    if not revision:
        return vcs.get("tag") is None
    for kind, name in revision.items():
        known = vcs.get(kind)
        # A pull request's ref comes back shortened.
        if known is not None and known != name and not (name.startswith("pull/") and name.startswith(f"{known}/")):
            return False
        if known is None and vcs.get("tag" if kind == "branch" else "branch") is not None:
            return False
    return True


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _dated_page(reply: Any, response: Response) -> tuple[Page, float | None]:
    return LIST_MY_PIPELINES.pages.read(reply, {}), date_s(response.headers.get("date"))
