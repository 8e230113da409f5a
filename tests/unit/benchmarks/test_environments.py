"""The environments that peers run in."""

from __future__ import annotations

import pytest

from benchmarks.environments import Environment


def test_requirement_without_an_exact_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"requirements must name exact versions .* got requests>=2"):
        Environment("peer", ("dlt==1.31.0", "requests>=2"))
