"""
Canaries: secrets made to be looked for afterwards, wherever a run may have left them.

    canaries = Canaries()
    with start_sandbox(service_tokens=canaries.service_tokens()) as sandbox:
        environment = {**DEBUG, "AIRFLOW_CONN_CIRCA_DEFAULT": sandbox.circa_connection_json()}
        …                                        # start Airflow with it, run, stop it
    report = canaries.search_everything([airflow.home, files], [metadata, warehouse])
    print(report.table())                        # what was looked through, and what was found
    if report.findings: …

Nothing is exempt. Where a secret belongs, it is no plain text: in the environment of Airflow's processes, which is no
file, or in the table ``connection``, encrypted with the Fernet key. Stop Airflow first, or what it writes later is not
seen. Of PostgreSQL, tables are read through SQL and the server's journal, which also keeps deleted rows, as files.
"""

from __future__ import annotations

import base64
import html
import json
import re
import secrets
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from tools.contents import MOST_SPANNED, Piece, Searched, in_database, in_folder

if TYPE_CHECKING:
    from tools.postgres import PostgresDatabase

__all__ = ["DEBUG", "Canaries", "Finding", "Report", "forms", "new_token"]

DEBUG = {
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "DEBUG",
    "AIRFLOW__LOGGING__NAMESPACE_LEVELS": "urllib3=DEBUG aiohttp=DEBUG asyncio=DEBUG",
}
"""Settings with which Airflow and the HTTP libraries log all they can."""

