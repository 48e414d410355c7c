"""From a study to arrays: which cells are forecast, on which rungs, for which targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from tasklaws.assess.checkpoints import KEPT, late_checkpoints
from tasklaws.assess.features import Feature, choose_features, has_place, places, refuse_unplaced
from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.infer.arrays import LadderArrays, TargetArrays
from tasklaws.spec.ladder import LOSSES, Ladder, Rung
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from tasklaws.infer.arrays import Floats

LEAST_RUNGS = 3
LEAST_SIZES = 2


@dataclass(frozen=True)
class Selection:
    """The cells of a study that are forecast: one metric, one row per model and task."""

    ladder: Ladder
    cells: pl.DataFrame
    """Of the schema ``cells``."""
    tasks: pl.DataFrame
    """Of the schema ``tasks``."""
    identical_items: bool
    """Training rungs and targets answer the same instances."""
    lineages: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())
    left_out: frozenset[str] = frozenset()
    """Models with results that nothing is learnt from; their results stand among the cells all the same."""

    @property
    def metric(self) -> str | None:
        """Return the metric; None where there are no cells."""
        return str(self.cells["metric"][0]) if self.cells.height else None

    def evaluated(self, lineage: str) -> tuple[Rung, ...]:
        """Return the rungs of a lineage that are learnt from, weakest first."""
        known = set(self.cells["model"].unique()) - self.left_out
        return tuple(rung for rung in self.ladder.of(lineage) if rung.model in known)

    def task_table(self, models: Collection[str] | None = None) -> pl.DataFrame:
        """Return task_id, task_family, floor, ceiling, content_hash and whether counts exist, sorted.

        Args:
            models: only what their cells tell, so that nothing is learnt from models yet to come.
        """
        cells = self.cells if models is None else self.cells.filter(pl.col("model").is_in(list(models)))
        metric = self.cells.head(1).select("metric")
        facts = self.tasks.join(metric, on="metric", how="semi").unique("task_id", keep="first")
        return (
            cells.group_by("task_id")
            .agg(pl.col("task_family").first(), pl.col("k").is_not_null().all().alias("binary"))
            .join(facts.select("task_id", "floor", "ceiling", "content_hash"), on="task_id", how="left")
            .with_columns(pl.col("floor").fill_null(0.0), pl.col("ceiling").fill_null(1.0))
            .sort("task_id")
        )


def select(study: Study | str | Path) -> Selection:
    """Return the cells of a study that are forecast, as `study.toml` says.

    Raises:
        NoAnswer: no model has results, or no model with results stands on the ladder.
        UnknownName: study.toml names a metric, elicitation or lineage that there is not.
    """
    study = study if isinstance(study, Study) else Study(study)
    ladder, said = study.ladder(), study.settings
    cells, notes = study.target_cells()
    placed = cells.filter(pl.col("model").is_in(list(ladder.models())))
    lost = sorted(set(cells["model"].unique()) - set(placed["model"].unique()))
    if lost:
        notes = (
            *notes,
            f"{len(lost)} models are on no rung of ladder.toml and left out: {', '.join(lost[:5])}",
        )
    if not placed.height:
        raise NoAnswer(
            "ladder-too-short",
            f"{len(lost)} models have results and none of them stands on the ladder.",
            f"A law needs {LEAST_RUNGS} rungs.",
            "Give the models' sizes or dates in ladder.toml (import with --ladder FILE).",
        )
    _refuse_units(placed)
    off = _off_axis(ladder, placed)
    if off:
        notes = (*notes, f"{len(off)} models have no place on their ladder's axis: {', '.join(off[:5])}")
    known = set(placed["model"].unique()) - set(off)
    spare = known - late_checkpoints(rung for rung in ladder if rung.model in known)
    if spare:
        notes = (*notes, f"{len(spare)} checkpoints are not learnt from: of each run {KEPT} late ones are")
    tasks, lineages = study.tasks(), _lineages(said.lineage, ladder)
    return Selection(
        ladder,
        placed,
        tasks,
        _identical(said.items.identical, tasks),
        lineages,
        (*notes, *_graded(placed), *_other_axes(ladder, lineages)),
        frozenset(off) | spare,
    )


def _refuse_units(cells: pl.DataFrame) -> None:
    """Raise where scores are not shares: forecasts are of scores in [0, 1].

    Raises:
        BadInput: a cell's mean is not in [0, 1].
    """
    mean = pl.col("sum") / pl.col("n")
    other = cells.filter((mean < 0) | (mean > 1))
    if other.height:
        row = other.row(0, named=True)
        raise BadInput(
            f"metric {row['metric']!r} has the mean {row['sum'] / row['n']:.3g} in task {row['task_id']!r}.",
            "Forecasts are of scores in [0, 1].",
            "Name another metric in study.toml.",
        )


def _off_axis(ladder: Ladder, cells: pl.DataFrame) -> list[str]:
    """Return the models with results that cannot stand where others of their lineage do.

    An untrained checkpoint has no compute, for one. Where no model can stand the axis is at fault,
    and the verbs say so.
    """
    known = set(cells["model"].unique())
    off: list[str] = []
    for lineage in ladder.lineages():
        rungs = [rung for rung in ladder.of(lineage) if rung.model in known]
        lost = [rung.model for rung in rungs if not has_place(rung, ladder.axis_of(lineage))]
        off += lost if len(lost) < len(rungs) else []
    return sorted(off)


def _lineages(said: str | None, ladder: Ladder) -> tuple[str, ...]:
    known = ladder.lineages()
    if said is not None and said not in known:
        raise UnknownName("lineage", said, known)
    return (said,) if said else known


def _other_axes(ladder: Ladder, lineages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        f"no rung of lineage {lineage!r} has {ladder.axis}: {axis} is its axis"
        for lineage in lineages
        if (axis := ladder.axis_of(lineage)) != ladder.axis
    )


def _graded(cells: pl.DataFrame) -> tuple[str, ...]:
    tasks = cells.filter(pl.col("k").is_null())["task_id"].n_unique()
    return (f"{tasks} tasks have graded scores, which have no likelihood: no forecast",) if tasks else ()


def _identical(said: bool | None, tasks: pl.DataFrame) -> bool:
    """Return what study.toml says, else whether every task record says so: unknown items count as fresh."""
    if said is not None:
        return said
    return bool(tasks.height and tasks["identical_items"].fill_null(value=False).all())


@dataclass(frozen=True)
class Problem:
    """A ladder to learn from and targets to forecast, as arrays with their names."""

    lineage: str
    axis: str
    features: tuple[Feature, ...]
    ladder: LadderArrays
    target: TargetArrays
    k: Floats
    """Observed successes of the targets, of shape (targets, tasks); 0 where not evaluated."""
    n: Floats
    """Attempts behind them, of the same shape; 0 where not evaluated. `target.n` is what is forecast."""
    cutoff: str
    horizon: int
    """Sizes between the largest training size and the target's, at least 1 beyond it, 0 within."""

    @property
    def information(self) -> Literal["forecast", "conditional"]:
        """Return `conditional` where the axis is a loss that was measured on the target."""
        return "conditional" if self.axis in LOSSES else "forecast"


