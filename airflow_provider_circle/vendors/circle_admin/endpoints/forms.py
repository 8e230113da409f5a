"""Forms and what was submitted through them."""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circle_admin.endpoints._paging import PAGES, SOURCE

__all__ = [
    "CREATE_FORM_SUBMISSION",
    "DELETE_FORM",
    "DUPLICATE_FORM",
    "GET_FORM",
    "LIST_FORMS",
    "LIST_FORM_SUBMISSIONS",
    "UPDATE_FORM",
]

LIST_FORMS = Endpoint("GET", "/forms", SOURCE, pages=PAGES)
GET_FORM = Endpoint("GET", "/forms/{id}", SOURCE)
UPDATE_FORM = Endpoint("PUT", "/forms/{id}", SOURCE)
DELETE_FORM = Endpoint("DELETE", "/forms/{id}", SOURCE)
DUPLICATE_FORM = Endpoint("POST", "/forms/{id}/duplicate", SOURCE)
LIST_FORM_SUBMISSIONS = Endpoint("GET", "/forms/{form_id}/submissions", SOURCE, pages=PAGES)
CREATE_FORM_SUBMISSION = Endpoint("POST", "/forms/{form_id}/submissions", SOURCE)
