"""How many baselines it takes to see that people fall into two groups: those who know a way, and the rest.

Two normal modes of one spread are tried against one, in log time, by the likelihood ratio. Its law under one
mode depends on the number of baselines alone, not on their mean or spread, and it is not chi-squared: so it
is drawn.
`POWER` holds what `power_curve` gave with WORLDS worlds and seed 0.

Source: formal model, D13; McLachlan 1987 (bootstrap of the likelihood ratio).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tasklaws.infer.human_times.modes import critical_value, likelihood_ratios
from tasklaws.spec.bounds import between, positive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.infer.arrays import Floats

WANTED = 0.8
NUMBERS = (5, 10, 20, 40, 80, 160)
"""Baselines that are tried."""
WORLDS = 4000


class Modes(NamedTuple):
    """Two groups of people."""

    weight: float
    """Share of the one group."""
    separation: float
    """Distance of the modes in standard deviations within."""


def drawn_logs(modes: Modes, n: int, worlds: int, rng: np.random.Generator) -> Floats:
    """Return log times of `n` people in units of the spread within a mode, of shape (worlds, n)."""
    other = rng.random((worlds, n)) < modes.weight
    return np.asarray(rng.standard_normal((worlds, n)) + modes.separation * other)


def power(modes: Modes, n: int, worlds: int, rng: np.random.Generator) -> float:
    """Return how often two modes are found with `n` baselines."""
    critical = critical_value(n, worlds, rng)
    return float((likelihood_ratios(drawn_logs(modes, n, worlds, rng)) > critical).mean())


def power_curve(
    modes: Modes, rng: np.random.Generator, worlds: int = WORLDS, numbers: Sequence[int] = NUMBERS
) -> dict[int, float]:
    """Return the power at each number of baselines."""
    between(modes.weight, 0.0, 1.0, "the weight of a mode")
    positive(modes.separation, "the separation of the modes")
    return {n: power(modes, n, worlds, rng) for n in numbers}


def baselines_for_power(curve: dict[int, float], wanted: float = WANTED) -> int | None:
    """Return the baselines at which a power curve reaches `wanted`, None beyond its end.

    Between the numbers that were tried it is a line in the log of the number.
    """
    numbers, powers = list(curve), np.maximum.accumulate(list(curve.values()))
    if powers[-1] < wanted:
        return None
    return round(float(np.exp(np.interp(wanted, powers, np.log(numbers)))) + 0.4999)


POWER: dict[Modes, dict[int, float]] = {
    Modes(0.2, 2.0): {5: 0.0517, 10: 0.0558, 20: 0.0752, 40: 0.1125, 80: 0.2343, 160: 0.4637},
    Modes(0.3, 3.0): {5: 0.0695, 10: 0.1255, 20: 0.2515, 40: 0.5158, 80: 0.865, 160: 0.9952},
    Modes(0.5, 3.0): {5: 0.07, 10: 0.1227, 20: 0.2258, 40: 0.4825, 80: 0.833, 160: 0.9902},
    Modes(0.1, 4.0): {5: 0.0875, 10: 0.1925, 20: 0.4542, 40: 0.799, 80: 0.9862, 160: 1.0},
    Modes(0.3, 4.0): {5: 0.1185, 10: 0.2875, 20: 0.6352, 40: 0.948, 80: 1.0, 160: 1.0},
}
