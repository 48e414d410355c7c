"""The project's own claim: are families that are certified forecastable forecast with more skill than others?

``python -m benchmarks.claim [OUT.json]`` needs ``../shared/data`` for the real suites. The plan below was
written before the run, and the run was made once.

**Suites.** Real: Pythia, OLMo and Gadre, as imported, all folds. Simulated: SUITES ladders of 8 sizes, each
asked six families (20 tasks of 8 attempts unless said): two *spread* like world W7, from the foot of the
ladder to 2.3 sizes beyond its top; *copies*, all tasks at one threshold, somewhere from the second size to
one beyond the last; a *step* from .05 to .9 that comes at the third size or later, or not at all; a
*ceiling*, where all attempts at half of the tasks end at a limit; *few*, spread, with 4 tasks of 3 attempts.
A size adds 1 to the log hazard, and models stray from it by .3 in each family.

**Folds.** Rolling origin, one size ahead. The certificate of a family is made from the training rungs only,
by the checks that decide; the default law and all baselines are refitted on the same rungs. Simulated folds
count from four training sizes on, the least that C8 asks for, and their reference is chosen on all earlier
folds.

**Skill** of a group of families: 1 - sum CRPS / sum CRPS of the reference, a family counting by the mean
over its cells. References: persistence (b1), and the baseline with the best CRPS on earlier folds of the
lineage.

**Primary.** Skill of families certified forecastable (directly or through a process metric) minus skill of
all others, over the blocks (lineage x size) that hold both; one-sided p by 10,000 permutations of the
certificates within blocks; 90 % interval by resampling blocks. Simulated, real, and each real set alone. A
set without both kinds in one block does not test the claim, and that is what is then said.

**Secondary.** (a) Last fold of each lineage alone: folds of one lineage share families and training rungs,
which blocks take as independent. (b) Skill per verdict, and of *forecastable* against *only detectable* or
*invalid*, and against *not enough data*. (c) Skill per kind of simulated family and verdict. (d)
Exploratory: each deciding check alone, families that pass it against those that fail, where it answers; not
the claim.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import expit, logit

from tasklaws.assess.backtest import BacktestTable, Case, run_backtest
from tasklaws.assess.backtesting import cases_of
from tasklaws.assess.baseline import BASELINES, FIRST_CHOICE, LAW
from tasklaws.assess.blocks import block_sums, bootstrap
from tasklaws.assess.certificate import certify
from tasklaws.assess.evidence import Counts, Suite, suite_from_counts, suites
from tasklaws.assess.selection import select
from tasklaws.assess.skill import choose_on_earlier_folds
from tasklaws.infer.arrays import LadderArrays, TargetArrays
from tasklaws.infer.law import default_law
from tasklaws.run.imports import import_runs
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
REAL = {
    "pythia": ("pythia_long", DATA / "pythia" / "evals_long.csv.gz"),
    "olmo": ("olmo_ladder", DATA / "olmo_ladder"),
    "gadre": ("gadre", DATA / "gadre"),
}
"""Importer and source of each real set."""

SUITES = 36
SIZES, STEP, SHOCK, BEYOND = 8, 1.0, 0.3, 2.3
"""Sizes of a simulated ladder; log hazard per size, and its spread; sizes beyond the last with tasks."""
TASKS, RUNS = 20, 8
LOW, HIGH = 0.05, 0.9
LEAST_SIZES, SCORED_FROM = 3, 4
"""Training sizes of the first fold that is forecast, and of the first that is scored."""

DRAWS, CHUNK, ROUNDING = 10_000, 500, 1e-12
SEED = 20_260
REFERENCES = ("persistence", "best on earlier folds")

FORECASTABLE, UNSOUND, UNKNOWN = "forecastable", "only detectable or invalid", "not enough data"
GROUPS = {
    "forecastable": FORECASTABLE,
    "forecastable_via_process": FORECASTABLE,
    "only_detectable": UNSOUND,
    "invalid": UNSOUND,
    "not_enough_data": UNKNOWN,
}


@dataclass(frozen=True)
class Difference:
    """Skill of one group minus that of another over the blocks that hold both."""

    difference: float | None
    p: float | None
    """One-sided."""
    lower: float | None
    upper: float | None
    blocks: int
    families: tuple[int, int]
    """Family forecasts of each group in those blocks."""


def permuted(crps: Floats, chosen: NDArray[np.bool_], blocks: NDArray[Any], rng: Generator) -> Difference:
    """Return the skill of the chosen minus that of the others, its p by permuting labels within blocks.

    Args:
        crps: of the forecast and of its reference, of shape (families, 2).
        chosen: labels, of shape (families,).
        blocks: block of each family; those of one label alone are left out.
        rng: source of the permutations.
    """
    at = np.unique(blocks, return_inverse=True)[1]
    share = (np.bincount(at, chosen) / np.bincount(at))[at]
    order = np.argsort(at, kind="stable")
    order = order[((share > 0) & (share < 1))[order]]
    crps, chosen, at = crps[order], chosen[order], at[order]
    sums = block_sums(np.hstack([crps * chosen[:, None], crps * ~chosen[:, None]]), at)
    found = bootstrap(sums, lambda total: _skill(total[..., :2]) - _skill(total[..., 2:]), rng)
    counts = int(chosen.sum()), int((~chosen).sum())
    p = None if found.value is None else _tail(crps, chosen, at, found.value, rng)
    return Difference(found.value, p, found.lower, found.upper, len(sums), counts)


def _tail(
    crps: Floats, chosen: NDArray[np.bool_], at: NDArray[np.intp], seen: float, rng: Generator
) -> float:
    """Return how often labels mixed within blocks, which `at` tells and which grow, do as well as `seen`."""
    far = 0
    for _ in range(DRAWS // CHUNK):
        mixed = np.argsort(at + rng.random((CHUNK, len(at))), axis=1)
        of_chosen = chosen[mixed] @ crps
        drawn = _skill(of_chosen) - _skill(crps.sum(axis=0) - of_chosen)
        far += int((~(drawn < seen - ROUNDING)).sum())  # what is not defined counts against the claim
    return (far + 1) / (DRAWS + 1)


def _skill(total: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - total[..., 0] / total[..., 1])


@dataclass(frozen=True)
class Fold:
    """A case of a backtest, and what the certificates are made from: its training rungs."""

    case: Case
    suite: Suite
    scored: bool = True


def real_folds(name: str) -> Iterator[Fold]:
    """Yield the folds of a real set."""
    importer, source = REAL[name]
    with tempfile.TemporaryDirectory() as folder:
        import_runs(importer, source, Path(folder) / "study")
        study = Study(Path(folder) / "study")
        for case in cases_of(select(study))[0]:
            seen = suites(study, models=case.ladder.rungs)
            own = next(one for one in seen if one.lineage == case.lineage)
            yield Fold(
                replace(case, set=name), replace(own, folder=None)
            )  # the study is gone when it is judged


def simulated_folds(number: int) -> Iterator[Fold]:
    """Yield the folds of one simulated suite."""
    counts = simulated_counts(np.random.default_rng([SEED, number]))
    x = np.arange(SIZES) / 3 + 18
    lineage = f"suite-{number:02d}"
    for sizes in range(LEAST_SIZES, SIZES):
        seen = replace(
            suite_from_counts(counts.models_at(range(sizes)), x[:sizes], seed=number), lineage=lineage
        )
        yield Fold(_case(counts, x, sizes, lineage), seen, sizes >= SCORED_FROM)


def _case(counts: Counts, x: Floats, sizes: int, lineage: str) -> Case:
    seen, models = counts.models_at(range(sizes)), counts.models
    ladder = LadderArrays(
        seen.tasks, seen.families, seen.models, seen.k, seen.n, seen.floor, seen.ceiling,
        x=x[:sizes, None], walk=x[:sizes], sizes=seen.models,
    )  # fmt: skip
    ahead = slice(sizes, sizes + 1)
    target = TargetArrays((f"{lineage}/{models[sizes]}",), x[ahead, None], x[ahead], counts.n[:, ahead].T)
    block = f"{lineage}|{models[sizes]}"
    return Case("simulated", lineage, block, sizes - LEAST_SIZES, ladder, target, counts.k[:, ahead].T)


def simulated_counts(rng: Generator) -> Counts:
    """Return the answers of one ladder to families of every kind."""
    tasks, runs = {"few": 4}, {"few": 3}
    kinds = {"spread 1": "spread", "spread 2": "spread"} | {
        k: k for k in ("copies", "step", "ceiling", "few")
    }
    parts = [
        _family(kind, name, tasks.get(kind, TASKS), runs.get(kind, RUNS), rng) for name, kind in kinds.items()
    ]
    joined = {name: np.concatenate([getattr(part, name) for part in parts])
              for name in ("k", "n", "k_limit", "n_limit", "floor", "ceiling")}  # fmt: skip
    ids, families = (
        tuple(one for part in parts for one in getattr(part, key)) for key in ("tasks", "families")
    )
    return Counts(ids, families, parts[0].models, **joined)


def _family(kind: str, name: str, tasks: int, runs: int, rng: Generator) -> Counts:
    rates = _rates(kind, tasks, rng)
    k = rng.binomial(runs, rates).astype(float)
    n, nothing = np.full(k.shape, float(runs)), np.zeros(k.shape)
    cut = np.zeros((tasks, 1))
    if kind == "ceiling":
        cut[rng.permutation(tasks)[: tasks // 2]] = 1.0
    ids, models = tuple(f"{name}/{i:02d}" for i in range(tasks)), tuple(f"size-{j + 1}" for j in range(SIZES))
    return Counts(
        ids, (name,) * tasks, models, k * (1 - cut), n, nothing, n * cut, np.zeros(tasks), np.ones(tasks)
    )


def _rates(kind: str, tasks: int, rng: Generator) -> Floats:
    """Return true rates, of shape (tasks, models)."""
    size, stray = np.arange(SIZES), rng.normal(0, SHOCK, SIZES)
    if kind == "step":
        came = size >= rng.integers(2, SIZES + 1)
        return np.broadcast_to(expit(logit(np.where(came, HIGH, LOW)) + stray), (tasks, SIZES))
    half_at = np.linspace(0, SIZES - 1 + BEYOND, tasks)
    if kind == "copies":
        half_at = np.full(tasks, rng.uniform(1, SIZES))
    return np.asarray(np.exp(-np.log(2) * np.exp(half_at[:, None] - STEP * size - stray)))


def judged(folds: Sequence[Fold]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what the folds of whole lineages tell: a row per block and family, and their checks' answers.

    Columns of the first: set, lineage, block, order, family, tasks, crps, one per reference, verdict,
    group; of the second: block, family, check, ok.
    """
    rivals = {name: baseline.forecast for name, baseline in BASELINES.items()}
    table = run_backtest([fold.case for fold in folds], default_law, rivals, np.random.default_rng(0))
    made = [
        (fold.case.block, certify(fold.suite.evidence(family), informing=False))
        for fold in folds
        if fold.scored
        for family in dict.fromkeys(fold.case.ladder.families)
    ]
    verdicts = [(block, one.family, one.verdict, GROUPS[one.verdict]) for block, one in made]
    answers = [
        (block, one.family, found.check.label, found.ok) for block, one in made for found in one.listed
    ]
    key = {"block": pl.String, "family": pl.String}
    told = pl.DataFrame(verdicts, key | {"verdict": pl.String, "group": pl.String}, orient="row")
    rows = family_crps(table).join(told, on=list(key), maintain_order="left")
    return rows, pl.DataFrame(answers, key | {"check": pl.String, "ok": pl.Boolean}, orient="row")


