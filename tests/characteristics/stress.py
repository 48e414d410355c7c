"""Coverage of the intervals of two stress tests: ten times the compute, and a tenth of the budget.

python -m tests.characteristics.stress [WORLDS]

The truth is the mean change over fresh questions of the same families; of a world of twelve families, four of
which were tried at growing effort, over all twelve. A share of the families is saturated: there nothing
changes. In the others the chance of an answer differs from question to question by a beta law, so that best
of n follows the law of effort only in its tail; tokens that an answer takes are lognormal, with a middle that
differs from family to family, and a share of attempts is cut early for reasons of its own.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from math import sqrt
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
from scipy.special import betaln
from scipy.stats import norm

from tasklaws.core.tables import CELLS, RUNS, TASKS
from tasklaws.dossier.stress import SCENARIOS
from tasklaws.dossier.stress._rated import Rated
from tasklaws.study.attempts import cells_of, one_per_task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tasklaws.dossier.figures._seen import Seen

    Floats = NDArray[np.float64]

EFFORTS = 1, 2, 4, 8
TASKS_EACH, QUESTIONS = 3, 10
SATURATED = 0.3
"""Share of families in which nothing changes."""
SPREAD = 0.7
"""Of the log of tokens within a family."""
CUT_EARLY = 0.1
"""Share of attempts that are cut early."""
LIMIT = 1000
"""Tokens of an attempt."""
DESIGNS = (1, 1), (2, 2), (4, 4), (12, 12), (30, 30), (12, 4)
"""Families of a world, and those of them that were tried at growing effort."""


@dataclass(frozen=True)
class MadeUp:
    """The tables of a study of one model."""

    table: pl.DataFrame
    settings: Any = field(
        default_factory=lambda: SimpleNamespace(harness=None, run=SimpleNamespace(harness={}))
    )

    def runs(self) -> pl.DataFrame:
        """Return the attempts."""
        return self.table

    def imported_cells(self) -> pl.DataFrame:
        """Return no cells."""
        return CELLS.empty()

    def tasks(self) -> pl.DataFrame:
        """Return no task records."""
        return TASKS.empty()

    def target_cells(self) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """Return the cells of the greedy elicitation."""
        return one_per_task(cells_of(self.table), "exact", "greedy")


@dataclass(frozen=True)
class Drawn:
    """Families as they were drawn, one entry each."""

    middle: Floats
    """Mean chance of a right answer; 1 where a family is saturated."""
    tokens: Floats
    """Log of the median tokens that an answer takes."""

    @classmethod
    def of(cls, families: int, rng: np.random.Generator) -> Drawn:
        """Draw families."""
        middle = rng.beta(1.2, 1.2, families) * 0.9 + 0.05
        saturated = rng.random(families) < SATURATED
        return cls(np.where(saturated, 1.0, middle), rng.normal(np.log(200), 0.8, families))

    def chances(self, rng: np.random.Generator) -> Floats:
        """Draw the chance of a right answer to each question, of shape (families, questions)."""
        a, b = 2 * self.middle[:, None], np.maximum(2 * (1 - self.middle[:, None]), 1e-9)
        drawn = rng.beta(a, b, (self.middle.size, TASKS_EACH * QUESTIONS))
        return np.where(self.middle[:, None] == 1, 1.0, drawn)


def compute_world(drawn: Drawn, tried: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return greedy answers, and the best of 1, 2, 4 and 8 samples of which the larger hold the smaller."""
    chance = drawn.chances(rng)
    right = rng.random((*chance.shape, max(EFFORTS))) < chance[..., None]
    greedy = _rows("greedy", rng.random(chance.shape) < chance)
    best = [_rows(f"best_of_n@{effort}", right[:tried, :, :effort].any(-1)) for effort in EFFORTS]
    return pl.concat([greedy, *best])


