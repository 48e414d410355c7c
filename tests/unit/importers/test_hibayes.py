"""Counts of HiBayES become cells, its samples attempts; what was exported for it comes back as it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tasklaws.core.errors import BadInput
from tasklaws.core.tables import CELLS
from tasklaws.run.exports import export
from tasklaws.run.imports import import_runs, read_results
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (
    "plain",
    "=1+1",
    "+a",
    "-b",
    "@cf/meta/llama",
    "\tt",
    "'=quoted",
    "''-twice",
    "'harmless",
    'with "quotes", comma',
    "\rcr",
    "two\nlines",
    "a\rb",
)


def cell(model: str, k: float | None, n: int, **more: Any) -> dict[str, Any]:
    told = {
        "task_family": "add",
        "task_id": "add/1",
        "metric": "exact",
        "harness_id": "h",
        "elicitation": "greedy",
    }
    return {"model": model, **told, "n": n, "k": k, **more}


def study_of(path: Path, *rows: dict[str, Any]) -> Path:
    frame = pl.DataFrame(list(rows), schema=dict(CELLS.dtypes()))
    frame.write_parquet(path / "cells.parquet")
    import_runs("table", path / "cells.parquet", path / "study")
    return path / "study"


def csv(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_every_count_comes_back_exactly_whatever_the_names(tmp_path: Path, ending: str) -> None:
    rows = [cell(name, 0.1 + i, 10 + i, n_limit=i, n_error=0) for i, name in enumerate(NAMES)]
    rows += [cell("plain", 3.0, 7, elicitation="best_of_n@4"), cell("plain", 1 / 3, 7, harness_id="other")]
    study = study_of(tmp_path, *rows)
    export(study, "hibayes", tmp_path / f"out.{ending}")
    import_runs("hibayes", tmp_path / f"out.{ending}", tmp_path / "back")
    assert_frame_equal(Study(tmp_path / "back").cells(), Study(study).cells(), check_exact=True)


def test_the_table_has_the_columns_that_hibayes_makes_itself(tmp_path: Path) -> None:
    study = study_of(tmp_path, cell("m", 3.0, 10), cell("m", None, 4, metric="sim", sum=2.0, sum_sq=1.5))
    result = export(study, "hibayes", tmp_path / "out.parquet")
    made = pl.read_parquet(tmp_path / "out.parquet")
    assert made.columns[:5] == ["model", "task", "group", "n_correct", "n_total"]
    assert made.select("model", "task", "group", "n_correct", "n_total").rows() == [
        ("m", "add/1", "add", 3, 10)
    ]
    assert made.schema["n_correct"] == pl.Int64
    assert "1 cells of graded scores are not counts and were left out" in result.warnings


def test_the_family_is_the_group_else_the_dataset_else_the_task(tmp_path: Path) -> None:
    body = "m,t,1,2"
    found = [
        read_results(
            "hibayes", csv(tmp_path / f"{i}.csv", f"model,task,n_correct,n_total{head}\n{body}{tail}\n")
        ).cells
        for i, (head, tail) in enumerate([(",dataset,group", ",d,g"), (",dataset", ",d"), ("", "")])
    ]
    assert [one["task_family"][0] for one in found if one is not None] == ["g", "d", "t"]


def test_samples_are_attempts_with_epochs_from_0(tmp_path: Path) -> None:
    rows = [
        {"model": "m", "task": "t", "dataset": "d", "score": score, "epoch": epoch, "output_tokens": 7}
        for epoch, score in ((1, 1.0), (2, 0.0), (3, 0.25))
    ]
    path = csv(tmp_path / "s.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    found = read_results("hibayes", path).runs
    assert found is not None
    assert found.select("task_family", "instance_id", "epoch", "score", "tokens").rows() == [
        ("d", "t", 0, 1.0, 7), ("d", "t", 1, 0.0, 7), ("d", "t", 2, 0.25, 7),
    ]  # fmt: skip


def test_samples_without_epochs_are_told_apart_by_their_order(tmp_path: Path) -> None:
    found = read_results("hibayes", csv(tmp_path / "s.csv", "model,task,score\nm,a,C\nm,b,I\nm,a,0.5\n")).runs
    assert found is not None
    assert found.select("task_id", "epoch", "score").rows() == [("a", 0, 1.0), ("b", 0, 0.0), ("a", 1, 0.5)]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("m,u,3,2", "n_correct is 3.0 of n_total 2.0"),
        ("m,u,-1,2", "n_correct is -1.0 of n_total 2.0"),
        ("m,u,0,0", "n_correct is 0.0 of n_total 0.0"),
        ("m,u,1,2.5", "n_correct is 1.0 of n_total 2.5"),
        ("m,u,,2", "n_correct is None of n_total 2.0"),
        ("m,u,nan,2", "n_correct is nan"),
    ],
)
def test_impossible_counts_are_set_aside(tmp_path: Path, row: str, why: str) -> None:
    path = csv(tmp_path / "c.csv", f"model,task,n_correct,n_total\nm,t,1,2\n{row}\n")
    found = read_results("hibayes", path)
    assert found.rows == 1
    assert [(one.row, one.reason) for one in found.quarantined] == [(3, why)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("task,n_correct,n_total\nt,1,2\n", "'model' is missing"),
        ("model,n_correct,n_total\nm,1,2\n", "'task' is missing"),
        ("model,task,n_total\nm,t,2\n", "neither 'n_correct' and 'n_total' nor 'score'"),
        ("model,task,n_correct,n_total\nm,t,many,2\n", "row 2, column 'n_correct': many"),
        ("model,task,n_correct,n_total\nm,t,1,2\nm,t,2,2\n", "the same key (model=m, task_id=t"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        import_runs("hibayes", csv(tmp_path / "c.csv", text), tmp_path / "study")
    assert says in str(refused.value)
    assert not (tmp_path / "study").exists()
