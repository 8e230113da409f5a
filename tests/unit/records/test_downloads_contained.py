"""Nothing lands outside the folder, and nothing of a file that a kill found under way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from airflow_provider_circle.core.download import Downloaded
from airflow_provider_circle.core.walk import Writable
from tests.unit.records.downloading import ALL, there, web


class Killed(BaseException):
    """What a signal raises in the thread that waits."""


@pytest.mark.parametrize("pieces", [0, 1000], ids=["before_it_lands", "between_two_pieces"])
def test_kill_lands_no_file_that_was_under_way(tmp_path: Path, pieces: int) -> None:
    internet = web()
    ended_at: list[float] = []

    @contextmanager
    def session(_: Callable[[float], None]) -> Iterator[Callable[..., Downloaded]]:
        def fetch(_url: str, into: Callable[[], Writable], _: str) -> Downloaded:
            file = into()
            internet.now_s = 99.0
            try:
                file.write(b"half")
                for _piece in range(pieces):
                    time.sleep(0.02)
                    file.write(b"more")
                time.sleep(0 if pieces else 2.5)
            finally:
                ended_at.append(time.monotonic())
            return Downloaded(4, sha256(b"half").hexdigest())

        yield fetch

    def say(_: str) -> None:
        raise Killed

    internet.session = session  # type: ignore[method-assign]
    target = internet.into(str(tmp_path))
    target._say = say
    began_s = time.monotonic()

    with pytest.raises(Killed):
        target.land(ALL)

    assert there(str(tmp_path)) == {}
    assert [one - began_s < 9 for one in ended_at] == [True]


@pytest.mark.parametrize("link", ["build", "build/f1", "build/f1/0"])
def test_symbolic_link_leads_nothing_out_of_the_folder(tmp_path: Path, link: str) -> None:
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / link).parent.mkdir(parents=True)
    (folder / link).symlink_to(elsewhere, target_is_directory=True)
    internet = web()

    with pytest.raises(ValueError, match=f"{link} is a symbolic link"):
        internet.into(str(folder)).land(ALL)

    assert (internet.fetched, list(elsewhere.iterdir())) == ([], [])


def test_symbolic_link_that_appears_meanwhile_leads_nothing_out(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    elsewhere.mkdir()
    internet = web()

    def link(_: str) -> None:
        if not (folder / "build/f1").exists():
            (folder / "build/f1").symlink_to(elsewhere)

    internet.at_fetch = link

    with pytest.raises(ValueError, match="symbolic link"):
        internet.into(str(folder)).land(ALL)

    assert list(elsewhere.iterdir()) == []


def test_symbolic_link_in_the_place_of_a_file_is_replaced_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    place = tmp_path / "out" / ALL[0].target
    place.parent.mkdir(parents=True)
    place.symlink_to(victim)

    web().into(str(tmp_path / "out")).land(ALL)

    assert (victim.read_text(), place.is_symlink(), place.read_text()) == ("untouched", False, "content 0")


def test_folder_itself_may_be_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    web().into(f"{tmp_path}/link/").land(ALL)

    assert (tmp_path / "real" / ALL[0].target).exists()
