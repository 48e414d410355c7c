"""Weights over links and the inner fold they are learnt on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.infer.made_up import ladder

from tasklaws.infer.stacking import (
    MAX_INNER_TARGETS,
    WIDTHS,
    best_width,
    inner_fold,
    link_weights,
    size_order,
)


@pytest.mark.parametrize("seed", range(10))
def test_link_weights_are_weights(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(-50, 30, (12, 4))
    weights = link_weights(scores)
    assert weights.shape == scores.shape
    assert (weights > 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)


def test_link_weights_prefer_the_better_link_for_every_task() -> None:
    scores = np.tile([-10.0, -13.0, -20.0], (15, 1))
    weights = link_weights(scores)
    assert (weights[:, 0] > 0.7).all()
    assert (np.diff(weights, axis=1) < 0).all()


def test_link_weights_follow_a_task_of_its_own_kind() -> None:
    scores = np.tile([-10.0, -13.0], (15, 1))
    scores[3] = -13, -10
    weights = link_weights(scores)
    assert weights[3, 0] < weights[0, 0]


def test_link_weights_are_even_without_evidence() -> None:
    np.testing.assert_allclose(link_weights(np.full((5, 4), np.nan)), 0.25)
    np.testing.assert_allclose(link_weights(np.full((5, 4), -7.0)), 0.25)


def test_link_weights_of_other_tasks_do_not_change_by_much_with_a_row_of_nan() -> None:
    scores = np.random.default_rng(0).normal(-20, 2, (30, 3))
    with_gap = np.vstack([scores, np.full((1, 3), np.nan)])
    weights = link_weights(with_gap)
    assert np.isfinite(weights).all()
    np.testing.assert_allclose(weights[:-1], link_weights(scores), atol=0.03)


def test_link_weights_do_not_depend_on_a_constant_per_task() -> None:
    scores = np.random.default_rng(1).normal(-20, 2, (9, 3))
    moved = scores + np.linspace(-500, 500, 9)[:, None]
    np.testing.assert_allclose(link_weights(moved), link_weights(scores), atol=1e-9)


def test_size_order_follows_the_axis_and_not_the_names() -> None:
    known, _ = ladder(rungs=4)
    assert size_order(replace(known, sizes=("z", "a", "m", "a"))) == ["z", "a", "m"]


def test_inner_fold_holds_out_the_largest_size_and_judges_its_last_runs() -> None:
    known, _ = ladder(rungs=8)
    train, judged = inner_fold(replace(known, sizes=("a", "a", "b", "b", "c", "c", "c", "c")))
    assert train.tolist() == [True] * 4 + [False] * 4
    assert judged.tolist() == [5, 6, 7]
    assert len(judged) == MAX_INNER_TARGETS


def test_inner_fold_is_none_where_one_rung_would_train() -> None:
    known, _ = ladder(rungs=2)
    assert inner_fold(known) is None


def test_best_width_is_1_without_evidence() -> None:
    assert best_width(np.zeros(len(WIDTHS))) == pytest.approx(1, abs=0.03)


def test_best_width_follows_the_evidence_but_not_all_the_way() -> None:
    narrow = best_width(-200 * np.log(WIDTHS / 0.7) ** 2)
    wide = best_width(-200 * np.log(WIDTHS / 1.5) ** 2)
    assert 0.7 < narrow < 0.9
    assert 1.2 < wide < 1.5


def test_best_width_does_not_depend_on_a_constant() -> None:
    scores = -30 * np.log(WIDTHS / 1.3) ** 2
    assert best_width(scores - 1e4) == pytest.approx(best_width(scores))
