"""W4: every score of the answer is affine in accuracy over models; the NLL of the reference call is not."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import polars as pl
import pytest
from tests.unit.worlds.seen import Seen, by_task, seen


def world() -> Seen:
    return seen("gated_tool")


def digests() -> pl.DataFrame:
    return world().cells.filter(pl.col("task_family") != "tool_choice")


def choices() -> pl.DataFrame:
    return world().cells.filter(task_family="tool_choice")


def _explained(x: pl.Series, y: pl.Series) -> float:
    """Return the share of the variance of `y` that a straight line in `x` explains."""
    return float(np.corrcoef(x.to_numpy(), y.to_numpy())[0, 1] ** 2)


def test_right_digits_are_affine_in_accuracy() -> None:
    """A wrong digest has 64 digits, each right with 1/16, whoever wrote the call."""
    for row in digests().iter_rows(named=True):
        wrong = (1 - row["exact"]) * row["n"]
        line = row["exact"] + (1 - row["exact"]) / 16
        error = sqrt(wrong * (1 / 16) * (15 / 16) / 64) / row["n"]
        assert abs(row["token_accuracy"] - line) <= 4 * error + 1e-12
    for _, own in by_task(digests()):
        assert _explained(own["exact"], own["token_accuracy"]) > 0.9999


def test_grade_and_brier_score_of_choices_are_affine_in_accuracy() -> None:
    """Where the call fails, a quarter of the picks is right, the grade is 1/4 and the Brier score 3/4."""
    for row in choices().iter_rows(named=True):
        failed = (1 - row["mc_grade"]) / 0.75
        error = sqrt(failed * 0.25 * 0.75 / row["n"])
        assert abs(row["exact"] - row["mc_grade"]) <= 4 * error + 1e-12
        assert row["brier"] == pytest.approx(0.75 * failed)
    for _, own in by_task(choices()):
        assert _explained(own["exact"], own["mc_grade"]) > 0.995
        assert _explained(own["exact"], own["brier"]) > 0.995


def test_the_likelihood_of_the_reference_call_is_not_affine_in_accuracy() -> None:
    """Half-way in accuracy it lies below the line from worst to best, far beyond what sampling explains."""
    for _, own in by_task(world().cells):
        accuracy, nll, n = (own[name].to_numpy() for name in ("exact", "reference_nll", "n"))
        slope = (nll[-1] - nll[0]) / (accuracy[-1] - accuracy[0])
        middle = np.abs(accuracy - (accuracy[0] + accuracy[-1]) / 2).argmin()
        below = nll[0] + slope * (accuracy[middle] - accuracy[0]) - nll[middle]
        assert below > 4 * abs(slope) * sqrt(0.25 / n[middle])


def test_the_likelihood_moves_where_accuracy_rests_at_nothing() -> None:
    hardest = world().cells.filter(task_id="tool_edit/64").sort("height")
    resting = hardest.filter(pl.col("exact") < 0.01)
    assert resting.height >= 3
    assert (resting["reference_nll"].diff().drop_nulls() < -1).all()


def test_success_of_the_call_is_exp_of_minus_its_reference_likelihood() -> None:
    for row in digests().iter_rows(named=True):
        assert row["exact_true"] == pytest.approx(exp(-row["reference_nll"]), rel=1e-6, abs=1e-12)


def test_digests_are_right_or_random_and_nothing_between() -> None:
    shares = world().runs.filter(metric="token_accuracy")["score"]
    assert shares.filter((shares > 0.4) & (shares < 1)).len() == 0
    assert 0 < (shares == 1).mean() < 1


def test_accuracy_of_choices_begins_at_a_quarter() -> None:
    floors = world().world.tasks.filter(task_family="tool_choice", metric="exact")["floor"]
    assert set(floors) == {0.25}
    lost = choices().filter(pl.col("mc_grade") < 0.26)
    assert lost.height > 0
    assert abs(lost["exact"].mean() - 0.25) <= 4 * sqrt(0.1875 / lost["n"].sum()) + 0.01
