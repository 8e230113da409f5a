"""
How many examples are tried, and which.

Without a word the same few each time, so that a failure is never one of chance. To look for what nobody has thought of
yet: ``HYPOTHESIS_PROFILE=thorough``. Fewer, and without
a search for the smallest that fails, where thousands of runs have to be short: ``mutants``.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile("steady", derandomize=True, database=None, deadline=None, max_examples=100)
settings.register_profile(
    "thorough", database=None, deadline=None, max_examples=5_000, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "mutants", settings.get_profile("steady"), max_examples=25, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
