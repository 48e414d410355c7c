"""D8: a loss that tells the target is offered; one beside which size tells more is not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import kstest
from tests.characteristics.checks._metric_worlds import (
    THE_DESIGN,
    Shape,
    attempts,
    gated,
    hazards,
    measured_family,
    places,
)
from tests.characteristics.checks.surrogate import told, unmoved
from tests.characteristics.design import drawn_suite, first_family

from tasklaws.assess.check import CHECKS
from tasklaws.assess.metric_links import Answers, drift, independent, learnt
from tasklaws.assess.metric_table import measured
from tasklaws.assess.rung_regression import regress

judge = CHECKS["surrogate"].judge
EIGHT = Shape(8, 7, 24)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_surrogate_offers_a_loss_that_tells_all() -> None:
    found = judge(told(EIGHT, 0.3, 0.0, rng()), rng())
    assert found.ok is True
    assert found.details["offered"] == "reference_nll"
    facts = found.details["candidates"]["reference_nll"]
    assert facts["held_out"] == 5
    assert found.statistic == pytest.approx(np.mean(facts["gains"]))


def test_surrogate_of_a_gate_is_its_process_and_no_score_of_the_answer() -> None:
    shape = Shape(8, 8, 40)
    hazard = hazards(shape, 0.2, rng(), slope=3.0)
    answers = gated(attempts(np.exp(-hazard), shape), 64, 1 / 16, rng())
    found = judge(measured_family(answers | {"reference_nll": attempts(hazard, shape)}, shape, rng()), rng())
    assert found.details["offered"] == "reference_nll"
    assert found.details["candidates"]["token_accuracy"]["more_informative"] is False


def test_surrogate_fails_a_process_metric_that_does_not_move() -> None:
    found = judge(unmoved(THE_DESIGN, 0.3, rng()), rng())
    assert found.ok is False
    assert found.details["offered"] is None
    assert "stands in for" in found.text


def test_surrogate_fails_a_loss_beside_which_size_tells_more() -> None:
    found = judge(told(Shape(8, 10, 40, seeds=2), 0.2, 4.0, rng()), rng())
    assert found.ok is False
    assert found.details["candidates"]["reference_nll"]["sufficient"] is False


def test_surrogate_is_unknown_and_says_what_to_record() -> None:
    found = judge(first_family(drawn_suite(np.full((3, 6), 0.5), 8, rng())), rng())
    assert found.ok is None
    assert "NLL of a reference solution" in found.reason


def test_surrogate_counts_missing_blocks() -> None:
    found = judge(told(THE_DESIGN, 0.0, 0.0, rng()), rng())
    assert found.ok is None
    assert found.reason == "2 more sizes to hold out"


def test_surrogate_without_any_success_is_no_verdict() -> None:
    shape = Shape(6, 3, 8)
    scores = {"exact": np.zeros((3, 6, 8)), "reference_nll": np.full((3, 6, 8), 900.0)}
    assert judge(measured_family(scores, shape, rng()), rng()).ok is not True


def written(together: float, seed: int) -> tuple[Answers, np.ndarray]:
    """Return answers of 24 tokens on 6 rungs of 200; their correlation grows to `together`."""
    shape, draw = Shape(6, 6, 200), rng(seed)
    x, right = places(shape), np.exp(-hazards(shape, 0.0, draw) / 24)
    correlation = np.maximum(together * x / x[-1], 1e-4)
    strength = ((1 - correlation) / correlation)[:, None]
    own = attempts(right, shape)
    share = draw.binomial(24, draw.beta(own * strength, (1 - own) * strength)) / 24
    k, n = (share == 1).sum(-1).astype(float), np.full(right.shape, 200.0)
    mean = (share.sum(-1) * 24 + 0.5) / (200 * 24 + 1)
    return Answers(k, n, np.zeros(6), -np.log(mean), lengths=True), x


def rejected(together: float) -> float:
    """Return how often the link of independent tokens is rejected at .05."""
    found = [drift(independent(answers), x) for answers, x in (written(together, seed) for seed in range(30))]
    return float(np.mean([one is not None and one[1] < 0.05 for one in found]))


def test_independent_link_holds_for_tokens_that_err_alone() -> None:
    assert rejected(0.0) < 0.15


def test_independent_link_is_rejected_where_tokens_err_together() -> None:
    assert rejected(0.6) > 0.5


def test_learnt_link_of_a_loss_is_the_known_one() -> None:
    answers, _ = written(0.0, 3)
    loss = Answers(answers.k, answers.n, answers.floor, answers.hazard * 24, lengths=False)
    slope, bent = learnt(loss).slope
    assert slope == pytest.approx(1, abs=0.2)
    assert abs(bent) < 0.4
    assert np.abs(independent(loss).value).max() < 1


def test_regress_gives_uniform_p_where_nothing_grows() -> None:
    x = np.arange(8.0)
    columns = np.column_stack([np.ones(8), x])
    error = np.linspace(0.05, 0.4, 8)
    values = rng().standard_normal((400, 8)) * np.sqrt(error + 0.2)
    p = [line.p(1) for value in values if (line := regress(value, error, columns)) is not None]
    assert kstest(p, "uniform").pvalue > 0.01


def test_regress_refuses_too_few_rungs() -> None:
    assert regress(np.ones(2), np.ones(2), np.ones((2, 2))) is None


def test_measured_reads_losses_beside_scores_and_leaves_out_other_elicitations() -> None:
    evidence = told(THE_DESIGN, 0.0, 0.0, rng())
    other = evidence.suite.runs.with_columns(pl.lit("greedy").alias("elicitation"), pl.col("score") * 0)
    with_loss = evidence.suite.runs.filter(metric="exact").with_columns(pl.lit(2.0).alias("reference_nll"))
    runs = pl.concat([with_loss, other.with_columns(pl.lit(1.0).alias("reference_nll"))])
    suite = type(evidence.suite)(**{**vars(evidence.suite), "runs": runs})
    table = measured(suite.evidence("family"))
    assert list(table) == ["reference_nll", "exact"]
    assert np.allclose(table["reference_nll"].mean, 2)
    assert np.allclose(table["reference_nll"].share, np.exp(-2))
    assert table["exact"].n.sum() == 6 * 20 * 8