_SERVICES = ("circleci", "circle-admin", "circa", "circleme")
_NAMES = (
    "circleci_token",
    "circle_admin_token",
    "circa_token",
    "circleme_token",
    "circleci_webhook_secret",
    "circa_push_secret",
    "context_variable",
)
_LENGTH = 40
_SHORTEST = 8
_ESCAPED = re.compile(r"(?:%|\\u)[0-9A-F]+")
_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A secret where none belongs. Does not hold the secret.

    :param secret: its name.
    :param spelling: as in ``forms``.
    :param place: file, or file or database with table and column.
    :param where: which byte of the file, or row of the table; the first of several.
    """

    secret: str
    spelling: str
    place: str
    where: str


@dataclass(slots=True)
class Report:
    """
    What was found, and what it was looked for in.

    :param secrets: how many were looked for.
    :param searched: by folder or database.
    """

    secrets: int
    findings: list[Finding] = field(default_factory=list)
    searched: dict[str, Searched] = field(default_factory=dict)

    def line(self) -> str:
        """Say it in one line."""
        total = self._total()
        found = ", ".join(sorted({finding.secret for finding in self.findings}))
        return (
            f"searched {total.files:,} files, {total.bytes:,} bytes, {total.tables:,} tables, {total.rows:,} rows for "
            f"{self.secrets} secrets: {f'found {found}' if found else 'not found'}"
        )

    def table(self) -> str:
        """Show what was searched, a line each, what could not be read, and all findings."""
        width = max(map(len, self.searched), default=0)
        lines = [f"{'searched':<{width}}{'files':>9}{'bytes':>16}{'tables':>8}{'rows':>12}"]
        for place, each in self.searched.items():
            lines.append(f"{place:<{width}}{each.files:>9,}{each.bytes:>16,}{each.tables:>8,}{each.rows:>12,}")
        lines += [f"not read as what it seems: {unread}" for unread in self._total().unread]
        lines += [f"found: {each.secret} ({each.spelling}) in {each.place}, {each.where}" for each in self.findings]
        return "\n".join([*lines, self.line()])

    def _total(self) -> Searched:
        total = Searched()
        for each in self.searched.values():
            total.files += each.files
            total.bytes += each.bytes
            total.tables += each.tables
            total.rows += each.rows
            total.unread += each.unread
        return total


class Canaries(Mapping[str, str]):
    """
    Secrets by name, and the search for them.

    :param given: these, each 8 characters or more; by default, a new token of letters and digits for each connection,
        webhook and context variable.
    """

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._secrets = dict(given) if given else {name: new_token() for name in _NAMES}
        for name, secret in self._secrets.items():
            if len(secret) < _SHORTEST:
                raise ValueError(f"{name} must have {_SHORTEST} characters or more, or it is found by chance")
        self._needles = [
            (name, spelling, needle)
            for name, secret in self._secrets.items()
            for spelling, needle in forms(secret).items()
        ]
        if any(len(needle) > MOST_SPANNED for *_, needle in self._needles):
            raise ValueError(f"a secret must not be longer than {MOST_SPANNED} bytes in any spelling")

    def __getitem__(self, name: str) -> str:
        return self._secrets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._secrets)

    def __len__(self) -> int:
        return len(self._secrets)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self)})"

    def service_tokens(self) -> dict[str, str]:
        """Give the tokens by service, as ``start_sandbox`` takes them; of those services that have one here."""
        names = {service: f"{service.replace('-', '_')}_token" for service in _SERVICES}
        return {service: self[name] for service, name in names.items() if name in self}

    def search(self, *folders: Path) -> Report:
        """
        Search all files: as they are, gzip and Parquet unpacked, SQLite through SQL as well.

        :param folders: or single files.
        :raises FileNotFoundError: there is no such folder or file.
        """
        return self.search_everything(folders, [])

    def search_database(self, database: PostgresDatabase) -> Report:
        """Search all tables through SQL, and the journal of the server, which all its databases share."""
        return self.search_everything([], [database])

    def search_everything(self, folders: Iterable[Path], databases: Iterable[PostgresDatabase]) -> Report:
        """
        Search folders and databases; a journal that databases share is read once.

        :raises FileNotFoundError: there is no such folder or file.
        """
        report = Report(len(self))
        databases = list(databases)
        for folder in dict.fromkeys([*folders, *(database.journal for database in databases)]):
            if not folder.exists():
                raise FileNotFoundError(f"there is nothing to search at {folder}")
            searched = report.searched[str(folder)] = Searched()
            self._look(in_folder(folder, searched), report)
        for database in databases:
            searched = report.searched[f"database {database.name}"] = Searched()
            self._look(in_database(database.url, f"database {database.name}", searched), report)
        return report

    def found_in(self, content: bytes) -> list[tuple[str, str]]:
        """Name the secrets, each with its spelling, that some bytes hold."""
        return [(name, spelling) for name, spelling, needle in self._needles if needle in content]

    def _look(self, pieces: Iterable[Piece], report: Report) -> None:
        found: set[tuple[str, str, str]] = set()
        for piece in pieces:
            if len(piece.content) < _SHORTEST:
                continue
            for name, spelling, needle in self._needles:
                at = piece.content.find(needle)
                if at >= 0 and (piece.place, name, spelling) not in found:
                    found.add((piece.place, name, spelling))
                    report.findings.append(Finding(name, spelling, piece.place, piece.where(at)))


def forms(secret: str) -> dict[str, bytes]:
    """
    List the spellings by which a secret is still one to whoever reads it, those that are the same only once.

    Base64 depends on what stands before: each of the three alignments is spelled without the characters that the
    neighbours share, so that it is found inside of longer texts, as in ``Basic`` authentication. URL-encoded and
    escaped are spelled as usual, and with every character encoded.
    """
    plain = secret.encode()
    spelled = {"plain": plain, "hex": plain.hex().encode(), "hex, upper case": plain.hex().upper().encode()}
    for alignment in range(3):
        begin, end = -(-alignment * 8 // 6), (alignment + len(plain)) * 8 // 6
        padded = bytes(alignment) + plain
        spelled[f"base64, alignment {alignment}"] = base64.b64encode(padded)[begin:end]
        spelled[f"base64, url-safe, alignment {alignment}"] = base64.urlsafe_b64encode(padded)[begin:end]
    units = [unit for character in secret for unit in _utf16(character)]
    texts = {
        "url-encoded": quote(secret, safe=""),
        "url-encoded path": quote(secret),
        "url-encoded form": quote_plus(secret),
        "url-encoded throughout": "".join(f"%{byte:02X}" for byte in plain),
        "json-escaped": json.dumps(secret)[1:-1],
        "json-escaped, unicode kept": json.dumps(secret, ensure_ascii=False)[1:-1],
        "json-escaped throughout": "".join(f"\\u{unit:04X}" for unit in units),
        "html-escaped": html.escape(secret),
        "html-escaped, quotes kept": html.escape(secret, quote=False),
    }
    for spelling, spelt in texts.items():
        spelled[spelling] = spelt.encode()
        spelled[f"{spelling}, lower case"] = _ESCAPED.sub(lambda found: found[0].lower(), spelt).encode()
    first = {needle: spelling for spelling, needle in reversed(spelled.items())}
    return {spelling: needle for spelling, needle in spelled.items() if first[needle] == spelling}


def _utf16(character: str) -> list[int]:
    encoded = character.encode("utf-16-be")
    return [int.from_bytes(encoded[at : at + 2]) for at in range(0, len(encoded), 2)]


def new_token() -> str:
    """Make up a secret of letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
