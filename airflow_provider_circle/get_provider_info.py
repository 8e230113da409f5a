"""
What Airflow learns about this provider without importing the rest of it: connection types, forms, links, triggers.

The connection forms are described here once; ``hooks/form.py`` derives the forms of older Airflow from them.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_circle import __version__

__all__ = ["get_provider_info"]

_INTEGRATIONS = {
    "circleci": ("CircleCI", "https://circleci.com/docs/api/v2/"),
    "circle_admin": ("Circle Admin", "https://api.circle.so/"),
    "circa": ("Circa", "https://docs.circa.co/"),
    "circleme": ("CircleMe", "https://www.circleme.com/"),
}
"""Name and documentation by connection type, which is also the name of its modules."""

_TIMEOUT = {
    "label": "Timeout (seconds)",
    "description": "How long one request may take. Empty: 30.",
    "schema": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": 3600},
}
_VERIFY = {
    "label": "Verify certificate",
    "description": "true, false, or the path of a CA bundle on workers and triggerers. Empty: true.",
    "schema": {"type": ["string", "null"]},
}


def _requests_per_minute(empty: str) -> dict[str, Any]:
    return {
        "label": "Requests per minute",
        "description": f"At most this many, shared by all tasks of a process. Empty: {empty}.",
        "schema": {"type": ["number", "null"], "exclusiveMinimum": 0},
    }


def _connection_type(
    conn_type: str,
    name: str,
    hook: str,
    *,
    labels: dict[str, str],
    placeholders: dict[str, str],
    fields: dict[str, Any],
    requests_per_minute: str,
) -> dict[str, Any]:
    """
    Describe a connection type.

    :param name: what people choose it by.
    :param hook: the hook's class.
    :param labels: of the standard fields.
    :param placeholders: of the standard fields and the type's own, but for those all types have.
    :param fields: the type's own.
    :param requests_per_minute: what goes where that field is empty.
    """
    return {
        "connection-type": conn_type,
        "hook-name": name,
        "hook-class-name": f"airflow_provider_circle.hooks.{conn_type}.{hook}",
        "ui-field-behaviour": {
            # The port stays: without one, Airflow 3.3.1 and 3.3.2 refuse to test a saved connection
            # (apache/airflow#73298).
            "hidden-fields": ["login", "schema", "extra"],
            "relabeling": labels,
            "placeholders": {"port": "443", **placeholders, "timeout_s": "30", "verify": "true"},
        },
        "conn-fields": {
            **fields,
            "requests_per_minute": _requests_per_minute(requests_per_minute),
            "timeout_s": _TIMEOUT,
            "verify": _VERIFY,
        },
    }


_CIRCLECI = _connection_type(
    "circleci",
    "CircleCI",
    "CircleCIHook",
    labels={"host": "CircleCI address", "password": "Personal API token"},
    placeholders={
        "host": "https://circleci.com",
        "password": "CCIPAT_…",
        "project_slug": "gh/your-organization/your-repository",
    },
    fields={
        "project_slug": {
            "label": "Default project",
            "description": "Used where an operator or sensor names no project: gh/<organization>/<repository>, "
            "bb/<workspace>/<repository> or circleci/<organization id>/<project id>.",
            "schema": {"type": ["string", "null"]},
        },
        "webhook_secret": {
            "label": "Webhook secret",
            "description": "The secret CircleCI signs its webhooks with, if you receive any.",
            "schema": {"type": ["string", "null"], "format": "password"},
        },
    },
    requests_per_minute="no limit but CircleCI's own",
)

_CIRCLE_ADMIN = _connection_type(
    "circle_admin",
    "Circle community (Admin API)",
    "CircleAdminHook",
    labels={"host": "Circle address", "password": "Admin API token"},
    placeholders={
        "host": "https://app.circle.so",
        "password": "Made under Developers, Tokens",
        "api_version": "v2",
        "community_id": "12345",
    },
    fields={
        "api_version": {
            "label": "API version",
            "description": "The one your token is made for: v2, or v1 for an old token. Empty: v2.",
            "schema": {"type": ["string", "null"], "enum": ["v2", "v1"]},
        },
        "community_id": {
            "label": "Community",
            "description": "The number of the community, asked for by API v1 only; v2 knows it from the token.",
            "schema": {"type": ["string", "null"]},
        },
    },
    requests_per_minute="Circle's limit for an address, 2,000 in 5 minutes, half of them at once",
)

_CIRCA = _connection_type(
    "circa",
    "Circa",
    "CircaHook",
    labels={"host": "Circa address", "password": "API secret key"},
    placeholders={"host": "https://app.circa.co", "password": "From Org Settings, Integrations, API"},
    fields={
        "webhook_secret": {
            "label": "Webhook secret",
            "description": "The unguessable end of the notification URL, if you receive push notifications: 32 to 200 "
            "letters, digits, '.', '_', '~' and '-'.",
            "schema": {"type": ["string", "null"], "format": "password", "pattern": "^([A-Za-z0-9._~-]{32,200})?$"},
        },
    },
    requests_per_minute="no limit but Circa's own",
)

_CIRCLEME = _connection_type(
    "circleme",
    "CircleMe",
    "CircleMeHook",
    labels={"host": "API address", "password": "Access token"},
    placeholders={
        "host": "https://…, the address in your contract",
        "password": "From your CircleMe dashboard",
        "requests_per_minute": "30",
    },
    fields={},
    requests_per_minute="30, which is CircleMe's limit for a token",
)


def get_provider_info() -> dict[str, Any]:
    """
    Describe this provider to Airflow.

    :return: what ``airflow.provider_info`` schema asks for; ``package-name`` is the distribution's own.

    Source: https://airflow.apache.org/docs/apache-airflow-providers/howto/create-custom-providers.html
    """
    return {
        "package-name": "airflow-provider-circle",
        "name": "Circle",
        "description": "CircleCI pipelines followed to their true end; records of Circle, Circa and CircleMe pulled.",
        "versions": [__version__],
        "integrations": [
            {"integration-name": name, "external-doc-url": url, "tags": ["service"]}
            for name, url in _INTEGRATIONS.values()
        ],
        "hooks": _modules("hooks", "circleci", "circleci_v1", "circle_admin", "circa", "circleme"),
        "operators": _modules(
            "operators",
            "circleci",
            "circleci_approval",
            "circleci_artifacts",
            "circleci_cancel",
            "circleci_holds",
            "circleci_runs",
            "circleci_tests",
            "circleci_usage",
            "circleci_v1",
            "circleci_workflows",
            "circle_admin",
            "circa",
            "circleme",
        ),
        "sensors": _modules("sensors", "circleci", "circleci_v1", "circa", "circleme"),
        "triggers": _modules(
            "triggers",
            "circleci",
            "circleci_events",
            "circleci_poll",
            "circleci_usage",
            "circleci_v1",
            "circleci_workflows",
            "circa",
            "circleme",
        ),
        "transfers": [
            {
                "source-integration-name": _INTEGRATIONS[conn_type][0],
                "target-integration-name": target,
                "python-module": f"airflow_provider_circle.transfers.{conn_type}",
            }
            for conn_type in _INTEGRATIONS
            for target in ("Common IO", "Common SQL")
        ],
        "connection-types": [_CIRCLECI, _CIRCLE_ADMIN, _CIRCA, _CIRCLEME],
        "extra-links": [
            f"airflow_provider_circle.links.circleci.CircleCI{of}Link" for of in ("Pipeline", "Workflow", "Build")
        ],
    }


def _modules(folder: str, *names: str) -> list[dict[str, Any]]:
    """Group modules by the service whose name they begin with."""
    grouped: dict[str, list[str]] = {}
    for name in names:
        service = next(conn_type for conn_type in _INTEGRATIONS if f"{name}_".startswith(f"{conn_type}_"))
        grouped.setdefault(service, []).append(f"airflow_provider_circle.{folder}.{name}")
    return [
        {"integration-name": _INTEGRATIONS[service][0], "python-modules": modules}
        for service, modules in grouped.items()
    ]
