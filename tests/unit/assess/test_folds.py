"""Folds: what is held out together and what may be seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasklaws.assess.folds import Rung, rolling_folds
from tasklaws.core.errors import BadLadder


def _rungs() -> list[Rung]:
    sizes = {"70M": 1.0, "160M": 2.0, "410M": 3.0, "1B": 4.0}
    grid = [Rung(f"{s}-{b}x", "olmo", s, at + b / 10) for s, at in sizes.items() for b in (1, 2)]
    return [*grid, Rung("a", "short", "small", 1), Rung("b", "short", "large", 2)]


def test_rolling_folds_hold_out_a_whole_size_one_step_ahead() -> None:
    folds = rolling_folds(_rungs())
    assert [(f.block, f.target_models, f.horizon) for f in folds] == [
        ("olmo|410M", ("410M-1x", "410M-2x"), 1),
        ("olmo|1B", ("1B-1x", "1B-2x"), 1),
    ]
    assert folds[0].train_models == ("70M-1x", "70M-2x", "160M-1x", "160M-2x")
    assert folds[0].cutoff == "160M-2x"


def test_rolling_folds_two_steps_ahead_do_not_see_the_step_between() -> None:
    (fold,) = rolling_folds(_rungs(), horizon=2)
    assert fold.target_models == ("1B-1x", "1B-2x")
    assert not any(model.startswith("410M") for model in fold.train_models)


def test_rolling_folds_refuse_a_model_on_two_rungs() -> None:
    with pytest.raises(BadLadder, match="'a'"):
        rolling_folds([Rung("a", "l", "1", 1), Rung("a", "l", "2", 2)])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6)), max_size=30), st.integers(0, 1000))
def test_rolling_folds_never_show_a_later_size(places: list[tuple[int, int]], seed: int) -> None:
    rungs = [Rung(f"m{i}", f"l{lineage}", str(size), float(size)) for i, (lineage, size) in enumerate(places)]
    order = {rung.model: rung.order for rung in rungs}
    lineage = {rung.model: rung.lineage for rung in rungs}
    shuffled = [rungs[i] for i in np.random.default_rng(seed).permutation(len(rungs))]
    folds = rolling_folds(shuffled)
    for fold in folds:
        assert max(order[m] for m in fold.train_models) < min(order[m] for m in fold.target_models)
        assert len({order[m] for m in fold.train_models}) >= 2
        assert {lineage[m] for m in (*fold.train_models, *fold.target_models)} == {fold.lineage}
    held = [m for fold in folds for m in fold.target_models]
    assert len(held) == len(set(held))
