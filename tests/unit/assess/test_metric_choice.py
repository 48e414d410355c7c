"""The verb `metrics`: a row for each family, metric and axis; the target stays; nulls say why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.assess.studies import make_graded, sized

from tasklaws.assess.metric_choice import MetricChoice, metrics
from tasklaws.cli.verbs.metrics import _wording
from tasklaws.core.errors import TasklawsError, UnknownName
from tasklaws.run.imports import import_runs
from tasklaws.run.simulation import simulate

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {
    "family", "metric", "axis", "linearity", "binarity", "informative_rungs", "samples_needed",
    "surrogate_for", "sufficient",
}  # fmt: skip


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> MetricChoice:
    folder = tmp_path_factory.mktemp("gate") / "study"
    simulate("gated_tool", folder, rungs=8, runs=17 * 8 * 20)
    return metrics(folder)


def test_metrics_give_a_row_for_each_family_metric_and_axis(gate: MetricChoice) -> None:
    document = json.loads(json.dumps(gate.document(), allow_nan=False))
    rows = document["rows"]
    assert all(row.keys() >= KEYS for row in rows)
    keys = [(row["family"], row["metric"], row["axis"]) for row in rows]
    assert len(set(keys)) == len(keys)
    axes = {axis for _, _, axis in keys}
    assert axes >= {"flops", "n_params", "loss_nats"}
    assert ("sha_of", "reference_nll", "loss_nats") in keys


def test_metrics_keep_the_target_and_offer_the_process(gate: MetricChoice) -> None:
    said = {one["family"]: one for one in gate.families}
    assert {one["target"] for one in said.values()} == {"exact"}
    assert said["sha_of"]["carries"] is False
    assert said["sha_of"]["offered"] == "reference_nll"
    target = [row for row in gate.rows if row["role"] == "target"]
    assert all(row["metric"] == "exact" and row["surrogate_for"] is None for row in target)


def test_metrics_give_a_reason_for_what_is_undefined(gate: MetricChoice) -> None:
    for row in gate.rows:
        for key in ("linearity", "binarity", "samples", "sufficient"):
            value = row["samples_needed" if key == "samples" else key]
            assert (value is None) == (row[f"{key}_reason"] is not None), (key, row)


def test_metrics_in_words(gate: MetricChoice) -> None:
    lines = list(_wording(gate.document()))
    assert lines[0].startswith("family")
    assert any(line.startswith("sha_of: forecast exact through reference_nll") for line in lines)


def test_metrics_of_a_good_family_need_no_other(tmp_path: Path) -> None:
    simulate("spread_skills", tmp_path / "s", rungs=6, runs=40 * 6 * 8)
    found = metrics(tmp_path / "s", families=["coding"])
    assert {row["family"] for row in found.rows} == {"coding"}
    assert found.families[0]["carries"] is True
    assert found.families[0]["text"].startswith("exact carries a law by itself")


def test_metrics_of_cells_alone(tmp_path: Path) -> None:
    ladder = "\n".join(
        f'[[rung]]\nmodel = "m{i}"\nlineage = "l"\nn_params = {10.0 ** (6 + i)}' for i in range(6)
    )
    (tmp_path / "ladder.toml").write_text('axis = "n_params"\n' + ladder)
    rows = [f"m{i},f,t{t},exact,{min(i * 8 + t, 40)},40" for i in range(6) for t in range(3)]
    (tmp_path / "cells.csv").write_text("\n".join(["model,task_family,task_id,metric,k,n", *rows]))
    import_runs("table", tmp_path / "cells.csv", tmp_path / "s", ladder=tmp_path / "ladder.toml")
    found = metrics(tmp_path / "s")
    assert {row["axis"] for row in found.rows} == {"n_params"}
    assert [row["informative_rungs"] for row in found.rows] == [5]


def test_metrics_of_a_graded_target_look_for_no_other(tmp_path: Path) -> None:
    found = metrics(make_graded(tmp_path, sized(5)))
    assert {row["role"] for row in found.rows} == {"target"}
    assert found.rows[0]["linearity"] is not None
    assert found.rows[0]["informative_rungs"] is None
    assert found.families[0]["carries"] is None
    assert "graded" in found.families[0]["text"]


def test_metrics_refuse_what_is_no_study_and_no_family(tmp_path: Path) -> None:
    with pytest.raises(TasklawsError):
        metrics(tmp_path / "nothing")
    simulate("spread_skills", tmp_path / "s", rungs=3, runs=40 * 3)
    with pytest.raises(UnknownName, match="coding"):
        metrics(tmp_path / "s", families=["codin"])
