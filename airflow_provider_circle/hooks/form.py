"""
The connection form for Airflow before 3.2, derived from the provider's metadata.

Newer Airflow reads the metadata itself and never comes here. The form library is imported only when a form is built.
"""

from __future__ import annotations

from typing import Any

from airflow_provider_circle.get_provider_info import get_provider_info

__all__ = ["form_behaviour", "form_widgets"]


def form_behaviour(conn_type: str) -> dict[str, Any]:
    """Say which standard fields a form shows, under which labels and with which placeholders."""
    behaviour = _connection_type(conn_type)["ui-field-behaviour"]
    return {
        "hidden_fields": behaviour["hidden-fields"],
        "relabeling": behaviour["relabeling"],
        "placeholders": behaviour["placeholders"],
    }


def form_widgets(conn_type: str) -> dict[str, Any]:
    """Build a form field for each extra of a connection type."""
    from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
    from wtforms import BooleanField, PasswordField, StringField

    widgets: dict[str, Any] = {}
    for name, described in _connection_type(conn_type)["conn-fields"].items():
        schema = described["schema"]
        arguments = {"label": described["label"], "description": described["description"]}
        if "boolean" in schema["type"]:
            widgets[name] = BooleanField(**arguments, default=schema.get("default"))
        elif schema.get("format") == "password":
            widgets[name] = PasswordField(**arguments, widget=BS3PasswordFieldWidget())
        else:
            # Numbers as well: Airflow allows no field for a fraction or for a number left empty.
            widgets[name] = StringField(**arguments, widget=BS3TextFieldWidget(), default=schema.get("default"))
    return widgets


def _connection_type(conn_type: str) -> dict[str, Any]:
    types: list[dict[str, Any]] = get_provider_info()["connection-types"]
    return {described["connection-type"]: described for described in types}[conn_type]
