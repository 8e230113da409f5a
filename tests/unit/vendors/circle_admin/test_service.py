from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_circle import __version__
from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.walk import call
from airflow_provider_circle.exceptions import CircleError, Forbidden, Invalid, NotFound, Unauthorized
from airflow_provider_circle.vendors.circle_admin.service import circle_admin_v1, circle_admin_v2
from tests.unit.vendors.answering import Answering, in_turn, reply

V2 = circle_admin_v2("https://app.circle.so", "secret-token", timeout_s=5.0, verify="/etc/ca.pem")
V1 = circle_admin_v1("https://app.circle.so", "secret-token", 22210, timeout_s=5.0, verify="/etc/ca.pem")
THING = Endpoint("GET", "/thing", "https://api.circle.so/apis/admin-api")

MISSING = "Oops! Missing record. Please try again later."


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({"success": False, "message": "No.", "error_details": {}}, "No.", id="no_details"),
        pytest.param({"success": False, "message": "No.", "error_details": []}, "No.", id="empty_list"),
        pytest.param({"success": False, "message": "No.", "error_details": None}, "No.", id="null"),
        pytest.param({"success": False, "message": "No.", "error_details": ""}, "No.", id="empty_text"),
        pytest.param({"success": False, "message": "No."}, "No.", id="left_out"),
        pytest.param({"message": "No.", "error_details": "Too long"}, "No.; Too long", id="text"),
        pytest.param({"message": "Too long", "error_details": "Too long"}, "Too long", id="said_twice"),
        pytest.param(
            {"message": "No.", "error_details": ["Too long", "Too late"]}, "No.; Too long, Too late", id="list"
        ),
        pytest.param(
            {"message": MISSING, "error_details": {"message": "Missing record: space"}},
            f"{MISSING}; Missing record: space",
            id="message_in_details",
        ),
        pytest.param(
            {"message": "Failed.", "error_details": {"name": ["can't be blank", "is short"], "slug": "is taken"}},
            "Failed.; name can't be blank, is short, slug is taken",
            id="by_attribute",
        ),
        pytest.param({"success": False, "errors": "Daily limit."}, "Daily limit.", id="errors_text"),
        pytest.param({"success": False, "errors": ["One.", "Two."]}, "One., Two.", id="errors_list"),
        pytest.param({"status": 500, "error": "Internal Server Error"}, "Internal Server Error", id="rails"),
        pytest.param({"status": "unauthorized", "message": "No account."}, "No account.", id="v1"),
        pytest.param({"message": 7, "error_details": {"count": 3}}, "", id="no_texts"),
        pytest.param({}, "", id="nothing"),
        pytest.param(["no"], "", id="a_list"),
        pytest.param(None, "", id="a_null"),
    ],
)
def test_the_vendors_message_is_taken_out_of_a_refusal(body: Any, message: str) -> None:
    assert V2.read_error(Response(422, {}, json.dumps(body).encode())) == message


@pytest.mark.parametrize("body", [b"<html>Down</html>", b"", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_says_nothing(body: bytes) -> None:
    assert V2.read_error(Response(503, {}, body)) == ""


@pytest.mark.parametrize(
    ("service", "name", "value"),
    [
        pytest.param(V2, "Authorization", "Bearer secret-token", id="v2"),
        pytest.param(V1, "Authorization", "Token secret-token", id="v1"),
        pytest.param(V2, "Accept", "application/json", id="accept"),
        pytest.param(V1, "User-Agent", f"airflow-provider-circle/{__version__}", id="agent"),
    ],
)
def test_every_request_carries_a_header(service: Any, name: str, value: str) -> None:
    assert THING.request(service).headers[name] == value


@pytest.mark.parametrize(
    ("service", "url"),
    [
        pytest.param(V2, "https://app.circle.so/api/admin/v2/thing?page=2", id="v2"),
        pytest.param(V1, "https://app.circle.so/api/v1/thing?community_id=22210&page=2", id="v1"),
    ],
)
def test_a_request_goes_to_its_version(service: Any, url: str) -> None:
    assert THING.request(service, query={"page": 2}).url == url


@pytest.mark.parametrize("service", [V2, V1], ids=["v2", "v1"])
@pytest.mark.parametrize(("attribute", "value"), [("timeout_s", 5.0), ("verify", "/etc/ca.pem")])
def test_a_service_is_reached_as_its_connection_says(service: Any, attribute: str, value: Any) -> None:
    assert getattr(service, attribute) == value


@pytest.mark.parametrize("service", [V2, V1], ids=["v2", "v1"])
def test_the_token_is_in_no_repr(service: Any) -> None:
    assert "secret-token" not in repr(service)


@pytest.mark.parametrize(
    ("body", "error", "told"),
    [
        pytest.param(
            {"status": "unauthorized", "message": "No."}, Unauthorized, "answered 401: No.", id="unauthorized"
        ),
        pytest.param({"success": False, "message": "Taken."}, Invalid, "answered 422: Taken.", id="failed"),
        pytest.param({"success": False, "errors": "Taken."}, Invalid, "answered 422: Taken.", id="failed_with_errors"),
        pytest.param(None, NotFound, "answered 404", id="null"),
    ],
)
def test_v1_fails_under_status_200(body: Any, error: type[CircleError], told: str) -> None:
    with pytest.raises(error, match=told):
        Answering(V1, in_turn(reply(body))).run(call_of(V1))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"success": True, "message": "Done."}, id="success"),
        pytest.param({"id": 1, "status": "active"}, id="a_record_with_a_status"),
        pytest.param({"success": None}, id="success_unknown"),
    ],
)
def test_v1_succeeds_otherwise(body: Any) -> None:
    assert Answering(V1, in_turn(reply(body))).run(call_of(V1)) == body


def test_a_refused_token_type_is_told_with_the_vendors_words() -> None:
    body = {"success": False, "message": "The community is not eligible for admin API v2 access.", "error_details": {}}

    with pytest.raises(Forbidden, match="not eligible"):
        Answering(V2, in_turn(reply(body, 403))).run(call_of(V2))


def call_of(service: Any) -> Any:
    return call(Answering(service, in_turn()).caller, THING)
