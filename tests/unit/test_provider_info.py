"""What Airflow learns about the provider is true, complete, and of the shape it asks for."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

import pytest

from airflow_provider_circle.get_provider_info import get_provider_info

INFO = get_provider_info()
TYPES: dict[str, dict[str, Any]] = {described["connection-type"]: described for described in INFO["connection-types"]}
MODULES = [
    module
    for folder in ("hooks", "operators", "sensors", "triggers")
    for entry in INFO[folder]
    for module in entry["python-modules"]
] + sorted({entry["python-module"] for entry in INFO["transfers"]})


def test_it_has_the_shape_airflow_asks_for() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((files("airflow") / "provider_info.schema.json").read_text())

    jsonschema.validate(INFO, schema)


def test_there_are_four_connection_types() -> None:
    assert list(TYPES) == ["circleci", "circle_admin", "circa", "circleme"]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_exists(module: str) -> None:
    assert find_spec(module)


@pytest.mark.parametrize("folder", ["hooks", "operators", "sensors", "triggers"])
def test_an_entry_is_of_an_integration_that_is_described(folder: str) -> None:
    known = {integration["integration-name"] for integration in INFO["integrations"]}

    assert {entry["integration-name"] for entry in INFO[folder]} <= known


@pytest.mark.parametrize("folder", ["hooks", "operators", "sensors", "triggers", "transfers"])
def test_every_module_of_a_service_is_told(folder: str) -> None:
    package = files("airflow_provider_circle") / folder
    there = {
        f"airflow_provider_circle.{folder}.{path.name.removesuffix('.py')}"
        for path in package.iterdir()
        if path.is_file() and path.name.startswith(tuple(f"{name}{end}" for name in TYPES for end in ("_", ".py")))
    }

    assert there == {module for module in MODULES if module.startswith(f"airflow_provider_circle.{folder}.")}


def test_what_is_pulled_goes_to_integrations_of_other_providers() -> None:
    known = {integration["integration-name"] for integration in INFO["integrations"]}

    assert {entry["source-integration-name"] for entry in INFO["transfers"]} <= known


def test_two_calls_share_nothing_that_one_may_change() -> None:
    get_provider_info()["connection-types"].clear()

    assert len(get_provider_info()["connection-types"]) == 4


@pytest.mark.parametrize("described", TYPES.values(), ids=TYPES)
def test_the_hook_of_a_type_says_the_same_of_itself(described: dict[str, Any]) -> None:
    module, _, name = described["hook-class-name"].rpartition(".")
    hook = getattr(__import__(module, fromlist=[name]), name)

    assert (hook.conn_type, hook.hook_name, hook.default_conn_name, hook.conn_name_attr) == (
        described["connection-type"],
        described["hook-name"],
        f"{described['connection-type']}_default",
        f"{described['connection-type']}_conn_id",
    )


@pytest.mark.parametrize("described", TYPES.values(), ids=TYPES)
def test_the_port_stays_in_sight(described: dict[str, Any]) -> None:
    assert "port" not in described["ui-field-behaviour"]["hidden-fields"]


@pytest.mark.parametrize("described", TYPES.values(), ids=TYPES)
def test_a_form_names_its_address_and_its_token(described: dict[str, Any]) -> None:
    assert set(described["ui-field-behaviour"]["relabeling"]) == {"host", "password"}


@pytest.mark.parametrize("described", TYPES.values(), ids=TYPES)
def test_every_type_has_the_fields_all_have(described: dict[str, Any]) -> None:
    assert list(described["conn-fields"])[-3:] == ["requests_per_minute", "timeout_s", "verify"]


@pytest.mark.parametrize(
    ("conn_type", "fields"),
    [
        ("circleci", {"project_slug", "webhook_secret"}),
        ("circle_admin", {"api_version", "community_id"}),
        ("circa", {"webhook_secret"}),
        ("circleme", set()),
    ],
)
def test_a_type_has_fields_of_its_own(conn_type: str, fields: set[str]) -> None:
    assert set(TYPES[conn_type]["conn-fields"]) - {"requests_per_minute", "timeout_s", "verify"} == fields


@pytest.mark.parametrize(
    ("conn_type", "name", "described"),
    [(conn_type, name, field) for conn_type, form in TYPES.items() for name, field in form["conn-fields"].items()],
)
def test_a_field_has_a_label_and_help_and_may_be_left_empty(
    conn_type: str, name: str, described: dict[str, Any]
) -> None:
    assert described["label"]
    assert described["description"]
    assert "null" in described["schema"]["type"]


def test_an_api_version_is_chosen_from_two() -> None:
    assert TYPES["circle_admin"]["conn-fields"]["api_version"]["schema"]["enum"] == ["v2", "v1"]


def test_every_link_is_told() -> None:
    links = import_module("airflow_provider_circle.links.circleci")

    assert {link.rpartition(".")[2] for link in INFO["extra-links"]} == {
        name for name in links.__all__ if name.endswith("Link")
    }
