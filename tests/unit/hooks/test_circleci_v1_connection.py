"""The v1.1 hook's connection: with a token and without, its mistakes, and what it need not ask twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from airflow_provider_circle.exceptions import CircleError, Invalid, NotFound, TriggerAmbiguous, Unauthorized
from airflow_provider_circle.hooks.circle_admin import CircleAdminHook
from airflow_provider_circle.hooks.circleci import CircleCIHook
from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook
from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.hooks.calling_circleci import VARIABLE, Flavour, both
from tests.unit.hooks.calling_circleci_v1 import API, PRIVATE_KEY, PROJECT, SLUG, call


@pytest.fixture
def v1(sandbox: Sandbox, naps: list[float]) -> Iterable[CircleCIV1Hook]:
    with CircleCIV1Hook(sleep=naps.append) as hook:
        yield hook


@pytest.fixture
def nobody(sandbox: Sandbox, naps: list[float], monkeypatch: pytest.MonkeyPatch) -> Iterable[CircleCIV1Hook]:
    """The hook over a connection without a token."""
    monkeypatch.setenv(VARIABLE, described(sandbox))
    with CircleCIV1Hook(sleep=naps.append) as hook:
        yield hook


def described(sandbox: Sandbox, **changes: Any) -> str:
    return json.dumps({"conn_type": "circleci", "host": sandbox.circleci_host, **changes})


def built(sandbox: Sandbox, *, public: bool = True) -> None:
    """Let a project have a finished build."""
    CircleCIHook().trigger_pipeline(SLUG, branch="main")
    sandbox.advance(60)
    sandbox.make_public(SLUG, public=public)
    sandbox.clear_requests()


@pytest.fixture
def web(sandbox: Sandbox) -> Sandbox:
    built(sandbox)
    return sandbox


READS: dict[str, tuple[Any, ...]] = {
    "list_project_builds": (SLUG,),
    "get_build": (1, SLUG),
    "list_build_artifacts": (1, SLUG),
    "list_latest_artifacts": (SLUG,),
    "list_build_tests": (1, SLUG),
}
every_read = pytest.mark.parametrize(("name", "args"), READS.items(), ids=READS)


# Without a token.


@every_read
@both
def test_what_is_public_is_read_without_a_token(
    web: Sandbox, nobody: CircleCIV1Hook, name: str, args: tuple[Any, ...], flavour: Flavour
) -> None:
    call(nobody, name, flavour, *args)

    assert [request["status"] for request in web.requests()] == [200]


@every_read
def test_without_a_token_no_token_is_sent(
    web: Sandbox, nobody: CircleCIV1Hook, name: str, args: tuple[Any, ...]
) -> None:
    call(nobody, name, "sync", *args)
    (request,) = web.requests()

    assert [header for header in request["headers"] if header in {"circle-token", "authorization"}] == []


@both
def test_what_is_not_public_is_not_read_without_a_token(
    sandbox: Sandbox, nobody: CircleCIV1Hook, flavour: Flavour
) -> None:
    with pytest.raises(Unauthorized):
        call(nobody, "list_project_builds", flavour, SLUG)


def test_only_this_hook_does_without_a_token(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, described(sandbox))

    with CircleCIHook() as hook, pytest.raises(ValueError, match="there is no token"):
        hook.get_me()


def test_another_vendors_hook_does_not_do_without_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLE_ADMIN_DEFAULT", json.dumps({"conn_type": "circle_admin"}))

    with CircleAdminHook() as hook, pytest.raises(ValueError, match="there is no token"):
        _ = hook.settings


def test_a_broken_token_is_refused_all_the_same(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, described(sandbox, password="two words"))

    with CircleCIV1Hook() as hook, pytest.raises(ValueError, match="the token has blanks"):
        hook.get_me()


# Trying the connection.


def test_a_connection_with_a_token_tells_whose_it_is(v1: CircleCIV1Hook) -> None:
    assert v1.test_connection() == (True, "Connected to CircleCI as sandbox-user")


def test_a_connection_is_tried_anew_each_time(sandbox: Sandbox, v1: CircleCIV1Hook) -> None:
    v1.test_connection()
    v1.test_connection()

    assert len(sandbox.requests()) == 2


@pytest.mark.parametrize(
    ("extra", "public", "told"),
    [
        pytest.param(
            {"project_slug": SLUG}, True, (True, f"Connected to CircleCI as nobody: {SLUG} is public"), id="public"
        ),
        pytest.param({}, True, (False, "There is no token, and no default project"), id="no project"),
        pytest.param({"project_slug": SLUG}, False, (False, "answered 401"), id="not public"),
        pytest.param({"project_slug": "web"}, True, (False, "project_slug must look like"), id="no slug"),
        pytest.param({"timeout_s": "long"}, True, (False, "timeout_s must be"), id="a broken connection"),
    ],
)
def test_a_connection_without_a_token_is_tried_with_its_project(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, extra: dict[str, str], *, public: bool, told: tuple[bool, str]
) -> None:
    sandbox.make_public(SLUG, public=public)
    monkeypatch.setenv(VARIABLE, described(sandbox, extra=extra))
    works, message = CircleCIV1Hook().test_connection()

    assert (works, told[1] in message) == (told[0], True), message


def test_the_default_project_is_the_connections(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, described(sandbox, password=sandbox.token, extra={"project_slug": "github/acme/web"}))
    with CircleCIV1Hook() as hook:
        list(hook.list_project_builds())

    assert [request["path"] for request in sandbox.requests()] == [f"{API}{PROJECT}"]


@pytest.mark.parametrize(
    ("slug", "path"),
    [
        ("gh/acme/web", "github/acme/web"),
        ("github/acme/web", "github/acme/web"),
        ("bb/acme/web", "bitbucket/acme/web"),
        ("bitbucket/acme/web", "bitbucket/acme/web"),
    ],
)
def test_a_path_names_the_vcs_type_in_full(sandbox: Sandbox, v1: CircleCIV1Hook, slug: str, path: str) -> None:
    list(v1.list_project_builds(slug))

    assert [request["path"] for request in sandbox.requests()] == [f"{API}/project/{path}"]


def test_json_is_asked_for(sandbox: Sandbox, v1: CircleCIV1Hook) -> None:
    v1.get_me()

    assert [request["headers"]["accept"] for request in sandbox.requests()] == ["application/json"]


def test_a_twin_shares_the_connection_and_not_the_session(v1: CircleCIV1Hook) -> None:
    v1.get_me()

    with v1.twin() as twin:
        assert (twin.settings is v1.settings, twin.blocking()[0] is v1.blocking()[0]) == (True, False)


# Mistakes, told before anything is sent.

MISTAKES: dict[str, tuple[str, tuple[Any, ...], dict[str, Any], str]] = {
    "no project": ("list_project_builds", (), {}, "project_slug is missing"),
    "no slug": ("get_build", (1, "web"), {}, "project_slug must look like"),
    "no number": ("get_build", ("latest", SLUG), {}, "build_num must be a whole number"),
    "number 0": ("retry_build", (0, SLUG), {}, "build_num must be a whole number"),
    "no branch": ("list_project_builds", (SLUG,), {"branch": ""}, "branch must be"),
    "no artifacts' branch": ("list_latest_artifacts", (SLUG,), {"branch": " "}, "branch must be"),
    "an unknown filter": ("list_project_builds", (SLUG,), {"filter": "green"}, "filter must be one of"),
    "an unknown artifacts' filter": ("list_latest_artifacts", (SLUG,), {"filter": "green"}, "filter must be one of"),
    "a tag of a branch": ("trigger_build", (SLUG,), {"tag": "v1", "branch": "main"}, "tag excludes branch"),
    "a tag and a branch to find": (
        "find_triggered_build",
        (SLUG,),
        {"tag": "v1", "branch": "main", "began_s": 0.0},
        "tag excludes branch",
    ),
    "a parameter": ("trigger_build", (SLUG,), {"build_parameters": {"A": True}}, r"build_parameters\['A'\]"),
    "no fingerprint": ("get_checkout_key", ("", SLUG), {}, "fingerprint must be"),
    "no fingerprint to delete": ("delete_checkout_key", (None, SLUG), {}, "fingerprint must be"),
    "no fingerprint to delete for a host": ("delete_ssh_key", ("h", "", SLUG), {}, "fingerprint must be"),
    "no host": ("create_ssh_key", (None, PRIVATE_KEY, SLUG), {}, "hostname must be a text"),
    "no host to delete for": ("delete_ssh_key", (7, "c9", SLUG), {}, "hostname must be a text"),
    "no key": ("create_ssh_key", ("h", "", SLUG), {}, "private_key must be a private key"),
    "a key's type": ("create_checkout_key", ("user-key", SLUG), {}, "type must be deploy-key or github-user-key"),
    "a way up": ("get_checkout_key", ("..", SLUG), {}, "fingerprint"),
}


@pytest.mark.parametrize(("name", "args", "options", "told"), MISTAKES.values(), ids=MISTAKES)
@both
def test_a_mistake_is_told_before_anything_is_sent(  # noqa: PLR0917  a mistake has four parts
    sandbox: Sandbox,
    v1: CircleCIV1Hook,
    name: str,
    args: tuple[Any, ...],
    options: dict[str, Any],
    told: str,
    flavour: Flavour,
) -> None:
    with pytest.raises(ValueError, match=told):
        call(v1, name, flavour, *args, **options)
    assert sandbox.requests() == []


@both
def test_a_refused_private_key_is_shown_nowhere(
    sandbox: Sandbox, v1: CircleCIV1Hook, capsys: pytest.CaptureFixture[str], flavour: Flavour
) -> None:
    sandbox.add_fault("status", method="POST", path="ssh-key$", status=400, body={"message": f"bad: {PRIVATE_KEY}"})
    with pytest.raises(Invalid) as refusal:
        call(v1, "create_ssh_key", flavour, "host.example", PRIVATE_KEY, SLUG)
    written = capsys.readouterr()

    assert "tell-nobody" not in f"{refusal.value}{refusal.value.__context__}{written.out}{written.err}"


# Losses.


@both
@pytest.mark.parametrize("kind", ["reset_after", "cut", "malformed", "empty", "status_after"])
def test_a_lost_trigger_starts_one_build_and_adopts_it(
    sandbox: Sandbox, v1: CircleCIV1Hook, flavour: Flavour, kind: str
) -> None:
    sandbox.add_fault(kind, method="POST", path="/tree/main$", times=1)
    build = call(v1, "trigger_build", flavour, SLUG, branch="main")

    assert [row["build_num"] for row in v1.list_project_builds(SLUG)] == [build["build_num"]]


@both
@pytest.mark.parametrize("kind", ["reset", "html", "status"])
def test_a_trigger_that_got_lost_on_its_way_starts_one_build(
    sandbox: Sandbox, v1: CircleCIV1Hook, flavour: Flavour, kind: str
) -> None:
    sandbox.add_fault(kind, method="POST", path="/tree/main$", times=1)
    build = call(v1, "trigger_build", flavour, SLUG, branch="main")

    assert [row["build_num"] for row in v1.list_project_builds(SLUG)] == [build["build_num"]]


@both
def test_a_lost_retry_starts_one_build_and_adopts_it(sandbox: Sandbox, v1: CircleCIV1Hook, flavour: Flavour) -> None:
    first = v1.trigger_build(SLUG, branch="main")["build_num"]
    sandbox.add_fault("reset_after", method="POST", path="/retry$", times=1)
    again = call(v1, "retry_build", flavour, first, SLUG)

    assert (again["retry_of"], len(list(v1.list_project_builds(SLUG)))) == (first, 2)


@both
def test_a_lost_trigger_beside_another_is_ambiguous(sandbox: Sandbox, v1: CircleCIV1Hook, flavour: Flavour) -> None:
    first = v1.trigger_build(SLUG, branch="main")["build_num"]
    sandbox.add_fault("reset_after", method="POST", path="/tree/main$", times=1)

    with pytest.raises(TriggerAmbiguous) as ambiguous:
        call(v1, "trigger_build", flavour, SLUG, branch="main")
    assert str(first) in ambiguous.value.pipeline_ids


@both
def test_a_page_of_html_is_a_refusal(sandbox: Sandbox, v1: CircleCIV1Hook, flavour: Flavour) -> None:
    sandbox.add_fault("html", path="/me$", status=404)

    with pytest.raises(NotFound, match="answered 404"):
        call(v1, "get_me", flavour)


# What need not be asked twice.


def asked(sandbox: Sandbox) -> int:
    return len(sandbox.requests(path="/1$"))


def test_a_finished_build_is_asked_for_once(web: Sandbox, v1: CircleCIV1Hook) -> None:
    assert v1.get_build(1, SLUG) == v1.get_build(1, SLUG)
    assert asked(web) == 1


def test_a_finished_build_is_asked_for_once_by_awaited_calls(web: Sandbox, v1: CircleCIV1Hook) -> None:
    for _ in range(2):
        call(v1, "get_build", "aio", 1, SLUG)

    assert asked(web) == 1


def test_blocking_and_awaited_calls_share_what_is_known(web: Sandbox, v1: CircleCIV1Hook) -> None:
    assert call(v1, "get_build", "aio", 1, SLUG) == v1.get_build(1, SLUG)
    assert asked(web) == 1


def test_a_build_is_asked_for_again_when_its_time_is_up(web: Sandbox, v1: CircleCIV1Hook, naps: list[float]) -> None:
    v1.get_build(1, SLUG)
    naps.append(600)
    v1.get_build(1, SLUG)

    assert asked(web) == 2


def test_a_running_build_is_asked_for_each_time(sandbox: Sandbox, v1: CircleCIV1Hook) -> None:
    v1.trigger_build(SLUG, branch="main")
    for _ in range(2):
        v1.get_build(1, SLUG)

    assert asked(sandbox) == 2


def test_what_one_hook_knows_no_other_does(web: Sandbox, v1: CircleCIV1Hook) -> None:
    v1.get_build(1, SLUG)
    with CircleCIV1Hook() as other:
        other.get_build(1, SLUG)

    assert asked(web) == 2


def test_after_a_change_everything_is_asked_for_again(web: Sandbox, v1: CircleCIV1Hook, naps: list[float]) -> None:
    v1.get_build(1, SLUG)
    v1.follow_project(SLUG)
    naps.append(1)
    v1.get_build(1, SLUG)

    assert asked(web) == 2


def test_the_hook_of_v2_keeps_nothing(web: Sandbox, hook: CircleCIHook) -> None:
    assert hook.blocking()[1].store is None


def test_a_wrong_token_is_refused(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.make_public(SLUG)
    monkeypatch.setenv(VARIABLE, described(sandbox, password="wrong"))

    with CircleCIV1Hook() as hook, pytest.raises(CircleError, match="Invalid token"):
        list(hook.list_project_builds(SLUG))
