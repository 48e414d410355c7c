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
from tasklaws.infer.flags import off_floor_rungs, target_flags
from tasklaws.infer.gp_ladder import (
    ITEM_PRIOR,
    RELEASE_PRIOR,
    SIZE_PRIOR,
    Fit,
    Prior,
    fit,
    make_problem,
    predict,
    shock_nodes,
)
from tasklaws.infer.links import LINKS, rates_of_levels
from tasklaws.infer.stacking import WIDTHS, best_width, inner_fold, link_weights

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
    points: int = 25
    """Equal-probability points per link and scale of the rung shock."""
    draws: int = 1000
    """Joint draws of all tasks."""
    seed: int = 0
    """Seed of the joint draws."""


SIZE_SETTINGS = Settings(("logit", "floored_logit", "floored_gumbel", "identity"), SIZE_PRIOR, free_phi=True)
RELEASE_SETTINGS = replace(SIZE_SETTINGS, prior=RELEASE_PRIOR)
ITEM_SETTINGS = Settings(("cloglog",), ITEM_PRIOR, free_phi=False, degrees=5.0, points=80)


def default_settings(ladder: LadderArrays) -> Settings:
    """Return the settings for a ladder of items or agents, of releases, or dense of sizes."""
    seen = ladder.n[ladder.n > 0]
    if seen.size and np.median(seen) <= FEW_ATTEMPTS:
        return ITEM_SETTINGS
    return RELEASE_SETTINGS if ladder.kind == "release" else SIZE_SETTINGS


@dataclass(frozen=True)
class Part:
    """One link at one scale of the rung shock."""

    link: int
    share: float
    """Posterior share of this scale within its link."""
    begins: float
    """Sum of the shares of the scales before it."""
    fit: Fit


@dataclass(frozen=True)
class Law:
    """A fitted ladder: one fit per link, and how much each link counts for each task."""

    ladder: LadderArrays
    settings: Settings
    fits: tuple[Fit, ...]
    parts: tuple[Part, ...]
    """What a forecast mixes: every link at several scales of the rung shock."""
    weights: Floats
    """Of shape (tasks, links)."""
    phi: float
    width: float = 1.0
    """Factor of the predictive standard deviations, learnt where the links' weights are."""

    @property
    def kappa(self) -> Floats:
        """Return each task's noise scale relative to the suite, of shape (tasks,)."""
        scales = np.sqrt([fitted.kappa2 for fitted in self.fits])
        return np.asarray(np.sum(self.weights * scales.T, axis=1))

    def levels(self, target: TargetArrays) -> list[LevelForecast]:
        """Return one prediction of levels per part."""
        return [predict(part.fit, self.ladder, target) for part in self.parts]

    def forecast(self, target: TargetArrays) -> RateForecast:
        """Return the predictive distribution of every task's rate at every target."""
        levels = self.levels(target)
        points, weights = self.mixture(levels)
        spread = np.sqrt(np.maximum((weights * points**2).sum(-1) - (weights * points).sum(-1) ** 2, 0.0))
        tasks = len(self.ladder.task_ids)
        seen = np.any(self.ladder.n > 0, axis=1)
        points[:, ~seen] = np.nan
        return RateForecast(
            points=points,
            weights=weights,
            noise=np.full(tasks, self.phi),
            joint=self._draws(levels),
            status=tuple("ok" if one else "no_training_data" for one in seen),
            flags=target_flags(self.ladder, target, self.kappa, spread.mean(axis=0)),
        )

    def mixture(self, levels: list[LevelForecast]) -> tuple[Floats, Floats]:
        """Return (rates, their weights), each of shape (targets, tasks, parts x points).

        Args:
            levels: one prediction of levels per part.
        """
        count = self.settings.points
        middle = (np.arange(count) + 0.5) / count
        places = ndtri(middle) if self.settings.degrees is None else stdtrit(self.settings.degrees, middle)
        found, shares = [], []
        for part, level in zip(self.parts, levels, strict=True):
            share = self.weights[:, part.link] * part.share
            if share.any():
                spread = self.width * np.sqrt(level.variance)
                found.append(_rates(part.fit, level.mean[..., None] + spread[..., None] * places))
                shares.append(share)
        points = np.concatenate(found, axis=2)
        weights = np.repeat(np.stack(shares, axis=1) / count, count, axis=1)
        return points, np.broadcast_to(weights, points.shape).copy()

    def _draws(self, levels: list[LevelForecast]) -> Floats:
        """Return joint draws of the rates, of shape (targets, draws, tasks).

        All tasks of a draw share the scale of the rung shock. A draw takes its links at one common
        place of every task's weights, so that its tasks share a link as far as their weights allow.
        """
        rng = np.random.default_rng(self.settings.seed)
        place, scale = rng.random((2, self.settings.draws))
        chosen = (place > np.cumsum(self.weights, axis=1)[:, :-1, None]).sum(axis=1)
        out = np.empty((*levels[0].mean.shape, self.settings.draws))
        for part, level in zip(self.parts, levels, strict=True):
            mine = np.flatnonzero((scale >= part.begins) & (scale < part.begins + part.share))
            drawn = _rates(part.fit, _level_draws(level, self.settings, self.width, len(mine), rng))
            out[..., mine] = np.where(chosen[:, mine] == part.link, drawn, out[..., mine])
        return np.swapaxes(out, 1, 2)


