"""Comparisons of two models on worlds whose truth is known: how often the 95 % intervals hold it.

python -m tests.characteristics.comparisons [DESIGN...] [--worlds N] [--store]

In each world families are drawn, tasks in them, and attempts at these. Both readings are held against their
truth: the mean difference of all families that could be drawn, and that of the very tasks that were. Designs
with `detect` have the true difference that should be told from none in 80 % of worlds.
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
from scipy.optimize import brentq
from scipy.special import expit, logit
from tests.characteristics.budgets import _without_words

from tasklaws.assess.comparison.attempts import Pairs, Side, on_these_tasks
from tasklaws.assess.comparison.power import interval, minimum_detectable, p_value
from tasklaws.assess.comparison.readings import on_tasks_like_these, sampling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "reference" / "comparisons.json"
HASHED = ("attempts", "clustered", "power", "readings", "reference")
WORLDS = 2000
LEVEL = 0.95
LOW, HIGH = 0.93, 0.97
"""Where the coverage of 95 % intervals is to lie."""
POWER_LOW, POWER_HIGH = 0.77, 0.83
"""Where the chance to tell a minimum detectable difference is to lie."""
PILOT = 1500
"""Worlds from which the standard error behind a minimum detectable difference is taken."""
NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(31)
MASS = _WEIGHTS / _WEIGHTS.sum()
FEW = 5.0
"""Successes, or failures, expected of a model in all; with fewer a design is a corner."""


@dataclass(frozen=True)
class Design:
    """How worlds are drawn; effects and spreads are in logits."""

    name: str
    families: int = 10
    tasks: tuple[int, int] = (2, 6)
    """Fewest and most in a family."""
    n: int = 20
    """Attempts of A at a task."""
    n_b: int = 0
    """Of B, where they are others."""
    base: float = 0.5
    """Success of B at the middle task."""
    effect: float | None = 0.3
    """What A has over B in the middle family; None: so much that there is no difference over all families."""
    apart: float = 0.5
    """Spread of that between families."""
    tasks_apart: float = 0.3
    """Between tasks of one family."""
    hardness: float = 0.5
    """Spread of success between tasks, half of it (in variance) between families."""
    instances: float = 0.0
    """Spread between instances, which both models are asked; 0: attempts share nothing."""
    steps: int = 1
    """A score is so many successes over their number: 1 where it is 0 or 1."""
    weights: str = "family"
    """What counts alike: family or task; or harmonic: the k-th family counts 1 / k."""
    detect: bool = False
    """The true difference is the minimum detectable one."""


DESIGNS = (
    Design("10 families"),
    Design("3 families", families=3),
    Design("4 families", families=4),
    Design("6 families", families=6),
    Design("40 families", families=40),
    Design("10 families of one task", tasks=(1, 1)),
    Design("3 families of 2 to 20 tasks, per task", families=3, tasks=(2, 20), weights="task"),
    Design("5 families of 2 to 20 tasks, per task", families=5, tasks=(2, 20), weights="task"),
    Design("10 families of 2 to 20 tasks, per task", tasks=(2, 20), weights="task"),
    Design("40 families of 2 to 20 tasks, per task", families=40, tasks=(2, 20), weights="task"),
    Design("3 families, harmonic weights", families=3, weights="harmonic"),
    Design("5 families, harmonic weights", families=5, weights="harmonic"),
    Design("10 families, harmonic weights", weights="harmonic"),
    Design("families alike", apart=0.0, tasks_apart=0.0),
    Design("3 families alike, 2 to 20 tasks, per task", 3, (2, 20), apart=0.0, tasks_apart=0.0,
           weights="task"),
    Design("families far apart", apart=1.0),
    Design("3 families far apart", families=3, apart=1.0),
    Design("40 families far apart", families=40, apart=1.0),
    Design("success .05", base=0.05),
    Design("success .95", base=0.95),
    Design("success .05, far apart, 40 families", families=40, base=0.05, apart=1.0),
    Design("success .05, 5 attempts", base=0.05, n=5),
    Design("success .05, 5 attempts, 4 small families", families=4, tasks=(2, 4), base=0.05, n=5),
    Design("5 attempts", n=5),
    Design("2 attempts", n=2),
    Design("1 attempt", n=1),
    Design("200 attempts", n=200),
    Design("30 attempts of A, 5 of B", n=30, n_b=5),
    Design("paired", instances=1.5),
    Design("paired, 5 instances", n=5, instances=1.5),
    Design("paired, success .1, 10 instances", n=10, instances=1.5, base=0.1),
    Design("graded in quarters", n=10, steps=4),
    Design("tasks of very unequal success", hardness=2.5, apart=1.0),
    Design("4 families far apart, 2 to 20 tasks, per task", 4, (2, 20), apart=1.0, weights="task"),
    Design("10 families far apart, harmonic weights", apart=1.0, weights="harmonic"),
    Design("success .05, far apart, 3 families", 3, base=0.05, apart=1.0),
    Design("success .05, far apart, 6 families, harmonic weights", 6, base=0.05, apart=1.0,
           weights="harmonic"),
    Design("success .95, far apart, 6 families", 6, base=0.95, apart=1.0),
    Design("no difference", effect=None),
    Design("no difference, 3 families", families=3, effect=None),
    Design("no difference, 6 families, far apart", families=6, effect=None, apart=1.0),
    Design("no difference, harmonic weights", effect=None, weights="harmonic"),
    Design("no difference, success .1", base=0.1, effect=None),
    Design("no difference, families alike, paired", effect=None, apart=0.0, tasks_apart=0.0, instances=1.5),
    Design("detectable", detect=True),
    Design("detectable, 6 families", families=6, detect=True),
    Design("detectable, 40 families far apart", families=40, apart=1.0, detect=True),
    Design("detectable, families alike, paired", apart=0.0, tasks_apart=0.0, instances=1.5, detect=True),
    Design("detectable, per task", families=20, tasks=(2, 20), weights="task", detect=True),
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Results of one world, and what is true there."""

    pairs: Pairs
    weights: Floats
    truth: float
    """On the very tasks."""


