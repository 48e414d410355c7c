"""What checks look at: one ladder of a study with everything that was measured on it, family by family.

Counts are those of the target metric under the target elicitation, one cell per model and task. All else
stands beside them as tables, for the checks that read other metrics, other efforts or people's times.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.assess.features import candidates, has_place, places
from tasklaws.assess.selection import Selection, select
from tasklaws.core.errors import NoAnswer, UnknownName
from tasklaws.core.tables import CELLS, HUMAN_TIMES, RUNS, TASKS
from tasklaws.spec.ladder import Rung
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from tasklaws.infer.arrays import Floats

LIMITED = pl.col("outcome").str.starts_with("limit")
TOOL_LIMITED = pl.col("tool_outcome").is_in(["timeout", "limit"])
"""An attempt may end with an answer, and yet a limit of a tool's call have decided what it was."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Successes and attempts of tasks on the rungs of one ladder; arrays of shape (tasks, models)."""

    tasks: tuple[str, ...]
    families: tuple[str, ...]
    """Family of each task."""
    models: tuple[str, ...]
    """Weakest first."""
    k: Floats
    n: Floats
    """0 where a model was not asked."""
    k_limit: Floats
    """Successes among the attempts that a limit ended, of the harness or of a tool's call."""
    n_limit: Floats
    floor: Floats
    """Documented chance rate, of shape (tasks,)."""
    ceiling: Floats

    @property
    def rate(self) -> Floats:
        """Return k / n, NaN where a model was not asked."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.n > 0, self.k / np.where(self.n > 0, self.n, 1.0), np.nan)

    def unlimited(self) -> Counts:
        """Return the counts without the attempts that a limit ended."""
        nothing = np.zeros_like(self.n)
        return replace(
            self, k=self.k - self.k_limit, n=self.n - self.n_limit, k_limit=nothing, n_limit=nothing
        )

    def tasks_at(self, keep: Sequence[int] | np.ndarray) -> Counts:
        """Return the counts of some tasks, by their places."""
        at = np.asarray(keep, dtype=int)
        arrays = {name: getattr(self, name)[at] for name in (*_CELLS, "floor", "ceiling")}
        tasks, families = (tuple(names[i] for i in at) for names in (self.tasks, self.families))
        return replace(self, tasks=tasks, families=families, **arrays)

    def models_at(self, keep: Sequence[int] | np.ndarray) -> Counts:
        """Return the counts of some models, by their places."""
        at = np.asarray(keep, dtype=int)
        arrays = {name: getattr(self, name)[:, at] for name in _CELLS}
        return replace(self, models=tuple(self.models[i] for i in at), **arrays)

    def of(self, family: str) -> Counts:
        """Return the counts of one family's tasks."""
        return self.tasks_at([i for i, own in enumerate(self.families) if own == family])


_CELLS = ("k", "n", "k_limit", "n_limit")


