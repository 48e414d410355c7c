"""Rolling-origin folds of a ladder: which models are held out together, and what may be seen.

A fold holds out all rungs of one lineage x size (or one release), one step ahead, and trains on all
smaller sizes of that lineage, of which there must be at least two. Nothing of a later size is visible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadLadder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAST_SIZES = 2
"""Sizes a fold trains on at least."""


@dataclass(frozen=True)
class Rung:
    """One model's place: its lineage, and the size (or release) it is held out with."""

    model: str
    lineage: str
    size: str
    order: float
    """Place of the size on the axis; models of one size share it or may differ within it."""


@dataclass(frozen=True)
class Fold:
    """One block of a backtest."""

    lineage: str
    size: str
    train_models: tuple[str, ...]
    target_models: tuple[str, ...]
    block: str
    """``lineage|size``: the unit that is resampled."""
    cutoff: str
    """The last training model on the axis."""
    horizon: int
    """Sizes ahead."""


def rolling_folds(rungs: Sequence[Rung], least_sizes: int = LEAST_SIZES, horizon: int = 1) -> list[Fold]:
    """Return the folds of every lineage, each lineage's from its smallest size to its largest.

    Args:
        rungs: the models, in any order.
        least_sizes: sizes to train on at least.
        horizon: sizes ahead.

    Raises:
        BadLadder: two rungs are the same model.
    """
    _refuse_doubles(rungs)
    lineages = dict.fromkeys(rung.lineage for rung in rungs)
    return [fold for name in lineages for fold in _lineage_folds(name, rungs, least_sizes, horizon)]


def _lineage_folds(lineage: str, rungs: Sequence[Rung], least_sizes: int, horizon: int) -> Iterator[Fold]:
    own = sorted((r for r in rungs if r.lineage == lineage), key=lambda r: r.order)
    sizes = _size_order(own)
    for at in range(least_sizes + horizon - 1, len(sizes)):
        seen = set(sizes[: at - horizon + 1])
        train = tuple(r.model for r in own if r.size in seen)
        held = tuple(r.model for r in own if r.size == sizes[at])
        yield Fold(lineage, sizes[at], train, held, f"{lineage}|{sizes[at]}", train[-1], horizon)


def _size_order(rungs: Sequence[Rung]) -> list[str]:
    """Return sizes by the smallest order of their rungs: budgets of one size may overlap the next."""
    smallest: dict[str, float] = {}
    for rung in rungs:
        smallest[rung.size] = min(rung.order, smallest.get(rung.size, rung.order))
    return sorted(smallest, key=lambda size: smallest[size])


def _refuse_doubles(rungs: Sequence[Rung]) -> None:
    models = [rung.model for rung in rungs]
    twice = sorted({model for model in models if models.count(model) > 1})
    if twice:
        raise BadLadder(
            f"the model {twice[0]!r} stands on more than one rung.",
            "A model is one rung.",
            "Remove the double.",
        )
