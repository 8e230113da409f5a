"""The sandbox sends webhooks when something ends on its clock, signed, and again while nobody takes them."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest

from airflow_provider_circle.sandbox.circleci.delivery import Deliveries, Webhook
from airflow_provider_circle.sandbox.circleci.slugs import find_project
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.circleci.trigger import Trigger
from airflow_provider_circle.sandbox.client import Sandbox
from airflow_provider_circle.sandbox.clock import VirtualClock
from airflow_provider_circle.sandbox.sending import is_acceptable, send
from tests.unit.sandbox.conftest import InProcess, RealTime

URL = "https://airflow.example.com/hook"
SECRET = "a secret to sign"
PROJECT = find_project("gh", "acme", "web")
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
BODY = {
    "name": "tell",
    "url": URL,
    "events": ["workflow-completed"],
    "verify-tls": True,
    "signing-secret": SECRET,
    "scope": {"type": "project", "id": PROJECT.id},
}


class Post:
    """One service with one webhook; what it sends is kept, and answered with the statuses it is given."""

    def __init__(self, *events: str) -> None:
        self.real_time = RealTime()
        self.state = CircleCIState(VirtualClock(wall=self.real_time, monotonic=self.real_time))
        self.statuses: list[int | None] = []
        self.sent: list[tuple[str, dict[str, Any], Mapping[str, str]]] = []
        self.deliveries = Deliveries(self.state, self._send)
        now_s = self.state.now()
        self.webhook = Webhook("w", "tell", URL, PROJECT.id, list(events), SECRET, True, now_s, now_s)
        self.deliveries.webhooks["w"] = self.webhook

    async def _send(self, url: str, body: bytes, headers: Mapping[str, str], _timeout_s: float) -> int | None:
        self.sent.append((url, json.loads(body), headers))
        assert headers["circleci-signature"] == "v1=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        return self.statuses.pop(0) if self.statuses else 200

    def start(self, scenario: str = "success", slug: str = "web") -> None:
        parameters: dict[str, str | int | bool] = {"sandbox_scenario": scenario, "sandbox_duration_s": 20}
        self.state.create(find_project("gh", "acme", slug), Trigger("main", None, parameters))

    def after(self, seconds: float) -> list[str]:
        """Let time pass; what was sent then."""
        self.sent.clear()
        self.real_time.seconds += seconds
        asyncio.run(self.deliveries.send_what_is_due())
        return [f"{body['type']}:{body.get('job', body['workflow'])['status']}" for _, body, _ in self.sent]


def test_workflow_is_told_of_when_it_has_ended_and_once() -> None:
    post = Post("workflow-completed")
    post.start()

    assert [post.after(seconds) for seconds in (10, 20, 10)] == [[], ["workflow-completed:success"], []]


def test_webhook_that_is_gone_is_sent_nothing_again() -> None:
    post = Post("workflow-completed")
    post.statuses = [503]
    post.start()
    first = post.after(30)
    post.deliveries.drop(post.webhook)

    assert (first, post.after(300)) == (["workflow-completed:success"], [])
    assert [each.as_json()["over"] for each in post.deliveries.made] == [True]


def test_jobs_are_told_of_as_they_end() -> None:
    post = Post("job-completed")
    post.start("failed")

    assert [post.after(seconds) for seconds in (13, 20)] == [["job-completed:success"], ["job-completed:failed"]]


def test_job_that_never_ran_is_not_told_of() -> None:
    post = Post("job-completed")
    post.start("failed")
    post.after(60)

    assert [body["job"]["name"] for _, body, _ in post.sent] == ["build", "test"]


def test_only_chosen_events_are_told() -> None:
    post = Post("workflow-completed", "job-completed")
    post.start()

    assert sorted(post.after(60)) == ["job-completed:success", "job-completed:success", "workflow-completed:success"]


def test_other_projects_are_not_told_of() -> None:
    post = Post("workflow-completed")
    post.start(slug="api")

    assert post.after(60) == []


def test_what_had_ended_before_is_not_told() -> None:
    post = Post("workflow-completed")
    post.start()
    post.real_time.seconds += 60
    post.webhook.created_s = post.state.now()

    assert post.after(1) == []


def test_body_writes_the_provider_out() -> None:
    post = Post("workflow-completed")
    post.start()
    post.after(60)
    ((url, body, _),) = post.sent

    assert (url, body["project"]["slug"]) == (URL, "github/acme/web")
    assert body["pipeline"]["vcs"]["branch"] == "main"


def test_refused_delivery_is_tried_again_with_the_same_body() -> None:
    post = Post("workflow-completed")
    post.statuses = [500, None, 200]
    post.start()
    post.after(60)
    (first,) = post.sent

    assert [len(post.after(seconds)) for seconds in (4, 1, 29, 1, 1000)] == [0, 1, 0, 1, 0]
    assert post.deliveries.made[0].as_json() == {
        "webhook_id": "w",
        "id": first[1]["id"],
        "type": "workflow-completed",
        "statuses": [500, None, 200],
        "over": True,
    }


def test_delivery_nobody_takes_is_given_up() -> None:
    post = Post("workflow-completed")
    post.statuses = [500] * 100
    post.start()

    assert [len(post.after(1000)) for _ in range(6)] == [1, 1, 1, 1, 0, 0]


def test_copies_are_the_same_delivery() -> None:
    post = Post("workflow-completed")
    post.deliveries.copies = 3
    post.start()
    post.after(60)

    assert len(post.sent) == 3
    assert len({json.dumps(body) for _, body, _ in post.sent}) == 1


@pytest.mark.parametrize(
    ("url", "acceptable"),
    [
        (URL, True),
        ("http://127.0.0.1:8080/hook", True),
        ("http://localhost:8080/hook", True),
        ("http://[::1]/hook", True),
        ("http://airflow.example.com/hook", False),
        ("http://127.0.0.1.example.com/hook", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https://[broken", False),
        (None, False),
    ],
)
def test_plain_http_is_for_this_machine(url: object, acceptable: bool) -> None:
    assert is_acceptable(url) is acceptable


# Over the API


def test_webhook_is_made_read_changed_and_deleted(sandbox: InProcess) -> None:
    made = sandbox.api("POST", "/webhook", BODY).json()
    place = f"/webhook/{made['id']}"
    changed = sandbox.api("PUT", place, {"name": "renamed"}).json()

    assert (made["signing-secret"], changed["name"], changed["url"]) == ("****sign", "renamed", URL)
    assert sandbox.get(place) == changed
    assert sandbox.api("DELETE", place).status == 200
    assert sandbox.api("GET", place).status == 404


def test_short_secret_is_not_shown_at_all(sandbox: InProcess) -> None:
    assert sandbox.api("POST", "/webhook", {**BODY, "signing-secret": "short"}).json()["signing-secret"] == "****"


def test_webhooks_are_listed_by_project(sandbox: InProcess) -> None:
    made = sandbox.api("POST", "/webhook", BODY).json()
    sandbox.api("POST", "/webhook", {**BODY, "scope": {"type": "project", "id": UNKNOWN_ID}})

    found = sandbox.get("/webhook", query={"scope-type": "project", "scope-id": PROJECT.id})

    assert [each["id"] for each in found["items"]] == [made["id"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://airflow.example.com"},
        {"events": ["ping"]},
        {"events": "workflow-completed"},
        {"verify-tls": "yes"},
        {"name": ""},
        {"signing-secret": ""},
        {"scope": {"type": "organization", "id": PROJECT.id}},
        {"scope": {"type": "project", "id": "gh/acme/web"}},
    ],
)
def test_wrong_webhook_is_refused(sandbox: InProcess, wrong: dict[str, Any]) -> None:
    assert sandbox.api("POST", "/webhook", {**BODY, **wrong}).status == 400


@pytest.mark.parametrize("missing", BODY)
def test_incomplete_webhook_is_refused(sandbox: InProcess, missing: str) -> None:
    body = {name: value for name, value in BODY.items() if name != missing}

    assert sandbox.api("POST", "/webhook", body).status == 400


def test_refused_change_changes_nothing(sandbox: InProcess) -> None:
    made = sandbox.api("POST", "/webhook", BODY).json()
    place = f"/webhook/{made['id']}"

    assert sandbox.api("PUT", place, {"name": "renamed", "events": ["ping"]}).status == 400
    assert sandbox.get(place) == made


def test_list_needs_a_project(sandbox: InProcess) -> None:
    assert sandbox.api("GET", "/webhook").status == 400


# Over real connections


@pytest.fixture
def received() -> Iterator[tuple[str, Queue[tuple[bytes, dict[str, str]]]]]:
    """A receiver on loopback that takes everything; its address, and what came."""
    came: Queue[tuple[bytes, dict[str, str]]] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.put((body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", came
    server.shutdown()
    thread.join()
    server.server_close()


def test_running_sandbox_sends_by_itself(circle_sandbox: Sandbox, received: Any, monkeypatch: Any) -> None:
    from airflow_provider_circle.hooks.circleci import CircleCIHook

    url, came = received
    monkeypatch.setenv("AIRFLOW_CONN_CIRCLECI_DEFAULT", circle_sandbox.connection_json())
    circle_sandbox.set_speed(0)
    with CircleCIHook() as hook:
        hook.create_webhook(PROJECT.id, "tell", url, signing_secret=SECRET, events=["workflow-completed"])
        pipeline = hook.trigger_pipeline("gh/acme/web")
    circle_sandbox.advance(60)

    body, headers = came.get(timeout=20)

    assert json.loads(body)["pipeline"]["id"] == pipeline["id"]
    assert headers["content-type"] == "application/json"
    assert headers["circleci-signature"] == "v1=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def test_made_up_webhook_is_sent_at_once(circle_sandbox: Sandbox, received: Any) -> None:
    url, came = received

    told = circle_sandbox.circleci_send_webhook(url, SECRET, type="job-completed", status="failed", copies=2)

    bodies = [json.loads(came.get(timeout=20)[0]) for _ in range(2)]
    assert told["statuses"] == [204, 204]
    assert [(body["id"], body["job"]["status"]) for body in bodies] == [(told["id"], "failed")] * 2


def test_made_up_webhook_can_be_unsigned_and_sent_again(circle_sandbox: Sandbox, received: Any) -> None:
    url, came = received

    assert circle_sandbox.circleci_send_webhook(url, None, delivery_id="again")["id"] == "again"
    assert "circleci-signature" not in came.get(timeout=20)[1]


def test_push_is_sent_at_once(circle_sandbox: Sandbox, received: Any) -> None:
    url, came = received
    change = {"action": "update", "resource_id": "Q29udGFjdC0x", "resource_type": "Contact"}

    told = circle_sandbox.circa_push(url, [change], changed_at="2026-05-15T09:37:11Z")

    assert told == {"changed_at": "2026-05-15T09:37:11Z", "status": 204}
    assert json.loads(came.get(timeout=20)[0]) == {"changed_at": "2026-05-15T09:37:11Z", "change_log": [change]}


def mumble(listener: socket.socket) -> None:
    """Answer one request with what is no reply."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(b"mumble\r\n\r\n")


