"""Whoever knocks at the receiver, with whatever: no fault of ours is answered, and nothing unproven has an effect."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_1_PLUS
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from airflow_provider_circle.webhooks.body import MAX_BYTES
from airflow_provider_circle.webhooks.connections import Secrets
from airflow_provider_circle.webhooks.delivery import Delivery
from airflow_provider_circle.webhooks.plugin import Entrance
from airflow_provider_circle.webhooks.recording import ACCEPTED, record
from tests.unit.webhooks.conftest import Metadata, database, metadata
from tests.unit.webhooks.knocking import CIRCA_SECRET, SECRET, Answer, aknock, signed

__all__ = ["database", "metadata"]  # fixtures

pytestmark = pytest.mark.skipif(not AIRFLOW_V_3_1_PLUS, reason="Airflow before 3.1 has no receiver")

KNOWN = {("circleci", "ci"): SECRET, ("circa", "crm"): CIRCA_SECRET}
CIRCLECI = "/circle/circleci/ci"
CIRCA = f"/circle/circa/crm/{CIRCA_SECRET}"
EVENT = {
    "id": "3f0c6c9e-0b1a-3c55-9d6e-2f1f0f6c1a10",
    "type": "workflow-completed",
    "happened_at": "2026-05-15T09:30:00.000Z",
    "project": {"slug": "github/acme/web"},
    "workflow": {"status": "success", "name": "build"},
    "pipeline": {"number": 7, "vcs": {"branch": "main"}},
}
PUSH = {
    "changed_at": "2026-05-15T09:37:11Z",
    "change_log": [{"action": "create", "resource_id": "Q29udGFjdC0x", "resource_type": "Contact"}],
}
NOW_S = 1_778_840_000.0
"""Soon after both of them."""

PROPERTY = settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


# What is generated

NASTY = ["", "\0", "\ud800", "\udfff", "\u2028", "\r\n", "..", "'; DROP TABLE asset_event; --", "{{ x }}", "%s", "NaN"]
TEXTS = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=12))
NUMBERS = st.one_of(
    st.integers(), st.sampled_from([2**63, -(2**63) - 1, 10**300]), st.floats(), st.booleans(), st.none()
)
VALUES = st.recursive(
    st.one_of(TEXTS, NUMBERS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
TIMES = st.sampled_from(
    [
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-05-15\ud80009:37:11Z",
        "2026-05-15\x0009:37:11Z",
        "2026-05-15",
        "20260515T093711",
        "2026-W20-5",
        "2026-05-15T09:37:11",
        "2026-05-15T09:37:11.123456789Z",
    ]
)
SLUGS = st.one_of(
    st.sampled_from(
        ["gh/acme/web", "gh/a\ud800/b", "gh/\u0130/\u212a", "circleci/a'b/c\"d", "bb/" + "x" * 9000 + "/y"]
    ),
    st.builds(lambda one, other: f"gh/{one}/{other}", TEXTS, TEXTS),
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "action": st.one_of(st.sampled_from(["create", "update", "delete"]), VALUES),
        "resource_id": st.one_of(st.just("Q29udGFjdC0x"), VALUES),
        "resource_type": st.one_of(st.sampled_from(["Contact", "EventContact", "Planet"]), VALUES),
        "parent_id": VALUES,
    },
)
CHANGED = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.one_of(st.just("a_%-b"), VALUES),
            "type": st.one_of(st.just("job-completed"), VALUES),
            "happened_at": st.one_of(TIMES, VALUES),
            "project": st.one_of(st.fixed_dictionaries({"slug": SLUGS}), VALUES),
            "workflow": st.one_of(st.dictionaries(st.sampled_from(["status", "name", "id"]), VALUES), VALUES),
            "pipeline": st.one_of(st.dictionaries(st.sampled_from(["number", "vcs", "id"]), VALUES), VALUES),
        },
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "changed_at": st.one_of(TIMES, VALUES),
            "change_log": st.one_of(st.lists(st.one_of(CHANGES, VALUES), max_size=4), VALUES),
        },
    ),
    st.dictionaries(TEXTS, VALUES, max_size=3),
)
"""What is put in place of parts of bodies that are right."""

BODIES = st.one_of(
    st.just(written(EVENT)),
    st.just(written(PUSH)),
    st.binary(max_size=64),
    VALUES.map(written),
    st.builds(lambda changes: written({**EVENT, **changes}), CHANGED),
    st.builds(lambda changes: written({**PUSH, **changes}), CHANGED),
    st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "utf-7"]).map(lambda code: json.dumps(EVENT).encode(code)),
    st.integers(1, 200_000).map(lambda levels: b"[" * levels),
    st.integers(1, 3_000).map(lambda levels: b'{"a":' * levels + b"1" + b"}" * levels),
    st.integers(0, 3).map(lambda more: b" " * (MAX_BYTES - 1 + more)),
    st.integers(1, 5_000).map(lambda digits: written(EVENT)[:-1] + b',"n":' + b"9" * digits + b"}"),
    st.builds(lambda at, bit: _tampered(written(EVENT), at, bit), st.integers(0, 10**6), st.integers(0, 7)),
)
HEADERS = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from([b"content-type", b"content-length", b"content-encoding", b"circleci-signature", b"host"]),
            st.binary(min_size=1, max_size=12).map(bytes.lower),
        ),
        st.one_of(
            st.sampled_from(
                [b"application/json", b"-1", b"9" * 5000, b"\xb2", b"0", b"gzip", b"v1=", b"v1", b"v1=\xff", b"," * 999]
            ),
            st.binary(max_size=40),
        ),
    ),
    max_size=5,
)
PATHS = st.one_of(
    st.sampled_from([CIRCLECI, CIRCA, "/", "", "/circle", "/circle/docs", "/circle/circa/crm/", f"{CIRCLECI}/"]),
    st.sampled_from(["/circle/circleci/", "/circle/circa/crm/", "/circle/circa/"]).flatmap(
        lambda start: TEXTS.map(lambda end: start + end)
    ),
    TEXTS.map(lambda end: f"{CIRCA}{end}"),
    TEXTS.map(lambda text: f"/{text}"),
)
METHODS = st.one_of(
    st.just("POST"), st.sampled_from(["GET", "HEAD", "OPTIONS", "PUT", "TRACE", "post", "", "P\u00d6ST"])
)


def _tampered(body: bytes, at: int, bit: int) -> bytes:
    changed = bytearray(body)
    changed[at % len(body)] ^= 1 << bit
    return bytes(changed)


# Who is knocked at


@dataclass
class House:
    """The receiver where Airflow mounts it, and what it has recorded."""

    taken: list[Delivery]
    app: Any
    runner: asyncio.Runner

    def knock(self, path: str, body: bytes, headers: Any = None, **options: Any) -> Answer:
        self.taken.clear()
        return self.runner.run(aknock(self.app, path, body, headers, **options))


def _house(recorded: Any, taken: list[Delivery]) -> Iterator[House]:
    from fastapi import FastAPI

    from airflow_provider_circle.webhooks.app import Receiver, build_app

    known = Secrets(lambda *key: KNOWN.get(key), clock=lambda: 0.0)
    for key in KNOWN:
        known.found(*key)
    receiver = build_app(Receiver(known, recorded, answer_within_s=60.0))
    outer = FastAPI(redirect_slashes=False, openapi_url=None)
    outer.mount("/circle", Entrance(lambda: receiver))
    with asyncio.Runner() as runner:
        yield House(taken, outer, runner)


@pytest.fixture(autouse=True)
def uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave Airflow's metrics alone."""
    monkeypatch.setattr("airflow_provider_circle.webhooks.app.count", lambda *_: None)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """One whose database takes everything."""
    taken: list[Delivery] = []

    def recorded(delivery: Delivery) -> str:
        taken.append(delivery)
        return ACCEPTED

    yield from _house(recorded, taken)


