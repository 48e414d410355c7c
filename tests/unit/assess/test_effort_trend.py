"""The trend of what effort adds: found where it was planted, and seldom where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from tasklaws.assess.effort_trend import LEAST_RUNGS, SIZE, trend
from tasklaws.theory.elicitation import rate, slope_bias
from tasklaws.worlds._ladder import height, ladder
from tasklaws.worlds.elicitation_ceiling import TOKENS, hazard_of, spurious

LOW, HIGH = 1, 8
WORLDS = 200


def _rates(family: str, rungs: int, effort: int) -> np.ndarray:
    """Return the rates of the world `elicitation_ceiling`, of shape (rungs, tasks)."""
    return np.array(
        [[rate(hazard_of(r, t), spurious(family, r, effort)) for t in TOKENS] for r in ladder(rungs)]
    )


def _places(rungs: int) -> np.ndarray:
    return np.array([height(rung) for rung in ladder(rungs)])


def _change(family: str, rungs: int) -> float:
    """Return the planted slope of log(high / low) along the ladder, by least squares."""
    low, high = ([spurious(family, r, effort) for r in ladder(rungs)] for effort in (LOW, HIGH))
    return slope_bias(_places(rungs), low) - slope_bias(_places(rungs), high)


def _exact(low: np.ndarray, high: np.ndarray, n: float = 1e6) -> tuple[np.ndarray, ...]:
    many = np.full((1, len(low)), n)
    return low * many, high * many, many, many


def _flagged(family: str, rungs: int, n: int, shock: float, worlds: int) -> float:
    """Return the share of worlds with a trend; every rung has a shock of its own at low effort."""
    rng, flagged = np.random.default_rng([rungs, n, worlds]), []
    low, high = _rates(family, rungs, LOW), _rates(family, rungs, HIGH)
    attempts = np.full((len(TOKENS), rungs), float(n))
    for _ in range(worlds):
        moved = np.clip(low * np.exp(rng.normal(0, shock, (rungs, 1))), 0, 1)
        k = [rng.binomial(n, rates).T.astype(float) for rates in (moved, high)]
        flagged.append(trend(_places(rungs), *k, attempts, attempts).flag is True)
    return float(np.mean(flagged))


def test_a_planted_slope_is_found() -> None:
    x = np.arange(6.0)
    found = trend(x, *_exact(0.4 * np.exp(-0.1 * x), np.full(6, 0.8)))
    assert found.slope == pytest.approx(0.1, abs=1e-3)
    assert found.first == pytest.approx(2.0, rel=1e-3)
    assert found.last == pytest.approx(2 * np.exp(0.5), rel=1e-2)
    assert found.flag


@pytest.mark.parametrize("family", ["easing", "hardening"])
def test_the_bias_of_the_slope_of_the_world_is_found(family: str) -> None:
    rates = [_rates(family, 6, effort).mean(axis=1) for effort in (LOW, HIGH)]
    found = trend(_places(6), *_exact(*rates))
    assert found.slope == pytest.approx(_change(family, 6), abs=0.03)
    assert found.slope is not None
    assert np.sign(found.slope) == (1 if family == "hardening" else -1)


def test_a_ratio_that_stays_has_no_slope() -> None:
    rates = [_rates("constant", 6, effort).mean(axis=1) for effort in (LOW, HIGH)]
    found = trend(_places(6), *_exact(*rates, n=1e9))
    assert _change("constant", 6) == pytest.approx(0, abs=1e-12)
    assert found.slope == pytest.approx(0, abs=1e-6)


def test_rungs_without_successes_are_left_out_and_too_few_rungs_have_no_trend() -> None:
    n = np.full((1, 5), 100.0)
    low, high = np.array([[0.0, 1, 10, 20, 40]]), np.array([[0.0, 8, 30, 50, 80]])
    assert trend(np.arange(5.0), low, high, n, n).rungs == LEAST_RUNGS
    short = trend(np.arange(5.0), low, np.where(high > 10, high, 0), n, n)
    assert (short.rungs, short.slope, short.flag) == (LEAST_RUNGS - 1, None, None)
    assert short.reason is not None
    assert "3 of the 4 rungs" in short.reason


def test_a_shock_of_each_rung_widens_the_interval() -> None:
    x, n = np.arange(8.0), np.full((1, 8), 1e5)
    smooth = np.full((1, 8), 0.4)
    moved = smooth * np.exp(0.3 * np.array([1, -1, 1, -1, -1, 1, -1, 1.0]))
    widths = []
    for low in (smooth + 1e-3 * np.sin(7 * x), moved):
        found = trend(x, low * n, 0.8 * n, n, n)
        assert found.lower is not None
        assert found.upper is not None
        widths.append(found.upper - found.lower)
    assert widths[1] > 10 * widths[0]


@pytest.mark.parametrize(("rungs", "n", "shock"), [(5, 20, 0.0), (8, 5, 0.2), (8, 100, 0.2)])
def test_size_in_few_worlds(rungs: int, n: int, shock: float) -> None:
    bound = SIZE + 2 * np.sqrt(SIZE * (1 - SIZE) / WORLDS)
    assert _flagged("constant", rungs, n, shock, WORLDS) <= bound


@pytest.mark.slow
@pytest.mark.parametrize("rungs", [5, 8])
@pytest.mark.parametrize("n", [5, 20, 100])
@pytest.mark.parametrize("shock", [0.0, 0.05, 0.2])
def test_size_in_many_worlds(rungs: int, n: int, shock: float) -> None:
    """What the constant family of the world shows is a trend in no more worlds than the level says."""
    worlds = 4000
    found = _flagged("constant", rungs, n, shock, worlds)
    assert found <= SIZE + 2 * np.sqrt(SIZE * (1 - SIZE) / worlds)


@pytest.mark.parametrize("family", ["easing", "hardening"])
def test_power_grows_with_attempts(family: str) -> None:
    few, many = (_flagged(family, 8, n, 0.0, WORLDS) for n in (5, 100))
    assert many > 0.8
    assert few < many
