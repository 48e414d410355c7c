"""Intervals, tests and rank agreement of axes."""

from __future__ import annotations

import numpy as np
import pytest
from tests.characteristics.design import drawn_counts

from tasklaws.assess.axes.hold_out import Scored
from tasklaws.assess.axes.scoring import Compared, agreement, empty, expanded, pairs, row, verdict
from tasklaws.assess.axes.values import Axis
from tasklaws.assess.blocks import Interval

FAMILIES = tuple(f"f{i // 4}" for i in range(24))
NAN = np.full(24, np.nan)


def counts(rng: np.random.Generator):  # noqa: ANN201
    return drawn_counts(np.full((24, 3), 0.5), 8, rng, FAMILIES)


def scored(crps: np.ndarray, log: np.ndarray) -> Scored:
    return Scored(log, crps)


def test_skill_is_that_of_the_common_cells() -> None:
    rng = np.random.default_rng(0)
    own = counts(rng)
    none = scored(np.full((24, 3), 10.0), np.full((24, 3), -2.0))
    crps = np.full((24, 3), 6.0)
    crps[0], crps[1, 1] = np.nan, np.nan
    one = scored(crps, np.where(np.isnan(crps), np.nan, -1.6))
    found = row(Axis("x", "unit", "stated", NAN), "new_tasks", own, {"x": one, "none": none}, rng)
    assert found["skill"] == pytest.approx(0.4)
    assert found["gain"] == pytest.approx(0.4 / 8)
    assert found["log_score"] == pytest.approx(-0.2)
    assert (found["cells"], found["n"], found["blocks"], found["models"]) == (68, 544, 6, 3)
    assert found["p"] == pytest.approx(2 / 2**6)
    assert found["verdict"] == "better"
    assert found["status"] == "ok"


def test_families_and_not_cells_make_the_interval() -> None:
    rng = np.random.default_rng(1)
    own = counts(rng)
    none = scored(np.full((24, 3), 10.0), np.full((24, 3), -2.0))
    shared = np.repeat(rng.normal(size=6), 4)[:, None] + np.zeros(3)
    own_noise = rng.normal(size=(24, 3))
    widths = []
    for noise in (shared, own_noise):
        one = scored(8 + noise, np.full((24, 3), -2.0))
        interval = Compared.of(own, one, none).interval("crps", rng)
        assert interval.lower is not None
        assert interval.upper is not None
        widths.append(interval.upper - interval.lower)
    assert widths[0] > 2 * widths[1]


def test_few_families_make_wider_intervals() -> None:
    assert expanded(5) > expanded(10) > expanded(36) > 0.9
    assert expanded(5) == pytest.approx(0.983, abs=0.001)
    assert expanded(1000) == pytest.approx(0.9, abs=0.001)
    assert expanded(1) == 0.9


def test_verdicts_need_families() -> None:
    good = Interval(0.3, 0.1, 0.5)
    assert verdict(good, 5) == "better"
    assert verdict(good, 4) == "not told"
    assert verdict(Interval(-0.3, -0.5, -0.1), 9) == "worse"
    assert verdict(Interval(0.3, -0.1, 0.5), 9) == "not told"
    assert verdict(Interval(0.3, None, None, "one-block"), 9) == "not told"


def test_pairs_are_signed_and_leave_out_what_was_not_forecast() -> None:
    rng = np.random.default_rng(2)
    own = counts(rng)
    better = scored(np.full((24, 3), 5.0), np.full((24, 3), -1.0))
    worse = scored(np.full((24, 3), 7.0), np.full((24, 3), -2.0))
    nothing = scored(np.full((24, 3), np.nan), np.full((24, 3), np.nan))
    (one,) = pairs("new_models", own, {"a": better, "b": worse, "c": nothing}, rng)
    assert (one["a"], one["b"], one["crps_difference"]) == ("a", "b", pytest.approx(-2))
    assert one["log_difference"] == pytest.approx(1 / 8)
    assert one["upper"] < 0 < one["log_lower"]


def test_agreement_is_of_common_tasks_and_null_where_there_are_few() -> None:
    up, few = np.arange(24.0), NAN.copy()
    few[:2] = 1.0, 2.0
    axes = [
        Axis(name, "", "stated", value) for name, value in (("a", up), ("b", -up), ("c", few), ("d", NAN))
    ]
    made = {(one["a"], one["b"]): one for one in agreement(axes)}
    assert made.keys() == {("a", "b"), ("a", "c"), ("b", "c")}
    assert made["a", "b"]["tau_b"] == pytest.approx(-1)
    assert made["a", "c"]["tau_b"] is None
    assert made["a", "c"]["reason"]


def test_an_axis_that_forecasts_nothing_is_null_with_its_reason() -> None:
    found = empty(Axis("x", "unit", "stated", NAN), "new_models", "why")
    assert found["reason"] == "why"
    assert found["status"] == "undefined"
    assert all(found[key] is None for key in ("skill", "lower", "upper", "p", "crps", "log_score"))
