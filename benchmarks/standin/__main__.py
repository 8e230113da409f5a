"""
The stand-in's command line: which fronts it opens.

``waits``: workflows and job runs, in the clear (``plain``) and with TLS (``tls``); ``counts`` says what they saw.
``pulls``: ``all`` rows; ``one``, a single page, to warm up with; ``changed``, all rows again, each of them changed.
"""

from __future__ import annotations

import argparse
import ssl
import time

from benchmarks.standin.circa import contacts
from benchmarks.standin.circle_admin import members
from benchmarks.standin.protocol import Front
from benchmarks.standin.serving import serve
from benchmarks.standin.workflows import Counts, Workflows

__all__ = ["main"]


def main() -> None:
    """Prepare everything, then serve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.standin")
    kinds = parser.add_subparsers(dest="kind", required=True)
    pulls = kinds.add_parser("pulls")
    pulls.add_argument("--contacts", type=int, default=0)
    pulls.add_argument("--members", type=int, default=0)
    pulls.add_argument("--changed", action="store_true")
    waits = kinds.add_parser("waits")
    waits.add_argument("--certificate", help="PEM file with key and certificate")
    given = parser.parse_args()
    if given.kind == "waits":
        _waits(given.certificate)
        return
    fronts = {
        "all": Front([contacts(given.contacts), members(given.members)]),
        "one": Front([contacts(25), members(100)]),
    }
    if given.changed:
        fronts["changed"] = Front([contacts(given.contacts, 1), members(given.members, 1)])
    serve(fronts)


def _waits(certificate: str | None) -> None:
    fronts = {"plain": Front([Workflows(time.time)])}
    tls = {}
    if certificate:
        fronts["tls"] = Front([Workflows(time.time)])
        tls["tls"] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls["tls"].load_cert_chain(certificate)
    serve({**fronts, "counts": Front([Counts(fronts)])}, tls)


if __name__ == "__main__":
    main()
