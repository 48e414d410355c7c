"""How a drop of scores where paths turn is told: a sentence, figures and a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.check import Chart, Column
from tasklaws.assess.checks._path_turn import plain, size_of

if TYPE_CHECKING:
    from tasklaws.assess.checks._declared_cliff import Drop
    from tasklaws.assess.checks._rungs import Rungs
    from tasklaws.infer.arrays import Floats

QUANTILE = 1.645


def cliff_text(drop: Drop, rungs: Rungs, p: float) -> str:
    """Return the sentence of a drop that was found."""
    turn = drop.turn
    return (
        f"Beyond size {plain(turn.size)} the attempts turn from {turn.path} to {turn.instead}, and scores "
        f"drop there by {drop.size:.1f} logits ({drop.size / rungs.step:.1f} rung steps, p = {p:.2g}) more "
        "than the size of the tasks explains."
    )


def cliff_details(drop: Drop, rungs: Rungs) -> dict[str, Any]:
    """Return the figures of a drop, found or not."""
    return {
        "beyond_size": drop.turn.size,
        "path": drop.turn.path,
        "instead": drop.turn.instead,
        "shares": {size: dict(shares) for size, shares in drop.turn.shares.items()},
        "drop": drop.size,
        "drop_error": drop.error,
        "item_error": drop.item_error,
        "drop_steps": drop.size / rungs.step,
        "p": drop.p,
        "models": drop.models,
        "scatter": drop.scatter,
    }


def cliff_chart(title: str, drop: Drop, rungs: Rungs) -> Chart:
    """Return the mean rate of the models at each size, on either side of the place."""
    turn, rate = drop.turn, rungs.counts.rate
    sizes = np.array([size_of(task) for task in rungs.counts.tasks], float)
    sides = {False: f"up to {plain(turn.size)}, led by {turn.path}", True: f"beyond, led by {turn.instead}"}
    rows = tuple(
        {"size": float(size), **_mean(rate[sizes == size]), "side": sides[bool(size > turn.size)]}
        for size in np.unique(sizes)
    )
    return Chart(
        title,
        "Mean rate of the models at each size, with its 90 % interval over models.",
        rows,
        Column("size", "size of the task", log=True),
        Column("rate", "mean rate of the models", share=True),
        colour=Column("side", "path of the attempts"),
        interval=("lower", "upper"),
    )


def _mean(rates: Floats) -> dict[str, float]:
    """Return the mean over the models that were asked, and its interval."""
    asked = np.isfinite(rates).any(axis=0)
    own = np.nanmean(rates[:, asked], axis=0)
    half = QUANTILE * float(own.std(ddof=1)) / np.sqrt(len(own)) if len(own) > 1 else 0.0
    mean = float(own.mean())
    return {"rate": mean, "lower": max(0.0, mean - half), "upper": min(1.0, mean + half)}
