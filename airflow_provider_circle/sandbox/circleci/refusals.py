"""
How the service says no.

Knows the shape of a refusal. Who refuses what, and why, is said where it is decided.
"""

from __future__ import annotations

__all__ = ["Refused", "not_found"]


class Refused(Exception):
    """
    The service declines a request.

    :param status: HTTP status of the reply.
    :param message: the reply's only content.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def not_found(what: str) -> Refused:
    """Refuse because a thing does not exist, or may not be seen with this token."""
    return Refused(404, f"{what} not found")
