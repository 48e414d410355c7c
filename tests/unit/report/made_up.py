"""Inputs for reports: made-up forecasts of made-up or of real ladders. No number here is a result."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import polars as pl
from tests.unit.report.certified import diagnosed
from tests.unit.report.claimed import headline
from tests.unit.report.decided import red_lines
from tests.unit.report.spent import budget
from tests.unit.report.test_comparison_section import compared
from tests.unit.report.timed import human_times, time_horizons
from tests.unit.report.watched import flags, transcripts

from tasklaws.core.tables import (
    CELLS,
    FORECASTS,
    LADDER,
    OBSERVATIONS,
    QUANTILE_COLUMNS,
    QUANTILE_LEVELS,
    validate,
)
from tasklaws.report.content import (
    Backtest,
    Coverage,
    Curves,
    ImportRecord,
    Opened,
    Prediction,
    Provenance,
    Reliability,
    ReportInput,
    Seal,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HOSTILE = (
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "gpt\u202egnp.exe",
    "=HYPERLINK(1)",
    "{{7*7}} ${7*7} datum.x",
    "L" * 256,
)


@dataclass(frozen=True)
class Cell:
    """One model on one task."""

    model: str
    lineage: str
    n_params: float
    family: str
    task: str
    k: float
    n: int


def spread(mean: float, width: float) -> dict[str, float]:
    """Return mean and quantiles of a normal in logit space."""
    centre = math.log(mean / (1 - mean))
    at = (centre + width * NormalDist().inv_cdf(level) for level in QUANTILE_LEVELS)
    quantiles = (1 / (1 + math.exp(-z)) for z in at)
    return {"mean": mean, **dict(zip(QUANTILE_COLUMNS, quantiles, strict=True))}


def synthetic_cells(
    families: Iterable[str], tasks_each: int = 4, rungs: int = 5, lineages: Iterable[str] = ("alpha",)
) -> list[Cell]:
    """Return cells of smooth laws, without noise."""
    cells = []
    for f, family in enumerate(families):
        for t in range(tasks_each):
            for lag, lineage in enumerate(lineages):
                for r in range(rungs):
                    rate = 1 / (1 + math.exp(2 - 0.7 * (r - 0.4 * lag) + 0.35 * t - 0.2 * f))
                    n = 100 + 40 * t
                    cells.append(
                        Cell(
                            f"{lineage}-{10 ** (r / 2):.0f}M",
                            lineage,
                            1e6 * 10 ** (r / 2),
                            family,
                            f"{family}/{t}",
                            round(rate * n),
                            n,
                        )
                    )
    return cells


def pythia_cells(shared_data: Path) -> list[Cell]:
    """Return the Pythia cells of the folds; MMLU is one family."""
    frame = pl.read_csv(shared_data / "folds" / "cells.csv.gz").filter(
        pl.col("set") == "pythia", pl.col("lineage").str.contains("143000")
    )
    return [
        Cell(
            f"{row['lineage'].removesuffix('-143000')}-{row['rung']}",
            row["lineage"].removesuffix("-143000"),
            row["n_params"],
            "mmlu" if row["task_id"].startswith("hendrycks") else row["task_id"],
            row["task_id"].replace("hendrycksTest-", "mmlu/"), row["rate"] * row["n"], row["n"],
        )
        for row in frame.to_dicts()
    ]  # fmt: skip


def ladder_of(cells: list[Cell]) -> pl.DataFrame:
    rungs = {
        c.model: {
            "model": c.model,
            "lineage": c.lineage,
            "n_params": c.n_params,
            "n_tokens": 3e11,
            "source": "made up",
        }
        for c in cells
    }
    return validate(pl.DataFrame(list(rungs.values())), LADDER)


def cells_of(cells: list[Cell]) -> pl.DataFrame:
    rows = [
        {"model": c.model, "task_family": c.family, "task_id": c.task, "metric": "exact",
         "harness_id": "default",
         "elicitation": "greedy", "n": c.n, "k": c.k}
        for c in cells
    ]  # fmt: skip
    return validate(pl.DataFrame(rows), CELLS)


def rate(cell: Cell) -> float:
    return min(max(cell.k / cell.n, 0.02), 0.98)


def mean_rate(cells: list[Cell]) -> float:
    return sum(map(rate, cells)) / len(cells)


def forecasts_of(target: str, last: list[Cell], label: str = "forecast") -> pl.DataFrame:
    """Return forecasts at three levels around the last rung's scores."""
    shared = {
        "target": target,
        "label": label,
        "cutoff": last[0].model,
        "horizon": 1,
        "metric": "exact",
        "status": "ok",
    }
    flags = [["wide", "long_range"], ["at_floor"], []]
    tasks = [
        {**shared, "level": "task", "task_family": c.family, "task_id": c.task, "n": c.n,
         **spread(min(rate(c) + 0.03, 0.97), 0.1 + 0.02 * (i % 12)), "flags": flags[min(i, 2)]}
        for i, c in enumerate(last)
    ]  # fmt: skip
    families = [
        {**shared, "level": "family", "task_family": family,
         "n": sum(c.n for c in last if c.family == family),
         **spread(mean_rate([c for c in last if c.family == family]), 0.12)}
        for family in dict.fromkeys(c.family for c in last)
    ]  # fmt: skip
    total = {
        **shared,
        "level": "aggregate",
        "n": sum(c.n for c in last),
        **spread(mean_rate(last), 0.05),
    }
    return validate(pl.DataFrame([*tasks, *families, total], infer_schema_length=None), FORECASTS)


