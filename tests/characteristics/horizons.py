"""Time horizons on worlds whose truth is known: bias of the plain fit, and coverage of corrected intervals.

python -m tests.characteristics.horizons [DESIGN...] [--worlds N] [--store]

Worlds are drawn one by one, each from a seed of its own, and what came of each is kept in a file, so that a
stopped run goes on where it stopped. The file is of one state of the code: another state begins anew.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import math
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, ndtri
from tests.characteristics import horizons_page

from tasklaws.infer.horizon import logistic
from tasklaws.infer.horizon.cells import HorizonCells, weights
from tasklaws.infer.horizon.mixed import bootstrap_mixed, fit_mixed, tail
from tasklaws.infer.horizon.simex import simex
from tasklaws.theory.frailty import time_at
from tasklaws.theory.horizons import typical_over_marginal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[2]
DRAWS = 200
LEVEL = 0.9
LN2 = math.log(2)
CHUNK = 25
"""Worlds between two writes."""


@dataclass(frozen=True)
class Design:
    """How worlds are drawn. Times are natural logarithms here, as in the formal model."""

    name: str
    what: str
    task_sd: float = 0.0
    """Spread of log-odds between tasks of a family."""
    family_sd: float = 0.0
    noise: float = 0.0
    """Standard deviation of the error of a log time; true ones have 2."""
    told: bool = True
    """Whether the noise is told."""
    shape: float = 0.0
    """Of the Gamma law of hazards that are constant in a run; 0: log-odds are normal instead."""
    padded: float = 0.0
    """Share of tasks that take people 4 to 30 times as long, evenly in the log, and are no harder."""
    drop: bool = False
    """Whether padded tasks are left out."""
    metr: bool = False
    """Whether METR's estimator is run too."""
    worlds: int = 1000
    families: int = 30
    tasks: int = 3
    runs: int = 8
    slope: float = 1.0
    ahead: float = 0.81
    """Log time horizon at one half above the mean log time of tasks."""
    spread: float = 2.0
    """Standard deviation of true log times."""
    covered: tuple[str, ...] = ()
    """Quantities whose coverage is held to the band."""


ALL = ("typical 50", "typical 80", "marginal 80")
DESIGNS = (
    Design("spread .5", "P23, tasks differ by .5 logits", task_sd=0.5, covered=ALL),
    Design("spread 1", "P23, tasks differ by 1 logit", task_sd=1.0, covered=ALL),
    Design("spread 2", "P23, tasks differ by 2 logits", task_sd=2.0, covered=ALL),
    Design(
        "families", "0b.10, families and tasks differ by 1 logit", 1.0, 1.0, metr=True, covered=ALL
    ),
    Design("wide", "tasks and families differ as METR's do: 3 and 2.5 logits, slope 1.4", 3.0, 2.5,
           slope=1.4, covered=ALL),
    *(
        Design(
            f"noise {noise:g}",
            f"P14c, noise {noise:g}, families and tasks differ by .7 logits",
            0.7,
            0.7,
            noise,
            covered=ALL,
        )
        for noise in (0.5, 1.0, 1.5)
    ),
    *(
        Design(f"noise {noise:g}, alike", f"P14c, noise {noise:g}, tasks alike", 0, 0, noise)
        for noise in (0.5, 1.0, 1.5)
    ),
    *(
        Design(f"hazards {shape:g}", f"W11, constant hazards, Gamma {shape:g}", shape=shape)
        for shape in (0.5, 1.0, 2.0)
    ),
    *(
        Design(f"padded, {how}", f"W8, half of the tasks padded; {what}", 0.7, 0.7, told=told, padded=0.5,
               drop=drop)
        for how, what, told, drop in (
            ("unknown", "nobody knows", False, False),
            ("as noise", "the spread that padding brings is told as noise", True, False),
            ("left out", "padded tasks are left out", False, True),
        )
    ),
)  # fmt: skip


def draw(design: Design, rng: np.random.Generator) -> tuple[HorizonCells, Floats]:
    """Return one world's counts, and the errors of its times that are told."""
    family = np.repeat(np.arange(design.families), design.tasks)
    true = rng.normal(0.0, design.spread, family.size)
    rate = _rates(design, true, family, rng)
    padded = rng.random(family.size) < design.padded
    pad = np.where(padded, rng.uniform(math.log(4), math.log(30), family.size), 0.0)
    seen = true + rng.normal(0.0, design.noise, family.size) + pad
    kept = ~padded if design.drop else np.ones_like(padded)
    n = np.full((1, int(kept.sum())), float(design.runs))
    k = rng.binomial(design.runs, rate)[kept][None].astype(float)
    weight = weights(n, family[kept], "invsqrt_family")
    tasks = tuple(str(t) for t in np.flatnonzero(kept))
    error = math.hypot(design.noise, float(pad.std()) if design.padded and not design.drop else 0.0)
    told = np.full(len(tasks), error / LN2 if design.told else 0.0)
    return HorizonCells(("agent",), tasks, family[kept], seen[kept] / LN2, k, n, weight), told


