"""Correlation: its four meanings told apart, against published figures and against copies and ladders."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import chi2_contingency
from tests.characteristics.design import drawn_suite, first_family

from tasklaws.assess.correlation import (
    deal,
    design_effect,
    eigenvalues,
    galwey,
    homogeneity,
    residual_icc,
    spectral_dimension,
    spectrum,
    strata,
)
from tasklaws.infer.irt import rasch

ABILITY = np.linspace(-2.7, 2.7, 6)
N = np.full((20, 6), 8.0)
WORLDS = 300


def drawn(extent: float, seed: int = 0) -> np.ndarray:
    """Return counts of 8 runs of 20 tasks evenly spaced over `extent` logits, on 6 rungs, many times."""
    difficulty = np.linspace(-extent / 2, extent / 2, 20)
    rate = expit(ABILITY - difficulty[:, None])
    return np.random.default_rng(seed).binomial(8, rate, (WORLDS, 20, 6)).astype(float)


def strata_of(extent: float) -> tuple[np.ndarray, np.ndarray]:
    fit = rasch.fit(drawn(extent), N)
    return strata(fit.difficulty, fit.difficulty_se)


def guttman() -> np.ndarray:
    return 8.0 * (np.arange(6) >= np.repeat(np.arange(5), 4)[:, None] + 1)


def test_separation_of_copies_is_as_published() -> None:
    g, h = strata_of(0)
    assert np.median(g) == pytest.approx(0.03, abs=0.1)
    assert np.quantile(g, 0.95) == pytest.approx(0.78, abs=0.12)
    assert np.median(h) == pytest.approx(0.37, abs=0.12)
    assert h.max() < 3


@pytest.mark.parametrize(("extent", "published"), [(1.6, 0.005), (2.5, 0.475), (3.5, 1.0), (5.0, 1.0)])
def test_three_strata_are_found_as_often_as_published(extent: float, published: float) -> None:
    share = (strata_of(extent)[1] >= 3).mean()
    assert share == pytest.approx(published, abs=3 * np.sqrt(0.25 / WORLDS))


def test_homogeneity_is_that_of_contingency_tables() -> None:
    k = drawn(1.6)[0]
    informative = [m for m in range(6) if 0 < k[:, m].sum() < 160]
    tables = [chi2_contingency(np.stack([k[:, m], 8 - k[:, m]]), correction=False) for m in informative]
    found = homogeneity(k, N)
    assert found["chi2"] == pytest.approx(sum(t.statistic for t in tables))
    assert found["df"] == sum(t.dof for t in tables)


def test_homogeneity_keeps_its_level_and_has_the_published_power() -> None:
    rejected = {r: np.mean([homogeneity(k, N)["p"] < 0.05 for k in drawn(r)]) for r in (0, 1.6, 5)}
    assert rejected[0] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / WORLDS)
    assert rejected[1.6] == pytest.approx(0.48, abs=0.1)
    assert rejected[5] == 1


def test_homogeneity_of_nothing_is_not_told() -> None:
    assert homogeneity(np.zeros((3, 4)), np.full((3, 4), 8.0))["p"] is None


def test_eigenvalues_are_those_of_the_correlations() -> None:
    rate = np.random.default_rng(1).uniform(size=(4, 9))
    expected = np.linalg.eigvalsh(np.corrcoef(rate))
    found = np.sort(eigenvalues(rate))[-4:]
    assert found == pytest.approx(expected)
    assert spectral_dimension(found) == pytest.approx(expected.sum() ** 2 / (expected**2).sum())
    assert galwey(found) == pytest.approx(np.sqrt(expected).sum() ** 2 / expected.sum())


def test_copies_are_one_task_and_others_many() -> None:
    rng = np.random.default_rng(2)
    n = np.full((6, 40), 200.0)
    copies = design_effect(rng.binomial(200, np.tile(expit(np.linspace(-3, 3, 40)), (6, 1))), n)
    others = design_effect(rng.binomial(200, rng.uniform(size=(6, 40))), n)
    assert copies is not None
    assert others is not None
    assert copies["n_eff"] == pytest.approx(1, abs=0.02)
    assert others["n_eff"] > 3


def test_a_guttman_ladder_has_few_dimensions_and_more_than_copies() -> None:
    found = spectrum(guttman(), N, np.random.default_rng(3))
    assert found is not None
    assert 1.5 < found["spectral_dimension"] < 5
    assert found["p"] < 0.05


def test_copies_have_no_more_dimensions_than_copies() -> None:
    ps = [spectrum(k, N, np.random.default_rng(4), draws=99)["p"] for k in drawn(0)[:60]]  # type: ignore[index]
    assert np.mean(np.array(ps) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)


def test_tasks_that_do_not_vary_have_no_spectrum() -> None:
    assert spectrum(np.zeros((5, 6)), np.full((5, 6), 8.0), np.random.default_rng(5)) is None


def test_dealing_keeps_what_a_model_solved() -> None:
    k = drawn(5)[0]
    dealt = deal(k, N, 50, np.random.default_rng(6))
    assert (dealt.sum(axis=1) == k.sum(axis=0)).all()
    assert (dealt <= N).all()
    assert dealt.mean(axis=0)[:, 3] == pytest.approx(np.full(20, k[:, 3].mean()), abs=0.8)


def test_residual_dependence_is_seen_where_a_family_has_a_shock_of_its_own() -> None:
    rng = np.random.default_rng(7)
    families = tuple(f"family-{i // 6}" for i in range(36))
    line = np.linspace(-2, 2, 10) - rng.normal(0, 1, 36)[:, None]
    shock = np.repeat(rng.normal(0, 1.0, (6, 10)), 6, axis=0)
    without, with_it = (
        residual_icc(first_family(drawn_suite(expit(line + by), 8, rng, families=families)))
        for by in (0 * shock, shock)
    )
    assert without is not None
    assert with_it is not None
    assert without < 0.1 < with_it


def test_residual_dependence_of_a_suite_of_one_family_is_not_told() -> None:
    assert residual_icc(first_family(drawn_suite(np.full((3, 5), 0.5), 8, np.random.default_rng(8)))) is None
