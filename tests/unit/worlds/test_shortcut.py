"""W3: three plateaus, and paths that change where a rung learns the formula."""

from __future__ import annotations

from math import exp, sqrt

import polars as pl
import pytest
from tests.unit.worlds.seen import Seen, seen

SECONDS = pl.col("task_id").str.split("/").list.last().cast(pl.Float64) * 8e-8
"""Run time of a loop, as families/sum_range states it."""
IN_TIME = SECONDS < 3000


def world() -> Seen:
    return seen("shortcut", rungs=13)


def loopers() -> pl.DataFrame:
    return world().cells.filter(pl.col("height").is_between(20.4, 21.1))


def knowers() -> pl.DataFrame:
    return world().cells.filter(pl.col("height") >= 23.9)


@pytest.mark.parametrize(("family", "reached"), [("sum_range", 1 / 3), ("sum_of_squares", 2 / 3)])
def test_scores_rest_at_nothing_then_at_what_ends_in_time_then_at_all(family: str, reached: float) -> None:
    assert world().truth["plateaus"][family] == pytest.approx({"nothing": 0, "loop": reached, "shortcut": 1})
    levels = (
        world()
        .cells.filter(task_family=family)
        .group_by("height")
        .agg(pl.col("exact").mean(), pl.col("n").sum())
    )
    for height, mean, n in levels.sort("height").rows():
        error = 4 * sqrt(0.25 / n)
        if height < 18.1:
            assert mean < 0.01
        if 20.4 <= height <= 21.1:
            assert abs(mean - reached) < error
        if height > 23.9:
            assert mean > 1 - error


def test_those_who_loop_solve_exactly_what_ends_in_time() -> None:
    assert (loopers().filter(IN_TIME)["exact"] > 0.9).all()
    assert loopers().filter(~IN_TIME)["exact"].max() < 0.02
    assert (knowers()["exact"] > 0.95).all()


def test_the_jump_comes_where_the_formula_is_learnt_and_later_for_squares() -> None:
    means = world().cells.group_by("task_family", "height").agg(pl.col("exact").mean()).sort("height")
    for family, learnt in (("sum_range", 22.2), ("sum_of_squares", 22.8)):
        own = means.filter(task_family=family)
        middle = (world().truth["plateaus"][family]["loop"] + 1) / 2
        first = own.filter(pl.col("exact") > middle)["height"].min()
        assert 0 < first - learnt <= 0.5


def test_the_share_of_formulas_is_that_of_those_who_know_it() -> None:
    for family, learnt in (("sum_range", 22.2), ("sum_of_squares", 22.8)):
        own = world().runs.filter(task_family=family).group_by("model").agg(
            pl.len(), (pl.col("path") == "closed_form").mean().alias("share")
        )  # fmt: skip
        heights = dict(world().cells.select("model", "height").rows())
        for model, n, share in own.rows():
            known = 1 / (1 + exp(-(heights[model] - learnt) / 0.12))
            assert world().truth["closed_form"][model][family] == pytest.approx(known)
            assert abs(share - known) <= 4 * sqrt(known * (1 - known) / n) + 2 / n


def test_beyond_the_timeout_only_the_formula_succeeds_and_only_loops_are_cut() -> None:
    late = world().runs.filter(~IN_TIME)
    assert set(late.filter(score=1.0)["path"]) == {"closed_form"}
    assert set(late.filter(path="loop")["outcome"]) == {"limit_time"}
    assert set(world().runs.filter(IN_TIME)["outcome"]) == {"submitted"}
    assert set(world().runs.filter(path="closed_form")["outcome"]) == {"submitted"}