def failed_forecast(target: str, task: str) -> pl.DataFrame:
    row = {
        "target": target,
        "label": "forecast",
        "level": "task",
        "task_family": "odd",
        "task_id": task,
        "status": "no_likelihood",
    }
    return validate(pl.DataFrame([row]), FORECASTS)


def observations_of(target: str, cells: list[Cell]) -> pl.DataFrame:
    rows = [
        {
            "target": target,
            "task_family": c.family,
            "task_id": c.task,
            "metric": "exact",
            "n": c.n,
            "observed": c.k / c.n,
            "pit": 0.5,
        }
        for c in cells
    ]
    return validate(pl.DataFrame(rows), OBSERVATIONS)


def past_of(cells: list[Cell]) -> pl.DataFrame:
    """Return one forecast per cell and earlier rung: the last score, a little higher."""
    rows = []
    by_task: dict[tuple[str, str], list[Cell]] = {}
    for c in sorted(cells, key=lambda c: c.n_params):
        by_task.setdefault((c.lineage, c.task), []).append(c)
    for (lineage, task), rungs in by_task.items():
        for before, after in itertools.pairwise(rungs):
            rows.append(
                {"model": after.model, "cutoff": before.model, "family": after.family, "task_id": task,
                 "n": after.n, "observed": after.k / after.n, "block": f"{lineage}|{after.n_params:.3g}",
                 **spread(min(rate(before) + 0.02, 0.97), 0.16)}
            )  # fmt: skip
    return pl.DataFrame(rows)


def backtest_document(blocks: int = 6) -> dict[str, Any]:
    """Return a document with the keys of the verb `backtest`."""
    baselines = [
        {"name": "b0_climatology", "log_score": -4.8, "crps": 6.1, "mae": 8.4},
        {"name": "b1_persistence", "log_score": -3.9, "crps": 2.61, "mae": 3.5},
        {"name": "b4_pooled_slope", "log_score": -3.8, "crps": 2.75, "mae": 3.7},
    ]
    return {
        "folds": blocks, "blocks": blocks, "mae": 2.9, "log_score": -3.6, "crps": 2.05,
        "coverage": {"50": 0.53, "80": 0.81, "90": 0.91}, "baselines": baselines,
        "best_baseline": "b1_persistence", "skill": 0.21, "skill_lower": 0.06, "skill_upper": 0.33,
        "by_family": [{"family": "mmlu", "n": 57, "mae": 2.1, "crps": 1.4, "coverage": {"90": 0.9}},
                      {"family": "piqa", "n": 1, "mae": None, "crps": None, "reason": "one task only"}],
    }  # fmt: skip


def curves_of(cells: list[Cell]) -> Curves:
    """Return a band around a line through the first and last mean of each family and lineage."""
    rows = []
    for family, lineage in dict.fromkeys((c.family, c.lineage) for c in cells):
        mine = [c for c in cells if (c.family, c.lineage) == (family, lineage)]
        sizes = sorted({c.n_params for c in mine})
        means = [
            sum(c.k for c in mine if c.n_params == s) / sum(c.n for c in mine if c.n_params == s)
            for s in sizes
        ]
        z = [math.log(min(max(m, 0.02), 0.98) / (1 - min(max(m, 0.02), 0.98))) for m in means]
        start, end = math.log(sizes[0]), math.log(sizes[-1])
        for i in range(25):
            at = i / 24
            centre = 1 / (1 + math.exp(-(z[0] + at * (z[-1] - z[0]))))
            quantiles = spread(centre, 0.08 + 0.06 * at)
            rows.append({"task_family": family, "task_id": None, "lineage": lineage,
                         "x": math.exp(start + at * (end - start)),
                         **{q: quantiles[q] for q in ("q050", "q500", "q950")}})  # fmt: skip
    return Curves(pl.DataFrame(rows, schema_overrides={"task_id": pl.String}), "n_params", "")


SEAL = Seal("4be1" * 16, "2026-03-02T10:15:00Z", "forecast", 65)
PROVENANCE = Provenance(
    "9c2f" * 16,
    "0.1.0+sha256:0123abcd",
    (ImportRecord("i1", "pythia_long", "evals_long.csv.gz", "77aa" * 16, 12_340),),
    7,
)


