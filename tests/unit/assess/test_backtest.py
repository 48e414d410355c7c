"""The backtest core: rows, failures, and the skill computed from them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tasklaws.assess.backtest import SCHEMA, BacktestTable, Case, off_floor, run_backtest, suite_errors
from tasklaws.assess.baseline import BASELINES, LAW
from tasklaws.assess.blocks import TOO_FEW
from tasklaws.assess.skill import (
    AT_NOISE,
    EARLIER,
    best_baseline,
    best_with_hindsight,
    choose_on_earlier_folds,
    coverage,
    pooled_test,
    skills,
)
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.infer.arrays import Floats, Forecaster, LadderArrays, RateForecast, TargetArrays

TASKS = 12


def _truth(seed: int) -> tuple[LadderArrays, Floats, Floats]:
    """Return a ladder of six sizes, its rates, and its axis."""
    rng = np.random.default_rng(seed)
    x = np.arange(6) * 0.5
    rate = 1 / (1 + np.exp(-(rng.normal(-1, 1, (TASKS, 1)) + x * rng.uniform(0.5, 1.5, (TASKS, 1)))))
    n = np.full((TASKS, 6), 80.0)
    names = tuple(f"t{i}" for i in range(TASKS))
    rungs = tuple(f"r{i}" for i in range(6))
    zero, one = np.zeros(TASKS), np.ones(TASKS)
    k = rng.binomial(80, rate).astype(float)
    return LadderArrays(names, names, rungs, k, n, zero, one, x[:, None], x, rungs), rate, x


def _cases(seed: int = 0, label: str = "forecast") -> list[Case]:
    ladder, _, x = _truth(seed)
    at = np.arange(6)
    return [
        Case(
            "made",
            f"line{seed}",
            f"line{seed}|r{m}",
            m - 2,
            ladder.rungs_at(at < m),
            TargetArrays((f"{seed}-r{m}",), x[m : m + 1, None], x[m : m + 1], ladder.n[:, m][None]),
            ladder.k[:, m][None],
            label,
        )
        for m in range(2, 6)
    ]


def _oracle(seed: int) -> Forecaster:
    """Return a law that knows the rates."""
    _, rate, x = _truth(seed)

    def forecast(_: LadderArrays, target: TargetArrays) -> RateForecast:
        at = [int(np.argmin(np.abs(x - w))) for w in target.walk]
        points = rate.T[at][..., None]
        return RateForecast(points, np.ones_like(points), np.ones(TASKS), rate.T[at][:, None])

    return forecast


def _few() -> dict[str, Forecaster]:
    return {
        name: BASELINES[name].forecast for name in ("b0_climatology", "b1_persistence", "b3_linear_logit")
    }


def _table(seed: int = 0) -> BacktestTable:
    return run_backtest(_cases(seed), _oracle(seed), _few(), np.random.default_rng(1))


def test_run_backtest_has_a_row_per_forecaster_target_and_task() -> None:
    table = _table()
    assert table.rows.schema == pl.Schema(SCHEMA)
    assert len(table.rows) == 4 * 4 * TASKS
    law = table.of(LAW)
    assert law["crps"].null_count() == 0
    assert law["cutoff"].unique(maintain_order=True).to_list() == ["r1", "r2", "r3", "r4"]
    np.testing.assert_allclose(law["error"], 100 * (law["mean"] - law["observed"]), atol=1e-9)
    assert set(table.joints) == {"0-r2", "0-r3", "0-r4", "0-r5"}


def test_run_backtest_scores_an_oracle_at_the_noise() -> None:
    law = pl.concat([_table(seed).of(LAW) for seed in range(4)])
    assert law["crps"].mean() == pytest.approx(law["noise_crps"].mean(), rel=0.15)


def test_run_backtest_shows_no_forecaster_the_target() -> None:
    seen: list[tuple[str, ...]] = []

    def spy(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
        seen.append(ladder.rungs)
        return BASELINES["b0_climatology"].forecast(ladder, target)

    run_backtest(_cases(), spy, {}, np.random.default_rng(0))
    assert seen == [tuple(f"r{i}" for i in range(m)) for m in range(2, 6)]


def test_run_backtest_keeps_a_refusal_as_rows_with_its_reason() -> None:
    def refuses(ladder: LadderArrays, _: TargetArrays) -> RateForecast:
        raise NoAnswer("ladder-too-short", f"{len(ladder.rungs)} rungs.")

    rows = run_backtest(_cases(), refuses, _few(), np.random.default_rng(0)).of(LAW)
    assert rows["status"].unique().to_list() == ["ladder-too-short"]
    assert rows["crps"].null_count() == len(rows)
    assert rows["observed"].null_count() == 0


def test_run_backtest_marks_cells_the_target_has_no_attempts_on() -> None:
    case = _cases()[0]
    n = case.target.n.copy()
    n[0, 3] = 0
    target = TargetArrays(case.target.models, case.target.x, case.target.walk, n)
    k = np.where(n > 0, case.k, np.nan)
    holed = Case(case.set, case.lineage, case.block, 0, case.ladder, target, k)
    rows = run_backtest([holed], _oracle(0), {}, np.random.default_rng(0)).rows
    assert rows["status"][3] == "no-attempts"
    assert rows[3, "crps"] is None
    assert rows[3, "observed"] is None
    assert rows["crps"].null_count() == 1


def test_off_floor_needs_most_training_cells_two_standard_errors_away() -> None:
    ladder, _, _ = _truth(0)
    k = ladder.k.copy()
    k[0], k[1], k[2] = 20, 40, [20, 20, 20, 20, 40, 40]
    floored = LadderArrays(
        ladder.task_ids,
        ladder.families,
        ladder.rungs,
        k,
        ladder.n,
        np.full(TASKS, 0.25),
        ladder.ceiling,
        ladder.x,
        ladder.walk,
        ladder.sizes,
    )
    assert off_floor(floored)[:3].tolist() == [False, True, False]


def test_choose_on_earlier_folds_starts_with_persistence_and_then_takes_the_best() -> None:
    table = _table()
    chosen = choose_on_earlier_folds(table)
    assert chosen["forecaster"][0] == "b1_persistence"
    for order in (1, 2, 3):
        before = table.rows.filter(pl.col("order") < order)
        assert chosen["forecaster"][order] == best_baseline(before)


def test_choose_on_earlier_folds_does_not_look_at_the_fold_itself() -> None:
    table = _table()
    altered = table.rows.with_columns(
        pl.when((pl.col("order") == 3) & (pl.col("forecaster") == "b0_climatology"))
        .then(0.0)
        .otherwise("crps")
        .alias("crps")
    )
    assert choose_on_earlier_folds(BacktestTable(altered)).equals(choose_on_earlier_folds(table))


def test_choose_on_earlier_folds_needs_persistence() -> None:
    bare = run_backtest(_cases(), _oracle(0), {}, np.random.default_rng(0))
    with pytest.raises(BadInput, match="b1_persistence"):
        choose_on_earlier_folds(bare)


def _many() -> BacktestTable:
    return BacktestTable(pl.concat([_table(seed).rows for seed in range(3)]))


def test_skills_of_an_oracle_are_high_and_add_up() -> None:
    table = _many()
    found = {s.reference: s for s in skills(table, np.random.default_rng(0))}
    assert set(found) == {EARLIER, "b0_climatology", "b1_persistence", "b3_linear_logit"}
    one = found["b0_climatology"]
    assert one.skill.value == pytest.approx(1 - one.crps / one.crps_reference)
    assert one.n_blocks == 12
    assert one.n_cells == 12 * TASKS
    assert one.noise_adjusted.value is not None
    assert one.skill.value is not None
    assert one.noise_adjusted.value > one.skill.value > 0.3
    assert one.sign_flip.p == pytest.approx(2 / 2**12)
    hindsight = best_with_hindsight(table, "forecast")
    assert found[EARLIER].crps_reference >= found[str(hindsight)].crps_reference


def test_skills_of_a_baseline_against_itself_are_nought() -> None:
    table = run_backtest(_cases(), BASELINES["b1_persistence"].forecast, _few(), np.random.default_rng(0))
    one = next(s for s in skills(table, np.random.default_rng(0)) if s.reference == "b1_persistence")
    assert one.skill.value == pytest.approx(0)
    assert one.sign_test.p is None


def test_skills_make_no_claim_on_four_blocks_and_keep_labels_apart() -> None:
    rows = pl.concat(
        [_table().rows, _table().rows.with_columns(label=pl.lit("conditional"), crps=pl.col("crps") * 2)]
    )
    found = skills(BacktestTable(rows), np.random.default_rng(0))
    assert {s.label for s in found} == {"forecast", "conditional"}
    assert {s.n_blocks for s in found} == {4}
    assert {s.sign_flip.reason for s in found} == {TOO_FEW}
    plain, conditional = (next(s for s in found if s.label == label) for label in ("forecast", "conditional"))
    assert conditional.crps == pytest.approx(2 * plain.crps)


def test_noise_adjusted_skill_is_null_where_the_reference_is_at_the_noise() -> None:
    level = _table().rows.with_columns(noise_crps=pl.lit(100.0))
    found = skills(BacktestTable(level), np.random.default_rng(0))
    assert {(s.noise_adjusted.value, s.noise_adjusted.reason) for s in found} == {(None, AT_NOISE)}


def test_skills_can_leave_out_tasks_at_their_floor() -> None:
    table = _many()
    all_cells = skills(table, np.random.default_rng(0))[0].n_cells
    kept = skills(table, np.random.default_rng(0), off_floor_only=True)[0].n_cells
    assert kept == table.of(LAW)["off_floor"].sum()
    assert kept < all_cells


def test_pooled_test_weighs_blocks_alike() -> None:
    table = _many()
    scaled = table.rows.with_columns(
        pl.when(pl.col("lineage") == "line1").then(pl.col("crps") * 50).otherwise("crps").alias("crps")
    )
    one = pooled_test(table, "forecast", np.random.default_rng(0), "b0_climatology")
    two = pooled_test(BacktestTable(scaled), "forecast", np.random.default_rng(0), "b0_climatology")
    assert one.skill.value == pytest.approx(two.skill.value)
    assert one.n_blocks == 12


def test_coverage_of_an_oracle_holds_with_its_band() -> None:
    rows = pl.concat([_table(seed).of(LAW) for seed in range(6)])
    found = coverage(rows, np.random.default_rng(0))
    for level, interval in found.items():
        assert interval.value == pytest.approx(level / 100, abs=0.12)
        assert interval.lower is not None
        assert interval.upper is not None
        assert interval.lower <= interval.value <= interval.upper


def test_coverage_refuses_mixed_forecasters() -> None:
    with pytest.raises(BadInput, match="forecaster"):
        coverage(_table().rows, np.random.default_rng(0))


def test_suite_errors_are_means_over_tasks() -> None:
    table = _table()
    row = suite_errors(table).filter(pl.col("forecaster") == "b0_climatology").row(0, named=True)
    own = table.of("b0_climatology").filter(pl.col("target") == row["target"])
    assert row["suite_error"] == pytest.approx(own["error"].mean())
    assert row["task_mae"] == pytest.approx(own["absolute_error"].mean())
    assert row["n_tasks"] == TASKS
