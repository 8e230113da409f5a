"""Where Airflow's masking of secrets is found, which has moved from release to release."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

__all__ = ["mask_address", "mask_secret"]

_PLACES = (
    "airflow.providers.common.compat.sdk",
    "airflow.sdk.log",
    "airflow.utils.log.secrets_masker",
)
"""The first in newer releases of that package, the others in Airflow 3 and in Airflow 2."""


def mask_secret(secret: str) -> None:
    """Keep a text out of everything that is logged from now on."""
    _masker()(secret)


def mask_address(url: str) -> None:
    """Mask a signed address: whoever knows it can fetch the file, and HTTP libraries log it when they are debugged."""
    mask_secret(url)
    if query := url.partition("?")[2]:
        mask_secret(query)


def _masker() -> Callable[[str], None]:
    for place in _PLACES:
        try:
            found: Callable[[str], None] = import_module(place).mask_secret
        except (ImportError, AttributeError):
            continue
        return found
    raise ImportError("this release of Airflow has no mask_secret where it is known to be")
