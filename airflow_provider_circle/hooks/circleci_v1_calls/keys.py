"""
Calls about a project's keys: those that reach other systems, and those that check the code out.

A private key goes into the body of one request and nowhere else.
"""

from __future__ import annotations

from typing import Literal

from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_v1_calls.base import CircleCIV1Calls
from airflow_provider_circle.vendors.circleci.v1 import endpoints, keys
from airflow_provider_circle.vendors.circleci.v1.arguments import checked_text

__all__ = ["KeyCalls"]

_FINGERPRINT = "a key's fingerprint, such as c9:0b:1c:4f:…"


class KeyCalls(CircleCIV1Calls):
    """Create, list and delete keys."""

    @operation
    def create_ssh_key(
        self, caller: Caller, hostname: str, private_key: str, project_slug: str | None = None
    ) -> Walk[None]:
        """
        Give a project a key that its builds reach another system with.

        :param hostname: the system's; an empty text means every host that has no key of its own.
        :param private_key: in PEM, without a passphrase. It is in no message, not even in a refusal.
        :raises Invalid: CircleCI does not take the key; what it says to it is left out, for it may quote it.

        Source: https://circleci.com/docs/api/v1/ (Create SSH Keys)
        """
        if not isinstance(hostname, str):
            raise ValueError(f"hostname must be a text, got {type(hostname).__name__}")
        key = checked_text("private_key", private_key, "a private key in PEM")
        return keys.create_ssh_key(caller, self._project(project_slug), hostname, key)

    @operation
    def delete_ssh_key(
        self, caller: Caller, hostname: str, fingerprint: str, project_slug: str | None = None
    ) -> Walk[None]:
        """
        Take a key for another system away from a project.

        :param hostname: as it was created for.
        :param fingerprint: the key's.

        Source: https://circleci.com/docs/api/v1/ (Delete SSH Key)
        """
        if not isinstance(hostname, str):
            raise ValueError(f"hostname must be a text, got {type(hostname).__name__}")
        checked_text("fingerprint", fingerprint, _FINGERPRINT)
        return keys.delete_ssh_key(caller, self._project(project_slug), hostname, fingerprint)

    @stream
    def list_checkout_keys(self, caller: Caller, project_slug: str | None = None) -> Walk[None]:
        """
        List the keys a project's code is checked out with.

        :return: records ``{"public_key", "type", "fingerprint", "preferred", "time"}``.

        Source: https://circleci.com/docs/api/v1/ (List Checkout Keys)
        """
        return pages(caller, endpoints.LIST_CHECKOUT_KEYS, path=self._project(project_slug))

    @operation
    def create_checkout_key(
        self,
        caller: Caller,
        type: Literal["deploy-key", "github-user-key"],  # noqa: A002  CircleCI's word
        project_slug: str | None = None,
    ) -> Walk[JsonObject]:
        """
        Let CircleCI make a key to check a project's code out with; needs a personal token.

        A lost reply is not looked up, and nothing sent again: one key is like another.

        :param type: ``deploy-key`` for this repository only, ``github-user-key`` for all its user may see.
        :return: as ``list_checkout_keys`` has it.

        Source: https://circleci.com/docs/api/v1/ (New Checkout Key)
        """
        if type not in ("deploy-key", "github-user-key"):
            raise ValueError(f"type must be deploy-key or github-user-key, got {type!r}")
        return call(caller, endpoints.CREATE_CHECKOUT_KEY, path=self._project(project_slug), json={"type": type})

    @operation
    def get_checkout_key(self, caller: Caller, fingerprint: str, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Read a key a project's code is checked out with.

        :raises NotFound: no such key.

        Source: https://circleci.com/docs/api/v1/ (Get Checkout Key)
        """
        return call(caller, endpoints.GET_CHECKOUT_KEY, path=self._key(project_slug, fingerprint))

    @operation
    def delete_checkout_key(
        self, caller: Caller, fingerprint: str, project_slug: str | None = None
    ) -> Walk[JsonObject]:
        """
        Take a key to check the code out away from a project.

        :return: ``{"message": "ok"}``.
        :raises NotFound: no such key.

        Source: https://circleci.com/docs/api/v1/ (Delete Checkout Key)
        """
        return call(caller, endpoints.DELETE_CHECKOUT_KEY, path=self._key(project_slug, fingerprint))

    def _key(self, project_slug: str | None, fingerprint: str) -> dict[str, str | int]:
        return {
            **self._project(project_slug),
            "fingerprint": checked_text("fingerprint", fingerprint, _FINGERPRINT),
        }
