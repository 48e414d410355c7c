"""What checks look at: counts with their limits, and nothing of models that are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.characteristics.design import drawn_suite

from tasklaws.assess.evidence import refuse_nothing, suites
from tasklaws.core.errors import NoAnswer, UnknownName
from tasklaws.run.simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worlds") / "chain"
    simulate("W1", folder, rungs=5, runs=3_000, seed=1)
    return folder


def test_suites_count_what_limits_ended(chain: Path) -> None:
    (suite,) = suites(chain)
    attempts = suite.attempts
    limited = attempts.filter(pl.col("outcome").str.starts_with("limit"))
    assert limited.height > 0
    assert suite.counts.n_limit.sum() == limited.height
    assert suite.counts.n.sum() == attempts.height
    assert suite.counts.k.sum() == attempts["score"].sum()
    left = suite.counts.unlimited()
    assert left.n.sum() == attempts.height - limited.height
    assert (left.n_limit == 0).all()


def test_suites_stand_in_the_order_of_the_ladder(chain: Path) -> None:
    (suite,) = suites(chain)
    assert (np.diff(suite.x) > 0).all()
    assert suite.models == tuple(sorted(suite.models))
    assert suite.unit == "decades"


def test_suites_of_some_models_know_nothing_of_the_others(chain: Path) -> None:
    (whole,) = suites(chain)
    (part,) = suites(chain, models=whole.models[:3])
    assert part.models == whole.models[:3]
    assert set(part.runs["model"]) == set(part.models)
    assert set(part.cells["model"]) == set(part.models)
    assert (part.counts.k == whole.counts.k[:, :3]).all()


def test_evidence_is_of_one_family(chain: Path) -> None:
    (suite,) = suites(chain)
    one = suite.evidence("sha_chain")
    assert set(one.counts.families) == {"sha_chain"}
    assert set(one.attempts["task_family"]) == {"sha_chain"}
    assert one.rungs_in_play == 5
    with pytest.raises(UnknownName, match="sha_chain"):
        suite.evidence("sha_chian")


def test_counts_can_be_cut_by_tasks_and_by_models() -> None:
    counts = drawn_suite(np.full((4, 3), 0.5), 10, np.random.default_rng(0)).counts
    cut = counts.tasks_at([3, 0]).models_at([1])
    assert cut.tasks == (counts.tasks[3], counts.tasks[0])
    assert cut.models == (counts.models[1],)
    assert cut.k.tolist() == counts.k[[3, 0]][:, [1]].tolist()


def test_rate_of_what_was_not_asked_is_no_number() -> None:
    counts = drawn_suite(np.full((1, 2), 0.5), 10, np.random.default_rng(0)).counts
    counts.n[0, 0] = 0
    assert np.isnan(counts.rate[0, 0])
    assert 0 <= counts.rate[0, 1] <= 1


def test_nothing_is_refused() -> None:
    with pytest.raises(NoAnswer, match="no model of the ladder has results"):
        refuse_nothing([])
