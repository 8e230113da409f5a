"""A secret is masked on whatever Airflow this is."""

from __future__ import annotations

import subprocess
import sys

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
