"""Worlds drawn from the model class of the default law, and how a forecast fares in one.

Every task is a line in the space of its link with a drift, a noise and effects of its family; every
rung, the target included, shifts all tasks by a shock. The truth is the target's observed count.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.infer import counts
from tasklaws.infer.arrays import LadderArrays, RateForecast, TargetArrays
from tasklaws.infer.law import default_law
from tasklaws.infer.links import LINKS, rates_of_levels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasklaws.infer.arrays import Floats

LEVELS = (0.5, 0.8, 0.9)
STEP = 0.4
"""Decades of compute from one size to the next."""


@dataclass(frozen=True)
class Design:
    """Shape of a ladder and the laws of its tasks."""

    name: str
    tasks: int
    sizes: int
    budgets: tuple[float, ...] = (0.0,)
    """Token budgets of every size, in decades of tokens per parameter."""
    links: tuple[str, ...] = ("logit",)
    floor: float = 0.0
    """Chance rate of tasks with a floored link."""
    n: int = 200
    families: int = 6


def _designs() -> dict[str, Design]:
    shapes = {
        "30 tasks x 5 sizes": (30, 5, (0.0,), 6),
        "12 tasks x 8 sizes x 3 budgets": (12, 8, (-0.3, 0.0, 0.3), 4),
    }
    laws = {"logit": ("logit",), "Gumbel": ("floored_gumbel",), "mixed": ("logit", "floored_gumbel")}
    return {
        f"{shape}, {law}": Design(f"{shape}, {law}", tasks, sizes, budgets, links, 0.25, families=families)
        for shape, (tasks, sizes, budgets, families) in shapes.items()
        for law, links in laws.items()
    }


DESIGNS = _designs()


@dataclass(frozen=True)
class World:
    """What a forecaster may see, and what came out."""

    ladder: LadderArrays
    target: TargetArrays
    observed: Floats
    """Counts of the target, of shape (tasks,)."""
    shock_sd: float


def world(design: Design, rng: np.random.Generator) -> World:
    """Return a world of `design`; spreads are drawn log-normally around those of recorded ladders."""
    x = _features(design)
    links = [LINKS[design.links[t % len(design.links)]] for t in range(design.tasks)]
    floor = np.array([design.floor if link.uses_floor else 0.0 for link in links])
    family = np.arange(design.tasks) % design.families
    shock_sd = float(rng.lognormal(math.log(0.08), 0.5))
    levels = _levels(design, x, family, shock_sd, rng)
    rates = np.stack(
        [
            rates_of_levels(link.code, levels[None, [t]], floor[[t]], np.ones(1))[0, 0]
            for t, link in enumerate(links)
        ]
    )
    phi = float(np.clip(rng.lognormal(math.log(0.7), 0.3), 0.3, 1.2))
    k = _counts(rates, design.n, phi, rng)
    rungs, n = len(x) - 1, float(design.n)
    ladder = LadderArrays(
        task_ids=tuple(f"task{t}" for t in range(design.tasks)),
        families=tuple(f"family{f}" for f in family),
        rungs=tuple(f"rung{i}" for i in range(rungs)),
        k=k[:, :-1],
        n=np.full((design.tasks, rungs), n),
        floor=floor,
        ceiling=np.ones(design.tasks),
        x=x[:-1],
        walk=x[:-1, 0].copy(),
        sizes=tuple(f"size{i // len(design.budgets)}" for i in range(rungs)),
    )
    target = TargetArrays(("target",), x[-1:], x[-1:, 0].copy(), np.full((1, design.tasks), n))
    return World(ladder, target, k[:, -1], shock_sd)


def _features(design: Design) -> Floats:
    """Return log10 compute, and log10 tokens per parameter where budgets differ; the target comes last."""
    size, budget = (
        np.repeat(np.arange(design.sizes), len(design.budgets)),
        np.tile(design.budgets, design.sizes),
    )
    compute = np.append(STEP * size + budget, STEP * design.sizes)
    if len(design.budgets) == 1:
        return compute[:, None]
    return np.column_stack([compute, np.append(budget, 0.0)])


def _levels(design: Design, x: Floats, family: Floats, shock_sd: float, rng: np.random.Generator) -> Floats:
    """Return levels of shape (tasks, rungs + 1)."""
    tasks, rungs, features = design.tasks, len(x), x.shape[1]
    noise_sd, walk_sd = rng.lognormal(np.log([0.06, 0.10]), 0.4)
    centred = x - x[:-1].mean(axis=0)
    slope = np.concatenate([rng.normal(0.8, 0.2, 1), rng.normal(0, 0.1, features - 1)])
    own_slope = rng.normal(0, 1, (tasks, features)) * [0.25, *[0.1] * (features - 1)]
    family_slope = rng.normal(0, 0.1, (design.families, features))[family]
    level = rng.normal(-0.5, 0.5) + rng.normal(0, 1, tasks) + rng.normal(0, 0.3, design.families)[family]
    order = np.argsort(x[:, 0], kind="stable")
    gaps = np.diff(x[order, 0], prepend=x[order[0], 0])
    drift = np.empty((tasks, rungs))
    drift[:, order] = np.cumsum(rng.normal(0, 1, (tasks, rungs)) * np.sqrt(gaps), axis=1)
    shocks = rng.normal(0, shock_sd, rungs) + rng.normal(0, 0.05, (design.families, rungs))[family]
    lines = level[:, None] + (slope + own_slope + family_slope) @ centred.T
    return np.asarray(lines + walk_sd * drift + rng.normal(0, noise_sd, (tasks, rungs)) + shocks)


def _counts(rates: Floats, n: int, phi: float, rng: np.random.Generator) -> Floats:
    """Return counts of variance phi n p (1 - p), of the shape of `rates`."""
    log_c, bend = counts.coefficients(n, phi)
    out = np.empty(rates.shape)
    for place in np.ndindex(rates.shape):
        mass, _ = counts.count_distribution(rates[place][None], np.ones(1), phi, log_c, bend)
        out[place] = np.searchsorted(np.cumsum(mass), rng.random() * mass.sum())
    return np.minimum(out, n)


@dataclass(frozen=True)
class Outcome:
    """Where one world's truth fell in its forecast."""

    design: str
    seed: int
    tasks: int
    inside: tuple[int, ...]
    """Tasks inside their central interval of each level in LEVELS."""
    suite_place: float
    """Share of the joint draws of the suite's mean rate that lie below the observed one."""
    shock_sd: float

    def row(self) -> dict[str, object]:
        """Return the outcome as JSON values."""
        return asdict(self)


