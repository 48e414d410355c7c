"""P15: spurious failures put a ceiling on accuracy, and a share that moves along the ladder bends the law."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.theory import elicitation

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.infer.arrays import Floats

X = np.linspace(19.0, 22.0, 7)
HAZARDS = 10 ** (0.4 * (20.5 - X))


def _accuracies(hazards: Floats, spurious: Floats, worlds: int, seed: int) -> Floats:
    """Return accuracies in samples of a million attempts, each lost to a lack of ability or spuriously."""
    rng, n = np.random.default_rng(seed), 1_000_000
    able = rng.binomial(n, np.exp(-hazards), (worlds, len(hazards)))
    return rng.binomial(able, 1 - spurious) / n


def test_accuracy_is_that_of_simulated_attempts() -> None:
    rng, attempts, hazard, spurious = np.random.default_rng(1), 100_000, 0.7, 0.15
    able = rng.exponential(size=attempts) > hazard  # no failure before the end, at a constant hazard
    solved = (able & (rng.random(attempts) > spurious)).mean()
    p = elicitation.rate(hazard, spurious)
    assert abs(solved - p) < 4 * math.sqrt(p * (1 - p) / attempts)


def test_figure_of_the_paper() -> None:
    assert elicitation.rate(0.1, 0.15) == pytest.approx(0.769, abs=5e-4)


def test_no_ability_exceeds_the_ceiling_and_the_seen_hazard_does_not_end_at_zero() -> None:
    assert elicitation.rate(0.0, 0.15) == elicitation.ceiling(0.15) == pytest.approx(0.85)
    assert math.exp(-elicitation.seen_hazard(0.0, 0.15)) == pytest.approx(0.85)
    np.testing.assert_allclose(
        np.exp(-elicitation.seen_hazard(HAZARDS, 0.15)), [elicitation.rate(h, 0.15) for h in HAZARDS]
    )


def test_hazard_behind_an_accuracy_is_found_again() -> None:
    for hazard in (0.0, 0.1, 5.0):
        assert elicitation.true_hazard(elicitation.rate(hazard, 0.3), 0.3) == pytest.approx(hazard, abs=1e-12)


@pytest.mark.parametrize("ends", [(0.15, 0.15), (0.3, 0.02), (0.0, 0.4)])
def test_biases_are_those_of_lines_fitted_to_simulated_accuracies(ends: tuple[float, float]) -> None:
    spurious = np.linspace(*ends, 7)
    worlds = 400
    seen = -np.log(_accuracies(HAZARDS, spurious, worlds, seed=2))
    for fitted, true, bias in [
        (seen, HAZARDS, elicitation.slope_bias(X, spurious)),
        (np.log(seen), np.log(HAZARDS), elicitation.log_slope_bias(X, HAZARDS, spurious)),
    ]:
        slopes = np.polyfit(X, fitted.T, 1)[0] - np.polyfit(X, true, 1)[0]
        assert abs(slopes.mean() - bias) < 4 * slopes.std() / math.sqrt(worlds)


def test_a_share_that_is_the_same_everywhere_biases_the_log_hazard_only() -> None:
    same = np.full(7, 0.15)
    assert elicitation.slope_bias(X, same) == pytest.approx(0.0, abs=1e-15)
    true = -0.4 * math.log(10)
    flatter = [elicitation.log_slope_bias(X, able * HAZARDS, same) / -true for able in (1.0, 0.1, 1e-5)]
    assert 0 < flatter[0] < flatter[1] < flatter[2] < 1
    assert flatter[2] == pytest.approx(1.0, abs=1e-3)  # all failures left are spurious: no slope is seen


def test_bias_between_two_rungs_is_the_rise_of_the_seen_hazard_over_their_distance() -> None:
    rise = math.log(0.95 / 0.7) / 2
    assert elicitation.slope_bias([19.0, 21.0], [0.05, 0.3]) == pytest.approx(rise)


def test_a_share_that_falls_along_the_ladder_makes_the_law_too_steep() -> None:
    falls = np.linspace(0.3, 0.02, 7)
    assert elicitation.slope_bias(X, falls) < -0.1
    assert elicitation.slope_bias(X, falls[::-1]) == pytest.approx(-elicitation.slope_bias(X, falls))
    assert elicitation.log_slope_bias(X, HAZARDS, np.zeros(7)) == 0


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: elicitation.ceiling(1.1), "the share of spurious failures is 1.1"),
        (lambda: elicitation.rate(-0.1, 0.2), "a hazard is -0.1"),
        (lambda: elicitation.seen_hazard(0.1, 1.0), "the share of spurious failures is 1.0"),
        (lambda: elicitation.seen_hazard([0.1, math.nan], 0.1), "hazards are [0.1, nan]"),
        (lambda: elicitation.true_hazard(0.9, 0.2), "the accuracy is 0.9 with a ceiling of 0.8"),
        (lambda: elicitation.true_hazard(0.0, 0.2), "the accuracy is 0.0"),
        (
            lambda: elicitation.slope_bias([1.0, 1.0], [0.1, 0.2]),
            "places of shape (2,) for rungs of shape (2,)",
        ),
        (lambda: elicitation.slope_bias([1.0, 2.0], [0.1]), "places of shape (2,) for rungs of shape (1,)"),
        (lambda: elicitation.log_slope_bias([1.0, 2.0], [0.0, 0.1], [0.1, 0.1]), "hazards are [0.0, 0.1]"),
    ],
)
def test_what_cannot_be_is_refused_in_three_parts(call: Callable[[], object], what: str) -> None:
    with pytest.raises(BadInput) as error:
        call()
    assert what in str(error.value)
    assert all((error.value.what, error.value.need, error.value.way_out))
