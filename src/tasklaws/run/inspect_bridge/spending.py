"""Models of Inspect that pay from a purse, and are asked nothing once it is closed."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from inspect_ai.log import transcript

if TYPE_CHECKING:
    from inspect_ai.log import Transcript
    from inspect_ai.model import Model

    from tasklaws.run.prices import Purse

GRACE = 0.5
"""Seconds for the log of an attempt that has just ended, before all others are called off."""


class NotAsked(Exception):  # noqa: N818  it says what was not done
    """A model was not asked, because the purse is closed; the attempt stays missing."""


class Guard:
    """Stands before models: counts what they take, and lets nothing through once enough is spent.

    After an interruption, attempts that have begun may come to their end; when a cap is reached, answers that
    were asked for. Then the run is stopped, as by an interruption: what waits need not be refused one by one.
    """

    def __init__(self, purse: Purse) -> None:
        self.purse = purse
        self.interrupted = False
        self.stopped = False
        """Whether the run was stopped from here."""
        self._alone = threading.current_thread() is not threading.main_thread()
        self._begun: WeakSet[Transcript] = WeakSet()
        self._open = 0
        """Attempts that have begun and not ended."""
        self._waiting = 0
        """Answers that were asked for."""

    def guarded(self, model: Model, rung: str) -> Model:
        """Return `model`, with this guard before its provider."""
        ask = model.api.generate

        async def generate(*args: Any, **named: Any) -> Any:  # noqa: ANN401
            self._check()
            self._waiting += 1
            try:
                answer = await ask(*args, **named)
            finally:
                self._waiting -= 1
            output = answer[0] if isinstance(answer, tuple) else answer
            usage = getattr(output, "usage", None)
            if usage is not None:
                self.purse.pay(rung, usage.input_tokens, usage.output_tokens)
            return answer

        model.api.generate = generate  # type: ignore[method-assign]
        return model

    def interrupt(self) -> None:
        """Let no attempt begin any more."""
        self.interrupted = True

    def ended(self) -> None:
        """Hear that an attempt which had begun has ended."""
        self._open -= 1
        self._stop_if_idle()

    def _check(self) -> None:
        """Raise where nothing may be asked.

        Raises:
            NotAsked: so it is.
        """
        sample = transcript()
        if self.purse.closed is not None or (self.interrupted and sample not in self._begun):
            self._stop_if_idle()
            raise NotAsked(self.purse.closed or "the run was interrupted")
        if sample not in self._begun:
            self._begun.add(sample)
            self._open += 1

    def _stop_if_idle(self) -> None:
        idle = (self.interrupted and self._open == 0) or (self.purse.closed and self._waiting == 0)
        if idle and not self.stopped and not self._alone:
            self.stopped = True
            asyncio.get_running_loop().call_later(GRACE, _interrupt)


def _interrupt() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)
