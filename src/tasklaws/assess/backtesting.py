"""The verb `backtest`: how good such forecasts were so far, against baselines, by blocks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.backtest import BacktestTable, Case, run_backtest, suite_errors
from tasklaws.assess.baseline import BASELINES, LAW
from tasklaws.assess.folds import Fold, rolling_folds
from tasklaws.assess.folds import Rung as Place
from tasklaws.assess.selection import Selection, pose, refuse_without_counts, select
from tasklaws.assess.skill import EARLIER, Skill, best_with_hindsight, coverage, skills
from tasklaws.core.errors import NoAnswer
from tasklaws.core.progress import SILENT
from tasklaws.core.tables import QUANTILE_COLUMNS
from tasklaws.infer.law import default_law

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.blocks import Interval
    from tasklaws.core.progress import Progress
    from tasklaws.infer.arrays import Forecaster
    from tasklaws.study.folder import Study

FORECAST_COLUMNS = (
    "model", "cutoff", "family", "task_id", "n", "observed", "mean", *QUANTILE_COLUMNS,
    "forecaster", "block", "label", "log_score", "crps", "noise_crps", "pit", "off_floor", "status",
)  # fmt: skip
"""Columns of the forecasts file."""


@dataclass(frozen=True)
class Backtest:
    """All forecasts of a backtest, their scores and the skill of the law."""

    table: BacktestTable
    label: str
    n_folds: int
    skills: tuple[Skill, ...]
    skills_off_floor: tuple[Skill, ...]
    coverage: dict[int, Interval]
    best: str | None
    """The baseline with the smallest CRPS over all folds, known only with hindsight."""
    warnings: tuple[str, ...] = ()

    @property
    def headline(self) -> Skill | None:
        """Return the skill against the baseline chosen on earlier folds."""
        return next((one for one in self.skills if one.reference == EARLIER), None)

    def forecasts(self) -> pl.DataFrame:
        """Return every forecast of a cell with the columns FORECAST_COLUMNS."""
        return self.table.rows.rename({"target": "model", "task_family": "family"}).select(FORECAST_COLUMNS)

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        law = _means(self.table.of(LAW))
        headline, held = self.headline, self.coverage
        return {
            "folds": self.n_folds,
            "blocks": self.table.rows["block"].n_unique(),
            "label": self.label,
            **law,
            "coverage": {str(level): one.value for level, one in held.items()},
            "coverage_intervals": {
                str(level): [one.lower, one.upper] for level, one in self.coverage.items()
            },
            "baselines": [{"name": name, **_means(self.table.of(name))} for name in self._rivals()],
            "best_baseline": self.best,
            **_skill(headline),
            "references": {one.reference: _skill(one) for one in self.skills},
            "off_floor": {one.reference: _skill(one) for one in self.skills_off_floor},
            "suite": _suite(self.table),
            "by_family": _by_family(self.table, self.best),
            "surprises": _surprises(self.table),
            "rung_shocks": [
                {"target": target, "points": one.shock.points, "p": one.shock.p, "reason": one.shock.reason}
                for target, one in self.table.surprises.items()
            ],
            "failed": self.table.of(LAW).filter(pl.col("status") != "ok").height,
            "warnings": list(self.warnings),
        }

    def _rivals(self) -> list[str]:
        return [name for name in self.table.rows["forecaster"].unique(maintain_order=True) if name != LAW]


def _surprises(table: BacktestTable) -> list[dict[str, Any]]:
    """Return every task that surprised, most surprising first; false discoveries are held per target."""
    found = [
        {"target": target, **row}
        for target, one in table.surprises.items()
        for row in one.rows.filter("surprise").select("task_id", "direction", "p", "q").to_dicts()
    ]
    return sorted(found, key=lambda row: (row["q"], row["target"], row["task_id"]))


def _means(rows: pl.DataFrame) -> dict[str, float | None]:
    means = rows.select(
        pl.col("log_score").mean(), pl.col("crps").mean(), pl.col("absolute_error").mean().alias("mae")
    )
    return dict(means.row(0, named=True))


def _skill(one: Skill | None) -> dict[str, Any]:
    if one is None:
        return {"skill": None, "skill_lower": None, "skill_upper": None, "skill_reason": "no-reference"}
    return {
        "skill": one.skill.value,
        "skill_lower": one.skill.lower,
        "skill_upper": one.skill.upper,
        "skill_reason": one.skill.reason,
        "noise_adjusted_skill": one.noise_adjusted.value,
        "noise_adjusted_lower": one.noise_adjusted.lower,
        "noise_adjusted_upper": one.noise_adjusted.upper,
        "noise_adjusted_reason": one.noise_adjusted.reason,
        "n_blocks": one.n_blocks,
        "n_cells": one.n_cells,
        "p_sign_flip": one.sign_flip.p,
        "p_reason": one.sign_flip.reason,
        "reference": one.reference,
    }


def _suite(table: BacktestTable) -> list[dict[str, Any]]:
    """Return the error of the mean over tasks beside that of single tasks, per forecaster, in points."""
    errors = suite_errors(table).group_by("forecaster", maintain_order=True)
    named = errors.agg(pl.col("suite_error").abs().mean().alias("suite_mae"), pl.col("task_mae").mean())
    return named.rename({"forecaster": "name"}).to_dicts()


LEAST_REFERENCE = 1.0
NEAR_ZERO = "reference-near-zero"
"""Skill within a family is not defined where the reference is off by less than a point."""


def _by_family(table: BacktestTable, best: str | None) -> list[dict[str, Any]]:
    scored = table.rows.filter(pl.col("crps").is_not_null())
    law = scored.filter(pl.col("forecaster") == LAW).group_by("task_family", maintain_order=True)
    rival = scored.filter(pl.col("forecaster") == (best or "")).group_by("task_family")
    rows = law.agg(
        pl.len().alias("n_cells"),
        pl.col("crps").mean(),
        pl.col("absolute_error").mean().alias("mae"),
        ((pl.col("pit") - 0.5).abs() <= 0.45).mean().alias("coverage_90"),  # noqa: PLR2004 - half of .90
    ).join(rival.agg(pl.col("crps").mean().alias("crps_best_baseline")), on="task_family", how="left")
    enough = pl.col("crps_best_baseline") >= LEAST_REFERENCE
    skill = 1 - pl.col("crps") / pl.when(enough).then("crps_best_baseline")
    reason = pl.when(~enough).then(pl.lit(NEAR_ZERO)).alias("skill_reason")
    return rows.with_columns(skill.alias("skill"), reason).rename({"task_family": "family"}).to_dicts()


def folds_of(selection: Selection) -> list[Fold]:
    """Return the rolling-origin folds of the evaluated rungs of every lineage."""
    places = [
        Place(rung.model, lineage, selection.ladder.size_of(rung.model).removeprefix(f"{lineage}|"), height)
        for lineage in selection.lineages
        for rung in selection.evaluated(lineage)
        if (height := rung.height(selection.ladder.axis_of(lineage))) is not None
    ]
    return rolling_folds(places)


def backtest(
    study: Study | str | Path,
    forecasts: str | Path | None = None,
    *,
    law: Forecaster = default_law,
    progress: Progress = SILENT,
) -> Backtest:
    """Forecast every size from the sizes below it, everything refitted, and compare with the baselines.

    Args:
        study: the study.
        forecasts: Parquet file to write every forecast of a cell to.
        law: the forecaster to judge.
        progress: who hears how far it is.

    Raises:
        NoAnswer: no fold has three rungs of two sizes before it, or no task has counts.
    """
    selection = select(study)
    cases, refused = cases_of(selection)
    if not cases:
        raise _no_fold(refused)
    table = _judge(cases, law, progress)
    told = (f"fold {block} is left out: {error.what}" for block, error in refused)
    made = summed(table, (*selection.notes, *told))
    if forecasts is not None:
        made.forecasts().write_parquet(forecasts)
    return made


def _no_fold(refused: list[tuple[str, NoAnswer]]) -> NoAnswer:
    """Return why no fold can be forecast, as the last one tells it, which has the most rungs before it."""
    if refused:
        block, error = refused[-1]
        return NoAnswer(
            error.reason,
            f"{len(refused)} folds and none of them can be forecast; "
            f"fold {block}: {error.what.removeprefix(f'{error.reason}: ')}",
            error.need,
            error.way_out,
        )
    return NoAnswer(
        "ladder-too-short",
        "no lineage has results of three sizes.",
        "A fold needs three rungs of two sizes before the size it holds out.",
        "Import results of more models.",
    )


def cases_of(selection: Selection) -> tuple[list[Case], list[tuple[str, NoAnswer]]]:
    """Return the folds as cases, and the blocks of the others with why they cannot be forecast."""
    cases, refused = [], []
    order: dict[str, int] = {}
    for fold in folds_of(selection):
        train = [selection.ladder[model] for model in fold.train_models]
        targets = [selection.ladder[model] for model in fold.target_models]
        try:
            problem = pose(selection, fold.lineage, train, targets)
            refuse_without_counts(problem)
        except NoAnswer as error:
            refused.append((fold.block, error))
            continue
        at = order.setdefault(fold.lineage, 0)
        order[fold.lineage] += 1
        target = replace(problem.target, n=problem.n)
        cases.append(
            Case(
                "study", fold.lineage, fold.block, at, problem.ladder, target, problem.k, problem.information
            )
        )
    return cases, refused


def _judge(cases: list[Case], law: Forecaster, progress: Progress) -> BacktestTable:
    baselines = {name: baseline.forecast for name, baseline in BASELINES.items()}
    tables = []
    with progress.stage("backtest", total=len(cases)) as advance:
        for number, case in enumerate(cases):
            tables.append(run_backtest([case], law, baselines, np.random.default_rng(number)))
            advance(1)
    joints = {target: draws for table in tables for target, draws in table.joints.items()}
    surprises = {target: found for table in tables for target, found in table.surprises.items()}
    return BacktestTable(pl.concat([table.rows for table in tables]), joints, surprises)


def summed(table: BacktestTable, warnings: tuple[str, ...] = ()) -> Backtest:
    """Return a backtest's forecasts with their skill and coverage; of several labels the first counts."""
    labels = table.rows["label"].unique(maintain_order=True).to_list()
    label = str(labels[0])
    if len(labels) > 1:
        kept = table.rows.filter(pl.col("label") == label)
        warnings = (
            *warnings,
            f"folds of label {', '.join(labels[1:])} are left out of the summary of {label!r} folds",
        )
        table = BacktestTable(kept, table.joints, table.surprises)
    rng = np.random.default_rng(0)
    return Backtest(
        table,
        label,
        table.rows["block"].n_unique(),
        tuple(skills(table, rng)),
        tuple(skills(table, rng, off_floor_only=True)),
        coverage(table.of(LAW), rng),
        best_with_hindsight(table, label),
        warnings,
    )
