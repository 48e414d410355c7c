"""Questions of many tasks, collected into batches that a worker thread answers while the event loop goes on.

No task of its own does the collecting: of those who wait, one sees to the next batch, for all. Whoever is
cancelled is missed by nobody, and there is nothing to start or to close. A batch goes out when it is full, or
when nothing else happens in the event loop: then nobody is left who could still ask.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Generic, NoReturn, TypeVar

import anyio
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

IDLE = 0.002
"""Seconds in which nobody asks and the loop does nothing else: it wakes in time."""
PATIENCE = 0.25
"""Seconds that a part of a batch waits at most while the loop is busy."""
KEPT = 100_000
"""Answers that are remembered."""


@dataclass(eq=False)
class _Wish(Generic[Asked, Answer]):
    """What some tasks wait for."""

    asked: Asked
    bell: anyio.Event = field(default_factory=anyio.Event)
    """Rung when the wish is done, or when one of its tasks is to see to the next batch."""
    waiting: int = 0
    """Tasks that wait; a wish of which none is left is not answered."""
    outcome: Callable[[], Answer] | None = None
    """Returns the answer or raises the error; None while it is not done."""


@dataclass(eq=False)
class _Desk(Generic[Asked, Answer]):
    """Where the tasks of one event loop meet."""

    wishes: dict[Hashable, _Wish[Asked, Answer]] = field(default_factory=dict)
    """Those that are not done, in the order in which they came."""
    taken: bool = False
    """Whether somebody sees to a batch."""

    def call(self) -> None:
        """Call somebody to see to the next batch, where anybody waits for one and nobody does."""
        if self.wishes and not self.taken:
            next(iter(self.wishes.values())).bell.set()

    def forget(self, key: Hashable, wish: _Wish[Asked, Answer]) -> None:
        """Take a wish off the desk."""
        if self.wishes.get(key) is wish:
            del self.wishes[key]


class Batches(Generic[Asked, Answer]):
    """Answers to single questions, worked out many at a time; each question is answered once."""

    def __init__(
        self,
        work: Callable[[Sequence[Asked]], Sequence[Answer]],
        size: int,
        effort: Callable[[Asked], float] = lambda _: 0.0,
    ) -> None:
        """Collect questions for `work`, which answers up to `size` of them in their order.

        Args:
            work: takes as long as the question of the greatest effort takes.
            size: questions of a full batch.
            effort: what is expected of a question.
        """
        self.work, self.size, self.effort = work, size, effort
        self._known: dict[Hashable, Answer] = {}
        self._desks: RunVar[_Desk[Asked, Answer]] = RunVar("desk")

    async def answer(self, key: Hashable, asked: Asked) -> Answer:
        """Return the answer to `asked`; an error of `work` reaches all whose question was in the batch.

        Args:
            key: what decides the answer; of the same key, one question is worked out.
            asked: the question.
        """
        if key in self._known:
            return self._known[key]
        desk = self._desk()
        wish = desk.wishes.get(key)
        if wish is None:
            wish = desk.wishes[key] = _Wish(asked)
        wish.waiting += 1
        try:
            while wish.outcome is None:
                await (_rung(wish) if desk.taken else self._next(desk))
        finally:
            wish.waiting -= 1
            if not wish.waiting:
                desk.forget(key, wish)
            desk.call()  # who was called may be the one that is cancelled here
        return wish.outcome()

    def _desk(self) -> _Desk[Asked, Answer]:
        desk = self._desks.get(None)
        if desk is None:
            desk = _Desk()
            self._desks.set(desk)
        return desk

    async def _next(self, desk: _Desk[Asked, Answer]) -> None:
        """See to the next batch, and wake first the one who sees to the batch after it."""
        desk.taken, done = True, []
        try:
            await self._gathered(desk)
            batch = self._chosen(desk.wishes)
            await self._worked(batch)
            for key, wish in batch.items():
                desk.forget(key, wish)
            done = list(batch.values())
        finally:
            desk.taken = False
            desk.call()
            for wish in done:
                wish.bell.set()

    def _chosen(self, wishes: dict[Hashable, _Wish[Asked, Answer]]) -> dict[Hashable, _Wish[Asked, Answer]]:
        """Return the wish that waits longest, and of the others those that take most nearly as long."""
        if len(wishes) <= self.size:
            return dict(wishes)
        effort = {key: self.effort(wish.asked) for key, wish in wishes.items()}
        first = next(iter(effort.values()))
        nearest = sorted(wishes, key=lambda key: abs(effort[key] - first))
        return {key: wishes[key] for key in nearest[: self.size]}

    async def _gathered(self, desk: _Desk[Asked, Answer]) -> None:
        """Return when there is a full batch, or the loop is idle, or this has taken long enough."""
        began, before, idle = time.monotonic(), 0, False
        while len(desk.wishes) < self.size and time.monotonic() < began + PATIENCE:
            if idle and len(desk.wishes) == before:
                return
            before, asleep = len(desk.wishes), time.monotonic()
            await anyio.sleep(IDLE)
            idle = time.monotonic() - asleep < 2 * IDLE

    async def _worked(self, batch: dict[Hashable, _Wish[Asked, Answer]]) -> None:
        """Fulfil wishes; what was begun is not cancelled."""
        try:
            answers = await run_sync(self.work, [wish.asked for wish in batch.values()])
        except Exception as error:  # noqa: BLE001  it is raised where the answer is awaited
            for wish in batch.values():
                wish.outcome = partial(_failed, error)
            return
        if len(self._known) > KEPT:
            self._known.clear()
        for (key, wish), answer in zip(batch.items(), answers, strict=True):
            self._known[key] = answer
            wish.outcome = partial(_given, answer)


async def _rung(wish: _Wish[Asked, Answer]) -> None:
    """Return when the bell of `wish` rings anew: somebody else may have done what it rang for before."""
    if wish.bell.is_set():
        wish.bell = anyio.Event()
    await wish.bell.wait()


def _given(answer: Answer) -> Answer:
    return answer


def _failed(error: Exception) -> NoReturn:
    raise error
