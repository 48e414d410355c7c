"""The tables that the planner states, drawn anew beside what the formal model and the program have on record.

python -m tests.characteristics.planning --worlds 1000
"""

from __future__ import annotations

import argparse
from math import sqrt

import numpy as np

from tasklaws.assess.planning import repeats
from tasklaws.assess.planning.two_modes import NUMBERS, POWER, Modes, power_curve
from tasklaws.theory.resolution import samples

PUBLISHED = {
    Modes(0.2, 2.0): (0.03, 0.06, 0.07, 0.15, 0.23, 0.48),
    Modes(0.3, 3.0): (0.06, 0.14, 0.36, 0.53, 0.86, 0.99),
    Modes(0.5, 3.0): (0.04, 0.10, 0.33, 0.49, 0.85, 0.99),
    Modes(0.1, 4.0): (0.06, 0.17, 0.54, 0.82, 0.98, 1.0),
    Modes(0.3, 4.0): (0.12, 0.29, 0.74, 0.95, 1.0, 1.0),
}
"""Power at NUMBERS baselines in the formal model, D13; of a few hundred worlds, as its steps show."""
ANSWERS = {0.99: 2500, 0.9: 250, 0.5: 52, 0.2: 39, 0.1: 42, 0.01: 117, 0.001: 523}
"""Answers for a standard error of .2 in the formal model, P9."""


def main() -> None:
    """Print every figure: stated, on record, drawn anew with its standard error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=1000)
    worlds = parser.parse_args().worlds
    for rate, stated in ANSWERS.items():
        print(f"P9  {rate:7.3f} right: stated {stated:6}, computed {samples(rate, 0.2):8.1f}")  # noqa: T201
    for rho in (0.0, repeats.ALWAYS):
        low, high = np.percentile(repeats.rhos(rho, 60, 8, np.random.default_rng(0), worlds), (5, 95))
        print(f"P11 rho {rho:g}, 60 tasks x 8: 90 % of estimates in {low:.3f} to {high:.3f}")  # noqa: T201
    for modes, stated_powers in PUBLISHED.items():
        drawn = power_curve(modes, np.random.default_rng(1), worlds)
        for n, stated_power in zip(NUMBERS, stated_powers, strict=True):
            error = sqrt(drawn[n] * (1 - drawn[n]) / worlds)
            found = f"on record {POWER[modes][n]:.3f}, drawn {drawn[n]:.3f} +- {error:.3f}"
            print(f"D13 {modes}, {n:3} people: stated {stated_power:.2f}, {found}")  # noqa: T201


if __name__ == "__main__":
    main()
