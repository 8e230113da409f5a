"""Where v1.1 is, how one signs in, and what becomes of its refusals."""

from __future__ import annotations

import pytest

from airflow_provider_circle.core.message import Response
from airflow_provider_circle.core.walk import call
from airflow_provider_circle.exceptions import CircleError, NotFound, UnexpectedReply
from airflow_provider_circle.vendors.circleci.v1.endpoints import GET_BUILD, LIST_BRANCH_BUILDS
from airflow_provider_circle.vendors.circleci.v1.service import circleci_v1, project_in_path
from tests.unit.walking import Clock, caller, drive

from .building import SERVICE, TOKEN


def test_it_is_below_the_host() -> None:
    assert circleci_v1("https://ci.example", TOKEN).base_url == "https://ci.example/api/v1.1"


def test_json_is_asked_for() -> None:
    assert SERVICE.headers["Accept"] == "application/json"


def test_the_token_is_in_its_header() -> None:
    assert SERVICE.headers["Circle-Token"] == TOKEN


def test_without_a_token_there_is_no_such_header() -> None:
    assert "Circle-Token" not in circleci_v1("https://circleci.com", "").headers


def test_json_is_asked_for_without_a_token_too() -> None:
    assert circleci_v1("https://circleci.com", "").headers["Accept"] == "application/json"


@pytest.mark.parametrize(
    ("slug", "path"),
    [
        ("gh/acme/web", "github/acme/web"),
        ("bb/acme/web", "bitbucket/acme/web"),
        ("circleci/4f1b/9a2c", "circleci/4f1b/9a2c"),
    ],
)
def test_a_project_is_named_with_its_vcs_type(slug: str, path: str) -> None:
    assert project_in_path(slug) == path


def test_a_branch_is_escaped_whole() -> None:
    request = LIST_BRANCH_BUILDS.request(SERVICE, path={"project": "github/acme/web", "branch": "feature/ä b"})
    assert request.url.endswith("/project/github/acme/web/tree/feature%2F%C3%A4%20b")


def failing(response: Response) -> CircleError:
    asking = caller(Clock(), service=SERVICE)
    return drive(call(asking, GET_BUILD, path={"project": "github/acme/web", "build_num": 7}), [response]).failure


HTML = b"<!DOCTYPE html><html><body>Not found</body></html>"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param(b'{"message": "Build not found"}', ": Build not found", id="json"),
        pytest.param(HTML, "", id="html"),
        pytest.param(b'{:message "Build not found"}', "", id="edn"),
        pytest.param(b"", "", id="nothing"),
        pytest.param(b'{"message": {"a": 1}}', "", id="a message that is no text"),
        pytest.param(b'["no"]', "", id="a list"),
    ],
)
def test_a_refusal_says_what_it_can(body: bytes, said: str) -> None:
    error = failing(Response(404, {"content-type": "text/html"}, body))

    assert (type(error), str(error).partition(" (")[0]) == (
        NotFound,
        f"CircleCI: GET /api/v1.1/project/github/acme/web/7 answered 404{said}",
    )


@pytest.mark.parametrize(
    ("body", "kind"), [(HTML, "text/html"), (b'{:build_num 7, :outcome "success"}', "application/edn")]
)
def test_a_success_that_is_no_json_is_unexpected(body: bytes, kind: str) -> None:
    asking = caller(Clock(), service=SERVICE)
    outcomes = [Response(200, {"content-type": f"{kind}; charset=utf-8"}, body)] * 5
    error = drive(call(asking, GET_BUILD, path={"project": "github/acme/web", "build_num": 7}), outcomes).failure

    assert (type(error), kind in str(error)) == (UnexpectedReply, True)
