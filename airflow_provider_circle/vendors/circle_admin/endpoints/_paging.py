"""How the lists of Circle's Admin API v2 continue, and where its operations are described."""

from __future__ import annotations

from airflow_provider_circle.core.paging import NumberedPages

__all__ = ["PAGES", "PAGES_OF_ANY_SIZE", "PER_PAGE", "SOURCE"]

PER_PAGE = 100
"""Rows on a page at most. Requests are what Circle counts, so every page is asked for full."""

PAGES = NumberedPages(records="records", more="has_next_page", count="count", per_page=PER_PAGE)
"""``has_next_page`` alone says when to stop; ``page_count`` is mostly the number of rows on the page."""

PAGES_OF_ANY_SIZE = NumberedPages(records="records", more="has_next_page", count="count")
"""For lists that take no ``per_page``."""

SOURCE = "https://api.circle.so/apis/admin-api"
"""Where the vendor describes the API and links to the description of its operations."""
