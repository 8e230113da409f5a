"""A planted secret is found in every spelling and every place; what is reported does not give it away."""

from __future__ import annotations

import base64
import gzip
import html
import json
import os
import re
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

from tools.canary import Canaries, Finding, forms
from tools.contents import MOST_SPANNED, Searched, in_folder

if TYPE_CHECKING:
    from tools.postgres import PostgresDatabase, PostgresServer

NAME = "circa_token"
SPECIAL = 'a "b"/c+d&é<\U0001f511>'

SPELLED: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "inside_of_words": lambda secret: f"xx{secret}yy".encode(),
    "hex": lambda secret: secret.encode().hex().encode(),
    "hex_upper": lambda secret: secret.encode().hex().upper().encode(),
    "repr": lambda secret: repr({"password": secret}).encode(),
    "url_throughout": lambda secret: "".join(f"%{ord(each):02X}" for each in secret).encode(),
    "url_throughout_lower": lambda secret: "".join(f"%{ord(each):02x}" for each in secret).encode(),
    "json": lambda secret: json.dumps({"password": secret}).encode(),
    "json_throughout": lambda secret: "".join(f"\\u{ord(each):04x}" for each in secret).encode(),
    "json_throughout_upper": lambda secret: "".join(f"\\u{ord(each):04X}" for each in secret).encode(),
    "base64": lambda secret: base64.b64encode(secret.encode()),
    "base64_basic_1": lambda secret: base64.b64encode(f"u:{secret}".encode()),
    "base64_basic_2": lambda secret: base64.b64encode(f":{secret}:x".encode()),
    "base64_basic_3": lambda secret: base64.b64encode(f"us:{secret}\n".encode()),
}


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


@pytest.fixture
def secret(canaries: Canaries) -> str:
    return canaries[NAME]


def names(findings: list[Finding]) -> set[str]:
    return {finding.secret for finding in findings}


def test_canaries_are_tokens_of_letters_and_digits_that_have_nothing_in_common(canaries: Canaries) -> None:
    assert all(secret.isascii() and secret.isalnum() and len(secret) == 40 for secret in canaries.values())
    assert len({secret[at : at + 8] for secret in canaries.values() for at in range(33)}) == 33 * len(canaries)
    assert not set(canaries.values()) & set(Canaries().values())


def test_tokens_are_handed_out_by_service(canaries: Canaries) -> None:
    assert canaries.service_tokens() == {
        "circleci": canaries["circleci_token"],
        "circle-admin": canaries["circle_admin_token"],
        "circa": canaries["circa_token"],
        "circleme": canaries["circleme_token"],
    }
    assert Canaries({"circa_token": "only-this"}).service_tokens() == {"circa": "only-this"}


@pytest.mark.parametrize("spell", SPELLED.values(), ids=SPELLED)
def test_every_spelling_is_found(spell: Callable[[str], bytes], canaries: Canaries, secret: str) -> None:
    assert {name for name, _ in canaries.found_in(b"before " + spell(secret) + b" after")} == {NAME}


@pytest.mark.parametrize(
    "spell",
    [
        pytest.param(json.dumps, id="json"),
        pytest.param(lambda secret: json.dumps(secret, ensure_ascii=False), id="json_unicode"),
        pytest.param(quote, id="url_path"),
        pytest.param(lambda secret: quote(secret, safe=""), id="url"),
        pytest.param(
            lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")), id="url_lower_case"
        ),
        pytest.param(repr, id="repr"),
        pytest.param(lambda secret: html.escape(secret, quote=False), id="html"),
        pytest.param(lambda secret: base64.urlsafe_b64encode(b"??" + secret.encode()).decode(), id="base64_url_safe"),
    ],
)
def test_secret_of_a_persons_making_is_found_in_every_spelling(spell: Callable[[str], str]) -> None:
    assert Canaries({"mine": SPECIAL}).found_in(spell(SPECIAL).encode())


