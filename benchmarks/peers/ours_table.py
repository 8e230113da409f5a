"""
A pull into PostgreSQL as this provider does it: the real operator's ``execute``, which stages rows and merges them.

Connections come from the environment, as ``AIRFLOW_CONN_…``.
"""

from __future__ import annotations

import argparse
import logging
from datetime import datetime
from typing import Any

from benchmarks.measuring import Meter
from benchmarks.rows import BEGIN, END

__all__ = ["main"]


def main() -> None:
    """Pull one page into a table of its own to warm up, then all, and say what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("front", help="whose rows: all, or changed")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    _pull("one", "contacts_of_one_page")
    meter = Meter()
    pulled = _pull(given.front, "contacts")
    meter.tell(rows=pulled["inserted"] + pulled["updated"] + pulled["unchanged"])


def _pull(front: str, table: str) -> dict[str, Any]:
    from airflow_provider_circle.transfers.circa import CircaToSqlOperator

    ends = {"data_interval_start": BEGIN, "data_interval_end": END}
    context: Any = {name: datetime.fromisoformat(end) for name, end in ends.items()}
    operator = CircaToSqlOperator(
        task_id=f"pull_{front}",
        circa_conn_id=f"circa_{front}",
        stream="contacts",
        table=table,
        sql_conn_id="warehouse",
    )
    return operator.execute(context)


if __name__ == "__main__":
    main()
