"""A call belongs to the hook it is made on: overridden, copied and pickled hooks make their own."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator

import pytest

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Emit, Walk
from airflow_provider_circle.hooks.base import CircleHook, operation, stream
from airflow_provider_circle.hooks.circleci import CircleCIHook


class Obeying:
    """Obeys walks that need nothing sent."""

    def run(self, walk: Walk[str]) -> str:
        with pytest.raises(StopIteration) as end:
            next(walk)
        answer: str = end.value.value
        return answer

    def stream(self, walk: Walk[None]) -> Iterator[JsonObject]:
        return (record for step in walk if isinstance(step, Emit) for record in step.records)


class Hook(CircleHook):
    """Knows its name."""

    def __init__(self, name: str = "first") -> None:
        super().__init__("circle_none")
        self.name = name

    def blocking(self) -> tuple[Obeying, None]:  # type: ignore[override]
        return Obeying(), None

    @operation
    def who(self, caller: Caller) -> Walk[str]:
        yield from ()
        return self.name

    @stream
    def all(self, caller: Caller) -> Walk[None]:
        yield Emit([{"name": self.name}])


class Louder(Hook):
    """Says more than its base, by methods."""

    def who(self) -> str:  # type: ignore[override]
        return f"{super().who()}!"

    def all(self) -> Iterator[JsonObject]:  # type: ignore[override]
        return iter([*super().all(), {}])


class Other(Hook):
    """Says more than its base, by calls."""

    @operation
    def who(self, caller: Caller) -> Walk[str]:
        yield from ()
        return f"{super().who()}!"

    @stream
    def all(self, caller: Caller) -> Walk[None]:
        yield Emit([*super().all(), {}])


@pytest.mark.parametrize("kind", [Louder, Other])
def test_an_overridden_operation_stays_overridden(kind: type[Hook]) -> None:
    hook = kind()
    assert [hook.who(), hook.who()] == ["first!", "first!"]


@pytest.mark.parametrize("kind", [Louder, Other])
def test_an_overridden_list_stays_overridden(kind: type[Hook]) -> None:
    hook = kind()
    assert [len(list(hook.all())), len(list(hook.all()))] == [2, 2]


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda hook: pickle.loads(pickle.dumps(hook))])  # noqa: S301  our own
def test_a_copy_makes_its_own_calls(again: Callable[[Hook], Hook]) -> None:
    hook = Hook()
    hook.who()
    other = again(hook)
    other.name = "second"
    assert other.who() == "second"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])
def test_a_copy_of_a_hook_in_use_has_a_session_of_its_own(
    again: Callable[[CircleCIHook], CircleCIHook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", '{"conn_type": "circleci", "password": "some-token"}')
    with CircleCIHook() as hook:
        transport, caller = hook.blocking()
        with again(hook) as other:
            other_transport, other_caller = other.blocking()
            assert (other_transport is transport, other_caller.pace is caller.pace) == (False, True)


async def test_a_list_that_is_left_early_is_closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", '{"conn_type": "circleci", "password": "some-token"}')
    closed: list[bool] = []

    def endless(hook: CircleCIHook, caller: Caller) -> Walk[None]:
        try:
            while True:
                yield Emit([{}])
        finally:
            closed.append(True)

    monkeypatch.setattr(CircleCIHook, "list_collaborations", stream(endless))
    records = CircleCIHook().list_collaborations.aio()
    await anext(records)
    await records.aclose()
    assert closed == [True]


def test_a_call_that_a_class_is_given_later_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def later(hook: Hook, caller: Caller) -> Walk[str]:
        yield from ()
        return f"{hook.name} later"

    monkeypatch.setattr(Hook, "who", operation(later))
    assert Hook().who() == "first later"
