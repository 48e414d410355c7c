"""W8: twins are equally hard for models and 4 to 30 times as long for people."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import polars as pl
import pytest
from tests.unit.worlds.seen import cells, drawn

WORLD, RUNS = drawn("padded")
CELLS = cells(WORLD, RUNS)
TWIN_OF = WORLD.truth["twin_of"]
MINUTES = dict(WORLD.tasks.select("task_id", "human_minutes").rows())


def test_every_task_has_one_twin() -> None:
    originals = {task for task in MINUTES if "_padded" not in task}
    assert set(TWIN_OF) == set(MINUTES) - originals
    assert set(TWIN_OF.values()) == originals
    assert len(originals) == 28


def test_twins_are_equally_hard() -> None:
    assert all(WORLD.truth["thresholds"][a] == WORLD.truth["thresholds"][b] for a, b in TWIN_OF.items())
    original = pl.col("task_id").replace(TWIN_OF)
    pairs = CELLS.with_columns(original.alias("original")).sort("task_id")
    differences = pairs.group_by("model", "original").agg(
        (pl.col("exact").last() - pl.col("exact").first()).alias("d"),
        pl.col("exact_true").n_unique().alias("rates"),
        (2 * pl.col("exact_true") * (1 - pl.col("exact_true")) / pl.col("n")).first().alias("var"),
    )
    assert differences.height == 8 * 28
    assert (differences["rates"] == 1).all()
    assert abs(differences["d"].sum()) <= 4 * sqrt(differences["var"].sum())
    assert (differences["d"] ** 2).sum() == pytest.approx(differences["var"].sum(), rel=0.5)


def test_twins_take_people_longer_by_the_stated_factor() -> None:
    for twin, original in TWIN_OF.items():
        factor = WORLD.truth["padding"][twin]
        assert 4 <= factor <= 30
        assert MINUTES[twin] == pytest.approx(factor * MINUTES[original])


def test_people_show_it() -> None:
    assert WORLD.human is not None
    logs = dict(WORLD.human.group_by("task_id").agg(pl.col("minutes").log().mean()).rows())
    off = [logs[a] - logs[b] - log(WORLD.truth["padding"][a]) for a, b in TWIN_OF.items()]
    assert abs(np.mean(off)) <= 4 * 0.5 * sqrt(2 / 8 / len(off))
    assert max(map(abs, off)) <= 4.5 * 0.5 * sqrt(2 / 8)


def test_time_alone_is_no_axis_of_difficulty() -> None:
    thresholds = [WORLD.truth["thresholds"][task] for task in MINUTES]
    assert np.corrcoef(thresholds, [log(m) for m in MINUTES.values()])[0, 1] ** 2 < 0.95
    twins = [task for task in MINUTES if task in TWIN_OF]
    alike = [log(MINUTES[t] / MINUTES[TWIN_OF[t]]) for t in twins]
    assert np.std(alike) > 0.3
