"""What a pull says about itself while it goes on: at most every ten seconds, and once in the end."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Progress"]

_EVERY_S = 10.0


class Progress:
    """
    Counts what comes and says so now and then.

    :param say: writes a line to the task's log.
    :param clock: seconds that only go forward.
    """

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._say = say
        self._clock = clock
        self._began_s = self._said_s = clock()
        self._expected: dict[str, int] = {}
        self._of_this_pass = 0
        self.records = 0
        self.pages = 0

    def page(self, label: str, records: int, count: int | None) -> None:
        """
        Count a page.

        :param label: the list it is of.
        :param count: how many records that list has, where the service says so.
        """
        self.records += records
        self._of_this_pass += records
        self.pages += 1
        if count is not None:
            self._expected[label] = count
        if self._clock() - self._said_s >= _EVERY_S:
            self._said_s = self._clock()
            self._say(str(self))

    def again(self, stream: str, number: int, most: int) -> None:
        """Tell that a stream has to be read once more."""
        self._say(f"{stream} changed while they were read; reading what changed again ({number} of {most})")
        self._expected.clear()
        self._of_this_pass = 0

    def __str__(self) -> str:
        """Sum up how far it has come."""
        spent_s = max(self._clock() - self._began_s, 0.001)
        text = f"{self.records:,} records on {self.pages:,} pages, {self.records / spent_s:,.0f} records/s"
        expected = sum(self._expected.values())
        # Lists that were not begun are not counted yet, so the share is of one list only.
        if len(self._expected) == 1 and expected:
            text += f", {min(1.0, self._of_this_pass / expected):.0%} of {expected:,}"
        elif len(self._expected) > 1:
            text += f", {len(self._expected):,} lists begun"
        return text
