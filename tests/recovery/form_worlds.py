"""Worlds drawn from every scaling form, and how often the intervals of its parameters hold the truth.

A design states the points, the noise and the planted parameters; what is estimated and how its intervals
are made follows from the objective: profiles where there is a likelihood, the bootstrap under log-Huber.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import expit, logit

from tasklaws.forms import FORMS
from tasklaws.infer.curves.bootstrap import bootstrap
from tasklaws.infer.curves.covariance import rung_shock
from tasklaws.infer.curves.fit import fit_batch
from tasklaws.infer.curves.intervals import intervals, resampled
from tasklaws.infer.curves.overdispersion import fit_overdispersed
from tasklaws.infer.curves.problem import Options, Points

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.curves.fit import Fits
    from tasklaws.infer.curves.intervals import Intervals
    from tasklaws.spec.form import Form

LEVEL = 0.9
REPLICATES = 200
"""Bootstrap refits of each world under log-Huber."""


@dataclass(frozen=True)
class Design:
    """A form, its points and noise, and the truth."""

    name: str
    form: str
    x: Floats
    """Places, of shape (covariates, points)."""
    planted: dict[str, float]
    known: tuple[str, ...]
    """Parameters that are not fitted: held at their planted values."""
    n: int = 0
    """Attempts behind each rate; 0 for a value."""
    noise: float = 0.0
    """Standard deviation of a value; of its log under log-Huber."""
    objective: Literal["binomial", "beta_binomial", "gaussian", "log_huber"] = "binomial"
    rho: float = 0.0
    """Correlation of the instances of a cell."""
    tasks: int = 1
    """Tasks of each world, all with the planted law."""
    shock_sd: float = 0.0
    """Standard deviation of the shock that a rung gives the log-odds of all tasks at once."""
    shock_known: bool = True
    """Whether the intervals are told of the shock: it is estimated from the fits of the world's tasks."""
    shown: tuple[str, ...] = ()
    """Quantities of which no coverage is asked: the design is there to show what becomes of them."""

    @property
    def law(self) -> Form:
        """Return the form itself."""
        return FORMS[self.form]

    @cached_property
    def fitted(self) -> tuple[str, ...]:
        """Return the names of the parameters that are estimated."""
        return tuple(name for name in self.law.names if name not in self.known)

    def truth(self, name: str) -> float:
        """Return the planted value of a parameter, or of a reading of the planted law."""
        if name in self.planted:
            return self.planted[name]
        one = next(reading for reading in self.law.readings if reading.name == name)
        away = (one.at - self.planted[one.holding]) / self.planted[one.slope]
        return self.planted[one.parameter] + one.sign * away


def _grid(*axes: Iterable[float]) -> Floats:
    """Return all combinations of places, of shape (covariates, points)."""
    return np.stack([part.ravel() for part in np.meshgrid(*axes, indexing="ij")])


RUNGS = np.linspace(18, 23, 10)[None]
"""Ten sizes over five decades of compute."""

LONG = np.linspace(17, 24, 12)[None]
SIZES = np.linspace(18, 23, 20)[None]
RUNS = np.linspace(18, 23, 60)[None]
SIZES_AND_TOKENS = _grid(np.linspace(7.5, 10, 5), np.linspace(9, 11.5, 5))
"""Five sizes from 30 M to 10 G parameters, each at five token budgets."""

LINE = ("floor", "reach", "origin")
QUARTER = {"floor": 0.25, "reach": 1.0}
S_CURVE = {**QUARTER, "level": 0.0, "slope": 1.2, "origin": 20.5}
HAZARD = {**QUARTER, "level": 0.0, "exponent": 0.4, "origin": 20.5}
DRIFT = {**QUARTER, "level": 0.5, "drift": 0.4, "last": 23.0}
POWER = {"irreducible": 1.7, "amount": 2.0, "exponent": 0.2, "origin": 18.0}
JOINT = {
    "irreducible": 1.7,
    "amount_n": 0.9,
    "exponent_n": 0.34,
    "origin_n": 7.5,
    "amount_d": 0.8,
    "exponent_d": 0.28,
    "origin_d": 9.0,
}
HAZARDS = {
    "floor": 0.0,
    "reach": 1.0,
    "amount_n": 1.2,
    "exponent_n": 0.5,
    "origin_n": 7.5,
    "amount_d": 1.0,
    "exponent_d": 0.4,
    "origin_d": 9.0,
}
STAGES = {**QUARTER, **POWER, "level": 0.0, "slope": 3.0, "loss_origin": 2.5}
BROKEN = {
    "irreducible": 1.5,
    "amount": 2.5,
    "exponent": 0.08,
    "late": 0.4,
    "break": 20.5,
    "width": 0.6,
    "origin": 18.0,
}
FREE_ENDS = {"floor": 0.2, "reach": 0.875, "level": 0.0, "slope": 2.5, "origin": 20.5}
ORIGINS = ("origin_n", "origin_d")
ENDS = ("floor", "reach")
VALUES = {"noise": 0.01, "objective": "gaussian"}
ROBUST = {"noise": 0.004, "objective": "log_huber"}
CORRELATED = {"objective": "beta_binomial", "rho": 0.02}
SHOCK = {"n": 200, "tasks": 30, "shock_sd": 0.2}
IGNORED = {**SHOCK, "shock_known": False, "shown": ("level", "slope", "middle")}
STEP = {"low": 0.3, "gain": 0.1, "threshold": 20.5}

