"""How often the intervals of forecast time horizons hold what is observed.

python -m tests.characteristics.horizon_forecast --worlds 1000

`ladder` draws time horizons with their errors of measurement, as large and as alike as those of METR's
runs; `bounded` has early models below the shortest task. `attempts` draws attempts at a suite of METR's
make-up (36 families, 83 tasks), and measures every time horizon, and its error, from them.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.baseline import LAW
from tasklaws.assess.horizon_forecast.forecast import forecast_level
from tasklaws.assess.horizon_forecast.observed import Observed, suite
from tasklaws.assess.horizon_forecast.trend import LEAST_MODELS, Seen, fitted
from tasklaws.assess.horizons.selection import asked
from tasklaws.assess.horizons.sources import Source
from tasklaws.core.errors import NoAnswer
from tasklaws.core.tables import CELLS, TASKS, validate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.assess.horizon_forecast.mixture import Mixture
    from tasklaws.infer.arrays import Floats

PACE = 1.7
"""Doublings a year: one in seven months."""
ERRORS, SHARED = (0.8, 1.4), 0.55
"""Errors of the 50 % time horizons of METR's runs, in doublings, and their mean correlation."""
LEVELS = (0.5, 0.8, 0.9)
DRAWS = 256
N_FAMILIES, N_TASKS, N_RUNS = 36, 83, 8
SLOPE, OWN_LEVEL = 0.55, 2.0
"""Log-odds per doubling of the typical task, and the level of a model at the first day, in doublings."""
FAMILY, TASK, MODEL_TASK = 2.0, 1.0, 1.6
"""Spreads of log-odds: between families, between tasks, and of a model at a task."""


@dataclass(frozen=True)
class Outcome:
    """One forecast and what came."""

    forecast: Mixture
    observed: float
    """Doublings."""

    @property
    def pit(self) -> float:
        """Return the probability of at most what came."""
        return self.forecast.cdf(self.observed)


def _places(rng: np.random.Generator, years: float) -> Floats:
    """Return places of 7 to 10 models, and of the next."""
    x = np.sort(rng.uniform(0, years, rng.integers(7, 11)))
    return np.append(x, x[-1] + rng.uniform(0.1, 0.6))


def _seen(
    rng: np.random.Generator, scatter: float, start: float, years: float
) -> tuple[Seen, Floats, Floats]:
    x = _places(rng, years)
    error = rng.uniform(*ERRORS, x.size)
    noise = np.sqrt(SHARED) * rng.normal() + np.sqrt(1 - SHARED) * rng.normal(size=x.size)
    y = start + PACE * x + scatter * rng.normal(size=x.size) + error * noise
    below = y[:-1] < 0
    usual = float(np.sqrt(np.mean(error[:-1] ** 2)))
    seen = Seen(x[:-1], np.where(below, 0.0, y[:-1]), -below.astype(int), error[:-1], SHARED, usual)
    return seen, x, y


def ladder(rng: np.random.Generator, scatter: float) -> Outcome | None:
    """Return the forecast of the next model of a ladder well within its tasks."""
    seen, x, y = _seen(rng, scatter, 5.0, 2.5)
    return Outcome(fitted(seen, x[-1]).forecast, y[-1]) if not seen.side.any() else None


def bounded(rng: np.random.Generator, scatter: float) -> Outcome | None:
    """Return the forecast of the next model of a ladder of which early models lie below one minute."""
    seen, x, y = _seen(rng, scatter, -2.0, 4.5)
    if (seen.side == 0).sum() < LEAST_MODELS or not seen.side.any():
        return None
    return Outcome(fitted(seen, x[-1]).forecast, y[-1])


def attempts(rng: np.random.Generator, scatter: float) -> Outcome | None:
    """Return the forecast of the next model from attempts; None where its own time horizon is no number."""
    x = _places(rng, 2.5)
    level = OWN_LEVEL + PACE * x + scatter * rng.normal(size=x.size)
    family = np.sort(
        np.concatenate([np.arange(N_FAMILIES), rng.integers(0, N_FAMILIES, N_TASKS - N_FAMILIES)])
    )
    doublings = rng.uniform(0, 10.5, N_TASKS)
    ease = rng.normal(0, FAMILY, N_FAMILIES)[family] + rng.normal(0, TASK, N_TASKS)
    logits = SLOPE * (level[:, None] - doublings) + ease + rng.normal(0, MODEL_TASK, (x.size, N_TASKS))
    k = rng.binomial(N_RUNS, 1 / (1 + np.exp(-logits)))
    names = [f"m{i}" for i in range(x.size)]
    horizons = suite(asked(_source(names, family, doublings, k), people=False), 50, DRAWS, 0)
    observed = horizons.observed(names[-1])
    if not isinstance(observed, Observed) or observed.side:
        return None
    try:
        made = forecast_level(horizons, dict(zip(names[:-1], x, strict=False)), x[-1])
    except NoAnswer:
        return None
    return Outcome(made.forecasts[LAW], observed.doublings)


def _source(names: list[str], family: Floats, doublings: Floats, k: Floats) -> Source:
    own = {"task_id": [f"t{j}" for j in range(N_TASKS)], "task_family": [f"f{f}" for f in family]}
    cells = {"model": np.repeat(names, N_TASKS), **{key: value * len(names) for key, value in own.items()}}
    same = {"metric": "score", "harness_id": "default", "elicitation": "default", "n": N_RUNS}
    counts = pl.DataFrame(cells | same | {"k": k.ravel().astype(float)})
    times = {"metric": "score", "human_minutes": 2.0**doublings, "human_source": "baseline"}
    return Source(
        cells=validate(counts, CELLS, "cells"), tasks=validate(pl.DataFrame(own | times), TASKS, "tasks")
    )


DESIGNS: dict[str, Callable[[np.random.Generator, float], Outcome | None]] = {
    "ladder": ladder,
    "bounded": bounded,
    "attempts": attempts,
}


def shares(design: str, scatter: float, worlds: int, seed: int = 0) -> dict[str, float]:
    """Return the share of outcomes inside each central interval, and beyond the widest on either side."""
    rng = np.random.default_rng([seed, sum(design.encode()), round(100 * scatter)])
    drawn = (DESIGNS[design](rng, scatter) for _ in range(worlds))
    pits = np.array([one.pit for one in drawn if one is not None])
    inside = {f"{level:.0%}": float(np.mean(np.abs(pits - 0.5) < level / 2)) for level in LEVELS}
    return (
        {"worlds": pits.size}
        | inside
        | {"below": float(np.mean(pits < 0.05)), "above": float(np.mean(pits > 0.95))}
    )


def main() -> None:
    """Print one line per design and scatter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("designs", nargs="*", default=list(DESIGNS))
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--scatter", type=float, nargs="*", default=[0.5, 1.0])
    options = parser.parse_args()
    for design in options.designs:
        for scatter in options.scatter:
            begun = time.process_time()
            found = shares(design, scatter, options.worlds)
            told = ", ".join(f"{name} {value:.3f}" for name, value in found.items() if name != "worlds")
            spent = time.process_time() - begun
            print(f"{design}, scatter {scatter:g}, {found['worlds']:.0f} worlds: {told} ({spent:.0f} CPU s)")  # noqa: T201


if __name__ == "__main__":
    main()
