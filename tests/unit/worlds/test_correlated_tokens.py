"""W6: the share of right tokens is as in W5, yet answers get all or nothing, ever more along the ladder."""

from __future__ import annotations

from math import exp, sqrt

import polars as pl
import pytest
from tests.unit.worlds.seen import Seen, seen


def world() -> Seen:
    return seen("correlated_tokens", runs=200_000)


def cells() -> pl.DataFrame:
    return world().cells.with_columns(
        pl.col("task_id").str.split("/").list.last().cast(pl.Int64).alias("length")
    )


def _binarity() -> pl.DataFrame:
    shares = world().runs.filter(metric="token_accuracy").group_by("model", "task_id").agg(
        pl.col("score").mean().alias("mean"), pl.col("score").var(ddof=0).alias("var")
    )  # fmt: skip
    clear = shares.filter(pl.col("mean").is_between(0.1, 0.95))
    true = [world().truth["binarity"][model][task] for model, task in clear.select("model", "task_id").rows()]
    seen = pl.col("var") / (pl.col("mean") * (1 - pl.col("mean")))
    return clear.with_columns(seen.alias("seen"), pl.Series("true", true))


def test_answers_get_all_or_nothing_as_the_truth_says() -> None:
    found = _binarity()
    off = found["seen"] - found["true"]
    assert abs(off.mean()) < 0.01
    assert off.abs().max() < 0.15


def test_binarity_grows_along_the_ladder_for_every_task() -> None:
    order = {rung.model: place for place, rung in enumerate(world().world.rungs)}
    found = _binarity().with_columns(pl.col("model").replace_strict(order).alias("place")).sort("place")
    for (_,), own in found.group_by("task_id"):
        assert own["true"].is_sorted()
        growth = own["true"][-1] - own["true"][0]
        assert growth > 0
        assert own["seen"][-1] - own["seen"][0] == pytest.approx(growth, abs=0.15)
    expected = [0.02 + 0.58 * place / 7 for place in range(8)]
    assert list(world().truth["token_correlation"].values()) == pytest.approx(expected)


def test_token_accuracy_is_that_of_independent_tokens() -> None:
    other = seen("independent_tokens", runs=1).truth["cells"]
    mine = world().truth["cells"]
    pairs = [(a, b) for a, b in zip(mine, other, strict=True) if a["metric"] == "token_accuracy"]
    assert len(pairs) == 8 * 24
    for a, b in pairs:
        assert (a["model"], a["task_id"]) == (b["model"], b["task_id"])
        assert a["rate"] == pytest.approx(b["rate"])


def test_accuracy_runs_ahead_of_the_power_of_token_accuracy_ever_more() -> None:
    longest = cells().filter(task_id="transform/40").sort("height")
    for row in longest.filter(pl.col("height") > 20).iter_rows(named=True):
        independent = row["token_accuracy_true"] ** 40
        error = sqrt(row["exact_true"] * (1 - row["exact_true"]) / row["n"])
        assert row["exact"] > independent + 4 * error
    as_many_independent = longest["exact_true"].log() / longest["token_accuracy_true"].log()
    assert as_many_independent.is_sorted(descending=True)
    assert as_many_independent[0] > 20
    assert as_many_independent[-1] < 5


def test_the_likelihood_of_the_reference_still_tells_accuracy() -> None:
    for row in cells().iter_rows(named=True):
        assert exp(-row["reference_nll"]) == pytest.approx(row["exact_true"])
