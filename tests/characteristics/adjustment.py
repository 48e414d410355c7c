"""Adjusted hardness: what it does to times and to time horizons, how often D10 finds it, and what undoes it.

python -m tests.characteristics.adjustment --store

Tasks are made easier until a pilot is short, as in the world `hint_adjusted` and in P19. Worlds are drawn one
by one, each from a seed of its own, and what came of each is kept in a file, so that a stopped run goes on.
The file is of one state of the code: another state begins anew, unless `--carry N` draws the first N worlds
of every kind again and finds that each comes out as it did.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from functools import partial
from math import exp, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, ndtri
from scipy.stats import t as student
from tests.characteristics.checks.hardness_adjustment import family, timed

from tasklaws.assess.check import CHECKS
from tasklaws.infer.human_times.pilots import PilotTimes, fit_pilots
from tasklaws.theory.hardness import Adjusted, Pilots, adjust, adjusted_share, understatement
from tasklaws.worlds.hint_adjusted import PILOTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tasklaws.infer.arrays import Floats
    from tasklaws.infer.human_times.pilots import PilotFit

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "reference" / "adjusted-hardness.json"
PAGE = TABLE.with_suffix(".md")
FOLDER_VARIABLE = "TASKLAWS_CHARACTERISTICS"
SOURCES = (
    "src/tasklaws/infer/human_times/pilots.py",
    "src/tasklaws/assess/checks/hardness_adjustment.py",
    "src/tasklaws/assess/checks/_adjustments.py",
    "src/tasklaws/assess/heaping.py",
    "src/tasklaws/theory/hardness.py",
    "tests/characteristics/adjustment.py",
)

WORLDS, DETECTED_WORLDS = 1000, 300
LEVEL, BAND = 0.9, (0.87, 0.93)
"""Of intervals, and where their coverage is asked to lie."""
BIG = 200_000
TASKS, ATTEMPTS, PEOPLE = 40, 8, 3
SLOPE, RESIDUAL = 1.25, 0.5
"""Models' log-odds fall by so much per unit of log hardness, and tasks differ by so much beside."""
INSIGHTS = (0.5, 1.0, 2.0, 3.0)
"""How much more an adjustment helps models than people (gamma)."""
FORMAL_FACTORS = {0.5: 0.61, 1.0: 0.92, 2.0: 2.6, 3.0: 7.8}
"""Of D10, which does not name its tasks, its limit, its models or its fit."""
FORMAL_SHARES = {2.5: (0.02, 1.02), 1.0: (0.21, 1.19), 0.0: (0.50, 1.44), -0.5: (0.66, 1.57)}
"""Limit -> adjusted share and factor on times, of P19."""
CHUNK = 20


def code_hash() -> str:
    """Return the SHA-256 of the files that the figures depend on."""
    found = hashlib.sha256()
    for name in SOURCES:
        found.update(name.encode() + b"\0" + (ROOT / name).read_bytes() + b"\0")
    return found.hexdigest()


# What adjusting does: many tasks at once.


def bias(rng: np.random.Generator) -> dict[str, list[dict[str, Any]]]:
    """Return the factors on times by share adjusted, and those on time horizons by gamma."""
    times = []
    for limit, (share, factor) in FORMAL_SHARES.items():
        tasks = adjust(Pilots(limit), BIG, rng)
        fresh = tasks.hardness + rng.normal(0, Pilots(limit).noise, BIG)
        times.append(
            {
                "limit": limit,
                "asked_share": share,
                "share": float((tasks.cuts > 0).mean()),
                "asked": factor,
                "factor": exp(float((fresh - tasks.pilot).mean())),
                "exact": exp(understatement(Pilots(limit))),
            }
        )
    tasks, residual = adjust(PILOTS, BIG, rng), rng.normal(0, RESIDUAL, BIG)
    theta = PILOTS.limit
    horizons = []
    for insight, asked in FORMAL_FACTORS.items():
        rates = expit(SLOPE * (theta - tasks.for_models(insight)) + residual)
        at, _, slope = crossings(tasks.pilot[None], rates, np.ones(BIG))
        horizons.append(
            {"gamma": insight, "asked": asked, "factor": exp(float(at[0]) - theta), "slope": float(slope[0])}
        )
    return {"times": times, "horizons": horizons}


