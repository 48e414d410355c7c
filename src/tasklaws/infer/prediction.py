"""Joint prediction of levels at new rungs, given the training rungs' working responses.

Given the suite's effects over old and new rungs the families' effects are independent of each other,
and given those so are the tasks'. A mean, a variance of the task's own and loadings on the shared
effects therefore say everything about all tasks at all new rungs together.

Source: forecasting recipe section 1; Rasmussen & Williams (2006), eq. 2.25 and 2.26.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.infer import marginal

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.marginal import Bools, Places


def predict(  # noqa: PLR0917 - the kernels' arguments in the kernels' order
    theta: Floats,
    phi: float,
    y: Floats,
    noise: Floats,
    seen: Bools,
    kappa2: Floats,
    family: Places,
    n_families: int,
    x: Floats,
    walk: Floats,
    shock: Floats,
    suite_level: float,
    x_new: Floats,
    cross_walk: Floats,
    walk_new: Floats,
    cross_shock: Floats,
    shock_new: Floats,
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Return the joint prediction of levels at new rungs.

    The arguments of `marginal.negative_log_marginal` are followed by the new rungs' features `x_new`, of
    shape (new, features); unit drift covariances `cross_walk` of old and new rungs, of shape
    (rungs, new), and variances `walk_new`, of shape (new,); unit shock covariances `cross_shock`,
    of shape (rungs, new), and `shock_new`, of shape (new, new).

    Returns:
        mean: of shape (new, tasks).
        own: variance of the task's own effects and noise, of shape (new, tasks).
        loadings: on suite + family effects of old and new rungs, of shape (new, tasks, rungs + new).
        suite: posterior covariance of the suite's effects, of shape (rungs + new, rungs + new).
        transfer: how a suite effect moves suite + family effects, of shape (families, .., ..).
        extra: posterior covariance of the family's effects given the suite's, of the same shape.
    """
    (size, features), new = x.shape, len(x_new)
    inverses, alpha, _, above, _, posterior, _ = marginal.layers(
        theta, phi, y, noise, seen, kappa2, family, n_families, x, walk, shock, suite_level
    )
    both = np.vstack([x, x_new])
    shocks = np.block([[shock, cross_shock], [cross_shock.T, shock_new]])
    suite = marginal.suite_covariance(theta, suite_level, both, both, shocks)
    own_family = marginal.family_covariance(theta, both, both, shocks)
    suite_seen, family_seen = suite[:, :size], own_family[:, :size]

    lost = family_seen @ above
    transfer = np.tile(np.eye(size + new), (n_families, 1, 1))
    transfer[:, :, :size] -= lost
    extra = own_family - lost @ family_seen.T
    total = above.sum(axis=0)
    after = suite - suite_seen @ (total - total @ posterior @ total) @ suite_seen.T

    var_e, var_w = np.exp(2 * theta[[1 + features + marginal.NOISE, 1 + features + marginal.WALK]])
    level, *slopes = np.exp(2 * theta[: 1 + features])
    line = level + (x_new * slopes) @ x.T
    cross = line[:, None, :] + (kappa2[:, None] * var_w) * cross_walk.T[:, None, :]
    weight = np.einsum("tij,stj->sti", inverses, cross)
    pulled = np.zeros((n_families, size))
    np.add.at(pulled, family, alpha)
    shared = suite_seen[size:] @ alpha.sum(axis=0)
    mean = shared[:, None] + family_seen[size:] @ pulled[family].T + (cross * alpha).sum(axis=2)
    prior = level + (x_new**2) @ slopes
    known = prior[:, None] + np.outer(walk_new, kappa2 * var_w) - (cross * weight).sum(axis=2)
    loadings = np.zeros((*mean.shape, size + new))
    loadings[:, :, :size] = -weight
    loadings[np.arange(new), :, size + np.arange(new)] = 1.0
    return mean, np.maximum(known, 0.0) + kappa2 * var_e, loadings, after, transfer, extra
