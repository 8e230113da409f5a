"""
The assets that webhooks update: one address for the DAG that schedules on them and for the receiver.

Nothing here is imported that a DAG file would have to pay for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from airflow_provider_circle.vendors.circa.push import RESOURCES
from airflow_provider_circle.vendors.circleci.slug import project_slug_of
from airflow_provider_circle.vendors.circleci.webhooks import EVENTS, WORKFLOW_COMPLETED

if TYPE_CHECKING:
    from airflow.sdk import Asset

__all__ = ["CONN_ID", "circa_asset", "circa_uri", "circleci_asset", "circleci_uri"]

CONN_ID = re.compile(r"[A-Za-z0-9_.-]{1,200}")
"""Connections that can be named in a webhook's address and in an asset's."""

_ANY_CASE = ("gh/", "bb/")
"""Code hosts that take ``Acme`` and ``acme`` for the same; ids in other slugs are written in one way only."""


def circleci_asset(project_slug: str, event: str = WORKFLOW_COMPLETED) -> Asset:
    """
    Name the asset that is updated whenever a workflow, or a job, of a project ends.

    Each event's ``extra`` holds ``delivery_id``, ``conn_id``, ``type``, ``happened_at``, ``project_slug`` and, as far
    as CircleCI says them, ``status``, ``pipeline_id``, ``pipeline_number``, ``workflow_id``, ``workflow_name``,
    ``workflow_url``, ``job_id``, ``job_name``, ``job_number``, ``branch``, ``tag`` and ``revision``. The status is the
    job's for a job and the workflow's for a workflow: failures are told, too.

    :param project_slug: ``gh/org/repo``, ``bb/…`` or ``circleci/…``; capital letters do not matter in the first two.
    :param event: ``workflow-completed`` or ``job-completed``, as chosen for the webhook in CircleCI.
    :raises ValueError: no such slug or event.
    :raises RuntimeError: Airflow is older than 3.1, whose API server receives nothing.
    """
    return _asset(circleci_uri(project_slug, event))


def circa_asset(resource: str, conn_id: str = "circa_default") -> Asset:
    """
    Name the asset that is updated whenever Circa tells of changes.

    Each event's ``extra`` holds ``delivery_id``, ``conn_id``, ``happened_at``, ``resource``, ``changed`` (how many),
    ``actions`` (how many of ``create``, ``update``, ``delete``), ``changes`` (the first 100: ``{"action", "id"}``, for
    a contact of an event also ``parent_id``) and ``changes_left_out``. Changes made over Circa's API are never told.

    :param resource: ``events``, ``contacts``, ``event_contacts``, ``companies`` or ``fields``.
    :param conn_id: the connection in the notification URL.
    :raises ValueError: no such resource, or a connection id that cannot be part of an address.
    :raises RuntimeError: Airflow is older than 3.1, whose API server receives nothing.
    """
    return _asset(circa_uri(resource, conn_id))


def circleci_uri(project_slug: str, event: str) -> str:
    """Write the address of a CircleCI asset."""
    if event not in EVENTS:
        raise ValueError(f"event must be one of {', '.join(EVENTS)}, got {event!r}")
    slug = project_slug_of(project_slug)
    return f"circleci://{slug.lower() if slug.startswith(_ANY_CASE) else slug}/{event}"


def circa_uri(resource: str, conn_id: str) -> str:
    """Write the address of a Circa asset."""
    if resource not in RESOURCES.values():
        raise ValueError(f"resource must be one of {', '.join(RESOURCES.values())}, got {resource!r}")
    if not isinstance(conn_id, str) or not CONN_ID.fullmatch(conn_id):
        raise ValueError(f"conn_id must be made of letters, digits, '_', '-' and '.', got {conn_id!r}")
    return f"circa://{conn_id}/{resource}"


def _asset(uri: str) -> Asset:
    from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

    if not AIRFLOW_V_3_1_PLUS:
        raise RuntimeError(
            "webhooks are received by the API server of Airflow 3.1 and newer; poll with a sensor instead"
        )
    from airflow.sdk import Asset

    return Asset(uri=uri)
