from __future__ import annotations

import pytest
from statsmodels.stats.proportion import proportion_confint

from tasklaws.report.intervals import count_band, jeffreys


@pytest.mark.parametrize(("k", "n"), [(1, 10), (5, 10), (37, 200), (199, 200)])
def test_jeffreys_agrees_with_statsmodels(k: int, n: int) -> None:
    assert jeffreys(k, n) == pytest.approx(proportion_confint(k, n, alpha=0.1, method="jeffreys"))


def test_jeffreys_reaches_the_ends() -> None:
    assert jeffreys(0, 20)[0] == 0
    assert jeffreys(20, 20)[1] == 1


@pytest.mark.parametrize(("trials", "chance"), [(1, 0.1), (245, 0.1), (30, 0.5)])
def test_count_band_leaves_at_most_five_percent_on_each_side(trials: int, chance: float) -> None:
    from scipy.stats import binom

    lower, upper = count_band(trials, chance)
    assert binom.cdf(lower - 1, trials, chance) <= 0.05 < binom.cdf(lower, trials, chance)
    assert binom.cdf(upper - 1, trials, chance) < 0.95 <= binom.cdf(upper, trials, chance)
