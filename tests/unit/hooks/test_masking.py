"""A secret is masked on whatever Airflow this is."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pytest

from airflow_provider_circle.hooks import masking

PROBE = """
from airflow_provider_circle.hooks.masking import mask_secret

mask_secret("topsecret-signature")
for place in (
    "airflow.sdk._shared.secrets_masker",
    "airflow.sdk.execution_time.secrets_masker",
    "airflow.utils.log.secrets_masker",
):
    try:
        redact = __import__(place, fromlist=["redact"]).redact
    except ImportError:
        continue
    print(redact("https://files/?topsecret-signature"))
    break
"""


def test_a_masked_text_is_redacted() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)

    assert "***" in done.stdout
    assert "topsecret" not in done.stdout


def test_masking_that_moved_is_found_where_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[str] = []
    monkeypatch.setitem(sys.modules, "airflow_of_old", ModuleType("airflow_of_old"))
    monkeypatch.setitem(sys.modules, "airflow_of_today", SimpleNamespace(mask_secret=masked.append))
    monkeypatch.setattr(masking, "_PLACES", ("airflow_of_tomorrow", "airflow_of_old", "airflow_of_today"))

    masking.mask_secret("topsecret")

    assert masked == ["topsecret"]


def test_an_airflow_that_masks_nothing_is_told_and_nothing_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masking, "_PLACES", ("airflow_of_tomorrow",))

    with pytest.raises(ImportError, match="no mask_secret where it is known to be") as told:
        masking.mask_secret("topsecret")
    assert "topsecret" not in str(told.value)
