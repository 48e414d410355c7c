"""A run as it is told while it goes on: as a whole, and model by model."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tasklaws.core.progress import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasklaws.core.progress import Advance, Progress
    from tasklaws.run.grid import Attempts, Cell


class Watch:
    """Counts attempts of a run for whoever listens; each weighs as the tokens that it is thought to take."""

    def __init__(
        self, progress: Progress, whole: Advance, missing: Attempts, weights: Mapping[Cell, float]
    ) -> None:
        self._progress, self._whole, self._weights = progress, whole, weights
        self._left: Counter[str] = Counter()
        self._weight: dict[str, float] = {}
        for cell, attempts in missing.items():
            self._left[cell.model] += len(attempts)
            weight = len(attempts) * weights[cell]
            self._weight[cell.model] = self._weight.get(cell.model, 0.0) + weight
        self._models: dict[str, tuple[Advance, ExitStack]] = {}
        self._alone = len(self._left) == 1

    def attempts(self, cell: Cell, n: int = 1, *, failed: int = 0, limited: int = 0) -> None:
        """Tell that `n` attempts at a cell have ended, and how; also of earlier ones how they ended."""
        model = cell.model
        advance = self._advance(model)
        advance(n, failed=failed, limited=limited, share=n * self._weights[cell] / self._weight[model])
        self._left[model] -= n

    def ended(self, model: str) -> None:
        """End the stage of a model, where none of its attempts is missing."""
        if self._left[model] == 0 and model in self._models:
            self._models[model][1].close()

    def paid(self, model: str, tokens: int, cost: float | None) -> None:
        """Tell what an answer of `model` took."""
        self._advance(model)(0, tokens=tokens, cost=cost)

    def close(self) -> None:
        """End the stages of models that are not whole."""
        for _, stage in self._models.values():
            stage.close()

    def _advance(self, model: str) -> Advance:
        if self._alone:
            return self._whole
        if model not in self._models:
            stage = ExitStack()
            share = self._weight[model] / sum(self._weight.values())
            part = Part(self._progress, self._whole, share, same_steps=True)
            self._models[model] = (stage.enter_context(part.stage(model, self._left[model])), stage)
        return self._models[model][0]


@contextmanager
def watched(progress: Progress, missing: Attempts, weights: Mapping[Cell, float]) -> Iterator[Watch]:
    """Open the stage of a run.

    Args:
        progress: who hears of it.
        missing: the attempts that are to be made.
        weights: tokens that one attempt at each of their cells is thought to take.
    """
    with progress.stage("run", total=sum(map(len, missing.values()))) as whole:
        watch = Watch(progress, whole, missing, weights)
        try:
            yield watch
        finally:
            watch.close()