@dataclass(frozen=True, eq=False)
class Suite:
    """One ladder with all that was measured on it."""

    lineage: str
    axis: str
    unit: str
    """Unit of `x`: ``decades`` or ``years``."""
    counts: Counts
    """Every task with scores of 0 and 1."""
    graded: tuple[tuple[str, str], ...]
    """(family, task) of the tasks whose target metric is graded: they have no counts."""
    x: Floats
    """Place of each model, growing, of shape (models,)."""
    sizes: tuple[str, ...]
    """Size of each model; models of one size differ by their seed."""
    metric: str
    elicitation: str
    cells: pl.DataFrame
    """Schema ``cells``: every metric and elicitation of these models."""
    runs: pl.DataFrame
    """Schema ``runs`` and what its sources added: every attempt of these models; empty without attempts."""
    tasks: pl.DataFrame
    """Schema ``tasks``."""
    human: pl.DataFrame
    """Schema ``human_times``."""
    rungs: tuple[Rung, ...]
    notes: tuple[str, ...] = field(default=())
    folder: Path | None = None
    """Of the study, where there is one."""
    seed: int = 0

    @property
    def models(self) -> tuple[str, ...]:
        """Return the models, weakest first."""
        return self.counts.models

    @property
    def families(self) -> tuple[str, ...]:
        """Return the families in the order of their names, those with graded scores too."""
        return tuple(sorted({*self.counts.families, *(family for family, _ in self.graded)}))

    @cached_property
    def attempts(self) -> pl.DataFrame:
        """Return the attempts behind the counts: target metric and target elicitation."""
        if not self.runs.height:
            return self.runs
        elicited = pl.col("elicitation").fill_null("default") == self.elicitation
        return self.runs.filter((pl.col("metric") == self.metric) & elicited)

    def evidence(self, family: str) -> Evidence:
        """Return what is known of one family.

        Raises:
            UnknownName: there is no such family.
        """
        if family not in self.families:
            raise UnknownName("family", family, self.families)
        return Evidence(family, self, self.counts.of(family))


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of one family on one ladder."""

    family: str
    suite: Suite
    counts: Counts
    """Of the family's tasks."""

    @property
    def x(self) -> Floats:
        """Return the place of each model, growing, of shape (models,)."""
        return self.suite.x

    @cached_property
    def attempts(self) -> pl.DataFrame:
        """Return the family's attempts behind the counts."""
        return self.suite.attempts.filter(pl.col("task_family") == self.family)

    @cached_property
    def runs(self) -> pl.DataFrame:
        """Return the family's attempts of every metric and elicitation."""
        return self.suite.runs.filter(pl.col("task_family") == self.family)

    @cached_property
    def cells(self) -> pl.DataFrame:
        """Return the family's cells of every metric and elicitation."""
        return self.suite.cells.filter(pl.col("task_family") == self.family)

    @cached_property
    def tasks(self) -> pl.DataFrame:
        """Return the records of the family's tasks."""
        return self.suite.tasks.filter(pl.col("task_family") == self.family)

    @cached_property
    def human(self) -> pl.DataFrame:
        """Return people's attempts at the family's tasks."""
        return self.suite.human.filter(pl.col("task_family") == self.family)

    @property
    def rungs_in_play(self) -> int:
        """Return how many models were asked a question of this family."""
        return int((self.counts.n.sum(axis=0) > 0).sum())


def suites(study: Study | str | Path, models: Collection[str] | None = None) -> list[Suite]:
    """Return one suite for each lineage of a study.

    Args:
        study: the study.
        models: only what these models tell; None for all of the ladder.

    Raises:
        NoAnswer: no model with results stands on the ladder.
    """
    study = study if isinstance(study, Study) else Study(study)
    selection = select(study)
    every, runs = study.cells(harness=study.settings.harness), study.runs()
    harness = study.settings.harness
    if harness is not None and runs.height:
        runs = runs.filter(pl.col("harness_id") == harness)
    tables = _Tables(every, runs, study.tasks(), study.human())
    made = [suite_of(selection, lineage, tables, models) for lineage in selection.lineages]
    return [replace(one, folder=study.path, seed=study.settings.seed) for one in made if one.counts.models]


@dataclass(frozen=True)
class _Tables:
    """The tables of a study."""

    cells: pl.DataFrame
    runs: pl.DataFrame = field(default_factory=RUNS.empty)
    tasks: pl.DataFrame = field(default_factory=pl.DataFrame)
    human: pl.DataFrame = field(default_factory=HUMAN_TIMES.empty)


def suite_of(
    selection: Selection, lineage: str, tables: _Tables, models: Collection[str] | None = None
) -> Suite:
    """Return the suite of one lineage of a selection; of no models where none of it has results."""
    axis = selection.ladder.axis_of(lineage)
    rungs = [
        rung
        for rung in selection.evaluated(lineage)
        if has_place(rung, axis) and (models is None or rung.model in models)
    ]
    names = [rung.model for rung in rungs]
    feature = candidates(axis)[0]
    target = selection.cells.filter(pl.col("model").is_in(names))
    elicitation = str(selection.cells["elicitation"][0]) if selection.cells.height else "default"
    own = pl.col("model").is_in(names)
    runs = tables.runs.filter(own) if tables.runs.height else tables.runs
    facts = selection.task_table(names)
    return Suite(
        lineage,
        axis,
        feature.unit,
        _counts(facts.filter("binary"), target, _limited(runs, selection.metric, elicitation), names),
        tuple(facts.filter(~pl.col("binary")).select("task_family", "task_id").iter_rows()),
        places((feature,), rungs)[:, 0] if rungs else np.empty(0),
        tuple(selection.ladder.size_of(name) for name in names),
        selection.metric or "score",
        elicitation,
        tables.cells.filter(own),
        runs,
        tables.tasks,
        tables.human,
        tuple(rungs),
        selection.notes,
    )


