"""W15: nothing shows beforehand, everything afterwards, and no forecast of the step beats the bound."""

from __future__ import annotations

from collections import defaultdict
from math import sqrt

import numpy as np
import polars as pl
import pytest

from tasklaws.spec.world import Drawn, WorldOptions
from tasklaws.worlds import WORLDS
from tasklaws.worlds.latent_step import HAZARDS, LATENTS, SIZES

RUNGS, SEEDS = 8, 80


@pytest.fixture(scope="module")
def worlds() -> list[Drawn]:
    return [WORLDS["latent_step"].draw(WorldOptions(RUNGS, 1, seed)) for seed in range(SEEDS)]


@pytest.fixture(scope="module")
def histories(worlds: list[Drawn]) -> dict[str, np.ndarray]:
    """Return kind of latent -> mean score of each family, of shape (families, models), from the runs."""
    found = defaultdict(list)
    for world in worlds:
        tables = [
            own.group_by("task_family", maintain_order=True).agg(pl.col("score").mean()) for own in world.runs
        ]
        scores = np.array([own["score"].to_numpy() for own in tables]).T
        for family, history in zip(tables[0]["task_family"], scores, strict=True):
            found[family.split("_")[0]].append(history)
    return {kind: np.array(own) for kind, own in found.items()}


def _before(history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return, of each rung before which the latent had not come: its place, and whether it came there."""
    open_ = np.cumsum(history[:, :-1], axis=1) == 0
    places = np.broadcast_to(np.arange(1, history.shape[1]), open_.shape)
    return places[open_], history[:, 1:][open_]


def test_scores_are_nothing_up_to_the_step_and_everything_from_it(histories: dict[str, np.ndarray]) -> None:
    for history in histories.values():
        assert set(np.unique(history)) == {0.0, 1.0}
        assert (np.diff(history, axis=1) >= 0).all()
        assert (history[:, 0] == 0).all()


@pytest.mark.parametrize("kind", HAZARDS)
def test_the_step_comes_at_the_stated_hazard(kind: str, histories: dict[str, np.ndarray]) -> None:
    h = HAZARDS[kind]
    _, came = _before(histories[kind])
    assert histories[kind].shape == (SEEDS * LATENTS, RUNGS)
    assert abs(came.mean() - h) <= 4 * sqrt(h * (1 - h) / came.size)


@pytest.mark.parametrize("kind", HAZARDS)
def test_no_forecaster_beats_the_brier_bound(
    kind: str, histories: dict[str, np.ndarray], worlds: list[Drawn]
) -> None:
    bounds, h = worlds[0].truth["bounds"][kind], HAZARDS[kind]
    half = histories[kind].shape[0] // 2
    learnt_places, learnt = _before(histories[kind][:half])
    places, came = _before(histories[kind][half:])
    learnt_by_place = np.array(
        [learnt[learnt_places == p].mean() if (learnt_places == p).any() else h for p in range(RUNGS)]
    )
    for forecast in (learnt.mean(), learnt_by_place[places], 0.0):
        gain = (came - h) ** 2 - (came - forecast) ** 2
        assert gain.mean() <= 4 * gain.std() / sqrt(came.size)
    spread = sqrt(h * (1 - h) / came.size)
    brier_of_the_truth, brier_of_persistence = np.mean((came - h) ** 2), np.mean(came**2)
    assert abs(brier_of_the_truth - bounds["least_brier"]) <= 4 * abs(1 - 2 * h) * spread + 1e-9
    assert abs(brier_of_persistence - bounds["persistence_brier"]) <= 4 * spread


def test_the_truth_names_the_first_model_that_has_it(worlds: list[Drawn]) -> None:
    for world in worlds[:5]:
        able = {(c["task_id"].split("/")[0], c["model"]) for c in world.truth["cells"] if c["rate"] == 1}
        models = [rung.model for rung in world.rungs]
        for family, first in world.truth["first_with_it"].items():
            from_there = set(models[models.index(first) :]) if first else set()
            assert {model for own, model in able if own == family} == from_there


def test_all_tasks_of_a_latent_are_one_task(worlds: list[Drawn]) -> None:
    rates = defaultdict(set)
    for cell in worlds[0].truth["cells"]:
        rates[cell["model"], cell["task_id"].split("/")[0]].add(cell["rate"])
    assert all(len(own) == 1 for own in rates.values())
    assert worlds[0].tasks.height == len(HAZARDS) * LATENTS * len(SIZES)