def family_crps(table: BacktestTable) -> pl.DataFrame:
    """Return the mean CRPS of law and references over the cells of a family that all of them forecast."""
    cell, keys = ["block", "target", "task_id"], ["set", "lineage", "block", "order"]
    scored = table.rows.filter(pl.col("crps").is_not_null())
    cells = scored.filter(pl.col("forecaster") == LAW).select(*keys, *cell[1:], "task_family", "crps")
    chosen = choose_on_earlier_folds(table).select("block", "forecaster")
    first = scored.filter(pl.col("forecaster") == FIRST_CHOICE)
    best = scored.join(chosen, on=["block", "forecaster"])
    for title, rows in zip(REFERENCES, (first, best), strict=True):
        cells = cells.join(rows.select(*cell, pl.col("crps").alias(title)), on=cell)
    return (
        cells.group_by(*keys, pl.col("task_family").alias("family"), maintain_order=True)
        .agg(pl.col("task_id").n_unique().alias("tasks"), pl.col("crps", *REFERENCES).mean())
        .sort("block", "family")
    )


def compared(rows: pl.DataFrame, chosen: pl.Expr) -> dict[str, Any]:
    """Return, by reference, the difference of the families that are chosen and the others."""
    labels, blocks = rows.select(chosen).to_series().to_numpy(), rows["block"].to_numpy()
    return {
        reference: asdict(
            permuted(rows.select("crps", reference).to_numpy(), labels, blocks, np.random.default_rng(0))
        )
        for reference in REFERENCES
    }


