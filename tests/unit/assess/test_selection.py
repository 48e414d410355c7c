from __future__ import annotations

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
)

from tasklaws.assess.selection import before, pose, refuse_without_counts, select
from tasklaws.core.errors import NoAnswer, UnknownName
from tasklaws.spec.ladder import Rung

if TYPE_CHECKING:
    from pathlib import Path


def names(rungs: list[Rung]) -> list[str]:
    return [rung.model for rung in rungs]


def test_before_never_holds_the_target_nor_larger_sizes(base: Path, cells: Cells, tmp_path: Path) -> None:
    take_in(tmp_path, of(cells, "m5"), base)
    selection = select(base)
    for i in range(6):
        assert names(before(selection, selection.ladder[f"m{i}"])) == [f"m{j}" for j in range(i)]


def test_before_holds_other_seeds_of_the_size_but_not_of_the_next(tmp_path: Path) -> None:
    models = [
        Model(f"m{i}s{seed}", {"lineage": "demo", "n_params": SIZES[i], "seed": seed})
        for i in range(4)
        for seed in range(2)
    ]
    selection = select(make(tmp_path, planted(models), models))
    assert sorted(names(before(selection, selection.ladder["m2s0"]))) == [
        "m0s0",
        "m0s1",
        "m1s0",
        "m1s1",
        "m2s1",
    ]


def test_before_goes_by_size_where_budgets_of_sizes_overlap(tmp_path: Path) -> None:
    models = [
        Model(f"m{i}x{r}", {"lineage": "demo", "n_params": SIZES[i], "n_tokens": 20 * r * SIZES[i]})
        for i in range(4)
        for r in (1, 30)
    ]
    selection = select(make(tmp_path, planted(models), models, "flops"))
    flops = {rung.model: rung.flops or 0 for rung in selection.ladder}
    assert flops["m1x30"] > flops["m2x1"]
    assert sorted(names(before(selection, selection.ladder["m2x1"]))) == [
        "m0x1",
        "m0x30",
        "m1x1",
        "m1x30",
        "m2x30",
    ]
    assert "m2x1" not in names(before(selection, selection.ladder["m1x30"]))


def test_pose_takes_counts_and_attempts_from_the_cells(base: Path, cells: Cells, tmp_path: Path) -> None:
    take_in(tmp_path, {("m5", "add", "add/1"): (7.0, 20)}, base)
    selection = select(base)
    target = selection.ladder["m5"]
    problem = pose(selection, "demo", before(selection, target), [target])
    assert problem.ladder.task_ids == tuple(sorted({task for _, _, task in cells}))
    assert problem.ladder.rungs == ("m0", "m1", "m2", "m3", "m4")
    for t, (task, family) in enumerate(zip(problem.ladder.task_ids, problem.ladder.families, strict=True)):
        assert problem.ladder.k[t].tolist() == [cells[f"m{i}", family, task][0] for i in range(5)]
    # What the target has tried is its own; else as many as the last rung.
    assert problem.target.n[0].tolist() == [60, 20, 60, 60, 60, 60, 60]
    assert problem.n[0].tolist() == [0, 20, 0, 0, 0, 0, 0]
    assert problem.k[0].tolist() == [0, 7, 0, 0, 0, 0, 0]
    assert (problem.cutoff, problem.horizon, problem.information) == ("m4", 1, "forecast")


def test_horizon_counts_sizes_beyond_the_largest_seen(tmp_path: Path) -> None:
    models = sized(7)
    selection = select(make(tmp_path, of(planted(models), "m0", "m1", "m2", "m3"), models))
    known = list(selection.evaluated("demo"))
    for model, horizon in (("m4", 1), ("m6", 3), ("m2", 0)):
        assert pose(selection, "demo", known, [selection.ladder[model]]).horizon == horizon
    unlisted = Rung("new", "demo", n_params=10 ** ((np.log10(SIZES[5]) + np.log10(SIZES[6])) / 2))
    assert pose(selection, "demo", known, [unlisted]).horizon == 3


def test_pose_needs_three_rungs_of_two_sizes(tmp_path: Path) -> None:
    models = [Model(f"s{i}", {"lineage": "demo", "n_params": 1e7, "seed": i}) for i in range(3)]
    selection = select(make(tmp_path, planted(models), [*models, *sized(1, prefix="next")]))
    with pytest.raises(NoAnswer, match=r"ladder-too-short.*3 rungs of 1 sizes"):
        pose(selection, "demo", list(selection.evaluated("demo")), [])