def _rate(logits: Floats, instances: float) -> Floats:
    """Return the success at tasks, over fresh instances."""
    if not instances:
        return np.asarray(expit(logits))
    return np.asarray(expit(logits[..., None] + instances * NODES) @ MASS)


def population(design: Design, effect: float) -> float:
    """Return the difference over all families that could be drawn."""
    bases = logit(design.base) + design.hardness * NODES[:, None]
    moved = effect + math.hypot(design.apart, design.tasks_apart) * NODES[None, :]
    a, b = _rate(bases + moved, design.instances), _rate(bases + 0 * moved, design.instances)
    return float(MASS @ (a - b) @ MASS)


def effect_for(design: Design, wanted: float) -> float:
    """Return the effect of the middle family by which the difference over all families is `wanted`."""
    return float(brentq(lambda effect: population(design, effect) - wanted, -8, 8, xtol=1e-6))


def draw(design: Design, effect: float, rng: np.random.Generator) -> World:
    """Return one world."""
    sizes = rng.integers(design.tasks[0], design.tasks[1] + 1, design.families)
    family = np.repeat(np.arange(design.families), sizes)
    half = math.sqrt(0.5) * design.hardness
    base = logit(design.base) + half * (
        rng.normal(size=design.families)[family] + rng.normal(size=len(family))
    )
    ahead = effect + design.apart * rng.normal(size=design.families)[family]
    ahead = ahead + design.tasks_apart * rng.normal(size=len(family))
    weights = _weights(design, family, sizes)
    truth = weights @ (_rate(base + ahead, design.instances) - _rate(base, design.instances))
    most = max(design.n, design.n_b)
    own = design.instances * rng.normal(size=(len(family), most))
    a = _scores(design, base + ahead, own[:, : design.n], rng)
    b = _scores(design, base, own[:, : design.n_b or design.n], rng)
    shared, covariance = _together(a, b, paired=design.instances > 0)
    return World(Pairs(family, _side(a), _side(b), shared, covariance), weights, float(truth))


def _weights(design: Design, family: NDArray[np.int64], sizes: NDArray[np.int64]) -> Floats:
    if design.weights == "task":
        return np.full(len(family), 1 / len(family))
    harmonic = design.weights == "harmonic"
    share = 1 / np.arange(1, design.families + 1) if harmonic else np.ones(design.families)
    return np.asarray((share / share.sum() / sizes)[family])


