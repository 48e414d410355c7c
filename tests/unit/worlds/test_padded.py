"""W8: twins are equally hard for models and 4 to 30 times as long for people."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import polars as pl
import pytest
from tests.unit.worlds.seen import Seen, seen


def world() -> Seen:
    return seen("padded")


def twin_of() -> dict[str, str]:
    return dict(world().truth["twin_of"])


def minutes() -> dict[str, float]:
    return dict(world().world.tasks.select("task_id", "human_minutes").rows())


def test_every_task_has_one_twin() -> None:
    originals = {task for task in minutes() if "_padded" not in task}
    assert set(twin_of()) == set(minutes()) - originals
    assert set(twin_of().values()) == originals
    assert len(originals) == 28


def test_twins_are_equally_hard() -> None:
    assert all(world().truth["thresholds"][a] == world().truth["thresholds"][b] for a, b in twin_of().items())
    original = pl.col("task_id").replace(twin_of())
    pairs = world().cells.with_columns(original.alias("original")).sort("task_id")
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
    for twin, original in twin_of().items():
        factor = world().truth["padding"][twin]
        assert 4 <= factor <= 30
        assert minutes()[twin] == pytest.approx(factor * minutes()[original])


def test_people_show_it() -> None:
    assert world().world.human is not None
    logs = dict(world().world.human.group_by("task_id").agg(pl.col("minutes").log().mean()).rows())
    off = [logs[a] - logs[b] - log(world().truth["padding"][a]) for a, b in twin_of().items()]
    assert abs(np.mean(off)) <= 4 * 0.5 * sqrt(2 / 8 / len(off))
    assert max(map(abs, off)) <= 4.5 * 0.5 * sqrt(2 / 8)


def test_time_alone_is_no_axis_of_difficulty() -> None:
    thresholds = [world().truth["thresholds"][task] for task in minutes()]
    assert np.corrcoef(thresholds, [log(m) for m in minutes().values()])[0, 1] ** 2 < 0.95
    twins = [task for task in minutes() if task in twin_of()]
    alike = [log(minutes()[t] / minutes()[twin_of()[t]]) for t in twins]
    assert np.std(alike) > 0.3
