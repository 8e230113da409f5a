"""Builds as CircleCI writes them, and a server that answers for v1.1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

from airflow_provider_circle.core.message import JsonObject, Response
from airflow_provider_circle.vendors.circleci.v1.service import circleci_v1
from tests.unit.vendors.answering import NOW_S, Answer, Answering, Asked, in_turn, reply

TOKEN = "token-of-the-test"
SERVICE = circleci_v1("https://circleci.com", TOKEN)
SLUG = "gh/acme/web"
PROJECT = "/project/github/acme/web"


def stamp(seconds: float) -> str:
    """Write a moment, in seconds after the beginning, as CircleCI does."""
    return datetime.fromtimestamp(NOW_S + seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def build(number: int = 7, /, **changes: Any) -> JsonObject:
    """A build that was triggered by the API just now, by us."""
    return {
        "vcs_url": "https://github.com/acme/web",
        "build_num": number,
        "build_url": f"https://circleci.com/gh/acme/web/{number}",
        "branch": "main",
        "vcs_tag": None,
        "vcs_revision": "a" * 40,
        "why": "edit",
        "usage_queued_at": stamp(1),
        "queued_at": None,
        "start_time": None,
        "lifecycle": "not_running",
        "outcome": None,
        "status": "not_running",
        "retry_of": None,
        "user": {"login": "me"},
        **changes,
    }


def finished(outcome: str = "success", /, **changes: Any) -> JsonObject:
    return build(**{"lifecycle": "finished", "outcome": outcome, "status": outcome, **changes})


def answering(answer: Answer, **options: Any) -> Answering:
    return Answering(SERVICE, answer, **options)


class Project:
    """
    Answers for a project: its builds, newest first, and who is asking.

    :param lost: what becomes of the first requests that start a build; then they are answered with the newest build.
    :param login: whose token it is; an empty one is a project's token, which ``/me`` does not know.
    :param ahead_s: by how much the server's clock is ahead.
    """

    def __init__(self, *builds: JsonObject, lost: Sequence[Any] = (), login: str = "me", ahead_s: float = 0.0) -> None:
        self.builds = list(builds)
        self.lost = list(lost)
        self.login = login
        self.ahead_s = ahead_s
        self.followed: list[JsonObject] | Response = [
            {"vcs_type": "github", "username": "acme", "reponame": name, "default_branch": branch}
            for name, branch in (("app", "trunk"), ("web", "develop"))
        ]
        self.asking = answering(self._answer)

    def _answer(self, asked: Asked) -> Any:
        if asked.method == "POST":
            return self.lost.pop(0) if self.lost else reply(build(99), 201)
        if asked.path == "/me":
            return reply({"login": self.login}) if self.login else reply({"message": "no user"}, 401)
        if asked.path == "/projects":
            return self.followed if isinstance(self.followed, Response) else reply(self.followed)
        limit, offset = int(asked.query["limit"]), int(asked.query.get("offset", 0))
        listed = reply(self.builds[offset : offset + limit])
        dated = {**listed.headers, "date": formatdate(self.asking.now_s + self.ahead_s, usegmt=True)}
        return Response(200, dated, listed.body)

    @property
    def sent(self) -> list[str]:
        """The requests that start a build."""
        return [str(asked) for asked in self.asking.asked if asked.method == "POST"]


__all__ = [
    "NOW_S",
    "PROJECT",
    "SERVICE",
    "SLUG",
    "TOKEN",
    "Project",
    "answering",
    "build",
    "finished",
    "in_turn",
    "reply",
    "stamp",
]
