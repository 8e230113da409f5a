"""The JSON object of a refusal, if it is one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.refusal import object_in


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param(b'{"message": "no"}', {"message": "no"}, id="an object"),
        pytest.param(b'["no"]', {}, id="a list"),
        pytest.param(b'"no"', {}, id="a text"),
        pytest.param(b"", {}, id="nothing"),
        pytest.param(b"<html>Bad gateway</html>", {}, id="HTML"),
        pytest.param(b'{"message": "n', {}, id="cut off"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {}, id="nested however deeply"),
        pytest.param(json.dumps({"message": "n" * 10_000_000}).encode(), {}, id="longer than anybody words an error"),
    ],
)
def test_only_an_object_of_reasonable_size_is_read(body: bytes, found: Any) -> None:
    assert object_in(Response(400, {}, body)) == found