def crossings(x: Floats, k: Floats, n: Floats) -> tuple[Floats, Floats, Floats]:
    """Return where logistic curves of success over each row of `x` cross one half, the error, and the slope.

    Errors are those of a sandwich over tasks, so that tasks may differ by more than chance.
    """
    beta = np.zeros((len(x), 2))
    design = np.stack([np.ones_like(x), x], axis=2)
    for _ in range(50):
        p = expit(np.clip(np.einsum("rtj,rj->rt", design, beta), -30, 30))
        gradient = np.einsum("rtj,rt->rj", design, k - n * p)
        curvature = np.einsum("rti,rt,rtj->rij", design, n * p * (1 - p) + 1e-12, design)
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    level, slope = beta.T
    slope = np.where(slope == 0, np.nan, slope)
    score = design * (k - n * p)[..., None]
    bread = np.linalg.inv(curvature)
    tasks = x.shape[1]
    covariance = bread @ np.einsum("rti,rtj->rij", score, score) @ bread * tasks / (tasks - 2)
    turn = np.stack([-1 / slope, level / slope**2], axis=1)
    return -level / slope, np.sqrt(np.einsum("ri,rij,rj->r", turn, covariance, turn)), slope


# How often D10 finds it.


def detected(limit: float, how: str, world: int) -> bool:
    """Return whether D10 fails a family whose tasks were adjusted.

    Args:
        limit: of pilots, relative to the mean task.
        how: ``stated``: versions are; ``timed anew``: versions are hidden, and three fresh people were timed
            at each task; ``hidden``: neither.
        world: its number.
    """
    rng = np.random.default_rng([world, round(100 * (limit + 9)), len(how)])
    tasks = adjust(Pilots(limit), TASKS, rng)
    people = tasks.hardness[:, None] + rng.normal(0, 0.7, (TASKS, PEOPLE))
    versions = [str(1 + cuts) for cuts in tasks.cuts] if how == "stated" else ["1"] * TASKS
    suite = family(6, tasks.for_models(2.0), ATTEMPTS, 0.3, rng)
    fresh = people if how == "timed anew" else None
    evidence = timed(suite, tasks.pilot, fresh, versions).evidence("family")
    return CHECKS["hardness_adjustment"].judge(evidence, rng).ok is False


HOWS = ("stated", "timed anew", "hidden")


# What undoes it.


@dataclass(frozen=True)
class Design:
    """One kind of world in which adjusted tasks are to be put right."""

    name: str
    pilots: Pilots | None
    """None: drawn for each world."""
    limit_known: bool = True
    """If not, the longest accepted pilot is taken for it."""
    kept: bool = False
    """Whether rejected pilots were kept."""
    tasks: int = TASKS
    asked: bool = True
    """Whether coverage is asked for, or only shown."""

    def drawn(self, rng: np.random.Generator) -> Pilots:
        """Return how tasks were adjusted."""
        if self.pilots is not None:
            return self.pilots
        spread, noise, step = rng.uniform(1, 2.5), _log_uniform(rng, 0.4, 1.2), _log_uniform(rng, 0.25, 1.0)
        limit = -float(ndtri(rng.uniform(0.1, 0.6))) * sqrt(spread**2 + noise**2)
        return Pilots(limit, step, spread, noise)


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return exp(rng.uniform(np.log(low), np.log(high)))


DESIGNS = (
    Design("spread, noise, step and limit drawn anew", None),
    Design("the same, rejected pilots kept", None, kept=True),
    Design("as W9, limit not known", PILOTS, limit_known=False),
    Design("P19, half adjusted", Pilots(0.0)),
)


def corrected(design: Design, world: int) -> dict[str, Any]:
    """Return what the corrections make of one world: which intervals hold the truth, and the errors."""
    rng = np.random.default_rng([world, sum(design.name.encode())])
    pilots = design.drawn(rng)
    tasks, rejected = _adjusted(pilots, design.tasks, rng)
    limit = pilots.limit if design.limit_known else float(tasks.pilot.max())
    found = fit_pilots(PilotTimes(tasks.pilot, tasks.cuts, limit, rejected if design.kept else None))
    short, now = found.understatement(LEVEL), found.fresh(LEVEL)
    truth = tasks.hardness - tasks.pilot
    inside = (now.lower <= tasks.hardness) & (tasks.hardness <= now.upper)
    people = tasks.hardness[:, None] + rng.normal(0, pilots.noise, (design.tasks, PEOPLE))
    told = people.mean(axis=1) - tasks.pilot
    return {
        "mean": bool(short.lower[0] <= truth.mean() <= short.upper[0]),
        "mean_error": float(short.value[0] - truth.mean()),
        "raw_error": float(-truth.mean()),
        "tasks": float(inside.mean()),
        "adjusted": float(inside[tasks.cuts > 0].mean()) if tasks.cuts.any() else None,
        "fresh": bool(
            abs(told.mean() - understatement(pilots))
            <= student.ppf((1 + LEVEL) / 2, told.size - 1) * told.std(ddof=1) / sqrt(told.size)
        ),
        "horizons": [_horizons(insight, pilots, tasks, found, people, rng) for insight in INSIGHTS],
    }


