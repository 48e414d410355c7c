"""Results and samples of EleutherAI's lm-evaluation-harness, `results_*.json` and `samples_*.jsonl`.

Means of scores from 0 to 1 become cells; n is what the file states, else what the standard error of a
share tells, n = p (1 - p) / se^2 + 1. Samples become attempts and go before the mean of the same run.
Groups count their parts again and are left out; a task's family is its innermost group. Perplexities and
the like are no means of scores and are set aside. The chance rate is not in these files and stays open.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import BadTable
from tasklaws.core.tables import CELLS, RUNS, TASKS
from tasklaws.importers._lm_eval_results import DATED, Measured, Results
from tasklaws.importers._lm_eval_samples import Samples
from tasklaws.spec.importer import Imported, Importer, ImportOptions, Quarantined
from tasklaws.spec.source import expand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

CELL = ("model", "task_id", "metric", "harness_id", "elicitation")
ROUNDED = 1e-6
"""How far a mean may lie beside that of its samples."""


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:
    """Return cells and attempts of every model at its last step, or at all with `options.steps`."""
    files = expand(paths, ("*.json", "*.jsonl"))
    made = [Results(file) for file in files if file.suffix != ".jsonl"]
    beside = {(one.file.parent, date[1]): one for one in made if (date := DATED.search(one.file.stem))}
    sampled = [Samples(file, beside) for file in files if file.suffix == ".jsonl"]
    rows, measured = _rows(sampled), [one for results in made for one in results.measured()]
    names = _Names([*((o.asked.model, o.asked.step) for o in measured), *rows], options.steps)
    cells, notes, aside = _latest(_with_n(measured), names)
    runs = _runs(rows, names)
    if not cells.height and not runs.height:
        raise BadTable(
            f"{', '.join(file.name for file in files[:3])}: no share of successes with its n.",
            "A cell needs both.",
            "Name the samples too, or a file that states 'n-samples' or standard errors.",
        )
    kept = cells.join(runs, on=CELL, how="anti")
    notes += _doubled(cells, runs)
    return Imported(
        rows=kept.height + runs.height,
        runs=runs if runs.height else None,
        cells=kept.select(CELLS.names) if kept.height else None,
        tasks=_tasks(cells, runs),
        quarantined=(
            *(q for one in made for q in one.aside),
            *(q for one in sampled for q in one.aside),
            *aside,
        ),
        warnings=tuple(dict.fromkeys([*_notes(made), *(n for one in sampled for n in one.notes), *notes])),
    )


class _Names:
    """Which steps of a model are taken, and what the models are then called."""

    def __init__(self, seen: Iterable[tuple[Any, ...]], steps: str) -> None:
        self.every = steps == "all"
        self.last: dict[str, int] = {}
        for model, step, *_ in seen:
            self.last[model] = max(self.last.get(model, -1), -1 if step is None else step)

    def taken(self, model: str, step: int | None) -> bool:
        """Return whether that step is one of those asked for."""
        return self.every or self.last[model] == (-1 if step is None else step)

    def of(self, model: str, step: int | None) -> str:
        """Return the name of the model at that step."""
        return f"{model}@{step}" if self.every and step is not None else model


def _rows(sampled: Iterable[Samples]) -> list[tuple[str, int | None, dict[str, Any]]]:
    return [(one.model, one.step, row) for one in sampled for row in one.rows()]


def _runs(rows: Iterable[tuple[str, int | None, dict[str, Any]]], names: _Names) -> pl.DataFrame:
    taken = [row | {"model": names.of(model, step)} for model, step, row in rows if names.taken(model, step)]
    return pl.DataFrame(taken, schema=dict(RUNS.dtypes())).unique(RUNS.key, keep="last", maintain_order=True)


def _with_n(measured: list[Measured]) -> list[Measured]:
    """Give n, where one is missing, that of the same task: in the same file, else if all files agree."""
    here: dict[tuple[Any, ...], set[int]] = defaultdict(set)
    for one in measured:
        if one.n is not None:
            here[one.asked, one.task].add(one.n)
            here[one.task, one.asked.harness_id].add(one.n)
    for one in measured:
        if one.n is None:
            known = here[one.asked, one.task] or here[one.task, one.asked.harness_id]
            one.n = next(iter(known)) if len(known) == 1 else None
    return measured


def _latest(
    measured: list[Measured], names: _Names
) -> tuple[pl.DataFrame, list[str], tuple[Quarantined, ...]]:
    """Return the cells, of two runs of one cell the later; what to note; and those without n."""
    aside, told, twice = [], {}, 0
    for one in sorted(measured, key=lambda one: one.asked.made):
        if not names.taken(one.asked.model, one.asked.step):
            continue
        if one.n is None:
            aside.append(Quarantined(one.asked.made[1], 0, f"{one.task}, {one.metric}: n is not known"))
            continue
        model = names.of(one.asked.model, one.asked.step)
        twice += (model, *one.key[1:]) in told
        told[model, *one.key[1:]] = _cell(one, model)
    types = {**CELLS.dtypes(), "direction": pl.String, "version": pl.String, "inferred": pl.Boolean}
    cells = pl.DataFrame(list(told.values()), schema=types)
    inferred = cells["inferred"].sum()
    notes = [f"{twice} cells stand in several files: the latest counts"] if twice else []
    notes += [f"n of {inferred} cells follows from standard errors"] if inferred else []
    return cells, notes, tuple(aside)


def _cell(one: Measured, model: str) -> dict[str, Any]:
    return {
        "model": model,
        "task_family": one.family,
        "task_id": one.task,
        "metric": one.metric,
        "harness_id": one.asked.harness_id,
        "elicitation": one.elicitation,
        "n": one.n,
        "k": one.k,
        "direction": one.direction,
        "version": one.version,
        "inferred": one.inferred,
    }


def _doubled(cells: pl.DataFrame, runs: pl.DataFrame) -> list[str]:
    """Return what to say of means whose samples are there too."""
    means = runs.group_by(CELL).agg(pl.col("score").mean().alias("mean"))
    both = cells.join(means, on=CELL)
    other = both.filter((pl.col("k") / pl.col("n") - pl.col("mean")).abs() > ROUNDED).height
    notes = [f"{both.height} means were left out: their samples are there"] if both.height else []
    return notes + ([f"{other} of them differ from the mean of their samples"] if other else [])


def _notes(made: Iterable[Results]) -> Iterable[str]:
    for one in made:
        if one.groups:
            yield f"{one.file.name}: {len(one.groups)} groups, which count their parts again, were left out"
        if one.asked.named_by_file:
            yield f"{one.file.name}: the model is called {one.asked.model!r} after the file"
        if (limit := one.config.get("limit")) is not None:
            yield f"{one.file.name}: limit = {limit}, so that only the first items were asked"


def _tasks(cells: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    known: Mapping[str, Any] = {"floor": None, "identical_items": True}
    of_runs = runs.group_by("task_id", "task_family", "metric", maintain_order=True).agg(
        pl.col("instance_id").n_unique().cast(pl.Int64).alias("n_items"), pl.lit("higher").alias("direction")
    )
    of_cells = cells.group_by("task_id", "task_family", "metric", maintain_order=True).agg(
        pl.col("n").max().alias("n_items"), pl.col("direction", "version").last()
    )
    both = pl.concat([of_cells, of_runs], how="diagonal").unique(["task_id", "metric"], maintain_order=True)
    told = both.with_columns(pl.lit(value).alias(name) for name, value in known.items())
    return TASKS.empty().pipe(lambda empty: pl.concat([empty, told], how="diagonal_relaxed"))


IMPORTER = Importer(
    name="lm_eval",
    summary="lm-evaluation-harness: results JSON (old and new format) as cells, samples JSONL as attempts",
    source="EleutherAI, lm-evaluation-harness, lm_eval/loggers/evaluation_tracker.py",
    status="published",
    read=read,
)
