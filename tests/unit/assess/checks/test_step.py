"""Step: a jump of a family's curve is told from a steep curve, a lucky model and noise."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from tests.characteristics.checks.step import THE_DESIGN, Shape, Step, smooth, stepped
from tests.characteristics.design import drawn_counts, drawn_suite

from tasklaws.assess import smooth_curves
from tasklaws.assess.check import CHECKS
from tasklaws.assess.checks import step
from tasklaws.assess.evidence import suite_from_counts, suites
from tasklaws.run.simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.check import Finding
    from tasklaws.assess.evidence import Evidence


def judged(one: Evidence, seed: int = 0) -> Finding:
    found = CHECKS["step"].judge(one, np.random.default_rng(seed))
    json.dumps([dict(found.details), found.chart and list(found.chart.rows)], allow_nan=False)
    assert found.ok is not None or found.reason
    return found


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, 14])


def of_world(name: str, folder: Path, rungs: int = 8) -> dict[str, Finding]:
    simulate(name, folder / name, rungs=rungs, runs=8_000, seed=1)
    (suite,) = suites(folder / name)
    return {family: judged(suite.evidence(family)) for family in suite.families}


@pytest.mark.parametrize("shock", [0.0, 0.54])
def test_a_step_fails_and_a_smooth_curve_passes(shock: float) -> None:
    found = judged(stepped(THE_DESIGN, Step(0.05, 0.9), shock, rng()))
    assert found.ok is False
    assert found.p is not None
    assert found.p < 0.05
    assert found.statistic == pytest.approx(1, abs=0.2)
    assert "climbs in a step" in found.text
    assert judged(smooth(THE_DESIGN, 3.0, shock, "logistic", rng())).ok is True


def test_one_lucky_model_is_no_step() -> None:
    """Of flat families in which models stray, one stands out: told by the shocks of the others."""
    shocks = rng(3).normal(0, 1, (5, 8))
    shocks[0] = [0, 0, 0, 0, 2, 0, 0, 0]
    level = np.linspace(-1, 1, 8) + np.repeat(shocks, 6, axis=0)
    families = tuple(f"family-{i}" for i in range(5) for _ in range(6))
    every = drawn_suite(expit(level), 50, rng(3), families=families)
    found = judged(every.evidence("family-0"))
    assert found.details["shock_sd"] > 0.6
    assert found.ok is not False


def test_seeds_of_one_size_are_one_point_of_the_curve() -> None:
    one = stepped(Shape(8, 6, 20, seeds=2), Step(0.05, 0.9), 0.0, rng())
    found = judged(one)
    assert found.ok is False
    assert found.chart is not None
    assert len(found.chart.rows) == 8


def test_what_the_evidence_does_not_tell() -> None:
    few = judged(smooth(Shape(3, 5, 8), 3.0, 0.0, "logistic", rng()))
    flat = judged(smooth(THE_DESIGN, 0.0, 0.0, "logistic", rng()))
    coarse = judged(_spaced(3.0))
    assert [one.reason for one in (few, flat, coarse)] == ["sizes", "range", "resolution"]
    assert [one.ok for one in (few, flat, coarse)] == [None] * 3


def _spaced(decades: float) -> Evidence:
    """Return a step between rungs so far apart."""
    rates = np.where(np.arange(6) > 2, 1.0, 0.0) * np.ones((10, 1))
    return drawn_suite(rates, 10, rng(), x=18 + decades * np.arange(6)).evidence("family")


def test_the_cap_is_one_of_decades_and_not_of_rungs() -> None:
    assert judged(_spaced(0.2)).ok is False
    assert judged(_spaced(3.0)).ok is None


def test_on_an_axis_of_years_rungs_count() -> None:
    counts = drawn_counts(np.where(np.arange(8) > 3, 0.95, 0.05) * np.ones((10, 1)), 20, rng())
    years = [0, 3.0, 3.1, 3.2, 5.9, 6.0, 6.1, 6.2]
    found = judged(suite_from_counts(counts, np.array(years), unit="years").evidence("family"))
    assert found.details["slope_cap"] == 1.5
    assert found.ok is False


def test_tasks_and_models_that_were_not_asked_tell_nothing() -> None:
    one = smooth(Shape(8, 6, 20), 3.0, 0.0, "logistic", rng())
    n = one.suite.counts.n.copy()
    n[:, 3] = 0
    n[1, 5] = 0
    counts = replace(one.suite.counts, n=n, k=np.minimum(one.suite.counts.k, n))
    found = judged(replace(one.suite, counts=counts).evidence("family-0"))
    assert found.ok is True
    assert found.chart is not None
    assert len(found.chart.rows) == 7
    nothing = replace(counts, n=0 * n, k=0 * n)
    assert judged(replace(one.suite, counts=nothing).evidence("family-0")).reason == "counts"


def test_a_latent_step_is_found_where_rungs_are_close_enough(tmp_path: Path) -> None:
    found = of_world("latent_step", tmp_path, rungs=14)
    came = [one for one in found.values() if one.details.get("range") == 1]
    assert len(came) > 5
    assert sum(one.ok is False for one in came) > len(came) / 2
    assert all(one.ok is not True for one in found.values())


@pytest.mark.parametrize("name", ["spread_skills", "independent_tokens", "hand_chain"])
def test_sound_worlds_are_smooth(name: str, tmp_path: Path) -> None:
    assert all(one.ok is True for one in of_world(name, tmp_path).values())


def test_breakthroughness_by_hand() -> None:
    curve = np.array([0.0, 0.1, 0.1, 0.7, 0.8])
    # Steps .1 0 .6 .1: median square .01, root .1.
    assert step.breakthroughness(curve) == pytest.approx(8)
    assert step.breakthroughness(curve[::-1]) == pytest.approx(-8)
    assert step.breakthroughness(np.zeros(4)) == 0
    found = judged(stepped(Shape(8, 6, 20), Step(0.01, 0.99), 0.0, rng()))
    assert found.details["breakthroughness"] is None or found.details["breakthroughness"] > 5


def test_the_same_seed_finds_the_same() -> None:
    one = smooth(THE_DESIGN, 3.0, 0.3, "logistic", rng())
    assert judged(one, 1) == judged(one, 1)
    assert judged(one, 1).p != judged(one, 2).p


@pytest.mark.parametrize("link", range(4))
@pytest.mark.parametrize("floor", [0.0, 0.25])
def test_the_fit_is_the_top_that_a_general_method_finds(link: int, floor: float) -> None:
    x, chance = np.linspace(0, 2, 7), np.full(5, floor)
    p = floor + (1 - floor) * expit(3 * (x - 1) - np.linspace(-2, 2, 5)[:, None])
    n = np.full(p.shape, 20.0)
    k = rng().binomial(20, p).astype(float)
    found = smooth_curves.fit(k, n, chance, x, 4.0)

    def lost(at: np.ndarray) -> float:
        slope = at[0] if link < 3 else 0.0
        level = slope * (x - x.mean()) - at[1:, None]
        rates = replace(found, level=np.repeat(level[None], 4, axis=0)).rates()
        rate = np.clip(rates[0, link], 1e-9, 1 - 1e-9)
        told = (k * np.log(rate) + (n - k) * np.log1p(-rate)).sum()
        return float((at[1:] ** 2).sum() / 32 - told)

    best = minimize(lost, np.r_[1.0, np.zeros(5)], bounds=[(0, 4)] + [(-20, 20)] * 5)
    own = np.r_[found.slope[link], -(found.level[link] - found.slope[link] * (x - x.mean()))[:, 0]]
    assert lost(own) == pytest.approx(best.fun, abs=1e-3)
