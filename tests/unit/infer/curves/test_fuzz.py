"""Fits of many made-up cells: none worse than SciPy's, none dependent on others, none compiled twice."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.curve_fits import FIRST_FIT, LAWS, Cells, worse
from scipy.optimize import OptimizeWarning

from tasklaws.infer.curves.fit import Points

COUNT = 27

MISSES = """
import sys
from numba.core.dispatcher import Dispatcher
from tasklaws.infer.curves.compiled import compiled
modules = [m for name, m in sys.modules.items() if name.startswith("tasklaws.infer.curves")]
kernels = [f for m in modules for f in vars(m).values() if isinstance(f, Dispatcher)]
kernels += compiled(FORMS["logistic"].curve)
print([sum(sum(getattr(f.stats, kind).values()) for f in kernels) for kind in ("cache_hits", "cache_misses")])
"""
"""Prints how often compiled code was found in the cache, and how often not."""


@pytest.mark.parametrize("law", LAWS)
def test_no_law_is_worse_than_curve_fit(law: str) -> None:
    cells = Cells.drawn(law, COUNT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        theirs = np.array([cells.theirs(b) for b in range(COUNT)])
    assert np.isfinite(theirs).mean() > 0.8, "there is something to compare with"
    assert np.flatnonzero(worse(cells.ours(), theirs)).tolist() == []


@pytest.mark.parametrize("law", LAWS)
def test_fits_end_where_they_should(law: str) -> None:
    cells = Cells.drawn(law, COUNT)
    fits = cells.fits()
    short = fits.n_points <= fits.n_fitted
    ended = np.array([fits.status(b) for b in range(COUNT)])
    assert (ended[short] == "too_few_points").all()
    assert set(ended[~short]) <= {"ok", "at_bound"}


@pytest.mark.parametrize("law", LAWS)
def test_the_order_of_problems_does_not_matter(law: str) -> None:
    cells = Cells.drawn(law, COUNT)
    order = np.random.default_rng(0).permutation(COUNT)
    p = cells.points
    shuffled = replace(cells, points=Points(p.x, p.y[order], p.n[order]))
    first, second = cells.fits(), shuffled.fits()
    np.testing.assert_array_equal(first.params[order], second.params)
    np.testing.assert_array_equal(first.objective[order], second.objective)
    np.testing.assert_array_equal(first.ended[order], second.ended)


def test_a_second_process_compiles_nothing() -> None:
    """This process has compiled, or loaded, whatever the other one needs."""
    Cells.drawn("logistic", 2).fits()
    done = subprocess.run(
        [sys.executable, "-c", FIRST_FIT + MISSES], check=True, capture_output=True, text=True
    )
    hits, misses = json.loads(done.stdout.splitlines()[-1])
    assert hits > 0
    assert misses == 0