@pytest.fixture(scope="module")
def real_house() -> Iterator[House]:
    """One that records in Airflow's tables."""
    yield from _house(lambda delivery: record(delivery, now=lambda: NOW_S), [])


@pytest.fixture
def heard(metadata: Metadata) -> Metadata:
    """Those tables, with a DAG for whatever is right in the bodies above."""
    for uri in ("circleci://gh/acme/web/workflow-completed", "circleci://gh/acme/web/job-completed"):
        metadata.schedule(uri)
    metadata.schedule("circa://crm/contacts", "other")
    return metadata


# What holds


@PROPERTY
@given(METHODS, PATHS, HEADERS, BODIES)
@example("POST", "/circle/circa/crm/\ud800", [], b"{}")
@example("POST", "/circle/circa/\ud800/x", [], b"{}")
def test_whatever_comes_is_answered_and_nothing_unproven_is_recorded(
    house: House, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    answer = house.knock(path, body, method=method, raw_headers=headers)

    proven = (method, path) == ("POST", CIRCA)
    assert answer.status < 500
    assert house.taken == [] or proven
    assert answer.status >= 400 or proven


@PROPERTY
@given(
    BODIES, st.one_of(st.text(st.characters(codec="latin-1"), max_size=80), st.just(signed(b"")["circleci-signature"]))
)
def test_a_signature_of_something_else_has_no_effect(house: House, body: bytes, signature: str) -> None:
    assume(signature != signed(body)["circleci-signature"])

    answer = house.knock(CIRCLECI, body, {"circleci-signature": signature})

    assert answer.status in {401, 413}
    assert house.taken == []


@PROPERTY
@given(st.integers(0, 10**6), st.integers(0, 7))
def test_a_signed_body_of_which_one_bit_was_changed_has_no_effect(house: House, at: int, bit: int) -> None:
    answer = house.knock(CIRCLECI, _tampered(written(EVENT), at, bit), signed(written(EVENT)))

    assert (answer.status, house.taken) == (401, [])


@PROPERTY
@given(st.integers(0, 10**6), st.integers(0, 7))
def test_a_signature_of_which_one_bit_was_changed_has_no_effect(house: House, at: int, bit: int) -> None:
    signature = signed(written(EVENT))["circleci-signature"].removeprefix("v1=")
    changed = "v1=" + _tampered(signature.encode(), at, bit).decode("latin-1")

    answer = house.knock(CIRCLECI, written(EVENT), {"circleci-signature": changed})

    assert (answer.status, house.taken) == (401, [])


@PROPERTY
@given(st.integers(0, 10**6), st.integers(0, 7))
def test_an_address_of_which_one_bit_was_changed_has_no_effect(house: House, at: int, bit: int) -> None:
    path = CIRCA.removesuffix(CIRCA_SECRET) + _tampered(CIRCA_SECRET.encode(), at, bit).decode("latin-1")

    answer = house.knock(path, written(PUSH))

    assert answer.status in {401, 404}
    assert house.taken == []


@PROPERTY
@given(st.sampled_from([CIRCLECI, CIRCA]), BODIES)
def test_a_proven_body_is_taken_or_refused_for_what_it_says(house: House, path: str, body: bytes) -> None:
    answer = house.knock(path, body, signed(body))

    assert (answer.status, answer.outcome) in {
        (200, "accepted"),
        (200, "ignored"),
        (400, "refused"),
        (413, "refused"),
    }
    assert len(house.taken) == (answer.outcome == "accepted")


@PROPERTY
@given(st.sampled_from([CIRCLECI, CIRCA]), BODIES, st.lists(st.integers(0, 10**6), max_size=4))
def test_how_a_body_is_cut_into_pieces_makes_no_difference(
    house: House, path: str, body: bytes, cuts: list[int]
) -> None:
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    pieces = [body[begin:end] for begin, end in pairwise(places)] or [b""]
    whole = house.knock(path, body, signed(body))

    answer = house.knock(path, pieces, signed(body))  # type: ignore[arg-type]

    assert (answer.status, answer.body) == (whole.status, whole.body)


@settings(PROPERTY, max_examples=60)
@given(PATHS, HEADERS)
def test_no_secret_stays_in_what_access_logs_are_written_from(
    house: House, path: str, headers: list[tuple[bytes, bytes]]
) -> None:
    answer = house.knock(path, b"{}", raw_headers=headers)

    if path.startswith("/circle/circa/"):
        assert CIRCA_SECRET not in answer.scope["path"]
        assert CIRCA_SECRET not in answer.scope["raw_path"].decode("latin-1")


@settings(PROPERTY, max_examples=60)
@given(PATHS, BODIES)
def test_no_log_holds_a_secret_or_a_line_break_of_a_stranger(
    house: House, caplog: pytest.LogCaptureFixture, path: str, body: bytes
) -> None:
    caplog.clear()
    caplog.set_level(logging.DEBUG, "airflow_provider_circle")
    house.knock(path, body, signed(body))
    house.knock(path, body)

    lines = [entry.getMessage() for entry in caplog.records if entry.name.startswith("airflow_provider_circle")]
    assert [line for line in lines if CIRCA_SECRET in line or SECRET in line or "\n" in line or "\r" in line] == []


SIGNED = st.one_of(
    st.tuples(st.just(CIRCLECI), st.builds(lambda changes: written({**EVENT, **changes}), CHANGED)),
    st.tuples(st.just(CIRCA), st.builds(lambda changes: written({**PUSH, **changes}), CHANGED)),
)


@settings(PROPERTY, max_examples=60)
@given(SIGNED)
@example((CIRCLECI, written({**EVENT, "project": {"slug": "gh/acme/\ud800"}})))
@example((CIRCLECI, written({**EVENT, "happened_at": "2026-05-15\ud80009:37:11Z"})))
@example((CIRCLECI, written({**EVENT, "happened_at": "2026-05-15\x0009:37:11Z"})))
@example((CIRCA, written({**PUSH, "changed_at": "2026-05-15\x0009:37:11Z"})))
def test_no_proven_body_is_too_much_for_the_database(
    real_house: House, heard: Metadata, told: tuple[str, bytes]
) -> None:
    path, body = told
    before = len(heard.events())

    answer = real_house.knock(path, body, signed(body))

    assert answer.status < 500
    assert (len(heard.events()) > before) == (answer.outcome == "accepted")
