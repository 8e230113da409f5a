"""
Checkout keys of a project.

The keys are made up, their fingerprints are right. Unverified: that the newest key is the preferred one, and that a key
comes back with the kind of fingerprint it was asked for by.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import md5, sha256, sha512
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from airflow_provider_circle.sandbox.circleci.bodies import read_object, read_word, refuse_unknown
from airflow_provider_circle.sandbox.circleci.holdings import Holdings
from airflow_provider_circle.sandbox.circleci.paging import page
from airflow_provider_circle.sandbox.circleci.refusals import Refused, not_found
from airflow_provider_circle.sandbox.circleci.routes import SLUG, project_of
from airflow_provider_circle.sandbox.circleci.state import CircleCIState
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["CheckoutKeyRoutes"]

JsonObject = dict[str, Any]

_KIND = "checkout keys"
_TYPES = {"deploy-key": "deploy-key", "user-key": "github-user-key"}
_DIGESTS = ("md5", "sha256")
_SHA256 = "SHA256:"
_RSA = b"\x00\x00\x00\x07ssh-rsa"


class CheckoutKeyRoutes:
    """What can be done with checkout keys."""

    def __init__(self, holdings: Holdings, state: CircleCIState) -> None:
        self._holdings = holdings
        self._state = state

    def routes(self) -> list[Route]:
        """Build the routes, relative to ``/api/v2``; the slashes of a fingerprint are escaped."""
        return [
            Route(f"{SLUG}/checkout-key", self._list),
            Route(f"{SLUG}/checkout-key", self._create, methods=["POST"]),
            Route(f"{SLUG}/checkout-key/{{fingerprint:path}}", self._get),
            Route(f"{SLUG}/checkout-key/{{fingerprint:path}}", self._delete, methods=["DELETE"]),
        ]

    def _keys(self, request: Request) -> JsonObject:
        """A project's keys by what is public of them."""
        return self._holdings.only(_KIND, project_of(request).id, "", lambda _: {})

    def _key(self, request: Request) -> JsonObject:
        fingerprint = request.path_params["fingerprint"]
        digest = "sha256" if fingerprint.startswith(_SHA256) else "md5"
        for public_key, key in self._keys(request).items():
            if _fingerprint(public_key, digest) == fingerprint:
                return _written(public_key, key, digest)
        raise not_found("Checkout key")

    async def _list(self, request: Request) -> JSONResponse:
        digest = read_word({"digest": request.query_params.get("digest", "md5")}, "digest", _DIGESTS)
        keys = [_written(public_key, key, digest) for public_key, key in self._keys(request).items()]
        return JSONResponse(page(keys, request.query_params.get("page-token")))

    async def _create(self, request: Request) -> JSONResponse:
        keys, body = self._keys(request), await read_object(request)
        refuse_unknown(body, "type")
        kind = _TYPES[read_word(body, "type", _TYPES)]
        if project_of(request).organization.provider == "circleci":
            raise Refused(400, "This project's code host has no checkout keys")
        for key in keys.values():
            key["preferred"] = False
        public_key = _new_key()
        keys[public_key] = {"type": kind, "preferred": True, "created-at": timestamp(self._state.now())}
        return JSONResponse(_written(public_key, keys[public_key], "md5"), status_code=201)

    async def _get(self, request: Request) -> JSONResponse:
        return JSONResponse(self._key(request))

    async def _delete(self, request: Request) -> JSONResponse:
        del self._keys(request)[self._key(request)["public-key"]]
        return JSONResponse({"message": "Checkout key deleted."})


def _written(public_key: str, key: JsonObject, digest: str) -> JsonObject:
    return {"public-key": public_key, "fingerprint": _fingerprint(public_key, digest), **key}


def _new_key() -> str:
    number = b"".join(sha512(uuid4().bytes).digest() for _ in range(4))
    return f"ssh-rsa {b64encode(_RSA + number).decode()}"


def _fingerprint(public_key: str, digest: str) -> str:
    blob = b64decode(public_key.partition(" ")[2])
    if digest == "sha256":
        return _SHA256 + b64encode(sha256(blob).digest()).decode().rstrip("=")
    return md5(blob, usedforsecurity=False).digest().hex(":")
