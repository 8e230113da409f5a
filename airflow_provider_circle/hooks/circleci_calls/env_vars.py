"""
Calls about environment variables of projects and contexts.

Values are secrets: they are masked before anything else happens to them, and no message quotes them. CircleCI itself
never gives one back whole.
"""

from __future__ import annotations

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.hooks.circleci_calls.discreet import discreet
from airflow_provider_circle.vendors.circleci.arguments import checked_uuid
from airflow_provider_circle.vendors.circleci.endpoints import contexts, env_vars
from airflow_provider_circle.vendors.circleci.env_vars import checked_env_var_name, checked_env_var_value

__all__ = ["EnvVarCalls"]


class EnvVarCalls(CircleCICalls):
    """List, set and delete environment variables."""

    @stream
    def list_env_vars(self, caller: Caller, project_slug: str | None = None) -> Walk[None]:
        """
        List a project's environment variables.

        :param project_slug: the connection's default project where left out.
        :return: records ``{"name", "value", "created-at"}``; of the value ``xxxx`` and its last four characters.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/listEnvVars
        """
        return pages(caller, env_vars.LIST_ENV_VARS, path={"project_slug": self.project_slug(project_slug)})

    @operation
    def create_env_var(
        self, caller: Caller, name: str, value: str, project_slug: str | None = None
    ) -> Walk[JsonObject]:
        """
        Give a project an environment variable; one of the same name is overwritten.

        :param value: secret; masked in the log from now on, where Airflow masks texts of its length.
        :param project_slug: the connection's default project where left out.
        :return: ``{"name", "value", "created-at"}``; of the value ``xxxx`` and its last four characters.
        :raises ValueError: the name cannot be one, or the value is no text; the message quotes neither.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/createEnvVar
        """
        body = {"value": checked_env_var_value("value", value), "name": checked_env_var_name("name", name)}
        path = {"project_slug": self.project_slug(project_slug)}
        return call(discreet(caller, [value]), env_vars.CREATE_ENV_VAR, path=path, json=body)

    @operation
    def get_env_var(self, caller: Caller, name: str, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Read a project's environment variable.

        :param project_slug: the connection's default project where left out.
        :return: ``{"name", "value", "created-at"}``; of the value ``xxxx`` and its last four characters.
        :raises NotFound: no such project or variable.

        Source: https://circleci.com/docs/api/v2/#operation/getEnvVar
        """
        return call(caller, env_vars.GET_ENV_VAR, path=self._env_var(name, project_slug))

    @operation
    def delete_env_var(self, caller: Caller, name: str, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Delete a project's environment variable.

        :param project_slug: the connection's default project where left out.
        :return: ``{"message"}``.
        :raises NotFound: no such project or variable.

        Source: https://circleci.com/docs/api/v2/#operation/deleteEnvVar
        """
        return call(caller, env_vars.DELETE_ENV_VAR, path=self._env_var(name, project_slug))

    @stream
    def list_context_env_vars(self, caller: Caller, context_id: str) -> Walk[None]:
        """
        List a context's environment variables, without their values.

        :param context_id: UUID.
        :return: records ``{"variable", "created_at", "updated_at", "context_id"}``.
        :raises NotFound: no such context.

        Source: https://circleci.com/docs/api/v2/#operation/listEnvironmentVariablesFromContext
        """
        path = {"context_id": checked_uuid("context_id", context_id)}
        return pages(caller, contexts.LIST_CONTEXT_ENV_VARS, path=path)

    @operation
    def set_context_env_var(self, caller: Caller, context_id: str, name: str, value: str) -> Walk[JsonObject]:
        """
        Give a context an environment variable, or another value to one it has.

        :param context_id: UUID.
        :param value: secret; masked in the log from now on, where Airflow masks texts of its length.
        :return: ``{"variable", "created_at", "updated_at", "context_id"}``.
        :raises ValueError: the name cannot be one, or the value is no text; the message quotes neither.
        :raises NotFound: no such context.

        Source: https://circleci.com/docs/api/v2/#operation/addEnvironmentVariableToContext
        """
        body = {"value": checked_env_var_value("value", value)}
        path = _context_env_var(context_id, name)
        return call(discreet(caller, [value]), contexts.SET_CONTEXT_ENV_VAR, path=path, json=body)

    @operation
    def delete_context_env_var(self, caller: Caller, context_id: str, name: str) -> Walk[JsonObject]:
        """
        Delete a context's environment variable.

        :param context_id: UUID.
        :return: ``{"message"}``.
        :raises NotFound: no such context or variable.

        Source: https://circleci.com/docs/api/v2/#operation/deleteEnvironmentVariableFromContext
        """
        return call(caller, contexts.DELETE_CONTEXT_ENV_VAR, path=_context_env_var(context_id, name))

    def _env_var(self, name: str, project_slug: str | None) -> dict[str, str]:
        return {"project_slug": self.project_slug(project_slug), "name": checked_env_var_name("name", name)}


def _context_env_var(context_id: str, name: str) -> dict[str, str]:
    return {
        "context_id": checked_uuid("context_id", context_id),
        "env_var_name": checked_env_var_name("name", name),
    }
