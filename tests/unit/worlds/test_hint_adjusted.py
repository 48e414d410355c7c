"""W9: adjusted tasks are easier for models than their times say, and pilots understate fresh times."""

from __future__ import annotations

from math import exp, log, log10, sqrt

import numpy as np
import polars as pl
import pytest
from tests.unit.worlds.seen import Seen, seen

from tasklaws.spec.world import WorldOptions
from tasklaws.worlds import WORLDS

MEAN_MINUTES, MIDDLE = 10.0, 22.0
"""The mean task before any hint."""


def world() -> Seen:
    return seen("hint_adjusted")


def done() -> pl.DataFrame:
    found = pl.DataFrame(world().truth["adjustments"])
    return found.with_columns(
        pl.col("task_id").replace_strict(world().truth["thresholds"]).alias("threshold")
    )


def _threshold(minutes: pl.Series) -> pl.Series:
    """Return the threshold of a task of so many minutes in spread_skills."""
    return MIDDLE + (minutes / MEAN_MINUTES).log() / (0.5 * log(10))


def test_tasks_without_hints_are_as_hard_as_their_times_say() -> None:
    own = done().filter(adjustments=0)
    assert own.height >= 15
    np.testing.assert_allclose(own["threshold"], _threshold(own["fresh_minutes"]), atol=0.03)
    assert own["fresh_minutes"].equals(own["original_minutes"])


def test_hints_help_models_twice_as_much_as_people() -> None:
    own = done().filter(pl.col("adjustments") > 0)
    saved = (own["original_minutes"] / own["fresh_minutes"]).log()
    np.testing.assert_allclose(saved, 0.5 * own["adjustments"])
    gained = (_threshold(own["original_minutes"]) - own["threshold"]) * 0.5 * log(10)
    assert own.height >= 8
    np.testing.assert_allclose(gained, 2 * saved, atol=0.03)


def test_runs_show_that_adjusted_tasks_are_easier_than_their_times_say() -> None:
    both = world().cells.join(done(), on="task_id")
    said = 0.5 ** (10 ** (0.5 * (_threshold(both["fresh_minutes"]) - both["height"])))
    excess = both.select("adjustments", "n", (pl.col("exact") - said).alias("d"), said.alias("p"))
    hinted, left = excess.filter(pl.col("adjustments") > 0), excess.filter(adjustments=0)
    error = sqrt((left["p"] * (1 - left["p"]) / left["n"]).sum()) / left.height
    assert abs(left["d"].mean()) <= 4 * error + 0.003
    assert hinted["d"].mean() > 0.05


def test_no_accepted_pilot_exceeds_the_limit() -> None:
    assert done()["pilot_minutes"].max() <= MEAN_MINUTES * exp(0.5) * 1.001
    assert done()["original_minutes"].max() > MEAN_MINUTES * exp(0.5)


def test_the_record_of_a_task_tells_how_often_it_was_adjusted() -> None:
    tasks = world().world.tasks.join(done(), on="task_id")
    assert tasks["version"].cast(pl.Int64).to_list() == (1 + tasks["adjustments"]).to_list()
    assert tasks["human_minutes"].to_list() == tasks["pilot_minutes"].to_list()
    assert world().world.human is not None
    assert set(world().world.human["source"]) == {"pilot"}
    assert dict(world().world.human.select("task_id", "minutes").rows()) == pytest.approx(
        dict(tasks.select("task_id", "human_minutes").rows())
    )


def test_pilots_understate_fresh_times_and_as_many_are_adjusted_as_theory_says() -> None:
    worlds = [WORLDS["hint_adjusted"].draw(WorldOptions(2, 1, seed)).truth for seed in range(40)]
    every = pl.concat([pl.DataFrame(truth["adjustments"]) for truth in worlds])
    short = (every["fresh_minutes"] / every["pilot_minutes"]).log()
    said = log(world().truth["pilots_understate_by"])
    assert said > 0.2
    assert abs(short.mean() - said) <= 4 * short.std() / sqrt(short.len())
    share, adjusted = world().truth["share_adjusted"], (every["adjustments"] > 0).mean()
    assert abs(adjusted - share) <= 4 * sqrt(share * (1 - share) / every.height)
    assert log10(every["original_minutes"].max()) > 2
