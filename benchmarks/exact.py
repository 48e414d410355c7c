"""CPU seconds of exact evaluation, beside simulation of the same plans.

    python -m benchmarks.exact

A chain of 1,000 steps with retries on an axis of 4,096 cells: steps with one cost, and steps with spread
costs, whose products go through a transform. Simulation draws 100,000 attempts, whose standard error of a
success of a half is 0.0016; exact evaluation has none.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.spec.agent import Agent
from tasklaws.spec.cost import LogNormal
from tasklaws.spec.harness import Harness
from tasklaws.spec.plan import InOrder, Plan
from tasklaws.spec.step import Step
from tasklaws.theory.exact import evaluate
from tasklaws.theory.masses import Axis
from tasklaws.theory.monte_carlo import simulate

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS, CELLS, ATTEMPTS, REPEATS = 1_000, 4_096, 100_000, 3
AGENT = Agent("agent", {"general": 0.001})
HARNESS = Harness(token_limit=CELLS - 1)
AXES = (Axis("tokens", 1.0, CELLS),)


def chain(*, spread: bool) -> Plan:
    """Return a chain of steps that differ in tokens; with `spread`, their costs vary too."""
    rng = np.random.default_rng(0)
    spends = LogNormal(3.0, 0.4) if spread else None
    return InOrder(
        tuple(
            Step(f"step {i}", int(rng.integers(1, 6)), detect=0.5, attempts=2, spends=spends)
            for i in range(STEPS)
        )
    )


def seconds(call: Callable[[], object]) -> float:
    """Return the least CPU seconds of a few calls."""
    taken = []
    for _ in range(REPEATS):
        started = time.process_time()
        call()
        taken.append(time.process_time() - started)
    return min(taken)


def main() -> None:
    """Print the table."""
    print(f"{STEPS} steps, {CELLS} cells; CPU seconds, the least of {REPEATS}")
    print(f"{'costs':>8} {'exact':>8} {'simulated':>10} {'times':>6}  success (exact, simulated)")
    for spread in (False, True):
        plan = chain(spread=spread)
        rng = np.random.default_rng(1)
        exact = seconds(lambda plan=plan: evaluate(plan, AGENT, HARNESS, AXES))
        drawn = seconds(
            lambda plan=plan, rng=rng: simulate(plan, AGENT, HARNESS, n=ATTEMPTS, rng=rng, discrete=True)
        )
        found = evaluate(plan, AGENT, HARNESS, AXES).success
        share = simulate(plan, AGENT, HARNESS, n=ATTEMPTS, rng=rng, discrete=True).ok.mean()
        name = "spread" if spread else "fixed"
        print(f"{name:>8} {exact:8.2f} {drawn:10.2f} {drawn / exact:6.1f}  {found:.4f} {share:.4f}")


if __name__ == "__main__":
    main()
