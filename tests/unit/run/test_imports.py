from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasklaws.core.errors import BadInput, BadTable, UnknownName, VerificationFailed
from tasklaws.core.tables import CELLS, RUNS
from tasklaws.run.imports import import_runs, read_results, remove
from tasklaws.run.scoring import score
from tasklaws.study.folder import Study
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "model,task_family,task_id,instance_id,score\n"
FIRST = HEADER + "a,f,t,1,1\na,f,t,2,0\nb,f,t,1,1\n"
SECOND = HEADER + "b,f,t,1,1\nb,f,t,2,1\nc,f,u,1,0\n"
LADDER = "".join(
    f"[[rung]]\nmodel='{name}'\nn_params={n}\n" for name, n in (("a", "1e9"), ("b", "2e9"), ("next", "4e9"))
)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, text in (("first.csv", FIRST), ("second.csv", SECOND), ("ladder.toml", LADDER)):
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def study(files: Path) -> Path:
    import_runs("table", files / "first.csv", files / "study", ladder=files / "ladder.toml")
    return files / "study"


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_import_makes_the_study_of_the_papers(study: Path) -> None:
    parts = Study(study).live_parts("runs")
    assert sorted(tree(study)) == sorted(["ladder.toml", "log.jsonl", "study.toml", "tasks.parquet", *parts])
    opened = Study(study)
    assert opened.settings.name == "study"
    assert opened.cells().select("model", "task_id", "k", "n").rows() == [
        ("a", "t", 1.0, 2),
        ("b", "t", 1.0, 1),
    ]
    assert opened.cells().columns == list(CELLS.names)
    assert opened.runs().columns[: len(RUNS.names)] == list(RUNS.names)
    assert opened.tasks()["task_id"].to_list() == ["t"]
    next_rung = opened.ladder().next_after(opened.models_seen_in_log())
    assert next_rung is not None
    assert next_rung.model == "next"


def test_result_has_the_documented_keys(files: Path) -> None:
    document = import_runs("table", [files / "first.csv"], files / "new").document()
    assert document["rows"] == 3
    assert document["quarantined"] == []
    assert document["parts"] == [f"runs/{document['import_id']}.parquet"]


def test_the_same_file_again_changes_nothing(study: Path, files: Path) -> None:
    before = tree(study)
    result = import_runs("table", files / "first.csv", study)
    assert (result.rows, result.parts) == (3, ())
    assert any("3 rows of table runs were there already" in warning for warning in result.warnings)
    assert tree(study) == before


def test_overlapping_files_add_what_is_new(study: Path, files: Path) -> None:
    result = import_runs("table", files / "second.csv", study)
    assert any("1 rows of table runs were there already" in warning for warning in result.warnings)
    assert any("1 models have no rung in the ladder, such as c" in warning for warning in result.warnings)
    assert Study(study).cells()["n"].to_list() == [2, 2, 1]


def test_an_import_that_contradicts_is_refused_and_changes_nothing(study: Path, files: Path) -> None:
    (files / "bad.csv").write_text(HEADER + "a,f,t,1,0\nnew,f,t,1,0\n")
    before = tree(study)
    with pytest.raises(BadTable, match="different content: score"):
        import_runs("table", files / "bad.csv", study)
    assert tree(study) == before


def test_a_cell_may_not_be_imported_and_scored(study: Path, files: Path) -> None:
    (files / "cells.csv").write_text("model,task_family,task_id,metric,k,n\na,f,t,score,2,2\n")
    with pytest.raises(BadTable, match="imported and also scored"):
        import_runs("table", files / "cells.csv", study)


def test_a_failure_while_writing_changes_nothing(
    study: Path, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(study)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Log, "append", fail)
    with pytest.raises(KeyboardInterrupt):
        import_runs("table", files / "second.csv", study)
    assert tree(study) == before


def test_data_hash_is_of_the_cells_not_of_the_files(study: Path, files: Path, tmp_path: Path) -> None:
    import_runs("table", files / "second.csv", study)
    rows = sorted({*FIRST.splitlines()[1:], *SECOND.splitlines()[1:]}, reverse=True)
    (files / "all.csv").write_text(HEADER + "\n".join(rows) + "\n")
    import_runs("table", files / "all.csv", tmp_path / "other")
    assert Study(study).data_hash() == Study(tmp_path / "other").data_hash()
    assert Study(study).data_hash() != Study(study.parent / "other").cells().height


def test_remove_undoes_an_import_in_the_open(study: Path, files: Path) -> None:
    before = Study(study).data_hash()
    result = import_runs("table", files / "second.csv", study)
    removed = remove(study, result.import_id[:6])
    assert removed.document() == {"removed": result.import_id, "rows": 3, "parts": list(result.parts)}
    opened = Study(study)
    assert opened.data_hash() == before
    assert not (study / result.parts[0]).exists()
    assert opened.tasks()["task_id"].to_list() == ["t"]
    assert [record.removed for record in opened.imports()] == [False, True]
    assert [entry.kind for entry in opened.log.entries()] == ["import", "import", "remove"]