def full(
    cells: list[Cell], *, opened: bool = True, title: str = "What will the next model score?"
) -> ReportInput:
    """Return an input with every part: the last model of the last lineage is the target."""
    lineage = cells[-1].lineage
    sizes = sorted({c.n_params for c in cells if c.lineage == lineage})
    last, truth = ([c for c in cells if c.lineage == lineage and c.n_params == size] for size in sizes[-2:])
    target = truth[0].model
    known = [c for c in cells if c.model != target]
    surprises = [{"task_id": truth[0].task, "direction": "above", "p": 0.0004, "q": 0.03}]
    verdict = {
        "target": target, "sha256": SEAL.sha256, "label": "forecast", "mae": 2.4, "log_score": -3.4,
        "crps": 1.7, "coverage": {"50": 0.48, "80": 0.83, "90": 0.92}, "skill": {"b1_persistence": 0.2},
        "surprises": surprises, "rung_shock": {"size_sd": 0.8, "points": 2.1, "p": 0.31, "reason": None},
    }  # fmt: skip
    return ReportInput(
        title=title,
        ladder=ladder_of(cells),
        cells=cells_of(known),
        prediction=Prediction(
            pl.concat([forecasts_of(target, last), failed_forecast(target, "essay quality")]), SEAL
        ),
        opened=Opened(observations_of(target, truth), verdict) if opened else None,
        backtest=Backtest(backtest_document(), past_of(cells)),
        reliability=Reliability(
            (31, 22, 18, 20, 25, 21, 19, 17, 24, 48),
            (
                Coverage(0.5, 0.53, 0.44, 0.61),
                Coverage(0.8, 0.81, 0.72, 0.88),
                Coverage(0.9, 0.91, 0.84, 0.96),
            ),
        ),
        curves=curves_of(known),
        diagnosed=diagnosed(),
        time_horizons=time_horizons(),
        human_times=human_times(),
        budget=budget(),
        flags=flags(),
        headline=headline(),
        comparison=compared(),
        red_lines=red_lines(),
        transcripts=transcripts(),
        record={"forecasts": [{"target": target, "label": "forecast", "opened": opened, "intact": True}]},
        warnings=(
            "Two models of the ladder have the same number of tokens.",
            "The harness changed between rungs 2 and 3.",
        ),
        provenance=PROVENANCE,
    )


def with_hostile_names(content: ReportInput) -> ReportInput:
    """Return `content` with every name of a model, family, lineage and task hostile."""

    def hostile(value: str, prefix: str = "") -> str:
        name = HOSTILE[hash_of(value) % len(HOSTILE)]
        return f"{prefix}{name[: 240 - len(prefix)]} {hash_of(value)}"

    def renamed(frame: pl.DataFrame | None) -> pl.DataFrame | None:
        if frame is None:
            return None
        names = [
            c
            for c in ("model", "lineage", "task_family", "family", "task_id", "target", "cutoff", "block")
            if c in frame.columns
        ]
        return frame.with_columns(
            pl.col(name).map_elements(hostile, return_dtype=pl.String, skip_nulls=True) for name in names
        )

    assert content.prediction is not None
    assert content.opened is not None
    assert content.backtest is not None
    assert content.curves is not None
    verdict = dict(content.opened.verdict)
    verdict["target"] = hostile(verdict["target"])
    verdict["surprises"] = [{**s, "task_id": hostile(s["task_id"])} for s in verdict["surprises"]]
    document = dict(content.backtest.document)
    document["baselines"] = [{**b, "name": hostile(b["name"])} for b in document["baselines"]]
    document["best_baseline"] = hostile(document["best_baseline"])
    return replace(
        content,
        title=HOSTILE[0],
        ladder=renamed(content.ladder),
        cells=renamed(content.cells),
        prediction=Prediction(
            renamed(content.prediction.forecasts), replace(SEAL, anchor=HOSTILE[1], label=HOSTILE[0])
        ),  # type: ignore[arg-type]
        opened=Opened(renamed(content.opened.observations), verdict),  # type: ignore[arg-type]
        backtest=Backtest(document, renamed(content.backtest.forecasts)),
        curves=replace(content.curves, frame=renamed(content.curves.frame), unit=HOSTILE[1]),  # type: ignore[arg-type]
        diagnosed=diagnosed(HOSTILE[0]),
        time_horizons=time_horizons(HOSTILE[0]),
        human_times=human_times(HOSTILE[0]),
        budget=budget(HOSTILE[0]),
        flags=flags(HOSTILE[0]),
        headline=headline(about=HOSTILE[0]),
        comparison=compared(name=HOSTILE[0]),
        red_lines=red_lines(HOSTILE[0]),
        transcripts=transcripts(HOSTILE[0]),
        warnings=HOSTILE,
        provenance=Provenance(
            HOSTILE[0], HOSTILE[1], (ImportRecord(HOSTILE[0], HOSTILE[1], HOSTILE[3], "0" * 64, 1),)
        ),
    )


def hash_of(text: str) -> int:
    """Return a small number that is the same in every process."""
    return sum(ord(c) * (i + 1) for i, c in enumerate(text)) % 9973