def _scores(design: Design, logits: Floats, own: Floats, rng: np.random.Generator) -> Floats:
    return np.asarray(rng.binomial(design.steps, expit(logits[:, None] + own)) / design.steps)


def _side(scores: Floats) -> Side:
    n = scores.shape[1]
    spread = scores.var(axis=1, ddof=1) if n > 1 else np.full(len(scores), np.nan)
    return Side(np.full(len(scores), float(n)), scores.mean(axis=1), spread)


def _together(a: Floats, b: Floats, *, paired: bool) -> tuple[Floats, Floats]:
    n = a.shape[1]
    if not paired or n == 1:
        return np.zeros(len(a)), np.zeros(len(a))
    moved = ((a - a.mean(axis=1, keepdims=True)) * (b - b.mean(axis=1, keepdims=True))).sum(axis=1)
    return np.full(len(a), float(n)), moved / (n - 1)


@dataclass(frozen=True)
class Told:
    """What came of one world."""

    likely: bool
    """The interval on tasks like these holds the truth."""
    these: bool
    """The interval on these very tasks does."""
    alarm: bool
    """p is below .05, on tasks like these."""
    value: float
    width: float
    width_these: float
    df: float
    successes: float
    """Or failures, of the model that has fewer of either."""


def outcome(design: Design, effect: float, truth: float, world: int) -> Told:
    """Return what came of one world."""
    seed = int.from_bytes(hashlib.sha256(design.name.encode()).digest()[:4], "big")
    one = draw(design, effect, np.random.default_rng([world, seed]))
    drawn = sampling(one.pairs, one.weights, LEVEL)
    found, these = on_tasks_like_these(one.pairs, drawn), on_these_tasks(one.pairs, one.weights)
    (low, high), (least, most) = interval(found, LEVEL), interval(these, LEVEL)
    wins = [min(float(s.n @ s.mean), float(s.n @ (1 - s.mean))) for s in (one.pairs.a, one.pairs.b)]
    return Told(
        low <= truth <= high, least <= one.truth <= most, p_value(found) < 1 - LEVEL,
        found.value, high - low, most - least, found.df, min(wins),
    )  # fmt: skip


def effect_of(design: Design) -> float:
    """Return the effect of the middle family."""
    if design.detect:
        return _detectable(design)
    return effect_for(design, 0.0) if design.effect is None else design.effect


def _detectable(design: Design) -> float:
    """Return the effect whose difference is the minimum detectable one, its own standard error used."""
    effect = 0.0
    for _ in range(3):
        pilot = [outcome(design, effect, 0.0, -world - 1 + 2**32) for world in range(PILOT)]
        se = float(np.std([one.value for one in pilot]))
        wanted = minimum_detectable(se, float(np.median([one.df for one in pilot])), LEVEL)
        effect = effect_for(design, wanted or 1.0)
    return effect


def row(design: Design, worlds: int = WORLDS) -> dict[str, Any]:
    """Return the row of a design: coverage of both readings, alarms, widths and bias."""
    effect = effect_of(design)
    truth = population(design, effect)
    told = [outcome(design, effect, truth, world) for world in range(worlds)]
    return {
        "design": design.name,
        "worlds": worlds,
        "truth": round(truth, 5),
        "bias": round(float(np.mean([one.value for one in told]) - truth), 5),
        "coverage": float(np.mean([one.likely for one in told])),
        "coverage_these": float(np.mean([one.these for one in told])),
        "alarms": float(np.mean([one.alarm for one in told])),
        "width": round(float(np.mean([one.width for one in told])), 4),
        "width_these": round(float(np.mean([one.width_these for one in told])), 4),
        "successes": round(float(np.mean([one.successes for one in told])), 2),
    }


def design_of(one: dict[str, Any]) -> Design:
    """Return the design of a row."""
    (found,) = (design for design in DESIGNS if design.name == one["design"])
    return found


def corner(one: dict[str, Any]) -> bool:
    """Return whether so few successes or failures are expected that intervals can only be too wide."""
    return bool(one["successes"] < FEW)


def skewed(one: dict[str, Any]) -> bool:
    """Return whether few families, far apart, lie near one end of the scale: a t interval is too narrow."""
    design = design_of(one)
    return design.families <= 6 and design.apart >= 1 and not 0.1 <= design.base <= 0.9


