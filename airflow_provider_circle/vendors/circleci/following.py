"""
Following a project: what of it is of interest, and what is remembered between two looks.

Everything that is remembered is plain JSON, and bounded. What happened meanwhile is told in ``happenings.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.vendors.circleci.statuses import WORKFLOW_TERMINAL

__all__ = ["EVENTS", "LIST_LAG_S", "MOST_AHEAD", "Interest", "Mark", "Progress", "pruned"]

EVENTS = ("pipeline_created", "pipeline_finished", "workflow_created", "workflow_finished")

_FINISHINGS = frozenset({"pipeline_finished", "workflow_finished"})
_STATUSES = WORKFLOW_TERMINAL | {"succeeded", "failed", "canceled", "never_ran"}
"""How workflows end, in CircleCI's words, and how pipelines end, in the verdict's."""

LIST_LAG_S = 120.0
"""
How much later than others a pipeline may appear in the list without being missed.

Unverified: CircleCI does not say; a trigger's own pipeline is looked for during 17 s.
"""

_LOOK_BACK_S = 6 * 3600.0
"""How old a pipeline may be that is still running when the watch begins: a job may run for five hours."""

_RERUNS_UNTIL_S = 24 * 3600.0
"""How long after its end a pipeline is still asked for reruns."""

_LET_GO_AFTER_S = 91 * 86400.0
"""CircleCI cancels workflows after 90 days; what has no end by then is not waited for any longer."""

MOST_AHEAD = 200
"""How many pipelines may wait to be looked into; further new ones are left on the list until these have been."""

_MOST_PIPELINES = 500
"""How many pipelines are remembered; Airflow stores up to 64 KB without complaint."""


@dataclass(frozen=True, slots=True)
class Interest:
    """
    What of all that happens is worth an event.

    :param events: some of ``EVENTS``.
    :param branch: only pipelines of this branch; those of tags have none.
    :param workflow_names: only these workflows.
    :param statuses: only these endings: ``success``, ``failed``, ``error``, ``canceled``, ``unauthorized`` and
        ``not_run`` of workflows; ``succeeded``, ``failed``, ``canceled`` and ``never_ran`` of pipelines.
    :raises ValueError: a word that means nothing, or a filter that no event could pass or meet.
    """

    events: Sequence[str] = ("workflow_finished",)
    branch: str | None = None
    workflow_names: Sequence[str] = ()
    statuses: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what makes no sense, by name."""
        for name in ("events", "workflow_names", "statuses"):
            words = getattr(self, name)
            if isinstance(words, str) or not all(isinstance(word, str) and word for word in words):
                raise ValueError(f"{name} must be a list of texts, got {words!r}")
        if not self.events or set(self.events) - set(EVENTS):
            raise ValueError(f"events must name some of {', '.join(EVENTS)}, got {list(self.events)!r}")
        if self.branch is not None and not (isinstance(self.branch, str) and self.branch):
            raise ValueError(f"branch must be the name of a branch, got {self.branch!r}")
        if set(self.statuses) - _STATUSES:
            raise ValueError(f"statuses must be some of {', '.join(sorted(_STATUSES))}, got {list(self.statuses)!r}")
        if self.statuses and not _FINISHINGS & set(self.events):
            raise ValueError("statuses needs pipeline_finished or workflow_finished among the events")
        if self.workflow_names and not any(event.startswith("workflow_") for event in self.events):
            raise ValueError("workflow_names needs workflow_created or workflow_finished among the events")

    @property
    def follows(self) -> bool:
        """Whether it matters what becomes of a pipeline."""
        return set(self.events) != {"pipeline_created"}

    def may_want(self, pipeline: JsonObject) -> bool:
        """Tell whether a pipeline may be of interest; its branch is unknown for a while after its creation."""
        vcs = pipeline.get("vcs")
        return self.branch is None or not isinstance(vcs, dict) or vcs.get("branch") == self.branch

    def wants(self, event: JsonObject) -> bool:
        """Tell whether an event is of interest."""
        return (
            event["event"] in self.events
            and (self.branch is None or event["branch"] == self.branch)
            and (
                not self.workflow_names or event["workflow_id"] is None or event["workflow_name"] in self.workflow_names
            )
            and (not self.statuses or event["event"] not in _FINISHINGS or event["status"] in self.statuses)
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """
    What is remembered of a pipeline.

    :param created_s: when CircleCI created it, in seconds since the epoch.
    :param ended_s: when it ended; ``None`` while it goes on.
    :param told: a digest of each event that was told.
    :param looked_into: whether it was looked into, or could not be.
    """

    created_s: float
    ended_s: float | None = None
    told: tuple[str, ...] = ()
    looked_into: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far a project was followed.

    :param begun_s: what happened before is not told, in seconds since the epoch by CircleCI's clock; ``None`` until the
        first look, which is then the beginning.
    :param floor_s: pipelines created before are known, or not followed.
    :param marks: what is remembered, by pipeline id.
    """

    begun_s: float | None
    floor_s: float
    marks: Mapping[str, Mark] = field(default_factory=dict)

    @classmethod
    def beginning(cls, now_s: float, start_s: float | None = None) -> Progress:
        """
        Begin now, or at a given moment; pipelines that run at that moment are followed, too.

        :param now_s: seconds since the epoch; our clock will do.
        :param start_s: seconds since the epoch.
        """
        return cls(start_s, (now_s if start_s is None else start_s) - _LOOK_BACK_S)

    def as_json(self) -> JsonObject:
        """Write it down."""
        return {
            "begun_s": self.begun_s,
            "floor_s": self.floor_s,
            "pipelines": {
                key: [mark.created_s, mark.ended_s, list(mark.told), int(mark.looked_into)]
                for key, mark in self.marks.items()
            },
        }

    @classmethod
    def from_json(cls, written: Any) -> Progress:
        """Read what :meth:`as_json` wrote."""
        marks = {
            key: Mark(created_s, ended_s, tuple(told), bool(looked_into))
            for key, (created_s, ended_s, told, looked_into) in written["pipelines"].items()
        }
        return cls(written["begun_s"], written["floor_s"], marks)


def pruned(
    marks: Mapping[str, Mark], looked_into: Collection[str], now_s: float, floor_s: float, *, follows: bool
) -> tuple[dict[str, Mark], tuple[str, ...]]:
    """
    Forget what needs to be remembered no longer. What was never looked into stays.

    :param looked_into: ids of the pipelines whose workflows were just seen.
    :param floor_s: pipelines created since may still turn up in the list, and are remembered in any case.
    :param follows: whether it matters what becomes of a pipeline.
    :return: what is left, and which pipelines without an end are gone, each with the reason.
    """
    let_go: list[str] = []
    kept: dict[str, Mark] = {}
    for key, mark in marks.items():
        if mark.created_s < floor_s and (mark.looked_into or not follows):
            # Let go at a look, so that a rerun of the time when nobody looked is seen first.
            over = mark.ended_s is not None and key in looked_into and now_s - mark.ended_s >= _RERUNS_UNTIL_S
            too_old = mark.ended_s is None and now_s - mark.created_s >= _LET_GO_AFTER_S
            if too_old and follows:
                let_go.append(f"pipeline {key} has not ended in {_LET_GO_AFTER_S / 86400:.0f} days")
            if over or too_old or not follows:
                continue
        kept[key] = mark
    old = [key for key, mark in kept.items() if mark.created_s < floor_s and mark.looked_into]
    old.sort(key=lambda key: _worth(kept[key]))
    surplus = {key: kept.pop(key) for key in old[: max(0, len(kept) - _MOST_PIPELINES)]}
    let_go += [
        f"pipeline {key} has not ended, and more than {_MOST_PIPELINES} are followed"
        for key, mark in surplus.items()
        if mark.ended_s is None
    ]
    return kept, tuple(let_go)


def _worth(mark: Mark) -> tuple[bool, float]:
    """Order what to forget first: what ended, the earliest first; then what has not, the oldest first."""
    return mark.ended_s is None, mark.created_s if mark.ended_s is None else mark.ended_s
