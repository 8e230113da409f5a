from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle import __version__
from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.vendors.circleci.service import circleci_v2, pipeline_url, workflow_url

CLOUD = circleci_v2("https://circleci.com", "secret-token")
SERVER = circleci_v2("https://ci.example:8443/base", "secret-token", timeout_s=5.0, verify="/etc/ca.pem")
WORKFLOW: JsonObject = {"id": "5034460f", "project_slug": "gh/acme/web", "pipeline_number": 25}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b'{"message": "Project not found"}', "Project not found", id="message"),
        pytest.param(b'{"error": "not allowed"}', "not allowed", id="error"),
        pytest.param(b'{"message": "", "error": "not allowed"}', "not allowed", id="empty_message"),
        pytest.param(b'{"message": {"branch": ["too long"]}}', '{"branch": ["too long"]}', id="structured"),
        pytest.param(b"{}", "", id="neither"),
        pytest.param(b'["no"]', "", id="a_list"),
        pytest.param(b"null", "", id="null"),
        pytest.param(b"<html>Not found</html>", "", id="html"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"\xff\xfe", "", id="no_text"),
        pytest.param(b"[" * 100_000, "", id="too_deep"),
    ],
)
def test_the_vendors_message_is_taken_out_of_a_refusal(body: bytes, message: str) -> None:
    assert CLOUD.read_error(Response(404, {}, body)) == message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Circle-Token", "secret-token"),
        ("Accept", "application/json"),
        ("User-Agent", f"airflow-provider-circle/{__version__}"),
    ],
)
def test_every_request_carries_a_header(name: str, value: str) -> None:
    assert CLOUD.headers[name] == value


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("base_url", "https://ci.example:8443/base/api/v2"),
        ("timeout_s", 5.0),
        ("verify", "/etc/ca.pem"),
    ],
)
def test_a_server_is_reached_as_its_connection_says(attribute: str, value: Any) -> None:
    assert getattr(SERVER, attribute) == value


def test_the_token_is_in_no_repr() -> None:
    assert "secret-token" not in repr(CLOUD)


def test_a_pipeline_of_the_cloud_is_found_in_the_web_application() -> None:
    assert pipeline_url(CLOUD, "gh/acme/web", 25) == "https://app.circleci.com/pipelines/gh/acme/web/25"


def test_a_pipeline_of_a_server_is_found_on_its_own_host() -> None:
    assert pipeline_url(SERVER, "gh/acme/web", 25) == "https://ci.example:8443/base/pipelines/gh/acme/web/25"


def test_a_pipeline_without_a_number_has_no_page() -> None:
    assert pipeline_url(CLOUD, "gh/acme/web", None) is None


def test_another_host_that_ends_like_the_cloud_is_not_the_cloud() -> None:
    service = circleci_v2("https://notcircleci.com", "t")

    assert pipeline_url(service, "gh/acme/web", 1) == "https://notcircleci.com/pipelines/gh/acme/web/1"


def test_what_a_slug_holds_cannot_change_the_page() -> None:
    assert pipeline_url(CLOUD, "gh/acme/we b?x", 1) == "https://app.circleci.com/pipelines/gh/acme/we%20b%3Fx/1"


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        pytest.param({}, "https://app.circleci.com/pipelines/gh/acme/web/25/workflows/5034460f", id="complete"),
        pytest.param({"id": None}, "https://app.circleci.com/pipelines/gh/acme/web/25", id="without_id"),
        pytest.param({"pipeline_number": None}, None, id="without_number"),
        pytest.param({"project_slug": None}, None, id="without_slug"),
    ],
)
def test_a_workflow_is_found_below_its_pipeline(changes: JsonObject, url: str | None) -> None:
    assert workflow_url(CLOUD, WORKFLOW | changes) == url
