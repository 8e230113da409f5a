"""
What an author of DAGs meets in each operator and sensor: what is templated and how it is shown, colors, early errors.

A new operator or sensor gets a line in ``TASKS``.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from airflow.providers.common.compat.sdk import DAG, BaseOperator, XComArg
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS

from airflow_provider_circle.get_provider_info import get_provider_info
from airflow_provider_circle.operators import keywords, words
from tests.unit.test_public import BASES

FILE = {"path": "/tmp/file.jsonl"}  # noqa: S108  # never written
TABLE = {"table": "rows", "sql_conn_id": "warehouse"}

TASKS: Mapping[str, Mapping[str, Any]] = {
    "operators.circa.CircaAddContactToEventOperator": {"event_id": "id", "contact_id": "id"},
    "operators.circa.CircaExportEventContactsOperator": {"event_id": "id", **FILE},
    "operators.circa.CircaPullContactsOperator": FILE,
    "operators.circa.CircaUpsertContactOperator": {"contact": {"email": "ada@example.com"}},
    "operators.circle_admin.CircleAdminCreatePostOperator": {"space_id": 7, "post_name": "News"},
    "operators.circle_admin.CircleAdminInviteMemberOperator": {"member_email": "ada@example.com"},
    "operators.circle_admin.CircleAdminTagMemberOperator": {"member_email": "ada@example.com", "tag": "new"},
    "operators.circleci.CircleCITriggerPipelineOperator": {},
    "operators.circleci_artifacts.CircleCIDownloadArtifactsOperator": {"pipeline_id": "id", **FILE},
    "operators.circleci_cancel.CircleCICancelOperator": {"pipeline_id": "id"},
    "operators.circleci_cancel.CircleCIV1CancelBuildOperator": {"build_num": 7},
    "operators.circleci_holds.CircleCIApproveJobOperator": {"pipeline_id": "id"},
    "operators.circleci_tests.CircleCITestResultsOperator": {"pipeline_id": "id", **FILE},
    "operators.circleci_usage.CircleCIExportUsageOperator": {"org_id": "id", **FILE},
    "operators.circleci_v1.CircleCIV1RetryBuildOperator": {"build_num": 7},
    "operators.circleci_v1.CircleCIV1TriggerBuildOperator": {},
    "operators.circleci_workflows.CircleCIRerunWorkflowOperator": {"workflow_id": "id"},
    "operators.circleme.CircleMeTakeNewCardsOperator": FILE,
    "sensors.circa.CircaContactsChangedSensor": {},
    "sensors.circleci.CircleCIJobSensor": {"job_number": 7},
    "sensors.circleci.CircleCIPipelineSensor": {"pipeline_id": "id"},
    "sensors.circleci.CircleCIWorkflowSensor": {"workflow_id": "id"},
    "sensors.circleci_v1.CircleCIV1BuildSensor": {"build_num": 7},
    "sensors.circleme.CircleMeNewCardsSensor": {},
    "transfers.circa.CircaToObjectStorageOperator": {"stream": "contacts", **FILE},
    "transfers.circa.CircaToSqlOperator": {"stream": "contacts", **TABLE},
    "transfers.circle_admin.CircleAdminToObjectStorageOperator": {"stream": "posts", **FILE},
    "transfers.circle_admin.CircleAdminToSqlOperator": {"stream": "posts", **TABLE},
    "transfers.circleci.CircleCIToObjectStorageOperator": {"stream": "pipelines", **FILE},
    "transfers.circleci.CircleCIToSqlOperator": {"stream": "jobs", **TABLE},
    "transfers.circleme.CircleMeToObjectStorageOperator": {"stream": "cards", **FILE},
    "transfers.circleme.CircleMeToSqlOperator": {"stream": "cards", **TABLE},
    **({"operators.circleci_approval.CircleCIApprovalOperator": {"pipeline_id": "id"}} if AIRFLOW_V_3_1_PLUS else {}),
}
"""What each needs to be made at all."""

HOW = {
    "cancel_on_kill",
    "changes_only",
    "concurrency",
    "defaults",
    "deferrable",
    "deletes",
    "enable_ssh",
    "expected_duration_s",
    "file_format",
    "from_failed",
    "lookback_s",
    "max_poll_interval_s",
    "no_workflow_grace_s",
    "on_canceled",
    "on_hold",
    "on_no_workflow",
    "on_not_run",
    "poke_interval",
    "poll_backoff",
    "poll_interval_s",
    "remove",
    "request_attempts",
    "request_max_wait_s",
    "response_timeout",
    "retry_from_failed",
    "skip_invitation",
    "sparse_tree",
    "timeout_s",
    "wait_for_completion",
}
"""Options that say how, and are not templated unless a task says so. All others say what, where or of whom, and are."""

AIRFLOWS = keywords.SensorKeywords.__annotations__.keys() | keywords.ApprovalKeywords.__annotations__.keys()
"""Options that are Airflow's own."""

