from __future__ import annotations

import pytest

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circa import endpoints
from airflow_provider_circle.vendors.circa.service import circa_v1

CIRCA = circa_v1("https://app.circa.co", "secret-key")
ALL: dict[str, Endpoint] = {
    name: value for name, value in vars(endpoints).items() if isinstance(value, Endpoint) and name.isupper()
}
OPERATIONS = {
    "LIST_TEAMS": "GET /teams",
    "GET_TEAM": "GET /teams/{team_id}",
    "LIST_EVENTS": "GET /events",
    "GET_EVENT": "GET /events/{event_id}",
    "CREATE_EVENT": "POST /events",
    "UPDATE_EVENT": "PATCH /events/{event_id}",
    "DELETE_EVENT": "DELETE /events/{event_id}",
    "LIST_CONTACTS": "GET /contacts",
    "GET_CONTACT": "GET /contacts/{contact_id}",
    "CREATE_CONTACT": "POST /contacts",
    "UPDATE_CONTACT": "PATCH /contacts/{contact_id}",
    "DELETE_CONTACT": "DELETE /contacts/{contact_id}",
    "LIST_COMPANIES": "GET /companies",
    "GET_COMPANY": "GET /companies/{company_id}",
    "CREATE_COMPANY": "POST /companies",
    "UPDATE_COMPANY": "PATCH /companies/{company_id}",
    "DELETE_COMPANY": "DELETE /companies/{company_id}",
    "LIST_COMPANY_CONTACTS": "GET /companies/{company_id}/contacts",
    "LIST_EVENT_CONTACTS": "GET /events/{event_id}/contacts",
    "GET_EVENT_CONTACT": "GET /events/{event_id}/contacts/{contact_id}",
    "ADD_EVENT_CONTACT": "POST /events/{event_id}/contacts",
    "UPDATE_EVENT_CONTACT": "PATCH /events/{event_id}/contacts/{contact_id}",
    "DELETE_EVENT_CONTACT": "DELETE /events/{event_id}/contacts/{contact_id}",
    "LIST_EVENT_STAFF": "GET /events/{event_id}/staff",
    "LIST_EVENT_EXPENSES": "GET /events/{event_id}/expenses",
    "START_EXPORT": "POST /events/{event_id}/contacts/exports",
    "GET_EXPORT": "GET /events/{event_id}/contacts/exports/{export_id}",
    "DELETE_EXPORT": "DELETE /events/{event_id}/contacts/exports/{export_id}",
    "LIST_FIELDS": "GET /fields",
    "GET_FIELD": "GET /fields/{field_id}",
}


def test_every_operation_is_there() -> None:
    assert {name: f"{endpoint.method} {endpoint.path}" for name, endpoint in ALL.items()} == OPERATIONS


@pytest.mark.parametrize(("name", "endpoint"), ALL.items())
def test_only_a_post_is_not_repeated(name: str, endpoint: Endpoint) -> None:
    assert endpoint.idempotent == (endpoint.method != "POST")


@pytest.mark.parametrize(("name", "endpoint"), ALL.items())
def test_an_operation_says_where_it_is_described(name: str, endpoint: Endpoint) -> None:
    assert endpoint.source.startswith("https://docs.circa.co/")


def test_an_id_cannot_reach_another_resource() -> None:
    url = ALL["GET_CONTACT"].request(CIRCA, path={"contact_id": "x/../y?z"}).url

    assert url == "https://app.circa.co/api/v1/contacts/x%2F..%2Fy%3Fz"
