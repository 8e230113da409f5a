"""
What the machine's environment says about proxies and certificates, read as requests reads it.

aiohttp reads it otherwise, or not at all: a host that a worker reaches would be out of the triggerer's reach.
"""

from __future__ import annotations

import os
import ssl
from functools import cache
from urllib.parse import urlsplit

import certifi
from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy

from airflow_provider_circle.core.loopback import is_loopback

__all__ = ["is_asked_directly", "proxy_for", "trusted"]


def is_asked_directly(url: str) -> bool:
    """Say whether an address is this machine's own and not encrypted: a proxy elsewhere would be told the token."""
    parts = urlsplit(url)
    return parts.scheme == "http" and is_loopback(parts.hostname or "")


def proxy_for(url: str) -> str | None:
    """
    Find the environment's proxy. Goes through the whole environment, which takes longer than a request does.

    aiohttp would look for one itself, but elsewhere, and sign in with ~/.netrc as well.

    :return: the proxy's address; ``None`` for none.
    :raises ValueError: the environment names something that is no HTTP proxy.
    """
    if is_asked_directly(url):
        return None
    named: str | None = select_proxy(url, get_environ_proxies(url))
    if not named:
        return None
    proxy: str = prepend_scheme_if_needed(named, "http")  # type: ignore[no-untyped-call]
    parts = urlsplit(proxy)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the environment's proxy must be an http:// or https:// address")
    return proxy


def trusted(verify: bool | str) -> ssl.SSLContext | bool:
    """
    Trust whom requests trusts. Reads files: not for an event loop.

    :param verify: check the server's certificate; a text is the path of a CA bundle.
    :raises ValueError: the CA bundle cannot be read.
    """
    if verify is False:
        return False
    bundle = verify if isinstance(verify, str) else ""
    bundle = bundle or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or certifi.where()
    try:
        return _context(bundle, os.stat(bundle).st_mtime_ns)
    except OSError:
        raise ValueError(f"the CA bundle {bundle} cannot be read; check verify and REQUESTS_CA_BUNDLE") from None


@cache
def _context(bundle: str, _: int) -> ssl.SSLContext:
    """Read a CA bundle, once for as long as it does not change."""
    if os.path.isdir(bundle):
        return ssl.create_default_context(capath=bundle)
    return ssl.create_default_context(cafile=bundle)
