"""
How the service says no.

Knows the shapes of a refusal. Who refuses what, and why, is said where it is decided.
"""

from __future__ import annotations

from typing import Any

__all__ = ["JsonObject", "Refused", "missing", "missing_plainly", "refused"]

JsonObject = dict[str, Any]


class Refused(Exception):
    """
    The service declines a request.

    :param status: HTTP status of the reply.
    :param body: the reply, whole.
    """

    def __init__(self, status: int, body: JsonObject) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body


def refused(status: int, message: str, details: Any = None) -> Refused:
    """
    Refuse in the usual shape.

    :param details: what ``error_details`` holds: an object, a list, a text or nothing, as the vendor pleases.
    """
    return Refused(status, {"success": False, "message": message, "error_details": details})


def missing(what: str) -> Refused:
    """Refuse because there is no such record."""
    details = {"message": f"Missing record: {what}"}
    return refused(404, "Oops! Missing record. Please try again later.", details)


def missing_plainly(what: str) -> Refused:
    """Refuse in the words of those routes that name the record in the message."""
    return refused(404, f"Missing record: {what}", {})
