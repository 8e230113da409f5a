"""Which artifacts there are, where each lands, and who is told the token."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.core.globbing import path_filter
from airflow_provider_circle.exceptions import Unauthorized, UnexpectedReply
from airflow_provider_circle.vendors.circleci.artifacts import (
    Artifact,
    artifact_access,
    checked_token_hosts,
    find_artifacts,
    place_artifacts,
)
from airflow_provider_circle.vendors.circleci.runs import JobRun
from airflow_provider_circle.vendors.circleci.service import circleci_v2

from .walking import SERVICE, TOKEN, Driver, Scripted, refused, rows

SLUG = "gh/acme/app"
HERE = f"GET /project/{SLUG}/{{}}/artifacts"
ALL = path_filter("patterns", ["*"])


def run(number: int = 7, name: str = "test", workflow: str | None = "build", *, setup: bool = False) -> JobRun:
    return JobRun(SLUG, number, name, "success", "p", "w", workflow, setup)


def row(path: Any = "a.txt", node: Any = 0, url: Any = "https://files.example/1") -> dict[str, Any]:
    return {"path": path, "node_index": node, "url": url}


def left(path: str, node: int = 0, of: JobRun | None = None, url: str = "https://files.example/1") -> Artifact:
    return Artifact(of or run(), node, path, url)


def found(script: dict[str, list[Scripted]], *runs: JobRun, patterns: tuple[str, ...] = ("*",)) -> list[Artifact]:
    driver = Driver(script)
    return driver.run(find_artifacts(driver.caller, runs, path_filter("patterns", patterns)))


def test_artifacts_of_all_jobs_and_pages_are_found() -> None:
    script: dict[str, list[Scripted]] = {
        HERE.format(1): [rows(row("a"), token="t"), rows(row("b", 1))],
        HERE.format(2): [rows(row("a"))],
    }

    artifacts = found(script, run(1), run(2))

    assert [(one.run.job_number, one.node_index, one.path) for one in artifacts] == [
        (1, 0, "a"),
        (1, 1, "b"),
        (2, 0, "a"),
    ]


def test_only_what_is_chosen_is_found() -> None:
    script: dict[str, list[Scripted]] = {HERE.format(7): [rows(row("a.xml"), row("x/b.xml"), row("c.txt"))]}

    assert [one.path for one in found(script, run(), patterns=("x/**", "*.txt"))] == ["x/b.xml", "c.txt"]


def test_job_whose_artifacts_are_not_found_has_none() -> None:
    script: dict[str, list[Scripted]] = {HERE.format(1): [refused(404)], HERE.format(2): [rows(row())]}

    assert [one.run.job_number for one in found(script, run(1), run(2))] == [2]


def test_artifact_that_is_listed_twice_is_one() -> None:
    assert len(found({HERE.format(7): [rows(row(), row(), token="t"), rows(row())]}, run())) == 1


@pytest.mark.parametrize(
    "odd",
    [row(path=None), row(path=5), row(url=None), row(url=""), row(node=None), row(node="0"), row(node=-1)],
    ids=str,
)
def test_artifact_that_is_none_is_no_artifact(odd: dict[str, Any]) -> None:
    with pytest.raises(UnexpectedReply, match=r"job test \(7\)"):
        found({HERE.format(7): [rows(odd)]}, run())


@pytest.mark.parametrize(
    ("artifact", "target"),
    [
        pytest.param(left("coverage/index.html"), "build/test/0/coverage/index.html", id="plain"),
        pytest.param(left("a", 3), "build/test/3/a", id="node"),
        pytest.param(left("a", of=run(name="node/test")), "build/node%2Ftest/0/a", id="slash_in_a_name"),
        pytest.param(left("a", of=run(name="node%2Ftest")), "build/node%252Ftest/0/a", id="and_its_look_alike"),
        pytest.param(left("a", of=run(name="..")), "build/%2E%2E/0/a", id="dots"),
        pytest.param(left("a", of=run(name="v1.2 x-y_z")), "build/v1.2 x-y_z/0/a", id="plain_characters_stay"),
        pytest.param(left("a", of=run(name="ä\n")), "build/%C3%A4%0A/0/a", id="others"),
        pytest.param(left("a", of=run(setup=True)), "build+setup/test/0/a", id="setup"),
        pytest.param(left("a", of=run(workflow="build+setup")), "build%2Bsetup/test/0/a", id="no_setup"),
        pytest.param(left("a", of=run(workflow=None)), "none/test/0/a", id="no_workflow"),
    ],
)
def test_artifact_has_its_place(artifact: Artifact, target: str) -> None:
    assert place_artifacts([artifact], "artifacts.jsonl") == [target]


def test_jobs_nodes_and_workflows_never_collide() -> None:
    runs = [run(1), run(2, "test-2"), run(3, workflow="lint"), run(4, setup=True)]
    artifacts = [left("a", node, one) for one in runs for node in (0, 1)]

    assert len(set(place_artifacts(artifacts, "artifacts.jsonl"))) == 8


@pytest.mark.parametrize(
    ("path", "reason"),
    [("../x", "dots"), ("/etc/passwd", "absolute"), ("a\0b", "control"), ("C:\\x", "backslash"), ("a//b", "empty")],
)
def test_path_that_leads_elsewhere_is_refused_by_name(path: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        place_artifacts([left("good"), left(path, 2)], "artifacts.jsonl")

    assert f"artifact {path!r} of job test (7), node 2" in str(caught.value)
    assert "nothing was downloaded" in str(caught.value)


@pytest.mark.parametrize(
    "of",
    [run(name="a\ud800"), run(workflow="a\ud800"), run(name="n" * 241), run(workflow="ä" * 41)],
    ids=["half_a_pair", "half_a_pair_in_a_workflow", "long", "long_when_encoded"],
)
def test_name_of_a_job_that_no_folder_can_have_is_refused(of: JobRun) -> None:
    with pytest.raises(ValueError, match=r"cannot be stored: .*; nothing was downloaded"):
        place_artifacts([left("a", of=of)], "artifacts.jsonl")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(left("\u00e9"), left("e\u0301"), id="normalised"),
        pytest.param(left("a"), left("a/b"), id="file_and_folder"),
        pytest.param(left("a", of=run(1)), left("a", of=run(2)), id="jobs_of_one_name"),
        pytest.param(left("a"), left("a", url="https://files.example/2"), id="two_files_of_one_path"),
    ],
)
def test_artifacts_that_would_land_at_one_place_are_refused(one: Artifact, other: Artifact) -> None:
    with pytest.raises(ValueError, match=r"where artifact .* does"):
        place_artifacts([one, other], "artifacts.jsonl")


def test_workflow_named_like_the_manifest_does_not_replace_it() -> None:
    with pytest.raises(ValueError, match="where the manifest does"):
        place_artifacts([left("a", of=run(workflow="artifacts.jsonl"))], "artifacts.jsonl")


def test_long_names_are_refused_before_a_disk_does() -> None:
    with pytest.raises(ValueError, match="240 bytes"):
        place_artifacts([left("a", of=run(name="ä" * 60))], "artifacts.jsonl")


def test_address_is_not_shown() -> None:
    artifact = left("a", url="https://files.example/1?signature=topsecret")

    assert "topsecret" not in repr(artifact) + str(artifact) + str(artifact.source(SERVICE))


def test_source_tells_an_artifact_from_every_other() -> None:
    many = [
        left("a"),
        left("b"),
        left("a", 1),
        left("a", of=run(8)),
        Artifact(JobRun("gh/acme/other", 7, "test", "success", "p", "w", "build"), 0, "a", "u"),
    ]
    sources = [str(one.source(SERVICE)) for one in many]
    sources.append(str(many[0].source(circleci_v2("https://ci.example", TOKEN))))

    assert len(set(sources)) == len(sources)


@pytest.mark.parametrize(
    ("url", "hosts", "is_told"),
    [
        pytest.param("https://circleci.com/output/1", (), True, id="own_host"),
        pytest.param("https://CircleCI.com:443/output/1", (), True, id="own_host_in_other_words"),
        pytest.param("https://circleci.com:8443/output/1", (), False, id="other_port"),
        pytest.param("http://circleci.com/output/1", (), False, id="in_the_clear"),
        pytest.param("https://output.circle-artifacts.com/1", (), False, id="other_host"),
        pytest.param("https://circleci.com.evil.example/1", (), False, id="host_that_begins_alike"),
        pytest.param("https://evil.example/circleci.com", (), False, id="host_in_the_path"),
        pytest.param("https://circleci.com@evil.example/", (), False, id="host_as_a_user"),
        pytest.param("https://circleci.com:99999/", (), False, id="no_port"),
        pytest.param("https://files.example/1", ("files.example",), True, id="named"),
        pytest.param("https://FILES.example/1", ("files.example",), True, id="named_in_other_letters"),
        pytest.param("https://a.files.example/1", ("files.example",), False, id="below_a_named_one"),
        pytest.param("http://files.example/1", ("files.example",), False, id="named_in_the_clear"),
    ],
)
def test_token_is_told_to_whom_it_may(url: str, hosts: tuple[str, ...], is_told: bool) -> None:
    headers = artifact_access(SERVICE, hosts).headers_for(url)

    assert headers == ({"Circle-Token": TOKEN} if is_told else {})


def test_without_a_token_nothing_is_told() -> None:
    assert artifact_access(circleci_v2("https://circleci.com", "")).headers_for("https://circleci.com/x") == {}


def test_page_to_sign_in_is_no_artifact() -> None:
    access = artifact_access(SERVICE)

    with pytest.raises(Unauthorized, match="token_hosts"):
        access.headers_for("https://app.circleci.com/login?return-to=x")
    assert access.headers_for("https://files.example/login") == {}


def test_hosts_are_written_as_they_are_compared() -> None:
    assert checked_token_hosts(["Files.Example"]) == ("files.example",)


@pytest.mark.parametrize(
    "hosts",
    ["files.example", [""], ["https://files.example"], ["files.example/x"], ["a:443"], ["*.example"], [5], None],
)
def test_what_is_no_list_of_hosts_is_refused(hosts: Any) -> None:
    with pytest.raises(ValueError, match="token_hosts"):
        checked_token_hosts(hosts)
