"""The CircleCI hook on OTLP exporters, and how secrets that are sent stay out of errors and logs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_circle.core.message import Response
from airflow_provider_circle.exceptions import Invalid, NotFound
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.hooks.circleci_calls import discreet as discretion
from airflow_provider_circle.hooks.circleci_calls.discreet import discreet
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import UNKNOWN_ID, Flavour, both, call

SECRET = "otel-secret-7f3a"
HEADERS = {"Authorization": f"Bearer {SECRET}", "X-Tenant": "lighthouse"}


@pytest.fixture
def masked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Airflow is told to mask."""
    told: list[str] = []
    monkeypatch.setattr(discretion, "mask_secret", told.append)
    return told


@both
def test_an_exporter_comes_and_goes(hook: CircleCIHook, flavour: Flavour) -> None:
    made = call(hook, "create_otel_exporter", flavour, UNKNOWN_ID, "otel.example:4317", "grpc", headers=HEADERS)
    listed = call(hook, "list_otel_exporters", flavour, UNKNOWN_ID)
    gone = call(hook, "delete_otel_exporter", flavour, made["id"])

    assert (listed, gone) == ([made], {})
    assert made["headers"] == {"Authorization": "xxxx", "X-Tenant": "xxxx"}
    assert call(hook, "list_otel_exporters", flavour, UNKNOWN_ID) == []


@pytest.mark.parametrize(
    "options", [{}, {"insecure": False}, {"headers": HEADERS, "insecure": True}], ids=["none", "secure", "all"]
)
def test_what_was_left_out_is_not_sent(sandbox: Sandbox, hook: CircleCIHook, options: Any) -> None:
    hook.create_otel_exporter(UNKNOWN_ID, "otel.example:4317", "http", **options)

    described = {"org_id": UNKNOWN_ID, "endpoint": "otel.example:4317", "protocol": "http"}
    assert sandbox.requests()[0]["body"] == {**described, **options}


def test_an_exporter_that_is_gone_is_not_found(hook: CircleCIHook) -> None:
    with pytest.raises(NotFound, match="Exporter not found"):
        hook.delete_otel_exporter(UNKNOWN_ID)


def test_the_values_of_headers_are_masked(hook: CircleCIHook, masked: list[str]) -> None:
    hook.create_otel_exporter(UNKNOWN_ID, "otel.example:4317", "grpc", headers=HEADERS)

    assert sorted(masked) == sorted([f"Bearer {SECRET}", SECRET, "lighthouse"])


@both
def test_a_refusal_that_quotes_a_header_is_told_without_it(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour
) -> None:
    quoting = {"message": f"Bearer {SECRET} is no good, nor is {SECRET}"}
    sandbox.add_fault("status", status=400, body=quoting)

    with pytest.raises(Invalid) as refused:
        call(hook, "create_otel_exporter", flavour, UNKNOWN_ID, "otel.example:4317", "grpc", headers=HEADERS)

    assert str(refused.value).endswith("answered 400: *** is no good, nor is ***")


def test_a_refusal_that_is_waited_out_is_logged_without_a_header(
    sandbox: Sandbox, hook: CircleCIHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(type(hook), "log", SimpleNamespace(info=said.append))
    sandbox.add_fault("status", status=429, times=1, body={"message": f"slow down, {SECRET}"})
    hook.create_otel_exporter(UNKNOWN_ID, "otel.example:4317", "grpc", headers=HEADERS)

    (line,) = said
    assert "answered 429: slow down, ***" in line


@pytest.mark.usefixtures("masked")
def test_a_secret_within_another_leaves_nothing_behind(hook: CircleCIHook) -> None:
    _, caller = hook.blocking()
    read_error = discreet(caller, ["abc", "abcdef"]).service.read_error

    assert read_error(Response(400, {}, b'{"message": "abcdef or abc"}')) == "*** or ***"


def test_the_caller_itself_still_reads_refusals_as_they_are(hook: CircleCIHook, masked: list[str]) -> None:
    _, caller = hook.blocking()
    discreet(caller, ["abc", "  "])

    assert caller.service.read_error(Response(400, {}, b'{"error": "abc"}')) == "abc"
    assert masked == ["abc"]
