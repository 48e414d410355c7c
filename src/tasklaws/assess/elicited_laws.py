"""Laws at low and at high elicitation: fitted separately, forecast by rolling origin, and compared.

The same models answer the same tasks at the lowest and at the highest effort of one elicitation. Every size
from the fourth on is forecast twice from the sizes below it, on the code path of any forecast. What high
effort then shows is held against both: who watches a red line at low effort is safe only as far as the
intervals of the low law hold what high effort shows.

Source: formal model, D15.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.backtest import BacktestTable, run_backtest
from tasklaws.assess.backtesting import summed
from tasklaws.assess.baseline import BASELINES
from tasklaws.assess.blocks import Interval, block_sums, bootstrap
from tasklaws.assess.effort_trend import trend
from tasklaws.assess.elicited_targets import LEAST_SIZES, held, pairs, targets
from tasklaws.assess.elicited_words import laws_text, trend_text
from tasklaws.assess.features import candidates, places
from tasklaws.assess.selection import Selection, tabulated
from tasklaws.core.errors import NoAnswer
from tasklaws.study.attempts import one_per_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from tasklaws.assess.elicited_targets import Pair, Side
    from tasklaws.infer.arrays import Floats

Row = dict[str, Any]
FIRST = "best_of_n"
"""The elicitation that is compared where a study has several: the one with a verifier."""


@dataclass(frozen=True)
class Efforts:
    """The two efforts that are compared, by their labels, such as ``best_of_n@1`` and ``best_of_n@8``."""

    elicitation: str
    low: str
    high: str


@dataclass(frozen=True)
class Compared:
    """Laws at two efforts, of each family and of all tasks (family None), and what they forecast."""

    targets: tuple[Row, ...] = ()
    """Of each model forecast: what each law said of its mean score, and what came."""
    laws: tuple[Row, ...] = ()
    """How good each law is, how far they are apart, and what of high effort the low law holds."""
    trend: tuple[Row, ...] = ()
    """Whether what effort adds changes along the ladder."""


def ends_of(labels: Iterable[str], wanted: str = FIRST) -> Efforts | None:
    """Return the least and the greatest effort of an elicitation, or None where none has two.

    Args:
        labels: elicitations with their efforts, such as ``best_of_n@8``.
        wanted: the elicitation; where it has not two efforts, the first by name that has.
    """
    found: dict[str, set[int]] = {}
    for label in labels:
        name, at = label.rsplit("@", 1)
        found.setdefault(name, set()).add(int(at))
    several = sorted(name for name, efforts in found.items() if len(efforts) > 1)
    if not several:
        return None
    name = wanted if wanted in several else several[0]
    return Efforts(name, f"{name}@{min(found[name])}", f"{name}@{max(found[name])}")


def compare(selection: Selection, cells: pl.DataFrame, efforts: Efforts) -> Compared:
    """Forecast a ladder at two efforts separately and compare the laws.

    Args:
        selection: what the study forecasts; cells of the two efforts take the place of its own.
        cells: cells of the study, of the schema ``cells``.
        efforts: the two efforts.

    Raises:
        NoAnswer: no size has three sizes before it, or no task was tried at both efforts.
    """
    low, high = _both(selection, cells, efforts)
    folds = list(pairs(low, high))
    if not folds:
        raise NoAnswer(
            "ladder-too-short",
            f"no size has {LEAST_SIZES} sizes before it with counts at {efforts.low} and {efforts.high}.",
            f"Laws of two efforts are compared from size {LEAST_SIZES + 1} on, on the same tasks.",
            "Ask more models at both efforts.",
        )
    families = (None, *sorted(set(folds[-1].families.tolist())))
    rows = tuple(row for family in families for fold in folds for row in targets(fold, family))
    return Compared(
        _told(efforts, rows),
        _told(efforts, _laws(folds, rows, families), laws_text),
        _told(efforts, _trends(low, high, families), trend_text),
    )


def _told(efforts: Efforts, rows: Iterable[Row], text: Callable[[Row], str] | None = None) -> tuple[Row, ...]:
    """Return rows that name their efforts, with what they say in words."""
    named = [asdict(efforts) | row for row in rows]
    return tuple(row | {"text": text(row)} for row in named) if text else tuple(named)


def _both(selection: Selection, cells: pl.DataFrame, efforts: Efforts) -> tuple[Selection, Selection]:
    """Return the selection at each effort, with the models and tasks that were tried at both."""
    own = cells.filter(pl.col("metric") == selection.metric)
    parts = [own.filter(pl.col("elicitation") == label) for label in (efforts.low, efforts.high)]
    low, high = (one_per_task(part)[0] for part in parts)
    key = ["model", "task_id"]
    return (
        replace(selection, cells=low.join(high, on=key, how="semi")),
        replace(selection, cells=high.join(low, on=key, how="semi")),
    )


def _laws(folds: Sequence[Pair], rows: Sequence[Row], families: Sequence[str | None]) -> Iterator[Row]:
    low, high = _judged([fold.low for fold in folds]), _judged([fold.high for fold in folds])
    inside = pl.concat([held(fold) for fold in folds])
    for family in families:
        own = inside if family is None else inside.filter(pl.col("family") == family)
        said = [row for row in rows if row["family"] == family]
        if said and own.height:
            yield {
                "family": family,
                "blocks": own["block"].n_unique(),
                "cells": own.height,
                "attempts": own["n"].median(),
                **_prefixed("low", low.get(family, {})),
                **_prefixed("high", high.get(family, {})),
                **_apart(said),
                **_named("held", _share(own, "held")),
                **_named("held_own", _share(own, "own")),
            }


def _judged(sides: Sequence[Side]) -> dict[str | None, Row]:
    """Return how good the law of one effort is, by family and for all tasks (None), against the baselines."""
    baselines = {name: baseline.forecast for name, baseline in BASELINES.items()}
    tables = [
        run_backtest(
            [side.case],
            lambda *_, known=side.forecast: known,
            baselines,
            np.random.default_rng(side.case.order),
        )
        for side in sides
    ]
    told = summed(BacktestTable(pl.concat([table.rows for table in tables]))).document()
    keys = ("crps", "skill", "skill_lower", "skill_upper", "skill_reason", "reference")
    reference = {"reference": told["best_baseline"]}
    return {
        None: {key: told.get(key) for key in keys},
        **{row["family"]: {key: (row | reference).get(key) for key in keys} for row in told["by_family"]},
    }


def _prefixed(effort: str, row: Row) -> Row:
    return {f"{effort}_{key}": value for key, value in row.items()}


def _named(name: str, found: Interval) -> Row:
    return {name: found.value, f"{name}_lower": found.lower, f"{name}_upper": found.upper}


def _apart(rows: Sequence[Row]) -> Row:
    """Return how much more the high law expects, beside how sure the low law is of its own forecast."""
    ones = np.ones(len(rows))
    sums = block_sums(
        np.column_stack([[row["apart"] for row in rows], ones]), np.array([row["block"] for row in rows])
    )
    apart = _mean(sums)
    error = float(np.sqrt(np.mean([row["low_se"] ** 2 for row in rows])))
    shown = float(np.mean([row["high_observed"] - row["low_observed"] for row in rows]))
    flag = apart.value is not None and apart.value > error
    return {**_named("apart", apart), "observed_apart": shown, "low_se": error, "flag": flag}


def _share(inside: pl.DataFrame, column: str) -> Interval:
    values = np.column_stack([inside[column].to_numpy(), np.ones(inside.height)])
    return _mean(block_sums(values, inside["block"].to_numpy()))


def _mean(sums: Floats) -> Interval:
    """Return the mean of what is summed in the first column, counted in the second, with its interval."""
    return bootstrap(sums, lambda total: total[..., 0] / total[..., 1], np.random.default_rng(0))


def _trends(low: Selection, high: Selection, families: Sequence[str | None]) -> Iterator[Row]:
    facts = low.task_table().filter("binary")
    for lineage in low.lineages:
        rungs = low.evaluated(lineage)
        if not rungs:
            continue
        feature = candidates(low.ladder.axis_of(lineage))[0]
        counts = [tabulated(one, facts["task_id"].to_list(), rungs, ("k", "n")) for one in (low, high)]
        everywhere = np.all([n > 0 for _, n in counts], axis=(0, 2))
        _, at = np.unique([low.ladder.size_of(rung.model) for rung in rungs], return_inverse=True)
        x = np.bincount(at, places((feature,), rungs)[:, 0]) / np.bincount(at)
        for family in families:
            own = everywhere & np.array([family in {None, name} for name in facts["task_family"]])
            (k_low, n_low), (k_high, n_high) = (_by_size(one, own, at) for one in counts)
            found = trend(x, k_low, k_high, n_low, n_high)
            named = {"lineage": lineage, "family": family, "axis": feature.name, "unit": feature.unit}
            yield {**named, "tasks": int(own.sum()), **asdict(found), "flag": found.flag}


def _by_size(
    tables: tuple[Floats, Floats], own: NDArray[np.bool_], at: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Return successes and attempts of the tasks `own` at each size, of shape (tasks, sizes)."""
    member = (at[:, None] == np.arange(at.max() + 1)).astype(np.float64)
    return tables[0][own] @ member, tables[1][own] @ member