def test_tasks_that_no_training_rung_tried_are_not_posed(base: Path, tmp_path: Path) -> None:
    take_in(tmp_path, {("m5", "new", "new/0"): (5.0, 10)}, base)
    selection = select(base)
    target = selection.ladder["m5"]
    assert "new/0" not in pose(selection, "demo", before(selection, target), [target]).ladder.task_ids


def test_graded_scores_are_noted_and_not_posed(tmp_path: Path) -> None:
    models = sized(4)
    selection = select(make_graded(tmp_path, models))
    assert selection.notes == ("1 tasks have graded scores, which have no likelihood: no forecast",)
    problem = pose(selection, "demo", list(selection.evaluated("demo")), [selection.ladder["m3"]])
    assert problem.ladder.task_ids == ()
    with pytest.raises(NoAnswer, match="no-likelihood: no task of lineage 'demo'"):
        refuse_without_counts(problem)


def test_what_later_models_do_does_not_decide_which_tasks_have_counts(base: Path, cells: Cells) -> None:
    selection = select(base)
    later = pl.when(pl.col("model") == "m4").then(None).otherwise("k")
    graded = type(selection)(
        selection.ladder,
        selection.cells.with_columns(later.alias("k")),
        selection.tasks,
        selection.identical_items,
        selection.lineages,
    )
    known = list(selection.evaluated("demo"))[:3]
    assert len(pose(graded, "demo", known, [selection.ladder["m3"]]).ladder.task_ids) == 7
    assert (
        pose(graded, "demo", [*known, selection.ladder["m4"]], [selection.ladder["m3"]]).ladder.task_ids == ()
    )


def test_models_off_the_ladder_are_noted_and_left_out(tmp_path: Path) -> None:
    models = sized(5)
    study = make(tmp_path, planted(models), models[:4])
    selection = select(study)
    assert selection.notes == ("1 models are on no rung of ladder.toml and left out: m4",)
    assert "m4" not in selection.cells["model"].to_list()


@pytest.mark.parametrize("axis", ["pc1", "loss_nats"])
def test_an_axis_that_no_rung_has_is_replaced_with_a_note(base: Path, axis: str) -> None:
    (base / "study.toml").write_text(f'axis = "{axis}"\n')
    selection = select(base)
    assert selection.notes == (f"no rung of lineage 'demo' has {axis}: n_params is its axis",)
    problem = pose(selection, "demo", list(selection.evaluated("demo")), [selection.ladder["m5"]])
    assert (problem.axis, problem.information) == ("n_params", "forecast")


def test_no_model_on_the_ladder_is_no_answer(tmp_path: Path) -> None:
    study = make(tmp_path, planted(sized(4)), sized(2, prefix="other"))
    with pytest.raises(NoAnswer, match="ladder-too-short: 4 models have results and none"):
        select(study)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ('lineage = "dmo"', "no lineage called 'dmo'. Did you mean 'demo'?"),
        ('metric = "accuracy"', "no metric called 'accuracy'"),
        ('elicitation = "cot"', "no elicitation called 'cot'"),
        ('harness = "h2"', "no harness called 'h2'"),
    ],
)
def test_names_of_study_toml_that_are_not_there_are_refused(base: Path, said: str, text: str) -> None:
    (base / "study.toml").write_text(said + "\n")
    with pytest.raises(UnknownName, match=text):
        select(base)


@pytest.mark.parametrize(
    ("records", "said", "identical"),
    [
        ([True, True, True], "seed = 0\n", True),
        ([True, False, True], "seed = 0\n", False),
        ([True, None, True], "seed = 0\n", False),
        ([None, None, None], "[items]\nidentical = true\n", True),
        ([True, True, True], "[items]\nidentical = false\n", False),
    ],
)
def test_items_are_identical_where_all_records_or_the_study_say_so(
    tmp_path: Path, records: list[bool | None], said: str, *, identical: bool
) -> None:
    study = make(tmp_path, constant(sized(4), [0.1, 0.2, 0.3, 0.4]), sized(4))
    tasks = pl.read_parquet(study / "tasks.parquet")
    tasks.with_columns(pl.Series("identical_items", records)).write_parquet(study / "tasks.parquet")
    (study / "study.toml").write_text(said)
    assert select(study).identical_items is identical


def test_lineages_are_posed_apart(tmp_path: Path) -> None:
    models = [*sized(4), *sized(4, prefix="other", lineage="second")]
    selection = select(make(tmp_path, planted(models), models))
    assert selection.lineages == ("demo", "second")
    problem = pose(
        selection, "second", before(selection, selection.ladder["other3"]), [selection.ladder["other3"]]
    )
    assert problem.ladder.rungs == ("other0", "other1", "other2")