def skill_by(rows: pl.DataFrame, *keys: str) -> list[dict[str, Any]]:
    """Return forecasts, mean CRPS (points), skill, and how often the law was better, of each group."""
    skills = [(1 - pl.col("crps").sum() / pl.col(name).sum()).alias(f"skill, {name}") for name in REFERENCES]
    better = [(pl.col("crps") < pl.col(name)).mean().alias(f"better, {name}") for name in REFERENCES]
    counts = pl.len().alias("forecasts"), pl.col("crps").mean()
    return rows.group_by(keys).agg(*counts, *skills, *better).sort(keys).to_dicts()


def tables(rows: pl.DataFrame, answers: pl.DataFrame) -> dict[str, Any]:
    """Return every table of the plan."""
    kind, certified = pl.col("family").str.replace(r" \d$", "").alias("kind"), pl.col("group") == FORECASTABLE
    simulated = rows.filter(pl.col("set") == "simulated")
    real = rows.filter(pl.col("set") != "simulated")
    sets = {"simulated": simulated, "real": real} | {name: real.filter(set=name) for name in REAL}
    last = simulated.filter(pl.col("order") == pl.col("order").max().over("lineage"))
    split = {
        other: simulated.filter(pl.col("group").is_in([FORECASTABLE, other])) for other in (UNSOUND, UNKNOWN)
    }
    told = rows.join(answers.drop_nulls("ok"), on=["block", "family"], maintain_order="left_right")
    checks = {
        (name, check): own.filter(check=check)
        for name, own in (
            ("simulated", told.filter(set="simulated")),
            ("real", told.filter(pl.col("set").is_in(REAL))),
        )
        for check in own["check"].unique().sort()
    }
    return {
        "verdicts": rows.group_by("set", "verdict").len().sort("set", "verdict").to_dicts(),
        "primary": {name: compared(own, certified) for name, own in sets.items()},
        "last fold alone": compared(last, certified),
        "forecastable against": {other: compared(own, certified) for other, own in split.items()},
        "groups": skill_by(rows.with_columns(pl.col("set") == "simulated"), "set", "group"),
        "kinds": skill_by(simulated.with_columns(kind), "kind", "verdict"),
        "checks": {f"{name}, {check}": compared(own, pl.col("ok")) for (name, check), own in checks.items()},
    }


