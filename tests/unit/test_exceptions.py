"""The error tree: what is what, what is permanent, and that all of it travels between processes."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from airflow_provider_circle import exceptions
from airflow_provider_circle.exceptions import (
    CircleError,
    NothingRan,
    PipelineFailed,
    TriggerAmbiguous,
    Unreachable,
)

NAMES = sorted(exceptions.__all__)
REPLIED = [name for name in NAMES if name not in {"TriggerAmbiguous", "Unreachable"}]


def of(name: str) -> type[CircleError]:
    kind = getattr(exceptions, name)
    assert issubclass(kind, CircleError)
    return kind  # type: ignore[no-any-return]


def revived(error: CircleError, protocol: int) -> Any:
    return pickle.loads(pickle.dumps(error, protocol))  # noqa: S301  our own bytes


def test_every_error_is_public() -> None:
    defined = {name for name, value in vars(exceptions).items() if isinstance(value, type) and value is not object}
    errors = {name for name in defined if issubclass(getattr(exceptions, name), BaseException)}
    assert errors == set(exceptions.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_every_error_is_one_of_ours(name: str) -> None:
    assert issubclass(of(name), CircleError)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "CircleError"])
def test_errors_stand_side_by_side(name: str) -> None:
    parent = PipelineFailed if name == "NothingRan" else CircleError
    assert of(name).__bases__ == (parent,)


PERMANENT = [
    ("CircleError", False),
    ("Unauthorized", True),
    ("SubscriptionExpired", True),
    ("Forbidden", True),
    ("NotFound", True),
    ("Invalid", True),
    ("RateLimited", False),
    ("ServiceDown", False),
    ("UnexpectedReply", False),
    ("Unreachable", False),
    ("InconsistentRead", False),
    ("TriggerAmbiguous", True),
    ("PipelineFailed", False),
    ("NothingRan", False),
    ("PipelineTimedOut", False),
]


@pytest.mark.parametrize(("name", "permanent"), PERMANENT)
def test_what_can_only_fail_again_is_permanent(name: str, permanent: bool) -> None:
    assert of(name).permanent is permanent


def test_the_table_of_permanent_errors_is_complete() -> None:
    assert sorted(name for name, _ in PERMANENT) == NAMES


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", REPLIED)
def test_an_error_is_pickled_with_its_attributes(name: str, protocol: int) -> None:
    error = of(name)("what happened", status=418, request_id="r-17", retry_after_s=2.5)
    again = revived(error, protocol)
    assert (type(again), str(again), vars(again)) == (of(name), "what happened", vars(error))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("sent", [True, False])
def test_an_unreachable_service_is_pickled_with_whether_it_was_sent(sent: bool, protocol: int) -> None:
    again = revived(Unreachable("no connection", sent=sent), protocol)
    assert (type(again), str(again), again.sent) == (Unreachable, "no connection", sent)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_ambiguous_trigger_is_pickled_with_its_candidates(protocol: int) -> None:
    again = revived(TriggerAmbiguous("several", pipeline_ids=["p1", "p2"]), protocol)
    assert (type(again), str(again), again.pipeline_ids) == (TriggerAmbiguous, "several", ("p1", "p2"))


@pytest.mark.parametrize("name", NAMES)
def test_an_error_is_copied_with_its_message(name: str) -> None:
    assert str(copy.copy(of(name)("what happened"))) == "what happened"


@pytest.mark.parametrize("name", NAMES)
def test_an_error_needs_nothing_but_a_message(name: str) -> None:
    error = of(name)("what happened")
    assert (error.status, error.request_id, error.retry_after_s) == (None, None, None)


def test_in_doubt_a_request_was_sent() -> None:
    assert Unreachable("lost").sent is True


def test_nothing_ran_is_caught_as_a_failed_pipeline() -> None:
    with pytest.raises(PipelineFailed):
        raise NothingRan("no workflow")
