"""Importers against the real files and against the cells of the recipe (skipped without them)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasklaws.run.imports import read_results
from tasklaws.spec.ladder_file import make_ladder
from tasklaws.study.attempts import cells_of, pooled

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.spec.importer import Imported

ROUNDED = 1e-9
"""The folds' rates have ten decimals."""

PYTHIA = {"70M": "70m", "160M": "160m", "410M": "410m", "1000M": "1b", "1400M": "1.4b"}


@pytest.fixture(scope="module")
def folds(shared_data: Path) -> pl.DataFrame:
    """Return the folds' cells with our model names and elicitations."""
    table = pl.read_csv(shared_data / "folds" / "cells.csv.gz", infer_schema_length=None)
    deduped = pl.when(pl.col("lineage").str.contains("-ded-")).then(pl.lit("-deduped")).otherwise(pl.lit(""))
    pythia = pl.concat_str(pl.lit("pythia-"), pl.col("rung").replace(PYTHIA), deduped)
    return table.with_columns(
        pl.when(pl.col("set") == "pythia").then(pythia).otherwise("rung").alias("model"),
        pl.col("lineage").str.extract("(five-shot|zero-shot)").fill_null("any").alias("elicitation"),
    )


def beside(folds: pl.DataFrame, name: str, cells: pl.DataFrame) -> pl.DataFrame:
    """Return the folds' cells of one set with ours beside them, as `ours` and `our_n`."""
    theirs = folds.filter(pl.col("set") == name)
    if name != "pythia":
        cells = cells.with_columns(pl.lit("any").alias("elicitation"))
    ours = cells.select(
        "model",
        "task_id",
        "elicitation",
        (pl.col("k") / pl.col("n")).alias("ours"),
        pl.col("n").alias("our_n"),
    )
    joined = theirs.join(ours, on=["model", "task_id", "elicitation"], how="left")
    assert joined.height == theirs.height
    assert joined["ours"].null_count() == 0
    assert (joined["ours"] - joined["rate"]).abs().max() < ROUNDED
    return joined


def other_n(joined: pl.DataFrame) -> set[tuple[str, int, int]]:
    """Return (task, their n, our n) where the two differ."""
    return set(joined.filter(pl.col("n") != pl.col("our_n")).select("task_id", "n", "our_n").iter_rows())


def same_covariates(joined: pl.DataFrame, imported: Imported, *names: str) -> None:
    ladder = make_ladder(imported.rungs).table()
    both = joined.select("model", *names).unique().join(ladder, on="model", suffix="_ours")
    assert both.height == joined["model"].n_unique()
    for name in names:
        # The folds state parameters and tokens in three to six digits.
        assert ((both[name].cast(pl.Float64) / both[f"{name}_ours"]) - 1).abs().max() < 2e-3


def same_floors(joined: pl.DataFrame, imported: Imported) -> None:
    assert imported.tasks is not None
    floors = imported.tasks.select("task_id", pl.col("floor").alias("ours")).unique()
    both = joined.select("task_id", "floor").unique().join(floors, on="task_id")
    assert both.height == joined["task_id"].n_unique()
    assert (both["floor"] - both["ours"]).abs().max() < 1e-5


def test_metr(shared_data: Path, folds: pl.DataFrame) -> None:
    paths = [shared_data / "metr" / "runs_2025-01.jsonl.gz", shared_data / "metr" / "release_dates.yaml"]
    imported = read_results("metr", paths)
    assert imported.runs is not None
    assert imported.human is not None
    # Ground truth 1 of the peers' review: 7,063 runs, 83 tasks, 36 families, 10 agents and 211 humans.
    assert imported.rows == 7063
    assert imported.human.height == 211
    assert imported.runs.height == 2 * (7063 - 211)
    assert imported.runs["model"].n_unique() == 10
    assert imported.runs["task_id"].n_unique() == 83
    assert imported.runs["task_family"].n_unique() == 36
    binary = imported.runs.filter(pl.col("metric") == "score_binarized")
    limited = binary.filter(pl.col("outcome") == "limit")
    assert limited.height == 1912
    assert (limited["score"] == 0).sum() == 1861
    cells = pooled(cells_of(binary))
    assert cells["n_limit"].sum() == 1912
    joined = beside(folds, "metr", cells)
    assert other_n(joined) == set()
    same_floors(joined, imported)
    released = {rung.model: rung.released for rung in imported.rungs}
    assert released["davinci-002"] == date(2020, 5, 28)
    assert released["o1"] == date(2024, 12, 5)
    assert len(released) == 10
    assert imported.tasks is not None
    assert imported.tasks["human_minutes"].null_count() == 0


def test_olmo_ladder(shared_data: Path, folds: pl.DataFrame) -> None:
    imported = read_results("olmo_ladder", shared_data / "olmo_ladder")
    assert imported.cells is not None
    joined = beside(folds, "olmo", imported.cells)
    # The folds took 3153 and 3107; no accuracy in the files is a multiple of those, all are of these.
    assert other_n(joined) == {
        ("mmlu_stem_test_rc_5shot", 3153, 3018),
        ("mmlu_other_test_rc_5shot", 3107, 3242),
    }
    same_covariates(joined, imported, "n_params", "n_tokens", "loss_nats")
    same_floors(joined, imported)
    assert len(imported.rungs) == 24


