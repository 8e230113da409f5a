"""Telling what Airflow has yet to render."""

from __future__ import annotations

__all__ = ["is_template"]


def is_template(text: str) -> bool:
    """Whether a text can be judged only once Airflow has rendered it."""
    return "{{" in text or "{%" in text
