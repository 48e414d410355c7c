"""Families whose attempts carry other metrics beside right or wrong, as the checks of C6 look at them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from scipy.special import logit
from tests.characteristics.design import drawn_suite

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.evidence import Evidence

    Floats = np.ndarray


class Shape(NamedTuple):
    """What was asked of whom."""

    sizes: int
    tasks: int
    runs: int
    seeds: int = 1


THE_DESIGN = Shape(6, 20, 8)
SHAPES = {
    "6 x 20 x 8": THE_DESIGN,
    "8 x 7 x 24": Shape(8, 7, 24),
    "8 sizes of 2 x 6 x 20": Shape(8, 6, 20, seeds=2),
}
SHOCKS = (0.0, 0.3, 0.54)


def places(shape: Shape) -> Floats:
    """Return the place of each model, a third of a decade between sizes."""
    return np.repeat(np.arange(shape.sizes) / 3, shape.seeds)


def hazards(shape: Shape, shock: float, rng: np.random.Generator, slope: float = 2.5) -> Floats:
    """Return -log of the rate of right answers: power laws in compute, with rung shocks."""
    x = places(shape)
    easy = rng.uniform(-1.5, 1.5, shape.tasks)[:, None]
    strays = rng.normal(0, shock, len(x))
    return np.exp(-slope * (x - x.mean()) - easy - strays)


def measured_family(scores: Mapping[str, Floats], shape: Shape, rng: np.random.Generator) -> Evidence:
    """Return a family with scores of shape (tasks, models, runs) by metric; `exact` is the target."""
    exact = scores["exact"]
    suite = drawn_suite(np.full(exact.shape[:2], 0.5), shape.runs, rng, x=places(shape) + 18)
    counts = replace(suite.counts, k=exact.sum(-1))
    frames = [
        pl.DataFrame(
            {
                "model": np.tile(np.repeat(counts.models, shape.runs), shape.tasks),
                "task_family": "family",
                "task_id": np.repeat(counts.tasks, len(counts.models) * shape.runs),
                "elicitation": "default",
                "metric": metric,
                "score": np.ascontiguousarray(score).ravel(),
            }
        )
        for metric, score in scores.items()
    ]
    names = tuple(f"size-{i // shape.seeds}" for i in range(len(counts.models)))
    return replace(suite, counts=counts, runs=pl.concat(frames), sizes=names).evidence("family")


def attempts(rate: Floats, shape: Shape) -> Floats:
    """Return rates of shape (tasks, models) once for each attempt."""
    return np.repeat(rate[..., None], shape.runs, axis=-1)


def tokens(right: Floats, length: int, correlation: float, rng: np.random.Generator) -> dict[str, Floats]:
    """Return answers of tokens that are right with probability `right`, alone or together."""
    if correlation:
        strength = (1 - correlation) / correlation
        right = rng.beta(np.maximum(right * strength, 1e-9), np.maximum((1 - right) * strength, 1e-9))
    share = rng.binomial(length, right) / length
    return {"exact": (share == 1).astype(float), "token_accuracy": share}


def gated(rate: Floats, length: int, guess: float, rng: np.random.Generator) -> dict[str, Floats]:
    """Return answers that are right as a whole, or `length` guesses."""
    right = rng.random(rate.shape) < rate
    share = np.where(right, 1.0, rng.binomial(length, guess, rate.shape) / length)
    return {"exact": (share == 1).astype(float), "token_accuracy": share}


def shifted(rate: Floats, by: Floats) -> Floats:
    """Return rates moved by so many logits."""
    return 1 / (1 + np.exp(-logit(np.clip(rate, 1e-12, 1 - 1e-12)) - by))