def test_olmo_accuracies_are_multiples_of_one_over_n(shared_data: Path) -> None:
    imported = read_results("olmo_ladder", shared_data / "olmo_ladder" / "190M-1xC.csv", steps="all")
    assert imported.cells is not None
    off = (imported.cells["k"] - imported.cells["k"].round()).abs() / imported.cells["n"]
    assert off.max() < 1e-6
    assert imported.cells["task_id"].n_unique() == 20


def test_gadre(shared_data: Path, folds: pl.DataFrame) -> None:
    imported = read_results("gadre", shared_data / "gadre")
    assert imported.cells is not None
    joined = beside(folds, "gadre", imported.cells)
    # The folds cap n at 15,000 and keep the metadata's wrong count of ARC-Challenge.
    assert other_n(joined) == {
        ("arc_challenge", 2376, 1172),
        ("bigbench_qa_wikidata", 15000, 20321),
        ("bigbench_elementary_math_qa", 15000, 38160),
        ("bbq", 15000, 58492),
    }
    same_covariates(joined, imported, "n_params", "n_tokens", "loss_nats")
    same_floors(joined, imported)
    assert len(imported.rungs) == 95


def test_pythia_long(shared_data: Path, folds: pl.DataFrame) -> None:
    imported = read_results("pythia_long", shared_data / "pythia" / "evals_long.csv.gz")
    assert imported.cells is not None
    accuracies = imported.cells.filter(pl.col("metric") == "acc")
    joined = beside(folds, "pythia", accuracies)
    assert other_n(joined) == set()
    same_covariates(joined, imported, "n_params", "n_tokens")
    same_floors(joined, imported)


def test_pythia_all_steps(shared_data: Path) -> None:
    imported = read_results("pythia_long", shared_data / "pythia" / "evals_long.csv.gz", steps="all")
    ladder = make_ladder(imported.rungs, imported.axis)
    assert ladder["pythia-70m@143000"].n_tokens == 143_000 * 2_097_152
    # Its batches are an eighth, so that eight times the steps see the same tokens.
    assert ladder["pythia-70m-0.25MtokBS@1144000"].n_tokens == 143_000 * 2_097_152
    assert ladder["pythia-70m@0"].n_tokens is None


MAPS = {
    "folds": (["folds/cells.csv.gz"], 11930, 11930, 173),
    "obsscaling_base": (["obsscaling/base_llm_benchmark_eval.csv"], 1144, 1144, 148),
    "obsscaling_instruct": (["obsscaling/instruct_llm_benchmark_eval.csv"], 180, 180, 27),
    "obsscaling_emergent": (["obsscaling/base_llm_emergent_capability_eval.csv"], 548, 548, 0),
    "epoch_items": (["epoch_items/items.csv.gz"], 21384, 97 * 198, 0),
}


@pytest.mark.parametrize("name", MAPS)
def test_example_maps(shared_data: Path, root: Path, name: str) -> None:
    paths, rows, cells, rungs = MAPS[name]
    column_map = root / "examples" / "maps" / f"{name}.toml"
    imported = read_results("table", [shared_data / path for path in paths], column_map)
    assert imported.cells is not None
    assert (imported.rows, imported.cells.height, len(imported.rungs)) == (rows, cells, rungs)
    assert imported.quarantined == ()


def test_every_example_map_is_tested(root: Path) -> None:
    assert {path.stem for path in (root / "examples" / "maps").glob("*.toml")} == set(MAPS)


def test_the_folds_come_in_as_they_are(shared_data: Path, root: Path) -> None:
    imported = read_results(
        "table", shared_data / "folds" / "cells.csv.gz", root / "examples" / "maps" / "folds.toml"
    )
    theirs = pl.read_csv(shared_data / "folds" / "cells.csv.gz", infer_schema_length=None)
    assert imported.cells is not None
    assert (imported.cells["k"] / imported.cells["n"] - theirs["rate"]).abs().max() < ROUNDED
    assert imported.cells["n"].to_list() == theirs["n"].to_list()
    ladder = make_ladder(imported.rungs)
    # Years are counted from 2024-01-01: GPT-4 0613 came out on 2023-06-13.
    assert ladder["gpqa-record/gpt-4-0613"].released == date(2023, 6, 13)
    assert ladder.is_release_ladder("gpqa-record")
    assert ladder.axis_of("olmo") == "flops"


def test_epochs_of_an_item_are_found_from_its_scores(
    shared_data: Path, root: Path, folds: pl.DataFrame
) -> None:
    imported = read_results(
        "table", shared_data / "epoch_items" / "items.csv.gz", root / "examples" / "maps" / "epoch_items.toml"
    )
    assert imported.cells is not None
    short = imported.cells.with_columns(pl.col("model").str.split("/").list.last())
    theirs = folds.filter((pl.col("set") == "gpqa") & (pl.col("lineage") != "gpqa-openai"))
    joined = theirs.join(short, on=["model", "task_id"], suffix="_ours")
    assert joined.height == theirs.height
    # The folds round every score to eighths and take n = 8; most runs have 16 epochs, a few one.
    whole = joined.filter(pl.col("n_ours") == 16)
    assert whole["model"].n_unique() >= 10
    assert (whole["k"] - whole["k"].round()).abs().max() < 1e-9
    assert (whole["k"] / 16 - whole["rate"]).abs().max() <= 1 / 16