def _adjusted(pilots: Pilots, n: int, rng: np.random.Generator) -> tuple[Adjusted, Floats]:
    """Return tasks as `theory.hardness.adjust` makes them, and their rejected pilots."""
    original = rng.normal(0, pilots.spread, n)
    cuts, rejected = np.zeros(n, dtype=np.int64), []
    pilot = original + rng.normal(0, pilots.noise, n)
    while (hard := pilot > pilots.limit).any():
        rejected.append(np.where(hard, pilot, np.nan))
        cuts[hard] += 1
        again = original - pilots.step * cuts + rng.normal(0, pilots.noise, n)
        pilot = np.where(hard, again, pilot)
    seen = np.stack(rejected, axis=1) if rejected else np.empty((n, 0))
    return Adjusted(original, original - pilots.step * cuts, pilot, cuts), seen


def _horizons(  # noqa: PLR0917 - one world
    insight: float, pilots: Pilots, tasks: Adjusted, found: PilotFit, people: Floats, rng: np.random.Generator
) -> dict[str, Any]:
    """Return errors of the log time horizon and whether intervals hold it, by way of correction."""
    theta = pilots.limit - pilots.spread / 4
    logit = SLOPE * (theta - tasks.for_models(insight)) + rng.normal(0, RESIDUAL, tasks.cuts.size)
    n = np.full(tasks.cuts.size, float(ATTEMPTS))
    k = rng.binomial(ATTEMPTS, expit(logit)).astype(float)
    every = np.ones(tasks.cuts.size, dtype=bool)
    untouched = tasks.cuts == 0
    ways = {
        "as piloted": (tasks.pilot[None], np.ones(1), every),
        "timed anew": (_shrunk(people)[None], np.ones(1), every),
        "pilots corrected": (found.places - found.cut_by, found.weights, every),
        "adjusted left out, pilots corrected": (found.places, found.weights, untouched),
    }
    return {"gamma": insight} | {
        way: _told(x[:, which], weights, k[which], n[which], theta)
        for way, (x, weights, which) in ways.items()
    }


def _shrunk(people: Floats) -> Floats:
    """Return mean log times of tasks, shrunk by what is known of their noise (regression calibration)."""
    means = people.mean(axis=1)
    noise = float(people.var(axis=1, ddof=1).mean()) / people.shape[1]
    kept = max(1 - noise / float(means.var(ddof=1)), 0.0)
    return means.mean() + kept * (means - means.mean())


def _told(x: Floats, weights: Floats, k: Floats, n: Floats, theta: float) -> list[Any]:
    """Return the error of the log time horizon and whether its 90 % interval holds the truth."""
    worth = weights > LEAST_WEIGHT
    at, error, slope = crossings(x[worth], k, n)
    falls, own = np.isfinite(at) & np.isfinite(error) & (slope < 0), weights[worth]
    if own[falls].sum() < MOST_KNOWN * own.sum():
        return [None, False]
    at, error, own = at[falls], error[falls], own[falls] / own[falls].sum()
    middle = float(own @ at)
    sd = sqrt(float(own @ (error**2 + (at - middle) ** 2)))
    reach = float(student.ppf((1 + LEVEL) / 2, k.size - 2)) * sd
    return [middle - theta, bool(abs(middle - theta) <= reach)]


LEAST_WEIGHT = 1e-4
"""Of a point of the posterior, for a time horizon to be read there."""
MOST_KNOWN = 0.95
"""Weight of the points at which success must fall with time."""

WAYS = ("as piloted", "timed anew", "pilots corrected", "adjusted left out, pilots corrected")
"""How a time horizon is read: off which times, and off which tasks."""


# Running, resuming, writing down.


def cache_file() -> Path:
    """Return where worlds are kept; the folder is $TASKLAWS_CHARACTERISTICS."""
    folder = Path(os.environ.get(FOLDER_VARIABLE) or Path(tempfile.gettempdir()) / "tasklaws-characteristics")
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "adjustment.json"


