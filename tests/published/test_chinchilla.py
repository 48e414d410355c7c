"""A published Chinchilla-type law comes back from data that obey it, with honest errors."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from tests.published import chinchilla

from tasklaws.infer.curves.bootstrap import bootstrap, quantiles
from tasklaws.infer.curves.descent import CONVERGED

WORLDS = 100
COVERED, REPLICATES = 60, 100
"""Worlds whose intervals are made, and bootstrap refits of each."""

LEVEL, TOLERANCE = 0.9, 4
"""Coverage of the intervals, and by how many of its standard errors it may be off."""

FACTOR = 3
"""By which our errors may differ from the published ones, which are of real residuals: those are neither
independent of where a point lies nor log-normal, and two of the printed errors are one digit long."""

DEFAULT_EXCESS, EXACT_EXCESS = 1e-8, 1e-12
"""Shares by which an objective may lie above that of the published procedure. A share of 1e-8 is some
thousandth of a standard error of a parameter."""


@pytest.fixture(scope="module")
def models() -> chinchilla.Design:
    return chinchilla.design()


def test_the_design_is_of_the_size_of_the_papers(models: chinchilla.Design) -> None:
    compute = np.log10(6 * models.n * models.d)
    assert models.n.size == 240
    assert 2.45e8 < models.d.min() < models.d.max() < 3.18e11
    assert abs(compute.mean() - 19.94) < 0.05
    assert abs(compute.std() - 0.83) < 0.05


def test_noiseless_losses_give_the_published_digits(models: chinchilla.Design) -> None:
    fits = chinchilla.fitted(models, chinchilla.losses(models)[None])
    assert fits.status(0) == "ok"
    off = np.abs(chinchilla.estimates(fits)[0] - chinchilla.PUBLISHED)
    assert (off < chinchilla.HALF_DIGIT).all(), off


def test_errors_are_of_the_size_of_the_published_ones(models: chinchilla.Design) -> None:
    fits = chinchilla.fitted(models, chinchilla.worlds(models, WORLDS, np.random.default_rng(1)))
    assert (fits.ended == CONVERGED).all()
    found = chinchilla.estimates(fits)
    mean, sd = found.mean(axis=0), found.std(axis=0, ddof=1)
    for name, *row in zip(
        chinchilla.NAMES, chinchilla.PUBLISHED, mean, sd, chinchilla.PUBLISHED_ERRORS, strict=True
    ):
        sys.stdout.write(
            "{:12} planted {:9.4f} mean {:9.4f} sd {:8.4f} published {:8.4f}\n".format(name, *row)
        )
    ratio = sd / chinchilla.PUBLISHED_ERRORS
    assert (ratio > 1 / FACTOR).all(), ratio
    assert (ratio < FACTOR).all(), ratio
    bias = np.median(found, axis=0) - chinchilla.PUBLISHED
    assert (np.abs(bias) < TOLERANCE * 1.2533 * sd / WORLDS**0.5).all(), bias


def test_no_lower_objective_is_found_by_the_published_procedure(models: chinchilla.Design) -> None:
    values = chinchilla.worlds(models, 3, np.random.default_rng(2))
    theirs = np.array([chinchilla.published_procedure(models, one) for one in values])
    usual, exact = (chinchilla.fitted(models, values, exact=exact).objective for exact in (False, True))
    assert (usual <= theirs * (1 + DEFAULT_EXCESS)).all(), usual / theirs - 1
    assert (exact <= theirs * (1 + EXACT_EXCESS)).all(), exact / theirs - 1


def test_bootstrap_intervals_hold_the_planted_law(models: chinchilla.Design) -> None:
    rng = np.random.default_rng(3)
    fits = chinchilla.fitted(models, chinchilla.worlds(models, COVERED, rng))
    refits = bootstrap(fits, REPLICATES, rng)
    assert (refits.ended == CONVERGED).all()
    columns = [fits.form.names.index(name) for name in chinchilla.NAMES]
    lower, upper = (ends[:, columns] for ends in quantiles(refits, COVERED, LEVEL))
    inside = ((lower <= chinchilla.PUBLISHED) & (upper >= chinchilla.PUBLISHED)).mean(axis=0)
    sys.stdout.write(f"inside, of {COVERED} worlds: {dict(zip(chinchilla.NAMES, inside, strict=True))}\n")
    error = (LEVEL * (1 - LEVEL) / COVERED) ** 0.5
    assert (np.abs(inside - LEVEL) < TOLERANCE * error).all(), inside
