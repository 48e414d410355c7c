"""Two-stage laws: the loss law is fitted first and held, then the curve from loss to score."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.infer.curves.bootstrap import bootstrap
from tasklaws.infer.curves.fit import Fits, fit_batch

if TYPE_CHECKING:
    from numpy.random import Generator

    from tasklaws.infer.curves.problem import Options, Points
    from tasklaws.spec.form import Form

LOSS_LAW = ("irreducible", "amount", "exponent", "origin")
"""Parameters that both stages share."""

STEEPEST, FAR = 60.0, 9.0
"""Largest slope, per range of the loss over the points; how many ranges away the middle may lie."""


def fit_two_stage(form: Form, points: Points, loss: Fits, options: Options) -> Fits:
    """Return the second stage of every problem, given the loss law.

    Args:
        form: the two-stage form.
        points: counts or scores at places on the axis.
        loss: the loss law of the same axis, of one problem (form `power_floor`).
        options: how the second stage is fitted.
    """
    height = loss.heights(points.x)[0]
    known = dict(zip(loss.form.names, loss.params[0], strict=True))
    fixed = {name: float(known[name]) for name in LOSS_LAW} | {"loss_origin": float(height.mean())}
    span = max(float(np.ptp(height)), 1e-9)
    middle = (float(height.min()) - FAR * span, float(height.max()) + FAR * span)
    bounds = {"slope": (0.0, STEEPEST / span), "loss_origin": middle, **options.bounds}
    return fit_batch(form, points, replace(options, fixed={**fixed, **options.fixed}, bounds=bounds))


def bootstrap_two_stage(
    fits: Fits, loss: Fits, replicates: int, rng: Generator, shock_sd: float = 0.0
) -> Fits:
    """Return refits of both stages, so that the second carries the first one's errors; see `bootstrap`."""
    first = bootstrap(loss, replicates, rng)
    drawn = {
        name: np.tile(first.params[:, loss.form.names.index(name)], len(fits.params)) for name in LOSS_LAW
    }
    return bootstrap(fits, replicates, rng, shock_sd, drawn)
