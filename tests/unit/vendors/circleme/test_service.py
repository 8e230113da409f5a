from __future__ import annotations

import pytest

from airflow_provider_circle import __version__
from airflow_provider_circle.core.message import Response
from airflow_provider_circle.vendors.circleme.service import REQUESTS_PER_MINUTE, circleme

FEED = circleme("https://feed.example/api/v1", "secret-token")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b'{"error": "Invalid access token"}', "Invalid access token", id="error"),
        pytest.param(b'{"message": "no", "error": "x"}', "no", id="message"),
        pytest.param(b'{"errors": ["a", "b"]}', '["a", "b"]', id="errors"),
        pytest.param(b"{}", "", id="nothing"),
        pytest.param(b'["no"]', "", id="a_list"),
        pytest.param(b"<html>no</html>", "", id="html"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"[" * 100_000, "", id="too_deep"),
    ],
)
def test_the_vendors_message_is_taken_out_of_a_refusal(body: bytes, message: str) -> None:
    assert FEED.read_error(Response(403, {}, body)) == message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-AUTH-TOKEN", "secret-token"),
        ("Accept", "application/json"),
        ("User-Agent", f"airflow-provider-circle/{__version__}"),
    ],
)
def test_every_request_carries_a_header(name: str, value: str) -> None:
    assert FEED.headers[name] == value


def test_endpoints_are_directly_below_the_address() -> None:
    assert FEED.base_url == "https://feed.example/api/v1"


def test_the_token_is_in_no_repr() -> None:
    assert "secret-token" not in repr(FEED)


def test_a_token_may_ask_30_times_a_minute() -> None:
    assert REQUESTS_PER_MINUTE == 30
