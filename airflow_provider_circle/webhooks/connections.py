"""
The webhook secrets of connections, looked up seldom.

Whoever finds the address may name any connection, so names that are not known cost a lookup only now and then; known or
not, answers are remembered for a short while. Comparing is left to the receiver.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from airflow_provider_circle.hooks.masking import mask_secret
from airflow_provider_circle.webhooks.assets import CONN_ID

__all__ = ["Secret", "Secrets", "look_up_secret"]

_log = logging.getLogger(__name__)

_USABLE = {"circleci": re.compile(r".+", re.DOTALL), "circa": re.compile(r"[A-Za-z0-9._~-]{32,200}")}
"""What a secret must look like: anything to sign with; part of an address, and too long to guess."""


@dataclass(frozen=True, slots=True)
class Secret:
    """
    What is known of a connection.

    :param value: ``None`` where there is no such connection, or none with a usable secret.
    """

    value: str | None


class Secrets:
    """
    Remembers secrets; safe to use from several threads.

    :param look_up: gives the secret of a connection by its type and id, or ``None``.
    :param clock: seconds that only grow.
    :param life_s: seconds an answer is remembered; a changed secret counts after that.
    :param most: names remembered at once.
    :param strangers: lookups of names not known to be connections, at once; as many more come back within a minute.
    """

    def __init__(
        self,
        look_up: Callable[[str, str], str | None],
        *,
        clock: Callable[[], float] = time.monotonic,
        life_s: float = 30.0,
        most: int = 256,
        strangers: int = 60,
    ) -> None:
        self._look_up = look_up
        self._clock = clock
        self._life_s = life_s
        self._most = most
        self._strangers = strangers
        self._left = float(strangers)
        self._counted_s = clock()
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], tuple[float, Secret]] = OrderedDict()

    def remembered(self, conn_type: str, conn_id: str) -> Secret | None:
        """
        Give what can be said without a lookup.

        :return: ``None`` when it takes one.
        """
        if not CONN_ID.fullmatch(conn_id):
            return Secret(None)
        with self._lock:
            until_s, secret = self._known.get((conn_type, conn_id), (0.0, None))
            if secret is not None and self._clock() < until_s:
                return secret
            # A connection that was there a moment ago is asked for again, however many strangers knock.
            return None if (secret is not None and secret.value) or self._admit() else Secret(None)

    def found(self, conn_type: str, conn_id: str) -> Secret:
        """Look a secret up, and remember it."""
        secret = Secret(self._look_up(conn_type, conn_id))
        with self._lock:
            self._known[conn_type, conn_id] = (self._clock() + self._life_s, secret)
            self._known.move_to_end((conn_type, conn_id))
            while len(self._known) > self._most:
                del self._known[self._least_wanted()]
        return secret

    def _admit(self) -> bool:
        now_s = self._clock()
        self._left = min(self._strangers, self._left + (now_s - self._counted_s) * self._strangers / 60)
        self._counted_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _least_wanted(self) -> tuple[str, str]:
        """Choose whom to forget: the oldest that is no connection, else the oldest."""
        return next((key for key, (_, secret) in self._known.items() if not secret.value), next(iter(self._known)))


def look_up_secret(conn_type: str, conn_id: str) -> str | None:
    """
    Read the webhook secret of a connection, wherever Airflow keeps connections.

    :param conn_type: the type the connection must be of.
    :return: ``None`` where there is no such connection, a secrets backend denies it, or its secret cannot be used; the
        log then says why.
    """
    from airflow.models.connection import Connection
    from airflow.providers.common.compat.sdk import AirflowNotFoundException

    try:
        connection = Connection.get_connection_from_secrets(conn_id)
    except (AirflowNotFoundException, PermissionError):  # The latter: a secrets backend that denies it.
        return None
    if connection.conn_type != conn_type:
        return None
    secret = connection.extra_dejson.get("webhook_secret")
    if not isinstance(secret, str) or not _USABLE[conn_type].fullmatch(secret):
        _log.warning(
            "connection %s receives nothing: it has no webhook_secret, or one that cannot be used (%s)",
            conn_id,
            "32 to 200 letters, digits, '.', '_', '~' and '-'" if conn_type == "circa" else "it is empty",
        )
        return None
    mask_secret(secret)
    return secret
