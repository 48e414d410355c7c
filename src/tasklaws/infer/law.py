"""The default law: Gaussian-process ladders under several links, stacked.

`fit_law` fits a ladder; `Law.forecast` predicts targets; `default_law` does both and is the
forecaster that the verbs use.

Source: forecasting recipe section 1; formal model 0b.6 (paired items).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri, stdtrit

from tasklaws.infer import counts
from tasklaws.infer.arrays import LadderArrays, RateForecast, TargetArrays
from tasklaws.infer.flags import target_flags
from tasklaws.infer.gp_ladder import ITEM_PRIOR, RELEASE_PRIOR, SIZE_PRIOR, Fit, Prior, fit, make_problem, predict
from tasklaws.infer.links import LINKS, rates_of_levels
from tasklaws.infer.stacking import inner_fold, link_weights

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.gp_ladder import LevelForecast

FEW_ATTEMPTS = 20
"""A ladder whose median cell has at most so many attempts is one of single items or agents."""

PHI_RANGE = (0.2, 2.0)
PHI_LINKS = ("logit", "identity")
"""Links that estimate the variance factor; a floored link may explain noise by its floor and diverge."""

UNIFORM = RateForecast.uniform
"""Share of a forecast spread evenly over the counts, so that log scores stay finite."""


@dataclass(frozen=True)
class Settings:
    """How a law is built."""

    links: tuple[str, ...]
    prior: Prior
    free_phi: bool
    """Whether the variance factor of counts is estimated; else it is 1."""
    degrees: float | None = None
    """Degrees of freedom of the predictive Student t; None is normal."""
    points: int = 100
    """Equal-probability points per link."""
    draws: int = 1000
    """Joint draws of all tasks."""
    seed: int = 0
    """Seed of the joint draws."""


SIZE_SETTINGS = Settings(("logit", "floored_logit", "floored_gumbel", "identity"), SIZE_PRIOR, free_phi=True)
RELEASE_SETTINGS = replace(SIZE_SETTINGS, prior=RELEASE_PRIOR)
ITEM_SETTINGS = Settings(("cloglog",), ITEM_PRIOR, free_phi=False, degrees=5.0, points=400)


def default_settings(ladder: LadderArrays) -> Settings:
    """Return the settings for a ladder: items or agents, releases of benchmarks, or a dense ladder of sizes."""
    seen = ladder.n[ladder.n > 0]
    if seen.size and np.median(seen) <= FEW_ATTEMPTS:
        return ITEM_SETTINGS
    return RELEASE_SETTINGS if ladder.kind == "release" else SIZE_SETTINGS


@dataclass(frozen=True)
class Law:
    """A fitted ladder: one fit per link, and how much each link counts for each task."""

    ladder: LadderArrays
    settings: Settings
    fits: tuple[Fit, ...]
    weights: Floats
    """Of shape (tasks, links)."""
    phi: float

    @property
    def kappa(self) -> Floats:
        """Return each task's noise scale relative to the suite, of shape (tasks,)."""
        return np.sum(self.weights * np.sqrt([fitted.kappa2 for fitted in self.fits]).T, axis=1)

    def forecast(self, target: TargetArrays) -> RateForecast:
        """Return the predictive distribution of every task's rate at every target."""
        levels = [predict(fitted, self.ladder, target) for fitted in self.fits]
        points, weights = self._points(levels)
        spread = np.sqrt(np.maximum((weights * points**2).sum(-1) - (weights * points).sum(-1) ** 2, 0.0))
        tasks = len(self.ladder.task_ids)
        seen = (self.ladder.n > 0).any(axis=1)
        points[:, ~seen] = np.nan
        return RateForecast(
            points=points,
            weights=weights,
            noise=np.full(tasks, self.phi),
            joint=self._draws(levels),
            status=tuple("ok" if one else "no_training_data" for one in seen),
            flags=target_flags(self.ladder, target, self.kappa, spread.mean(axis=0)),
        )

    def _points(self, levels: list[LevelForecast]) -> tuple[Floats, Floats]:
        count = self.settings.points
        middle = (np.arange(count) + 0.5) / count
        places = ndtri(middle) if self.settings.degrees is None else stdtrit(self.settings.degrees, middle)
        found = [
            _rates(fitted, level.mean[..., None] + np.sqrt(level.variance)[..., None] * places)
            for fitted, level in zip(self.fits, levels, strict=True)
        ]
        points = np.concatenate(found, axis=2)
        weights = np.repeat(self.weights / count, count, axis=1)
        return points, np.broadcast_to(weights, points.shape).copy()

    def _draws(self, levels: list[LevelForecast]) -> Floats:
        """Return joint draws of the rates, of shape (targets, draws, tasks).

        A draw takes its links at one common place of every task's weights, so that tasks of one
        draw share a link as far as their weights allow.
        """
        rng = np.random.default_rng(self.settings.seed)
        place = rng.random(self.settings.draws)
        chosen = (place > np.cumsum(self.weights, axis=1)[:, :-1, None]).sum(axis=1)
        out = np.empty((*levels[0].mean.shape, self.settings.draws))
        for index, (fitted, level) in enumerate(zip(self.fits, levels, strict=True)):
            out = np.where(chosen == index, _rates(fitted, _level_draws(level, self.settings, rng)), out)
        return np.swapaxes(out, 1, 2)


