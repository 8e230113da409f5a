"""A task that hands CircleCI the value of an environment variable, which is a secret."""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, Variable, task

from airflow_provider_circle.hooks.circleci import CircleCIHook

with DAG(
    "circleci_secrets",
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    is_paused_upon_creation=False,
    default_args={"retries": 0},
):

    @task
    def tell() -> None:
        """Write the value into a context and a project."""
        value = Variable.get("context_variable")
        with CircleCIHook(request_attempts=1) as hook:
            context_id = hook.create_context("deploy", owner_slug="gh/acme")["id"]
            hook.set_context_env_var(context_id, "DEPLOY_KEY", value)
            hook.create_env_var("DEPLOY_KEY", value, "gh/acme/app")

    tell()
