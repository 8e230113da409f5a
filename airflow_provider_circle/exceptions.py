"""
Everything this provider raises about a service, as one tree.

Knows the standard library only, so every layer may use it. All errors pickle: what is passed by keyword lives in the
instance's ``__dict__``, which the default reduction carries along. What Airflow makes of an error is decided in
``operators/errors.py`` alone.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "CircleError",
    "Forbidden",
    "InconsistentRead",
    "Invalid",
    "NotFound",
    "NothingRan",
    "PipelineFailed",
    "PipelineTimedOut",
    "RateLimited",
    "ServiceDown",
    "SubscriptionExpired",
    "TriggerAmbiguous",
    "Unauthorized",
    "UnexpectedReply",
    "Unreachable",
]


class CircleError(Exception):
    """
    Anything a Circle service refused, failed or garbled.

    :param message: what was asked, what came back, what to do; never a body, a header or a token.
    :param status: HTTP status of the reply, where there was one.
    :param request_id: the service's own name for the request, for its support.
    :param retry_after_s: seconds the service asked to wait before the next try.
    """

    permanent = False
    """Whether the same request can only fail again, so that a task retry is pointless."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.request_id = request_id
        self.retry_after_s = retry_after_s


class Unauthorized(CircleError):
    """401: the token is missing, wrong or revoked."""

    permanent = True


class SubscriptionExpired(CircleError):
    """402: the account's plan has lapsed."""

    permanent = True


class Forbidden(CircleError):
    """403: the token is good, but not for this."""

    permanent = True


class NotFound(CircleError):
    """404: no such thing, or the token may not see it."""

    permanent = True


class Invalid(CircleError):
    """400, 422 and other refusals of the request itself."""

    permanent = True


class RateLimited(CircleError):
    """429: still refused after the last attempt."""


class ServiceDown(CircleError):
    """5xx: still failing after the last attempt, or not safe to repeat."""


class UnexpectedReply(CircleError):
    """A reply that is not what it claims to be: broken JSON, a missing list, a page token that loops."""


class Unreachable(CircleError):
    """
    No reply at all: refused, reset, timed out.

    :param sent: whether the request may have reached the server. Only ``False`` makes it safe to repeat a POST.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        super().__init__(message)
        self.sent = sent


class InconsistentRead(CircleError):
    """A list changed each time it was read, so that records may be missing; nothing was landed."""


class TriggerAmbiguous(CircleError):
    """
    The reply to a trigger was lost and several pipelines could be the one it created.

    :param pipeline_ids: the candidates, for a person to choose from.
    """

    permanent = True

    def __init__(self, message: str, *, pipeline_ids: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.pipeline_ids = tuple(pipeline_ids)


class PipelineFailed(CircleError):
    """A pipeline, workflow or job ended, and not well; the message says which jobs and tests."""


class NothingRan(PipelineFailed):
    """No workflow ever ran within the grace period."""


class PipelineTimedOut(CircleError):
    """The deadline passed, and a last look found the pipeline still going."""