def test_receiver_that_is_not_there_gives_no_status(circle_sandbox: Sandbox) -> None:
    assert circle_sandbox.circleci_send_webhook("http://127.0.0.1:1/hook", SECRET)["statuses"] == [None]


def test_receiver_that_does_not_speak_http_gives_no_status() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        mumbling = threading.Thread(target=mumble, args=(listener,))
        mumbling.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        assert asyncio.run(send(url, b"{}", {}, 10.0)) is None
        mumbling.join()


def test_address_that_cannot_be_asked_gives_no_status() -> None:
    assert asyncio.run(send("https://airflow.example.com/a hook", b"{}", {}, 10.0)) is None


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"url": "http://airflow.example.com"}, "url"),
        ({"type": "pipeline-completed"}, "type"),
        ({"project_slug": "gh/nobody/web"}, "project"),
        ({"copies": 0}, "copies"),
    ],
)
def test_webhook_that_cannot_be_made_up_is_refused(
    circle_sandbox: Sandbox, options: dict[str, Any], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        circle_sandbox.circleci_send_webhook(**{"url": "http://127.0.0.1:1/hook", "secret": SECRET, **options})


@pytest.mark.parametrize("change", [{}, {"action": "upsert", "resource_id": "a", "resource_type": "Contact"}])
def test_push_of_no_change_is_refused(circle_sandbox: Sandbox, change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="changes must be objects"):
        circle_sandbox.circa_push("http://127.0.0.1:1/hook", [change])
