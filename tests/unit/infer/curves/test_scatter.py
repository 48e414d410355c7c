"""Starts scattered around one."""

from __future__ import annotations

import numpy as np
import pytest

from tasklaws.infer.curves.scatter import scattered

START = np.array([2.0, -30.0, 0.0])


def test_the_start_itself_is_first() -> None:
    np.testing.assert_array_equal(scattered(START, 5, 2.0, np.random.default_rng(0))[0], START)


def test_one_start_is_the_start() -> None:
    np.testing.assert_array_equal(scattered(START, 1, 2.0, np.random.default_rng(0)), START[None])


def test_others_keep_signs_and_stay_within_the_decades() -> None:
    starts = scattered(START, 500, 2.0, np.random.default_rng(0))
    assert starts.shape == (500, 3)
    assert (np.sign(starts) == np.sign(START)).all()
    decades = np.log10(starts[1:, :2] / START[:2])
    assert -2 <= decades.min() < -1.9
    assert 1.9 < decades.max() <= 2


def test_parameters_scatter_independently() -> None:
    starts = scattered(START, 500, 2.0, np.random.default_rng(0))[1:]
    assert np.corrcoef(np.log(starts[:, 0]), np.log(-starts[:, 1]))[0, 1] == pytest.approx(0, abs=0.15)
