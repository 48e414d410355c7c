"""Fits of scaling forms beside SciPy's bounded ``curve_fit``: CPU time, and whose objective is lower.

``python -m benchmarks.curve_fits [--cells N] [OUT.json]`` fits every form that 20 points can carry three
ways: by ``curve_fit``, by one descent from the same start, and by the multi-start that ``fit_batch`` is.
Goals: 80 times as fast by one descent, 25 times by multi-start, and no cell worse than ``curve_fit``.

``python -m benchmarks.curve_fits --start`` times new processes until each has fitted 100 logistic laws.
Goal: less than a second once an earlier process has compiled.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import curve_fit

from tasklaws.forms import FORMS
from tasklaws.infer.curves.compiled import compiled
from tasklaws.infer.curves.descent import SETTLED
from tasklaws.infer.curves.fit import ROUNDS, Fits, fit_batch, kernel_batch
from tasklaws.infer.curves.kernel_types import Sides
from tasklaws.infer.curves.layout import Box, box
from tasklaws.infer.curves.multistart import effort_of, search_all
from tasklaws.infer.curves.problem import Options, Points, remembered

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from numpy.random import Generator
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.form import Form, Parameter

CELLS, POINTS, SEED = 10_000, 20, 7

FREED = {"logistic, freed": ("floor", "reach")}
"""A form under a second name, with parameters fitted that it fixes by default."""

LAWS = (*(name for name in FORMS if name != "broken_power"), *FREED)
"""What is fitted: every form but the one that needs more than 20 points."""

NOISE = (1e-4, 0.02, 0.1)
FEW_SHARE, FEW = 0.15, (2, 3, 4, 5, 6)
"""Share of the cells of which few points are known, and how many those are."""

HEIGHTS = {"loss": (1.8, 4.2), "rate": (0.0, 1.0), "any": (0.0, 1.0)}
"""Lowest and highest values, by what the form is a law of; losses in nats per token."""

STEEPNESS, NUMBERS = (0.2, 20.0), (-4.0, 8.0)
"""Slopes per span of the data, and plain numbers, of the curves that are drawn."""

PARTS = 5
"""Parts of ``curve_fit``'s work; ours is timed after each of them, so that both see the same machine."""

WORSE, NOTHING = 1e-6, 1e-10
"""An objective is worse than another if it is larger by more than this share of it and this much."""

FIRST_ONLY = np.array([1, 0, 1])
"""Effort of one descent."""


@dataclass(frozen=True)
class Cells:
    """Problems of one form."""

    name: str
    form: Form
    points: Points
    options: Options

    @classmethod
    def drawn(cls, name: str, count: int, seed: int = SEED) -> Self:
        """Return `count` cells of the law `name`: its own curves with noise, and shapes that suit no law."""
        rng = np.random.default_rng([seed, *name.encode()])
        form = FORMS[name.partition(",")[0]]
        x = np.sort(rng.uniform(18.0, 23.0, (len(form.covariates), POINTS)), axis=1)
        x[1:] = rng.permuted(x[1:], axis=1)
        known_stage = {"irreducible": 1.7, "amount": 0.8, "exponent": 0.3, "origin": float(x[0].mean())}
        options = Options(
            "gaussian", fixed=known_stage if name == "two_stage" else {}, freed=FREED.get(name, ())
        )
        y = _values(form, x, options, count, rng)
        known = np.ones((count, POINTS))
        for b in np.flatnonzero(rng.uniform(size=count) < FEW_SHARE):
            known[b, rng.permutation(POINTS)[rng.choice(FEW) :]] = 0.0
        return cls(name, form, Points(x, y, known), options)

    @cached_property
    def box(self) -> Box:
        """Return bounds and starts of every cell."""
        return box(self.form, self.points.filled(), self.options)

    @cached_property
    def weight(self) -> Floats:
        """Return how much each point counts."""
        return np.asarray(remembered(self.form, self.points).weight)

    def fits(self) -> Fits:
        """Return the laws as anybody gets them."""
        return fit_batch(self.form, self.points, self.options)

    def descents(self, *, first_only: bool = False) -> Floats:
        """Return what the compiled search reaches, in cells with fewer points than parameters too."""
        edge, curve = self.box, compiled(self.form.curve)
        starts = np.ascontiguousarray(edge.starts[:, :1]) if first_only else edge.starts
        effort = FIRST_ONLY if first_only else effort_of(edge)
        count = len(self.points.y)
        lowest, status = np.empty(count), np.empty(count, dtype=np.int64)
        search_all(
            curve.real, curve.complex, kernel_batch(self.form, self.points, self.options),
            Sides(edge.lower, edge.upper, edge.held), starts, effort, ROUNDS, SETTLED,
            np.empty_like(edge.lower), lowest, status,
        )  # fmt: skip
        return lowest

    def ours(self) -> Floats:
        """Return the objectives of our laws; of the search alone where there are too few points for a law."""
        found = self.fits().objective
        return np.where(np.isnan(found), self.descents(), found)

    def theirs(self, cell: int) -> float:
        """Return the objective that ``curve_fit`` reaches from our first start; infinite where it fails."""
        edge, known = self.box, self.points.known[cell]
        x, y, weight = self.points.x[:, known], self.points.y[cell, known], self.weight[cell, known]
        free = np.flatnonzero((edge.upper > edge.lower)[cell] & ~edge.held)
        params = edge.starts[cell, 0].copy()

        def curve(_: Floats, *values: float) -> Floats:
            params[free] = values
            return self.form.curve(x, params)

        bounds = edge.lower[cell, free], edge.upper[cell, free]
        sigma = None if self.form.memory is None else weight**-0.5
        try:
            best, _ = curve_fit(curve, x, y, params[free], sigma, bounds=bounds)
        except (RuntimeError, ValueError):
            return np.inf
        return float(0.5 * (weight * (curve(x, *best) - y) ** 2).sum())


