"""
The stand-in's process: opens its fronts, says where they are, and does as the benchmark says.

Commands and answers are JSON lines over the process's own input and output, so that they are no requests and open no
connections. When the input ends, so does the process.
"""

from __future__ import annotations

import asyncio
import gc
import json
import ssl
import sys
import time
from collections.abc import Mapping
from typing import Any

from benchmarks.standin.protocol import Conduct, Front

__all__ = ["obey", "serve"]

_BACKLOG = 4096


def serve(fronts: Mapping[str, Front], tls: Mapping[str, ssl.SSLContext] | None = None) -> None:
    """
    Serve until the input ends.

    The first line written is ``{"ports": {name: port}}``.

    :param fronts: by name; each gets a free port on loopback.
    :param tls: certificates of the fronts that speak HTTPS, by name.
    """
    # What was prepared stays: looking through it for garbage would only make some answers late.
    gc.collect()
    gc.freeze()
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(fronts, tls or {}))
    else:
        uvloop.run(_serve(fronts, tls or {}))


def obey(fronts: Mapping[str, Front], command: Mapping[str, Any]) -> dict[str, Any]:
    """
    Carry out a command.

    :param command: ``{"front": name, "begin": {…}}`` with the fields of ``Conduct``, or ``{"front": name}``.
    :return: the front's counters, and ``cpu_s``, the processor time of this process so far.
    """
    front = fronts[command["front"]]
    if "begin" in command:
        front.begin(Conduct(**command["begin"]))
    return {**front.counters(), "cpu_s": time.process_time()}


async def _serve(fronts: Mapping[str, Front], tls: Mapping[str, ssl.SSLContext]) -> None:
    loop = asyncio.get_running_loop()
    servers = {
        name: await loop.create_server(front.connect, "127.0.0.1", 0, ssl=tls.get(name), backlog=_BACKLOG)
        for name, front in fronts.items()
    }
    _say({"ports": {name: server.sockets[0].getsockname()[1] for name, server in servers.items()}})
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async for line in commands:
        _say(obey(fronts, json.loads(line)))


def _say(words: Mapping[str, Any]) -> None:
    print(json.dumps(words), flush=True)
