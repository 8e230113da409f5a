"""
Imports modules, each set in a process of its own, and says what that cost.

The processes are forked from one that has what any DAG file imports of Airflow, so that only what comes on top counts.
Processor time and memory are measured in different ones, as tracing memory takes time. Memory is what Python's
allocators hold more, by ``tracemalloc``: the pages of a process are too coarse for a tenth of a megabyte.

Called with one JSON object ``{"sets": {name: [modules]}, "rounds"}``; prints one, ``{name: {"cpu_ms": [per round],
"held_mb", "own", "foreign": [modules]}}``.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import sys
import time
import traceback
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

OURS = "airflow_provider_circle"


def forked(measure: Callable[[Sequence[str]], Any], modules: Sequence[str]) -> Any:
    """
    Measure in a process that ends thereafter.

    :raises RuntimeError: it could not; why is on standard error.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(writing, json.dumps(measure(modules)).encode())
        except BaseException:  # noqa: BLE001  the process ends here, whatever it is
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    os.waitpid(pid, 0)
    if not told:
        raise RuntimeError(f"{measure.__name__} of {', '.join(modules)} failed")
    return json.loads(told)


def prepare(modules: Sequence[str]) -> None:
    """Do what is Airflow's part in any case; a forked process is slow at whatever it does first."""
    importlib.import_module("colorsys")
    operator = importlib.import_module("airflow.sdk").BaseOperator
    type(operator)("First", (operator,), {})
    # The folder an installed provider lies in, site-packages, has been searched long before.
    importlib.util.find_spec(OURS)
    # A trigger is built on Airflow's base.
    if any(name.startswith(f"{OURS}.triggers.") for name in modules):
        importlib.import_module("airflow.triggers.base")
    gc.collect()


def cpu_ms(modules: Sequence[str]) -> float:
    """Take the processor time."""
    prepare(modules)
    began_s = time.process_time()
    for name in modules:
        importlib.import_module(name)
    return (time.process_time() - began_s) * 1e3


def left_behind(modules: Sequence[str]) -> dict[str, Any]:
    """Count what is there afterwards: memory and modules."""
    prepare(modules)
    before = set(sys.modules)
    tracemalloc.start()
    for name in modules:
        importlib.import_module(name)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    new = set(sys.modules) - before
    foreign = sorted(name for name in new if name.partition(".")[0] != OURS)
    return {"held_mb": held / 1e6, "own": len(new) - len(foreign), "foreign": foreign}


def main() -> None:
    """Measure what the command line says."""
    asked: dict[str, Any] = json.loads(sys.argv[1])
    sdk: Any = importlib.import_module("airflow.sdk")
    # The names are what costs: airflow.sdk itself imports nothing until they are asked for.
    for name in ("DAG", "BaseHook", "BaseOperator", "BaseOperatorLink", "BaseSensorOperator", "task"):
        getattr(sdk, name)
    sets: dict[str, list[str]] = asked["sets"]
    # What is measured here first writes the compiled modules for those that follow.
    told = {name: {"cpu_ms": [], **forked(left_behind, modules)} for name, modules in sets.items()}
    gc.collect()
    gc.freeze()
    for _ in range(asked["rounds"]):
        for name, modules in sets.items():
            told[name]["cpu_ms"].append(forked(cpu_ms, modules))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