def run(
    worlds: int, detected_worlds: int, cache: Path | None, say: Callable[[str], object], carry: int = 0
) -> dict[str, Any]:
    """Return the table; worlds in `cache` are not drawn again, but for the first `carry` of another code."""
    code, draws = code_hash(), _draws()
    held = json.loads(cache.read_text()) if cache and cache.exists() else {"code": code, "worlds": {}}
    kept = held["worlds"] if held["code"] == code else _carried(held["worlds"], draws, carry)
    for name, draw in draws.items():
        own = kept.setdefault(name, [])
        wanted = worlds if name in {one.name for one in DESIGNS} else detected_worlds
        while len(own) < wanted:
            own.append(draw(len(own)))
            if cache and (len(own) % CHUNK == 0 or len(own) == wanted):
                cache.write_text(json.dumps({"code": code, "worlds": kept}))
        say(f"{name}: {len(own)} worlds")
    if cache:
        cache.write_text(json.dumps({"code": code, "worlds": kept}))
    return {
        "code_sha256": code,
        **bias(np.random.default_rng(19)),
        "detected": [
            {"share": adjusted_share(Pilots(limit)), "how": how}
            | _share(kept[_detection(limit, how)][:detected_worlds])
            for limit in FORMAL_SHARES
            for how in HOWS
        ],
        "corrected": [_corrected(one, kept[one.name][:worlds]) for one in DESIGNS],
    }


def _draws() -> dict[str, Callable[[int], Any]]:
    """Return what draws the worlds of each kind, by its name."""
    pairs = [(limit, how) for limit in FORMAL_SHARES for how in HOWS]
    return {_detection(*pair): partial(detected, *pair) for pair in pairs} | {
        one.name: partial(corrected, one) for one in DESIGNS
    }


def _detection(limit: float, how: str) -> str:
    return f"{how}, limit {limit}"


def _carried(
    before: dict[str, list[Any]], draws: dict[str, Callable[[int], Any]], carry: int
) -> dict[str, list[Any]]:
    """Return worlds of another state of the code; none unless the first `carry` come out as they did."""
    alike = carry > 0 and all(
        json.loads(json.dumps([draw(world) for world in range(carry)])) == before[name][:carry]
        for name, draw in draws.items()
        if name in before
    )
    return before if alike else {}


def _share(kept: Sequence[Any]) -> dict[str, Any]:
    """Return the mean of figures of worlds, leaving out None, with its standard error."""
    known = np.array([float(one) for one in kept if one is not None])
    return {"rate": float(known.mean()), "se": float(known.std() / sqrt(known.size)), "worlds": known.size}


