"""
What an Airflow connection says, checked.

Reads the fields every connection type of this provider shares. Values come as a form, a URI or JSON leaves them, so
numbers and booleans may be texts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from airflow_provider_circle.core.loopback import is_loopback

__all__ = ["AirflowConnection", "ConnectionSettings", "read_connection"]

_API_SUFFIX = re.compile(r"/api(/admin)?(/v[\d.]+)?$")
_LAST_PORT = 65_535
_LONGEST_TIMEOUT_S = 3600.0
_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class AirflowConnection(Protocol):
    """What is read of an Airflow connection."""

    host: str | None
    port: int | None
    password: str | None


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """
    A connection, checked.

    :param host: base URL without a trailing slash; ``http://`` for this machine only.
    :param extras: the type's own fields; empty ones are left out.
    :param requests_per_minute: how many requests may be sent; ``None`` for no limit on this side.
    """

    conn_id: str
    host: str
    token: str = field(repr=False)
    timeout_s: float
    verify: bool | str
    extras: Mapping[str, Any] = field(repr=False)
    requests_per_minute: float | None = None


def read_connection(
    conn_id: str,
    connection: AirflowConnection,
    extras: Mapping[str, Any],
    *,
    default_host: str | None,
    default_timeout_s: float,
    token_optional: bool = False,
) -> ConnectionSettings:
    """
    Check a connection before anything is sent with it.

    :param extras: the connection's decoded ``extra``.
    :param default_host: where ``host`` is empty. ``None`` where only the customer knows the address: then ``host`` is
        required and is that of the API itself, its path included.
    :param default_timeout_s: seconds, where ``timeout_s`` is empty.
    :param token_optional: an empty password is fine: nobody signs in, and ``token`` is empty.
    :raises ValueError: a field is unusable; names the connection and the field, never the token.
    """
    given = {name: value for name, value in extras.items() if value is not None and str(value).strip()}
    rate = given.pop("requests_per_minute", None)
    try:
        return ConnectionSettings(
            conn_id=conn_id,
            host=_base_url(connection.host, connection.port, default_host),
            token=_token(connection.password, optional=token_optional),
            timeout_s=_above_zero("timeout_s", given.pop("timeout_s", default_timeout_s), _LONGEST_TIMEOUT_S),
            requests_per_minute=None if rate is None else _above_zero("requests_per_minute", rate),
            verify=_verify(given.pop("verify", True)),
            extras=given,
        )
    except ValueError as error:
        raise ValueError(f"connection {conn_id!r}: {error}") from None


def _base_url(host: str | None, port: int | None, default: str | None) -> str:
    # What was entered is never shown: people paste addresses with a token in them.
    example = default or "https://api.example.com"
    wrong = ValueError(f"host must be a URL such as {example}, without user, query or fragment")
    text = (host or "").strip() or default
    if not text:
        raise ValueError("host is missing; this service has no common address, put the one of your contract into it")
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        named_port = parts.port
    except ValueError:
        raise wrong from None
    if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment or re.search(r"\s", text):
        raise wrong
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("host must begin with https://, so that the token does not travel in the clear")
    if port and named_port is None:
        if not 0 < port <= _LAST_PORT:
            raise ValueError(f"port must be between 1 and {_LAST_PORT}, got {port}")
        text = f"{parts.scheme}://{parts.netloc}:{port}{parts.path}"
    return text.rstrip("/") if default is None else _API_SUFFIX.sub("", text.rstrip("/"))


def _token(password: str | None, *, optional: bool) -> str:
    token = (password or "").strip()
    if not token and optional:
        return ""
    if not token:
        raise ValueError("there is no token; put an API token into the password field")
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ValueError("the token has blanks, line breaks or characters that no API token has; paste it again")
    return token


def _above_zero(name: str, value: Any, most: float = math.inf) -> float:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 < number < math.inf or number > most:
        unit = " of seconds" if name.endswith("_s") else ""
        bound = f", at most {most:g}" if most < math.inf else ""
        raise ValueError(f"{name} must be a number{unit} above 0{bound}, got {value!r}")
    return number


def _verify(value: Any) -> bool | str:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _WORDS.get(value.strip().lower(), value.strip())
    raise ValueError(f"verify must be true, false or the path of a CA bundle, got {value!r}")
