"""
Where the sandbox, or Circle itself, deviates from Circle's description of its Admin API v2, and why.

What is not listed here fails the tests; what is listed and no longer happens fails them, too.
"""

from __future__ import annotations

from typing import NamedTuple

from .description import Problem

__all__ = ["ADMIN_DRIFT", "AdminDrift"]


class AdminDrift(NamedTuple):
    """
    A known deviation.

    :param occasion: what is tried: one of the names in the tests.
    :param operation: method and path below ``/api/admin/v2``; ``*`` is any.
    :param side: ``request`` or ``response``.
    :param place: as in a problem.
    :param rule: as in a problem.
    """

    occasion: str
    operation: str
    side: str
    place: str
    rule: str
    reason: str

    def explains(self, occasion: str, operation: str, problem: Problem) -> bool:
        """Whether a problem found in an exchange is this deviation."""
        return (
            self.occasion == occasion
            and self.operation in ("*", operation)
            and (self.side, self.place, self.rule) == (problem.side, problem.place, problem.rule)
        )


_TOKEN = "any token may be wrong, whatever the description says of this operation"
_GONE = "any record may be gone, whatever the description says of this operation"
_LIMIT = "the limits are described in words only; they hold for every operation"

ADMIN_DRIFT: tuple[AdminDrift, ...] = (
    AdminDrift(
        "accepted",
        "POST /posts",
        "request",
        "$",
        "required",
        "the description demands a body beside the tiptap_body, but has no such property",
    ),
    AdminDrift("unauthorized", "*", "response", "status 401", "undeclared", _TOKEN),
    AdminDrift("limited", "*", "response", "status 429", "undeclared", _LIMIT),
    AdminDrift("missing", "DELETE /posts/{id}", "response", "status 404", "undeclared", _GONE),
    AdminDrift("missing", "PUT /posts/{id}", "response", "status 404", "undeclared", _GONE),
    AdminDrift("missing", "GET /tagged_members/{id}", "response", "status 404", "undeclared", _GONE),
    AdminDrift("missing", "PUT /community_segments/{id}", "response", "status 404", "undeclared", _GONE),
    AdminDrift("missing", "GET /forms/{form_id}/submissions", "response", "status 404", "undeclared", _GONE),
    AdminDrift(
        "repeated",
        "POST /community_members",
        "response",
        "status 200",
        "undeclared",
        "creates answer 200 or 201; who is a member already is answered 200",
    ),
    AdminDrift(
        "elsewhere",
        "GET /events",
        "response",
        "content-type",
        "undeclared",
        "the refusal of an unknown space is described without its body, which is that of any refusal",
    ),
    AdminDrift(
        "over plan",
        "POST /community_members",
        "response",
        "$.errors",
        "undeclared",
        "a member too many is refused with errors instead of a message; the description shows it as an example only",
    ),
)
