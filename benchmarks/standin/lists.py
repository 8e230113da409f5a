"""
Lists whose pages were written beforehand.

Knows how a page is cut out of rows and found again by its number; what a row and a page look like, each service knows.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

import msgspec

from benchmarks.standin.protocol import Reply

__all__ = ["Listed", "encoded"]


encoded = msgspec.json.encode
"""Writes JSON as these services do: no spaces, letters of all scripts as they are."""


class Listed:
    """
    One list, with all its pages ready.

    :param path: what is asked for.
    :param rows: how many there are.
    :param per_page: rows on a page, whatever is asked for.
    :param row: writes a row, given its number from 1.
    :param page: writes a page, given its number, its rows and how many rows there are in all.
    """

    def __init__(
        self,
        path: str,
        rows: int,
        per_page: int,
        *,
        row: Callable[[int], bytes],
        page: Callable[[int, list[bytes], int], bytes],
    ) -> None:
        self._path = path.encode()
        pages = max(1, -(-rows // per_page))
        self._pages = []
        for number in range(1, pages + 1):
            first = (number - 1) * per_page + 1
            written = [row(each) for each in range(first, min(first + per_page, rows + 1))]
            self._pages.append(Reply(page(number, written, rows)))
        self._beyond = Reply(page(pages + 1, [], rows))

    def answer(self, method: bytes, target: bytes) -> Reply | None:
        """Answer with the page that the query names; filters do not matter, for every row passes them."""
        path, _, query = target.partition(b"?")
        if path != self._path or method != b"GET":
            return None
        number = _page_number(query)
        return self._pages[number - 1] if 1 <= number <= len(self._pages) else self._beyond


def _page_number(query: bytes) -> int:
    return int(parse_qs(query.decode("latin-1")).get("page", ["1"])[0])
