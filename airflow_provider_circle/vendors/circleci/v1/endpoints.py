"""
CircleCI's API v1.1, one line of data per operation.

``{branch}`` is escaped whole, its slashes too; a build is named by its project and its number there.
"""

from __future__ import annotations

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.paging import NoPages, OffsetPages
from airflow_provider_circle.vendors.circleci.v1.service import SOURCE

__all__ = [
    "ADD_SSH_USER",
    "BUILDS_PER_PAGE",
    "CANCEL_BUILD",
    "CREATE_CHECKOUT_KEY",
    "CREATE_SSH_KEY",
    "DELETE_CHECKOUT_KEY",
    "DELETE_SSH_KEY",
    "FOLLOW_PROJECT",
    "GET_BUILD",
    "GET_CHECKOUT_KEY",
    "GET_ME",
    "LIST_BRANCH_BUILDS",
    "LIST_BUILD_ARTIFACTS",
    "LIST_BUILD_TESTS",
    "LIST_CHECKOUT_KEYS",
    "LIST_FOLLOWED_PROJECTS",
    "LIST_LATEST_ARTIFACTS",
    "LIST_PROJECT_BUILDS",
    "LIST_RECENT_BUILDS",
    "RETRY_BUILD",
    "TRIGGER_BRANCH_BUILD",
    "TRIGGER_BUILD",
]

BUILDS_PER_PAGE = 100
"""The most the service gives; its own default is 30."""

_PAGES = OffsetPages(limit="limit", most=BUILDS_PER_PAGE)
_PROJECT = "/project/{project:path}"
_BUILD = _PROJECT + "/{build_num}"

GET_ME = Endpoint("GET", "/me", SOURCE)
LIST_FOLLOWED_PROJECTS = Endpoint("GET", "/projects", SOURCE)
FOLLOW_PROJECT = Endpoint("POST", _PROJECT + "/follow", SOURCE, repeatable=True)

LIST_RECENT_BUILDS = Endpoint("GET", "/recent-builds", SOURCE, pages=_PAGES)
LIST_PROJECT_BUILDS = Endpoint("GET", _PROJECT, SOURCE, pages=_PAGES)
LIST_BRANCH_BUILDS = Endpoint("GET", _PROJECT + "/tree/{branch}", SOURCE, pages=_PAGES)
GET_BUILD = Endpoint("GET", _BUILD, SOURCE)
LIST_BUILD_ARTIFACTS = Endpoint("GET", _BUILD + "/artifacts", SOURCE)
LIST_LATEST_ARTIFACTS = Endpoint("GET", _PROJECT + "/latest/artifacts", SOURCE)
LIST_BUILD_TESTS = Endpoint("GET", _BUILD + "/tests", SOURCE, pages=NoPages(records="tests"))

TRIGGER_BUILD = Endpoint("POST", _PROJECT, SOURCE)
TRIGGER_BRANCH_BUILD = Endpoint("POST", _PROJECT + "/tree/{branch}", SOURCE)
RETRY_BUILD = Endpoint("POST", _BUILD + "/retry", SOURCE)
# A build that was canceled, or has ended, stays as it is when it is canceled again.
CANCEL_BUILD = Endpoint("POST", _BUILD + "/cancel", SOURCE, repeatable=True)
# Adds the token's own user: who is in already, stays in.
ADD_SSH_USER = Endpoint("POST", _BUILD + "/ssh-users", SOURCE, repeatable=True)

CREATE_SSH_KEY = Endpoint("POST", _PROJECT + "/ssh-key", SOURCE)
DELETE_SSH_KEY = Endpoint("DELETE", _PROJECT + "/ssh-key", SOURCE)
LIST_CHECKOUT_KEYS = Endpoint("GET", _PROJECT + "/checkout-key", SOURCE)
CREATE_CHECKOUT_KEY = Endpoint("POST", _PROJECT + "/checkout-key", SOURCE)
GET_CHECKOUT_KEY = Endpoint("GET", _PROJECT + "/checkout-key/{fingerprint}", SOURCE)
DELETE_CHECKOUT_KEY = Endpoint("DELETE", _PROJECT + "/checkout-key/{fingerprint}", SOURCE)
