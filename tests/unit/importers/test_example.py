from __future__ import annotations

import gzip
from importlib.resources import files
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.run.imports import import_runs, read_results
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path


def test_the_example_ships_and_makes_a_study(tmp_path: Path) -> None:
    result = import_runs("example", [], tmp_path / "study")
    assert result.rows == 61048
    study = Study(tmp_path / "study")
    cells, _ = study.target_cells()
    assert cells["metric"].unique().to_list() == ["exact"]
    assert cells.height == 26 * 59
    assert cells["task_family"].n_unique() == 13
    ladder = study.ladder()
    assert [rung.model for rung in ladder.of("prototype")][:2] == ["d08_s0", "d08_s1"]
    assert ladder.size_of("d64_s0") == ladder.size_of("d64_s1")
    assert len({ladder.size_of(model) for model in ladder.models()}) == 9


def test_every_model_answers_the_same_items() -> None:
    runs = read_results("example", []).runs
    assert runs is not None
    assert runs.group_by("instance_id", "metric").len()["len"].unique().to_list() == [26]


def test_the_shipped_file_is_the_recording_without_its_texts(shared_data: Path) -> None:
    ours = pl.read_csv(
        gzip.decompress((files("tasklaws") / "data" / "ladder_prototype.csv.gz").read_bytes()),
        infer_schema_length=None,
    )
    theirs = pl.read_csv(shared_data / "ladder_prototype" / "runs.csv.gz", infer_schema_length=None)
    assert ours.equals(theirs.drop("prompt", "ref", "completion"))
