"""The verbs predict and predict-covariates on small studies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from tests.unit.assess.studies import (
    SIZES,
    Cells,
    Model,
    N,
    constant,
    ladder_text,
    make,
    make_graded,
    of,
    planted,
    sized,
    table_text,
    take_in,
    tree,
)

from tasklaws.assess.forecast import predict, predict_covariates
from tasklaws.assess.prediction import Prediction, forecast_frame
from tasklaws.cli.main import main
from tasklaws.core.errors import BadInput, BadLadder, NoAnswer, UnknownName
from tasklaws.core.tables import QUANTILE_COLUMNS, QUANTILE_LEVELS
from tasklaws.run.imports import import_runs, remove
from tasklaws.spec.ladder import Rung
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

TASK_KEYS = {"family", "task_id", "n", "mean", "quantiles", "p_all", "p_none", "status"}


def tasks(made: Prediction) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made.document()["tasks"]
    return found


def test_the_document_has_the_keys_that_are_promised(base: Path) -> None:
    document = predict(base, "m5").document()
    assert {"target", "sha256", "label", "tasks", "families", "aggregate"} <= set(document)
    rows = [*document["tasks"], *document["families"], document["aggregate"]]
    assert all(set(row) >= TASK_KEYS for row in rows)
    assert all(list(row["quantiles"]) == [f"{level:g}" for level in QUANTILE_LEVELS] for row in rows)
    assert [row["task_id"] for row in document["tasks"]] == [
        *(f"add/{i}" for i in range(4)),
        *(f"sort/{i}" for i in range(3)),
    ]
    assert [row["family"] for row in document["families"]] == ["add", "sort"]
    assert (document["target"], document["label"], document["sha256"]) == ("m5", "forecast", None)
    json.dumps(document, allow_nan=False)


def test_quantiles_rise_and_hold_the_mean(base: Path) -> None:
    document = predict(base, "m5").document()
    for row in [*document["tasks"], *document["families"], document["aggregate"]]:
        quantiles = list(row["quantiles"].values())
        assert quantiles == sorted(quantiles)
        assert 0 <= quantiles[0] < row["mean"] < quantiles[-1] <= 1
    for row in document["tasks"]:
        assert row["status"] == "ok"
        assert row["n"] == N
        # A forecast is of the observed count: its quantiles are multiples of 1/n.
        np.testing.assert_allclose(np.array(list(row["quantiles"].values())) * N % 1, 0, atol=1e-9)
        assert 0 <= row["p_none"] + row["p_all"] <= 1


def test_the_aggregate_is_wider_than_independent_tasks_would_make_it(base: Path) -> None:
    document = predict(base, "m5").document()
    width = {row["task_id"]: row["quantiles"]["0.95"] - row["quantiles"]["0.05"] for row in document["tasks"]}
    whole = document["aggregate"]["quantiles"]["0.95"] - document["aggregate"]["quantiles"]["0.05"]
    assert whole > np.sqrt(sum(w**2 for w in width.values())) / len(width)
    assert document["aggregate"]["mean"] == pytest.approx(
        np.mean([r["mean"] for r in document["tasks"]]), abs=0.02
    )


def test_a_planted_law_is_found(base: Path, cells: Cells) -> None:
    misses = [
        (row["mean"] - cells["m5", row["family"], row["task_id"]][0] / N)
        for row in tasks(predict(base, "m5"))
    ]
    assert np.abs(misses).mean() < 0.1


def test_predict_does_not_write(base: Path) -> None:
    before = tree(base)
    predict(base, "m5")
    assert tree(base) == before


def test_next_is_the_first_rung_without_results(base: Path, cells: Cells, tmp_path: Path) -> None:
    assert predict(base).target == "m5"
    take_in(tmp_path, of(cells, "m5"), base)
    with pytest.raises(NoAnswer, match="no-next-model: every rung"):
        predict(base)


def test_a_model_called_next_is_itself(tmp_path: Path) -> None:
    models = [
        *sized(4),
        Model("aaa", {"lineage": "demo", "n_params": SIZES[4]}),
        Model("next", {"lineage": "demo", "n_params": SIZES[5]}),
    ]
    assert predict(make(tmp_path, planted(sized(4)), models), "next").target == "next"


def test_an_unknown_model_is_refused_with_the_nearest_name(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UnknownName, match=r"no model called 'm55'.*Did you mean 'm5'"):
        predict(base, "m55")
    assert main(["predict", str(base), "--target", "m55", "--quiet"]) == 2
    assert "m55" in capsys.readouterr().err


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_models_carry_no_law(
    count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make(tmp_path, planted(sized(count)), sized(count + 1))
    with pytest.raises(NoAnswer) as caught:
        predict(study)
    assert caught.value.reason == "ladder-too-short"
    for verb in (["predict", "--target", "next"], ["fit"], ["backtest"]):
        assert main([verb[0], str(study), *verb[1:], "--json", "--quiet"]) == 4
        assert json.loads(capsys.readouterr().out)["command"] == verb[0]


def test_all_zeros_give_an_upper_bound_and_no_more(tmp_path: Path) -> None:
    study = make(tmp_path, constant(sized(5), [0.0] * 5), sized(6))
    for row in tasks(predict(study)):
        assert "no_signal_floor" in row["flags"]
        assert row["quantiles"]["0.05"] == 0
        assert row["quantiles"]["0.95"] < 0.5
        assert row["p_all"] < 0.01


def test_all_ones_are_saturated(tmp_path: Path) -> None:
    study = make(tmp_path, constant(sized(5), [1.0] * 5), sized(6))
    for row in tasks(predict(study)):
        assert "saturated" in row["flags"]
        assert row["quantiles"]["0.95"] == 1
        assert row["quantiles"]["0.05"] > 0.5


def test_one_step_is_discontinuous(tmp_path: Path) -> None:
    study = make(tmp_path, constant(sized(5), [0, 0, 0, 1, 1]), sized(6))
    assert all("discontinuous" in row["flags"] for row in tasks(predict(study)))


def _loss_models(count: int) -> list[Model]:
    losses = [{"loss_nats": 4.0 - 0.35 * i, "loss_corpus": "pile"} for i in range(count)]
    return [Model(m.name, {**m.said, **loss}) for m, loss in zip(sized(count), losses, strict=True)]


def test_a_forecast_from_a_measured_loss_is_conditional(tmp_path: Path) -> None:
    models = _loss_models(6)
    study = make(tmp_path, of(planted(models), *(f"m{i}" for i in range(5))), models, "loss_nats")
    made = predict(study, "m5")
    assert made.label == "conditional"
    assert made.table["label"].unique().to_list() == ["conditional"]
    assert "loss_nats" in made.features[0]


def test_results_that_were_ever_there_make_a_retrodiction(base: Path, cells: Cells, tmp_path: Path) -> None:
    assert predict(base, "m5").label == "forecast"
    take_in(tmp_path, of(cells, "m5"), base)
    assert predict(base, "m5").label == "retrodiction"
    brought = Study(base).imports()[-1].import_id
    remove(base, brought)
    assert "m5" not in Study(base).cells()["model"].to_list()
    assert predict(base, "m5").label == "retrodiction"
    assert (
        predict_covariates(base, [Rung("m5", "demo", n_params=SIZES[5])]).predictions[0].label
        == "retrodiction"
    )


def test_a_retrodiction_does_not_look_at_the_results_it_is_of(
    base: Path, cells: Cells, tmp_path: Path
) -> None:
    before = predict(base, "m5").table.drop("label")
    take_in(tmp_path, of(cells, "m5"), base)
    assert predict(base, "m5").table.drop("label").equals(before)


def test_the_order_of_imports_and_of_rows_changes_nothing(cells: Cells, tmp_path: Path) -> None:
    known = of(cells, *(f"m{i}" for i in range(5)))
    rows = [list(known.items())[i] for i in np.random.default_rng(0).permutation(len(known))]
    made = []
    for name, parts in (("one", [known]), ("two", [dict(rows[:17]), dict(rows[17:])])):
        folder = tmp_path / name
        folder.mkdir()
        models = sized(6) if name == "one" else sized(6)[::-1]
        study = make(folder, parts[0], models)
        for part in parts[1:]:
            take_in(folder, part, study)
        made.append((Study(study).data_hash(), predict(study, "m5").table))
    assert made[0][0] == made[1][0]
    assert made[0][1].equals(made[1][1])


def test_one_lineage_learns_nothing_of_another(tmp_path: Path, cells: Cells) -> None:
    both = [*sized(6), *sized(6, prefix="other", lineage="second")]
    strange = {key: (float(n), n) for key, (_, n) in planted(both[6:]).items()}
    known = of(cells, *(f"m{i}" for i in range(5)))
    tables = []
    for name, more in (("alone", {}), ("both", strange)):
        folder = tmp_path / name
        folder.mkdir()
        tables.append(predict(make(folder, known | more, both), "m5").table)
    assert tables[0].equals(tables[1])


def test_graded_scores_are_rows_without_a_likelihood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = make_graded(tmp_path, sized(5))
    made = predict(study, "m4")
    (row,) = tasks(made)
    assert (row["task_id"], row["status"], row["mean"], row["quantiles"]) == (
        "t",
        "no_likelihood",
        None,
        None,
    )
    assert made.document()["aggregate"] is None
    with pytest.raises(NoAnswer, match="no-likelihood"):
        predict(study, "m4", seal=True)
    assert not (study / "forecasts").exists()
    assert main(["predict", str(study), "--target", "m4", "--quiet"]) == 0
    assert "no_likelihood" in capsys.readouterr().out


def test_graded_tasks_stand_beside_those_with_counts(base: Path) -> None:
    cells = pl.read_parquet(next((base / "cells").iterdir()))
    graded = cells.filter(pl.col("task_id") == "add/0").select(
        "model", "task_family", pl.lit("add/graded").alias("task_id"), "metric", pl.lit(0.37).alias("value"),
        pl.lit(0.011).alias("stderr"),
    )  # fmt: skip
    graded.write_csv(base.parent / "graded.csv")
    import_runs("table", base.parent / "graded.csv", base)
    made = predict(base, "m5")
    assert {row["task_id"]: row["status"] for row in tasks(made)}["add/0"] == "ok"
    assert "add/graded" in {row["task_id"] for row in tasks(made)}


def test_a_rung_without_a_place_is_refused_with_the_axes_that_would_do(cells: Cells, tmp_path: Path) -> None:
    models = [*sized(5, n_tokens=1e10), Model("m5", {"lineage": "demo", "n_params": SIZES[5]})]
    study = make(tmp_path, of(cells, *(f"m{i}" for i in range(5))), models, "flops")
    with pytest.raises(BadLadder, match=r"'m5' has no 'flops'.*there are: n_params\)"):
        predict(study, "m5")


def test_the_frame_comes_back_from_the_document(base: Path) -> None:
    made = predict(base, "m5")
    extra = {"cutoff": "m4", "horizon": 1, "metric": "acc"}
    back = forecast_frame(made.document() | extra)
    assert back.select(made.table.columns).equals(made.table)
    assert back.filter(pl.col("level") == "aggregate").height == 1
    assert back.select(QUANTILE_COLUMNS).null_count().sum_horizontal().item() == 0


@pytest.mark.parametrize("kind", ["toml", "csv"])
def test_covariates_are_read_from_a_ladder_file_or_a_table(base: Path, kind: str, tmp_path: Path) -> None:
    planned = [Model(f"plan{i}", {"lineage": "demo", "n_params": SIZES[5 + i]}) for i in range(2)]
    file = tmp_path / f"planned.{kind}"
    rows = "".join(f"{m.name},demo,{m.said['n_params']}\n" for m in planned)
    file.write_text(ladder_text(planned) if kind == "toml" else "model,lineage,n_params\n" + rows)
    made = predict_covariates(base, file)
    assert [one.target for one in made.predictions] == ["plan0", "plan1"]
    (first, second) = made.document()["models"]
    assert {"target", "label", "tasks", "families", "aggregate"} <= set(first)
    assert first["label"] == "forecast"
    # The same place on the axis gives the same forecast, whatever the name; larger models do better.
    same = predict(base, "m5").document()
    assert first["tasks"] == same["tasks"]
    assert second["aggregate"]["mean"] > first["aggregate"]["mean"]
    assert "plan0" not in Study(base).ladder()


def test_covariates_without_a_lineage_continue_the_only_one(base: Path) -> None:
    (made,) = predict_covariates(base, [Rung("new", n_params=SIZES[5])]).predictions
    assert made.document()["tasks"] == predict(base, "m5").document()["tasks"]


def test_losses_on_single_tasks_are_said_to_be_unused(base: Path) -> None:
    rung = Rung("new", n_params=SIZES[5], task_loss=(("t", 1.0),))
    assert any("not used by the law" in note for note in predict_covariates(base, [rung]).warnings)


def test_covariates_of_a_lineage_that_is_not_there_are_refused(base: Path) -> None:
    with pytest.raises(BadInput, match="model 'new' is of lineage 'second', of which the study has no rungs"):
        predict_covariates(base, [Rung("new", "second", n_params=SIZES[5])])


def test_covariates_need_the_axis(base: Path) -> None:
    with pytest.raises(BadLadder, match="model 'new' has no 'n_params'"):
        predict_covariates(base, [Rung("new", "demo", n_tokens=1e9)])


def test_rows_of_attempts_and_of_cells_give_the_same_forecast(
    base: Path, cells: Cells, tmp_path: Path
) -> None:
    known = of(cells, *(f"m{i}" for i in range(5)))
    rows = [
        f"{m},{family},{task},acc,{i},{int(i < k)}"
        for (m, family, task), (k, n) in known.items()
        for i in range(n)
    ]
    (tmp_path / "runs.csv").write_text(
        "model,task_family,task_id,metric,instance_id,score\n" + "\n".join(rows) + "\n"
    )
    (tmp_path / "ladder.toml").write_text(ladder_text(sized(6)))
    import_runs("table", tmp_path / "runs.csv", tmp_path / "attempts", ladder=tmp_path / "ladder.toml")
    assert predict(tmp_path / "attempts", "m5").table.equals(predict(base, "m5").table)
    assert table_text(known).count("\n") == 36
