"""
The receiver: two addresses of the API server, behind which every request has to prove itself.

Airflow asks nobody who comes here to sign in. Knows HTTP, the order of the checks and how long an answer may take;
bodies, secrets and recording are others' business. No answer repeats anything of its request.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from airflow_provider_circle.vendors.circleci.webhooks import SIGNATURE_HEADER, is_signed
from airflow_provider_circle.webhooks.body import TooLarge, parse_object, read_bounded
from airflow_provider_circle.webhooks.connections import Secrets, look_up_secret
from airflow_provider_circle.webhooks.counting import count
from airflow_provider_circle.webhooks.delivery import READERS, Delivery
from airflow_provider_circle.webhooks.recording import UNHEARD, Stale, record

__all__ = ["ANSWER_WITHIN_S", "Receiver", "build_app"]

T = TypeVar("T")

_log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 4.0
"""Circa waits 5 seconds, CircleCI 10. What is recorded later than this makes the sender's next attempt a duplicate."""

_COME_AGAIN_S = 30
_THREADS = 4
_MOST_AT_WORK = 64
"""What those threads are doing or going to do; more requests than these are told to come again."""

_IGNORED = "ignored"
_NOBODYS_SECRET = secrets.token_hex(32)
"""Compared with where there is no secret, so that it takes as long."""


class _Refused(Exception):
    """A request that is not taken: what it is told, and what it is counted as."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Receiver:
    """
    Takes deliveries.

    :param known: the secrets of connections.
    :param record: records a delivery, blocking, and tells what became of it.
    :param answer_within_s: seconds from a request's headers to its answer.
    """

    def __init__(
        self,
        known: Secrets,
        record: Callable[[Delivery], str] = record,
        *,
        answer_within_s: float = ANSWER_WITHIN_S,
    ) -> None:
        self._known = known
        self._record = record
        self._answer_within_s = answer_within_s
        self._at_work = threading.BoundedSemaphore(_MOST_AT_WORK)
        # Threads of our own: a database that hangs must not take those the rest of the API server works with.
        self._threads = ThreadPoolExecutor(_THREADS, "circle-webhooks")

    async def circleci(self, request: Request) -> JSONResponse:
        """Answer ``POST /circleci/<connection>``: the body has to be signed."""

        def proven(body: bytes, secret: str) -> bool:
            return is_signed(body, request.headers.get(SIGNATURE_HEADER), secret)

        return await self._answer("circleci", request, proven)

    async def circa(self, request: Request) -> JSONResponse:
        """Answer ``POST /circa/<connection>/<secret>``: Circa signs nothing, so the address has to be known."""
        given = request.path_params["secret"].encode(errors="replace")

        def proven(_body: bytes, secret: str) -> bool:
            return hmac.compare_digest(given, secret.encode())

        return await self._answer("circa", request, proven)

    async def _answer(self, source: str, request: Request, proven: Callable[[bytes, str], bool]) -> JSONResponse:
        try:
            async with asyncio.timeout(self._answer_within_s):
                outcome = await self._take(source, request, proven)
        except _Refused as refused:
            return _refusal(source, refused)
        except TimeoutError:
            return _refusal(source, _Refused(503, "late"))
        except ClientDisconnect:
            return _refusal(source, _Refused(400, "cut"))
        return JSONResponse({"outcome": outcome}, 202 if outcome == UNHEARD else 200)

    async def _take(self, source: str, request: Request, proven: Callable[[bytes, str], bool]) -> str:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise _Refused(415, "content_type")
        try:
            body = await read_bounded(request.stream(), request.headers.get("content-length"))
        except TooLarge:
            raise _Refused(413, "too_large") from None
        conn_id = request.path_params["conn_id"]
        secret = self._known.remembered(source, conn_id)
        if secret is None:
            secret = await self._aside(lambda: self._known.found(source, conn_id))
        # Compared in any case: nobody may learn from the time which connections there are.
        if not proven(body, secret.value or _NOBODYS_SECRET):
            raise _Refused(401, "secret")
        try:
            delivery = READERS[source](parse_object(body), conn_id)
        except ValueError as error:
            _log.warning("a webhook for connection %s was not understood: %.200s", conn_id, error)
            raise _Refused(400, "malformed") from None
        if delivery is None:
            count(_IGNORED, source)
            return _IGNORED
        return await self._aside(lambda: self._recorded(source, delivery))

    def _recorded(self, source: str, delivery: Delivery) -> str:
        """Record in a thread; counted there, too, for it may end after the answer was due."""
        try:
            outcome = self._record(delivery)
        except Stale:
            raise _Refused(400, "stale") from None
        except SQLAlchemyError as error:
            _log.error("a webhook could not be recorded: %s", type(error).__name__)
            raise _Refused(503, "database") from None
        count(outcome, source)
        return outcome

    async def _aside(self, work: Callable[[], T]) -> T:
        """Do something in a thread; it is done even when nobody waits for it any longer."""

        def do() -> T:
            try:
                return work()
            finally:
                self._at_work.release()

        if not self._at_work.acquire(blocking=False):
            raise _Refused(503, "busy")
        done = asyncio.wrap_future(self._threads.submit(do))
        done.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return await asyncio.shield(done)


def _refusal(source: str, refused: _Refused) -> JSONResponse:
    count("refused", source, refused.reason)
    headers = {"Retry-After": str(_COME_AGAIN_S)} if refused.status == 503 else None
    return JSONResponse({"outcome": "refused"}, refused.status, headers)


def build_app(receiver: Receiver | None = None) -> FastAPI:
    """
    Build the application.

    :param receiver: takes the deliveries; by default one that looks into Airflow's connections and database.
    """
    receiver = receiver or Receiver(Secrets(look_up_secret))
    # No redirect to a path with one slash less: it would repeat the path.
    app = FastAPI(title="Circle webhooks", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.add_route("/circleci/{conn_id}", receiver.circleci, methods=["POST"])
    app.add_route("/circa/{conn_id}/{secret}", receiver.circa, methods=["POST"])
    return app