def compute_truth(drawn: Drawn, table: pl.DataFrame) -> Floats:
    """Return the points that the best of ten samples adds to each family."""
    a, b = 2 * drawn.middle, np.maximum(2 * (1 - drawn.middle), 1e-9)
    return np.asarray(100 * (1 - np.exp(betaln(a, b + 10) - betaln(a, b)) - drawn.middle))


def budget_world(drawn: Drawn, tried: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return answers with their tokens, cut at the limit."""
    chance = drawn.chances(rng)
    tokens = rng.lognormal(drawn.tokens[:, None], SPREAD, chance.shape)
    early = rng.random(chance.shape) < CUT_EARLY
    used = np.where(early, tokens * rng.random(chance.shape), tokens)
    right = (rng.random(chance.shape) < chance) & ~early
    outcome = np.where(early | (used > LIMIT), "limit", "submitted")
    counted = np.minimum(np.ceil(used), LIMIT).astype(np.int64)
    return _rows("greedy", right & (used <= LIMIT), counted, outcome)


def budget_truth(drawn: Drawn, table: pl.DataFrame) -> Floats:
    """Return the points that each family loses when attempts end at a tenth of the most that one used."""
    cut = max(table["tokens"]) / 10
    late = [norm.cdf((np.log(limit) - drawn.tokens) / SPREAD) for limit in (np.floor(cut), LIMIT)]
    return np.asarray(100 * drawn.middle * (late[0] - late[1]))


def _rows(elicitation: str, right: Any, tokens: Any = None, outcome: Any = None) -> pl.DataFrame:
    place = np.indices(right.shape).reshape(2, -1)
    task = [f"f{f}/{q // QUESTIONS + 1}" for f, q in place.T]
    columns = {
        "model": "made up", "task_family": [f"f{f}" for f in place[0]], "task_id": task,
        "instance_id": [f"{name}/{q}" for name, q in zip(task, place[1], strict=True)], "epoch": 0,
        "harness_id": "made up", "elicitation": elicitation, "metric": "exact",
        "score": right.ravel().astype(float), "tokens": None if tokens is None else tokens.ravel(),
        "outcome": "submitted" if outcome is None else outcome.ravel(),
    }  # fmt: skip
    empty = {name: None for name in RUNS.names if name not in columns}
    return pl.DataFrame({**columns, **empty}, schema=RUNS.dtypes())


WORLDS = {
    "inference_compute_x10": (compute_world, compute_truth),
    "budget_cut": (budget_world, budget_truth),
}


def measured(scenario: str, families: int, tried: int, worlds: int) -> tuple[float, float, float]:
    """Return the coverage of 90 % intervals, their mean width, and the mean error of the effect (points)."""
    make, tell = WORLDS[scenario]
    rows, truths = [], []
    for seed in range(worlds):
        rng = np.random.default_rng([seed, families, tried])
        drawn = Drawn.of(families, rng)
        table = make(drawn, tried, rng)
        truths.append(float(tell(drawn, table).mean()))
        rows.append(SCENARIOS[scenario].row(Rated(cast("Seen", MadeUp(table)), "made up")))
    lower, effect, upper = (np.array([row[key] for row in rows]) for key in ("lower", "effect", "upper"))
    truth = np.array(truths)
    inside = (lower <= truth + 1e-9) & (truth <= upper + 1e-9)
    return float(inside.mean()), float(np.mean(upper - lower)), float(np.mean(effect - truth))


def main() -> None:
    """Print one line for each scenario and number of families."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for scenario in WORLDS:
        for families, tried in DESIGNS[: None if scenario == "inference_compute_x10" else -1]:
            covered, width, bias = measured(scenario, families, tried, worlds)
            error = sqrt(covered * (1 - covered) / worlds)
            print(f"{scenario}, {tried} of {families} families: coverage {covered:.3f} +- {error:.3f}, "  # noqa: T201
                  f"width {width:.1f}, bias {bias:+.2f} points ({worlds} worlds)", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
