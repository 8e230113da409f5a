"""
How many examples are tried, and which.

Without a word the same few each time, so that a failure is never one of chance. To look for what nobody has thought of
yet: ``HYPOTHESIS_PROFILE=thorough``.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("steady", derandomize=True, database=None, deadline=None, max_examples=100)
settings.register_profile(
    "thorough", database=None, deadline=None, max_examples=5_000, suppress_health_check=list(HealthCheck)
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
