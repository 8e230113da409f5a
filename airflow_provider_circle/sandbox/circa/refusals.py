"""
How Circa says no.

Knows the shapes of a refusal. Who refuses what, and why, is said where it is decided.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Refused", "invalid", "not_found"]


class Refused(Exception):
    """
    The service declines a request.

    :param status: HTTP status of the reply.
    :param body: the reply's content.
    """

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


def not_found(what: str) -> Refused:
    """Refuse because a thing does not exist. Unverified: the body of every refusal but 422."""
    return Refused(404, {"error": f"{what} could not be found"})


def invalid(errors: dict[str, list[str]]) -> Refused:
    """Refuse parameters, each with the messages about it."""
    return Refused(422, {"errors": errors})
