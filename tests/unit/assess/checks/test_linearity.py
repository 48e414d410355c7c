"""D11: three informative sizes pass, sizes that surely say nothing fail, few answers are no verdict."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from tests.characteristics.checks._metric_worlds import THE_DESIGN, Shape
from tests.characteristics.checks.linearity import levels, smooth
from tests.characteristics.design import drawn_suite, first_family

from tasklaws.assess.check import CHECKS
from tasklaws.assess.link_weights import LINKS, link_weights, loss_weights
from tasklaws.theory.resolution import samples

judge = CHECKS["linearity"].judge
X = np.arange(8) / 3


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_linearity_passes_a_spread_family_and_states_the_price() -> None:
    evidence = smooth(THE_DESIGN, 0.3, 0.0, rng())
    found = judge(evidence, rng())
    assert found.ok is True
    rates = evidence.counts.k.sum(0) / evidence.counts.n.sum(0)
    inside = rates[(rates > 0.0063) & (rates < 0.838)]
    assert found.statistic == len(inside)
    assert found.details["samples_needed"] == pytest.approx(samples(float(inside[-1]), 0.2), abs=1)


def test_linearity_fails_where_all_but_two_sizes_are_surely_at_the_top() -> None:
    found = judge(levels((0.1, 0.5, 0.99, 0.99, 0.995, 0.999), THE_DESIGN, 0.0, rng()), rng())
    assert found.ok is False
    assert found.upper < 3
    assert found.p < 0.01


def test_linearity_is_unknown_where_zeros_do_not_rule_out_a_small_rate() -> None:
    found = judge(levels((0, 0, 0, 0, 0.1, 0.5), THE_DESIGN, 0.0, rng()), rng())
    assert found.ok is None
    assert "1 more sizes" in found.reason


def test_linearity_counts_no_size_at_chance() -> None:
    few = levels((0.25,) * 6, Shape(6, 4, 8), 0.0, rng())
    assert judge(few, rng()).statistic == 6
    at_chance = first_family(drawn_suite(np.full((4, 6), 0.25), 8, rng(), floor=0.25))
    assert judge(at_chance, rng()).statistic <= 1


def test_linearity_needs_ten_attempts_of_a_size() -> None:
    found = judge(first_family(drawn_suite(np.full((1, 6), 0.5), 8, rng())), rng())
    assert found.ok is None
    assert "10 attempts at 6 sizes" in found.reason


@pytest.mark.parametrize(
    ("link", "rate"),
    [
        ("identity", 0.02 + 0.9 * X / X[-1]),
        ("logit", expit(4 * (X - X.mean()))),
        ("gumbel", np.exp(-np.exp(-3 * (X - X.mean())))),
        ("mirrored_gumbel", 1 - np.exp(-np.exp(3 * (X - X.mean())))),
    ],
)
def test_link_weights_find_the_link(link: str, rate: np.ndarray) -> None:
    n = np.full(8, 2000.0)
    weights = link_weights(np.rint(rate * n), n, X)
    assert weights is not None
    assert max(weights, key=lambda name: weights[name]) == link
    assert sum(weights.values()) == pytest.approx(1)


def test_link_weights_are_soft_where_models_of_one_size_differ() -> None:
    n, x = np.full(16, 2000.0), np.repeat(X, 2)
    rate = expit(4 * (x - x.mean()) + 0.5 * rng().standard_normal(16))
    weights = link_weights(np.rint(rate * n), n, x)
    assert weights is not None
    assert weights["logit"] < 0.99
    assert set(weights) == set(LINKS)


def test_link_weights_are_undefined_on_two_places() -> None:
    assert link_weights(np.ones(4), np.full(4, 9.0), np.array([0, 0, 1, 1.0])) is None


def test_loss_weights_tell_a_line_from_a_power_law() -> None:
    noise = 1 + 0.01 * rng().standard_normal(8)
    line, power = loss_weights((9 - 3 * X) * noise, X), loss_weights(9 * np.exp(-2 * X) * noise, X)
    assert line is not None
    assert power is not None
    assert line["identity"] > 0.9
    assert power["log"] > 0.9
