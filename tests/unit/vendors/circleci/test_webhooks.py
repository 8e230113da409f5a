"""CircleCI's webhooks: signatures, and bodies as they are in its documentation, re-typed."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.webhooks import checked_events, checked_url, is_signed, read_event

VECTORS = [
    ("hello world", "secret", "734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a"),
    ("lalala", "another-secret", "daa220016c8f29a8b214fbfc3671aeec2145cfb1e6790184ffb38b6d0425fa00"),
    ("an-important-request-payload", "hunter123", "9be2242094a9a8c00c64306f382a7f9d691de910b4a266f67bd314ef18ac49fa"),
    ("foo", "secret", "773ba44693c7553d6ee20f61ea5d2757a9a4f4a44d2841ae4e95b52e4cd62db4"),
]
RIGHT = VECTORS[3][2]

WORKFLOW: dict[str, Any] = {
    "id": "0fb3b2a1-53ab-3f4b-b0a8-2d2df2a6f0c1",
    "type": "workflow-completed",
    "happened_at": "2026-03-01T12:00:34.317Z",
    "webhook": {"id": "7e0e5c4e-3f3d-4a4f-8a55-5c1b6d2f9a10", "name": "tell Airflow"},
    "project": {"id": "9a8b7c6d-0000-4000-8000-000000000001", "name": "web", "slug": "github/acme/web"},
    "organization": {"id": "9a8b7c6d-0000-4000-8000-000000000002", "name": "acme"},
    "workflow": {
        "id": "9a8b7c6d-0000-4000-8000-000000000003",
        "name": "build-test-deploy",
        "created_at": "2026-03-01T12:00:03.616Z",
        "stopped_at": "2026-03-01T12:00:34.170Z",
        "url": "https://app.circleci.com/pipelines/github/acme/web/130",
        "status": "success",
    },
    "pipeline": {
        "id": "9a8b7c6d-0000-4000-8000-000000000004",
        "number": 130,
        "created_at": "2026-03-01T12:00:03.544Z",
        "trigger": {"type": "webhook"},
        "vcs": {
            "provider_name": "github",
            "origin_repository_url": "https://github.com/acme/web",
            "revision": "1dc6aa69",
            "commit": {"subject": "Make it so", "body": "", "author": {"name": "Ada", "email": "ada@example.com"}},
            "branch": "main",
        },
    },
}
JOB: dict[str, Any] = {
    **WORKFLOW,
    "type": "job-completed",
    "workflow": {name: value for name, value in WORKFLOW["workflow"].items() if name != "status"},
    "job": {
        "id": "9a8b7c6d-0000-4000-8000-000000000005",
        "name": "test",
        "started_at": "2026-03-01T12:00:28.841Z",
        "stopped_at": "2026-03-01T12:00:34.170Z",
        "status": "failed",
        "number": 136,
    },
}


def with_part(event: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The event with one part changed, named by dots."""
    changed = copy.deepcopy(event)
    *outer, last = path.split(".")
    part = changed
    for name in outer:
        part = part[name]
    part[last] = value
    return changed


def details(event: dict[str, Any]) -> dict[str, Any]:
    read = read_event(event)
    assert read is not None
    return read.details


@pytest.mark.parametrize(("body", "secret", "v1"), VECTORS, ids=[body for body, _, _ in VECTORS])
def test_documented_signature_is_right(body: str, secret: str, v1: str) -> None:
    assert is_signed(body.encode(), f"v1={v1}", secret)


@pytest.mark.parametrize(
    ("header", "right"),
    [
        pytest.param(f"v1={RIGHT}", True, id="alone"),
        pytest.param(f"v1={RIGHT},v2=cafe", True, id="first"),
        pytest.param(f"v2=cafe,v1={RIGHT}", True, id="last"),
        pytest.param(f"v2=cafe, v1={RIGHT}", True, id="with_a_blank"),
        pytest.param(f"v2={RIGHT}", False, id="another_version"),
        pytest.param(f"v1={RIGHT[:-1]}", False, id="cut"),
        pytest.param(f"v1={RIGHT}0", False, id="longer"),
        pytest.param(f"v1={VECTORS[0][2]}", False, id="of_another_body"),
        pytest.param(RIGHT, False, id="without_a_version"),
        pytest.param("v1=", False, id="nothing"),
        pytest.param("v1", False, id="version_only"),
        pytest.param("", False, id="empty"),
        pytest.param("v1=\N{SNOWMAN}", False, id="no_ascii"),
        pytest.param("v2=x," * 300 + f"v1={RIGHT}", False, id="endless"),
        pytest.param(None, False, id="missing"),
    ],
)
def test_header_is_right_when_version_1_is(header: str | None, right: bool) -> None:
    assert is_signed(b"foo", header, "secret") is right


