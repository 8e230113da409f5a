"""
What a campaign does and when: the same seed gives the same plan.

Pure values. A wave is a DAG run with a task of every kind, a strike is something that goes wrong.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ANSWER_TIMEOUT_S", "ENDINGS", "PROCESS_STRIKES", "REQUEST_FAULTS", "Plan", "Strike", "Wave", "make_plan"]

ANSWER_TIMEOUT_S = 4.0
"""How long the connections wait for an answer; a stall takes longer."""

ENDINGS = {
    "success": "success",
    "setup": "success",
    "auto_rerun": "success",
    "mixed_success": "success",
    "unknown_status": "success",
    "queued": "success",
    "many_workflows": "success",
    "drift": "success",
    "failed": "failed",
    "failing": "failed",
    "two_workflows": "failed",
    "auto_rerun_exhausted": "failed",
    "errored": "failed",
    "canceled": "failed",
    "unauthorized": "failed",
}
"""How a task that waits for a pipeline must end, by the scenario of the pipeline."""

PROCESS_STRIKES = {
    "SIGKILL of a task": 6,
    "SIGKILL of a worker": 4,
    "SIGKILL of a triggerer": 2,
    "stopped triggerer": 2,
    "SIGKILL of the scheduler": 1,
    "restart of the service": 3,
}
"""What strikes processes and the service as a whole, by how often beside each other; each comes at least once."""

_WAITS_PER_WAVE = 4
_WAVE_EVERY_S = 30.0
_WAVES_UNTIL, _FAULTS_UNTIL, _STRIKES_UNTIL = 0.75, 0.95, 0.9
"""Shares of the campaign."""
_FAULT_EVERY_S = 5.0
_STRIKE_EVERY_S = 20.0
_MOST_SKEW_S = 120.0
_DURATION_S = (4, 30)

_SERVICES = {"circleci": 6, "circa": 2, "circle-admin": 2}
_WRONG_CONTENT = frozenset({"malformed JSON", "empty body", "HTML instead of JSON"})
_SLOW_TO_FORGIVE, _TELLS_NOTHING = "circle-admin", frozenset({"429 without Retry-After"})
_TRIGGERS_SHARE = 0.25
"""Of the faults of CircleCI, those that strike nothing but requests which trigger a pipeline."""


@dataclass(frozen=True, slots=True)
class Wave:
    """
    One DAG run.

    :param at_s: when it begins, in seconds since the campaign did.
    :param waits: parameters of the pipelines that are triggered and waited for.
    :param watched: parameters of the pipeline that the sensors wait for.
    """

    at_s: float
    number: int
    waits: tuple[Mapping[str, Any], ...]
    watched: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Strike:
    """
    Something that goes wrong.

    :param at_s: when, in seconds since the campaign began.
    :param kind: one of ``PROCESS_STRIKES`` or ``REQUEST_FAULTS``.
    :param options: of a fault of requests, what the sandbox is told; of another strike ``seconds``, where it lasts.
    """

    at_s: float
    kind: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A campaign.

    :param skew_s: seconds by which the service's clock is ahead, or behind where negative.
    """

    seed: int
    duration_s: float
    skew_s: float
    waves: tuple[Wave, ...]
    strikes: tuple[Strike, ...]

    def kinds(self) -> Counter[str]:
        """Count the strikes of each kind."""
        return Counter(strike.kind for strike in self.strikes)


def make_plan(seed: int, minutes: float) -> Plan:
    """
    Draw a campaign.

    :param minutes: how long new work and new faults come; what has begun then goes on to its end.
    """
    chance = random.Random(seed)  # noqa: S311  faults, not secrets
    duration_s = 60.0 * minutes
    return Plan(
        seed,
        duration_s,
        round(chance.uniform(-_MOST_SKEW_S, _MOST_SKEW_S), 1),
        tuple(_waves(chance, duration_s)),
        tuple(sorted([*_faults(chance, duration_s), *_process_strikes(chance, duration_s)], key=lambda one: one.at_s)),
    )


def _waves(chance: random.Random, duration_s: float) -> Sequence[Wave]:
    count = max(1, int(_WAVES_UNTIL * duration_s / _WAVE_EVERY_S))
    return [
        Wave(
            index * _WAVE_EVERY_S,
            index,
            tuple(_parameters(chance, 10 * index + nth) for nth in range(_WAITS_PER_WAVE)),
            _parameters(chance, 10 * index + _WAITS_PER_WAVE),
        )
        for index in range(count)
    ]


