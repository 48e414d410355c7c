"""Real results in and out of other programs' formats (skipped where ../shared/data is absent)."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tasklaws.assess.horizons import horizon
from tasklaws.run.exports import export
from tasklaws.run.imports import import_runs, read_results
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def metr(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a study of METR's runs, and one of what was exported of it."""
    folder = tmp_path_factory.mktemp("metr")
    dates = shared_data / "metr" / "release_dates.yaml"
    import_runs("metr", [shared_data / "metr" / "runs_2025-01.jsonl.gz", dates], folder / "study")
    exported = export(folder / "study", "metr", folder / "runs.jsonl")
    assert exported.rows == 7063
    assert exported.warnings == ()
    import_runs("metr", [folder / "runs.jsonl", dates], folder / "back")
    return folder / "study", folder / "back"


def test_metrs_runs_come_back_as_they_were(metr: tuple[Path, Path]) -> None:
    one, two = map(Study, metr)
    assert_frame_equal(two.runs(), one.runs(), check_exact=True)
    assert_frame_equal(two.human(), one.human(), check_exact=True)
    assert_frame_equal(two.tasks(), one.tasks(), check_exact=True)
    assert one.data_hash() == two.data_hash()


def test_metrs_time_horizons_are_the_same_after_an_export(metr: tuple[Path, Path]) -> None:
    one, two = (horizon(path, success=(50, 80), draws=20, seed=1).document() for path in metr)
    assert one == two
    assert len(one["rows"]) >= 2 * 9


def test_metrs_weights_are_those_that_would_be_computed(metr: tuple[Path, Path], tmp_path: Path) -> None:
    study = shutil.copytree(metr[0], tmp_path / "study")
    # Without half of one agent's runs its weights no longer sum to 1 and are computed anew.
    export(study, "metr", tmp_path / "part.jsonl", harness="time_limit=36000s")
    part = pl.read_ndjson(tmp_path / "part.jsonl", infer_schema_length=None)
    sums = part.group_by("alias").agg(pl.col("equal_task_weight", "invsqrt_task_weight").sum())
    assert (sums["equal_task_weight"] - 1).abs().max() < 1e-5
    assert (sums["invsqrt_task_weight"] - 1).abs().max() < 1e-5


def test_raw_results_of_pythia_give_the_cells_of_the_long_table(shared_data: Path) -> None:
    raw = read_results("lm_eval", shared_data / "lm_eval")
    assert raw.cells is not None
    long = pl.read_csv(shared_data / "pythia" / "evals_long.csv.gz", infer_schema_length=None)
    assert raw.rows == 4 * 194
    last = raw.cells.with_columns((pl.col("k") / pl.col("n")).alias("value"))
    seen = long.filter(
        (pl.col("suite") == "pythia-v0")
        & (pl.col("shots") == "zero-shot")
        & pl.col("metric").is_in(["acc", "acc_norm"])
        & pl.col("step").is_in([71500, 143000])
    ).select("model", "metric", pl.col("task").alias("task_id"), pl.col("value").alias("theirs"))
    both = last.join(seen.unique(), on=["model", "task_id", "metric"])
    assert both.height == raw.rows
    assert (both["value"] - both["theirs"]).abs().max() < 1e-12
    sizes = dict(raw.cells.select("task_id", "n").unique().iter_rows())
    known = {
        "arc_easy": 2376,
        "arc_challenge": 1172,
        "piqa": 1838,
        "winogrande": 1267,
        "sciq": 1000,
        "wsc": 104,
    }
    assert {task: sizes[task] for task in known} == known
    assert raw.cells.group_by("task_id").agg(pl.col("n").n_unique())["n"].max() == 1


def test_raw_results_make_a_study(shared_data: Path, tmp_path: Path) -> None:
    result = import_runs("lm_eval", shared_data / "lm_eval", tmp_path / "study")
    assert result.rows == 4 * 194
    assert {one.reason.split(":")[0] for one in result.quarantined} == {
        "lambada_openai, ppl",
        *(f"wikitext, {name}" for name in ("word_perplexity", "byte_perplexity", "bits_per_byte")),
    }
    assert set(Study(tmp_path / "study").cells()["model"]) == {
        f"pythia-{size}" for size in ("70m", "160m", "410m", "1.4b")
    }