def test_every_byte_of_the_body_is_signed() -> None:
    assert not is_signed(b"foo ", f"v1={RIGHT}", "secret")


def test_workflow_event_is_read() -> None:
    read = read_event(WORKFLOW)

    assert read is not None
    assert (read.delivery_id, read.kind, read.happened_s) == (WORKFLOW["id"], "workflow-completed", 1772366434.317)
    assert read.details == {
        "status": "success",
        "pipeline_id": "9a8b7c6d-0000-4000-8000-000000000004",
        "pipeline_number": 130,
        "workflow_id": "9a8b7c6d-0000-4000-8000-000000000003",
        "workflow_name": "build-test-deploy",
        "workflow_url": "https://app.circleci.com/pipelines/github/acme/web/130",
        "branch": "main",
        "revision": "1dc6aa69",
    }


def test_job_event_tells_of_the_job_too() -> None:
    told = details(JOB)

    assert {name: told[name] for name in ("status", "job_id", "job_name", "job_number")} == {
        "status": "failed",
        "job_id": "9a8b7c6d-0000-4000-8000-000000000005",
        "job_name": "test",
        "job_number": 136,
    }


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("github/acme/web", "gh/acme/web"),
        ("bitbucket/acme/web", "bb/acme/web"),
        ("gh/acme/web", "gh/acme/web"),
        (
            "circleci/9YytKzouJxzu4TjCRFqAoD/44n9wujWcTnVZ2b5S8Fnat",
            "circleci/9YytKzouJxzu4TjCRFqAoD/44n9wujWcTnVZ2b5S8Fnat",
        ),
    ],
)
def test_slug_is_the_one_the_api_uses(written: str, read_as: str) -> None:
    read = read_event(with_part(WORKFLOW, "project.slug", written))

    assert read is not None
    assert read.project_slug == read_as


def test_tag_is_told() -> None:
    assert details(with_part(WORKFLOW, "pipeline.vcs", {"tag": "v1.0"}))["tag"] == "v1.0"


def test_projects_without_vcs_tell_branch_and_revision_elsewhere() -> None:
    git = {"branch": "main", "checkout_sha": "cafe", "tag": ""}
    told = details(with_part(WORKFLOW, "pipeline", {"id": "p", "trigger_parameters": {"git": git}}))

    assert {name: told.get(name) for name in ("branch", "revision", "tag")} == {
        "branch": "main",
        "revision": "cafe",
        "tag": None,
    }


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        pytest.param("a" * 600, "a" * 500, id="long"),
        pytest.param("a\x00b\n", "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}", id="control_characters"),
        pytest.param("\ud800", "\N{REPLACEMENT CHARACTER}", id="half_a_character"),
        pytest.param({"a": 1}, None, id="object"),
        pytest.param(["a"], None, id="list"),
        pytest.param(True, None, id="boolean"),
        pytest.param(2**63, None, id="huge_number"),
        pytest.param(1.5, None, id="fraction"),
        pytest.param(None, None, id="null"),
    ],
)
def test_what_is_told_is_short_and_plain(value: Any, kept: str | None) -> None:
    assert details(with_part(WORKFLOW, "pipeline.vcs.branch", value)).get("branch") == kept


@pytest.mark.parametrize("part", ["workflow", "pipeline", "organization", "webhook"])
@pytest.mark.parametrize("value", [None, [], "text"], ids=["null", "list", "text"])
def test_parts_that_are_missing_are_left_out(part: str, value: Any) -> None:
    assert read_event(with_part(WORKFLOW, part, value)) is not None


@pytest.mark.parametrize("kind", ["ping", "pipeline-completed"])
def test_what_is_no_end_is_passed_over(kind: str) -> None:
    assert read_event({"type": kind}) is None


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("type", None, "type"),
        ("id", None, "id"),
        ("id", "", "id"),
        ("id", "%", "id"),
        ("id", "a" * 101, "id"),
        ("happened_at", None, "happened_at"),
        ("happened_at", "soon", "happened_at"),
        ("project", None, "project_slug"),
        ("project.slug", "acme", "project_slug"),
        ("project.slug", 7, "project_slug"),
    ],
)
def test_body_that_makes_no_sense_is_refused(path: str, value: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_event(with_part(WORKFLOW, path, value))


@pytest.mark.parametrize(
    "url", ["", "airflow.example.com", "ftp://airflow.example.com", "https://", None, "https://a b"]
)
def test_address_must_be_one(url: Any) -> None:
    with pytest.raises(ValueError, match="url must begin with https://"):
        checked_url(url)


@pytest.mark.parametrize("events", [[], ["ping"], "workflow-completed", ["job-completed", 7]])
def test_events_must_be_known(events: Any) -> None:
    with pytest.raises(ValueError, match="events must be a list of workflow-completed, job-completed"):
        checked_events(events)
