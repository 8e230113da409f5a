"""
Waiting, beside others: what a look costs, what a wait holds, how many connections are opened.

Knows the loads and the peers, and what is to hold. What a wait is and how it is measured is written in
``triggerer.py``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.environments import OWN, Environment
from benchmarks.limits import limits
from benchmarks.runs import Child, Goal, Result, Study, Table, interleaved, machine, report
from benchmarks.standin.certificate import make_certificate
from benchmarks.standin.process import StandIn
from benchmarks.standin.protocol import Conduct
from benchmarks.triggerer import Load
from benchmarks.waiters import Waiters

__all__ = ["LOADS", "PEERS", "Figures", "Peer", "Run", "figures_of", "goals_of", "study"]

_DBT_CLOUD = Environment(
    "waits-dbt-cloud",
    ("apache-airflow==3.3.2", "apache-airflow-providers-dbt-cloud==4.11.1", "apache-airflow-providers-http==6.3.0"),
)
_CONDUCT = Conduct(latency_s=0.01)


@dataclass(frozen=True, slots=True)
class Peer:
    """
    Who waits.

    :param title: the row in the table.
    :param module: in ``benchmarks.peers``.
    :param python: finds its interpreter.
    :param arguments: of the module, beside the load.
    """

    title: str
    module: str
    python: Callable[[], Path] = lambda: OWN
    arguments: tuple[str, ...] = ()


PEERS: Mapping[str, Peer] = {
    "ours": Peer("this provider's trigger", "waits_ours"),
    "bare": Peer("bare shared session", "waits_bare"),
    "dbt": Peer("dbt-cloud's trigger", "waits_dbt_cloud", _DBT_CLOUD.python),
    "http": Peer("HttpEventTrigger", "waits_http_event"),
    "anew": Peer("bare session for every look", "waits_bare", arguments=("--anew",)),
}


@dataclass(frozen=True, slots=True)
class Run:
    """
    One comparison.

    :param front: of the stand-in: ``plain`` or ``tls``.
    :param peers: names in ``PEERS``.
    :param rounds: runs of each.
    """

    front: str
    load: Load
    peers: tuple[str, ...]
    rounds: int = 1

    @property
    def title(self) -> str:
        """What is done."""
        load = self.load
        return (
            f"{load.waits:,} waits{' over TLS' if self.front == 'tls' else ''}, a look every {load.interval_s:g} s, "
            f"{load.median_looks:g} looks in the median, {load.most_looks} at most"
        )


_FOUR = ("ours", "bare", "dbt", "http")
_OVER_TLS = ("ours", "bare", "anew", "dbt")

LOADS: Mapping[bool, tuple[Run, ...]] = {
    True: (
        Run("plain", Load(200, 0.2, 12.0, 16), ("ours", "bare", "dbt")),
        Run("plain", Load(1000, 0.8, 12.0, 16), ("ours", "bare")),
    ),
    False: (
        Run("plain", Load(200, 0.3, 12.0, 24), _FOUR, 2),
        Run("plain", Load(1000, 1.25, 12.0, 24), _FOUR, 2),
        Run("plain", Load(5000, 7.0, 3.0, 5), ("ours", "bare", "dbt")),
        Run("tls", Load(1000, 2.0, 3.0, 5), _OVER_TLS),
    ),
}
"""What is run, in the short mode and in the full one."""


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What several runs of one peer came to.

    :param poll_us: processor time of a look, microseconds; the median.
    :param wait_kb: memory of a wait between two looks, kilobytes (of 1,000 bytes); the median.
    :param connections: opened; most.
    :param busy_ms: longest time the loop served nobody else, milliseconds of processor time; most.
    :param own_ms: the same without garbage collection.
    :param late_ms: the same by the clock, which counts whom else the machine served meanwhile.
    :param collecting_ms: the longest garbage collection.
    :param sessions: made; most.
    :param contexts: TLS contexts made since the process was ready; most.
    :param wrong: waits that ended otherwise than they should have.
    """

    poll_us: float
    wait_kb: float
    connections: int
    busy_ms: float
    own_ms: float
    late_ms: float
    collecting_ms: float
    sessions: int
    contexts: int
    wrong: int


def figures_of(load: Load, results: Sequence[Result]) -> Figures:
    """Take together what runs of one peer came to."""

    def most(name: str, scale: float = 1.0) -> float:
        return max(float(result.extra[name]) for result in results) * scale

    return Figures(
        poll_us=statistics.median(result.cpu_s / result.requests for result in results) * 1e6,
        wait_kb=statistics.median(float(result.extra["idle_bytes"]) for result in results) / 1e3,
        connections=max(result.sockets for result in results),
        busy_ms=most("busy_s", 1e3),
        own_ms=most("own_s", 1e3),
        late_ms=most("late_s", 1e3),
        collecting_ms=most("collecting_s", 1e3),
        sessions=round(most("sessions")),
        contexts=round(most("contexts_in_all")),
        wrong=sum(load.waits - int(result.extra["right"]) for result in results),
    )


def goals_of(found: Mapping[Run, Mapping[str, Figures]]) -> list[Goal]:
    """Hold what was found against what is asked."""
    goals: list[Goal] = []
    for asked, peers in found.items():
        if "ours" not in peers:
            continue
        ours, waits = peers["ours"], asked.load.waits
        where = f"{waits:,} waits{' over TLS' if asked.front == 'tls' else ''}"
        for peer, least, bound in (("bare", 1000, 1.15), ("dbt", 5000, 0.25)):
            if waits == least and peer in peers:
                share = ours.poll_us / peers[peer].poll_us
                goals.append(Goal(f"{where}: CPU of a look / {PEERS[peer].title}", share, bound, "at most"))
        if asked.front == "tls":
            goals.append(Goal(f"{where}: TLS contexts", ours.contexts, 1, "at most"))
            goals.append(Goal(f"{where}: sessions", ours.sessions, 1, "at most"))
        if waits >= 1000:
            # Below that, the session and its connections weigh more than the waits.
            goals.append(Goal(f"{where}: memory of a wait", ours.wait_kb, 6.0, "at most", "KB"))
        goals.append(Goal(f"{where}: the loop blocked at most", ours.busy_ms, 50.0, "at most", "ms"))
        goals.append(Goal(f"{where}: connections opened", ours.connections, 32 + waits / 100, "at most"))
        goals.append(Goal(f"{where}: ended otherwise than they should have", ours.wrong, 0, "at most"))
    return goals


