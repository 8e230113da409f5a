"""
The command ``python -m airflow_provider_circle.sandbox``.

Knows the command line and how the server is run and stopped. What is served is wired in
:mod:`~airflow_provider_circle.sandbox.app`.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import math
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from shlex import quote

try:
    import uvicorn

    from airflow_provider_circle.sandbox.app import SERVICES, Settings, create_app
except ModuleNotFoundError as missing:
    sys.exit(f"sandbox: {missing.name} is missing; pip install 'airflow-provider-circle[sandbox]'")

from airflow_provider_circle.sandbox.circleci.scenarios import SCENARIOS
from airflow_provider_circle.sandbox.client import DEFAULT_TOKEN, READY, Sandbox

__all__ = ["main"]

_SHUTDOWN_TIMEOUT_S = 1
_BACKLOG = 2048
_MOST_SKEW_S = 86_400.0
_ANSWERED_AFTER_S = 0.05


def main(arguments: list[str] | None = None) -> None:
    """
    Serve until told to stop by SIGINT or SIGTERM.

    :param arguments: the command line; ``None`` takes that of the process.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if not _is_loopback(options.host):
        parser.error(
            f"--host {options.host} can be reached from other machines; the sandbox has no real protection and serves "
            "loopback only: use 127.0.0.1, ::1 or localhost"
        )
    try:
        listener = _bind(options.host, options.port)
        listener.listen(_BACKLOG)
    except OSError as error:
        parser.exit(1, f"sandbox: cannot listen on {options.host} port {options.port}: {error.strerror}\n")
    # The address, not the name: artifacts are handed out at localhost, which is to be another host than the API's.
    address, port = listener.getsockname()[:2]
    host = f"[{address}]" if ":" in address else address
    service_tokens = dict(options.service_token)
    sandbox = Sandbox(f"http://{host}:{port}", options.token, service_tokens)
    settings = Settings(options.token, service_tokens, options.speed, options.skew)
    config = uvicorn.Config(
        create_app(settings, go_down=lambda seconds: server.go_down(seconds)),  # noqa: PLW0108  made below
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT_S,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))  # The server raises the signal again once it has shut down.
    server = _Server(config, sandbox, partial(_bind, address, port))
    server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """
    Says where it listens as soon as it does, and can be down for a while.

    :param bind: takes the port once more.
    """

    def __init__(self, config: uvicorn.Config, sandbox: Sandbox, bind: Callable[[], socket.socket]) -> None:
        super().__init__(config)
        self._sandbox = sandbox
        self._bind = bind
        self._outage: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(f"{READY}{self._sandbox.url}\n{_hints(self._sandbox)}\n")
        sys.stdout.flush()

    def go_down(self, seconds: float) -> None:
        """Close the port for so many seconds, as soon as the one who asked for it has been answered."""
        self._outage = asyncio.create_task(self._be_down(seconds))

    async def _be_down(self, seconds: float) -> None:
        await asyncio.sleep(_ANSWERED_AFTER_S)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        listener = self._bind()  # Nobody listens yet, so connections are refused; but nobody else gets the port.
        await asyncio.sleep(seconds)
        await super().startup(sockets=[listener])


def _hints(sandbox: Sandbox) -> str:
    return (
        f"{_exports(sandbox)}\n"
        f"  CircleCI projects: gh/acme/<any name>; scenarios: pipeline parameter sandbox_scenario (see --help)\n"
        f"  what was asked: {sandbox.url}/_sandbox/requests; stop with Ctrl+C"
    )


def _exports(sandbox: Sandbox) -> str:
    """Say how Airflow is pointed at each of the services."""
    connections = {
        "CIRCLECI": sandbox.connection_json(),
        "CIRCLE_ADMIN": sandbox.circle_admin_connection_json(),
        "CIRCA": sandbox.circa_connection_json(),
        "CIRCLEME": sandbox.circleme_connection_json(),
    }
    return "\n".join(f"  export AIRFLOW_CONN_{name}_DEFAULT={quote(json)}" for name, json in connections.items())


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _speed(text: str) -> float:
    speed = _number(text)
    if not 0 <= speed < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is not a speed: give a number of 0 or more")
    return speed


