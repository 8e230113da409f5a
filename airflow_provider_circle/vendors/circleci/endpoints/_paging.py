"""How every list of CircleCI's API v2 continues."""

from __future__ import annotations

from airflow_provider_circle.core.paging import CursorPages

__all__ = ["PAGES", "V2"]

PAGES = CursorPages(records="items", cursor="next_page_token", parameter="page-token")
"""20 rows a page, not to be chosen."""

V2 = "https://circleci.com/docs/api/v2/#operation/"
"""Where each operation is described."""
