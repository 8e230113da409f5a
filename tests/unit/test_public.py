"""What the package offers: every name of every module is described and annotated, and the types are tried."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import airflow_provider_circle

TYPED = "\n".join(path.read_text("utf-8") for path in (Path(__file__).parents[1] / "typing").glob("*.py"))

FOR_DAGS = ("hooks", "operators", "sensors", "transfers", "triggers")
ENDINGS = ("Hook", "Operator", "Sensor", "Trigger")
BASES = {
    "CallingOperator",
    "CircleCIRunsOperator",
    "CircleCISensor",
    "CircleCIStoppingOperator",
    "CircleCIV1BuildOperator",
    "CircleHook",
    "FollowingOperator",
    "LandingOperator",
    "LookingSensor",
    "NewsSensor",
    "PullOperator",
    "SightSensor",
    "SightTrigger",
}
"""What others are built on; nobody uses them in a DAG."""


def modules() -> list[str]:
    found = pkgutil.walk_packages(airflow_provider_circle.__path__, "airflow_provider_circle.")
    return sorted(module.name for module in found if not module.name.endswith("__main__"))


def offered(name: str) -> Iterator[tuple[str, Any]]:
    """The functions and classes that a module lists, other modules' left out."""
    module = importlib.import_module(name)
    for each in getattr(module, "__all__", ()):
        thing = getattr(module, each)
        if getattr(thing, "__module__", None) == name and (inspect.isclass(thing) or inspect.isfunction(thing)):
            yield each, thing


def functions(thing: Any) -> Iterator[Callable[..., Any]]:
    """A function itself; of a class, those that are called by a name without an underscore, and its constructor."""
    if inspect.isfunction(thing):
        yield thing
        return
    for name, member in vars(thing).items():
        plain = inspect.unwrap(getattr(member, "fget", None) or getattr(member, "__func__", member))
        if (
            inspect.isfunction(plain)
            and plain.__module__ == thing.__module__
            and (name == "__init__" or not name.startswith("_"))
        ):
            yield plain


def unannotated(function: Callable[..., Any]) -> set[str]:
    parameters = list(inspect.signature(function).parameters)
    if parameters and parameters[0] in {"self", "cls"}:
        parameters = parameters[1:]
    return {*parameters, "return"} - function.__annotations__.keys()


@pytest.mark.parametrize("name", modules())
def test_what_a_module_offers_is_described_and_annotated(name: str) -> None:
    try:
        things = list(offered(name))
    except ImportError as error:
        pytest.skip(f"this Airflow has not what it needs: {error}")
    bare = {each for each, thing in things if not (thing.__doc__ or "").strip()}
    loose = {
        f"{each}.{function.__name__}": sorted(missing)
        for each, thing in things
        for function in functions(thing)
        if (missing := unannotated(function))
    }
    assert (bare, loose) == (set(), {})


@pytest.mark.parametrize("name", [name for name in modules() if name.split(".")[1] in FOR_DAGS])
def test_types_of_all_that_a_dag_uses_are_tried(name: str) -> None:
    names = {each for each, _ in offered(name) if each.endswith(ENDINGS)} - BASES
    assert {each for each in names if f"{each}(" not in TYPED and f"    {each},\n" not in TYPED} == set()