def _corrected(design: Design, kept: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the coverages and errors of one design."""
    return {
        "design": design.name,
        "worlds": len(kept),
        **{name: _share([one[name] for one in kept]) for name in ("mean", "tasks", "adjusted", "fresh")},
        "factor_before": exp(_share([one["raw_error"] for one in kept])["rate"]),
        "factor_after": exp(_share([one["mean_error"] for one in kept])["rate"]),
        "horizons": [
            {"gamma": insight, "way": way, **_of_way([one["horizons"][at][way] for one in kept])}
            for at, insight in enumerate(INSIGHTS)
            for way in WAYS
        ],
    }


def _of_way(kept: Sequence[list[Any]]) -> dict[str, Any]:
    """Return the factor in the middle of all worlds, coverage, and how often there was no time horizon."""
    errors = [error for error, _ in kept if error is not None]
    middle = exp(float(np.median(errors))) if errors else None
    return {"factor": middle, **_share([hit for _, hit in kept]), "undefined": 1 - len(errors) / len(kept)}


def page(found: dict[str, Any]) -> str:
    """Return the table as Markdown."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield from HEAD
    for one in found["times"]:
        yield (
            f"| {one['limit']:g} | {one['asked_share']:.2f} | {one['share']:.3f} | {one['asked']:.2f} "
            f"| {one['factor']:.3f} | {one['exact']:.3f} |"
        )
    yield from HORIZONS
    for one in found["horizons"]:
        yield f"| {one['gamma']:g} | {one['asked']:g} | {one['factor']:.2f} | {-one['slope']:.2f} |"
    yield from DETECTED
    for share in dict.fromkeys(one["share"] for one in found["detected"]):
        own = {one["how"]: one for one in found["detected"] if one["share"] == share}
        yield f"| {share:.2f} | " + " | ".join(_rate(own[how]) for how in HOWS) + " |"
    yield from CORRECTED
    for one in found["corrected"]:
        yield (
            f"| {one['design']} | {one['worlds']} | {one['factor_before']:.2f} | {one['factor_after']:.2f} | "
            + " | ".join(_asked(one[name]) for name in ("mean", "tasks", "adjusted", "fresh"))
            + " |"
        )
    yield from WAYS_HEAD
    for one in found["corrected"]:
        for insight in INSIGHTS:
            own = [row for row in one["horizons"] if row["gamma"] == insight]
            yield f"| {one['design']} | {insight:g} | " + " | ".join(_way(row) for row in own) + " |"
    yield from ("", f"Code: SHA-256 `{found['code_sha256']}` of {len(SOURCES)} files.")


def _rate(one: dict[str, Any]) -> str:
    return f"{100 * one['rate']:.1f} ± {100 * one['se']:.1f}"


def _asked(one: dict[str, Any]) -> str:
    return _rate(one) + ("" if BAND[0] <= one["rate"] <= BAND[1] else r" \*")


def _way(row: dict[str, Any]) -> str:
    factor = "none" if row["factor"] is None else f"{row['factor']:.2f}"
    lost = f", undefined {100 * row['undefined']:.1f}" if row["undefined"] else ""
    missed = row["way"] == WAYS[-1] and not BAND[0] <= row["rate"] <= BAND[1]
    return f"{factor} ({100 * row['rate']:.1f}{lost})" + (r" \*" if missed else "")


HEAD = f"""# Adjusted hardness

Written by `python -m tests.characteristics.adjustment --store`; do not edit. Tasks are made easier
until a pilot is short. Log hardness is normal over tasks, a cut shortens it by one step, and a pilot is
hardness and noise.

## What it does to times

P19: spread 1, noise .7, step .5; {BIG:,} tasks. The factor is that of fresh times over accepted pilots.

| limit | share asked | share adjusted | factor asked | factor drawn | factor exactly |
|---:|---:|---:|---:|---:|---:|""".splitlines()

HORIZONS = f"""
## What it does to a time horizon

An adjustment helps models gamma times as much as people. D10 gives the factors asked and does not name
its limit, spread or models, so agreement can only be one of order and size. Here: W9's pilots (limit
.5, spread 2, noise .7, step .5), models' log-odds falling by {SLOPE} per unit of log hardness with a residual
of {RESIDUAL}, and a time horizon at the limit. The factor is that of a logistic curve on pilot times
over the true time horizon.

| gamma | factor asked | factor | slope on pilots |
|---:|---:|---:|---:|""".splitlines()

DETECTED = f"""
## How often D10 finds it

Percent of {DETECTED_WORLDS} families of {TASKS} tasks, six models and {ATTEMPTS} attempts that D10 fails, by
the share of tasks adjusted (P19's worlds, gamma 2): versions are stated; versions are hidden and
{PEOPLE} fresh people were timed at each task; versions are hidden and only pilots are known. Where versions
are stated D10 asks for more than 20 % of tasks. False alarms stand in
[the operating characteristics](operating-characteristics.md).

| share adjusted | versions stated | hidden, timed anew | hidden |
|---:|---:|---:|---:|""".splitlines()

CORRECTED = f"""
## What undoes it: times

{TASKS} tasks, from accepted pilots and the number of cuts alone (`infer/human_times/pilots.py`): an accepted
pilot is a draw below the limit, and those before it lay above. Factor: accepted pilots over fresh
times, before and after, in the mean over worlds. Percent of truths inside 90 % intervals: of the mean
over these tasks, of each task's fresh time, and of each adjusted task's. Last: the interval of
Student's t of {PEOPLE} fresh people less the pilot, for the exact factor. Asked: 87 to 93; \\* is
outside.

| world | worlds | factor before | after | mean | each task | each adjusted | fresh people |
|---|---:|---:|---:|---:|---:|---:|---:|""".splitlines()

WAYS_HEAD = """
## What undoes it: a time horizon

The median factor over the true time horizon and, in brackets, percent of truths inside 90 % intervals
(and of worlds that had no time horizon). The true one lies a quarter of the spread below the limit.
Times alone put right a gamma of 1 only: where adjusting helped models more than people, adjusted tasks
are other tasks, and what remains is to leave them out. \\* in the last column: coverage is not between
87 and 93.

| world | gamma | as piloted | timed anew | pilots corrected | adjusted left out, pilots corrected |
|---|---:|---:|---:|---:|---:|""".splitlines()


def store(found: dict[str, Any]) -> None:
    """Write the table into the documentation, as JSON and as a page."""
    TABLE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(found), encoding="utf-8")


def main() -> None:
    """Draw as many worlds as asked for, print the page, and store it where that is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--detected", type=int, default=DETECTED_WORLDS)
    parser.add_argument("--carry", type=int, default=0)
    parser.add_argument("--store", action="store_true")
    asked = parser.parse_args()
    say = partial(print, flush=True)
    found = run(asked.worlds, asked.detected, cache_file(), say, asked.carry)
    print(page(found))  # noqa: T201
    if asked.store:
        store(found)


if __name__ == "__main__":
    main()
