"""Bands of success against budget: what the stored table promises, and a few worlds of the present code."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.characteristics import budgets
from tests.characteristics.budgets import DESIGNS, PLACES, draw, expected, outcome, rows, within

from tasklaws.assess.budget.survival import CUT, FAILURE, incidence

LEAST_WORLDS = 1000
STORED = budgets.stored()
WIDEST = 0.042
"""Coverage may lie so far from 90 % in a cell, with chance over a thousand worlds."""
IN_CORNERS = 0.86


def _named(row: dict[str, Any]) -> str:
    return f"{row['design']}: {row['place']:g}"


@pytest.mark.characteristics
def test_coverage_of_a_thousand_worlds_is_measured_and_stored() -> None:
    budgets.store([row for design in DESIGNS for row in rows(design)], LEAST_WORLDS)


def test_the_stored_table_is_of_the_present_code_and_of_every_design() -> None:
    assert STORED["code"] == budgets.code_hash(), "python -m tests.characteristics.budgets --store"
    assert [(row["design"], row["place"]) for row in STORED["rows"]] == [
        (design.name, place) for design in DESIGNS for place in PLACES
    ]
    assert {row["worlds"] for row in STORED["rows"]} == {LEAST_WORLDS}


def test_the_page_is_that_of_the_table() -> None:
    assert budgets.TABLE.with_suffix(".md").read_text(encoding="utf-8") == budgets.page(STORED)


def test_over_all_cells_bands_hold_the_truth_as_often_as_they_say() -> None:
    cells = STORED["rows"]
    sure = [row for row in cells if expected(row) >= budgets.LEAST]
    assert np.mean([row["coverage"] for row in sure]) == pytest.approx(0.9, abs=0.02)
    assert sum(map(within, sure)) >= 0.9 * len(sure)


@pytest.mark.parametrize("row", [row for row in STORED["rows"] if expected(row) >= budgets.LEAST], ids=_named)
def test_no_cell_with_successes_is_far_off(row: dict[str, Any]) -> None:
    assert abs(row["coverage"] - 0.9) <= WIDEST
    assert abs(row["bias"]) < 0.01


@pytest.mark.parametrize("row", STORED["rows"], ids=_named)
def test_where_hardly_any_succeed_bands_are_too_wide_rather_than_too_narrow(row: dict[str, Any]) -> None:
    assert row["coverage"] >= IN_CORNERS


def test_a_few_worlds_of_the_present_code_cover_too() -> None:
    few = [design for design in DESIGNS if design.name in {"two limits", "limit and errors"}]
    held = [outcome(design, world)[0] for design in few for world in range(60)]
    assert 0.82 < np.mean(held) < 0.97


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_a_limit_cuts_the_share_that_its_design_says(share: float) -> None:
    design = replace(DESIGNS[0], n=4000, tasks=400, cut=(share,))
    world = draw(design, np.random.default_rng(0))
    assert np.mean(world.kind == CUT) == pytest.approx(share, abs=0.04)


@pytest.mark.parametrize("name", ["log-logistic, 120 attempts", "questions in 5 epochs", "two limits"])
def test_the_truth_of_a_world_is_what_many_attempts_find(name: str) -> None:
    (design,) = (one for one in DESIGNS if one.name == name)
    world = draw(replace(design, n=40_000), np.random.default_rng(1))
    found = incidence(world.amount, world.kind, world.budgets)
    assert np.abs(found.success - world.truth).max() < 0.015
    assert (world.kind == FAILURE).any()
