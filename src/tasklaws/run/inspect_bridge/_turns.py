"""An elicitation driven from inside a sample of Inspect AI: what it asks is tried, at once where it may be.

What a limit ends keeps what there is: the elicitation is told of the attempts as they stand then, and the
one that counts is left in the sample before the limit takes its course.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import anyio
from inspect_ai.util import LimitExceededError, collect, sample_limits

from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.run.inspect_bridge._calls import CALLS, printable
from tasklaws.run.inspect_bridge.scorers import LIMITS, RECORD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inspect_ai.model import ChatMessage, ModelOutput
    from inspect_ai.solver import TaskState

    from tasklaws.run.local_attempts import LocalAttempt
    from tasklaws.spec.elicitation import Ask, Turns
    from tasklaws.spec.transcript import Attempt

MOST = 2**31 - 1
"""Greatest seed: all providers take it."""
OF_ONE = frozenset({"message"})
"""Kinds of limit that end one conversation; all others end the sample."""


class Try(Protocol):
    """One attempt, begun afresh."""

    messages: list[ChatMessage]
    output: ModelOutput | None
    calls: list[dict[str, Any]]

    async def go(self) -> None:
        """Carry the attempt out; raise where a limit or an error ends it."""

    def attempt(self, stopped: str | None) -> LocalAttempt:
        """Return what there is of the attempt.

        Args:
            stopped: outcome that a limit gave it; None where it came to its end.
        """
        ...


@dataclass
class _Run:
    """A try, and what ended it before its end."""

    tried: Try
    stop: BaseException | None = None
    attempt: LocalAttempt | None = None

    async def go(self) -> None:
        try:
            await self.tried.go()
        except LimitExceededError as limit:
            self.stop = limit
        except BaseException as error:
            self.stop = error
            raise

    def told(self) -> LocalAttempt:
        """Return the attempt as the elicitation is told of it."""
        if self.attempt is None:
            self.attempt = self.tried.attempt(outcome_of(self.stop))
        return self.attempt


@dataclass
class Driver:
    """Drives the turns of one elicitation for the one instance of a sample."""

    begin: Callable[[Ask, int, Try | None], Try]
    """Return a try (what is asked, number of the draw, the try that it comes after)."""
    at_once: bool = True
    """Whether tries that know nothing of each other go on side by side."""
    runs: list[_Run] = field(default_factory=list)

    async def counted(self, turns: Turns, state: TaskState) -> None:
        """Try what `turns` asks, and leave the attempt that counts in `state`.

        Raises:
            LimitExceededError: a limit ended the sample, or the attempt that counts.
        """
        ask = next(turns)
        error: BaseException | None = None
        while True:
            now = self._begun(ask)
            try:
                await (_at_once if self.at_once else _in_turn)(now)
            except BaseException as stop:  # noqa: BLE001  it is raised again, after what there is was kept
                error = stop
            error = error or next((run.stop for run in now if _ends_sample(run.stop)), None)
            try:
                ask = turns.send([run.told() for run in now])
            except StopIteration as end:
                run = self._of(end.value[0])
                break
            if error is not None:
                run = now[-1]
                break
        broken = error is not None and outcome_of(error) is None
        if broken:  # others that went on side by side were cancelled wherever they stood
            run = next((one for one in self.runs if one.stop is error), run)
        _leave(state, run, broken=broken)
        error = error or run.stop
        if error is not None:
            raise error

    def _begun(self, ask: Ask) -> list[_Run]:
        after = self._of(ask.after[0]).tried if ask.after else None
        first = len(self.runs)
        new = [_Run(self.begin(ask, first + i, after)) for i in range(ask.rounds * len(ask.instances))]
        self.runs += new
        return new

    def _of(self, attempt: Attempt) -> _Run:
        return next(run for run in self.runs if run.attempt is attempt)


async def _at_once(runs: Sequence[_Run]) -> None:
    if len(runs) == 1:
        await runs[0].go()
    else:
        await collect(*(run.go() for run in runs))


async def _in_turn(runs: Sequence[_Run]) -> None:
    stop: BaseException | None = None
    for run in runs:
        run.stop = stop  # who never began was ended by what ended the one before
        if stop is None:
            await run.go()
            stop = run.stop if _ends_sample(run.stop) else None


def counted_together() -> bool:
    """Return whether a limit counts what all tries of the running sample use.

    Side by side they would go over it by as many answers as there are tries, and chance would tell which of
    them came to their end.
    """
    limits = sample_limits()
    return any(one.limit is not None for one in (limits.token, limits.turn, limits.cost))


def outcome_of(stop: BaseException | None) -> str | None:
    """Return the outcome of an attempt that `stop` ended; None for none, and for an error."""
    if isinstance(stop, LimitExceededError):
        return LIMITS.get(stop.type, "limit")
    return "limit_time" if isinstance(stop, anyio.get_cancelled_exc_class()) else None


def _ends_sample(stop: BaseException | None) -> bool:
    return isinstance(stop, LimitExceededError) and stop.type not in OF_ONE


def _leave(state: TaskState, run: _Run, *, broken: bool) -> None:
    """Put an attempt into `state`; of one that an error broke, its conversation only: it has no outcome."""
    tried = run.tried
    state.messages = tried.messages[: state.message_limit]  # calls of one turn may have gone over it
    if tried.output is not None:
        state.output = tried.output
    if tried.calls:
        state.store.set(CALLS, tried.calls)
    if not broken:
        state.metadata[RECORD] = json.dumps(record(run.told()))


def record(attempt: LocalAttempt) -> dict[str, Any]:
    """Return an attempt as a sample holds it, as JSON; what is unknown is left out."""
    told = {name: value for name, value in asdict(attempt).items() if value not in (None, ())}
    for call in told.get("calls", ()):
        call |= {name: printable(call[name]) for name in ("text", "output")}
    return told | {"answer": printable(attempt.answer), "text": printable(attempt.text)}


def seed_of(base: int, instance_id: str, epoch: int, draw: int) -> int:
    """Return the seed of a draw: another one for each instance, epoch and draw, and the same one again."""
    digest = sha256_hex(canonical_json([base, instance_id, epoch, draw]))
    return int(digest[:8], 16) & MOST