def _parameters(chance: random.Random, number: int) -> Mapping[str, Any]:
    return {
        "number": number,
        "sandbox_scenario": chance.choice(list(ENDINGS)),
        "sandbox_duration_s": chance.randint(*_DURATION_S),
    }


def _faults(chance: random.Random, duration_s: float) -> Sequence[Strike]:
    count = max(len(REQUEST_FAULTS), int(duration_s / _FAULT_EVERY_S))
    kinds = _each_at_least_once(chance, dict.fromkeys(REQUEST_FAULTS, 1), count)
    return [
        Strike(
            round(chance.uniform(0, _FAULTS_UNTIL * duration_s), 1),
            kind,
            {**REQUEST_FAULTS[kind](chance), **_target(chance, kind), "times": chance.randint(1, 3)},
        )
        for kind in kinds
    ]


def _target(chance: random.Random, kind: str) -> dict[str, Any]:
    """
    Choose what is struck.

    A file that answers 200 with another content has that content for all one can know. The Admin API's limit is one of
    five minutes: who is refused there and told nothing pauses for longer than a short campaign takes.
    """
    weights = {
        name: 0 if name == _SLOW_TO_FORGIVE and kind in _TELLS_NOTHING else each for name, each in _SERVICES.items()
    }
    (service,) = chance.choices(list(weights), list(weights.values()))
    if service == "circleci" and chance.random() < _TRIGGERS_SHARE:
        return {"method": "POST", "path": "^/circleci/.*/pipeline"}
    return {"path": f"^/{service}/api/" if kind in _WRONG_CONTENT else f"^/{service}/"}


def _process_strikes(chance: random.Random, duration_s: float) -> Sequence[Strike]:
    """Spread them evenly, more or less: what comes while the last one is not overcome says little about either."""
    kinds = _each_at_least_once(chance, PROCESS_STRIKES, int(duration_s / _STRIKE_EVERY_S))
    share_s = _STRIKES_UNTIL * duration_s / len(kinds)
    return [
        Strike(round((index + chance.uniform(0.3, 1.0)) * share_s, 1), kind, _LASTING[kind](chance))
        for index, kind in enumerate(kinds)
    ]


def _each_at_least_once(chance: random.Random, weights: Mapping[str, int], count: int) -> list[str]:
    drawn = [*weights, *chance.choices(list(weights), list(weights.values()), k=max(0, count - len(weights)))]
    chance.shuffle(drawn)
    return drawn


_Draw = Callable[[random.Random], dict[str, Any]]

REQUEST_FAULTS: dict[str, _Draw] = {
    "429 with Retry-After": lambda chance: {
        "kind": "status",
        "status": 429,
        "retry_after": str(chance.randint(1, 3)),
    },
    "429 without Retry-After": lambda _: {"kind": "status", "status": 429},
    "5xx, not processed": lambda chance: {"kind": "status", "status": chance.choice([500, 502, 503, 504])},
    "5xx, processed": lambda chance: {"kind": "status_after", "status": chance.choice([500, 502, 503, 504])},
    "reset before processing": lambda _: {"kind": "reset"},
    "reset after processing": lambda _: {"kind": "reset_after"},
    "stall past the timeout": lambda _: {"kind": "stall", "seconds": 1.5 * ANSWER_TIMEOUT_S},
    "body that drips": lambda _: {"kind": "slow", "seconds": 0.5 * ANSWER_TIMEOUT_S},
    "body that is cut": lambda _: {"kind": "cut"},
    "malformed JSON": lambda _: {"kind": "malformed"},
    "empty body": lambda _: {"kind": "empty"},
    "HTML instead of JSON": lambda chance: {"kind": "html", "status": chance.choice([200, 502])},
}
"""What strikes single requests, and how the sandbox is told."""

_LASTING: dict[str, _Draw] = {
    **dict.fromkeys(PROCESS_STRIKES, lambda _: {}),
    "stopped triggerer": lambda chance: {"seconds": chance.randint(12, 20)},
    "restart of the service": lambda chance: {"seconds": chance.randint(1, 6)},
}
