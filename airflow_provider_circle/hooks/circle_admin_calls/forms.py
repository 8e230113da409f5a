"""Calls about forms and what was submitted through them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circle_admin_calls.base import CircleAdminCalls
from airflow_provider_circle.vendors.circle_admin.arguments import checked_fields, checked_id
from airflow_provider_circle.vendors.circle_admin.endpoints import forms

__all__ = ["FormCalls"]


class FormCalls(CircleAdminCalls):
    """List, read, change and delete forms; list and add submissions."""

    @stream
    def list_forms(self, caller: Caller, *, name: str | None = None) -> Walk[None]:
        """
        List the forms, 100 per request.

        :param name: only those with this name.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "forms", name=name)

    @operation
    def get_form(self, caller: Caller, form_id: int | str) -> Walk[JsonObject]:
        """
        Read a form.

        :raises NotFound: no such form.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, forms.GET_FORM, path={"id": checked_id("form_id", form_id)})

    @operation
    def update_form(self, caller: Caller, form_id: int | str, fields: Mapping[str, Any]) -> Walk[JsonObject]:
        """
        Change a form.

        :param fields: attributes to set, named as in the API.
        :return: the form.

        Source: https://api.circle.so/apis/admin-api
        """
        path = {"id": checked_id("form_id", form_id)}
        return self.ask(caller, forms.UPDATE_FORM, path=path, json=checked_fields("fields", fields))

    @operation
    def duplicate_form(self, caller: Caller, form_id: int | str) -> Walk[JsonObject]:
        """
        Copy a form.

        :return: the copy.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, forms.DUPLICATE_FORM, path={"id": checked_id("form_id", form_id)})

    @operation
    def delete_form(self, caller: Caller, form_id: int | str) -> Walk[JsonObject]:
        """
        Delete a form.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.ask(caller, forms.DELETE_FORM, path={"id": checked_id("form_id", form_id)})

    @stream
    def list_form_submissions(self, caller: Caller, form_id: int | str) -> Walk[None]:
        """
        List what was submitted through a form, 100 per request.

        :return: records ``{"id", "created_at", "fields"}``.

        Source: https://api.circle.so/apis/admin-api
        """
        return self.listed(caller, "form_submissions", form_id=form_id)

    @operation
    def create_form_submission(
        self, caller: Caller, form_id: int | str, elements: Sequence[Mapping[str, Any]]
    ) -> Walk[JsonObject]:
        """
        Submit a form. A lost reply is not looked up.

        :param elements: ``{"id", "value"}`` or ``{"id", "value_json"}`` for each of the form's elements.
        :return: ``{"success"}``.

        Source: https://api.circle.so/apis/admin-api
        """
        if not isinstance(elements, Sequence) or not elements:
            raise ValueError("elements must be a list with the answer to at least one element of the form")
        answers = [checked_fields("each of elements", element) for element in elements]
        for answer in answers:
            checked_id("the id of each of elements", answer.get("id"))
        return self.ask(
            caller,
            forms.CREATE_FORM_SUBMISSION,
            path={"form_id": checked_id("form_id", form_id)},
            json={"elements": answers},
        )