def _rates(design: Design, true: Floats, family: NDArray[np.int_], rng: np.random.Generator) -> Floats:
    if design.shape:
        frailty = rng.gamma(design.shape, size=true.size) / design.shape
        return np.exp(-frailty * time_at(0.5, 1.0, design.shape) * np.exp(true - design.ahead))
    own = rng.normal(0.0, design.task_sd, true.size)
    shared = rng.normal(0.0, design.family_sd, design.families)[family]
    rates: Floats = expit(design.slope * (design.ahead - true) + own + shared)
    return rates


def truths(design: Design) -> dict[str, float]:
    """Return the true time horizons of a design, log2 times above the centre of true times."""
    if design.shape:
        half = time_at(0.5, 1.0, design.shape)
        times = {f"marginal {s:.0f}": time_at(s / 100, 1.0, design.shape) for s in (50, 80)}
        # the typical task is that of the median hazard
        median = float(np.median(np.random.default_rng(0).gamma(design.shape, size=10**6))) / design.shape
        times |= {f"typical {s:.0f}": -math.log(s / 100) / median for s in (50, 80)}
        return {name: (design.ahead + math.log(time / half)) / LN2 for name, time in times.items()}
    apart = math.hypot(design.task_sd, design.family_sd)
    typical = (design.ahead - math.log(4) / design.slope) / LN2
    ratio = typical_over_marginal(0.8, design.slope, apart)
    half = design.ahead / LN2
    return {
        "typical 50": half,
        "typical 80": typical,
        "marginal 50": half,
        "marginal 80": typical - math.log2(ratio),
    }


def _ends(draws: Floats, out: float) -> list[float]:
    return [float(end) for end in np.nanquantile(draws, [out, 1 - out])]


def outcome(design: Design, world: int) -> dict[str, list[float]]:
    """Return point and interval of every estimate in one world, log2 times."""
    seed = sum(design.name.encode())
    cells, told = draw(design, np.random.default_rng([world, seed]))
    plain, drawn = logistic.fit(cells), logistic.bootstrap(cells, DRAWS, world)
    logistic_families = logistic.bootstrap(cells, DRAWS, world, ("family",))
    mixed, draws = fit_mixed(cells, told), bootstrap_mixed(cells, told, DRAWS, world)
    out = tail(LEVEL, len(np.unique(cells.family)))
    found: dict[str, list[float]] = {"slope plain": [-float(plain.slope[0]) / LN2]}
    found["slope mixed"] = [-float(mixed.slope[0]) / LN2]
    for s in (50, 80):
        rate = s / 100
        found[f"plain {s}"] = [
            float(plain.doublings_at(rate)[0]), *_ends(drawn.doublings_at(rate), (1 - LEVEL) / 2)
        ]  # fmt: skip
        whole = logistic_families.doublings_at(rate)
        found[f"plain, families {s}"] = [found[f"plain {s}"][0], *_ends(whole, out)]
        found[f"typical {s}"] = [float(mixed.typical(rate)[0]), *_ends(draws.typical(rate), out)]
    found["marginal 80"] = [float(mixed.marginal(0.8)[0]), *_ends(draws.marginal(0.8), out)]
    if told.any():
        mended = simex(cells, told, world, copies=20)
        found |= {f"simex {s}": [float(mended.doublings_at(s / 100)[0])] for s in (50, 80)}
    if design.metr:
        found |= _metr(cells, world)
    return found


def _metr(cells: HorizonCells, world: int) -> dict[str, list[float]]:
    """Return point and interval of METR's estimator, with its penalty and without."""
    found = {}
    for name, penalty in (("metr", 0.1), ("three levels", 0.0)):
        fitted = logistic.fit(cells, penalty)
        drawn = logistic.bootstrap(cells, DRAWS, world, ("family", "task", "run"), penalty)
        for s in (50, 80):
            rate = s / 100
            ends = _ends(drawn.doublings_at(rate), (1 - LEVEL) / 2)
            found[f"{name} {s}"] = [float(fitted.doublings_at(rate)[0]), *ends]
    return found


def limit(design: Design, penalty: float) -> dict[str, float]:
    """Return what a logistic finds with unlimited tasks and runs: the truth that its interval aims at."""
    many = 100_001
    quantiles = ndtri((np.arange(many) + 0.5) / many)
    seen = quantiles * design.spread
    apart = math.hypot(design.task_sd, design.family_sd)
    nodes = np.linspace(-7, 7, 141)
    density = np.exp(-(nodes**2) / 2)
    line = design.slope * (design.ahead - seen)
    rate = sum(w * expit(line + apart * e) for e, w in zip(nodes, density / density.sum(), strict=True))
    one = np.ones((1, many))
    cells = HorizonCells(("a",), tuple(map(str, range(many))), np.arange(many), seen / LN2, rate[None], one,
                         one / many)  # fmt: skip
    fitted = logistic.fit(cells, penalty)
    return {f"{s}": float(fitted.doublings_at(s / 100)[0]) for s in (50, 80)}


