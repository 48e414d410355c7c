"""Success against budget on worlds whose truth is known: how often the 90 % bands hold it.

python -m tests.characteristics.budgets [DESIGN...] [--worlds N] [--store]

In each world tasks are drawn, then attempts at them; the truth is the share of success that fresh attempts at
the same tasks, each as often, would have by a budget. Worlds have a seed each, so a figure can be had again.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, ndtr

from tasklaws.assess.budget.bands import bands
from tasklaws.assess.budget.survival import CUT, FAILURE, SUCCESS, incidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "reference" / "budget-bands.json"
WORLDS = 1000
MEDIAN = 1000.0
"""Tokens by which half of the attempts that succeed have done so, in the middle task."""
LOW, HIGH = 0.87, 0.93
"""Where the coverage of 90 % bands is to lie."""
PLACES = (0.1, 0.25, 0.5, 0.75, 1.0)
"""Budgets that are looked at, between a tenth of the largest limit (0) and it (1), evenly in logarithms."""


@dataclass(frozen=True)
class Design:
    """How worlds are drawn; times are tokens, spreads those of natural logarithms."""

    name: str
    n: int = 120
    """Attempts of the family."""
    tasks: int = 8
    repeats: int = 1
    """Attempts at one question."""
    uneven: float = 1.0
    """Attempts at a task, over those at the task before it."""
    law: str = "lognormal"
    """Of tokens to success, or `loglogistic`."""
    width: float = 0.8
    """Spread of log tokens within a task."""
    apart: float = 0.6
    """Spread of log medians between tasks."""
    odds: float = 1.0
    """Mean log-odds that an attempt would succeed without any limit; the rest submits a failure."""
    odds_apart: float = 1.0
    """Their spread between tasks."""
    questions_apart: float = 0.0
    """Their spread between questions of a task."""
    cut: tuple[float, ...] = (0.3,)
    """Share of attempts that each limit would cut; attempts have these limits in turn."""
    errors: float = 0.0
    """Rate of cuts by errors, per MEDIAN tokens."""


DESIGNS = (
    Design("log-normal, 120 attempts"),
    Design("log-logistic, 120 attempts", law="loglogistic", width=0.5),
    Design("40 attempts at 4 tasks", n=40, tasks=4),
    Design("40 attempts at 8 tasks", n=40),
    Design("48 attempts at 12 tasks", n=48, tasks=12),
    Design("400 attempts at 12 tasks", n=400, tasks=12),
    Design("400 attempts at 4 tasks, 60 % cut", n=400, tasks=4, cut=(0.6,)),
    Design("60 % cut", cut=(0.6,)),
    Design("10 % cut", cut=(0.1,)),
    Design("tasks far apart", apart=1.5, odds_apart=2.5),
    Design("tasks alike", apart=0.0, odds_apart=0.0),
    Design("tasks far apart and uneven, 54 attempts", 54, 5, odds=-2.0, odds_apart=3.0, uneven=1.8),
    Design("tasks far apart and uneven, 200 attempts", 200, 8, odds=-2.0, odds_apart=3.0, uneven=1.5),
    Design("nearly all or none, 40 attempts at 8 tasks", n=40, odds_apart=6.0),
    Design("most never succeed", odds=-1.5),
    Design("rare success, 40 attempts", n=40, tasks=4, odds=-3.0),
    Design("rare success, 400 attempts", n=400, tasks=8, odds=-3.0),
    Design("nearly all succeed", odds=3.0, cut=(0.1,)),
    Design("two limits", cut=(0.2, 0.6)),
    Design("three limits, 40 attempts", n=42, tasks=6, cut=(0.1, 0.35, 0.6)),
    Design("limit and errors", cut=(0.3,), errors=0.2),
    Design("two limits and errors, log-logistic", 200, 10, law="loglogistic", width=0.5, cut=(0.1, 0.5),
           errors=0.2),
    Design("few questions in 5 epochs", n=80, tasks=4, repeats=5, questions_apart=1.5),
    Design("questions in 5 epochs", n=200, tasks=5, repeats=5, questions_apart=1.5),
    Design("questions in 4 epochs, 400 attempts", n=400, tasks=10, repeats=4, questions_apart=1.5,
           cut=(0.2, 0.5)),
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Attempts of one world and its truth."""

    amount: Floats
    kind: NDArray[np.int64]
    task: NDArray[np.int64]
    question: NDArray[np.int64]
    budgets: Floats
    truth: Floats