def _values(form: Form, x: Floats, options: Options, count: int, rng: Generator) -> Floats:
    """Return what is observed at `x`, of shape (cells, points)."""
    low, high = HEIGHTS[form.outcome]
    corners = np.resize([low, high], (1, POINTS))
    edge = box(form, Points(x, corners, np.ones((1, POINTS))), options)

    def law() -> Floats:
        drawn = [_parameter(parameter, low, high, x, rng) for parameter in form.parameters]
        curve = form.curve(x, np.clip(drawn, edge.lower[0], edge.upper[0]))
        return curve + rng.normal(0.0, rng.choice(NOISE), POINTS)

    def outlier() -> Floats:
        return law() + (high - low) * (np.arange(POINTS) == rng.integers(POINTS))

    def between(shares: Floats) -> Floats:
        return low + (high - low) * shares

    shapes: tuple[Callable[[], Floats], ...] = (
        lambda: between(np.full(POINTS, rng.uniform())),
        lambda: between(1.0 * (x[0] > rng.uniform(x[0].min(), x[0].max()))),
        lambda: between(rng.uniform(size=POINTS)),
        lambda: between(np.sort(rng.uniform(size=POINTS))),
        lambda: between(np.sort(rng.uniform(size=POINTS))[::-1]),
        outlier,
        law,
        law,
        law,
        law,
    )
    y = np.stack([shapes[rng.integers(len(shapes))]() for _ in range(count)])
    return np.clip(y, 0.01, None) if form.outcome == "loss" else np.clip(y, 0.0, 1.0)


def _parameter(parameter: Parameter, low: float, high: float, x: Floats, rng: Generator) -> float:
    """Return a value that makes a curve with something to see, whatever the starts of the searches are."""
    place = x[parameter.of]
    match parameter.unit:
        case "rate" | "loss":
            return rng.uniform(0.0, max(low, 1.0))
        case "amount":
            return rng.uniform(0.0, high - low)
        case "x":
            return rng.uniform(place.min(), place.max())
        case "per_x":
            return np.exp(rng.uniform(*np.log(STEEPNESS))) / np.ptp(place)
        case _:
            return rng.uniform(*NUMBERS)


