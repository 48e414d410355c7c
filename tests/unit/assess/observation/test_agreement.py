from __future__ import annotations

import numpy as np
import pytest

from tasklaws.assess.observation.agreement import cohens_kappa, confusion, weighted_rate

NAMES = ["genuine_failure", "spurious_harness", "unsure"]


def readers(seed: int, n: int, agree: float) -> tuple[dict[str, str], dict[str, str]]:
    rng = np.random.default_rng(seed)
    first = {str(k): NAMES[rng.choice(3, p=[0.6, 0.3, 0.1])] for k in range(n)}
    second = {k: v if rng.random() < agree else NAMES[rng.integers(3)] for k, v in first.items()}
    return first, second


@pytest.mark.parametrize(("seed", "n", "agree"), [(1, 60, 0.8), (2, 200, 0.3), (3, 25, 0.6)])
def test_kappa_and_its_interval_are_those_of_statsmodels(seed: int, n: int, agree: float) -> None:
    rating = pytest.importorskip("statsmodels.stats.inter_rater")
    first, second = readers(seed, n, agree)
    table = [[sum((first[k], second[k]) == (a, b) for k in first) for b in NAMES] for a in NAMES]
    theirs, ours = rating.cohens_kappa(table), cohens_kappa(first, second)
    assert ours.kappa == pytest.approx(theirs.kappa)
    assert (ours.lower, ours.upper) == pytest.approx((theirs.kappa_low, theirs.kappa_upp))


def test_only_what_both_read_counts() -> None:
    found = cohens_kappa({"1": "a", "2": "b", "3": "a"}, {"1": "a", "2": "b", "4": "b"})
    assert (found.n, found.agreed, found.kappa) == (2, 2, 1.0)


def test_few_attempts_of_one_mind_do_not_look_certain() -> None:
    found = cohens_kappa({"1": "a", "2": "b"}, {"1": "a", "2": "b"})
    assert found.lower is not None
    assert found.lower < 0


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({}, {}, "no attempt was read by both"),
        ({"1": "a"}, {"1": "a"}, "both readers gave one and the same label"),
    ],
)
def test_without_spread_there_is_no_kappa(first: dict[str, str], second: dict[str, str], reason: str) -> None:
    found = cohens_kappa(first, second)
    assert found.kappa is None
    assert found.reason == reason


def test_confusion_counts_pairs() -> None:
    found = confusion({"1": "a", "2": "a", "3": "b"}, {"1": "a", "2": "b", "3": "b"})
    assert {(one["first"], one["second"]): one["n"] for one in found} == {
        ("a", "a"): 1,
        ("a", "b"): 1,
        ("b", "b"): 1,
    }


def test_weighted_rates_are_unbiased_and_cover() -> None:
    rng = np.random.default_rng(8)
    kinds = {"flagged": (100, 20, 0.5), "plain": (900, 30, 0.1)}
    true = (100 * 0.5 + 900 * 0.1) / 1000
    shares, inside, draws = [], 0, 500
    for _ in range(draws):
        hits, weights = {}, {}
        for kind, (size, read, rate) in kinds.items():
            for k in range(read):
                hits[f"{kind}{k}"], weights[f"{kind}{k}"] = bool(rng.random() < rate), size / read
        found = weighted_rate(hits, weights)
        assert found.share is not None
        assert found.lower is not None
        assert found.upper is not None
        shares.append(found.share)
        inside += found.lower <= true <= found.upper
    assert abs(np.mean(shares) - true) < 3 * np.std(shares) / np.sqrt(draws)
    assert 0.86 <= inside / draws <= 0.97


def test_nothing_read_gives_no_rate() -> None:
    assert weighted_rate({}, {}).share is None
