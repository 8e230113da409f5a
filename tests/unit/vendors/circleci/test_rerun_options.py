"""Which options of a rerun go together."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circleci.rerun_options import checked_rerun


@pytest.mark.parametrize("jobs", ["test", [""], [7], [None]])
def test_jobs_must_be_a_list_of_texts(jobs: Any) -> None:
    with pytest.raises(ValueError, match="jobs must be a list"):
        checked_rerun(jobs=jobs)
