"""Worlds for the harness ceiling: limits that end at most half of the failures, and more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit
from tests.characteristics.design import Design, drawn_suite, first_family

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.characteristics.design import Floats

    from tasklaws.assess.evidence import Evidence

    Draw = Callable[[np.random.Generator], Evidence]

CHECK = "harness_ceiling"

SHAPES = {"6 x 20 x 8": (6, 1, 20, 8), "8 x 7 x 24": (8, 1, 7, 24), "16 of 8 x 6 x 20": (8, 2, 6, 20)}
"""Sizes, seeds, tasks, attempts."""


def rates(shape: str, shock: float, rng: np.random.Generator) -> tuple[Floats, Floats, int]:
    """Return true rates of evenly spread tasks, of shape (tasks, models), places and attempts."""
    sizes, seeds, tasks, n = SHAPES[shape]
    ability = np.repeat(np.linspace(-1.5, 2.5, sizes), seeds) + shock * rng.normal(size=sizes * seeds)
    found = expit(ability[None, :] - np.linspace(-2, 2, tasks)[:, None])
    return found, np.repeat(np.arange(sizes) / 3 + 18, seeds), n


def limited(
    share: float, shape: str = "6 x 20 x 8", shock: float = 0.0
) -> Callable[[np.random.Generator], Evidence]:
    """Return worlds in which a limit ends each failure with probability `share`."""

    def draw(rng: np.random.Generator) -> Evidence:
        true, x, n = rates(shape, shock, rng)
        suite = drawn_suite(true, n, rng, x=x)
        failures = (suite.counts.n - suite.counts.k).astype(int)
        ended = rng.binomial(failures, share).astype(float)
        return first_family(replace(suite, counts=replace(suite.counts, n_limit=ended)))

    return draw


def by_task(rng: np.random.Generator) -> Evidence:
    """Return a world in which limits end all failures of every other task: half of all of them."""
    true, x, n = rates("6 x 20 x 8", 0.3, rng)
    suite = drawn_suite(np.broadcast_to(true.mean(axis=0), true.shape), n, rng, x=x)
    ended = (suite.counts.n - suite.counts.k) * (np.arange(true.shape[0]) % 2)[:, None]
    return first_family(replace(suite, counts=replace(suite.counts, n_limit=ended)))


def timeout(rng: np.random.Generator) -> Evidence:
    """Return a world in which every fourth task always ends at a limit, and the others are all alike."""
    true, x, n = rates("6 x 20 x 8", 0.3, rng)
    cut = np.arange(true.shape[0]) % 4 == 3
    alike = np.broadcast_to(expit(np.linspace(-6, 6, true.shape[1])), true.shape)
    suite = drawn_suite(np.where(cut[:, None], 0.0, alike), n, rng, x=x)
    ended = suite.counts.n * cut[:, None]
    return first_family(replace(suite, counts=replace(suite.counts, n_limit=ended)))


FIRST = "no power is given in the formal model; the bar stands below what a first run gave"

DESIGNS = (
    *(
        Design(f"half at limits, {shape}, shock {shock}", CHECK, "null", limited(0.5, shape, shock))
        for shape in SHAPES
        for shock in (0.0, 0.3, 0.54)
    ),
    Design("half at limits, by task, 6 x 20 x 8", CHECK, "null", by_task),
    Design("a tenth at limits, 6 x 20 x 8", CHECK, "null", limited(0.1), note="a sound family passes"),
    Design("two thirds at limits, 6 x 20 x 8", CHECK, "alternative", limited(2 / 3), 0.25, FIRST),
    Design("every fourth task times out, 6 x 20 x 8", CHECK, "alternative", timeout, 0.95, FIRST),
)
