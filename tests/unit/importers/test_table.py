from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.run.imports import read_results

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.spec.importer import Imported


def read(folder: Path, text: str, column_map: str | None = None, name: str = "x.csv") -> Imported:
    (folder / name).write_text(text)
    if column_map is not None:
        (folder / "map.toml").write_text(column_map)
    return read_results("table", folder / name, folder / "map.toml" if column_map is not None else None)


def cells(imported: Imported, *columns: str) -> list[tuple[Any, ...]]:
    assert imported.cells is not None
    return imported.cells.select(*columns).rows()


def test_attempts_without_ids_are_numbered_in_their_order(tmp_path: Path) -> None:
    imported = read(tmp_path, "model,task_family,task_id,score\na,f,t,1\na,f,t,0\nb,f,t,1\na,f,t,1\n")
    assert imported.runs is not None
    assert imported.runs.select("model", "epoch", "score").rows() == [
        ("a", 0, 1.0),
        ("a", 1, 0.0),
        ("b", 0, 1.0),
        ("a", 2, 1.0),
    ]


def test_cells_of_counts(tmp_path: Path) -> None:
    imported = read(tmp_path, "model,task_family,task_id,metric,k,n\na,f,t,acc,3,10\n")
    assert cells(imported, "k", "n", "harness_id", "elicitation") == [(3.0, 10, "default", "default")]


def test_cells_of_values_with_n(tmp_path: Path) -> None:
    assert cells(
        read(tmp_path, "model,task_family,task_id,metric,value,n\na,f,t,acc,0.3,10\n"), "k", "n"
    ) == [(3.0, 10)]


def test_cells_of_values_with_a_standard_error(tmp_path: Path) -> None:
    # n = p (1 - p) / se^2 + 1 = 0.25 / 0.0025 + 1 = 101; a value of 1 takes n from its task.
    text = "model,task_family,task_id,metric,mean,se\na,f,t,acc,0.5,0.05\nb,f,t,acc,1,0\n"
    assert cells(read(tmp_path, text), "k", "n") == [(50.5, 101), (101.0, 101)]


def test_a_standard_error_of_zero_alone_gives_no_n(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="row 2: n of task 't' is not known"):
        read(tmp_path, "model,task_family,task_id,metric,value,stderr\nb,f,t,acc,1,0\n")


def test_a_value_needs_its_n(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="column 'n' is missing"):
        read(tmp_path, "model,task_family,task_id,metric,value\nb,f,t,acc,1\n")


def test_wide_tables_are_read_through_a_map(tmp_path: Path) -> None:
    column_map = """
scale = 0.01
[columns]
model = "Model"
[constants]
task_family = "bench"
metric = "accuracy"
[wide]
values = ["A", "B"]
[n]
A = 100
B = 50
[floor]
A = 0.25
[ladder]
lineage = "Family"
n_params = { column = "Size (B)", scale = 1e9 }
released = { column = "years", since = 2024-01-01 }
"""
    imported = read(
        tmp_path, "Model,Family,Size (B),years,A,B\nm,fam,7,0.5,40,\nn,fam,13,1,50,20\n", column_map
    )
    assert cells(imported, "model", "task_id", "k", "n") == [
        ("m", "A", 40.0, 100),
        ("n", "A", 50.0, 100),
        ("n", "B", 10.0, 50),
    ]
    assert [(r.model, r.lineage, r.n_params, r.released) for r in imported.rungs] == [
        ("m", "fam", 7e9, date(2024, 7, 2)),
        ("n", "fam", 13e9, date(2024, 12, 31)),
    ]
    assert imported.tasks is not None
    assert imported.tasks.sort("task_id").select("task_id", "floor").rows() == [("A", 0.25), ("B", None)]


def test_columns_can_be_joined_and_rows_chosen(tmp_path: Path) -> None:
    column_map = '[where]\nset = "x"\n[columns]\nmodel = ["line", "size"]\n'
    text = "set,line,size,task_family,task_id,metric,k,n\nx,p,7B,f,t,acc,1,2\ny,p,7B,f,t,acc,2,2\n"
    assert cells(read(tmp_path, text, column_map), "model", "k") == [("p/7B", 1.0)]


def test_rows_of_one_cell_are_added_together(tmp_path: Path) -> None:
    column_map = 'pool = true\n[infer_n]\nby = ["run"]\nup_to = 16\n'
    text = "model,run,task_family,task_id,metric,value\na,1,f,t,acc,0.25\na,1,f,u,acc,0.5\na,2,f,t,acc,1\n"
    imported = read(tmp_path, text, column_map)
    assert imported.rows == 3
    assert cells(imported, "task_id", "k", "n") == [("t", 2.0, 5), ("u", 2.0, 4)]


def test_values_that_no_count_makes_whole_have_no_n(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="n of task 't' is not known"):
        read(
            tmp_path,
            "model,task_family,task_id,metric,value\na,f,t,acc,0.1234567\n",
            "[infer_n]\nup_to = 16\n",
        )


def test_json_lines_and_parquet_are_the_same_table(tmp_path: Path) -> None:
    rows = [
        {"model": "a", "task_family": "f", "task_id": "t", "score": True},
        {"model": "a", "task_family": "f", "task_id": "t", "score": 0.5},
    ]
    lines = read(
        tmp_path,
        '{"model":"a","task_family":"f","task_id":"t","score":true}\n{"model":"a","task_family":"f","task_id":"t","score":0.5}\n',
        name="x.jsonl",
    )
    pl.DataFrame([row | {"score": float(row["score"])} for row in rows]).write_parquet(tmp_path / "x.parquet")
    columnar = read_results("table", tmp_path / "x.parquet")
    assert lines.runs is not None
    assert columnar.runs is not None
    assert lines.runs.equals(columnar.runs)


def test_unknown_columns_stay_beside_the_rows(tmp_path: Path) -> None:
    imported = read(tmp_path, "model,task_family,task_id,score,mood\na,f,t,1,good\n")
    assert imported.runs is not None
    assert imported.runs["mood"].to_list() == ["good"]


@pytest.mark.parametrize(
    ("column_map", "says"),
    [
        ("[columns]\nmodell = 'm'", "has 'modell' on the left"),
        ("[wide]\nvalues = []", "wide.values"),
        ("[wide]\nvalue = ['a']", "wide.value"),
        ("[scores]\nC = 'yes'", "scores.C"),
        ("[direction]\nppl = 'down'", "direction.ppl"),
        ("[ladder]\nnparams = 'N'", "has 'nparams' on the left"),
        ("[infer_n]\nup_to = 0", "infer_n.up_to"),
        ("[columns", "TOML"),
    ],
)
def test_a_bad_map_is_refused(tmp_path: Path, column_map: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        read(tmp_path, "model,task_family,task_id,score\na,f,t,1\n", column_map)


def test_a_folder_of_tables_is_read_as_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"model,task_family,task_id,score\n{name},f,t,1\n")
    imported = read_results("table", tmp_path)
    assert imported.runs is not None
    assert imported.runs["model"].to_list() == ["a", "b"]


def test_directions_stand_with_the_task(tmp_path: Path) -> None:
    imported = read(
        tmp_path,
        "model,task_family,task_id,metric,score\na,f,t,brier,0.2\n",
        '[direction]\nbrier = "lower"\n',
    )
    assert imported.tasks is not None
    assert imported.tasks["direction"].to_list() == ["lower"]