def _limited(runs: pl.DataFrame, metric: str | None, elicitation: str) -> pl.DataFrame:
    """Return model, task_id, n_limit and k_limit of the attempts that a limit decided."""
    if not runs.height:
        return pl.DataFrame(schema={"model": pl.String, "task_id": pl.String, "n_limit": pl.Float64,
                                    "k_limit": pl.Float64})  # fmt: skip
    limited = LIMITED.fill_null(value=False)
    if "tool_outcome" in runs.columns:
        limited = limited | TOOL_LIMITED.fill_null(value=False)
    own = (pl.col("metric") == metric) & (pl.col("elicitation").fill_null("default") == elicitation)
    return (
        runs.filter(own & limited & pl.col("score").is_not_null())
        .group_by("model", "task_id")
        .agg(pl.len().cast(pl.Float64).alias("n_limit"), pl.col("score").sum().alias("k_limit"))
    )


def _counts(facts: pl.DataFrame, cells: pl.DataFrame, limited: pl.DataFrame, models: Sequence[str]) -> Counts:
    """Return the counts of the tasks in `facts`; limits are counted from attempts where there are any."""
    ids = facts["task_id"].to_list()
    shape = len(ids), len(models)
    arrays = {name: np.zeros(shape) for name in _CELLS}
    row, column = {t: i for i, t in enumerate(ids)}, {m: j for j, m in enumerate(models)}
    known = cells.filter(pl.col("task_id").is_in(ids) & pl.col("k").is_not_null())
    stated = known.select("model", "task_id", "k", "n", pl.col("n_limit").fill_null(0).alias("said"))
    joined = stated.join(limited, on=["model", "task_id"], how="left").with_columns(
        pl.col("k_limit").fill_null(0.0),
        pl.col("n_limit").fill_null(pl.col("said").cast(pl.Float64)),
    )
    for model, task, *values in joined.select("model", "task_id", *_CELLS).iter_rows():
        for name, value in zip(_CELLS, values, strict=True):
            arrays[name][row[task], column[model]] = value
    return Counts(
        tuple(ids),
        tuple(facts["task_family"]),
        tuple(models),
        **arrays,
        floor=facts["floor"].to_numpy().astype(float),
        ceiling=facts["ceiling"].to_numpy().astype(float),
    )


def suite_from_counts(
    counts: Counts, x: Floats, *, unit: str = "decades", metric: str = "exact", seed: int = 0
) -> Suite:
    """Return a suite of counts alone, such as a design that is simulated; it has no attempts and no people.

    Args:
        counts: successes and attempts, models weakest first.
        x: place of each model, growing, of shape (models,).
        unit: of `x`.
        metric: what was counted.
        seed: of everything random.
    """
    rungs = tuple(Rung(model, "simulated") for model in counts.models)
    return Suite(
        "simulated", "flops", unit, counts, (), np.asarray(x, float), counts.models, metric, "default",
        CELLS.empty(), RUNS.empty(), TASKS.empty(), HUMAN_TIMES.empty(), rungs, seed=seed,
    )  # fmt: skip


def refuse_nothing(made: Sequence[Suite]) -> None:
    """Raise where no suite has a model.

    Raises:
        NoAnswer: there is none.
    """
    if not made:
        raise NoAnswer(
            "no-results",
            "no model of the ladder has results.",
            "A family is judged by the scores of models on a ladder.",
            "Import results, or run the study.",
        )
