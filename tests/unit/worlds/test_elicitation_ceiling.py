"""W13: a ceiling of 1 - e, scores affine in 1 / effort, and slopes biased where e varies with the rung."""

from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
import polars as pl
import pytest

from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.worlds import WORLDS
from tasklaws.worlds._ladder import height
from tasklaws.worlds.elicitation_ceiling import EFFORTS, ENDS, TOKENS

RUNGS, N = 6, 2000
CELLS = RUNGS * len(ENDS) * len(TOKENS) * len(EFFORTS)
KEY = ("model", "task_family", "task_id", "elicitation")


@pytest.fixture(scope="module")
def world() -> Drawn:
    return WORLDS["elicitation_ceiling"].draw(WorldOptions(rungs=RUNGS, runs=N * CELLS))


@pytest.fixture(scope="module")
def cells(world: Drawn) -> pl.DataFrame:
    score, spurious = pl.col("score"), pl.col("path") == "spurious"
    return pl.concat(
        table.group_by(*KEY, maintain_order=True).agg(
            score.mean(),
            spurious=spurious.mean(),
            tried=score.filter(~spurious).mean(),
            n_tried=(~spurious).sum(),
            lucky=score.filter(spurious).sum(),
        )
        for table in world.runs
    )


def test_transcripts_tell_spurious_failures_from_lack_of_ability(world: Drawn, cells: pl.DataFrame) -> None:
    assert cells["lucky"].sum() == 0
    for row in cells.iter_rows(named=True):
        able = exp(-world.truth["hazards"][row["model"]][row["task_id"]])
        assert abs(row["tried"] - able) <= 4.5 * sqrt(able * (1 - able) / row["n_tried"])


def test_no_model_exceeds_the_ceiling_and_able_ones_rest_at_it(world: Drawn, cells: pl.DataFrame) -> None:
    top = world.rungs[-1].model
    for stated in world.truth["ceilings"]:
        own = cells.filter(task_family=stated["task_family"], elicitation=stated["elicitation"])
        for model, spurious in stated["spurious"].items():
            error = sqrt(spurious * (1 - spurious) / N)
            of_model = own.filter(model=model)
            assert of_model["score"].max() <= 1 - spurious + 4.5 * error
            assert (of_model["spurious"] - spurious).abs().max() <= 4.5 * error
        easiest = own.filter(model=top, task_id=f"{stated['task_family']}/{TOKENS[0]}")["score"].item()
        assert easiest > 0.97 * (1 - stated["spurious"][top]) - 4.5 * sqrt(0.25 / N)


def test_scores_are_affine_in_one_over_effort(cells: pl.DataFrame) -> None:
    x = 1 / np.array(list(EFFORTS.values()), dtype=float)
    line = np.column_stack([np.ones(x.size), x])
    of_task = cells.group_by("model", "task_id", maintain_order=True)
    rates = np.array([own["score"].to_numpy() for _, own in of_task])
    inner = rates[(rates > 0.05).all(axis=1) & (rates < 0.95).all(axis=1)]
    chi2 = 0.0
    for scores in inner:
        errors = np.sqrt(scores * (1 - scores) / N)
        _, left, _, _ = np.linalg.lstsq(line / errors[:, None], scores / errors)
        chi2 += float(left[0])
    df = len(inner) * (x.size - 2)
    assert len(inner) > 40
    assert abs(chi2 - df) <= 4 * sqrt(2 * df)
    assert (inner[:, -1] > inner[:, 0]).mean() > 0.9


@pytest.mark.parametrize("family", ENDS)
def test_the_slope_of_minus_log_accuracy_is_biased_by_the_trend_of_the_ceiling(
    family: str, world: Drawn, cells: pl.DataFrame
) -> None:
    heights = np.array([height(rung) for rung in world.rungs])
    weights = (heights - heights.mean()) / ((heights - heights.mean()) ** 2).sum()
    task = f"{family}/{TOKENS[0]}"
    own = cells.filter(task_id=task, elicitation="effort@1")
    rates = own["score"].to_numpy()
    ability = np.array([world.truth["hazards"][model][task] for model in own["model"]])
    found = float(weights @ (-np.log(rates) - ability))
    error = sqrt(float(weights**2 @ ((1 - rates) / rates / N)))
    (stated,) = [
        one["slope_bias"]
        for one in world.truth["ceilings"]
        if one["task_family"] == family and one["elicitation"] == "effort@1"
    ]
    assert abs(found - stated) <= 4 * error + 1 / (N * rates.min())  # the bias of a logarithm
    signs = {"constant": 0, "easing": -1, "hardening": 1}
    assert np.sign(round(stated, 12)) == signs[family]
    assert family == "constant" or abs(found) > 4 * error


def test_a_constant_share_makes_a_constant_ceiling(world: Drawn) -> None:
    for stated in world.truth["ceilings"]:
        values = list(stated["spurious"].values())
        rise = log(1 - values[-1]) - log(1 - values[0])
        assert (abs(rise) < 1e-12) == (stated["task_family"] == "constant")
