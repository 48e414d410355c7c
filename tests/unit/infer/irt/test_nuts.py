from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from tasklaws.core.errors import BadInput
from tasklaws.infer.irt import nuts, two_parameter


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nuts, "find_spec", lambda package: None if package == "numpyro" else package)
    with pytest.raises(BadInput, match=r"numpyro.*extra bayes.*pip install 'tasklaws\[bayes\]'"):
        nuts.sampled(np.ones((1, 1)), np.ones((1, 1)), seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("floor", [0.0, 0.25])
def test_sampling_says_what_the_fit_says(floor: float) -> None:
    pytest.importorskip("numpyro")
    rng = np.random.default_rng(5)
    ability, difficulty = np.linspace(-2, 2, 20), rng.normal(size=12)
    log_slope = rng.normal(size=12) * 0.35
    log_slope -= log_slope.mean()
    rate = floor + (1 - floor) * expit(np.exp(log_slope)[:, None] * (ability - difficulty[:, None]))
    k, n = rng.binomial(24, rate), np.full(rate.shape, 24.0)
    n[0, 3] = k[0, 3] = 0
    fit = two_parameter.fit(k, n, floor)
    found = nuts.sampled(k, n, floor, seed=1)
    assert (found.divergences, found.r_hat < 1.02, found.effective > 200) == (0, True, True)
    drawn = found.ability - found.ability.mean(1, keepdims=True)
    placed = fit.ability - fit.ability.mean()
    assert np.abs((drawn.mean(0) - placed) / fit.ability_se).max() < 0.6
    assert np.abs((found.log_slope.mean(0) - fit.log_slope) / fit.log_slope_se).max() < 0.6
    assert found.log_slope.std(0) == pytest.approx(fit.log_slope_se, rel=0.25)
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    inside = ((low <= ability - ability.mean()) & (ability - ability.mean() <= high)).sum()
    assert inside >= 15
    difficult = found.difficulty - found.ability.mean(1, keepdims=True)
    assert difficult.std(0) == pytest.approx(fit.difficulty_se, rel=0.35)
