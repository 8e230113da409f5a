"""The CircleCI hook names a mistake before anything is sent."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import SLUG, UNKNOWN_ID, Flavour, both, call


class Mistake(NamedTuple):
    name: str
    args: tuple[Any, ...]
    options: dict[str, Any]
    message: str


MISTAKES: dict[str, Mistake] = {
    "no_project": Mistake("get_project", (), {}, "project_slug is missing"),
    "no_slug": Mistake("get_project", ("acme/web",), {}, "project_slug must look like"),
    "slug_that_climbs": Mistake("list_pipelines", ("gh/acme/..",), {}, "project_slug must look like"),
    "branch_and_tag": Mistake(
        "trigger_pipeline", (SLUG,), {"branch": "a", "tag": "b"}, "branch and tag exclude each other"
    ),
    "empty_branch": Mistake("trigger_pipeline", (SLUG,), {"branch": ""}, "branch must be"),
    "empty_definition": Mistake("trigger_pipeline", (SLUG,), {"definition_id": ""}, "definition_id must be"),
    "float_parameter": Mistake("trigger_pipeline", (SLUG,), {"parameters": {"a": 1.5}}, r"parameters\['a'\]"),
    "null_parameter": Mistake("trigger_pipeline", (SLUG,), {"parameters": {"a": None}}, r"parameters\['a'\]"),
    "branch_and_tag_of_a_search": Mistake(
        "find_started_pipeline",
        (SLUG,),
        {"began_s": 0.0, "branch": "a", "tag": "b"},
        "branch and tag exclude each other",
    ),
    "empty_continuation_key": Mistake("continue_pipeline", ("", "version: 2.1"), {}, "continuation_key must be"),
    "empty_configuration": Mistake("continue_pipeline", ("key", ""), {}, "configuration must be"),
    "configuration_is_no_text": Mistake("continue_pipeline", ("key", {"version": 2.1}), {}, "configuration must be"),
    "bad_parameter_of_a_continuation": Mistake("continue_pipeline", ("key", "v", {"a": []}), {}, r"parameters\['a'\]"),
    "empty_pipeline_id": Mistake("get_pipeline", ("",), {}, "pipeline_id must be"),
    "no_organization_of_pipelines": Mistake("list_organization_pipelines", (None,), {}, "org_slug must be"),
    "empty_organization_of_pipelines": Mistake("list_organization_pipelines", ("",), {}, "org_slug must be"),
    "pipeline_id_that_climbs": Mistake("get_pipeline_config", ("..",), {}, "pipeline_id must be"),
    "empty_workflow_id": Mistake("get_workflow", ("",), {}, "workflow_id must be"),
    "empty_workflow_id_of_a_list": Mistake("list_workflow_jobs", ("",), {}, "workflow_id must be"),
    "empty_workflow_id_of_a_cancel": Mistake("cancel_workflow", ("",), {}, "workflow_id must be"),
    "empty_approval_request_id": Mistake("approve_job", (UNKNOWN_ID, ""), {}, "approval_request_id must be"),
    "number_that_is_none": Mistake("get_job", ("seven", SLUG), {}, "job_number must be a whole number"),
    "number_below_one": Mistake("cancel_job", (0, SLUG), {}, "job_number must be a whole number"),
    "number_of_a_list": Mistake("list_job_tests", (-1, SLUG), {}, "job_number must be a whole number"),
    "pipeline_number": Mistake("get_pipeline_by_number", (True, SLUG), {}, "pipeline_number must be a whole number"),
    "from_failed_and_jobs": Mistake(
        "rerun_workflow",
        (UNKNOWN_ID,),
        {"from_failed": True, "jobs": ["a"]},
        "from_failed and jobs exclude each other",
    ),
    "sparse_tree_without_jobs": Mistake("rerun_workflow", (UNKNOWN_ID,), {"sparse_tree": True}, "need jobs"),
    "enable_ssh_without_jobs": Mistake("rerun_workflow", (UNKNOWN_ID,), {"enable_ssh": True}, "need jobs"),
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
@both
def test_a_mistake_is_named_before_anything_is_sent(
    sandbox: Sandbox, hook: CircleCIHook, flavour: Flavour, mistake: Mistake
) -> None:
    with pytest.raises(ValueError, match=mistake.message):
        call(hook, mistake.name, flavour, *mistake.args, **mistake.options)

    assert sandbox.requests() == []