def fit_law(ladder: LadderArrays, settings: Settings | None = None) -> Law:
    """Fit the default law to a ladder.

    Args:
        ladder: at least two rungs; the verbs ask for three rungs of two sizes.
        settings: how the law is built; by default chosen from the ladder.
    """
    settings = settings or default_settings(ladder)
    fits, phi = _fit_links(ladder, settings)
    return Law(ladder, settings, fits, _stack(ladder, settings), phi)


def default_law(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
    """Fit the default law to a ladder and forecast its targets: the `Forecaster` of the verbs."""
    return fit_law(ladder).forecast(target)


def _fit_links(ladder: LadderArrays, settings: Settings) -> tuple[tuple[Fit, ...], float]:
    """Return one fit per link, all with the same variance factor of counts."""
    phi = _estimate_phi(ladder, settings) if settings.free_phi else 1.0
    problems = [make_problem(ladder, LINKS[name], settings.prior) for name in settings.links]
    return tuple(fit(problem, phi=phi) for problem in problems), phi


def _estimate_phi(ladder: LadderArrays, settings: Settings) -> float:
    """Return the geometric mean of the variance factor under the unfloored links.

    Fresh items cannot vary less than binomially (formal model 0b.6).
    """
    found = [fit(make_problem(ladder, LINKS[name], settings.prior), kappa=False).phi for name in PHI_LINKS]
    low, high = PHI_RANGE
    return float(np.clip(np.sqrt(np.prod(found)), low if ladder.identical_items else 1.0, high))


def _stack(ladder: LadderArrays, settings: Settings) -> Floats:
    """Return weights of shape (tasks, links) from the inner fold; equal weights where there is none."""
    tasks, n_links = len(ladder.task_ids), len(settings.links)
    inner = inner_fold(ladder)
    if n_links == 1 or inner is None:
        return np.full((tasks, n_links), 1.0 / n_links)
    train, judged = inner
    small = ladder.rungs_at(train)
    fits, phi = _fit_links(small, settings)
    target = TargetArrays(
        tuple(ladder.rungs[i] for i in judged), ladder.x[judged], ladder.walk[judged], ladder.n[:, judged].T
    )
    observed = ladder.k[:, judged].T
    scores = [_held_out_score(Law(small, settings, (one,), np.ones((tasks, 1)), phi), target, observed) for one in fits]
    return link_weights(np.stack(scores, axis=1))


def _held_out_score(law: Law, target: TargetArrays, observed: Floats) -> Floats:
    """Return the log score of each task summed over targets, of shape (tasks,)."""
    points, weights = law._points([predict(law.fits[0], law.ladder, target)])
    noise = np.full(len(law.ladder.task_ids), law.phi)
    return counts.log_scores(points, weights, noise, target.n, observed, UNIFORM).sum(axis=0)


def _level_draws(level: LevelForecast, settings: Settings, rng: np.random.Generator) -> Floats:
    """Return joint draws of levels, of shape (targets, tasks, draws)."""
    draws, (effects, _), families = settings.draws, level.suite.shape, len(level.transfer)
    suite = _root(level.suite) @ rng.standard_normal((effects, draws))
    both = level.transfer @ suite + _root(level.extra) @ rng.standard_normal((families, effects, draws))
    shared = np.einsum("sti,tid->std", level.loadings, both[level.family])
    own = np.sqrt(level.own)[..., None] * rng.standard_normal((*level.own.shape, draws))
    stretch = np.ones(draws)
    if settings.degrees is not None:
        stretch = np.sqrt(settings.degrees / rng.chisquare(settings.degrees, draws))
    return level.mean[..., None] + stretch * (shared + own)


def _root(covariance: Floats) -> Floats:
    """Return a square root of (stacked) covariances that rounding may have made slightly indefinite."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :])


def _rates(fitted: Fit, levels: Floats) -> Floats:
    """Return the success rates at `levels`, of shape (targets, tasks, ...)."""
    p = fitted.problem
    return np.asarray(rates_of_levels(p.link.code, levels, p.floor, p.ceiling))