def pose(selection: Selection, lineage: str, training: Sequence[Rung], targets: Sequence[Rung]) -> Problem:
    """Return the arrays to forecast `targets` from the results of `training`.

    Raises:
        NoAnswer: there are fewer than three training rungs, or they are of one size.
        BadLadder: a rung has no place on the axis.
    """
    ladder = selection.ladder
    sizes = {_size(ladder, rung) for rung in training}
    if len(training) < LEAST_RUNGS or len(sizes) < LEAST_SIZES:
        raise NoAnswer(
            "ladder-too-short",
            f"lineage {lineage!r} has {len(training)} rungs of {len(sizes)} sizes with results.",
            f"A law needs {LEAST_RUNGS} rungs of {LEAST_SIZES} sizes before the model it forecasts.",
            "Import results of more models, or compare the models you have.",
        )
    axis = ladder.axis_of(lineage)
    features = choose_features(axis, [*training, *targets])
    rungs = sorted(training, key=lambda rung: rung.height(axis) or 0.0)
    facts = selection.task_table([rung.model for rung in rungs]).filter("binary")
    k, n = tabulated(selection, facts["task_id"].to_list(), rungs, ("k", "n"))
    target_k, target_n = tabulated(selection, facts["task_id"].to_list(), targets, ("k", "n"))
    arrays = LadderArrays(
        task_ids=tuple(facts["task_id"]),
        families=tuple(facts["task_family"]),
        rungs=tuple(rung.model for rung in rungs),
        k=k,
        n=n,
        floor=facts["floor"].to_numpy(),
        ceiling=facts["ceiling"].to_numpy(),
        x=places(features, rungs),
        walk=places(features, rungs)[:, 0],
        sizes=tuple(_size(ladder, rung) for rung in rungs),
        kind="release" if axis == "released" else "size",
        identical_items=selection.identical_items,
    )
    at = places(features, targets)
    wanted = np.where(target_n > 0, target_n, _usual(n)[:, None]).T
    aim = TargetArrays(tuple(rung.model for rung in targets), at, at[:, 0], wanted)
    horizon = _horizon(ladder, lineage, sizes, targets)
    return Problem(lineage, axis, features, arrays, aim, target_k.T, target_n.T, rungs[-1].model, horizon)


