"""Circle's rich text: a document in TipTap's format, which posts, messages and lessons are written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow_provider_circle.core.message import JsonObject

__all__ = ["rich_text"]


def rich_text(name: str, content: Any) -> JsonObject:
    """
    Bring a text into the form Circle takes.

    :param name: the argument's, for the message.
    :param content: a plain text, each line a paragraph; or a document, with or without ``{"body": …}`` around it.
    :return: ``{"body": {"type": "doc", "content": […]}}``.
    :raises ValueError: an empty text, or neither text nor document.
    """
    if isinstance(content, str) and content.strip():
        return {"body": {"type": "doc", "content": [_paragraph(line) for line in content.splitlines()]}}
    if isinstance(content, Mapping):
        document = content.get("body", content)
        if isinstance(document, Mapping) and isinstance(document.get("content"), list) and document.get("type"):
            return {"body": dict(document)}
    kind = "an empty text" if isinstance(content, str) else f"a {type(content).__name__}"
    raise ValueError(
        f'{name} must be a text or a TipTap document such as {{"type": "doc", "content": […]}}, got {kind}'
    )


def _paragraph(line: str) -> JsonObject:
    return {"type": "paragraph", "content": [{"type": "text", "text": line}]} if line else {"type": "paragraph"}
