"""
All resources there are.

Knows the whole and no detail. Their order is that in which they are made up: those others belong to come first.
"""

from __future__ import annotations

from airflow_provider_circle.sandbox.circle_admin.access import ACCESS
from airflow_provider_circle.sandbox.circle_admin.contacts import CONTACTS
from airflow_provider_circle.sandbox.circle_admin.courses import COURSES
from airflow_provider_circle.sandbox.circle_admin.events import EVENTS
from airflow_provider_circle.sandbox.circle_admin.forms import FORMS
from airflow_provider_circle.sandbox.circle_admin.members import MEMBERS
from airflow_provider_circle.sandbox.circle_admin.money import MONEY
from airflow_provider_circle.sandbox.circle_admin.posts import POSTS
from airflow_provider_circle.sandbox.circle_admin.resource import Resource
from airflow_provider_circle.sandbox.circle_admin.spaces import SPACES
from airflow_provider_circle.sandbox.circle_admin.tags import TAGS

__all__ = ["RESOURCES"]

_FIRST = ("community_members", "member_tags", "space_groups", "spaces", "posts")
_ALL = {
    resource.name: resource
    for resource in (*MEMBERS, *TAGS, *CONTACTS, *SPACES, *POSTS, *EVENTS, *ACCESS, *COURSES, *FORMS, *MONEY)
}

RESOURCES: tuple[Resource, ...] = (
    *(_ALL[name] for name in _FIRST),
    *(resource for name, resource in _ALL.items() if name not in _FIRST),
)
