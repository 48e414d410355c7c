"""The planner: its figures are those of simulation, and the design is what was asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from math import exp

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import ttest_1samp
from tests.characteristics.design import drawn_suite

from tasklaws.assess.planner import plan, plan_baselines, what_would_do
from tasklaws.assess.planning import repeats
from tasklaws.assess.planning.design import Design, changed, design_of
from tasklaws.assess.planning.effects import between_models, between_rungs
from tasklaws.assess.planning.rows import Row, next_rung_rows, repeat_rows, sample_rows
from tasklaws.assess.planning.simulated import BEFORE, drawn, share
from tasklaws.assess.planning.simulated_rows import simulated_rows
from tasklaws.assess.planning.two_modes import (
    POWER,
    Modes,
    baselines_for_power,
    critical_value,
    drawn_logs,
    likelihood_ratios,
)
from tasklaws.core.errors import BadPlan, NoAnswer

P9 = {99: 2500, 90: 250, 50: 52, 20: 39, 10: 42, 1: 117, 0.1: 523}
"""Percent right -> answers for a standard error of .2, from the formal model."""


def by_name(rows: tuple[Row, ...] | list[Row]) -> dict[str, Row]:
    return {row.quantity: row for row in rows}


def value(row: Row) -> float:
    assert row.value is not None
    return row.value


def test_samples_table_is_that_of_the_formal_model() -> None:
    rows = by_name(list(sample_rows(0.0, 0.2)))
    found = {rate: value(rows[f"answers at {rate:g} % right for a standard error of 0.2"]) for rate in P9}
    assert found == pytest.approx(P9, abs=1, rel=0.006)


def test_a_floor_moves_the_table() -> None:
    rows = by_name(list(sample_rows(0.25, 0.2)))
    top = rows["rate that tells most"]
    assert (top.value, top.lower, top.upper) == pytest.approx((0.538, 0.295, 0.921), abs=1e-3)
    assert not any("at 20 %" in name for name in rows)


def test_repeats_give_the_intervals_of_the_formal_model() -> None:
    rng = np.random.default_rng(0)
    low, high = np.percentile(repeats.rhos(0.0, 60, 8, rng), (5, 95))
    assert (low, high) == pytest.approx((-0.04, 0.04), abs=0.01)
    low, high = np.percentile(repeats.rhos(0.69, 60, 8, rng), (5, 95))
    # The formal model's .63 to .74 is of tasks that are given; here they too are drawn.
    assert 0.58 < low < 0.63
    assert 0.74 < high < 0.82


def test_fewer_repeats_than_needed_have_too_little_power() -> None:
    needed = repeats.repeats_needed(repeats.SOME, 20, np.random.default_rng(1))
    assert needed is not None
    rng = np.random.default_rng(2)
    assert repeats.power(repeats.SOME, 20, needed, rng) > 0.75
    assert repeats.power(repeats.SOME, 20, needed - 2, rng) < 0.75


def test_one_task_tells_no_lottery() -> None:
    (only,) = repeat_rows(replace(Design(), tasks=1), np.random.default_rng(0))
    assert only.value is None


@pytest.mark.parametrize("families", [4, 12])
def test_smallest_difference_of_models_is_found_with_the_stated_power(families: int) -> None:
    design = Design(families=families, shock=0.5)
    difference, rng = between_models(design), np.random.default_rng(3)
    assert difference is not None
    shocked = expit(rng.normal(0, design.shock, (3000, families, 2)))
    # Means of answers around one half, the better model higher by the difference.
    noise = rng.normal(0, np.sqrt(0.25 / (design.tasks * design.samples)), shocked.shape)
    scores = shocked + noise
    found = ttest_1samp(difference + scores[..., 1] - scores[..., 0], 0.0, axis=1).pvalue < 0.05
    assert found.mean() == pytest.approx(0.8, abs=0.04)


def test_effects_shrink_with_answers_down_to_the_shock() -> None:
    many = replace(Design(), samples=10**6)
    assert between_rungs(many) < between_rungs(Design())
    assert between_rungs(many) > 0.1
    assert between_rungs(replace(many, shock=0.0)) < 0.005
    assert between_models(replace(many, families=1)) is None


def test_more_answers_and_rungs_tell_more_of_the_next_rung() -> None:
    found = by_name(list(next_rung_rows(Design())))
    error = value(found["standard error at the next rung"])
    assert Design().next_rung.error == error
    assert replace(Design(), samples=32).next_rung.error < 0.6 * error
    assert value(found["standard error at the next rung with the shock of rungs"]) > error
    needed = int(value(found["attempts per cell for a standard error of 0.3"]))
    assert changed(Design(), {"samples": needed}).next_rung.error <= 0.301
    assert changed(Design(), {"samples": needed - 1}).next_rung.error > 0.299


def test_plan_is_json_and_costs_what_it_costs() -> None:
    made = plan(rungs=5, seeds=2, families=3, tasks=4, samples=10, tokens=(500.0, 100.0), price=(0.01, 0.1))
    document = json.loads(json.dumps(made.document(), allow_nan=False))
    rows = {row["quantity"]: row["value"] for row in document["rows"]}
    assert rows["attempts in all"] == 5 * 2 * 3 * 4 * 10
    assert rows["tokens in all"] == 1200 * 600
    assert rows["price in all"] == pytest.approx(1200 * (0.5 * 0.01 + 0.1 * 0.1))
    assert set(document["rows"][0]) == {"quantity", "value", "lower", "upper", "note"}
    assert document["design"]["tokens"] == [500, 100]
    assert rows["copies of one task are found (C1)"] is not None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rungs": 1}, "rungs"),
        ({"samples": 0}, "samples"),
        ({"floor": 1.0}, "floor"),
        ({"error": 0.0}, "error"),
        ({"spacing": float("nan")}, "spacing"),
        ({"shock": -0.1}, "shock"),
        ({"samples": 4, "repeats": 8}, "repeats"),
        ({"price": (0.1, -1.0)}, "prices"),
        ({"simulate": -1}, "worlds"),
    ],
)
def test_what_is_no_design_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(BadPlan, match=words):
        plan(**options)  # type: ignore[arg-type]


def test_design_of_a_study_is_its_own() -> None:
    rng = np.random.default_rng(4)
    design = Design(rungs=8, families=2, tasks=30, samples=40, slope=1.5, spacing=0.5, shock=0.0)
    line = design.line
    rates = np.tile(np.exp(-np.exp(line.log_hazard(design.x))), (2, 1))
    families = ("a",) * 30 + ("b",) * 30
    found = design_of(drawn_suite(rates, 40, rng, x=design.x, families=families))
    assert (found.rungs, found.families, found.tasks, found.samples) == (8, 2, 30, 40)
    assert found.slope == pytest.approx(1.5, rel=0.08)
    assert found.spacing == pytest.approx(0.5)
    assert found.hardest == pytest.approx(9, abs=1.0)
    assert found.next_rung.error == pytest.approx(design.next_rung.error, rel=0.35)


def test_study_without_a_slope_is_refused() -> None:
    suite = drawn_suite(np.zeros((3, 5)), 8, np.random.default_rng(0))
    with pytest.raises(NoAnswer, match="slope"):
        design_of(suite)


def test_what_would_do_names_what_is_missing() -> None:
    rng = np.random.default_rng(5)
    rates = expit(np.arange(6) - 2.5 - np.linspace(-2, 2, 3)[:, None])
    text, rows = what_would_do(drawn_suite(rates, 2, rng), "family")
    needed = by_name(rows)["attempts per cell that would do"]
    assert f"{value(needed):.0f} attempts" in text
    shocked, seeded = (value(row) for row in rows[1:3])
    assert seeded < shocked
    text, _ = what_would_do(drawn_suite(rates, 400, rng), "family")
    assert "enough" in text
    text, rows = what_would_do(drawn_suite(rates * 0, 2, rng), "family")
    assert "only some" in text
    assert rows == ()


def test_worlds_are_what_they_are_called() -> None:
    design = replace(Design(), samples=200, shock=0.0, tasks=5)
    step = drawn(design, "step", np.random.default_rng(0)).counts.rate
    assert abs(step[:, :3].mean() - BEFORE) < 0.02
    assert step[:, 3:].mean() > 0.85
    copies = drawn(design, "copies", np.random.default_rng(1)).counts.rate
    assert copies.std(axis=0).max() < 0.1
    assert drawn(design, "sound", np.random.default_rng(2)).counts.rate.std(axis=0).max() > 0.3


def test_simulation_runs_the_certificate() -> None:
    rows = by_name(list(simulated_rows(Design(), 2, 0)))
    assert value(rows["copies of one task: found out by the certificate"]) == 1
    assert value(rows["a sound family: wrongly condemned"]) == 0
    assert rows["a sound family: wrongly condemned"].upper == pytest.approx(share(0, 2).upper)
    assert share(0, 2).upper == pytest.approx(1 - 0.025**0.5)


def test_likelihood_ratio_does_not_depend_on_mean_and_spread() -> None:
    logs = drawn_logs(Modes(0.3, 3.0), 40, 20, np.random.default_rng(0))
    assert np.allclose(likelihood_ratios(logs), likelihood_ratios(3 - 7 * logs), atol=1e-6)


def test_critical_values_are_not_those_of_chi_squared() -> None:
    rng = np.random.default_rng(1)
    assert critical_value(5, 2000, rng) == pytest.approx(10.1, abs=1.2)
    assert critical_value(20, 2000, rng) == pytest.approx(6.8, abs=0.7)


@pytest.mark.parametrize(("modes", "n"), [(Modes(0.1, 4.0), 20), (Modes(0.3, 3.0), 40)])
def test_recorded_power_is_that_of_simulation(modes: Modes, n: int) -> None:
    rng = np.random.default_rng(2)
    critical = critical_value(n, 1500, rng)
    found = (likelihood_ratios(drawn_logs(modes, n, 600, rng)) > critical).mean()
    assert found == pytest.approx(POWER[modes][n], abs=0.09)


def test_baselines_are_planned_for_mean_and_modes() -> None:
    rows = by_name(plan_baselines(0.746, 1.25, (0.3, 4.0)).rows)
    assert value(rows["baselines to know the geometric mean to a factor of 1.25"]) == 43
    needed = value(rows["baselines to see two modes with power 0.8"])
    assert 20 < needed <= 40
    assert rows["power to see two modes with 20 baselines"].lower is not None
    assert baselines_for_power({5: 0.1, 10: 0.2}) is None
    assert baselines_for_power({10: 0.7, 20: 0.9}) == round(10 * exp(np.log(2) / 2) + 0.4999)


def test_modes_that_are_none_are_refused() -> None:
    with pytest.raises(BadPlan, match="weight"):
        plan_baselines(modes=(0.0, 3.0))
