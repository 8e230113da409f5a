"""Calls about checkout keys: the SSH keys a project's jobs read its repository with."""

from __future__ import annotations

from airflow_provider_circle.core.arguments import checked_text, checked_word
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call, pages
from airflow_provider_circle.hooks.base import operation, stream
from airflow_provider_circle.hooks.circleci_calls.base import CircleCICalls
from airflow_provider_circle.vendors.circleci.endpoints import checkout_keys

__all__ = ["CheckoutKeyCalls"]


class CheckoutKeyCalls(CircleCICalls):
    """List, create, read and delete checkout keys."""

    @stream
    def list_checkout_keys(
        self, caller: Caller, project_slug: str | None = None, *, digest: str | None = None
    ) -> Walk[None]:
        """
        List a project's checkout keys.

        :param project_slug: the connection's default project where left out.
        :param digest: how fingerprints are written, ``md5``, which it is where left out, or ``sha256``.
        :return: records ``{"public-key", "type", "fingerprint", "preferred", "created-at"}``.
        :raises ValueError: another digest.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/listCheckoutKeys
        """
        query = {} if digest is None else {"digest": checked_word("digest", digest, "md5", "sha256")}
        path = {"project_slug": self.project_slug(project_slug)}
        return pages(caller, checkout_keys.LIST_CHECKOUT_KEYS, path=path, query=query)

    @operation
    def create_checkout_key(self, caller: Caller, key_type: str, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Create a checkout key, and tell the code host about it. Projects of GitLab and GitHub App have none.

        :param key_type: ``deploy-key``, or ``user-key`` for one of the token's user, who must have let CircleCI in at
            GitHub before.
        :param project_slug: the connection's default project where left out.
        :return: ``{"public-key", "type", "fingerprint", "preferred", "created-at"}``; a ``user-key`` has the type
            ``github-user-key``.
        :raises ValueError: another type.
        :raises NotFound: no such project, or the token may not see it.

        Source: https://circleci.com/docs/api/v2/#operation/createCheckoutKey
        """
        body = {"type": checked_word("key_type", key_type, "deploy-key", "user-key")}
        path = {"project_slug": self.project_slug(project_slug)}
        return call(caller, checkout_keys.CREATE_CHECKOUT_KEY, path=path, json=body)

    @operation
    def get_checkout_key(self, caller: Caller, fingerprint: str, project_slug: str | None = None) -> Walk[JsonObject]:
        """
        Read a checkout key.

        :param fingerprint: as CircleCI lists it, by MD5 (``c9:0b:…``) or SHA-256 (``SHA256:…``).
        :param project_slug: the connection's default project where left out.
        :return: ``{"public-key", "type", "fingerprint", "preferred", "created-at"}``.
        :raises NotFound: no such project or key.

        Source: https://circleci.com/docs/api/v2/#operation/getCheckoutKey
        """
        return call(caller, checkout_keys.GET_CHECKOUT_KEY, path=self._key(fingerprint, project_slug))

    @operation
    def delete_checkout_key(
        self, caller: Caller, fingerprint: str, project_slug: str | None = None
    ) -> Walk[JsonObject]:
        """
        Delete a checkout key.

        :param fingerprint: as CircleCI lists it, by MD5 (``c9:0b:…``) or SHA-256 (``SHA256:…``).
        :param project_slug: the connection's default project where left out.
        :return: ``{"message"}``.
        :raises NotFound: no such project or key.

        Source: https://circleci.com/docs/api/v2/#operation/deleteCheckoutKey
        """
        return call(caller, checkout_keys.DELETE_CHECKOUT_KEY, path=self._key(fingerprint, project_slug))

    def _key(self, fingerprint: str, project_slug: str | None) -> dict[str, str]:
        return {
            "project_slug": self.project_slug(project_slug),
            "fingerprint": checked_text("fingerprint", fingerprint),
        }