def refuse_without_counts(problem: Problem) -> None:
    """Refuse a problem in which every task has graded scores.

    Raises:
        NoAnswer: there is no task with counts.
    """
    if not problem.ladder.task_ids:
        raise NoAnswer(
            "no-likelihood",
            f"no task of lineage {problem.lineage!r} has counts of successes up to {problem.cutoff!r}.",
            "The likelihood of the law is that of counts.",
            "Name a metric with scores of 0 and 1 in study.toml.",
        )


def _size(ladder: Ladder, rung: Rung) -> str:
    """Return the size label of a rung, also of one that does not stand on the ladder."""
    if rung.model in ladder:
        return ladder.size_of(rung.model)
    same = Ladder((*ladder.rungs, rung), ladder.axis)
    return same.size_of(rung.model)


def _cells_of(selection: Selection, rungs: Sequence[Rung]) -> pl.DataFrame:
    return selection.cells.filter(pl.col("model").is_in([rung.model for rung in rungs]))


def tabulated(
    selection: Selection, task_ids: Sequence[str], rungs: Sequence[Rung], columns: tuple[str, str]
) -> tuple[Floats, Floats]:
    """Return two columns of the cells, of shape (tasks, rungs) each; 0 where a cell or value is missing."""
    index = {task: i for i, task in enumerate(task_ids)}
    place = {rung.model: j for j, rung in enumerate(rungs)}
    first, second = np.zeros((len(index), len(place))), np.zeros((len(index), len(place)))
    known = _cells_of(selection, rungs).filter(pl.col(column).is_not_null() for column in columns)
    for task, model, one, other in known.select("task_id", "model", *columns).iter_rows():
        if task in index:
            first[index[task], place[model]] = one
            second[index[task], place[model]] = other
    return first, second


def _usual(n: Floats) -> Floats:
    """Return the attempts of each task on the last rung that tried it, of shape (tasks,)."""
    last = n.shape[1] - 1 - np.argmax(n[:, ::-1] > 0, axis=1)
    return np.asarray(n[np.arange(len(n)), last])


def _begins(ladder: Ladder, axis: str, rungs: Sequence[Rung]) -> dict[str, float]:
    """Return where on the axis each size begins; rungs without a place play no part."""
    begins: dict[str, float] = {}
    for rung in rungs:
        height = rung.height(axis)
        if height is not None:
            size = _size(ladder, rung)
            begins[size] = min(height, begins.get(size, np.inf))
    return begins


def _horizon(ladder: Ladder, lineage: str, seen: set[str], targets: Sequence[Rung]) -> int:
    """Return how many sizes of the lineage lie from the largest one seen up to the target's."""
    begins = _begins(ladder, ladder.axis_of(lineage), (*ladder.of(lineage), *targets))
    order = sorted(begins, key=begins.__getitem__)
    largest = max(order.index(size) for size in seen)
    return max(0, max(order.index(_size(ladder, rung)) for rung in targets) - largest)


def before(selection: Selection, target: Rung) -> list[Rung]:
    """Return the rungs that a forecast of `target` may learn from: evaluated, of its size or smaller.

    Results of the target itself are never among them, nor those of any larger size.

    Raises:
        BadLadder: one of them has no place on the axis.
    """
    ladder, axis = selection.ladder, selection.ladder.axis_of(target.lineage)
    rungs = [rung for rung in selection.evaluated(target.lineage) if rung.model != target.model]
    refuse_unplaced(axis, [*rungs, target])
    begins = _begins(ladder, axis, (*rungs, target))
    limit = begins[_size(ladder, target)]
    return [rung for rung in rungs if begins[_size(ladder, rung)] <= limit]
