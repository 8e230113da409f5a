from __future__ import annotations

from tools.check_wheel import deviations, misfits

INFO = "airflow_provider_circle-0.1.0.dist-info"
METADATA = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt")
SOURCES = ("airflow_provider_circle/__init__.py", "airflow_provider_circle/py.typed")
WHEEL = [*SOURCES, *(f"{INFO}/{name}" for name in METADATA)]


def test_a_wheel_of_just_the_package_is_right() -> None:
    assert deviations(WHEEL, SOURCES) == []


def test_what_is_left_out_is_named() -> None:
    assert deviations(WHEEL[2:], SOURCES) == [f"missing: {name}" for name in SOURCES]


def test_a_license_left_out_is_named() -> None:
    license_text = f"{INFO}/licenses/LICENSE"
    assert deviations([name for name in WHEEL if name != license_text], SOURCES) == [f"missing: {license_text}"]


def test_what_does_not_belong_there_is_named() -> None:
    strange = ["airflow_provider_circle/core/__pycache__/walk.pyc", "tests/conftest.py", "tools/demo.py"]
    assert deviations([*WHEEL, *strange], SOURCES) == [f"too much: {name}" for name in strange]


TRACKED = (".github/PULL_REQUEST_TEMPLATE.md", ".gitignore", ".pre-commit-config.yaml", "Makefile", "tests/conftest.py")
ARCHIVE = ["PKG-INFO", "Makefile", "tests/conftest.py", "airflow_provider_circle.egg-info/SOURCES.txt"]


def test_an_archive_of_all_but_what_is_for_git_is_right() -> None:
    assert misfits(ARCHIVE, TRACKED) == []


def test_what_an_archive_lacks_is_named() -> None:
    assert misfits(ARCHIVE[:-2], TRACKED) == ["missing in the archive: tests/conftest.py"]


def test_leftovers_in_an_archive_are_named() -> None:
    left = "build/lib/airflow_provider_circle/__init__.py"
    assert misfits([*ARCHIVE, left], TRACKED) == [f"too much in the archive: {left}"]
