"""Which filters the member directory offers."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import SOURCE

__all__ = [
    "CREATE_FILTER_KIT_CONTROL",
    "DELETE_FILTER_KIT_CONTROL",
    "GET_FILTER_KIT_CONFIGURATION",
    "GET_FILTER_KIT_CONTROL",
    "LIST_FILTER_KIT_CONTROLS",
    "UPDATE_FILTER_KIT_CONTROL",
]

GET_FILTER_KIT_CONFIGURATION = Endpoint("GET", "/filter_kit_configuration", SOURCE)
LIST_FILTER_KIT_CONTROLS = Endpoint("GET", "/filter_kit_controls", SOURCE)
CREATE_FILTER_KIT_CONTROL = Endpoint("POST", "/filter_kit_controls", SOURCE)
GET_FILTER_KIT_CONTROL = Endpoint("GET", "/filter_kit_controls/{id}", SOURCE)
UPDATE_FILTER_KIT_CONTROL = Endpoint("PATCH", "/filter_kit_controls/{id}", SOURCE, repeatable=True)
DELETE_FILTER_KIT_CONTROL = Endpoint("DELETE", "/filter_kit_controls/{id}", SOURCE)