def worse(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Return where objectives are worse than others."""
    return np.asarray(one > other * (1.0 + WORSE) + NOTHING)


def compare(name: str, count: int, seed: int = SEED) -> dict[str, Any]:
    """Return CPU times per cell, in microseconds, and how often one way of fitting is worse than another."""
    cells, warm = Cells.drawn(name, count, seed), Cells.drawn(name, 2, seed)
    _timed(lambda: (warm.ours(), warm.descents(first_only=True), warm.theirs(0), cells.box, cells.weight))
    theirs, peer, one, many = [], 0.0, [], []
    for part in np.array_split(np.arange(count), PARTS):
        found, seconds = _timed(lambda part=part: [cells.theirs(b) for b in part])
        theirs += found
        peer += seconds
        single, seconds = _timed(lambda: cells.descents(first_only=True))
        one.append(seconds)
        fits, seconds = _timed(cells.fits)
        many.append(seconds)
    theirs, ours = np.array(theirs), cells.ours()
    seconds = {"curve_fit": peer, "one": statistics.median(one), "many": statistics.median(many)}
    return {
        "law": name,
        "cells": count,
        **{f"{key}_us": 1e6 * value / count for key, value in seconds.items()},
        "ratio_one": peer / seconds["one"],
        "ratio_many": peer / seconds["many"],
        "worse_one": int(worse(single, theirs).sum()),
        "worse_many": int(worse(ours, theirs).sum()),
        "worse_curve_fit": int(worse(theirs, ours).sum()),
        "failed_curve_fit": int(np.isinf(theirs).sum()),
        "status": dict(Counter(fits.status(b) for b in range(count))),
    }


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return what `work` returns and the CPU seconds it takes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        start = time.process_time()
        result = work()
        return result, time.process_time() - start


def total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the row of all laws: sums of times and counts, ratios of sums."""
    cells = sum(row["cells"] for row in rows)
    times = ("curve_fit_us", "one_us", "many_us")
    us = {key: sum(row[key] * row["cells"] for row in rows) / cells for key in times}
    counts = ("worse_one", "worse_many", "worse_curve_fit", "failed_curve_fit")
    return {
        "law": "all",
        "cells": cells,
        **us,
        "ratio_one": us["curve_fit_us"] / us["one_us"],
        "ratio_many": us["curve_fit_us"] / us["many_us"],
        **{key: sum(row[key] for row in rows) for key in counts},
        "status": dict(sum((Counter(row["status"]) for row in rows), Counter())),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Return the rows as text."""
    widths = {key: max(10, len(key)) for key in rows[0] if key not in {"law", "status"}}
    lines = [f"{'law':18}" + "".join(f"  {key:>{width}}" for key, width in widths.items()) + "  status"]
    for row in rows:
        numbers = (f"  {row[key]:>{width}.4g}" for key, width in widths.items())
        ended = ", ".join(f"{key} {value}" for key, value in sorted(row["status"].items()))
        lines.append(f"{row['law']:18}" + "".join(numbers) + f"  {ended}")
    return "\n".join(lines)


FIRST_FIT = """
import json, time
wall, cpu = [time.perf_counter()], [time.process_time()]
def mark():
    wall.append(time.perf_counter())
    cpu.append(time.process_time())
import numpy as np
from tasklaws.forms import FORMS
from tasklaws.infer.curves.fit import fit_batch
from tasklaws.infer.curves.problem import Points
mark()
x = np.linspace(18.0, 23.0, 20)[None]
rates = np.random.default_rng(0).binomial(100, 1 / (1 + np.exp(20.5 - x)), (100, 20)) / 100
fits = fit_batch(FORMS["logistic"], Points(x, rates, np.full((100, 20), 100.0)))
mark()
assert np.isfinite(fits.params).all()
print(json.dumps({"wall": np.diff(wall).tolist(), "cpu": np.diff(cpu).tolist()}))
"""
STARTS = 7


def first_fit(environment: dict[str, str]) -> dict[str, float]:
    """Return wall and CPU seconds of a new process until 100 laws are fitted, and of its parts."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", FIRST_FIT], env=environment, capture_output=True, text=True, check=True
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    inside = json.loads(done.stdout)
    return {
        "process_wall": wall,
        "process_cpu": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime,
        **{f"imports_{clock}": inside[clock][0] for clock in inside},
        **{f"first_fit_{clock}": inside[clock][1] for clock in inside},
    }


def starts() -> dict[str, dict[str, float]]:
    """Return the times of the very first process, which compiles, and the medians of later ones."""
    with tempfile.TemporaryDirectory() as compiled_code:
        environment = os.environ | dict.fromkeys(("NUMBA_CACHE_DIR", "PYTHONPYCACHEPREFIX"), compiled_code)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        first = first_fit(environment)
        later = [first_fit(environment) for _ in range(STARTS)]
    return {
        "compiling": first,
        "later": {key: statistics.median(run[key] for run in later) for key in first},
    }


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", nargs="?", type=Path, help="JSON file to write")
    parser.add_argument("--cells", type=int, default=CELLS, help="cells of all forms together")
    parser.add_argument("--start", action="store_true", help="time new processes instead")
    asked = parser.parse_args()
    result: Any
    if asked.start:
        result = starts()
        for name, seconds in result.items():
            print(f"{name:10}" + "".join(f"  {key} {value:.3f} s" for key, value in seconds.items()))
    else:
        sizes = [len(part) for part in np.array_split(np.arange(asked.cells), len(LAWS))]
        result = [compare(name, size) for name, size in zip(LAWS, sizes, strict=True)]
        result.append(total(result))
        print(table(result))
    if asked.out:
        asked.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
