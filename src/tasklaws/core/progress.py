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

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


class Advance(Protocol):
    """What a stage is told by: the steps done since it was told last, and what came of them."""

    def __call__(
        self,
        steps: int,
        *,
        failed: int = 0,
        limited: int = 0,
        tokens: int = 0,
        cost: float | None = None,
        share: float | None = None,
    ) -> None:
        """Tell of steps.

        Args:
            steps: how many were done.
            failed: those of them that ended in an error; below zero when one came right at a second try.
            limited: those of them that a limit ended.
            tokens: read and written.
            cost: dollars that the tokens cost; None where that is not known.
            share: the part of the stage's work that this was, 0 to 1; None: as much as any other step.
        """
        ...


class Progress(Protocol):
    """Whoever wants to hear how far a verb is."""

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Open a stage of `total` steps (None: not known); call the value with the steps done since."""
        ...


class Silent:
    """A listener that hears nothing."""

    def stage(self, name: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """Open a stage that nobody watches."""
        del name, total
        return nullcontext(_ignore)


def _ignore(steps: int, **came: object) -> None:
    del steps, came


SILENT: Progress = Silent()


class Part:
    """A listener to one part of a whole: what its stages tell, the whole hears too."""

    def __init__(
        self, progress: Progress, whole: Advance, share: float, stages: int = 1, *, same_steps: bool = False
    ) -> None:
        """Listen to a part.

        Args:
            progress: who hears of the part's own stages.
            whole: of the stage that it is a part of.
            share: of that stage's work, 0 to 1.
            stages: how many stages of a known length it is thought to have.
            same_steps: whether a step here is one of the whole, too.
        """
        self._progress, self._whole, self._same = progress, whole, same_steps
        self._each, self._left = share / stages, share

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Advance]:
        """Open a stage within the whole."""
        with self._progress.stage(name, total) as advance:

            def both(steps: int, *, share: float | None = None, **came: Any) -> None:  # noqa: ANN401
                done = steps / total if share is None and total else share or 0.0
                advance(steps, share=share, **came)
                self._whole(steps if self._same else 0, share=self._take(done * self._each), **came)

            yield both

    def __enter__(self) -> Self:
        """Begin the part."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Tell the whole, where nothing went wrong, that this part is done, however much of it was told."""
        if kind is None:
            self._whole(1, share=self._left)

    def _take(self, share: float) -> float:
        """Return `share`, or what is left of the part's: its stages together are no more than the part."""
        taken = min(share, self._left)
        self._left -= taken
        return taken
