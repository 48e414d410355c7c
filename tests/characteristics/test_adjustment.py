"""Adjusted hardness: the stored table keeps its bars, and the estimator from pilots does what it says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import norm
from tests.characteristics import adjustment
from tests.characteristics.adjustment import (
    BAND,
    DESIGNS,
    DETECTED_WORLDS,
    FORMAL_FACTORS,
    PAGE,
    TABLE,
    WAYS,
    WORLDS,
    cache_file,
    code_hash,
    crossings,
    page,
    run,
    store,
)

from tasklaws.infer.human_times import pilots
from tasklaws.infer.human_times.pilots import PilotTimes, fit_pilots
from tasklaws.theory.hardness import Pilots, adjust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.infer.arrays import Floats

LEAST_WORLDS = 1000
POWER = {("stated", 0.5): 0.99, ("timed anew", 0.5): 0.8, ("timed anew", 0.66): 0.85, ("hidden", 0.66): 0.35}
"""(what is known, share adjusted) -> least power of D10 that is stated, from a first run of 30 worlds."""


@pytest.mark.characteristics
def test_a_thousand_worlds_of_every_design_are_measured_and_stored(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def say(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201 - progress of a long run

    store(run(WORLDS, DETECTED_WORLDS, cache_file(), say))


@pytest.fixture(scope="module")
def stored() -> dict[str, Any]:
    return dict(json.loads(TABLE.read_text(encoding="utf-8")))


def test_the_stored_table_is_of_the_present_code(stored: dict[str, Any]) -> None:
    assert stored["code_sha256"] == code_hash(), "run: python -m tests.characteristics.adjustment --store"
    assert PAGE.read_text(encoding="utf-8") == page(stored)


def test_the_bias_of_times_is_that_of_the_paper(stored: dict[str, Any]) -> None:
    assert len(stored["times"]) == 4
    for one in stored["times"]:
        assert one["share"] == pytest.approx(one["asked_share"], abs=0.006)
        assert one["factor"] == pytest.approx(one["asked"], abs=0.015)
        assert one["factor"] == pytest.approx(one["exact"], rel=0.01)


def test_the_bias_of_time_horizons_has_the_size_and_order_of_the_paper(stored: dict[str, Any]) -> None:
    """Within a fifth: the paper does not name its limit, its spread or its models."""
    assert [one["gamma"] for one in stored["horizons"]] == sorted(FORMAL_FACTORS)
    for one in stored["horizons"]:
        assert one["factor"] == pytest.approx(one["asked"], rel=0.2)
    slopes = [one["slope"] for one in stored["horizons"]]
    assert slopes == sorted(slopes)


def test_d10_finds_adjusted_tasks_at_the_stated_power(stored: dict[str, Any]) -> None:
    found = {(one["how"], round(one["share"], 2)): one for one in stored["detected"]}
    for what, power in POWER.items():
        assert found[what]["worlds"] >= DETECTED_WORLDS
        assert found[what]["rate"] >= power, what
    # A share of .02 is below what D10 asks for, and moves times by 2 %.
    assert found["stated", 0.02]["rate"] <= 0.05


TOO_WIDE = {
    ("as W9, limit not known", "mean"): "93.6 % of 1,000 worlds",
    ("P19, half adjusted", "mean"): "94.2 % of 1,000 worlds",
    **{("P19, half adjusted", f"gamma {g:g}"): "94 to 95 % of 1,000 worlds" for g in FORMAL_FACTORS},
}
"""Intervals that hold the truth more often than the 93 % that are asked for at most; the page marks them."""


def asked(*names: str) -> Iterator[Any]:
    """Yield each design with each name; what is known to miss the band is expected to miss it."""
    for design in DESIGNS:
        for name in names:
            reason = TOO_WIDE.get((design.name, name))
            marks = [pytest.mark.xfail(reason=f"interval too wide: {reason}")] if reason else []
            yield pytest.param(design.name, name, marks=marks)


def of_design(stored: dict[str, Any], design: str) -> dict[str, Any]:
    (found,) = [one for one in stored["corrected"] if one["design"] == design]
    assert found["worlds"] >= LEAST_WORLDS
    return dict(found)


@pytest.mark.parametrize(("design", "what"), list(asked("mean", "tasks", "adjusted", "fresh")))
def test_corrections_of_times_cover_what_they_say(stored: dict[str, Any], design: str, what: str) -> None:
    assert BAND[0] <= of_design(stored, design)[what]["rate"] <= BAND[1]


@pytest.mark.parametrize(("design", "gamma"), list(asked(*(f"gamma {g:g}" for g in FORMAL_FACTORS))))
def test_time_horizons_without_adjusted_tasks_cover_what_they_say(
    stored: dict[str, Any], design: str, gamma: str
) -> None:
    rows = of_design(stored, design)["horizons"]
    (row,) = [one for one in rows if one["way"] == WAYS[-1] and f"gamma {one['gamma']:g}" == gamma]
    assert BAND[0] <= row["rate"] <= BAND[1]


def test_accepted_pilots_are_put_right_in_the_mean(stored: dict[str, Any]) -> None:
    for one in stored["corrected"]:
        assert one["factor_before"] < 0.8
        assert abs(one["factor_after"] - 1) < 0.05


def test_leaving_adjusted_tasks_out_puts_the_time_horizon_right_whatever_hints_do(
    stored: dict[str, Any],
) -> None:
    rows = [(one["design"], row) for one in stored["corrected"] for row in one["horizons"]]
    for design, row in rows:
        if row["way"] == WAYS[-1]:
            assert row["factor"] == pytest.approx(1, abs=0.1), design
    biased = [row["factor"] for _, row in rows if row["way"] == "timed anew" and row["gamma"] == 3]
    assert min(biased) > 2  # fresh times alone do not help where hints helped models more


# The estimator.


def drawn(tasks: int, seed: int = 0, **more: float) -> tuple[Any, PilotTimes]:
    law = Pilots(**({"limit": 0.3, "spread": 1.5} | more))  # type: ignore[arg-type]
    made = adjust(law, tasks, np.random.default_rng(seed))
    return made, PilotTimes(made.pilot, made.cuts, law.limit)


@pytest.mark.parametrize("seed", range(6))
def test_each_task_is_summed_out_as_quadrature_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = np.array([rng.normal(), *np.log(rng.uniform(0.3, 2.0, 3))])
    mean, (spread, noise, step) = shape[0], np.exp(shape[1:])
    cuts = np.array([0, 1, 3, 2])
    rejected = np.full((4, 3), np.nan)
    rejected[2, 1], rejected[3, :2] = 0.9, (1.4, 0.7)
    times = PilotTimes(rng.normal(-0.5, 0.5, 4), cuts, 0.3, rejected)

    def height(place: float, task: int) -> float:
        found = norm.pdf(place, mean, spread) * norm.pdf(
            times.accepted[task], place - step * cuts[task], noise
        )
        for cut in range(cuts[task]):
            now, seen = place - step * cut, rejected[task, cut]
            found *= norm.sf(times.limit, now, noise) if np.isnan(seen) else norm.pdf(seen, now, noise)
        return float(found)

    logs, places, errors = pilots._summed_out(shape, times)
    for task in range(4):
        total, first, second = (
            quad(lambda x, p=power, t=task: x**p * height(x, t), -15, 15, epsabs=0, limit=200)[0]
            for power in (0, 1, 2)
        )
        assert logs[task] == pytest.approx(np.log(total), abs=1e-5)
        assert places[task] == pytest.approx(first / total, abs=1e-5)
        assert errors[task] == pytest.approx(np.sqrt(second / total - (first / total) ** 2), abs=1e-4)


def test_many_tasks_tell_their_law() -> None:
    made, times = drawn(1500)
    found = fit_pilots(times)
    law = found.shape()
    assert (law.lower <= [0.0, 1.5, 0.7, 0.5]).all()
    assert (law.upper >= [0.0, 1.5, 0.7, 0.5]).all()
    assert law.upper[2] / law.lower[2] < 1.5
    short = found.understatement()
    assert short.lower[0] <= (made.hardness - made.pilot).mean() <= short.upper[0]
    assert short.lower[0] > 0


def test_what_was_cut_is_put_back_for_the_original() -> None:
    made, times = drawn(300, seed=1)
    found = fit_pilots(times)
    assert np.mean(np.abs(found.original().value - made.original)) < 0.6
    untouched = made.cuts == 0
    np.testing.assert_allclose(found.original().value[untouched], found.fresh().value[untouched])
    assert (found.original().value > found.fresh().value)[~untouched].all()


def test_the_order_of_tasks_and_the_unit_of_time_do_not_matter() -> None:
    _, times = drawn(25, seed=2)
    order = np.random.default_rng(0).permutation(25)
    one = fit_pilots(times).fresh()
    other = fit_pilots(replace(times, accepted=times.accepted[order], cuts=times.cuts[order])).fresh()
    np.testing.assert_allclose(np.array(one)[:, order], np.array(other), atol=2e-3)
    hours = fit_pilots(replace(times, accepted=times.accepted - np.log(60), limit=times.limit - np.log(60)))
    np.testing.assert_allclose(np.array(one) - np.log(60), np.array(hours.fresh()), atol=2e-3)


def test_knowing_the_noise_or_the_rejected_pilots_tells_more() -> None:
    def width(found: pilots.PilotFit) -> float:
        _, lower, upper = found.understatement()
        return float(upper[0] - lower[0])

    widths = []
    for seed in range(5):
        law = Pilots(0.3, spread=1.5)
        made, rejected = adjustment._adjusted(law, 40, np.random.default_rng(seed))
        times = PilotTimes(made.pilot, made.cuts, law.limit)
        ways = (
            fit_pilots(times),
            fit_pilots(times, (0.7, 0.05)),
            fit_pilots(replace(times, rejected=rejected)),
        )
        widths.append([width(found) for found in ways])
    plain, noise, kept = np.mean(widths, axis=0)
    assert noise < 0.8 * plain
    assert kept < plain


def test_pilots_that_led_to_nothing_are_hardly_moved() -> None:
    rng = np.random.default_rng(3)
    pilot = rng.normal(0, 1.5, 30)
    found = fit_pilots(PilotTimes(pilot, np.zeros(30, dtype=int), 9.0))
    value, lower, upper = (float(one[0]) for one in found.understatement())
    assert abs(value) < 0.1
    assert lower < 0 < upper


def test_intervals_of_mixtures_are_those_of_draws() -> None:
    rng = np.random.default_rng(4)
    mean, sd, weights = rng.normal(0, 2, (5, 3)), rng.uniform(0.2, 2, (5, 3)), rng.dirichlet(np.ones(5))
    found = pilots._mixed(mean, sd, weights, 0.9)
    at = rng.choice(5, 400_000, p=weights)
    draws = rng.normal(mean[at], sd[at])
    np.testing.assert_allclose(
        np.quantile(draws, [0.05, 0.95], axis=0), [found.lower, found.upper], atol=0.04
    )
    np.testing.assert_allclose(found.value, weights @ mean)


# The worlds.


def test_the_loop_that_keeps_rejected_pilots_is_that_of_the_theory() -> None:
    law = Pilots(0.0)
    made, rejected = adjustment._adjusted(law, 50_000, np.random.default_rng(5))
    other = adjust(law, 50_000, np.random.default_rng(6))
    assert (np.isfinite(rejected).sum(axis=1) == made.cuts).all()
    assert np.nanmin(rejected) > law.limit
    assert made.pilot.max() <= law.limit
    for name in ("hardness", "pilot", "cuts"):
        one, two = getattr(made, name), getattr(other, name)
        assert abs(one.mean() - two.mean()) < 4 * np.hypot(one.std(), two.std()) / np.sqrt(50_000)


def logistic(rows: int, seed: int) -> tuple[Floats, Floats, Floats]:
    rng = np.random.default_rng(seed)
    x, n = rng.normal(0, 1.5, (rows, 50)), np.full(50, 8.0)
    return x, rng.binomial(8, expit(0.5 - x[0])).astype(float), n


def test_crossings_are_those_of_a_trusted_fit() -> None:
    x, k, n = logistic(4, 0)
    at, error, slope = crossings(x, k, n)
    for row in range(4):
        model = sm.GLM(np.column_stack([k, n - k]), sm.add_constant(x[row]), family=sm.families.Binomial())
        fitted = model.fit(cov_type="HC0")
        a, b = fitted.params
        turn = np.array([-1 / b, a / b**2])
        assert at[row] == pytest.approx(-a / b, rel=1e-6)
        assert slope[row] == pytest.approx(b, rel=1e-6)
        assert error[row] == pytest.approx(np.sqrt(turn @ fitted.cov_params() @ turn * 50 / 48), rel=1e-4)


def worlds_in(cache: Path) -> dict[str, list[Any]]:
    return dict(json.loads(cache.read_text())["worlds"])


def test_a_stopped_run_goes_on_and_another_code_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adjustment, "BIG", 2000)
    monkeypatch.setattr(adjustment, "DESIGNS", DESIGNS[2:3])
    cache = tmp_path / "worlds.json"
    said: list[str] = []
    run(1, 1, cache, said.append)
    first = worlds_in(cache)
    whole = run(2, 2, cache, said.append)
    assert {name: kept[:1] for name, kept in worlds_in(cache).items()} == first
    assert json.dumps(run(2, 2, None, said.append)) == json.dumps(whole)
    assert page(whole).startswith("# Adjusted hardness")

    other = {"code": "another", "worlds": worlds_in(cache)}
    cache.write_text(json.dumps(other))
    run(1, 1, cache, said.append, carry=1)
    assert worlds_in(cache) == other["worlds"]
    wrong = {name: [None, *kept[1:]] for name, kept in other["worlds"].items()}
    cache.write_text(json.dumps({"code": "another", "worlds": wrong}))
    run(1, 1, cache, said.append, carry=1)
    assert worlds_in(cache) == first