def _skew(text: str) -> float:
    skew_s = _number(text)
    if not -_MOST_SKEW_S <= skew_s <= _MOST_SKEW_S:
        raise argparse.ArgumentTypeError(f"{text} is no skew: give seconds, at most a day either way")
    return skew_s


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: give 0 to 65535")
    return int(text)


def _service_token(text: str) -> tuple[str, str]:
    service, _, token = text.partition("=")
    if service not in SERVICES or not token:
        raise argparse.ArgumentTypeError(f"give SERVICE=TOKEN, with one of {', '.join(SERVICES)} as service")
    return service, token


def _parser() -> argparse.ArgumentParser:
    exports = _exports(Sandbox("http://127.0.0.1:8765"))
    width = max(map(len, SCENARIOS))
    scenarios = "\n".join(f"  {scenario.name:{width}}  {scenario.summary}" for scenario in SCENARIOS.values())
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_circle.sandbox",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=(
            "A stand-in on this machine for four services called Circle, to try and test DAGs without an account:\n"
            "  CircleCI      API v2 and v1.1: pipelines, which run on a clock of their own\n"
            "  Circle Admin  the Admin API of Circle communities\n"
            "  Circa         events and contacts, which may change while they are being read\n"
            "  CircleMe      a feed of cards, with a daily limit\n"
            "It remembers what is done to it, fails on request, and records what it was asked."
        ),
        epilog=(
            "example: in one terminal\n"
            "  python -m airflow_provider_circle.sandbox --speed 10\n"
            "and where Airflow runs\n"
            f"{exports}\n\n"
            "CircleCI: projects gh/acme/<any name> and bb/acme/<any name> exist, except those named 'missing'.\n"
            "Pipeline parameters are all declared, except those whose name begins with 'undeclared'. Three are meant\n"
            "for the sandbox:\n"
            "  sandbox_scenario    how the pipeline goes, see below\n"
            "  sandbox_duration_s  virtual seconds from the trigger to the end (default 20)\n"
            "  sandbox_rerun       how reruns end: success (default) or failed\n\n"
            f"scenarios:\n{scenarios}\n\n"
            "control (JSON, no token) under /_sandbox:\n"
            "  GET health; POST reset; GET, DELETE requests; GET, POST clock; GET, POST, DELETE faults; POST outage;\n"
            "  circleci/      GET pipelines, webhooks/deliveries, v1/ssh_keys;\n"
            "                 POST defaults, limits, hide_mine, outputs, artifact_hosts, v1/public, webhooks/send,\n"
            "                 webhooks/copies\n"
            "  circle-admin/  GET records; POST populate, edit, add, delete, churn, limits, quota\n"
            "  circa/         GET events, contacts, companies, events/<id>/contacts, deleted, exports;\n"
            "                 POST populate, edit, add, delete, churn, quirks, limits, expire, exports, push\n"
            "  circleme/      GET cards, handed_out; POST populate, add, limits, daily_limit\n"
            "From Python: airflow_provider_circle.sandbox.client, or the pytest fixture circle_sandbox."
        ),
    )
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on (default %(default)s)")
    parser.add_argument("--port", type=_port, default=8765, help="port; 0 takes a free one (default %(default)s)")
    parser.add_argument(
        "--speed", type=_speed, default=1.0, help="virtual seconds per real second; 0 stops time (default %(default)s)"
    )
    parser.add_argument(
        "--skew",
        type=_skew,
        default=0.0,
        metavar="SECONDS",
        help="how far its clock is ahead of this machine's, or behind where negative (default %(default)s)",
    )
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the only API token accepted (default %(default)s)")
    parser.add_argument(
        "--service-token",
        type=_service_token,
        action="append",
        default=[],
        metavar="SERVICE=TOKEN",
        help=f"the only one that a service accepts: {', '.join(SERVICES)}; may be given for each",
    )
    return parser


if __name__ == "__main__":
    main()
