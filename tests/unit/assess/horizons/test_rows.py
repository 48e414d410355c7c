"""A time horizon is a number within the tasks, an extrapolation, a bound or a failure; and it says which."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.assess.horizons.agents import Tables, every, logistic, tables, times

from tasklaws.assess.horizons.estimates import default, latent, of_curve, replica
from tasklaws.assess.horizons.noise import time_errors
from tasklaws.assess.horizons.rows import Row, interval, rows
from tasklaws.assess.horizons.selection import Asked, Counting, asked
from tasklaws.assess.horizons.sources import source_of
from tasklaws.theory.horizons import horizon


def of(made: Tables) -> Asked:
    return asked(source_of(made.runs, made.tasks))


def by_default(made: Tables, *successes: int, draws: int = 0) -> dict[str, Row]:
    found = rows(default(of(made), Counting(), draws, 0), successes or (50,), 0.95)
    return {f"{row.alias} {row.success}": row for row in found}


def test_a_planted_time_horizon_is_found_at_every_success() -> None:
    told = by_default(logistic({"m": 60.0}, runs=300), 50, 80, 99)
    for success in (50, 80):
        expected = horizon("log_logistic", success / 100, 60, 0.7 / np.log(2))
        assert told[f"m {success}"].minutes == pytest.approx(expected, rel=0.15)
        assert told[f"m {success}"].status == "ok"
    assert told["m 99"].status == "extrapolation"


def test_the_interval_holds_the_planted_time_and_narrows_with_its_level() -> None:
    estimate = default(of(logistic({"m": 60.0}, runs=8)), Counting(), 400, 0)
    (wide,), (narrow,) = (list(rows(estimate, (50,), level)) for level in (0.95, 0.5))
    assert wide.lower is not None
    assert wide.upper is not None
    assert narrow.lower is not None
    assert narrow.upper is not None
    assert wide.lower < narrow.lower < narrow.upper < wide.upper
    assert wide.lower < 60 < wide.upper


def test_outside_the_tasks_is_an_extrapolation_that_names_them() -> None:
    row = by_default(logistic({"m": 0.1}, runs=100))["m 50"]
    assert row.status == "extrapolation"
    assert row.reason is not None
    assert "below the tasks that were asked, which take 1 to 1,440 min" in row.reason
    assert (row.shortest, row.longest) == (pytest.approx(1), pytest.approx(1440))


@pytest.mark.parametrize(("score", "end"), [(0.0, "upper"), (1.0, "lower")])
def test_all_alike_is_a_bound_by_as_many_families_as_it_takes(score: float, end: str) -> None:
    minutes = times()
    row = by_default(tables(every("m", score, minutes), dict(minutes)))["m 50"]
    assert (row.status, row.minutes) == ("bound", None)
    # 0.5^5 < .05 < 0.5^4: the fifth family from that side
    order = sorted(minutes, key=minutes.__getitem__, reverse=score == 1)
    firsts = list(dict.fromkeys(task.split("/")[0] for task in order))
    fifth = next(minutes[task] for task in order if task.startswith(firsts[4] + "/"))
    assert getattr(row, end) == pytest.approx(fifth)
    assert getattr(row, {"upper": "lower", "lower": "upper"}[end]) is None
    assert row.reason is not None
    assert "95% confidence" in row.reason


def test_too_few_families_give_no_bound() -> None:
    minutes = {"a/1": 2.0, "a/2": 4.0, "b/1": 8.0}
    row = by_default(tables(every("m", 0.0, minutes), dict(minutes)))["m 50"]
    assert (row.status, row.lower, row.upper) == ("bound", None, None)
    assert row.reason is not None
    assert "takes 5 families" in row.reason


def test_a_gap_between_successes_and_failures_is_told_as_a_gap() -> None:
    minutes = times()
    rows_ = every("m", 1.0, {t: v for t, v in minutes.items() if v < 50}) + every(
        "m", 0.0, {t: v for t, v in minutes.items() if v >= 50}
    )
    row = by_default(tables(rows_, dict(minutes)))["m 50"]
    below, above = (pick(v for v in minutes.values() if keep(v)) for pick, keep in
                    ((max, lambda v: v < 50), (min, lambda v: v >= 50)))  # fmt: skip
    assert row.status == "bound"
    assert (row.lower, row.upper) == (pytest.approx(below), pytest.approx(above))


def test_success_that_rises_with_time_and_a_single_time_fail() -> None:
    made = logistic({"m": 60.0}, slope=-0.7)
    assert by_default(made)["m 50"].status == "failed"
    assert by_default(made)["m 50"].minutes is None
    one = tables(every("m", 0.0, {"a/1": 5.0}) + every("m", 1.0, {"b/1": 5.0}), {"a/1": 5.0, "b/1": 5.0})
    assert "one human time only" in str(by_default(one)["m 50"].reason)


def test_draws_without_a_time_horizon_open_the_interval() -> None:
    draws = np.linspace(0, 4, 200)
    closed = interval(draws, 0.9)
    assert closed is not None
    assert (closed.low, closed.high, closed.undefined) == (pytest.approx(0.2), pytest.approx(3.8), 0)
    some = interval(np.concatenate([draws[:-20], np.full(20, np.nan)]), 0.9)
    assert some is not None
    assert (some.low, some.high, some.undefined) == (-np.inf, np.inf, pytest.approx(0.1))
    failing = interval(np.concatenate([draws[20:], np.full(20, -np.inf)]), 0.9)
    assert failing is not None
    assert failing.low == -np.inf
    assert failing.high == pytest.approx(3.8, abs=0.02)
    metr = interval(np.concatenate([draws, np.full(50, np.nan)]), 0.9, metr=True)
    assert metr is not None
    assert (metr.low, metr.high) == (pytest.approx(0.2), pytest.approx(3.8))
    assert interval(np.full(5, np.nan), 0.9) is None


def test_the_replica_says_what_it_is_for_and_refuses_to_draw_graded_runs() -> None:
    made = of(logistic({"m": 60.0}))
    (row,) = rows(replica(made, 50, 0), (50,), 0.95)
    assert row.curve == "metr_2026_01"
    assert "for replication" in str(row.reason)
    assert row.lower is not None
    graded = logistic({"m": 60.0})
    graded.runs = graded.runs.with_columns(score=graded.runs["score"] * 0.5)
    (row,) = rows(replica(of(graded), 50, 0), (20,), 0.95)
    assert row.lower is None
    assert "graded" in str(row.reason)


def test_metr_penalty_shortens_the_time_horizon_at_80_percent() -> None:
    made = of(logistic({"m": 60.0}, slope=0.4))
    (short,), (long,) = (
        rows(one, (80,), 0.95) for one in (replica(made, 0, 0), default(made, Counting(), 0, 0))
    )
    assert short.minutes is not None
    assert long.minutes is not None
    assert short.minutes < long.minutes


def test_typical_and_marginal_agree_at_one_half_only() -> None:
    made = of(logistic({"m": 60.0}, runs=12, spread=2.0))
    estimates = latent(made, Counting(), time_errors(made), 0, 0)
    (typical_50, typical_80), (marginal_50, marginal_80) = (rows(one, (50, 80), 0.95) for one in estimates)
    assert (typical_50.kind, marginal_50.kind) == ("typical", "marginal")
    assert typical_50.minutes == pytest.approx(marginal_50.minutes)
    assert typical_80.minutes is not None
    assert marginal_80.minutes is not None
    assert typical_80.minutes > marginal_80.minutes


@pytest.mark.parametrize("curve", ["exponential", "weibull", "lomax"])
def test_other_curves_have_intervals_by_the_same_draws(curve: str) -> None:
    made = of(logistic({"m": 60.0, "n": 10.0}, runs=8))
    for row in rows(of_curve(made, Counting(), curve, 60, 0), (50,), 0.9):
        assert row.curve == curve
        assert row.minutes is not None
        assert row.lower is not None
        assert row.upper is not None
        assert row.lower < row.minutes < row.upper
