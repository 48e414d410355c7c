"""Comparisons of two models: what the stored table promises, and a few worlds of the present code."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.characteristics import comparisons
from tests.characteristics.comparisons import (
    DESIGNS,
    corner,
    design_of,
    outcome,
    population,
    row,
    skewed,
    within,
)

STORED = comparisons.stored()
LEAST_WORLDS = 2000
CHANCE = 0.012
"""Shares of 2000 worlds may be so far off by chance (2.5 standard errors at 5 %)."""

IN_SKEWED = 0.9
"""The verb warns of these."""


@pytest.mark.characteristics
def test_coverage_of_two_thousand_worlds_is_measured_and_stored() -> None:
    comparisons.store([row(design) for design in DESIGNS], LEAST_WORLDS)


def test_the_stored_table_is_of_the_present_code_and_of_every_design() -> None:
    assert STORED["code"] == comparisons.code_hash(), "python -m tests.characteristics.comparisons --store"
    assert [one["design"] for one in STORED["rows"]] == [design.name for design in DESIGNS]
    assert {one["worlds"] for one in STORED["rows"]} == {LEAST_WORLDS}
    assert comparisons.TABLE.with_suffix(".md").read_text(encoding="utf-8") == comparisons.page(STORED)


@pytest.mark.parametrize("one", STORED["rows"], ids=lambda one: one["design"])
def test_every_design_keeps_its_promises(one: dict[str, Any]) -> None:
    assert abs(one["bias"]) < 0.01
    if corner(one):
        assert min(one["coverage"], one["coverage_these"]) >= comparisons.LOW
        return
    assert within(one, "coverage_these")
    assert one["coverage"] >= IN_SKEWED if skewed(one) else within(one)
    if design_of(one).effect is None:
        assert one["alarms"] <= 0.05 + CHANCE
    if design_of(one).detect:
        assert comparisons.POWER_LOW <= one["alarms"] <= comparisons.POWER_HIGH


@pytest.mark.parametrize("name", ["6 families", "5 families, harmonic weights", "paired, 5 instances"])
def test_a_few_worlds_of_the_present_code_cover_too(name: str) -> None:
    (design,) = (one for one in DESIGNS if one.name == name)
    truth = population(design, 0.3)
    told = [outcome(design, 0.3, truth, world) for world in range(40)]
    assert np.mean([one.likely for one in told]) > 0.82
    assert np.mean([one.these for one in told]) > 0.82