def code_hash() -> str:
    """Return the SHA-256 of what the figures rest on: the mixed model, SIMEX and this file, docstrings aside.

    The plain logistics are not part of it: they have an oracle of their own.
    """
    here = ROOT / "src" / "tasklaws" / "infer" / "horizon"
    files = [*(here / f"{name}.py" for name in ("_mixed_kernel", "mixed", "simex")), Path(__file__)]
    found = hashlib.sha256()
    for path in files:
        found.update(ast.dump(_without_words(ast.parse(path.read_text(encoding="utf-8")))).encode() + b"\0")
    return found.hexdigest()


def _without_words(tree: ast.Module) -> ast.Module:
    """Return the code less its docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [
                one for one in node.body
                if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
            ]  # fmt: skip
    return tree


def run(
    design: Design, worlds: int, folder: Path, say: Callable[[str], None]
) -> list[dict[str, list[float]]]:
    """Return the outcomes of `worlds` worlds; those kept in `folder` are not drawn again."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{design.name.replace(' ', '_').replace(',', '')}.json"
    held = json.loads(path.read_text()) if path.exists() else {}
    held = held if held.get("code") == code_hash() else {"code": code_hash(), "outcomes": []}
    kept: list[dict[str, list[float]]] = held["outcomes"]
    while len(kept) < worlds:
        kept.append(outcome(design, len(kept)))
        if len(kept) % CHUNK == 0 or len(kept) == worlds:
            unfinished = path.with_suffix(".partial")
            unfinished.write_text(json.dumps(held))
            unfinished.replace(path)
            say(f"{design.name}: {len(kept)} of {worlds}")
    return kept[:worlds]


def rows(design: Design, outcomes: Sequence[dict[str, list[float]]]) -> list[dict[str, Any]]:
    """Return the rows of one design: bias in doublings and coverage, with standard errors."""
    true = truths(design)
    told = []
    for name in outcomes[0]:
        if name.startswith("slope"):
            continue
        kind, level = name.rsplit(" ", 1)
        aims = {"truth": true[name if name in true else f"marginal {level}"]}
        if kind in {"metr", "three levels", "plain", "plain, families"} and design.metr:
            aims["own limit"] = limit(design, 0.1 if kind == "metr" else 0.0)[level]
        told += [_row(design, name, aim, value, outcomes) for aim, value in aims.items()]
    return told


def _row(
    design: Design, name: str, aim: str, value: float, outcomes: Sequence[dict[str, list[float]]]
) -> dict[str, Any]:
    points = np.array([one[name][0] for one in outcomes])
    ok = np.isfinite(points)
    slope = "slope mixed" if name in ALL else "slope plain"
    found: dict[str, Any] = {
        "design": design.name, "what": design.what, "estimate": name, "aim": aim, "worlds": len(outcomes),
        "undefined": float(1 - ok.mean()), "bias": float(np.median(points[ok]) - value),
        "error": float(points[ok].std()),
        "coverage": None, "se": None, "held": name in design.covered,
        "slope": float(np.median([one[slope][0] for one in outcomes])),
    }  # fmt: skip
    if len(outcomes[0][name]) > 1:
        low, high = np.array([one[name][1:] for one in outcomes]).T
        inside = float(np.mean((low <= value) & (value <= high)))
        found |= {"coverage": inside, "se": math.sqrt(inside * (1 - inside) / len(outcomes))}
    return found


def cache_folder() -> Path:
    """Return where outcomes are kept: the folder that TASKLAWS_CHARACTERISTICS names, else a hidden one."""
    return Path(os.environ.get("TASKLAWS_CHARACTERISTICS", ".characteristics")) / "horizons"


def main() -> None:
    """Run the designs that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--worlds", type=int, default=0)
    parser.add_argument("--store", action="store_true", help="write the page in docs/reference")
    asked = parser.parse_args()
    told = []
    for design in DESIGNS:
        if not asked.names or design.name in asked.names:
            chosen = replace(design, worlds=asked.worlds or design.worlds)
            told += rows(chosen, run(chosen, chosen.worlds, cache_folder(), lambda _: None))
            lines = "".join(horizons_page.line(row) for row in told if row["design"] == design.name)
            print(lines, end="", flush=True)  # noqa: T201
    if asked.store:
        horizons_page.store(told, code_hash())


if __name__ == "__main__":
    main()
