"""What a transport that does not keep to the protocol of a download is told."""

from __future__ import annotations

import io

import pytest

from airflow_provider_circle.core.download import download
from tests.unit.walking import Clock, caller

URL = "https://files.example/export.csv"


def test_an_answer_with_nothing_is_a_mistake_of_the_transport() -> None:
    walk = download(caller(Clock()), URL, io.BytesIO)
    next(walk)

    with pytest.raises(TypeError, match="must be sent the outcome of its request, got NoneType"):
        walk.send(None)
