"""Residual dependence: a model's shift in one family is told from its ability and from noise of cells."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import expit
from tests.characteristics.checks.residual_dependence import PUBLISHED, Scatter, Shape, world
from tests.characteristics.design import drawn_suite

from tasklaws.assess.check import CHECKS
from tasklaws.assess.co_movement import Residuals, residuals, together
from tasklaws.assess.evidence import suites
from tasklaws.run.imports import import_runs
from tasklaws.run.simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.check import Finding
    from tasklaws.assess.evidence import Evidence


def judged(one: Evidence, seed: int = 0) -> Finding:
    found = CHECKS["residual_dependence"].judge(one, np.random.default_rng(seed))
    json.dumps([dict(found.details), found.chart and list(found.chart.rows)], allow_nan=False)
    assert found.ok is not None or found.reason
    return found


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng([seed, 2])


def test_a_strong_family_shock_is_found_with_its_size() -> None:
    found = judged(world(Shape(16, 6, 8, 20), Scatter(0.3, family=1.0), rng()))
    assert found.ok is False
    assert found.details["suite_p"] == pytest.approx(1 / 200)
    assert found.details["shock_sd"] == pytest.approx(1, abs=0.35)
    assert found.details["n_eff"] < 3
    assert "a law needs a shift" in found.text
    assert found.chart is not None
    assert len(found.chart.rows) == 16


def test_a_shock_of_all_families_is_ability() -> None:
    assert judged(world(PUBLISHED, Scatter(model=1.0), rng())).ok is True


def test_the_published_power_of_the_suite_at_half_a_logit() -> None:
    """10 models x 6 families x 6 tasks x 8 runs: covariance .21, rejected in 99 % of worlds."""
    found = [judged(world(PUBLISHED, Scatter(family=0.5), rng(i))) for i in range(12)]
    assert sum(one.details["suite_p"] <= 0.05 for one in found) >= 11
    assert np.mean([one.details["suite_covariance"] for one in found]) == pytest.approx(0.21, abs=0.06)


def test_noise_of_single_cells_is_no_dependence() -> None:
    found = [judged(world(PUBLISHED, Scatter(cell=1.0), rng(i))) for i in range(12)]
    assert sum(one.details["suite_p"] <= 0.05 for one in found) <= 2
    assert sum(one.ok is False for one in found) <= 2


def test_one_family_alone_cannot_be_judged() -> None:
    alone = judged(world(Shape(8, 1, 6, 8), Scatter(), rng()))
    assert (alone.ok, alone.applies) == (None, False)
    one_task = judged(world(Shape(8, 3, 1, 8), Scatter(), rng()))
    assert (one_task.ok, one_task.applies, one_task.reason) == (None, True, "tasks")


def test_what_was_not_asked_changes_nothing() -> None:
    one = world(PUBLISHED, Scatter(0.3, family=1.0), rng())
    counts = one.suite.counts
    nothing = np.zeros((counts.n.shape[0], 1))
    more = replace(
        counts, models=(*counts.models, "unasked"), k=np.hstack([counts.k, nothing]),
        n=np.hstack([counts.n, nothing]),
    )  # fmt: skip
    wider = replace(one.suite, counts=more, x=np.r_[one.suite.x, one.suite.x[-1] + 1])
    seen, again = judged(one), judged(wider.evidence(one.family))
    assert again.details["covariance"] == pytest.approx(seen.details["covariance"], abs=0.05)
    assert again.chart is not None
    assert len(again.chart.rows) == len(counts.models)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_families_that_say_nothing_pass_without_a_warning(rate: float) -> None:
    every = drawn_suite(np.full((6, 5), rate), 8, rng(), families=("a",) * 3 + ("b",) * 3)
    assert judged(every.evidence("a")).ok is True


def test_fractions_and_chance_rates_are_judged() -> None:
    one = world(PUBLISHED, Scatter(0.3), rng())
    counts = replace(one.suite.counts, k=one.suite.counts.k * 0.7 + 0.3 * 8, floor=np.full(36, 0.25))
    assert judged(replace(one.suite, counts=counts).evidence(one.family)).ok is not None


def test_products_by_hand() -> None:
    score = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]])
    found = together(Residuals(score, np.ones(score.shape)), np.ones(score.shape, bool))
    # Ordered pairs: model 1: 2 (3 + 0 + 0) = 6; model 2: 2 (-2 + 2 - 1) = -2; six pairs each.
    assert found.covariance == pytest.approx((6 - 2) / 12)
    assert found.shock == pytest.approx((6 - 2) / 12)
    assert found.variance == pytest.approx((10 / 3 + 6 / 3) / 2)
    # Squares of products: model 1: 4 (9); model 2: 4 (4 + 4 + 1).
    assert found.ratio == pytest.approx(4 / np.sqrt(36 + 36))


def test_residuals_are_scores_of_the_likelihood() -> None:
    k, n, floor, level = np.array([[3.0]]), np.array([[8.0]]), np.array([0.2]), 0.4

    def log_likelihood(at: float) -> float:
        p = 0.2 + 0.8 * expit(at)
        return float(3 * np.log(p) + 5 * np.log1p(-p))

    found = residuals(k, n, np.array([[0.2 + 0.8 * expit(level)]]), floor)
    slope = (log_likelihood(level + 1e-5) - log_likelihood(level - 1e-5)) / 2e-5
    assert found.score[0, 0] == pytest.approx(slope, rel=1e-4)


def test_the_same_seed_finds_the_same() -> None:
    one = world(PUBLISHED, Scatter(0.3, family=0.3), rng())
    assert judged(one, 1) == judged(one, 1)


def test_worlds(tmp_path: Path) -> None:
    for name in ("family_shocks", "spread_skills"):
        simulate(name, tmp_path / name, rungs=8, runs=8_000, seed=1)
    (shocks,), (sound,) = suites(tmp_path / "family_shocks"), suites(tmp_path / "spread_skills")
    assert judged(shocks.evidence("family_a")).details["suite_p"] <= 0.05
    assert all(judged(sound.evidence(family)).ok is True for family in sound.families)


def test_families_of_metr_hang_together(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "metr"
    import_runs("metr", [folder / "runs_2025-01.jsonl.gz", folder / "release_dates.yaml"], tmp_path / "study")
    (suite,) = suites(tmp_path / "study")
    found = judged(suite.evidence("password_check"))
    assert found.ok is False
    assert found.details["n_eff"] == pytest.approx(2.5, abs=0.2)
    assert found.details["suite_families"] == 17
    assert found.details["suite_p"] == pytest.approx(1 / 200)
    assert found.details["suite_icc"] == pytest.approx(0.29, abs=0.03)
