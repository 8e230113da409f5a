"""
What the steps of a build wrote, as the storage behind ``output_url`` serves it.

A list of pieces, not of lines: colours, carriage returns and a progress bar among them. A part of it can be asked for.
"""

from __future__ import annotations

import json
import re

from starlette.responses import Response

from airflow_provider_circle.sandbox.circleci.v1_builds import Build
from airflow_provider_circle.sandbox.clock import timestamp

__all__ = ["output_reply"]

_LINES = 80
_PIECE = 1000
_LAST_BYTES = re.compile(r"bytes=-(\d+)")


def output_reply(build: Build, status: str, now_s: float, wanted: str) -> Response:
    """
    Serve what a step wrote.

    :param status: how the step went.
    :param wanted: a ``Range`` header; only the last bytes can be asked for here.
    """
    text = _text(build.job.name, status)
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    content = json.dumps([{"message": piece, "time": timestamp(now_s), "type": "out"} for piece in pieces]).encode()
    ranged = _LAST_BYTES.fullmatch(wanted)
    if ranged is None or int(ranged[1]) >= len(content):
        return Response(content, media_type="application/json")
    first = len(content) - int(ranged[1])
    span = {"Content-Range": f"bytes {first}-{len(content) - 1}/{len(content)}"}
    return Response(content[first:], 206, span, "application/json")


def _text(job: str, status: str) -> str:
    lines = [f"\x1b[36m{job}\x1b[0m line {number} of {_LINES}" for number in range(1, _LINES + 1)]
    lines.append("".join(f"\rprogress {percent} %" for percent in (10, 50, 100)))
    if status != "success":
        lines += [f"\x1b[31mmake: *** [{job}] Error 2\x1b[0m", "", "Exited with code exit status 2"]
    return "".join(f"{line}\r\n" for line in lines)
