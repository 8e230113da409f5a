"""Whoever runs the code may live anywhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

__all__ = ["far_from_greenwich"]


@contextmanager
def far_from_greenwich() -> Iterator[None]:
    """Have Tokyo's time for the local one."""
    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("TZ", "Asia/Tokyo")
            time.tzset()
            yield
    finally:
        time.tzset()
