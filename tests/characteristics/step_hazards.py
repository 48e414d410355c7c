"""Coverage of the change of hazard behind a run's first error, and how often its test fires.

python -m tests.characteristics.step_hazards [WORLDS]

Chains as in world W12: six agents whose hazards of a clean step fall from .4 to .02 and scatter by .3 in log,
tasks of 3, 5, 10 and 20 steps.
"""

from __future__ import annotations

import sys
from math import sqrt

import numpy as np

from tasklaws.infer.horizon.step_hazard import StepHazard, fit
from tasklaws.theory.self_conditioning import Chain, right_steps

AGENTS, STEPS = 6, (3, 5, 10, 20)
DESIGNS = ((1.0, 8), (1.0, 24), (4.0, 8), (4.0, 24), (16.0, 8), (16.0, 24))
"""Factor behind an error, and runs of each agent at each task."""


def world(times: float, runs: int, rng: np.random.Generator) -> StepHazard:
    """Return what is found of one drawn world."""
    hazards = np.exp(np.linspace(np.log(0.4), np.log(0.02), AGENTS) + rng.normal(0, 0.3, AGENTS))
    chances = [(-np.expm1(-one), -np.expm1(-one * times)) for one in hazards]
    return fit(
        {
            steps: np.array(
                [rng.multinomial(runs, right_steps(Chain.even(steps, *one))) for one in chances], float
            )
            for steps in STEPS
        }
    )


def measured(times: float, runs: int, worlds: int) -> tuple[float, float, float]:
    """Return coverage of 90 % intervals, the share of worlds where the test fires at 5 %, and the median."""
    found = [world(times, runs, np.random.default_rng([seed, runs, int(times)])) for seed in range(worlds)]
    inside = [(one.lower or 0.0) <= times <= (one.upper or np.inf) for one in found]
    fired = [one.p is not None and one.p <= 0.05 for one in found]
    middle = np.median([one.times or 0.0 for one in found])
    return float(np.mean(inside)), float(np.mean(fired)), float(middle)


def main() -> None:
    """Print one line for each design."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for times, runs in DESIGNS:
        covered, fired, middle = measured(times, runs, worlds)
        error = sqrt(covered * (1 - covered) / worlds)
        print(f"x{times:g}, {runs} runs: coverage {covered:.3f} +- {error:.3f}, "  # noqa: T201
              f"test fires {fired:.3f}, median x{middle:.2f} ({worlds} worlds)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
