"""What may rot in the documentation without Sphinx noticing: code, messages and names that are there no longer."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from airflow_provider_circle import exceptions
from airflow_provider_circle.get_provider_info import get_provider_info

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLE = ROOT / "tests" / "example"
PACKAGE = ROOT / "airflow_provider_circle"
PAGES = sorted(DOCS.rglob("*.md"))
SHOWN = re.compile(r"```\{literalinclude\} (?P<path>\S+)\n(?P<options>(?::.*\n)*)")
MARKER = re.compile(r'"(# \[(?:start|end) \w+\])"')
LINK = re.compile(r"\]\((?!https?://|#)(?P<path>[^)#]+)")

named = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())


@cache
def texts_of_the_package() -> str:
    """All texts in the code, a line each; what is filled in, as ``\\0``."""

    def texts(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        for child in ast.iter_child_nodes(node):
            yield from texts(child)

    files = PACKAGE.rglob("*.py")
    return "\n".join(text for path in files for text in texts(ast.parse(path.read_text("utf-8"))))


def messages(page: Path) -> Iterator[str]:
    """What stands in the column *message* of the page's tables, without what is filled in."""
    for row in page.read_text("utf-8").splitlines():
        cells = row.split(" | ")
        if row.startswith("|") and len(cells) == 3:
            yield from re.findall(r"`([^`]+)`", cells[1])


@named
def test_python_code_on_a_page_is_that_of_a_file_which_is_tested(page: Path) -> None:
    text = page.read_text("utf-8")

    assert "```python" not in text
    for shown in SHOWN.finditer(text):
        path = (page.parent / shown["path"]).resolve()
        assert path.parent in {ROOT / "dags_examples", DOCS / "dags", EXAMPLE, EXAMPLE / "dags"}
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        markers = MARKER.findall(shown["options"])
        assert [lines.count(marker) for marker in markers] in ([], [1, 1])
        if markers:
            begin, end = (path.read_text("utf-8").index(marker) for marker in markers)
            _, _, excerpt = path.read_text("utf-8")[begin:end].partition("\n")
            ast.parse(textwrap.dedent(excerpt).rstrip() + "\n")  # Whole statements.


def test_every_example_is_shown() -> None:
    shown = {(page.parent / one["path"]).resolve() for page in PAGES for one in SHOWN.finditer(page.read_text("utf-8"))}

    assert {*ROOT.glob("dags_examples/*.py"), *DOCS.glob("dags/*.py")} <= shown


def test_a_vendor_has_two_examples_at_most() -> None:
    vendors = [path.name.partition("_")[0] for path in ROOT.glob("dags_examples/*.py")]

    assert all(vendors.count(vendor) <= 2 for vendor in vendors)


@pytest.mark.parametrize("message", list(messages(DOCS / "failures.md")))
def test_message_in_the_table_of_failures_is_in_the_code(message: str) -> None:
    # Most are put together of several, at these places.
    for part in re.split(r"…|: |; |[().]|\d{3}", message):
        assert part.strip(" :") in texts_of_the_package()


def test_table_of_failures_has_every_error() -> None:
    text = (DOCS / "failures.md").read_text("utf-8")

    assert [name for name in exceptions.__all__ if name != "CircleError" and f"`{name}`" not in text] == []


def test_reference_has_every_module_that_airflow_is_told_of() -> None:
    info = get_provider_info()
    modules = {
        module
        for kind in ("hooks", "operators", "sensors", "triggers")
        for group in info[kind]
        for module in group["python-modules"]
    } | {transfer["python-module"] for transfer in info["transfers"]}
    reference = "\n".join(path.read_text("utf-8") for path in DOCS.glob("reference/*.md"))

    described = set(re.findall(r"automodule:: (\S+)", reference))
    assert modules - described == set()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_to_files_lead_somewhere(name: str) -> None:
    links = [link["path"] for link in LINK.finditer((ROOT / name).read_text("utf-8"))]

    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("name", ["release", "contacts"])
def test_readme_shows_a_dag_that_is_tested(name: str) -> None:
    assert f"```python\n{(DOCS / 'dags' / name).with_suffix('.py').read_text('utf-8')}```" in (
        ROOT / "README.md"
    ).read_text("utf-8")


def test_every_picture_is_shown() -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES)

    assert [path.name for path in DOCS.glob("pictures/*.png") if f"pictures/{path.name})" not in text] == []
