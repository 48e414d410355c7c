"""How a long verb tells how far it is, without knowing who listens.

A verb takes ``progress: Progress = SILENT`` and writes::

    with progress.stage("backtest", total=len(folds)) as advance:
        for fold in folds:
            ...
            advance(1)

The command line hands in a reporter that draws on stderr; a program that calls the function
hears nothing unless it passes one of its own.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


class Progress(Protocol):
    """Whoever wants to hear how far a verb is."""

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        """Open a stage of `total` steps (None: not known); call the value with the steps done since."""
        ...


class Silent:
    """A listener that hears nothing."""

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[Callable[[int], None]]:
        """Open a stage that nobody watches."""
        del name, total
        return nullcontext(_ignore)


def _ignore(steps: int) -> None:
    del steps


SILENT: Progress = Silent()
