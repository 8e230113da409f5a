"""
Checkout keys: the SSH keys a project's jobs read its repository with.

A fingerprint is one segment of the path: the colons of an MD5 one and the slashes of a SHA-256 one are escaped.
"""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.vendors.circleci.endpoints._paging import PAGES, V2

__all__ = ["CREATE_CHECKOUT_KEY", "DELETE_CHECKOUT_KEY", "GET_CHECKOUT_KEY", "LIST_CHECKOUT_KEYS"]

_ALL = "/project/{project_slug:path}/checkout-key"

LIST_CHECKOUT_KEYS = Endpoint("GET", _ALL, V2 + "listCheckoutKeys", pages=PAGES)
CREATE_CHECKOUT_KEY = Endpoint("POST", _ALL, V2 + "createCheckoutKey")
GET_CHECKOUT_KEY = Endpoint("GET", _ALL + "/{fingerprint}", V2 + "getCheckoutKey")
DELETE_CHECKOUT_KEY = Endpoint("DELETE", _ALL + "/{fingerprint}", V2 + "deleteCheckoutKey")
