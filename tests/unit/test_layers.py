"""Imports run one way, and each layer keeps to what it may know."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import airflow_provider_circle

PACKAGE = "airflow_provider_circle"
ROOT = Path(airflow_provider_circle.__file__).parent

RANKS = {
    "exceptions": 0,
    "get_provider_info": 0,
    "core": 1,
    "ui": 1,
    "vendors": 2,
    "transports": 2,
    "hooks": 3,
    "triggers": 4,
    "records": 4,
    "links": 4,
    "webhooks": 4,
    "operators": 5,
    "sensors": 5,
    "transfers": 5,
}
"""Modules import from a lower rank, or from their own folder; those who do the tasks, from each other."""

TASKS = {"operators", "sensors", "transfers"}

HTTP = {"requests", "urllib3", "aiohttp", "yarl", "httpx", "certifi", "socket", "ssl"}
HTTP_MODULES = {"http.client", "urllib.request"}

FOR_CORE = {*sys.stdlib_module_names, PACKAGE, "msgspec"}
"""msgspec is a function of bytes; what only parses a DAG does not pay for it."""

NOT_FOR_CORE = {"time", "random", "secrets", "socket", "ssl", "asyncio", "threading", "select", "http", "subprocess"}


@dataclass(frozen=True)
class Import:
    """One import statement."""

    module: str
    line: int
    at_import: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    @property
    def layer(self) -> str:
        """The layer of ours it reaches; empty for the version and for other packages."""
        parts = self.module.split(".")
        return parts[1] if parts[0] == PACKAGE and len(parts) > 1 else ""


def modules() -> dict[str, Path]:
    """Every module of the package, by name."""
    return {
        ".".join((PACKAGE, *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in sorted(ROOT.rglob("*.py"))
    }


MODULES = modules()
LAYERED = [name for name in MODULES if name != PACKAGE and not name.startswith(f"{PACKAGE}.sandbox")]


def layer_of(module: str) -> str:
    return module.split(".")[1]


def in_layer(*layers: str) -> list[str]:
    return [module for module in LAYERED if layer_of(module) in layers]


@cache
def imports(module: str) -> tuple[Import, ...]:
    """Every import of a module, wherever it stands."""
    path = MODULES[module]
    return tuple(_found(ast.parse(path.read_text()), module, path.name == "__init__.py", at_import=True))


def _found(node: ast.AST, module: str, is_package: bool, *, at_import: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, at_import) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            parts = module.split(".")
            above = parts[: len(parts) - child.level + is_package] if child.level else []
            base = ".".join([*above, *([child.module] if child.module else [])])
            # "from package import module" names a module, "from module import name" does not.
            names = {f"{base}.{alias.name}" for alias in child.names} & set(MODULES)
            yield from (Import(name, child.lineno, at_import) for name in sorted(names) or [base])
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for part in child.body:
                yield from _found(ast.Module([part], []), module, is_package, at_import=False)
            for part in child.orelse:
                yield from _found(ast.Module([part], []), module, is_package, at_import=at_import)
        else:
            later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _found(child, module, is_package, at_import=at_import and not later)


def reached(module: str) -> Iterator[tuple[str, Import]]:
    """Everything that is imported along with a module, and by whom."""
    waiting, known = [module], {module}
    while waiting:
        importer = waiting.pop()
        for found in imports(importer):
            if not found.at_import:
                continue
            yield importer, found
            parents = found.module.split(".")
            for name in (".".join(parents[:depth]) for depth in range(2, len(parents) + 1)):
                if name in MODULES and name not in known:
                    known.add(name)
                    waiting.append(name)


def is_http(found: Import) -> bool:
    return found.top in HTTP or found.module in HTTP_MODULES


def allowed(layer: str, found: Import) -> bool:
    if not found.layer or found.layer == layer:
        return True
    if layer in TASKS and found.layer in TASKS:
        return True
    return RANKS.get(found.layer, sys.maxsize) < RANKS[layer]


def told(wrong: list[Import]) -> list[str]:
    return [f"line {found.line} imports {found.module}" for found in wrong]


@pytest.mark.parametrize("module", LAYERED)
def test_every_module_belongs_to_a_layer(module: str) -> None:
    assert layer_of(module) in RANKS


@pytest.mark.parametrize("module", LAYERED)
def test_imports_run_one_way(module: str) -> None:
    assert told([found for found in imports(module) if not allowed(layer_of(module), found)]) == []


@pytest.mark.parametrize("module", LAYERED)
def test_nothing_outside_the_sandbox_imports_it(module: str) -> None:
    assert told([found for found in imports(module) if found.layer == "sandbox"]) == []


@pytest.mark.parametrize("module", LAYERED)
def test_imports_are_absolute(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text())
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level] == []


@pytest.mark.parametrize("module", in_layer("exceptions", "core"))
def test_core_and_exceptions_know_the_standard_library_only_and_msgspec_late(module: str) -> None:
    strange = [found for found in imports(module) if found.top not in FOR_CORE]
    early = [found for found in imports(module) if found.top == "msgspec" and found.at_import]
    assert told(strange + early) == []


@pytest.mark.parametrize("module", in_layer("exceptions", "core"))
def test_core_neither_waits_nor_draws_nor_connects(module: str) -> None:
    forbidden = [found for found in imports(module) if found.top in NOT_FOR_CORE or is_http(found)]
    if module == "airflow_provider_circle.core.pacing":
        # A pace is shared by threads; nobody waits for its lock longer than another one reckons.
        forbidden = [found for found in forbidden if found.top != "threading"]
    assert told(forbidden) == []


@pytest.mark.parametrize("module", in_layer("core"))
def test_core_reads_no_clock(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text())
    called = {node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and hasattr(node.func, "attr")}
    assert called & {"now", "utcnow", "today", "monotonic", "perf_counter"} == set()


@pytest.mark.parametrize("module", in_layer("exceptions", "core", "vendors", "transports"))
def test_airflow_is_known_to_hooks_and_above_only(module: str) -> None:
    assert told([found for found in imports(module) if found.top == "airflow"]) == []


@pytest.mark.parametrize("module", [module for module in LAYERED if layer_of(module) != "transports"])
def test_an_http_library_is_known_to_transports_only(module: str) -> None:
    assert told([found for found in imports(module) if is_http(found)]) == []


@pytest.mark.parametrize("module", in_layer("vendors"))
def test_a_vendor_does_not_know_another(module: str) -> None:
    own = module.split(".")[2:3]
    other = [found for found in imports(module) if found.layer == "vendors" and found.module.split(".")[2:3] != own]
    assert told(other) == []


@pytest.mark.parametrize("module", in_layer("transports"))
def test_a_transport_does_not_know_the_other(module: str) -> None:
    shared = (f"{PACKAGE}.transports.environment", f"{PACKAGE}.transports.unpacking")
    others = [found for found in imports(module) if found.layer == "transports"]
    assert told([found for found in others if not found.module.startswith(shared)]) == []


@pytest.mark.parametrize("module", in_layer("links", "get_provider_info", "triggers", "webhooks", *TASKS))
def test_what_airflow_loads_early_costs_no_http_library(module: str) -> None:
    assert [f"{importer} imports {found.module}" for importer, found in reached(module) if is_http(found)] == []


def test_the_package_itself_imports_nothing() -> None:
    assert {found.module for found in imports(PACKAGE)} <= {"__future__"}


def test_the_providers_metadata_needs_only_the_version() -> None:
    assert {found.module for found in imports(f"{PACKAGE}.get_provider_info")} - set(sys.stdlib_module_names) == {
        PACKAGE
    }


@pytest.mark.parametrize("layer", ["exceptions", "core", "vendors", "transports", "hooks"])
def test_there_is_something_to_look_at(layer: str) -> None:
    assert len([found for module in in_layer(layer) for found in imports(module)]) > 1