def within(one: dict[str, Any], name: str = "coverage") -> bool:
    """Return whether the coverage of a design is as asked."""
    return bool(LOW <= one[name] <= HIGH)


HEAD = """# Comparisons: how often their intervals hold the truth

Written by `python -m tests.characteristics.comparisons --store`; do not edit. {worlds} worlds of each of
{designs} designs, 95 % intervals. Unless a design says otherwise there are 10 families of 2 to 6 tasks, 20
attempts of either model at each, half of them successes of B, and what A has over B is .3 logits with a
spread of .5 between families and .3 between their tasks; every family counts alike. *Like these* holds the
mean difference of all families that could be drawn, *these very* that of the tasks that were.

* On tasks like these the intervals hold the truth in {likely:.1f} % of worlds over all designs, on these
  very tasks in {these:.1f} %. {inside} of the {sure} designs with at least {FEW:g} successes and failures
  expected of either model lie within 93 to 97 % in both readings. {misses}
* Where there is no difference, p is below .05 in {alarms} % of worlds (5 asked).
* A minimum detectable difference is told in {power} % of worlds (80 asked).
* {corners}

| design | truth | bias | width | like these, % | width | these very, % | p < .05, % |
|---|---:|---:|---:|---:|---:|---:|---:|
"""


def page(told: dict[str, Any]) -> str:
    """Return the page of a stored table."""
    rows = told["rows"]
    sure = [one for one in rows if not corner(one)]
    out = [one for one in sure if not (within(one) and within(one, "coverage_these"))]
    head = HEAD.format(
        worlds=told["worlds"],
        designs=len(rows),
        likely=100 * float(np.mean([one["coverage"] for one in rows])),
        these=100 * float(np.mean([one["coverage_these"] for one in rows])),
        inside=len(sure) - len(out),
        sure=len(sure),
        FEW=FEW,
        misses=_misses(out),
        alarms=_range([one["alarms"] for one in rows if design_of(one).effect is None]),
        power=_range([one["alarms"] for one in rows if design_of(one).detect]),
        corners=_corners([one for one in rows if corner(one)]),
    )
    return head + "\n".join([*map(line, rows), ""])


def _misses(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return ""
    told = "; ".join(map(_words, rows))
    return f"The others: {told}. Few families far apart near 0 or 1 differ in a skewed way; the verb warns."


def _corners(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "No design expects fewer."
    return f"With fewer successes intervals are too wide: {'; '.join(map(_words, rows))}."


def _range(shares: Sequence[float]) -> str:
    return f"{100 * min(shares):.1f} to {100 * max(shares):.1f}"


def _words(one: dict[str, Any]) -> str:
    return f"{one['design']} ({100 * one['coverage']:.1f} and {100 * one['coverage_these']:.1f} %)"


def line(one: dict[str, Any]) -> str:
    """Return a row of the table in words."""
    figures = (
        f"{one['truth']:.3f}", f"{one['bias']:+.4f}", f"{one['width']:.3f}", f"{100 * one['coverage']:.1f}",
        f"{one['width_these']:.3f}", f"{100 * one['coverage_these']:.1f}", f"{100 * one['alarms']:.1f}",
    )  # fmt: skip
    return f"| {one['design']} | {' | '.join(figures)} |"


def code_hash() -> str:
    """Return the SHA-256 of what the figures rest on: the estimates and this file, words aside."""
    here = ROOT / "src" / "tasklaws" / "assess" / "comparison"
    found = hashlib.sha256()
    for path in (*(here / f"{name}.py" for name in HASHED), Path(__file__)):
        found.update(ast.dump(_without_words(ast.parse(path.read_text(encoding="utf-8")))).encode() + b"\0")
    return found.hexdigest()


def stored() -> dict[str, Any]:
    """Return the stored table."""
    told: dict[str, Any] = json.loads(TABLE.read_text(encoding="utf-8"))
    return told


def store(rows: Sequence[dict[str, Any]], worlds: int) -> None:
    """Write the table and its page."""
    told = {"code": code_hash(), "worlds": worlds, "rows": list(rows)}
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
            told.append(row(design, asked.worlds))
            print(line(told[-1]), flush=True)  # noqa: T201
    if asked.store:
        store(told, asked.worlds)


if __name__ == "__main__":
    main()
