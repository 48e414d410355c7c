"""CPU time of the whole default forecast after compilation; run with `python -m benchmarks.forecast_speed`.

Fit under every link, inner-fold stacking, joint draws and the quantiles of the counts. CPU seconds are
those of all threads with the libraries' own settings; goals are 1 s for 65 x 5 and 3 s for 46 x 24.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

import numpy as np
from benchmarks import recipe_folds
from scipy.special import expit

from tasklaws.assess.scores import summarise
from tasklaws.infer.arrays import LadderArrays, TargetArrays
from tasklaws.infer.law import fit_law

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 5
Case = tuple[LadderArrays, TargetArrays]


def simulated(tasks: int, rungs: int, runs_per_size: int = 1, seed: int = 0) -> Case:
    """Return a ladder of logit lines in 8 families, 400 instances per task, and the next size."""
    rng = np.random.default_rng(seed)
    sizes = rungs // runs_per_size
    size = np.repeat(np.arange(sizes), runs_per_size)
    budget = np.tile(np.linspace(-0.3, 0.3, runs_per_size) if runs_per_size > 1 else 0.0, sizes)
    x = np.column_stack([0.5 * size + budget, budget]) if runs_per_size > 1 else 0.5 * size[:, None]
    slopes = rng.normal(0.8, 0.2, tasks)
    levels = rng.normal(-0.5, 1, tasks)[:, None] + slopes[:, None] * (x[:, 0] - x[:, 0].mean())
    shocks = rng.normal(0, 0.1, rungs) + rng.normal(0, 0.1, (tasks, rungs))
    n = np.full((tasks, rungs), 400.0)
    ladder = LadderArrays(
        task_ids=tuple(f"task{t}" for t in range(tasks)),
        families=tuple(f"family{t % 8}" for t in range(tasks)),
        rungs=tuple(f"rung{i}" for i in range(rungs)),
        k=rng.binomial(400, expit(levels + shocks)).astype(float),
        n=n,
        floor=np.zeros(tasks),
        ceiling=np.ones(tasks),
        x=x,
        walk=x[:, 0].copy(),
        sizes=tuple(f"size{s}" for s in size),
    )
    target_x = np.array([[0.5 * sizes, *[0.0] * (x.shape[1] - 1)]])
    return ladder, TargetArrays(("next",), target_x, target_x[:, 0], n[:, :1].T)


def recorded(set_name: str, block: str) -> Case:
    """Return one block of the recorded ladders."""
    case = next(case for case in recipe_folds.cases(set_name) if block in case.block)
    return case.ladder, case.target


def cases() -> dict[str, Case]:
    """Return the ladders to time, by name."""
    found = {"simulated 65 x 5": simulated(65, 5), "simulated 46 x 24": simulated(46, 24, runs_per_size=8)}
    if recipe_folds.available():
        found |= {
            "Pythia 1400M": recorded("pythia", "ded-five-shot-143000|1400M"),
            "Gadre 412M": recorded("gadre", "4.12e+08"),
        }
    return found


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return median (CPU seconds, wall seconds) of `work` over REPEATS."""
    spent = []
    for _ in range(REPEATS):
        cpu, wall = time.process_time(), time.perf_counter()
        work()
        spent.append((time.process_time() - cpu, time.perf_counter() - wall))
    return statistics.median(one[0] for one in spent), statistics.median(one[1] for one in spent)


def main() -> None:
    """Print median CPU and wall seconds of fit, forecast and summary of each ladder."""
    print(f"{'':26} {'':>12} {'fit':>13} {'forecast':>13} {'summary':>13} {'whole':>13}")
    print(f"{'ladder':26} {'tasks x rungs':>12}" + 4 * f" {'CPU':>6} {'wall':>6}" + "   seconds")
    for name, (ladder, target) in cases().items():
        law = fit_law(ladder)
        forecast = law.forecast(target)
        summarise(forecast, target.n)
        parts = [
            timed(lambda ladder=ladder: fit_law(ladder)),
            timed(lambda law=law, target=target: law.forecast(target)),
            timed(lambda forecast=forecast, target=target: summarise(forecast, target.n)),
            timed(lambda ladder=ladder, target=target: summarise(fit_law(ladder).forecast(target), target.n)),
        ]
        shape = f"{len(ladder.task_ids)} x {len(ladder.rungs)}"
        print(f"{name:26} {shape:>12}" + "".join(f" {cpu:6.2f} {wall:6.2f}" for cpu, wall in parts))


if __name__ == "__main__":
    main()
