"""W5: an answer of L tokens is right with p^L, so that the share of right tokens foretells accuracy."""

from __future__ import annotations

from math import exp, log10, sqrt

import numpy as np
import polars as pl
import pytest
from tests.unit.worlds.seen import Seen, by_task, seen


def world() -> Seen:
    return seen("independent_tokens", runs=200_000)


def cells() -> pl.DataFrame:
    return world().cells.with_columns(
        pl.col("task_id").str.split("/").list.last().cast(pl.Int64).alias("length")
    )


def _token(family: str, height: float) -> float:
    """Return the probability of a right token by the skill as the truth states it."""
    skill = world().truth["skills"][family]
    return exp(-skill["amount"] * 10 ** (-skill["exponent"] * height))


def test_accuracy_is_the_power_of_the_success_of_a_token() -> None:
    for row in cells().iter_rows(named=True):
        p, n, length = _token(row["task_family"], row["height"]), row["n"], row["length"]
        assert row["exact_true"] == pytest.approx(p**length, rel=1e-6)
        assert row["token_accuracy_true"] == pytest.approx(p, rel=1e-9)
        assert abs(row["token_accuracy"] - p) <= 5 * sqrt(p * (1 - p) / (n * length)) + 3 / (n * length)
        assert abs(row["exact"] - p**length) <= 5 * sqrt(p**length * (1 - p**length) / n) + 3 / n


def test_the_share_of_right_tokens_rises_while_accuracy_rests_at_nothing() -> None:
    resting = cells().filter(task_id="transform/40").sort("height").filter(pl.col("exact") < 0.01)
    assert resting.height >= 3
    assert resting["token_accuracy"].diff().drop_nulls().min() > 0.1


def test_answers_are_no_more_all_or_nothing_than_chance_makes_them() -> None:
    shares = world().runs.filter(metric="token_accuracy").group_by("task_id", "model").agg(
        pl.col("score").mean().alias("mean"), pl.col("score").var().alias("var")
    )  # fmt: skip
    clear = shares.filter(pl.col("mean").is_between(0.2, 0.8))
    lengths = clear["task_id"].str.split("/").list.last().cast(pl.Float64)
    excess = clear["var"] / (clear["mean"] * (1 - clear["mean"])) * lengths
    assert clear.height >= 20
    assert abs(excess.mean() - 1) < 0.03
    assert excess.max() < 1.5


def test_length_moves_the_threshold_and_leaves_the_width() -> None:
    for family, skill in world().truth["skills"].items():
        short, long = (world().truth["thresholds"][f"{family}/{length}"] for length in (2, 40))
        assert long - short == pytest.approx(log10(20) / skill["exponent"])
    for _, own in by_task(cells()):
        clear = own.filter(pl.col("exact").is_between(0.03, 0.97))
        if clear.height >= 3:
            hazard = np.log10(-np.log(clear["exact"].to_numpy()))
            slope = np.polyfit(clear["height"].to_numpy(), hazard, 1)[0]
            assert slope == pytest.approx(-0.4, abs=0.12)


def test_the_likelihood_of_the_reference_is_minus_log_of_accuracy() -> None:
    for row in cells().iter_rows(named=True):
        assert row["reference_nll"] == pytest.approx(
            -row["length"] * np.log(_token(row["task_family"], row["height"]))
        )