def outcome(design: Design, seed: int) -> Outcome:
    """Return how the default law fares in world number `seed` of `design`."""
    rng = np.random.default_rng([*design.name.encode(), seed])
    one = world(design, rng)
    forecast = default_law(one.ladder, one.target)
    place = _places(forecast, one, rng)
    inside = tuple(int((np.abs(place - 0.5) <= level / 2).sum()) for level in LEVELS)
    return Outcome(design.name, seed, design.tasks, inside, _suite_place(forecast, one, rng), one.shock_sd)


def _places(forecast: RateForecast, one: World, rng: np.random.Generator) -> Floats:
    """Return the randomised probability transform of each observed count, of shape (tasks,)."""
    out = np.empty(len(one.observed))
    for t, k in enumerate(one.observed):
        n, phi = int(one.target.n[0, t]), float(forecast.noise[t])
        mass, _ = counts.count_distribution(
            forecast.points[0, t], forecast.weights[0, t], phi, *counts.coefficients(n, phi)
        )
        mass = (1 - forecast.uniform) * mass + forecast.uniform / (n + 1)
        out[t] = counts.pit_counts(mass, k, rng.random())
    return out


def _suite_place(forecast: RateForecast, one: World, rng: np.random.Generator) -> float:
    rates, n = forecast.joint[0], one.target.n[0]
    sampling = (forecast.noise * rates * (1 - rates) / n).sum(axis=1) / len(n) ** 2
    means = rates.mean(axis=1) + np.sqrt(sampling) * rng.standard_normal(len(rates))
    return float((means < (one.observed / n).mean()).mean())


@dataclass(frozen=True)
class Coverage:
    """Share of truths inside central intervals; its error is blocked by world, for the shared shock."""

    worlds: int
    share: float
    error: float


def task_coverage(outcomes: Iterable[Outcome], level: int) -> Coverage:
    """Return the coverage of tasks at LEVELS[level]."""
    return _coverage([one.inside[level] / one.tasks for one in outcomes])


def suite_coverage(outcomes: Iterable[Outcome], level: int) -> Coverage:
    """Return the coverage of the suite's mean at LEVELS[level]."""
    return _coverage([float(abs(one.suite_place - 0.5) <= LEVELS[level] / 2) for one in outcomes])


def _coverage(shares: list[float]) -> Coverage:
    return Coverage(
        len(shares), float(np.mean(shares)), float(np.std(shares, ddof=1) / math.sqrt(len(shares)))
    )