CHOSEN = {
    "CircaPullContactsOperator": {"stream", "parent_ids"},
    **{
        f"{service}ToObjectStorageOperator": {"table", "sql_conn_id", "deletes"}
        for service in ("Circa", "CircleAdmin", "CircleCI", "CircleMe")
    },
    **{
        f"{service}ToSqlOperator": {"path", "object_storage_conn_id", "file_format", "state_path", "changes_only"}
        for service in ("Circa", "CircleAdmin", "CircleCI", "CircleMe")
    },
}
"""Options of their bases that operators choose for their authors."""

PLAIN = {"content"}
"""Text as a rule, and shown as such."""

RENAMED = {"event_ids": "parent_ids"}
"""Options that are kept, and templated, by another name."""


def task_class(name: str) -> type[BaseOperator]:
    module, _, cls = name.rpartition(".")
    found: type[BaseOperator] = getattr(importlib.import_module(f"airflow_provider_circle.{module}"), cls)
    return found


CLASSES = {name.rpartition(".")[2]: (task_class(name), needed) for name, needed in TASKS.items()}
EACH = pytest.mark.parametrize(("cls", "needed"), CLASSES.values(), ids=CLASSES)


def constructor(cls: type) -> Any:
    return inspect.unwrap(vars(cls)["__init__"])


def named(cls: type) -> set[str]:
    """List the parameters that a class's own constructor names."""
    parameters = inspect.signature(constructor(cls)).parameters.values()
    return {parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY}


def constructors(cls: type[BaseOperator]) -> list[type]:
    """List an operator and those of its bases that are ours and have a constructor of their own."""
    own = [base for base in cls.__mro__ if base.__module__.startswith("airflow_provider_circle")]
    return [base for base in own if "__init__" in vars(base)]


def taken(cls: type[BaseOperator]) -> set[str]:
    """List all of ours that an operator takes, whoever of its bases does."""
    return {name for base in constructors(cls) for name in named(base)}


def hints_of(cls: type) -> dict[str, Any]:
    """Read the types of what a class's own constructor takes."""
    visible = {**vars(keywords), **vars(importlib.import_module(cls.__module__)), **vars(words)}
    return get_type_hints(constructor(cls), visible)


def handed_on(cls: type[BaseOperator]) -> dict[str, Any]:
    """Find all of ours that an operator hands on to its bases, with the type that an editor tells."""
    unimported = dict.fromkeys(("DAG", "RetryPolicy", "TaskGroup"), object)
    told = get_type_hints(get_args(hints_of(cls)["kwargs"])[0], localns={**vars(keywords), **unimported})
    return {name: hint for name, hint in told.items() if name not in AIRFLOWS}


def options(cls: type[BaseOperator]) -> dict[str, Any]:
    """Find all of ours that an editor completes for an operator, with its type."""
    own = hints_of(cls)
    return {name: own[name] for name in named(cls)} | handed_on(cls)


def templated_options(cls: type[BaseOperator]) -> dict[str, Any]:
    return {name: hint for name, hint in options(cls).items() if RENAMED.get(name, name) in cls.template_fields}


def alternatives(hint: Any) -> set[Any]:
    """Take apart what a hint allows: ``str | Mapping[str, Any] | None`` is ``str``, ``Mapping`` and ``NoneType``."""
    parts = get_args(hint) if isinstance(hint, UnionType) or get_origin(hint) is Union else (hint,)
    return {get_origin(part) or part for part in parts}


