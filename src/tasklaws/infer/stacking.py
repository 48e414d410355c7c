"""Weights over links and the width of the forecast.

Both are learnt where the law has to prove itself: on the largest size it has seen.

Source: forecasting recipe section 1 (stacking); Yao et al. 2018 (doi:10.1214/17-BA1091) for
stacking of predictive distributions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats, LadderArrays

MIN_INNER_RUNGS = 2
"""Fewest rungs from which the inner fold forecasts."""

MAX_INNER_TARGETS = 3
"""Runs of the largest size that the weights are judged on."""

PSEUDO_SHARE = 0.3
"""Pseudo-tasks spread evenly over the links, as a share of the tasks."""

OWN_SHARE = 0.5
"""Share of a task's weights that comes from its own score, the rest from all tasks."""

WIDTHS = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.12, 1.25, 1.4, 1.6, 1.8])
"""Factors of the predictive standard deviation that are tried."""

WIDTH_SD = 0.3
"""Prior sd of the log of the factor, about 1."""

STEPS = 200
CLOSE_ENOUGH = 1e-6


def size_order(ladder: LadderArrays) -> list[str]:
    """Return the sizes of the training rungs from small to large, by where each begins on the axis."""
    begins: dict[str, float] = {}
    for size, place in zip(ladder.sizes, ladder.walk, strict=True):
        begins[size] = min(begins.get(size, np.inf), float(place))
    return sorted(begins, key=begins.__getitem__)


def inner_fold(ladder: LadderArrays) -> tuple[NDArray[np.bool_], NDArray[np.intp]] | None:
    """Return (rungs to train on, rungs to judge on), or None where fewer than two rungs would train."""
    top = size_order(ladder)[-1]
    held = np.array([size == top for size in ladder.sizes])
    if (~held).sum() < MIN_INNER_RUNGS:
        return None
    runs = np.flatnonzero(held)
    return ~held, runs[np.argsort(ladder.walk[runs], kind="stable")][-MAX_INNER_TARGETS:]


def link_weights(log_scores: Floats) -> Floats:
    """Return weights of shape (tasks, links) that sum to one over links.

    Args:
        log_scores: summed held-out log scores, of shape (tasks, links), nats; NaN rows count as
            no evidence.
    """
    tasks, links = log_scores.shape
    evidence = np.where(np.isfinite(log_scores), log_scores, 0.0)
    likelihood = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    shared = np.full(links, 1.0 / links)
    for _ in range(STEPS):
        own = _posterior(shared, likelihood)
        moved = (own.sum(axis=0) + PSEUDO_SHARE * tasks / links) / ((1.0 + PSEUDO_SHARE) * tasks)
        done = np.abs(moved - shared).max() < CLOSE_ENOUGH
        shared = moved
        if done:
            break
    return (1.0 - OWN_SHARE) * shared + OWN_SHARE * _posterior(shared, likelihood)


def _posterior(shared: Floats, likelihood: Floats) -> Floats:
    joint = shared * likelihood
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


def best_width(log_scores: Floats) -> float:
    """Return the posterior geometric mean of the width.

    Args:
        log_scores: held-out log scores of the stacked law at each of WIDTHS, nats.
    """
    posterior = log_scores - 0.5 * (np.log(WIDTHS) / WIDTH_SD) ** 2
    weights = np.exp(posterior - posterior.max())
    return float(np.exp(weights @ np.log(WIDTHS) / weights.sum()))