def draw(design: Design, rng: np.random.Generator) -> World:
    """Return one world."""
    task, question = _places(design)
    middle = math.log(MEDIAN) + rng.normal(0, design.apart, design.tasks)
    odds = design.odds + rng.normal(0, design.odds_apart, design.tasks)
    own = rng.normal(0, design.questions_apart, int(question.max()) + 1)
    wins = rng.random(design.n) < expit(odds[task] + own[question])
    noise = rng.normal(size=design.n) if design.law == "lognormal" else rng.logistic(size=design.n)
    ended = np.exp(middle[task] + design.width * noise)
    limits = np.array([_limit(design, share) for share in design.cut])
    bound = limits[rng.integers(len(limits), size=design.n)]
    errors = rng.exponential(MEDIAN / design.errors, design.n) if design.errors else np.inf
    stop = np.minimum(bound, errors)
    kind = np.where(ended > stop, CUT, np.where(wins, SUCCESS, FAILURE))
    most = limits.max()
    budgets = np.exp(math.log(most / 10) + np.array(PLACES) * math.log(10))
    shares = np.bincount(task, minlength=design.tasks) / design.n
    truth = (shares * _rate(design, odds)) @ _by(design, middle[:, None], budgets[None, :])
    return World(np.minimum(ended, stop), kind.astype(np.int64), task, question, budgets, truth)


def _places(design: Design) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the task and the question of each attempt."""
    parts = design.uneven ** np.arange(design.tasks)
    ends = np.round(np.cumsum(parts) / parts.sum() * design.n)
    task = np.searchsorted(ends, np.arange(design.n), side="right")
    nth = np.arange(design.n) - np.concatenate([[0], ends])[task].astype(int)
    return task, np.unique(task * design.n + nth // design.repeats, return_inverse=True)[1]


def _by(design: Design, middle: Floats, budget: Floats) -> Floats:
    """Return the share of ends by a budget, of the tasks with these log medians."""
    z = (np.log(budget) - middle) / design.width
    return np.asarray(ndtr(z) if design.law == "lognormal" else expit(z))


def _rate(design: Design, odds: Floats) -> Floats:
    """Return each task's chance of success without limits, over fresh questions."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    rates = expit(odds[:, None] + design.questions_apart * nodes[None, :])
    return np.asarray(rates @ weights / weights.sum())


def _limit(design: Design, share: float) -> float:
    """Return the limit that cuts this share of attempts over all worlds, but for errors."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    middles = math.log(MEDIAN) + design.apart * nodes[:, None]
    grid = np.exp(np.linspace(math.log(MEDIAN) - 8, math.log(MEDIAN) + 8, 2001))
    by = weights @ _by(design, middles, grid[None, :]) / weights.sum()
    return float(np.interp(1 - share, by, grid))


def outcome(design: Design, world: int) -> tuple[NDArray[np.bool_], Floats, Floats]:
    """Return of each budget of one world whether the band holds the truth, its width, and the error."""
    seed = int.from_bytes(hashlib.sha256(design.name.encode()).digest()[:4], "big")
    one = draw(design, np.random.default_rng([world, seed]))
    found = incidence(one.amount, one.kind, one.budgets)
    lower, upper = bands(found, one.task, one.question)
    return (lower <= one.truth) & (one.truth <= upper), upper - lower, found.success - one.truth


def rows(design: Design, worlds: int = WORLDS) -> list[dict[str, Any]]:
    """Return the row of each budget of a design: coverage with its Monte-Carlo error, width, bias."""
    told = [outcome(design, world) for world in range(worlds)]
    held, width, error = (np.array([one[i] for one in told], dtype=float) for i in range(3))
    truth = np.array(
        [draw(design, np.random.default_rng([w, 1])).truth for w in range(min(worlds, 100))]
    ).mean(axis=0)
    return [
        {
            "design": design.name, "place": place, "worlds": worlds,
            "truth": round(float(truth[i]), 4), "coverage": float(held[:, i].mean()),
            "se": math.sqrt(held[:, i].mean() * (1 - held[:, i].mean()) / worlds),
            "width": round(float(width[:, i].mean()), 4), "bias": round(float(error[:, i].mean()), 4),
        }
        for i, place in enumerate(PLACES)
    ]  # fmt: skip


def line(row: dict[str, Any]) -> str:
    """Return a row of the table in words."""
    told = f"{100 * row['coverage']:.1f} ± {100 * row['se']:.1f}"
    shares = " | ".join(f"{row[name]:.3f}" for name in ("truth", "bias", "width"))
    return f"| {row['design']} | {row['place']:g} | {shares} | {told} |"


def code_hash() -> str:
    """Return the SHA-256 of what the figures rest on: the estimate, the bands and this file, words aside."""
    here = ROOT / "src" / "tasklaws" / "assess" / "budget"
    found = hashlib.sha256()
    for path in (here / "survival.py", here / "bands.py", Path(__file__)):
        found.update(ast.dump(_without_words(ast.parse(path.read_text(encoding="utf-8")))).encode() + b"\0")
    return found.hexdigest()


def _without_words(tree: ast.Module) -> ast.Module:
    """Return the code less its docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [one for one in node.body if not _is_text(one)]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