def unrendered(dag: DAG) -> dict[str, Any]:
    """All that stands for a value until Airflow has rendered it."""
    with dag:
        task = BaseOperator(task_id="before")
    return {
        "text": "{{ params.value }}",
        "statement": "{% if params.value %}a{% endif %}",
        "output of a task": XComArg(task),
        "parameter of the DAG": dag.param("value", default="a"),
    }


@pytest.fixture
def dag() -> Iterator[DAG]:
    with DAG("a_dag", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)) as dag:
        yield dag


UNRENDERED = pytest.mark.parametrize("kind", ["text", "statement", "output of a task", "parameter of the DAG"])


def test_every_task_is_in_the_table() -> None:
    info = get_provider_info()
    modules = [
        *(module for folder in ("operators", "sensors") for each in info[folder] for module in each["python-modules"]),
        *(entry["python-module"] for entry in info["transfers"]),
    ]
    there = {
        f"{module.removeprefix('airflow_provider_circle.')}.{name}"
        for module in modules
        for name in importlib.import_module(module).__all__
        if name.endswith(("Operator", "Sensor")) and name not in BASES
    }

    assert there == {*TASKS, "operators.circleci_approval.CircleCIApprovalOperator"}


@EACH
def test_editors_complete_all_that_a_task_takes(cls: type[BaseOperator], needed: Mapping[str, Any]) -> None:
    assert set(options(cls)) == taken(cls) - CHOSEN.get(cls.__name__, set())


@EACH
def test_editors_tell_the_type_that_is_taken(cls: type[BaseOperator], needed: Mapping[str, Any]) -> None:
    taken_by_bases = {name: hint for base in reversed(constructors(cls)[1:]) for name, hint in hints_of(base).items()}

    assert handed_on(cls) == {name: taken_by_bases[name] for name in handed_on(cls)}


def test_editors_complete_what_airflow_takes() -> None:
    pytest.importorskip("airflow.sdk.definitions.retry_policy", reason="the names are those of Airflow 3.3")
    from airflow.providers.standard.operators.hitl import HITLOperator
    from airflow.sdk import BaseSensorOperator

    every = (keywords.TaskKeywords, keywords.SensorKeywords, keywords.ApprovalKeywords)
    task, sensor, approval = (set(each.__annotations__) for each in every)

    assert task == named(BaseOperator)
    assert sensor - task == named(BaseSensorOperator) - {"poke_interval"}
    own = named(task_class("operators.circleci_approval.CircleCIApprovalOperator"))
    assert approval - task == named(HITLOperator) - task - own - {"options", "multiple"}


@EACH
def test_words_to_choose_from_are_told(cls: type[BaseOperator], needed: Mapping[str, Any]) -> None:
    choices = {name: hint for name, hint in options(cls).items() if name.startswith("on_") or name == "deletes"}

    assert {name for name, hint in choices.items() if get_origin(hint) is not Literal} == set()
    for name, hint in choices.items():
        with pytest.raises(ValueError, match=name):
            cls(task_id="task", **{**needed, name: "perhaps"})
        for word in get_args(hint):
            cls(task_id="task", **{**needed, name: word})


@EACH
def test_what_says_what_is_templated(cls: type[BaseOperator], needed: Mapping[str, Any]) -> None:
    templated = set(cls.template_fields)
    said = {RENAMED.get(name, name) for name in options(cls)}

    assert said - HOW <= templated
    assert templated - CHOSEN.get(cls.__name__, set()) <= said


def described(cls: type[BaseOperator]) -> dict[str, str]:
    """What the docstrings of an operator and of its bases say of each option; the operator's own counts most."""
    docs = (inspect.cleandoc(vars(base)["__doc__"] or "") for base in reversed(cls.__mro__) if "__doc__" in vars(base))
    return {
        name: text for doc in docs for name, text in re.findall(r"^:param (\w+):((?:.|\n(?=[ ]))*)", doc, re.MULTILINE)
    }


@EACH
def test_each_option_is_described_and_said_to_be_templated_where_it_is(
    cls: type[BaseOperator], needed: Mapping[str, Any]
) -> None:
    said = {name: text for name, text in described(cls).items() if name in options(cls)}

    assert said.keys() == options(cls).keys()
    assert {name for name, text in said.items() if "(templated" in re.sub(r"\s+", " ", text)} == set(
        templated_options(cls)
    )


