"""Crossings, past cards and leads: what would have been said, and when an alarm counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasklaws.assess.red_lines.crossing import p_cross
from tasklaws.assess.red_lines.past import PastCard, lead, past_cards
from tasklaws.assess.red_lines.scoring import TOO_FEW, score_cards
from tasklaws.core.errors import UnknownName
from tasklaws.spec.red_lines import RedLine

if TYPE_CHECKING:
    from pathlib import Path


def cards(said: list[float], crossed: int | None, counts: int | None = None) -> list[PastCard]:
    """Return cards of rungs r0, r1, ... of which `crossed` is the first at the line."""
    return [
        PastCard("l", f"r{i}", f"r{i - 1}", p, i == crossed, 0.1, 1, block=f"b{i}", counts=i != counts)
        for i, p in enumerate(said)
    ]


def test_p_cross_counts_draws_at_the_line_and_is_never_certain() -> None:
    draws = np.array([0.1, 0.3, 0.1 + 0.2, 0.9])
    assert p_cross(draws, 0.3) == pytest.approx(3.5 / 5)
    assert p_cross(np.ones(999), 0.5) == pytest.approx(0.9995)
    assert 0 < p_cross(np.zeros(999), 0.5) < 0.001


@pytest.mark.parametrize(
    ("said", "crossed", "expected"),
    [
        ([0.0, 0.0, 0.2], 2, 1),
        ([0.0, 0.0, 0.05], 2, 0),
        ([0.2, 0.0, 0.2], 2, 1),
        ([0.0, 0.2, 0.1], 2, 2),
        ([0.2, 0.2, 0.2], 2, 3),
        ([0.2, 0.2, 0.2], None, None),
        ([], None, None),
    ],
)
def test_lead_is_how_long_the_alarm_had_stood(
    said: list[float], crossed: int | None, expected: int | None
) -> None:
    assert lead(cards(said, crossed), 0.1) == expected


def test_lead_goes_by_sizes_and_leaves_out_what_does_not_count() -> None:
    same = [replace(card, block="b") for card in cards([0.0, 0.2], 1)]
    assert lead(same, 0.1) == 1
    assert lead(cards([0.0, 0.2, 0.0], 1, counts=2), 0.1) == 1


def test_cards_are_scored_against_the_last_rung_and_misses_are_named() -> None:
    told = cards([0.2, 0.0, 0.05], 2)
    found = score_cards(told, {"l": 0.1})
    assert found.brier == pytest.approx((0.04 + 0.0 + 0.9025) / 3)
    assert found.brier_persistence == pytest.approx((0.01 + 0.01 + 0.81) / 3)
    assert found.skill.value == pytest.approx(1 - (0.04 + 0.9025) / 0.83)
    assert found.skill.reason == TOO_FEW
    assert found.gain.lower is not None
    assert [one["target"] for one in found.misses] == ["r2"]
    assert [one["target"] for one in found.false_alarms] == ["r0"]


def test_without_crossings_there_is_no_skill_and_without_cards_no_score() -> None:
    assert score_cards(cards([0.0, 0.0], None), {"l": 0.1}).skill.reason == "nothing-crossed"
    assert score_cards([], {}).document()["brier"] is None


def test_past_cards_see_smaller_rungs_alone_and_a_crossing_counts_once(base: Path) -> None:
    found = past_cards(base, RedLine("l", "*", 0.5))
    assert [(card.target, card.cutoff) for card in found] == [("m3", "m2"), ("m4", "m3")]
    for card in found:
        assert card.p_cross is not None
        assert card.persistence is not None
        assert card.lower is not None
        assert card.upper is not None
        assert 0 <= card.lower <= card.upper <= 1
        assert card.n_tasks == 7
    first = next(i for i, card in enumerate(found) if card.crossed)
    assert [card.counts for card in found] == [i <= first for i in range(len(found))]


def test_a_line_crossed_before_any_forecast_is_not_scored(base: Path) -> None:
    found = past_cards(base, RedLine("l", "add", 0.001))
    assert all(card.crossed and not card.counts for card in found)
    assert lead(found, 0.1) is None


def test_a_family_that_is_not_there_is_named(base: Path) -> None:
    with pytest.raises(UnknownName, match=r"Did you mean 'sort'"):
        past_cards(base, RedLine("l", "sorts", 0.5))
