"""What was observed of a model: a number with its error, a bound, or why nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tasklaws.assess.horizon_forecast.observed import Observed, Suite, learnt
from tasklaws.assess.horizons.rows import Row

DRAWN = np.random.default_rng(0).normal(0, 1, 4000)


def row(status: str, **more: Any) -> Row:
    told = {
        "alias": "m", "success": 50, "minutes": None, "lower": None, "upper": None, "kind": "marginal",
        "curve": "log_logistic", "status": status, "reason": "because", "tasks": 9, "attempts": 9.0,
        "shortest": 2.0, "longest": 512.0, "undefined_draws": 0.0,
    }  # fmt: skip
    return Row(**told | more)


def suite(**told: tuple[Row, np.ndarray]) -> Suite:
    return Suite(50, {name: r for name, (r, _) in told.items()}, {name: d for name, (_, d) in told.items()})


def test_a_number_has_the_spread_of_its_draws() -> None:
    seen = suite(m=(row("ok", minutes=32.0), 5 + 0.8 * DRAWN)).observed("m")
    assert isinstance(seen, Observed)
    assert (seen.doublings, seen.side) == (5.0, 0)
    assert seen.error == pytest.approx(0.8, rel=0.06)


@pytest.mark.parametrize("lost", [math.nan, -math.inf])
def test_draws_without_a_time_horizon_leave_an_error(lost: float) -> None:
    drawn = np.where(np.arange(DRAWN.size) % 4 == 0, lost, 5 + 0.8 * DRAWN)
    seen = suite(m=(row("ok", minutes=32.0), drawn)).observed("m")
    if math.isnan(lost):
        # a quarter without a side of their own leaves both ends open
        assert seen == "its error is not known"
    else:
        assert isinstance(seen, Observed)
        assert 0.5 < seen.error < 0.9


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (row("extrapolation", minutes=0.3), (1.0, -1)),
        (row("extrapolation", minutes=900.0), (9.0, 1)),
        (row("bound", upper=4.0), (2.0, -1)),
        (row("bound", lower=64.0), (6.0, 1)),
    ],
)
def test_outside_the_tasks_there_is_a_bound(given: Row, expected: tuple[float, int]) -> None:
    seen = suite(m=(given, DRAWN)).observed("m")
    assert isinstance(seen, Observed)
    assert (seen.doublings, seen.side) == expected
    assert math.isnan(seen.error)


def test_what_failed_is_left_out_with_its_reason() -> None:
    found = suite(m=(row("failed"), DRAWN), a=(row("ok", minutes=8.0), 3 + DRAWN))
    told = learnt(found, {"m": 1.0, "a": 2.0, "absent": 3.0})
    assert told.left_out == {"m": "because", "absent": "no attempts at tasks with a human time"}
    assert told.known == ("a",)
    assert told.seen.x.tolist() == [2.0]


def test_errors_that_move_together_are_told() -> None:
    rng = np.random.default_rng(1)
    common = rng.normal(size=4000)
    told = {}
    for i in range(4):
        drawn = 5 + np.sqrt(0.6) * common + np.sqrt(0.4) * rng.normal(size=4000)
        drawn[i::50] = (-math.inf, math.nan)[i % 2]
        told[f"m{i}"] = (row("ok", minutes=32.0), drawn)
    found = learnt(suite(**told), {f"m{i}": float(i) for i in range(4)})
    assert found.seen.shared == pytest.approx(0.6, abs=0.06)
    assert found.seen.error_ahead == pytest.approx(1.0, abs=0.06)


def test_draws_that_never_differ_share_nothing() -> None:
    same = np.full(300, 5.0)
    found = learnt(
        suite(a=(row("ok", minutes=32.0), same), b=(row("ok", minutes=32.0), same)), {"a": 0.0, "b": 1.0}
    )
    assert found.seen.shared == 0.0