@EACH
def test_what_is_templated_is_kept_as_it_was_given(cls: type[BaseOperator], needed: Mapping[str, Any]) -> None:
    task = cls(task_id="task", **needed)

    assert {name: getattr(task, name) for name in needed} == needed
    assert [name for name in cls.template_fields if not hasattr(task, name)] == []


@EACH
def test_lists_and_mappings_are_shown_as_json(cls: type[BaseOperator], needed: Mapping[str, Any]) -> None:
    structured = {
        RENAMED.get(name, name) for name, hint in options(cls).items() if alternatives(hint) & {Mapping, Sequence}
    }

    assert {name for name, shown in cls.template_fields_renderers.items() if shown == "json"} == (
        structured - PLAIN
    ) & set(cls.template_fields)


def service(name: str) -> str:
    return next(start for start in ("CircleAdmin", "CircleCI", "CircleMe", "Circa") if name.startswith(start))


def test_each_service_has_one_color() -> None:
    colors = {(service(name), cls.ui_color) for name, (cls, _) in CLASSES.items()}

    assert len(colors) == len({color for _, color in colors}) == 4


def luminance(color: str) -> float:
    def linear(share: float) -> float:
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    digits = color.removeprefix("#")
    width = len(digits) // 3
    red, green, blue = (linear(int(digits[i * width : (i + 1) * width] * (3 - width), 16) / 255) for i in range(3))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@EACH
def test_text_on_the_color_is_easy_to_read(cls: type[BaseOperator], needed: Mapping[str, Any]) -> None:
    assert (luminance(cls.ui_color) + 0.05) / (luminance(cls.ui_fgcolor) + 0.05) >= 7  # WCAG's AAA


@UNRENDERED
@EACH
def test_nothing_is_judged_before_it_is_rendered(
    cls: type[BaseOperator], needed: Mapping[str, Any], kind: str, dag: DAG
) -> None:
    value = unrendered(dag)[kind]

    cls(task_id="all", **{**needed, **dict.fromkeys(templated_options(cls), value)})
    for name in needed:
        cls(task_id=f"only_{name}", **{**needed, name: value})


@UNRENDERED
@EACH
def test_nothing_in_a_list_or_mapping_is_judged_before_it_is_rendered(
    cls: type[BaseOperator], needed: Mapping[str, Any], kind: str, dag: DAG
) -> None:
    value = unrendered(dag)[kind]
    for name, hint in templated_options(cls).items():
        kinds = alternatives(hint)
        if Mapping in kinds:
            key = "min" if name == "window" else "key"
            cls(task_id=f"mapping_{name}", **{**needed, name: {key: value}})
        if Sequence in kinds:
            cls(task_id=f"list_{name}", **{**needed, name: [value]})


@EACH
def test_an_option_left_out_may_be_given_as_none(cls: type[BaseOperator], needed: Mapping[str, Any]) -> None:
    optional = {name for name, hint in options(cls).items() if NoneType in alternatives(hint)} - set(needed)

    unset: Any = None
    cls(task_id="task", **needed, **dict.fromkeys(optional, unset))


@EACH
def test_each_templated_field_can_be_expanded(cls: type[BaseOperator], needed: Mapping[str, Any], dag: DAG) -> None:
    for name in templated_options(cls):
        rest = {key: value for key, value in needed.items() if key != name}
        cls.partial(task_id=f"mapped_{name}", **rest).expand(**{name: ["a", "b"]})


@EACH
def test_defaults_of_the_dag_reach_each_task(cls: type[BaseOperator], needed: Mapping[str, Any]) -> None:
    given = {"request_attempts": 2, "max_poll_interval_s": 77.0, "owner": "us"}
    given |= {name: "other" for name in cls.template_fields if name.startswith("circ") and name.endswith("_conn_id")}

    with DAG("a_dag", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC), default_args=given):
        task = cls(task_id="task", **needed)

    reached = {name: getattr(task, name) for name in given if name in options(cls) or name == "owner"}
    assert reached == {name: given[name] for name in reached}
    assert {"owner", "request_attempts"} < reached.keys()
