"""What is known of a stage while it runs, as words and as a document."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tasklaws.cli.progress_pace import Pace
from tasklaws.core.display import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Clock = Callable[[], float]

CENT, MINUTE = 0.01, 60
LEFT_OUT = ("tokens", "limited", "cost", "failed")
"""What is told on wide terminals only, in the order in which it is left out."""


class Stage:
    """Counts of a stage, and the time since it began."""

    def __init__(self, name: str, total: int | None, part_of: str | None, clock: Clock) -> None:
        self.name, self.total, self.part_of, self._clock = name, total, part_of, clock
        self.done = self.failed = self.limited = self.tokens = 0
        self.work = 0.0
        """Share of the stage that is done."""
        self._dollars: float | None = None
        self._unpriced = False
        self._begun = self._now = clock()
        self._ended: float | None = None
        self._pace = Pace(self._begun)

    def advance(
        self,
        steps: int,
        *,
        failed: int = 0,
        limited: int = 0,
        tokens: int = 0,
        cost: float | None = None,
        share: float | None = None,
    ) -> None:
        """Count steps; see `core.progress.Advance`."""
        self.done += steps
        self.failed += failed
        self.limited += limited
        self.tokens += tokens
        self._unpriced |= tokens > 0 and cost is None
        if cost is not None:
            self._dollars = (self._dollars or 0.0) + cost
        work = share if share is not None else steps / self.total if self.total else 0.0
        self.work += work
        self._pace.heard(work, self.now())

    def end(self) -> None:
        """Stop the clock."""
        self._ended = self.now()

    def now(self) -> float:
        """Return the clock's seconds, which never go back, and stand once the stage has ended."""
        if self._ended is None:
            self._now = max(self._now, self._clock())
        return self._now

    @property
    def cost(self) -> float | None:
        """Return the dollars; None where those of some tokens are not known."""
        return None if self._unpriced else self._dollars

    @property
    def seconds(self) -> float:
        """Return the seconds since it began."""
        return self.now() - self._begun

    @property
    def seconds_left(self) -> float | None:
        """Return the seconds that it will still take; None where that cannot be said yet."""
        return self._pace.left(max(1.0 - self.work, 0.0), self.now())

    def document(self) -> dict[str, Any]:
        """Return what is known, for a program that watches."""
        left = self.seconds_left
        return {
            "stage": self.name,
            "part_of": self.part_of,
            "done": self.done,
            "total": self.total,
            "failed": self.failed,
            "limited": self.limited,
            "tokens": self.tokens,
            "cost": None if self.cost is None else round(self.cost, 6),
            "seconds": round(self.seconds, 3),
            "seconds_left": None if left is None else round(left, 3),
        }

    def label(self) -> str:
        """Return the name, inert, set in under the whole that it is a part of."""
        return ("  " if self.part_of is not None else "") + shown(self.name, 60)

    def words(self, room: int | None = None) -> str:
        """Return what is known, for a reader; in at most `room` columns, what matters less is left out."""
        said = {
            "done": f"{self.done}/{self.total}" if self.total else str(self.done) if self.done else "",
            "failed": f"{self.failed} failed" if self.failed else "",
            "limited": f"{self.limited} limited" if self.limited else "",
            "tokens": f"{_short(self.tokens)} tokens" if self.tokens else "",
            "cost": _dollars(self.cost) if self.cost else "",
            "time": self._time(),
        }
        for less in ("", *LEFT_OUT):
            said.pop(less, None)
            words = " · ".join(part for part in said.values() if part)
            if room is None or len(words) <= room:
                break
        return words

    def _time(self) -> str:
        if self._ended is not None:
            return f"done in {_clock(self.seconds) if self.seconds >= MINUTE else f'{self.seconds:.1f} s'}"
        left = self.seconds_left
        return f"{_clock(self.seconds)} so far" if left is None else f"{_clock(left)} left"


def _short(number: int) -> str:
    """Return a count in at most five characters or so."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.1f}{unit}"
    return str(number)


def _dollars(cost: float) -> str:
    return f"${cost:.2f}" if cost >= CENT else "under $0.01"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), MINUTE)
    hours, minutes = divmod(minutes, MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Stages:
    """The stages that are open: the first is the whole, and the others are parts of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._open = clock, list[Stage]()

    @contextmanager
    def opened(self, name: str, total: int | None) -> Iterator[Stage]:
        """Open a stage for as long as the context lasts."""
        stage = Stage(name, total, self._open[0].name if self._open else None, self._clock)
        self._open.append(stage)
        try:
            yield stage
        finally:
            self._open.remove(stage)