def study(short: bool) -> Study:
    """Let everybody wait, and compare."""
    return _study(LOADS[short], limited=True)


def _study(runs: Sequence[Run], *, limited: bool) -> Study:
    with tempfile.TemporaryDirectory() as folder:
        certificate = Path(folder, "certificate.pem")
        make_certificate(certificate)
        environment = {
            "AIRFLOW_HOME": folder,
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
            "SSL_CERT_FILE": str(certificate),
            "REQUESTS_CA_BUNDLE": str(certificate),
        }
        with ExitStack() as open_:
            stand_in = open_.enter_context(StandIn("waits", "--certificate", str(certificate)))
            # All at once: importing Airflow takes seconds.
            waiters = {
                name: open_.enter_context(Waiters(_child(name, environment)))
                for name in PEERS
                if any(name in one.peers for one in runs)
            }
            found = {one: _found(one, stand_in, waiters) for one in runs}
        tables, goals = limits(environment) if limited else ([], [])
    return Study(
        "waits", [*(_table(one, peers) for one, peers in found.items()), *tables], [*goals_of(found), *goals], _NOTES
    )


_NOTES = tuple(
    " ".join(note.split())
    for note in """
    Waits end after as many looks as the provider's own schedule takes for durations with a median of a minute: 12 in
    the median, log-normal with sigma 0.57, cut where the title says, time compressed. With 5,000 waits and over TLS
    they are fewer, for time's sake, so that starting a wait weighs more. Every peer looks equally often, and the
    stand-in answers after 10 ms.

    Triggers run as in Airflow's triggerer: started one after the other, each in a task with a portal for blocking
    calls; memory is without the portal, which takes 7 KB whatever waits. Logging at WARNING, for all. Five waits have
    been made before anything is measured.

    What Airflow itself holds is kept out of garbage collection: going through it takes 0.15 s each time, whoever waits.

    In the clear, dbt-cloud's trigger is made to speak http://, which it cannot do by itself; that makes it cheaper.

    CPU includes starting and ending the waits. 'busy' is the longest time between two ticks, 5 ms apart, that the
    loop's thread was computing, 'own' the same without garbage collection, 'gc' the longest garbage collection, and
    'late' the longest time between two ticks by the clock.
    """.strip().split("\n\n")
)


def _child(name: str, environment: Mapping[str, str]) -> Child:
    peer = PEERS[name]
    return Child(name, ("-m", f"benchmarks.peers.{peer.module}", *peer.arguments), peer.python(), environment)


def _found(asked: Run, stand_in: StandIn, waiters: Mapping[str, Waiters]) -> dict[str, Figures]:
    server, counts = stand_in.url(asked.front), f"{stand_in.url('counts')}/{asked.front}"
    if asked.front == "tls":
        server = server.replace("http://", "https://", 1)

    def once(child: Child) -> Result:
        stand_in.begin(asked.front, _CONDUCT)
        return waiters[child.name].run(server, counts, asked.load)

    print(f" {asked.title}", file=sys.stderr, flush=True)
    results = interleaved([waiters[name].child for name in asked.peers], asked.rounds, once=once)
    return {name: figures_of(asked.load, results[name]) for name in asked.peers}


def _table(asked: Run, peers: Mapping[str, Figures]) -> Table:
    columns = (
        "",
        "CPU a look, us",
        "x bare",
        "KB a wait",
        "connections",
        "sessions",
        "busy ms",
        "own ms",
        "gc ms",
        "late ms",
    )
    rows: list[tuple[str | float | None, ...]] = []
    for name, figures in peers.items():
        rows.append(
            (
                PEERS[name].title,
                round(figures.poll_us),
                figures.poll_us / peers["bare"].poll_us if "bare" in peers else None,
                figures.wait_kb,
                figures.connections,
                figures.sessions,
                figures.busy_ms,
                figures.own_ms,
                figures.collecting_ms,
                figures.late_ms,
            )
        )
    return Table(asked.title, columns, rows)


def main() -> int:
    """
    Run from the command line.

    :return: exit status: 0 whether or not the goals hold.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.waits", description="What waiting costs.")
    parser.add_argument("--short", action="store_true", help="fewer waits and runs")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    parser.add_argument("--only", help=f"peers, with commas: {','.join(PEERS)}")
    parser.add_argument("--waits", type=int, help="only the runs with so many waits")
    parser.add_argument("--front", choices=("plain", "tls"), help="only the runs in the clear, or over TLS")
    given = parser.parse_args()
    runs = [
        one for one in LOADS[given.short] if given.waits in {None, one.load.waits} and given.front in {None, one.front}
    ]
    if given.only:
        only = given.only.split(",")
        runs = [replace(one, peers=tuple(name for name in one.peers if name in only)) for one in runs]
    limited = given.only is None and given.waits is None and given.front is None
    measured_on = machine()
    found = _study([one for one in runs if one.peers], limited=limited)
    print(report([found], measured_on=measured_on, as_json=given.json))
    return 0


if __name__ == "__main__":
    sys.exit(main())
