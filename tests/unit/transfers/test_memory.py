"""The memory of a pull does not grow with its rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from airflow_provider_circle.sandbox.client import Sandbox
from tests.unit.transfers.pulling import BEGIN, DAY, as_time

PULL = """
import resource, sys
from airflow_provider_circle.operators.circa import CircaPullContactsOperator
from tests.unit.running import context
window = {"min": sys.argv[2], "max": sys.argv[3]}
CircaPullContactsOperator(task_id="pull", path=sys.argv[1], window=window).execute(context())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_peak_memory_is_the_same_for_ten_times_the_rows(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.circa_page_size(500)
    sandbox.circa_populate(contacts=30_000, since_s=BEGIN.timestamp(), until_s=(BEGIN + 10 * DAY).timestamp())
    pulls = []
    for days in (1, 10):
        command = [sys.executable, "-c", PULL, str(tmp_path / f"{days}.jsonl"), as_time(BEGIN)]
        command.append(as_time(BEGIN + days * DAY))
        pulls.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    peaks = []
    for days, pull in zip((1, 10), pulls, strict=True):
        said, _ = pull.communicate()
        assert pull.returncode == 0
        with (tmp_path / f"{days}.jsonl").open() as lines:
            assert sum(1 for _ in lines) == days * 3_000
        peaks.append(int(said.split()[-1]))

    assert peaks[1] < 1.1 * peaks[0]