def fit_law(ladder: LadderArrays, settings: Settings | None = None) -> Law:
    """Fit the default law to a ladder.

    Args:
        ladder: at least two rungs; the verbs ask for three rungs of two sizes.
        settings: how the law is built; by default chosen from the ladder.
    """
    ladder = informative(ladder)
    settings = settings or default_settings(ladder)
    fits, phi = _fit_links(ladder, settings)
    weights, width = _judge(ladder, settings)
    return Law(ladder, settings, fits, _parts(fits), weights, phi, width)


def informative(ladder: LadderArrays) -> LadderArrays:
    """Return the ladder, or its one rung off the floor where there is just one.

    A single rung off the floor shows a jump, not a slope: carried on, a line through rungs at the
    floor runs far too high. The forecast then is that rung's, with the prior's spread of slopes.
    """
    away = off_floor_rungs(ladder)
    return ladder.rungs_at(away) if away.sum() == 1 else ladder


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


def _judge(ladder: LadderArrays, settings: Settings) -> tuple[Floats, float]:
    """Return weights of shape (tasks, links) and the width, both from the inner fold.

    Where there is no inner fold, links weigh the same and the width is 1; a single link has nothing
    to be weighed against, and ladders of items keep the width of their Student t.
    """
    tasks, n_links = len(ladder.task_ids), len(settings.links)
    inner = inner_fold(ladder)
    if n_links == 1 or inner is None:
        return np.full((tasks, n_links), 1.0 / n_links), 1.0
    train, judged = inner
    small = ladder.rungs_at(train)
    fits, phi = _fit_links(small, settings)
    target = TargetArrays(
        tuple(ladder.rungs[i] for i in judged), ladder.x[judged], ladder.walk[judged], ladder.n[:, judged].T
    )
    observed = ladder.k[:, judged].T
    equal = Law(small, settings, fits, _parts(fits), np.full((tasks, n_links), 1.0 / n_links), phi)
    levels = equal.levels(target)
    alone = (replace(equal, weights=np.repeat(row[None], tasks, axis=0)) for row in np.eye(n_links))
    scores = [_held_out_score(law, levels, target, observed) for law in alone]
    stacked = replace(equal, weights=link_weights(np.stack(scores, axis=1)))
    wide = (replace(stacked, width=width) for width in WIDTHS)
    totals = [np.nansum(_held_out_score(law, levels, target, observed)) for law in wide]
    return stacked.weights, best_width(np.array(totals))


def _parts(fits: tuple[Fit, ...]) -> tuple[Part, ...]:
    """Return every fit at the scales of its rung shock, with their posterior shares."""
    parts: list[Part] = []
    for link, fitted in enumerate(fits):
        begins = 0.0
        for share, node in shock_nodes(fitted):
            parts.append(Part(link, share, begins, node))
            begins += share
    return tuple(parts)


def _held_out_score(law: Law, levels: list[LevelForecast], target: TargetArrays, observed: Floats) -> Floats:
    """Return the log score of each task summed over targets, of shape (tasks,)."""
    points, weights = law.mixture(levels)
    noise = np.full(len(law.ladder.task_ids), law.phi)
    scores: Floats = counts.log_scores(points, weights, noise, target.n, observed, UNIFORM)
    return np.asarray(scores.sum(axis=0))


def _level_draws(
    level: LevelForecast, settings: Settings, width: float, draws: int, rng: np.random.Generator
) -> Floats:
    """Return joint draws of levels, of shape (targets, tasks, draws)."""
    (effects, _), families = level.suite.shape, len(level.transfer)
    suite = _root(level.suite) @ rng.standard_normal((effects, draws))
    both = level.transfer @ suite + _root(level.extra) @ rng.standard_normal((families, effects, draws))
    shared = np.einsum("sti,tid->std", level.loadings, both[level.family])
    own = np.sqrt(level.own)[..., None] * rng.standard_normal((*level.own.shape, draws))
    stretch = np.ones(draws)
    if settings.degrees is not None:
        stretch = np.sqrt(settings.degrees / rng.chisquare(settings.degrees, draws))
    return np.asarray(level.mean[..., None] + width * stretch * (shared + own))


def _root(covariance: Floats) -> Floats:
    """Return the symmetric square root of (stacked) covariances; rounding may leave them indefinite."""
    values, vectors = np.linalg.eigh(covariance)
    scaled = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
    return np.asarray(scaled @ np.swapaxes(vectors, -1, -2))


def _rates(fitted: Fit, levels: Floats) -> Floats:
    """Return the success rates at `levels`, of shape (targets, tasks, ...)."""
    p = fitted.problem
    return np.asarray(rates_of_levels(p.link.code, levels, p.floor, p.ceiling))
