"""The stand-in's config policies, and the decisions it makes by them."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import InProcess

OWNER = "b9291e0d-a11e-41fb-8517-c545388b5953"
BASE = f"/owner/{OWNER}/context/config"
SOFT = 'policy_name["soft"]\nenable_rule["no_latest"]\n'
HARD = 'policy_name["hard"]\nenable_rule["no_secrets"]\nhard_fail["no_secrets"]\n'


def put(sandbox: InProcess, files: dict[str, str], **query: str) -> Any:
    reply = sandbox.api("POST", f"{BASE}/policy-bundle", {"policies": files}, query=query)
    return {"status": reply.status, **reply.json()}


def decided(sandbox: InProcess, text: str, **metadata: Any) -> Any:
    reply = sandbox.api("POST", f"{BASE}/decision", {"input": text, "metadata": metadata})
    assert reply.status == 200, reply.body
    return reply.json()


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("version: 2.1", "PASS"),
        ("image: no_latest", "SOFT_FAIL"),
        ("key: no_secrets", "HARD_FAIL"),
        ("no_latest, no_secrets", "HARD_FAIL"),
    ],
)
def test_a_rule_is_broken_where_its_name_stands(sandbox: InProcess, text: str, status: str) -> None:
    put(sandbox, {"a.rego": SOFT, "b.rego": HARD})

    assert decided(sandbox, text)["status"] == status


def test_a_decision_names_what_was_broken(sandbox: InProcess) -> None:
    put(sandbox, {"a.rego": SOFT, "b.rego": HARD})
    decision = decided(sandbox, "no_latest, no_secrets")

    assert decision["enabled_rules"] == ["no_latest", "no_secrets"]
    assert [each["rule"] for each in decision["hard_failures"]] == ["no_secrets"]
    assert [each["rule"] for each in decision["soft_failures"]] == ["no_latest"]


def test_a_bundle_says_what_it_changes(sandbox: InProcess) -> None:
    said = [
        put(sandbox, {"a.rego": SOFT}, dry="true"),
        put(sandbox, {"a.rego": SOFT, "b.rego": HARD}),
        put(sandbox, {"a.rego": SOFT}),
        put(sandbox, {"a.rego": SOFT + "# more"}),
        put(sandbox, {"a.rego": SOFT + "# more"}),
    ]

    assert said == [
        {"status": 200, "created": ["soft"], "deleted": [], "modified": []},
        {"status": 201, "created": ["hard", "soft"], "deleted": [], "modified": []},
        {"status": 201, "created": [], "deleted": ["hard"], "modified": []},
        {"status": 201, "created": [], "deleted": [], "modified": ["soft"]},
        {"status": 201, "created": [], "deleted": [], "modified": []},
    ]


def test_a_policy_that_stays_keeps_its_date(sandbox: InProcess) -> None:
    put(sandbox, {"a.rego": SOFT, "b.rego": HARD})
    before = sandbox.get(f"{BASE}/policy-bundle")
    sandbox.wait(60)
    put(sandbox, {"a.rego": SOFT, "b.rego": HARD + "# more"})
    after = sandbox.get(f"{BASE}/policy-bundle")

    assert after["soft"] == before["soft"]
    assert after["hard"]["created_at"] > before["hard"]["created_at"]


def test_a_dry_run_is_not_kept(sandbox: InProcess) -> None:
    put(sandbox, {"a.rego": SOFT}, dry="true")

    assert sandbox.get(f"{BASE}/policy-bundle") == {}


@pytest.mark.parametrize(
    "files",
    [{"a.rego": "package org"}, {"a.rego": SOFT, "b.rego": SOFT}, {"a.rego": SOFT + HARD}, {"a.rego": 7}, []],
    ids=["nameless", "one_name_twice", "two_names", "no_text", "no_object"],
)
def test_a_bundle_that_makes_no_sense_is_refused_as_an_error(sandbox: InProcess, files: Any) -> None:
    refused = put(sandbox, files)

    assert (refused["status"], set(refused)) == (400, {"status", "error"})
    assert sandbox.get(f"{BASE}/policy-bundle") == {}


def test_contexts_have_policies_of_their_own(sandbox: InProcess) -> None:
    put(sandbox, {"a.rego": SOFT})

    assert sandbox.get(f"/owner/{OWNER}/context/other/policy-bundle") == {}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [3, 2, 1]),
        ({"status": "PASS"}, [3, 1]),
        ({"branch": "main"}, [2, 1]),
        ({"build_number": "2"}, [2]),
        ({"project_id": OWNER}, [3]),
        ({"after": "2027-01-15T08:00:30Z"}, [3, 2]),
        ({"before": "2027-01-15T08:00:30Z"}, [1]),
        ({"after": "2027-01-15T09:00:30+01:00", "before": "2027-01-15T08:01:30Z"}, [2]),
        ({"offset": "2"}, [1]),
    ],
    ids=str,
)
def test_the_log_is_narrowed(sandbox: InProcess, query: dict[str, str], found: list[int]) -> None:
    put(sandbox, {"a.rego": SOFT})
    decided(sandbox, "version: 2.1", build_number=1, vcs={"branch": "main"})
    sandbox.wait(60)
    decided(sandbox, "no_latest", build_number=2, vcs={"branch": "main"})
    sandbox.wait(60)
    decided(sandbox, "version: 2.1", build_number=3, vcs={"branch": "next"}, project_id=OWNER)

    log = sandbox.get(f"{BASE}/decision", query=query)
    assert [each["metadata"]["build_number"] for each in log] == found


def test_a_page_of_the_log_holds_20_decisions(sandbox: InProcess) -> None:
    for number in range(25):
        decided(sandbox, f"version: {number}")
    pages = [sandbox.get(f"{BASE}/decision", query={"offset": offset}) for offset in ("0", "20", "25")]

    assert [len(page) for page in pages] == [20, 5, 0]


@pytest.mark.parametrize(
    "query", [{"offset": "-1"}, {"after": "soon"}, {"before": "2027-01-15T08:00:30"}], ids=["offset", "time", "zone"]
)
def test_a_filter_that_makes_no_sense_is_refused(sandbox: InProcess, query: dict[str, str]) -> None:
    decided(sandbox, "version: 2.1")

    assert sandbox.api("GET", f"{BASE}/decision", query=query).status == 400


def test_a_decision_belongs_to_its_owner_and_context(sandbox: InProcess) -> None:
    decided(sandbox, "version: 2.1")
    decision_id = sandbox.get(f"{BASE}/decision")[0]["id"]
    other = "39723015-b399-4601-9ff6-bd1bfbed8fa8"
    paths = [f"/owner/{owner}/context/{name}" for owner, name in ((OWNER, "config"), (OWNER, "a"), (other, "config"))]

    assert [sandbox.api("GET", f"{path}/decision/{decision_id}").status for path in paths] == [200, 404, 404]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "decision", {}, 400),
        ("POST", "decision", {"input": "a", "metadata": []}, 400),
        ("PATCH", "decision/settings", {"enabled": "yes"}, 400),
        ("PATCH", "decision/settings", {}, 200),
    ],
)
def test_a_body_that_makes_no_sense_is_refused(
    sandbox: InProcess, method: str, path: str, body: Any, status: int
) -> None:
    assert sandbox.api(method, f"{BASE}/{path}", body).status == status
