"""
How Sphinx builds the documentation: ``make docs``.

The reference is made of the package's docstrings. Pages are Markdown; the code on them is that of tested DAGs.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from airflow_provider_circle import __version__
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circa import CircaHook
from airflow_provider_circle.hooks.circle_admin import CircleAdminHook
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook
from airflow_provider_circle.hooks.circleme import CircleMeHook

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "airflow-provider-circle"
author = "The authors of airflow-provider-circle"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = f"airflow-provider-circle {release}"
html_show_copyright = False
add_module_names = False
exclude_patterns = ["dags"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"
python_use_unqualified_type_names = True
# What others name and document.
nitpick_ignore_regex = [
    ("py:class", r"(airflow|collections|datetime|pathlib|typing|abc|json)\..*"),
    ("py:exc", r"Airflow\w+|HITLTimeoutError"),
]

_PLAIN_PAGES = ("reference/operators", "reference/sensors", "reference/transfers", "reference/triggers")
"""Of what stands in a DAG file, the class and its parameters are of interest, and not what Airflow calls."""


def setup(app: Sphinx) -> None:
    """Tell Sphinx what is special here."""
    for hook in (CircaHook, CircleAdminHook, CircleCIHook, CircleCIV1Hook, CircleMeHook):
        for base in hook.__mro__:
            for name, call in list(vars(base).items()):
                if isinstance(call, operation | stream):
                    setattr(base, name, _as_method(call))
    app.connect("autodoc-skip-member", _skipped)
    app.connect("autodoc-process-docstring", _named_only)


def _as_method(call: Any) -> Any:
    """Make a plain method of a hook's call, as its users see it."""

    def method() -> None: ...

    walk = call.__wrapped__
    method.__doc__, method.__name__, method.__qualname__ = walk.__doc__, walk.__name__, walk.__qualname__
    method.__module__ = walk.__module__
    parameters = [one for name, one in inspect.signature(walk).parameters.items() if name != "caller"]
    method.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return method


def _skipped(app: Sphinx, what: str, *_: object) -> bool | None:
    return True if what == "class" and app.env.docname in _PLAIN_PAGES else None


def _named_only(_app: Sphinx, what: str, name: str, _obj: object, _options: object, lines: list[str]) -> None:
    """Leave of a module its name: what it says is for those who work on it."""
    if what == "module":
        lines[:] = [f"Module ``{name}``"]
