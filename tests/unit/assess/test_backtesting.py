"""The verb backtest: folds, leaks, references, and what it says of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.unit.assess.studies import (
    SIZES,
    Cells,
    Model,
    constant,
    make,
    make_graded,
    of,
    planted,
    sized,
    take_in,
    tree,
)

from tasklaws.assess.backtesting import FORECAST_COLUMNS, Backtest, backtest
from tasklaws.assess.baseline import FIRST_CHOICE, LAW
from tasklaws.assess.skill import EARLIER, choose_on_earlier_folds
from tasklaws.cli.main import main
from tasklaws.core.errors import NoAnswer
from tasklaws.core.tables import QUANTILE_COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.infer.arrays import LadderArrays, RateForecast, TargetArrays


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models = sized(6)
    made = tmp_path_factory.mktemp("backtest")
    make(made, planted(models), models)
    return made


@pytest.fixture(scope="module")
def tested(folder: Path) -> Backtest:
    return backtest(folder / "study", forecasts=folder / "forecasts.parquet")


def test_the_document_has_the_keys_that_are_promised(tested: Backtest) -> None:
    document = tested.document()
    promised = {
        "folds",
        "blocks",
        "mae",
        "coverage",
        "log_score",
        "crps",
        "baselines",
        "best_baseline",
        "skill",
    }
    assert promised | {"skill_lower", "skill_upper", "by_family"} <= set(document)
    assert set(document["coverage"]) == {"50", "80", "90"}
    assert [one["name"] for one in document["baselines"]] == [
        "b0_climatology", "b10_shrunken_persistence", "b1_persistence", "b2_increment", "b3_linear_logit",
        "b4_pooled_slope", "b8_pc1", "b9_gumbel",
    ]  # fmt: skip
    assert all({"name", "log_score", "crps", "mae"} <= set(one) for one in document["baselines"])
    assert {row["family"] for row in document["by_family"]} == {"add", "sort"}
    json.dumps(document, allow_nan=False)


def test_folds_go_from_the_fourth_size_to_the_last(tested: Backtest) -> None:
    # Three rungs come before the first fold that can be forecast; the fold of m2 has two and is told of.
    law = tested.table.of(LAW)
    assert law.select("target", "cutoff").unique(maintain_order=True).rows() == [
        ("m3", "m2"),
        ("m4", "m3"),
        ("m5", "m4"),
    ]
    document = tested.document()
    assert (document["folds"], document["blocks"]) == (3, 3)
    assert any("fold demo|" in warning and "2 rungs" in warning for warning in document["warnings"])


def test_numbers_are_means_over_the_cells(tested: Backtest, folder: Path) -> None:
    frame, document = pl.read_parquet(folder / "forecasts.parquet"), tested.document()
    law = frame.filter(pl.col("forecaster") == LAW)
    assert document["crps"] == pytest.approx(law["crps"].mean())
    assert document["log_score"] == pytest.approx(law["log_score"].mean())
    first = frame.filter(pl.col("forecaster") == FIRST_CHOICE)
    assert tested.document()["references"][FIRST_CHOICE]["skill"] == pytest.approx(
        1 - law["crps"].mean() / first["crps"].mean()
    )
    means = {one["name"]: one["crps"] for one in document["baselines"]}
    assert document["best_baseline"] == min(means, key=means.__getitem__)


def test_the_file_of_forecasts_has_every_cell(folder: Path, tested: Backtest) -> None:
    frame = pl.read_parquet(folder / "forecasts.parquet")
    promised = ("model", "cutoff", "family", "task_id", "n", "observed", "mean", *QUANTILE_COLUMNS)
    assert tuple(frame.columns) == FORECAST_COLUMNS
    assert FORECAST_COLUMNS[: len(promised)] == promised
    assert frame.height == 3 * 7 * 9
    known = planted(sized(6))
    for row in frame.filter(pl.col("forecaster") == LAW).iter_rows(named=True):
        won, n = known[row["model"], row["family"], row["task_id"]]
        assert (row["n"], row["observed"]) == (n, pytest.approx(won / n))


def test_backtest_does_not_touch_the_study(folder: Path) -> None:
    before = tree(folder / "study")
    backtest(folder / "study", law=_nothing)
    assert tree(folder / "study") == before


def _nothing(ladder: LadderArrays, target: TargetArrays) -> RateForecast:
    raise NoAnswer("no-law", "this law says nothing.")


def _poisoned(cells: Cells, *models: str) -> Cells:
    rng = np.random.default_rng(9)
    return {
        key: (float(rng.integers(0, n + 1)), n) if key[0] in models else (k, n)
        for key, (k, n) in cells.items()
    }


def test_results_of_larger_sizes_move_no_earlier_fold(tested: Backtest, tmp_path: Path) -> None:
    models = sized(6)
    study = make(tmp_path, _poisoned(planted(models), "m4", "m5"), models)
    poisoned = backtest(study)
    forecast = ["forecaster", "target", "task_id", "n", "mean", *QUANTILE_COLUMNS, "status", "off_floor"]
    # The fold of m4 is forecast from m0 .. m3: only what was observed may differ.
    for target in ("m3", "m4"):
        ours, theirs = (one.table.rows.filter(pl.col("target") == target) for one in (tested, poisoned))
        assert ours.select(forecast).equals(theirs.select(forecast))
    scores = ["forecaster", "observed", "crps", "log_score", "pit", "noise_crps"]
    first = [one.table.rows.filter(pl.col("target") == "m3").select(scores) for one in (tested, poisoned)]
    assert first[0].equals(first[1])
    later = [one.table.rows.filter(pl.col("target") == "m5")["mean"].to_list() for one in (tested, poisoned)]
    assert later[0] != later[1]


def test_a_task_that_only_later_models_tried_enters_no_earlier_fold(tested: Backtest, tmp_path: Path) -> None:
    models = sized(6)
    more = {("m5", "new", "new/0"): (3.0, 60)}
    found = backtest(make(tmp_path, planted(models) | more, models))
    assert "new/0" not in found.table.rows["task_id"].to_list()
    assert found.table.rows.drop("log_score").equals(tested.table.rows.drop("log_score"))


def test_the_first_reference_is_persistence_and_later_ones_know_only_the_past(tested: Backtest) -> None:
    chosen = choose_on_earlier_folds(tested.table)
    assert chosen["forecaster"][0] == FIRST_CHOICE == "b1_persistence"
    headline = tested.headline
    assert headline is not None
    assert headline.reference == EARLIER
    assert headline.skill.value == tested.document()["skill"]


def test_few_blocks_carry_no_p(tested: Backtest) -> None:
    document = tested.document()
    assert document["n_blocks"] == 3
    assert document["p_sign_flip"] is None
    assert document["p_reason"]


def test_five_blocks_carry_a_p(tmp_path: Path) -> None:
    models = [*sized(8)]
    document = backtest(make(tmp_path, planted(models), models)).document()
    assert document["blocks"] == 5
    assert 0 < document["p_sign_flip"] <= 1
    assert document["skill_lower"] < document["skill"] < document["skill_upper"]


def _with_loss(models: list[Model]) -> list[Model]:
    said = [{"loss_nats": 4.0 - 0.3 * i, "loss_corpus": "c"} for i in range(len(models))]
    return [
        Model(m.name, {"lineage": m.said["lineage"], "n_params": m.said["n_params"], **loss})
        for m, loss in zip(models, said, strict=True)
    ]


def test_conditional_forecasts_are_never_mixed_with_others(tmp_path: Path) -> None:
    plain = sized(5, prefix="p", lineage="plain")
    models = [*plain, *_with_loss(sized(5, prefix="c", lineage="measured"))]
    found = backtest(make(tmp_path, planted(models), models, "loss_nats"))
    assert found.label == "forecast"
    assert found.table.rows["lineage"].unique().to_list() == ["plain"]
    assert (found.document()["folds"], found.document()["blocks"]) == (2, 2)
    assert any("folds of label conditional are left out" in warning for warning in found.warnings)


def test_a_loss_ladder_is_conditional_throughout(tmp_path: Path) -> None:
    models = _with_loss(sized(5))
    assert backtest(make(tmp_path, planted(models), models, "loss_nats")).document()["label"] == "conditional"


def test_seeds_of_a_size_are_held_out_together(tmp_path: Path) -> None:
    models = [
        Model(f"m{i}s{seed}", {"lineage": "demo", "n_params": SIZES[i], "seed": seed})
        for i in range(4)
        for seed in range(2)
    ]
    found = backtest(make(tmp_path, planted(models), models))
    assert found.table.rows["block"].n_unique() == 2
    first = found.table.rows.filter(pl.col("block") == found.table.rows["block"][0])
    assert set(first["target"]) == {"m2s0", "m2s1"}


def test_a_law_that_fails_stays_as_rows_with_its_reason(folder: Path) -> None:
    found = backtest(folder / "study", law=_nothing)
    assert found.table.of(LAW)["status"].unique().to_list() == ["no-law"]
    document = found.document()
    assert document["failed"] == 3 * 7
    assert document["crps"] is None
    assert document["skill"] is None
    json.dumps(document, allow_nan=False)


def test_rungs_of_one_size_carry_no_backtest(tmp_path: Path) -> None:
    models = [Model(f"s{i}", {"lineage": "demo", "n_params": 1e7, "seed": i}) for i in range(4)]
    with pytest.raises(NoAnswer, match="ladder-too-short: no lineage has results of three sizes"):
        backtest(make(tmp_path, constant(models, [0.1, 0.2, 0.3, 0.4]), models))


def test_graded_scores_alone_carry_no_backtest(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="no task of lineage 'demo' has counts") as caught:
        backtest(make_graded(tmp_path, sized(5), 5))
    assert caught.value.reason == "no-likelihood"


def test_missing_cells_are_missing_and_never_nought(tested: Backtest, tmp_path: Path) -> None:
    models = sized(6)
    holed = {
        key: value
        for key, value in planted(models).items()
        if key[::2] not in {("m4", "add/0"), ("m1", "sort/2")}
    }
    rows = backtest(make(tmp_path, holed, models)).table.of(LAW)
    hole = rows.filter((pl.col("target") == "m4") & (pl.col("task_id") == "add/0"))
    assert hole.select("observed", "crps", "status").row(0) == (None, None, "no-attempts")
    assert rows.filter(pl.col("crps").is_null()).height == 1


@pytest.mark.filterwarnings("error")
def test_folds_of_which_no_cell_can_be_scored_have_no_numbers(tmp_path: Path) -> None:
    models = sized(5)
    apart = {(m.name, "f", f"f/{i}"): (float(10 * i), 60) for i, m in enumerate(models)}
    document = backtest(make(tmp_path, apart, models)).document()
    assert (document["folds"], document["crps"], document["skill"], document["best_baseline"]) == (
        2,
        None,
        None,
        None,
    )
    json.dumps(document, allow_nan=False)


def test_a_model_that_is_imported_later_adds_a_fold(base: Path, cells: Cells, tmp_path: Path) -> None:
    before = backtest(base, law=_nothing).document()["folds"]
    take_in(tmp_path, of(cells, "m5"), base)
    assert (before, backtest(base, law=_nothing).document()["folds"]) == (2, 3)


def test_the_command_writes_one_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "again.parquet"
    assert main(["backtest", str(folder / "study"), "--forecasts", str(file), "--json", "--quiet"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["schema_version"], document["command"], document["folds"]) == (1, "backtest", 3)
    assert pl.read_parquet(file).equals(pl.read_parquet(folder / "forecasts.parquet"))
