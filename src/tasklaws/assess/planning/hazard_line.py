"""The lines of a family: log hazard of each task over the ladder, of one slope, and how well they are known.

The rate of task t on model m is floor_t + (1 - floor_t) exp(-hazard), with log hazard = level_t - slope x_m.
A cell of n attempts tells n times the information of one about its log hazard. For one task the error at a
place x* is the textbook sqrt(1 / W + (x* - mean x)^2 / S_xx) of a weighted line. For a family it is the
error of a common shift of its tasks there, each task counting by how far it moves the family's score: the
error of the expected score, told as log hazard. Tasks share the slope, and a prior keeps tasks that say
nothing from counting as known.

A rung shock adds what no attempts remove: that of the models at hand, as it goes through the fit, and that of
the next one.

Source: formal model, P9 and D13 as corrected in 0b.5; McCullagh & Nelder 1989 (Fisher scoring).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.planning._hazards import HIGHEST, of_logit, precision, told

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats


@dataclass(frozen=True)
class HazardLine:
    """Lines of one slope, and the design that tells them."""

    level: Floats
    """Log hazard of each task at the ladder's middle, of shape (tasks,)."""
    slope: float
    """By how much log hazard falls for each unit of `x`."""
    x: Floats
    n: Floats
    """Attempts, of shape (tasks, models)."""
    floor: Floats

    @cached_property
    def middle(self) -> float:
        """Return the place in the middle of the ladder."""
        return float(self.x.max() + self.x.min()) / 2

    @cached_property
    def length(self) -> float:
        """Return the length of the ladder, 1 where all models stand at one place."""
        return float(np.ptp(self.x)) or 1.0

    def log_hazard(self, x: Floats) -> Floats:
        """Return log hazards at places `x`, of shape (tasks, places)."""
        return np.asarray(self.level[:, None] - self.slope * (x - self.middle))

    @cached_property
    def weights(self) -> Floats:
        """Return what each cell tells of its log hazard, of shape (tasks, models)."""
        return self.n * told(self.log_hazard(self.x), self.floor)

    @cached_property
    def covariance(self) -> Floats:
        """Return the covariance of (distance of each task, level, slope of a ladder's length)."""
        return np.asarray(np.linalg.inv(precision(self.weights, self.places)))

    @cached_property
    def places(self) -> Floats:
        """Return the place of each model from the middle, in lengths of the ladder."""
        return np.asarray((self.x - self.middle) / self.length)

    def moves(self, place: float) -> Floats:
        """Return by how much each task moves the family's score at `place`, as shares of all."""
        eta = self.log_hazard(np.array([place]))[:, 0]
        log_move = eta - np.exp(np.minimum(eta, HIGHEST)) + np.log1p(-self.floor)
        share = np.exp(log_move - log_move.max())
        return np.asarray(share / share.sum())

    def error(self, place: float) -> float:
        """Return the standard error of the family's log hazard at `place`, by chance of answers alone."""
        toward = self._toward(place)
        return float(np.sqrt(toward @ self.covariance @ toward))

    def error_of_shock(self, place: float) -> float:
        """Return the standard error at `place` that a rung shock of one logit makes, with any attempts."""
        through = self.covariance @ self._toward(place)
        distance, level, slope = through[:-2], through[-2], through[-1]
        along = (distance[:, None] + level - slope * self.places) * self.weights
        trained = (along * of_logit(self.log_hazard(self.x))).sum(axis=0)
        ahead = self.moves(place) @ of_logit(self.log_hazard(np.array([place])))[:, 0]
        return float(np.sqrt((trained**2).sum() + ahead**2))

    def _toward(self, place: float) -> Floats:
        return np.concatenate([self.moves(place), [1.0, -(place - self.middle) / self.length]])

    def with_attempts(self, factor: float) -> HazardLine:
        """Return the same lines told by `factor` times the attempts."""
        return replace(self, n=self.n * factor)

    def with_models(self, times: int) -> HazardLine:
        """Return the same lines told by so many times the models at each place."""
        return replace(self, x=np.repeat(self.x, times), n=np.repeat(self.n, times, axis=1))

    def with_rungs(self, more: int, spacing: float, models: int = 1) -> HazardLine:
        """Return the same lines told by `more` further sizes above the ladder, of so many models each."""
        added = np.repeat(self.x.max() + spacing * np.arange(1, more + 1), models)
        longer = np.concatenate([self.x, added])
        middle = (longer.max() + longer.min()) / 2
        asked = np.array([np.median(row[row > 0]) if (row > 0).any() else 0.0 for row in self.n])
        n = np.column_stack([self.n, *[asked] * len(added)])
        return replace(self, level=self.level - self.slope * (middle - self.middle), x=longer, n=n)
