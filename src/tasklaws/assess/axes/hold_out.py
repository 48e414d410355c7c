"""Forecasts of counts that were held out: of later models at all tasks, and of all models at new families.

New models: the models of one size are held out, and all larger ones are not seen. Difficulties, the line over
the axis and the spread around it come from the smaller models alone. The *level* of the new model comes from
its own counts at all families but the one that is forecast: the forecast is conditional on these.

New tasks: families are held out. The line and the level of every model come from the other families; of the
new tasks nothing is known but their place on the axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import expit

from tasklaws.assess.axes.difficulty import alike, by_answers, by_family, by_line
from tasklaws.assess.axes.lattice import normal, points, rates_given
from tasklaws.assess.axes.training import Told, Trained, train
from tasklaws.assess.axes.values import ladder_place, line_of
from tasklaws.assess.scores import score
from tasklaws.infer.arrays import RateForecast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from tasklaws.assess.axes.values import Axis
    from tasklaws.assess.evidence import Counts, Suite
    from tasklaws.infer.arrays import Floats

    Mask = NDArray[np.bool_]
    Advance = Callable[[int], object]

LEAST_SIZES = 2
"""Sizes that solve something before a model is forecast."""
LEAST_TASKS, LEAST_FAMILIES = 6, 3
MOST_GROUPS = 12
"""Families are dealt into at most so many groups that are held out in turn."""
DOWN, UP = 4.0, 8.0
"""Logits below and above the earlier models that the level of a new model may have."""
TINY = np.finfo(float).tiny


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores of one axis, of shape (tasks, models); NaN where a cell was not forecast."""

    log_score: Floats
    """Log probability of the count."""
    crps: Floats
    """In points."""

    @property
    def there(self) -> Mask:
        """Return which cells were forecast."""
        return np.isfinite(self.crps)

    @classmethod
    def empty(cls, counts: Counts) -> Scored:
        """Return scores of nothing."""
        return cls(*(np.full(counts.n.shape, np.nan) for _ in range(2)))

    def put(self, told: Told, model: int, tasks: Sequence[int], rates: Floats) -> None:
        """Score the counts of a model at some tasks, `rates` of shape (tasks, points)."""
        counts, at = told.counts, np.asarray(tasks)
        chance = counts.floor[at, None]
        forecast = RateForecast(
            (chance + (1 - chance) * expit(points(told.cells.step)))[None], rates[None], np.ones(at.size)
        )
        # the generator decides on ties of the PIT, which nobody reads here
        found = score(
            forecast, counts.n[None, at, model], counts.k[None, at, model], np.random.default_rng(0)
        )
        self.log_score[at, model], self.crps[at, model] = found.log_score[0], found.crps[0]


def new_models(suite: Suite, told: Told, axes: Sequence[Axis], advance: Advance) -> dict[str, Scored]:
    """Return the scores of each axis at the models that others come before."""
    made = {axis.name: Scored.empty(told.counts) for axis in axes}
    asked = told.counts.n > 0
    unit = _units(told.counts)
    for earlier, targets in held_out_models(suite, told.counts):
        trained = train(told, np.asarray(asked[:, earlier].any(1)), earlier)
        for axis in axes:
            hard = difficulty(trained, axis, suite)
            if hard is not None:
                for m in targets:
                    level = levels(trained, hard, m, unit)
                    _put(made[axis.name], trained, hard, m, level[unit])
        advance(1)
    return made


def held_out_models(suite: Suite, counts: Counts) -> Iterator[tuple[Mask, list[int]]]:
    """Yield the models that may be seen and those that are held out, size by size."""
    solves = counts.k.sum(0) > _by_chance(counts)
    order = list(dict.fromkeys(suite.sizes))
    for at, size in enumerate(order):
        earlier = np.array([order.index(own) < at for own in suite.sizes])
        in_play = {own for own, yes in zip(suite.sizes, earlier & solves, strict=True) if yes}
        targets = [m for m, own in enumerate(suite.sizes) if own == size and counts.n[:, m].any()]
        if len(in_play) >= LEAST_SIZES and targets:
            yield earlier & (counts.n > 0).any(0), targets


def _by_chance(counts: Counts) -> Floats:
    """Return successes that guessing alone brings each model, and two standard errors."""
    chance = counts.floor[:, None]
    return np.asarray((counts.n * chance).sum(0) + 2 * np.sqrt((counts.n * chance * (1 - chance)).sum(0)))


