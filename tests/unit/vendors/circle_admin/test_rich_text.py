from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_circle.vendors.circle_admin.rich_text import rich_text

DOCUMENT = {"type": "doc", "content": [{"type": "paragraph"}]}


def test_each_line_of_a_text_is_a_paragraph() -> None:
    assert rich_text("content", "One\n\nTwo") == {
        "body": {
            "type": "doc",
            "content": [
                {"type": "paragraph", "content": [{"type": "text", "text": "One"}]},
                {"type": "paragraph"},
                {"type": "paragraph", "content": [{"type": "text", "text": "Two"}]},
            ],
        }
    }


@pytest.mark.parametrize("content", [DOCUMENT, {"body": DOCUMENT}], ids=["document", "in_its_envelope"])
def test_a_document_is_sent_as_it_is(content: Any) -> None:
    assert rich_text("content", content) == {"body": DOCUMENT}


@pytest.mark.parametrize("content", ["", " ", None, 7, {}, {"type": "doc"}, {"body": "text"}, {"content": []}])
def test_anything_else_is_refused(content: Any) -> None:
    with pytest.raises(ValueError, match="content must be a text or a TipTap document"):
        rich_text("content", content)
