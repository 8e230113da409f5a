"""
Where the sandbox, or CircleCI itself, deviates from CircleCI's description: every known case, and why.

What is not listed here fails the tests; what is listed and no longer happens fails them, too.
"""

from __future__ import annotations

from typing import NamedTuple

from .description import Problem

__all__ = ["DRIFT", "UNDESCRIBED_PAGE_TOKENS", "Drift"]


class Drift(NamedTuple):
    """
    A known deviation.

    :param tape: the recording in which it happens.
    :param operation: the operation, by its operationId.
    :param side: ``request`` or ``response``.
    :param place: as in a problem.
    :param rule: as in a problem.
    :param reason: why it is there on purpose.
    """

    tape: str
    operation: str
    side: str
    place: str
    rule: str
    reason: str

    def explains(self, tape: str, problem: Problem) -> bool:
        """Whether a problem found in a recording is this deviation."""
        return (tape, *problem[:4]) == self[:5]


_DRIFT = "scenario drift"
_QUEUED = "scenario queued"
_UNKNOWN = "scenario unknown_status"
_NO_ID = "rerunning without id"

_NEW_ATTRIBUTE = "attributes are added before the description mentions them; clients must not mind"
_TRIGGER_TYPE = "the service sends trigger types outside the enum"
_QUEUED_STATUS = "the service knows the status queued, the description does not"
_NEW_STATUS = "no enum is closed: a status nobody has heard of must not be taken for an end"
_RERUN = "the service once answered a rerun with a message instead of the new workflow's id"
_SUMMARIES = "insights summaries"
_REPEATED = "the description declares an object, and its example repeats the name: ?branches=main&branches=dev"

_CLOSED = "the description closes an object that is one of several kinds to all properties, those of its kinds included"
_NAMED_ALIKE = "contexts named alike"
_CONTEXTS = (
    *(
        Drift(tape, "createContext", "request", "$.owner", "additionalProperties", _CLOSED)
        for tape in ("contexts", _NAMED_ALIKE, "context restrictions")
    ),
    Drift("contexts", "addEnvironmentVariableToContext", "response", "$", "additionalProperties", _CLOSED),
    Drift(
        _NAMED_ALIKE,
        "createContext",
        "response",
        "status 409",
        "undeclared",
        "names are unique in an organization; the description does not say how a second context of a name is refused",
    ),
)

DRIFT: tuple[Drift, ...] = (
    Drift(_DRIFT, "getPipelineById", "response", "$.labels", "undeclared", _NEW_ATTRIBUTE),
    Drift(_DRIFT, "getPipelineById", "response", "$.trigger.event_name", "undeclared", _NEW_ATTRIBUTE),
    Drift(_DRIFT, "getPipelineById", "response", "$.trigger.type", "enum", _TRIGGER_TYPE),
    Drift(_DRIFT, "listPipelinesForProject", "response", "$.items[].labels", "undeclared", _NEW_ATTRIBUTE),
    Drift(_DRIFT, "listPipelinesForProject", "response", "$.items[].trigger.event_name", "undeclared", _NEW_ATTRIBUTE),
    Drift(_DRIFT, "listPipelinesForProject", "response", "$.items[].trigger.type", "enum", _TRIGGER_TYPE),
    Drift(_DRIFT, "listWorkflowsByPipelineId", "response", "$.items[].flavour", "undeclared", _NEW_ATTRIBUTE),
    Drift(_DRIFT, "getWorkflowById", "response", "$", "additionalProperties", _NEW_ATTRIBUTE),
    Drift(
        _DRIFT,
        "listWorkflowJobs",
        "response",
        "$.items[].started_at",
        "type",
        "a job that has not started has no time of start, though the description demands one",
    ),
    Drift(_QUEUED, "getWorkflowById", "response", "$.status", "enum", _QUEUED_STATUS),
    Drift(_QUEUED, "listWorkflowsByPipelineId", "response", "$.items[].status", "enum", _QUEUED_STATUS),
    Drift(_UNKNOWN, "getWorkflowById", "response", "$.status", "enum", _NEW_STATUS),
    Drift(_UNKNOWN, "listWorkflowsByPipelineId", "response", "$.items[].status", "enum", _NEW_STATUS),
    Drift(
        "scenario retained",
        "listWorkflowsByPipelineId",
        "response",
        "$.items[].id",
        "type",
        "a workflow past its retention keeps its row but no longer has an id",
    ),
    Drift(
        "scenario not_triggered",
        "triggerPipeline",
        "response",
        "status 200",
        "undeclared",
        "described for pipeline/run only; a client must not wait for a pipeline here either",
    ),
    Drift(_NO_ID, "rerunWorkflow", "response", "$", "required", _RERUN),
    Drift(_NO_ID, "rerunWorkflow", "response", "$.message", "undeclared", _RERUN),
    Drift(
        "insights lists",
        "getProjectWorkflowRuns",
        "response",
        "$.items[].status",
        "enum",
        "a run that goes on has no status yet: the description allows null, and leaves it out of the enum",
    ),
    Drift(_SUMMARIES, "getProjectWorkflowsPageData", "request", "query.branches", "type", _REPEATED),
    Drift(_SUMMARIES, "getProjectWorkflowsPageData", "request", "query.workflow-names", "type", _REPEATED),
    Drift(_SUMMARIES, "getOrgSummaryData", "request", "query.project-names", "type", _REPEATED),
    *_CONTEXTS,
)

UNDESCRIBED_PAGE_TOKENS: dict[str, str] = {
    "listWorkflowJobs": "its reply has a next_page_token, and clients page through it",
    "getTests": "its reply has a next_page_token, to be passed as a page-token parameter",
    "getJobArtifacts": "its reply has a next_page_token, to be passed as a page-token parameter",
    "getJobTimeseries": "its reply has a next_page_token, to be passed as a page-token parameter",
    "getContextRestrictions": "its reply has a next_page_token, to be passed as a page-token parameter",
    "listCheckoutKeys": "its reply has a next_page_token, to be passed as a page-token query parameter",
    "listEnvVars": "its reply has a next_page_token, to be passed as a page-token query parameter",
    "listComponentVersions": "its reply has a next_page_token, as the other lists of deploys that take a page-token",
    "getWebhooks": "its reply has a next_page_token, to be passed as a page-token parameter",
}
"""Lists that take a ``page-token`` although CircleCI's description does not say so, by operationId."""
