"""How far the tasks of a family move together from model to model, beyond ability and difficulty.

Under the additive model the residuals of one model are independent. A shift that a model has in one family
only makes all of that family's residuals stray to one side: their products within a model tell its size.

Source: formal model, D2; Yen, effects of local item dependence, 1984 (residual correlations).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.infer.arrays import Floats

EDGE = 1e-9


class Residuals(NamedTuple):
    """What answers say beyond a fit, per cell; 0 where a model was not asked."""

    score: Floats
    """Derivative of the log likelihood along the logit: large where much was asked and little is known."""
    information: Floats
    """Variance of the score, in 1 / logit^2."""

    @property
    def standard(self) -> Floats:
        """Return the residuals in units of their standard deviations."""
        sd = np.sqrt(self.information)
        return np.asarray(np.divide(self.score, sd, out=np.zeros_like(self.score), where=sd > 0))


def residuals(k: Floats, n: Floats, rate: Floats, floor: Floats) -> Residuals:
    """Return the residuals of counts of shape (..., tasks, models) under fitted rates.

    Args:
        k: successes.
        n: attempts.
        rate: fitted rates, which lie above the chance rates.
        floor: chance rates, of shape (tasks,).
    """
    p = np.clip(rate, EDGE, 1 - EDGE)
    chance = floor[:, None]
    along = np.maximum(p - chance, 0) * (1 - p) / (1 - chance) / (p * (1 - p))
    return Residuals((k - n * p) * along, n * p * (1 - p) * along**2)


@dataclass(frozen=True)
class Together:
    """Products of residuals of different tasks within models, over one family."""

    covariance: Floats
    """Mean product of two standardised residuals, averaged over models; 0 where nothing is in common."""
    variance: Floats
    """Mean square of the standardised residuals: 1 where nothing but the answers' luck is in them."""
    shock: Floats
    """Variance of the common shift, in logits^2; may fall below 0 by chance."""
    ratio: Floats
    """Sum of the products of scores in units of its own spread. It tests: what scatters single cells beyond
    the answers' own luck makes sum and spread grow alike."""


def together(found: Residuals, asked: np.ndarray) -> Together:
    """Return how the tasks of one family move together, over leading axes of the residuals.

    Args:
        found: residuals of the family's tasks, of shape (..., tasks, models).
        asked: whether a model was asked, of shape (tasks, models).
    """
    count = asked.sum(axis=0)
    many = count > 1
    product, _ = _products(found.standard)
    squares = (found.standard**2).sum(-2)[..., many] / count[many]
    scores, variance = _products(found.score)
    both, _ = _products(found.information)
    return Together(
        (product[..., many] / (count * (count - 1))[many]).mean(-1),
        squares.mean(-1),
        scores.sum(-1) / np.maximum(both.sum(-1), EDGE),
        scores.sum(-1) / np.sqrt(np.maximum(variance.sum(-1), EDGE)),
    )


def suite_ratio(products: Sequence[Together]) -> Floats:
    """Return the mean ratio of families: whether families of the suite hang together at all."""
    return np.asarray(np.mean([one.ratio for one in products], axis=0))


def _products(value: Floats) -> tuple[Floats, Floats]:
    """Return the sum over ordered pairs of tasks of products, and of their squares (twice), per model."""
    square = value**2
    return value.sum(-2) ** 2 - square.sum(-2), 2 * (square.sum(-2) ** 2 - (square**2).sum(-2))
