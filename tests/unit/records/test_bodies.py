"""Texts are kept one after the other and read back in any order."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from airflow_provider_circle.records.bodies import Bodies

MANY = [bytes([65 + number % 26]) * (number % 700) for number in range(3000)]


@pytest.fixture
def bodies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bodies]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with closing(Bodies()) as opened:
        yield opened


def filled(bodies: Bodies, texts: list[bytes]) -> list[tuple[int, int, int]]:
    return [(number, bodies.add(text), len(text)) for number, text in enumerate(texts)]


@pytest.mark.parametrize("step", [1, -1, 7, -13])
def test_texts_come_back_in_whatever_order_they_are_asked_for(bodies: Bodies, step: int) -> None:
    places = filled(bodies, MANY)[::step]
    assert list(bodies.read(places)) == [(number, MANY[number]) for number, _, _ in places]


@pytest.mark.parametrize("size", [2**18 - 1, 2**18, 2**18 + 1, 3 * 2**18], ids=str)
def test_a_text_may_be_longer_than_what_is_read_at_once(bodies: Bodies, size: int) -> None:
    texts = [b"a", b"b" * size, b"c"]
    assert [text for _, text in bodies.read(filled(bodies, texts))] == texts


def test_what_was_added_just_now_can_be_read(bodies: Bodies) -> None:
    filled(bodies, [b"old"])
    assert list(bodies.read([("new", bodies.add(b"new"), 3)])) == [("new", b"new")]


def test_two_who_read_in_turns_do_not_disturb_each_other(bodies: Bodies) -> None:
    places = filled(bodies, MANY)
    pairs = zip(bodies.read(places), bodies.read(reversed(places)), strict=True)
    assert all(
        one == (number, MANY[number]) and other[1] == MANY[-number - 1] for number, (one, other) in enumerate(pairs)
    )


def test_nothing_has_a_name_on_the_disk(bodies: Bodies, tmp_path: Path) -> None:
    filled(bodies, MANY)
    assert os.listdir(tmp_path) == []