HEAD = """# Bands of success against budget: how often they hold the truth

Written by `python -m tests.characteristics.budgets --store`; do not edit. {worlds} worlds of each of
{designs} designs, 90 % pointwise bands. The truth is the success of fresh attempts at the same tasks, each
as often as it was tried; coverage is averaged over how tasks are drawn. A place is a budget: 0 is a tenth of
the largest limit and 1 that limit, evenly in its logarithm. `truth` is the mean over worlds, `bias` that of
the estimate.

* Over all {cells} cells the bands hold the truth in {overall:.1f} % of worlds; {held} cells lie within 87
  to 93 %. Of the {many} cells in which at least {LEAST} successes and {LEAST} failures are expected,
  {inside} do; the worst of them: {worst_sure}.
* The farthest from 90 % of all: {worst}.
* Where hardly any success is expected, the count is nearly always 0 and its band too wide. Where most of few
  attempts were cut below the budget, it is a little too narrow.

| design | place | truth | bias | width | coverage, % ± standard error |
|---|---:|---:|---:|---:|---:|
"""
LEAST = 2
"""Successes expected, from which on a cell is no corner."""


def expected(row: dict[str, Any]) -> float:
    """Return the successes or the failures that are expected of a cell, whichever are fewer."""
    (n,) = (design.n for design in DESIGNS if design.name == row["design"])
    return float(n * min(row["truth"], 1 - row["truth"]))


def within(row: dict[str, Any]) -> bool:
    """Return whether the coverage of a cell is as asked."""
    return bool(LOW <= row["coverage"] <= HIGH)


def page(told: dict[str, Any]) -> str:
    """Return the page of a stored table."""
    cells = told["rows"]
    sure = [row for row in cells if expected(row) >= LEAST]
    head = HEAD.format(
        worlds=told["worlds"],
        designs=len({row["design"] for row in cells}),
        cells=len(cells),
        overall=100 * sum(row["coverage"] for row in cells) / len(cells),
        held=sum(map(within, cells)),
        many=len(sure),
        inside=sum(map(within, sure)),
        LEAST=LEAST,
        worst=_words(_farthest(cells)),
        worst_sure=_words(_farthest(sure)),
    )
    return head + "\n".join([*map(line, cells), ""])


def _farthest(cells: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return max(cells, key=lambda row: abs(row["coverage"] - 0.9))


def _words(row: dict[str, Any]) -> str:
    told = f"{100 * row['coverage']:.1f} ± {100 * row['se']:.1f} %"
    return f"{row['design']}, place {row['place']:g}, truth {row['truth']:.3f}: {told}"


def stored() -> dict[str, Any]:
    """Return the stored table."""
    told: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return told


def store(rows_: Sequence[dict[str, Any]], worlds: int) -> None:
    """Write the table and its page."""
    told = {"code": code_hash(), "worlds": worlds, "rows": list(rows_)}
    TABLE.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    TABLE.with_suffix(".md").write_text(page(told), encoding="utf-8")


def main() -> None:
    """Run the designs that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--store", action="store_true", help="write the page in docs/reference")
    asked = parser.parse_args()
    told: list[dict[str, Any]] = []
    for design in DESIGNS:
        if not asked.names or design.name in asked.names:
            told += rows(design, asked.worlds)
            print(*map(line, told[-len(PLACES) :]), sep="\n", flush=True)  # noqa: T201
    if asked.store:
        store(told, asked.worlds)


if __name__ == "__main__":
    main()
