"""What calling a service has cost so far, as numbers that a transport counts up."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Traffic"]


@dataclass(slots=True)
class Traffic:
    """
    Counts of one transport.

    :param requests: sent, repeated ones included.
    :param retries: those that were repeated.
    :param received_bytes: of bodies, after decompression.
    :param limited_s: seconds waited for rate limits, the service's and ours; pages on their way at once wait at once,
        and each counts.
    """

    requests: int = 0
    retries: int = 0
    received_bytes: int = 0
    limited_s: float = 0.0