@pytest.mark.parametrize("alignment", range(3))
@pytest.mark.parametrize("length", range(8, 14))
def test_base64_is_found_at_every_alignment_whatever_stands_around(alignment: int, length: int) -> None:
    secret = "Zq7?>~kQ9w-_/"[:length]
    canaries = Canaries({"mine": secret})
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before, after in ((b"\xff", b"\xff"), (b"\x00", b"\x00")):
            assert canaries.found_in(encode(before * (3 + alignment) + secret.encode() + after * 5))


def test_spelling_that_is_the_same_as_another_is_listed_once() -> None:
    assert next(iter(forms("12345678"))) == "plain"
    assert len(set(forms(SPECIAL).values())) == len(forms(SPECIAL))


def test_half_a_secret_is_not_taken_for_it(canaries: Canaries, secret: str) -> None:
    assert canaries.found_in(secret[:-1].encode() + b" " + secret[1:].encode()) == []


@pytest.mark.parametrize("given", ["", "short12"])
def test_secret_that_would_be_found_by_chance_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="mine must have 8 characters"):
        Canaries({"mine": given})


# Files


@pytest.mark.parametrize("spell", SPELLED.values(), ids=SPELLED)
def test_every_spelling_is_found_in_a_file(
    spell: Callable[[str], bytes], canaries: Canaries, secret: str, tmp_path: Path
) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / ".hidden").write_bytes(b"\xff\x00 " + spell(secret))

    assert names(canaries.search(tmp_path).findings) == {NAME}


def test_finding_says_which_secret_in_which_spelling_is_where(canaries: Canaries, secret: str, tmp_path: Path) -> None:
    path = tmp_path / "task.log"
    path.write_text("x" * 3_000_000 + secret + secret.encode().hex())

    findings = canaries.search(tmp_path).findings

    assert findings == [
        Finding(NAME, "plain", str(path), "byte 3000000"),
        Finding(NAME, "hex", str(path), "byte 3000040"),
    ]


@pytest.mark.parametrize("chunk", [1 << 20, 2 << 20])
@pytest.mark.parametrize("before", [0, 1, 20, 39, 40])
def test_secret_across_two_chunks_is_found_once(
    before: int, chunk: int, canaries: Canaries, secret: str, tmp_path: Path
) -> None:
    at = chunk - before
    (tmp_path / "big").write_bytes(bytes(at) + secret.encode() + bytes(chunk))

    assert [finding.where for finding in canaries.search(tmp_path).findings] == [f"byte {at}"]


def test_longest_text_that_may_be_looked_for_never_falls_between_two_pieces(tmp_path: Path) -> None:
    content = os.urandom((1 << 20) + 3 * MOST_SPANNED)
    (tmp_path / "big").write_bytes(content)

    pieces = list(in_folder(tmp_path, Searched()))

    for begin in range((1 << 20) - MOST_SPANNED - 1, (1 << 20) + 1):
        assert any(piece.offset <= begin <= piece.offset + len(piece.content) - MOST_SPANNED for piece in pieces)
    assert all(content[piece.offset :].startswith(piece.content) for piece in pieces)


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param(gzip.compress, id="whole"),
        pytest.param(lambda content: gzip.compress(content) + gzip.compress(b"more"), id="two_parts"),
        pytest.param(lambda content: gzip.compress(b"x" * 3_000_000) + gzip.compress(content), id="late"),
        pytest.param(lambda content: gzip.compress(content + os.urandom(5000), 0)[:-2000], id="half_written"),
        pytest.param(lambda content: gzip.compress(content) + b"something else", id="something_behind"),
    ],
)
def test_gzip_is_looked_into(pack: Callable[[bytes], bytes], canaries: Canaries, secret: str, tmp_path: Path) -> None:
    (tmp_path / "rows").write_bytes(pack(b'{"a":"' + secret.encode() + b'"}\n'))

    assert names(canaries.search(tmp_path).findings) == {NAME}