_DESIGNS = (
    Design("constant", "constant", RUNGS, {"level": 0.4}, (), 500),
    Design("logistic", "logistic", RUNGS, S_CURVE, LINE, 500),
    Design("logistic, floor and reach fitted", "logistic", LONG, FREE_ENDS, ("origin",), 1000),
    Design("logistic, correlated instances", "logistic", RUNGS, S_CURVE, LINE, 500, **CORRELATED),
    Design("logistic, rung shock", "logistic", RUNGS, S_CURVE, LINE, **SHOCK),
    Design("logistic, rung shock ignored", "logistic", RUNGS, S_CURVE, LINE, **IGNORED),
    Design("gumbel", "gumbel", RUNGS, HAZARD, LINE, 500),
    Design("mirrored_gumbel", "mirrored_gumbel", RUNGS, HAZARD, LINE, 500),
    Design("persistence_drift", "persistence_drift", RUNGS, DRIFT, (*ENDS, "last"), 500),
    Design("persistence_drift, rung shock", "persistence_drift", RUNGS, DRIFT, (*ENDS, "last"), **SHOCK),
    Design("step", "step", RUNGS, STEP, (), 200),
    Design("step, within the noise", "step", RUNGS, STEP | {"gain": 0.05}, (), 200, shown=("threshold",)),
    Design("two_stage", "two_stage", RUNGS, STAGES, (*ENDS, *POWER, "loss_origin"), 500),
    Design("log_power", "log_power", SIZES_AND_TOKENS, HAZARDS, (*ENDS, *ORIGINS), 1000),
    Design("power_floor", "power_floor", SIZES, POWER, ("origin",), **VALUES),
    Design("power_floor, log-Huber", "power_floor", SIZES, POWER, ("origin",), **ROBUST),
    Design("joint_loss", "joint_loss", SIZES_AND_TOKENS, JOINT, ORIGINS, **VALUES),
    Design("joint_loss, log-Huber", "joint_loss", SIZES_AND_TOKENS, JOINT, ORIGINS, **ROBUST),
    Design("broken_power", "broken_power", RUNS, BROKEN, ("origin",), **VALUES | {"noise": 0.004}),
)

DESIGNS = {design.name: design for design in _DESIGNS}


def world(design: Design, seed: int) -> Floats:
    """Return what is observed in world number `seed`, of shape (tasks, points)."""
    rng = np.random.default_rng([*design.form.encode(), seed])
    height = design.law.curve(design.x, np.array([design.planted[name] for name in design.law.names]))
    shape = (design.tasks, design.x.shape[1])
    if not design.n:
        noise = rng.normal(0.0, design.noise, shape)
        return height * np.exp(noise) if design.objective == "log_huber" else height + noise
    rate = np.broadcast_to(expit(logit(height) + rng.normal(0.0, design.shock_sd, shape[1])), shape)
    if design.rho:
        total = (1 - design.rho) / design.rho
        rate = rng.beta(rate * total, (1 - rate) * total)
    return rng.binomial(design.n, rate) / design.n


@dataclass(frozen=True)
class Coverage:
    """How often the 90 % interval of one quantity held the truth; errors are blocked by world."""

    worlds: int
    share: float
    error: float
    open: float
    """Share of ends that the data did not set; such an end holds everything on its side."""


def covered(design: Design, seeds: Iterable[int]) -> dict[str, Coverage]:
    """Return the coverage of every fitted parameter and reading by its 90 % interval."""
    worlds = np.stack([world(design, seed) for seed in seeds])
    fits = fitted(design, worlds.reshape(-1, worlds.shape[2]))
    blocks = np.split(np.arange(len(fits.params)), len(worlds)) if design.shock_sd else [slice(None)]
    found = [_intervals(design, fits.only(block)) for block in blocks]
    lower, upper = (np.concatenate([getattr(one, side) for one in found]) for side in ("lower", "upper"))
    return {
        name: _coverage(
            design.truth(name), lower[:, i].reshape(len(worlds), -1), upper[:, i].reshape(len(worlds), -1)
        )
        for i, name in enumerate(found[0].names)
    }


def fitted(design: Design, y: Floats) -> Fits:
    """Return the laws of `y` (problems, points), the known parameters held at the truth."""
    points = Points(design.x, y, np.full(y.shape, float(design.n or 1)))
    known = {name: design.planted[name] for name in design.known}
    options = Options(design.objective, fixed=known, freed=design.fitted)
    if design.objective == "beta_binomial":
        return fit_overdispersed(design.law, points, options)
    return fit_batch(design.law, points, options)


def _intervals(design: Design, fits: Fits) -> Intervals:
    if design.objective == "log_huber":
        rng = np.random.default_rng([*design.name.encode()])
        return resampled(fits, bootstrap(fits, REPLICATES, rng), LEVEL)
    return intervals(fits, rung_shock(fits) if design.shock_sd and design.shock_known else 0.0, LEVEL)


def _coverage(truth: float, lower: Floats, upper: Floats) -> Coverage:
    """Return the coverage by intervals of shape (worlds, tasks); an open end holds all on its side."""
    inside = (~(lower > truth) & ~(upper < truth)).mean(axis=1)
    error = float(np.std(inside, ddof=1) / math.sqrt(len(inside)))
    missing = (np.isnan(lower).mean() + np.isnan(upper).mean()) / 2
    return Coverage(len(inside), float(inside.mean()), error, float(missing))
