"""
Keys for other systems, whose private half must not be seen again, and whose requests CircleCI answers with nothing.

How a key is checked is CircleCI's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from airflow_provider_circle.core.endpoint import Endpoint
from airflow_provider_circle.core.message import JsonObject
from airflow_provider_circle.core.walk import Caller, Walk, call
from airflow_provider_circle.exceptions import UnexpectedReply
from airflow_provider_circle.vendors.circleci.v1.endpoints import CREATE_SSH_KEY, DELETE_SSH_KEY

__all__ = ["create_ssh_key", "delete_ssh_key"]


def create_ssh_key(caller: Caller, path: Mapping[str, str | int], hostname: str, private_key: str) -> Walk[None]:
    """
    Give a project a key for another system.

    A lost reply is not looked up, for keys for other systems cannot be listed, and not sent again.

    :param path: the project's.
    :raises CircleError: without what CircleCI said, which might quote the key.

    Source: https://circleci.com/docs/api/v1/ (Create SSH Keys)
    """
    mute = replace(caller, service=replace(caller.service, read_error=lambda _: ""))
    return _told(mute, CREATE_SSH_KEY, path, {"hostname": hostname, "private_key": private_key})


def delete_ssh_key(caller: Caller, path: Mapping[str, str | int], hostname: str, fingerprint: str) -> Walk[None]:
    """
    Take a key for another system away from a project.

    :param path: the project's.

    Source: https://circleci.com/docs/api/v1/ (Delete SSH Key)
    """
    return _told(caller, DELETE_SSH_KEY, path, {"hostname": hostname, "fingerprint": fingerprint})


def _told(caller: Caller, endpoint: Endpoint, path: Mapping[str, str | int], body: JsonObject) -> Walk[None]:
    """Send what is answered with a status alone: the reference expects no body, hence no JSON either."""
    try:
        yield from call(caller, endpoint, path=path, json=body)
    except UnexpectedReply as wordless:
        if wordless.status is None or not 200 <= wordless.status < 300:
            raise