def lines(title: str, value: Any, depth: int = 0) -> Iterator[str]:  # noqa: ANN401
    """Yield a table of `tables` as lines of text."""
    nested = list(value.items() if isinstance(value, dict) else enumerate(value))
    if any(isinstance(one, dict | list) for _, one in nested):
        yield f"{'  ' * depth}{title}"
        for key, one in nested:
            yield from lines("-" if isinstance(key, int) else key, one, depth + 1)
    else:
        yield f"{'  ' * depth}{title}: " + ", ".join(f"{key} {_figure(one)}" for key, one in nested)


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main(out: str | None) -> None:
    """Run the plan, print its tables and write them to `out`."""
    start, told = time.process_time(), []
    real = [real_folds(name) for name in REAL] if DATA.is_dir() else []
    for folds in (*real, *(simulated_folds(number) for number in range(SUITES))):
        told.append(judged(list(folds)))
        sys.stderr.write(f"{told[-1][0]['lineage'][-1]}: {time.process_time() - start:.0f} CPU seconds\n")
    rows, answers = (pl.concat(frames) for frames in zip(*told, strict=True))
    results = tables(rows.drop_nulls("verdict"), answers)
    sys.stdout.write("\n".join(lines("claim", results)) + "\n")
    if out:
        Path(out).write_text(json.dumps(results, indent=1) + "\n")
        rows.write_csv(Path(out).with_suffix(".csv"))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
