"""The planted parameters of every form lie inside their intervals about as often as the intervals say."""

from __future__ import annotations

import pytest
from tests.recovery.form_worlds import DESIGNS, LEVEL, covered

from tasklaws.forms import FORMS

WORLDS = 100
ROBUST_WORLDS = 50
"""Under log-Huber, where every world is fitted some hundred times."""

TOLERANCE = 4
"""Standard errors that a coverage may lie off its level."""

ASKED = [name for name in DESIGNS if name != "logistic, rung shock ignored"]


def test_every_form_has_a_design() -> None:
    assert {design.form for design in DESIGNS.values()} == set(FORMS)


@pytest.mark.parametrize("name", ASKED)
def test_intervals_hold_the_planted_parameters(name: str) -> None:
    design = DESIGNS[name]
    worlds = ROBUST_WORLDS if design.objective == "log_huber" else WORLDS
    error = (LEVEL * (1 - LEVEL) / worlds) ** 0.5
    off = {
        quantity: found.share
        for quantity, found in covered(design, range(worlds)).items()
        if quantity not in design.shown and abs(found.share - LEVEL) > TOLERANCE * error
    }
    assert not off


def test_intervals_that_ignore_the_shock_of_a_rung_are_too_short() -> None:
    found = covered(DESIGNS["logistic, rung shock ignored"], range(WORLDS))
    assert all(one.share < LEVEL - TOLERANCE * one.error for one in found.values())