def test_a_model_once_seen_stays_seen(study: Path, files: Path) -> None:
    import_id = import_runs("table", files / "second.csv", study).import_id
    seen = Study(study).models_seen_in_log()
    assert list(seen) == ["a", "b", "c"]
    remove(study, import_id)
    assert "c" not in Study(study).cells()["model"].to_list()
    import_runs("table", files / "second.csv", study)
    assert Study(study).models_seen_in_log() == seen


def test_removing_everything_leaves_a_study_without_rows(study: Path) -> None:
    (record,) = Study(study).imports()
    remove(study, record.import_id)
    opened = Study(study)
    assert opened.cells().height == opened.runs().height == opened.tasks().height == 0
    assert len(opened.ladder()) == 0


def test_rungs_of_the_import_go_with_it_and_others_stay(files: Path) -> None:
    (files / "map.toml").write_text("[ladder]\nn_params = 'size'\n")
    for name, size in (("one", "1B"), ("two", "2B")):
        (files / f"{name}.csv").write_text(f"model,task_family,task_id,score,size\n{name},f,t,1,{size}\n")
        last = import_runs("table", files / f"{name}.csv", files / "s", column_map=files / "map.toml")
    assert Study(files / "s").ladder().models() == ("one", "two")
    remove(files / "s", last.import_id)
    assert Study(files / "s").ladder().models() == ("one",)


def test_remove_names_the_imports_there_are(study: Path) -> None:
    (record,) = Study(study).imports()
    with pytest.raises(UnknownName, match=record.import_id):
        remove(study, "nonesuch")
    with pytest.raises(UnknownName):
        remove(study, "")


def test_a_replaced_ladder_is_said_to_be_post_hoc(study: Path, files: Path) -> None:
    (files / "other.toml").write_text(LADDER.replace("4e9", "8e9"))
    result = import_runs("table", files / "second.csv", study, ladder=files / "other.toml")
    assert any(warning.startswith("post-hoc") for warning in result.warnings)
    assert Study(study).ladder()["next"].n_params == 8e9


def test_a_new_ladder_alone_is_an_import(study: Path, files: Path) -> None:
    (files / "other.toml").write_text(LADDER.replace("4e9", "8e9"))
    result = import_runs("table", files / "first.csv", study, ladder=files / "other.toml")
    assert result.parts == ()
    assert Study(study).ladder()["next"].n_params == 8e9
    assert len(Study(study).imports()) == 2


def test_an_altered_part_is_found(study: Path) -> None:
    (part,) = Study(study).live_parts("runs")
    content = bytearray((study / part).read_bytes())
    content[len(content) // 2] ^= 1
    (study / part).write_bytes(bytes(content))
    with pytest.raises(VerificationFailed, match="not those that were imported"):
        Study(study).cells()
    (study / part).unlink()
    with pytest.raises(VerificationFailed, match="missing"):
        Study(study).cells()


def test_a_part_that_the_log_does_not_tell_of_is_not_read(study: Path) -> None:
    (part,) = Study(study).live_parts("runs")
    (study / "runs" / "stray.parquet").write_bytes((study / part).read_bytes())
    assert Study(study).runs().height == 3


def test_score_counts_the_cells(study: Path) -> None:
    assert score(study).document() == {"cells": 2}
    assert score(Study(study), metric="score").cells == 2
    with pytest.raises(UnknownName, match="no metric called 'scor'"):
        score(study, metric="scor")


def test_cells_can_be_asked_for_by_harness_and_elicitation(files: Path) -> None:
    (files / "h.csv").write_text(
        "model,task_family,task_id,score,harness_id,elicitation\na,f,t,1,short,e1\na,f,t,0,long,e2\n"
    )
    import_runs("table", files / "h.csv", files / "h")
    assert Study(files / "h").cells(harness="short")["k"].to_list() == [1.0]
    assert Study(files / "h").cells(elicitation="e2")["k"].to_list() == [0.0]
    with pytest.raises(UnknownName, match="no harness called 'shrt'"):
        Study(files / "h").cells(harness="shrt")


def test_target_cells_follow_the_settings(files: Path) -> None:
    (files / "h.csv").write_text("model,task_family,task_id,score,harness_id\na,f,t,1,short\na,f,t,0,long\n")
    import_runs("table", files / "h.csv", files / "h")
    cells, notes = Study(files / "h").target_cells()
    assert cells.select("harness_id", "k", "n").rows() == [("pooled", 1.0, 2)]
    assert notes == ("1 cells add up attempts under different harnesses",)
    (files / "h" / "study.toml").write_text("harness = 'short'\n")
    assert Study(files / "h").target_cells()[0]["n"].to_list() == [1]


def test_a_folder_that_is_no_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a study"):
        Study(tmp_path)


def test_a_file_of_another_format_is_the_users_error(files: Path) -> None:
    (files / "odd.jsonl").write_text(
        '{"run_id":1,"task_id":"t","task_family":"f","alias":["a"],"score_binarized":1}\n'
    )
    with pytest.raises(BadInput, match="metr: a file is not of this format"):
        read_results("metr", files / "odd.jsonl")


def test_read_results_writes_nothing(files: Path) -> None:
    before = tree(files)
    imported = read_results("table", files / "first.csv")
    assert isinstance(imported.runs, pl.DataFrame)
    assert imported.runs.height == 3
    assert tree(files) == before
