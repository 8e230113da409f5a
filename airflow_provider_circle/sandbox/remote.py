"""
The control API as seen from a test's process: how a call is made and a refusal told.

Knows HTTP and the shape of the answers. What can be asked is said in the client and in the vendors' folders. Standard
library only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

__all__ = ["JsonObject", "Remote", "given"]

_CALL_TIMEOUT_S = 60.0

JsonObject = dict[str, Any]


class Remote:
    """
    A running sandbox that can be told things.

    :param url: where it listens, like ``http://127.0.0.1:8765``.
    :param token: the token its services accept.
    :param service_tokens: by service, where one accepts a token of its own.
    """

    def __init__(self, url: str, token: str, service_tokens: Mapping[str, str] | None = None) -> None:
        self.url = url
        self.token = token
        self._service_tokens = dict(service_tokens or {})
        self._opener = build_opener(ProxyHandler({}))  # A proxy of the environment must not see loopback calls.

    def token_of(self, service: str) -> str:
        """
        Say which token a service accepts.

        :param service: ``circleci``, ``circle-admin``, ``circa`` or ``circleme``.
        """
        return self._service_tokens.get(service, self.token)

    def _connection(self, conn_type: str, host: str) -> str:
        token = self.token_of(conn_type.replace("_", "-"))
        return json.dumps({"conn_type": conn_type, "host": host, "password": token})

    def _items(self, path: str, /, **query: str | None) -> list[JsonObject]:
        filters = given(query)
        items: list[JsonObject] = self._call("GET", f"{path}?{urlencode(filters)}" if filters else path)["items"]
        return items

    def _call(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        request = Request(  # noqa: S310  # Always the http URL of the sandbox.
            f"{self.url}/_sandbox{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method,
        )
        try:
            with self._opener.open(request, timeout=_CALL_TIMEOUT_S) as reply:
                answer: JsonObject = json.load(reply)
                return answer
        except HTTPError as error:
            with error:
                message = json.load(error)["message"]
            if error.code >= 500:
                raise RuntimeError(f"{method} {path}: the sandbox failed: {message}") from None
            raise ValueError(f"{method} {path}: {message}") from None


def given(options: Mapping[str, Any]) -> JsonObject:
    """Leave out what was not said."""
    return {name: value for name, value in options.items() if value is not None}
