"""
What a vendor's stand-in must offer to be served.

Knows only the seam between the vendor-neutral parts and a vendor's folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

__all__ = ["Service"]


class Service(Protocol):
    """A vendor's stand-in: its API is served under ``/{name}``, its controls under ``/_sandbox/{name}``."""

    @property
    def name(self) -> str:
        """First part of the path of every request to this service."""

    @property
    def api(self) -> ASGIApp:
        """The vendor's API."""

    @property
    def controls(self) -> Sequence[BaseRoute]:
        """What a test may ask or change behind the vendor's back."""

    def reset(self) -> None:
        """Forget everything that happened."""
