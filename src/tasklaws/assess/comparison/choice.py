"""Which results of a study two models are compared by, and what to beware of in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.study.attempts import DEFAULT, one_per_task

if TYPE_CHECKING:
    from tasklaws.study.folder import Study

BOTH = 2
"""Models that are compared."""


@dataclass(frozen=True)
class Chosen:
    """The cells of both models: one metric, and for each model one elicitation."""

    a: str
    b: str
    cells: pl.DataFrame
    """Of tasks that both tried, two rows each; of the schema ``cells``."""
    metric: str
    elicitations: dict[str, str]
    """Of each model."""
    harnesses: dict[str, tuple[str, ...]]
    alone: dict[str, tuple[str, ...]]
    """Model -> tasks that only it tried."""
    harness: str | None
    notes: tuple[str, ...]

    @property
    def tasks(self) -> int:
        """Return how many tasks both tried."""
        return self.cells["task_id"].n_unique()

    def runs(self, study: Study) -> pl.DataFrame:
        """Return the attempts behind the cells; none where only cells were imported."""
        runs = study.runs().with_columns(pl.col("harness_id", "elicitation").fill_null(DEFAULT))
        asked = (pl.col("metric") == self.metric) & pl.col("task_id").is_in(
            self.cells["task_id"].unique().to_list()
        )
        own = pl.any_horizontal(
            (pl.col("model") == model) & (pl.col("elicitation") == name)
            for model, name in self.elicitations.items()
        )
        harness = pl.lit(value=True) if self.harness is None else pl.col("harness_id") == self.harness
        return runs.filter(asked & own & harness)


def choose(
    study: Study,
    a: str,
    b: str,
    *,
    metric: str | None = None,
    elicitation: str | None = None,
    harness: str | None = None,
) -> Chosen:
    """Return the results that both models have; what is not named is as `study.toml` says, or most common.

    Raises:
        UnknownName: there is no such model, metric, elicitation or harness.
        BadInput: the two are one, or scores are no shares in [0, 1].
        NoAnswer: they share no task.
    """
    said = study.settings
    harness = harness or said.harness
    cells = study.cells(harness=harness)
    _refuse_models(a, b, set(cells["model"].unique()))
    both = cells.filter(pl.col("model").is_in([a, b]))
    both, metric = _of_metric(both, a, b, metric or said.metric)
    names = _elicitations(both, a, b, elicitation or said.elicitation)
    own = pl.concat(
        both.filter((pl.col("model") == model) & (pl.col("elicitation") == name))
        for model, name in names.items()
    )
    tried = own.filter(pl.col("model").n_unique().over("task_id") == BOTH)
    if not tried.height:
        _refuse_apart(a, b, metric)
    pooled = pl.concat(one_per_task(part, metric)[0] for _, part in tried.group_by("model")).sort(
        "task_id", "model"
    )
    _refuse_units(pooled, metric)
    alone = {
        model: tuple(sorted(_tasks(own, model) - _tasks(own, other))) for model, other in ((a, b), (b, a))
    }
    harnesses = {
        model: tuple(tried.filter(pl.col("model") == model)["harness_id"].unique().sort()) for model in (a, b)
    }
    notes = tuple(_notes(study, pooled, names, harnesses, metric))
    return Chosen(a, b, pooled, metric, names, harnesses, alone, harness, notes)


def _tasks(cells: pl.DataFrame, model: str) -> set[str]:
    return set(cells.filter(pl.col("model") == model)["task_id"])


def _refuse_models(a: str, b: str, known: set[str]) -> None:
    for model in (a, b):
        if model not in known:
            raise UnknownName("model with results", model, known)
    if a == b:
        raise BadInput(f"{a!r} is named twice.", "A comparison is of two models.", "Name another.")


def _refuse_apart(a: str, b: str, metric: str) -> None:
    raise NoAnswer(
        "no-shared-tasks",
        f"{a!r} and {b!r} have no task of metric {metric!r} in common.",
        "A comparison needs tasks that both tried.",
        "Name another metric, or run both on the same tasks.",
    )


def _of_metric(both: pl.DataFrame, a: str, b: str, wanted: str | None) -> tuple[pl.DataFrame, str]:
    """Return the cells of one metric: that with most tasks tried by both, of equal ones the binary."""
    known = both["metric"].unique().to_list()
    if wanted is not None and wanted not in known:
        raise UnknownName("metric", wanted, known)
    shared = both.filter(pl.col("model").n_unique().over("task_id", "metric") == BOTH)
    if wanted is None and not shared.height:
        _refuse_apart(a, b, known[0])
    wanted = wanted or _most(shared, "metric")
    return both.filter(pl.col("metric") == wanted), wanted


def _elicitations(both: pl.DataFrame, a: str, b: str, wanted: str | None) -> dict[str, str]:
    """Return the elicitation of each model: one for both where they share one."""
    known = both["elicitation"].unique().to_list()
    if wanted is not None and wanted not in known:
        raise UnknownName("elicitation", wanted, known)
    if wanted is not None:
        return {a: wanted, b: wanted}
    shared = both.filter(pl.col("model").n_unique().over("task_id", "elicitation") == BOTH)
    if shared.height:
        name = _most(shared, "elicitation")
        return {a: name, b: name}
    return {model: _most(both.filter(pl.col("model") == model), "elicitation") for model in (a, b)}


def _most(cells: pl.DataFrame, column: str) -> str:
    counted = cells.group_by(column).agg(
        pl.col("task_id").n_unique().alias("tasks"), pl.col("k").count().alias("binary")
    )
    return str(counted.sort("tasks", "binary", column, descending=[True, True, False])[column][0])


def _refuse_units(cells: pl.DataFrame, metric: str) -> None:
    mean = pl.coalesce("k", "sum") / pl.col("n")
    if cells.filter((mean < 0) | (mean > 1)).height:
        raise BadInput(
            f"metric {metric!r} is no share: some means lie outside of 0 to 1.",
            "Differences are of scores in [0, 1].",
            "Name another with --metric.",
        )


def _notes(
    study: Study,
    cells: pl.DataFrame,
    elicitations: dict[str, str],
    harnesses: dict[str, tuple[str, ...]],
    metric: str,
) -> list[str]:
    """Return in what the two were not treated alike, and how scores are to be read."""
    (a, e_a), (b, e_b) = elicitations.items()
    notes = []
    if e_a != e_b:
        notes.append(f"elicitations differ: {e_a} for {a}, {e_b} for {b}; the difference holds theirs too")
    if harnesses[a] != harnesses[b]:
        told = "; ".join(f"{', '.join(names)} for {model}" for model, names in harnesses.items())
        notes.append(f"harnesses differ: {told}; the difference holds theirs too")
    if cells["k"].null_count():
        notes.append(f"metric {metric} is graded: a difference of .01 is one point of score, not of success")
    tasks = study.tasks().filter(pl.col("metric") == metric)
    if (tasks["direction"] == "lower").any():
        notes.append(f"lower is better by metric {metric}: a model that is ahead has the lower score")
    return notes + _unlike_n(cells, a, b)


def _unlike_n(cells: pl.DataFrame, a: str, b: str) -> list[str]:
    n = {model: cells.filter(pl.col("model") == model).sort("task_id")["n"] for model in (a, b)}
    apart = int((n[a] != n[b]).sum())
    if not apart:
        return []
    totals = f"{n[a].sum()} of {a}, {n[b].sum()} of {b}"
    return [f"attempts differ in number at {apart} of {len(n[a])} tasks ({totals} in all)"]