def new_tasks(suite: Suite, told: Told, axes: Sequence[Axis], advance: Advance) -> dict[str, Scored]:
    """Return the scores of each axis at families that are left out in turn."""
    made = {axis.name: Scored.empty(told.counts) for axis in axes}
    asked, group = told.counts.n > 0, groups(told.counts)
    for out in range(int(group.max()) + 1):
        tasks, models = asked.any(1) & (group != out), asked[group != out].any(0)
        if tasks.sum() < LEAST_TASKS:
            advance(1)
            continue
        trained = train(told, tasks, models)
        level = normal(level_grid(trained), trained.ability, trained.ability_se)
        for axis in axes:
            hard = difficulty(trained, axis, suite)
            if hard is not None:
                hard = np.where((group == out)[:, None], hard, np.nan)
                for m in np.flatnonzero(trained.models).tolist():
                    _put(made[axis.name], trained, hard, m, np.repeat(level[m : m + 1], len(hard), axis=0))
        advance(1)
    return made


def groups(counts: Counts) -> NDArray[np.int_]:
    """Return the number of the group that each task is held out with."""
    family = np.unique(counts.families, return_inverse=True)[1]
    return np.asarray(family % MOST_GROUPS)


def _units(counts: Counts) -> NDArray[np.int_]:
    """Return what is left out of the counts that tell a new model's level: families, or tasks of only one."""
    names = counts.families if len(set(counts.families)) > 1 else counts.tasks
    return np.asarray(np.unique(names, return_inverse=True)[1])


def difficulty(trained: Trained, axis: Axis, suite: Suite) -> Floats | None:
    """Return how hard an axis takes each task to be, of shape (tasks, grid); None where it cannot tell."""
    if axis.kind == "family":
        return by_family(trained, trained.told.counts.families)
    if axis.kind == "alike":
        return alike(trained)
    if axis.kind == "answers":
        return by_answers(trained)
    if axis.kind == "placed":
        x = ladder_place(suite)[0]
        line = line_of(trained, x)
        return None if line is None else by_answers(trained.pinned(line[0] + line[1] * x))
    seen = trained.tasks & np.isfinite(axis.value)
    if seen.sum() < LEAST_TASKS or np.ptp(axis.value[seen]) == 0:
        return None
    return by_line(trained, axis.value, axis.left)


def level_grid(trained: Trained) -> Floats:
    """Return the levels that a model may have; multiples of the step, as difficulties are."""
    own, step = trained.ability[trained.models], trained.step
    return np.arange(round((own.min() - DOWN) / step), round((own.max() + UP) / step) + 1) * step


def levels(trained: Trained, hard: Floats, model: int, unit: NDArray[np.int_]) -> Floats:
    """Return how likely each level of a new model is by its counts at all other units, (units, levels)."""
    own = trained.told.by_luck[trained.luck][:, model]
    at = _places(trained)
    top = own.max(1, keepdims=True)
    windows = sliding_window_view(np.exp(own - top)[:, at], hard.shape[1], axis=1)
    known = np.isfinite(hard[:, 0])
    told = np.zeros((len(hard), windows.shape[1]))
    told[known] = np.log(np.maximum(np.einsum("tig,tg->ti", windows[known], hard[known, ::-1]), TINY))
    sums = np.zeros((int(unit.max()) + 1, told.shape[1]))
    np.add.at(sums, unit, told)
    height = sums.sum(0) - sums
    made = np.exp(height - height.max(1, keepdims=True))
    return np.asarray(made / made.sum(1, keepdims=True))


def _places(trained: Trained) -> NDArray[np.int_]:
    """Return the place on the lattice of rates of each level less each difficulty, smallest first."""
    level, grid, half = level_grid(trained), trained.curves.grid, points(trained.step).size // 2
    first = round((level[0] - grid[-1]) / trained.step)
    return np.asarray(np.clip(np.arange(level.size + grid.size - 1) + first + half, 0, 2 * half), dtype=int)


def _put(made: Scored, trained: Trained, hard: Floats, model: int, level: Floats) -> None:
    """Score a model at the tasks whose difficulty is told, `level` of shape (tasks, levels)."""
    known = np.flatnonzero(np.isfinite(hard[:, 0]) & (trained.told.counts.n[:, model] > 0))
    if not known.size:
        return
    at, size = _places(trained), points(trained.step).size
    logits = np.stack([np.bincount(at, np.convolve(level[t], hard[t, ::-1]), minlength=size) for t in known])
    made.put(trained.told, model, known.tolist(), logits @ rates_given(trained.luck, trained.step))
