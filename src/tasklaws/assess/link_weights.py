"""Which link makes a family's scores a straight line over its ladder: weights of four links, or of two.

Scores in [0, 1] are fitted as counts with a spread of their own, for models of one size differ by more than
counting; losses are fitted as they are and in logarithms. The weight of the identity tells how linear it is.

Source: formal model, D11; Burnham & Anderson 2002 (quasi-AIC weights).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, xlog1py, xlogy

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

LINKS = ("identity", "logit", "gumbel", "mirrored_gumbel")
"""With the Gumbel link log hazard is a line (complementary log-log of failures); mirrored, of successes."""
STEPS, HALVINGS, CLOSE, EDGE, FAR = 60, 12, 1e-7, 1e-6, 30.0
FREE = 2
"""Parameters of a line."""


def link_weights(k: Floats, n: Floats, x: Floats, floor: float = 0.0) -> dict[str, float] | None:
    """Return the weight of each link in `LINKS`, or None where three places with attempts are lacking.

    Args:
        k: successes, or sums of scores in [0, 1], of shape (models,).
        n: attempts.
        x: place of each model.
        floor: chance rate.
    """
    use = (n > 0) & np.isfinite(x)
    k, n, x = k[use], n[use], x[use]
    if len(np.unique(x)) <= FREE:
        return None
    z = (x - x.mean()) / x.std()
    height, rate = _fit(k, n, z, floor)
    excess = ((k - n * rate) ** 2 / (n * rate * (1 - rate))).sum(-1)
    wild = max(1.0, float(excess.min()) / max(1, len(k) - FREE))
    return _weights(LINKS, height / wild)


def loss_weights(mean: Floats, x: Floats) -> dict[str, float] | None:
    """Return the weights of `identity` and `log` for losses above 0, or None where places are lacking."""
    use = np.isfinite(mean) & (mean > 0) & np.isfinite(x)
    y, x = mean[use], x[use]
    if len(np.unique(x)) <= FREE:
        return None
    line = np.column_stack([np.ones(len(x)), x - x.mean()])
    plain = _scatter(line, y)
    logged = _scatter(line, np.log(y)) * np.exp(2 * np.log(y).mean())
    height = -len(y) / 2 * np.log(np.maximum([plain, logged], 1e-12))
    return _weights(("identity", "log"), height)


def _scatter(line: Floats, y: Floats) -> float:
    return float(((y - line @ np.linalg.lstsq(line, y, rcond=None)[0]) ** 2).mean())


def _weights(names: tuple[str, ...], height: Floats) -> dict[str, float]:
    weight = np.exp(height - height.max())
    return dict(zip(names, (weight / weight.sum()).tolist(), strict=True))


def _rates(level: Floats, floor: float) -> tuple[Floats, Floats]:
    """Return rates and their slopes at levels of shape (links, models)."""
    plain, logit, gumbel, mirrored = level
    g, m = np.clip(gumbel, -FAR, FAR), np.clip(mirrored, -FAR, FAR)
    low, high, even = np.exp(-g), np.exp(m), expit(np.clip(logit, -FAR, FAR))
    rate = np.stack([np.clip(plain, 0, 1), even, np.exp(-low), -np.expm1(-high)])
    slope = np.stack([np.ones_like(plain), even * (1 - even), low * np.exp(-low), high * np.exp(-high)])
    return np.clip(floor + (1 - floor) * rate, EDGE, 1 - EDGE), (1 - floor) * slope


def _fit(k: Floats, n: Floats, z: Floats, floor: float) -> tuple[Floats, Floats]:
    """Return the highest log likelihood of each link, and its rates, by Fisher scoring."""
    line = np.column_stack([np.ones(len(z)), z])
    start = np.clip((k.sum() / n.sum() - floor) / (1 - floor), 0.02, 0.98)
    level = [start, np.log(start / (1 - start)), -np.log(-np.log(start)), np.log(-np.log1p(-start))]
    at = np.column_stack([level, np.zeros(len(LINKS))])

    def height(place: Floats) -> Floats:
        p = _rates(place @ line.T, floor)[0]
        return np.asarray((xlogy(k, p) + xlog1py(n - k, -p)).sum(-1))

    reached = height(at)
    for _ in range(STEPS):
        step, size = _step(k, n, line, floor, at), np.ones((len(LINKS), 1))
        for _ in range(HALVINGS):
            lost = height(at + size * step) < reached
            size = np.where(lost[:, None], size / 2, size)
        at = at + np.where(lost[:, None], 0.0, size) * step
        before, reached = reached, height(at)
        if (reached - before < CLOSE).all():
            break
    return reached, _rates(at @ line.T, floor)[0]


def _step(k: Floats, n: Floats, line: Floats, floor: float, at: Floats) -> Floats:
    p, slope = _rates(at @ line.T, floor)
    pull, weight = (k - n * p) / (p * (1 - p)) * slope, n * slope**2 / (p * (1 - p))
    system = np.einsum("lm,mi,mj->lij", weight, line, line) + 1e-6 * np.eye(FREE)
    return np.asarray(np.linalg.solve(system, (pull @ line)[..., None])[..., 0])
