"""
What Airflow learns about this provider without importing the rest of it: connection types, forms, links, triggers.

The connection forms are described here once; ``hooks/form.py`` derives the forms of older Airflow from them.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_circle import __version__

__all__ = ["get_provider_info"]

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

_CIRCLECI: dict[str, Any] = {
    "connection-type": "circleci",
    "hook-name": "CircleCI",
    "hook-class-name": "airflow_provider_circle.hooks.circleci.CircleCIHook",
    "ui-field-behaviour": {
        # The port stays: without one, Airflow 3.3.1 and 3.3.2 refuse to test a saved connection (apache/airflow#73298).
        "hidden-fields": ["login", "schema", "extra"],
        "relabeling": {"host": "CircleCI address", "password": "Personal API token"},
        "placeholders": {
            "host": "https://circleci.com",
            "port": "443",
            "password": "CCIPAT_…",
            "project_slug": "gh/your-organization/your-repository",
            "timeout_s": "30",
            "verify": "true",
        },
    },
    "conn-fields": {
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
        "requests_per_minute": {
            "label": "Requests per minute",
            "description": "At most this many, shared by all tasks of a process. Empty: no limit but CircleCI's own.",
            "schema": {"type": ["number", "null"], "exclusiveMinimum": 0},
        },
        "timeout_s": _TIMEOUT,
        "verify": _VERIFY,
    },
}


def get_provider_info() -> dict[str, Any]:
    """
    Describe this provider to Airflow.

    :return: what ``airflow.provider_info`` schema asks for; ``package-name`` is the distribution's own.

    Source: https://airflow.apache.org/docs/apache-airflow-providers/howto/create-custom-providers.html
    """
    return {
        "package-name": "airflow-provider-circle",
        "name": "Circle",
        "description": "CircleCI pipelines, triggered and followed to their true end.",
        "versions": [__version__],
        "integrations": [
            {
                "integration-name": "CircleCI",
                "external-doc-url": "https://circleci.com/docs/api/v2/",
                "tags": ["service"],
            }
        ],
        "hooks": [_modules("hooks")],
        "operators": [_modules("operators")],
        "sensors": [_modules("sensors")],
        "triggers": [_modules("triggers")],
        "connection-types": [_CIRCLECI],
        "extra-links": ["airflow_provider_circle.links.circleci.CircleCIPipelineLink"],
    }


def _modules(folder: str) -> dict[str, Any]:
    return {"integration-name": "CircleCI", "python-modules": [f"airflow_provider_circle.{folder}.circleci"]}
