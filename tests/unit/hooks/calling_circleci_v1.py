"""Calls the v1.1 hook, blocking and awaited."""

from __future__ import annotations

import asyncio
from inspect import getattr_static
from typing import Any

from airflow_provider_circle.hooks.base import stream
from airflow_provider_circle.hooks.circleci_v1 import CircleCIV1Hook
from tests.unit.hooks.calling_circleci import Flavour

SLUG = "gh/acme/web"
API = "/circleci/api/v1.1"
PROJECT = "/project/github/acme/web"
PRIVATE_KEY = "-----BEGIN RSA PRIVATE KEY-----\ntell-nobody\n-----END RSA PRIVATE KEY-----"


def call(hook: CircleCIV1Hook, name: str, flavour: Flavour, *args: Any, **options: Any) -> Any:
    """Make a call of the hook to its end; the records of a stream as a list."""
    bound, is_stream = getattr(hook, name), isinstance(getattr_static(CircleCIV1Hook, name), stream)
    if flavour == "sync":
        return list(bound(*args, **options)) if is_stream else bound(*args, **options)

    async def awaited() -> Any:
        if is_stream:
            return [record async for record in bound.aio(*args, **options)]
        return await bound.aio(*args, **options)

    return asyncio.run(awaited())


__all__ = ["API", "PRIVATE_KEY", "PROJECT", "SLUG", "call"]
