"""Planted laws lie inside their intervals about as often as the intervals say."""

from __future__ import annotations

import pytest
from tests.recovery.worlds import DESIGNS, LEVELS, Outcome, outcome, suite_coverage, task_coverage

WORLDS = 7
"""Worlds per design: some 40 in all."""

TOLERANCE = 4
"""Standard errors, blocked by world, that a coverage may lie off its level."""


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return [outcome(design, seed) for design in DESIGNS.values() for seed in range(WORLDS)]


@pytest.mark.parametrize("level", range(len(LEVELS)), ids=[f"{level:.0%}" for level in LEVELS])
def test_tasks_are_inside_their_intervals(outcomes: list[Outcome], level: int) -> None:
    found = task_coverage(outcomes, level)
    assert abs(found.share - LEVELS[level]) < TOLERANCE * found.error


@pytest.mark.parametrize("level", range(len(LEVELS)), ids=[f"{level:.0%}" for level in LEVELS])
def test_the_mean_of_the_suite_is_inside_its_interval(outcomes: list[Outcome], level: int) -> None:
    found = suite_coverage(outcomes, level)
    binomial = (LEVELS[level] * (1 - LEVELS[level]) / found.worlds) ** 0.5
    assert abs(found.share - LEVELS[level]) < TOLERANCE * binomial
