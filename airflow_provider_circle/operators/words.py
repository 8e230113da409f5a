"""Words that an author of DAGs chooses from, beside those of a vendor."""

from __future__ import annotations

from typing import Literal

__all__ = ["Deletes", "FileFormat"]

Deletes = Literal["keep", "mark", "delete"]
"""What becomes of rows that a full read did not find."""

FileFormat = Literal["jsonl", "jsonl.gz", "csv", "csv.gz", "parquet"]
"""How a file is written."""