def test_parquet_is_looked_into(canaries: Canaries, secret: str, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    values = [f"row {number}" for number in range(200)] + [f"found: {secret}"] + [None]
    table = pa.table({"kept": values, "numbers": list(range(202))})
    parquet.write_table(table, tmp_path / "rows.parquet", compression="gzip")

    report = canaries.search(tmp_path)

    assert Finding(NAME, "plain", f"{tmp_path / 'rows.parquet'} kept", "row 200") in report.findings
    assert (report.searched[str(tmp_path)].tables, report.searched[str(tmp_path)].rows) == (1, 202)


@pytest.mark.parametrize("content", [b"SQLite format 3\0 but no more", b"PAR1 but no more"], ids=["sqlite", "parquet"])
def test_file_that_is_not_what_it_seems_is_searched_as_bytes_and_named(
    content: bytes, canaries: Canaries, secret: str, tmp_path: Path
) -> None:
    (tmp_path / "broken").write_bytes(content * 200 + secret.encode())

    report = canaries.search(tmp_path)

    assert names(report.findings) == {NAME}
    assert f"not read as what it seems: {tmp_path / 'broken'}" in report.table()


def test_link_is_not_followed(canaries: Canaries, secret: str, tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.write_text(secret)
    (inside / "link").symlink_to(outside)

    assert canaries.search(inside).findings == []


def test_folder_that_is_not_there_is_no_empty_search(canaries: Canaries, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing to search"):
        canaries.search(tmp_path / "typo")


# Databases

PLANTED: dict[str, Callable[[str], str | bytes]] = {
    "text": lambda secret: f"before {secret} after",
    "long_text": lambda secret: secret * 5000,
    "json_text": lambda secret: json.dumps({"a": [secret]}),
    "base64_text": lambda secret: base64.b64encode(f"user:{secret}".encode()).decode(),
    "bytes": lambda secret: b"\x00\xff" + secret.encode(),
    "hex_in_bytes": lambda secret: secret.encode().hex().encode(),
    "zlib": lambda secret: zlib.compress(secret.encode()),
    "zlib_fast": lambda secret: zlib.compress(secret.encode(), 1),
    "gzip": lambda secret: gzip.compress(secret.encode()),
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_every_value_of_a_sqlite_database_is_read(
    plant: Callable[[str], str | bytes], canaries: Canaries, secret: str, tmp_path: Path
) -> None:
    path = tmp_path / "airflow.db"
    with sqlite3.connect(path) as database:
        database.execute('CREATE TABLE "odd name" (id integer, value)')
        database.executemany('INSERT INTO "odd name" VALUES (?, ?)', [(1, "nothing"), (2, plant(secret))])
    database.close()

    report = canaries.search(tmp_path)

    places = {(finding.place.removesuffix(" (unpacked)"), finding.where) for finding in report.findings}
    assert (f"{path} odd name.value", "row 1") in places
    assert names(report.findings) == {NAME}
    assert (report.searched[str(tmp_path)].tables, report.searched[str(tmp_path)].rows) == (1, 2)


def test_text_in_sqlite_that_is_no_unicode_is_read(canaries: Canaries, secret: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "airflow.db") as database:
        database.execute("CREATE TABLE held (value)")
        database.execute("INSERT INTO held VALUES (CAST(? AS text))", (b"\xff" + secret.encode(),))
    database.close()

    report = canaries.search(tmp_path)

    assert f"{tmp_path / 'airflow.db'} held.value" in {finding.place for finding in report.findings}
    assert report.searched[str(tmp_path)].unread == []


def test_row_of_sqlite_that_was_deleted_is_found_in_the_file(canaries: Canaries, secret: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "airflow.db") as database:
        database.execute("PRAGMA secure_delete = off")
        database.execute("CREATE TABLE held (value)")
        database.execute("INSERT INTO held VALUES (?)", (secret,))
        database.commit()
        database.execute("DELETE FROM held")
    database.close()

    assert [finding.place for finding in canaries.search(tmp_path).findings] == [str(tmp_path / "airflow.db")]


@pytest.fixture
def database(postgres_server: PostgresServer) -> PostgresDatabase:
    return postgres_server.new_database()


def execute(database: PostgresDatabase, *statements: str, **values: object) -> None:
    engine = sqlalchemy.create_engine(database.url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sqlalchemy.text(statement), values)


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_every_value_of_a_postgresql_database_is_read(
    plant: Callable[[str], str | bytes], database: PostgresDatabase, canaries: Canaries, secret: str
) -> None:
    value = plant(secret)
    kind = "bytea" if isinstance(value, bytes) else "text"
    execute(
        database,
        f'CREATE TABLE "odd name" (id integer, value {kind})',
        'INSERT INTO "odd name" VALUES (1, NULL), (2, :value)',
        value=value,
    )

    report = canaries.search_database(database)

    found = {(finding.place.removesuffix(" (unpacked)"), finding.where) for finding in report.findings}
    assert (f"database {database.name} odd name.value", "row 1") in found
    searched = report.searched[f"database {database.name}"]
    assert (searched.tables, searched.rows) == (1, 2)


@pytest.mark.parametrize("kind", ["json", "jsonb", "text[]", "varchar(100)"])
def test_every_type_of_postgresql_is_read(
    kind: str, database: PostgresDatabase, canaries: Canaries, secret: str
) -> None:
    value = f'{{"{secret}"}}' if kind == "text[]" else json.dumps({"deep": [{"er": secret}]})
    execute(database, "CREATE SCHEMA own", f"CREATE TABLE own.held (value {kind})")
    execute(database, f"INSERT INTO own.held VALUES (CAST(:value AS {kind}))", value=value)  # noqa: S608

    places = {finding.place for finding in canaries.search_database(database).findings}
    assert f"database {database.name} held.value" in places


def test_row_of_postgresql_that_was_deleted_is_found_in_the_journal(
    database: PostgresDatabase, canaries: Canaries, secret: str
) -> None:
    execute(database, "CREATE TABLE held (value text)", "INSERT INTO held VALUES (:value)", value=secret)
    execute(database, "DELETE FROM held")

    places = [finding.place for finding in canaries.search_database(database).findings]
    assert places
    assert all(place.startswith(str(database.journal)) for place in places)


def test_everything_is_searched_in_one_go_and_a_shared_journal_once(
    postgres_server: PostgresServer, canaries: Canaries, tmp_path: Path
) -> None:
    first, second = postgres_server.new_database(), postgres_server.new_database()
    execute(first, "CREATE TABLE held (value text)", "INSERT INTO held VALUES (:value)", value=canaries["circa_token"])
    execute(second, "CREATE TABLE held (value text)")
    (tmp_path / "task.log").write_text(canaries["circleci_token"])

    report = canaries.search_everything([tmp_path], [first, second])

    assert list(report.searched) == [
        str(tmp_path),
        str(first.journal),
        f"database {first.name}",
        f"database {second.name}",
    ]
    assert names(report.findings) == {"circa_token", "circleci_token"}


# What is said


def test_report_names_what_was_found_and_does_not_give_it_away(canaries: Canaries, secret: str, tmp_path: Path) -> None:
    (tmp_path / "task.log").write_text(f"{secret} {secret.encode().hex()}")

    report = canaries.search(tmp_path)

    assert report.line().endswith("for 7 secrets: found circa_token")
    assert f"found: circa_token (hex) in {tmp_path / 'task.log'}, byte 41" in report.table()
    assert canaries.found_in(f"{report} {report.table()} {report.findings} {canaries}".encode()) == []


def test_report_of_nothing_found_says_what_was_searched(canaries: Canaries, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(bytes(1500))
    (tmp_path / "two").write_bytes(gzip.compress(bytes(500)))
    with sqlite3.connect(tmp_path / "three") as database:
        database.execute("CREATE TABLE held (value)")
        database.executemany("INSERT INTO held VALUES (?)", [("a",), ("b",)])
    database.close()
    size = sum(path.stat().st_size for path in tmp_path.iterdir()) + 500 + 2

    report = canaries.search(tmp_path)

    assert report.line() == f"searched 3 files, {size:,} bytes, 1 tables, 2 rows for 7 secrets: not found"
    assert f"{3:>9,}{size:>16,}{1:>8,}{2:>12,}" in report.table()
