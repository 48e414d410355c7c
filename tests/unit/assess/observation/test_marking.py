"""What readers agree to be no valid success is marked in the log, and shown by the study's runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasklaws.assess.observation.labels import Label, add, file_of
from tasklaws.assess.observation.marking import apply_labels
from tasklaws.assess.observation.transcripts import Transcript
from tasklaws.core.errors import NoAnswer
from tasklaws.run.imports import import_runs
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

RUNS = "model,task_family,task_id,instance_id,epoch,metric,score\n" + "\n".join(
    f"m,f,f/1,{item},0,{metric},1" for item in "abc" for metric in ("exact", "other")
)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / "runs.csv").write_text(RUNS)
    import_runs("table", tmp_path / "runs.csv", into=tmp_path / "study")
    return Study(tmp_path / "study")


def said(study: Study, reader: str, item: str, label: str = "invalid_success") -> None:
    row = study.runs().filter(pl.col("instance_id") == item).row(0, named=True)
    attempt = Transcript("m", "f", "f/1", item, 0, row["harness_id"], row["elicitation"]).attempt_id
    add(file_of(study.path, reader), Label(attempt, reader, label))


def outcomes(study: Study) -> dict[str, set[str | None]]:
    table = study.runs().group_by("instance_id").agg(pl.col("outcome").unique())
    return {item: set(found) for item, found in table.iter_rows()}


def test_two_readers_mark_an_attempt_under_all_its_metrics(study: Study) -> None:
    before = study.path.joinpath(next(iter(study.live_parts("runs")))).read_bytes()
    for reader in ("ann", "ben"):
        said(study, reader, "a")
    said(study, "ann", "b")
    found = apply_labels(study)
    assert (len(found.marked), found.alone, found.unknown) == (1, 1, 0)
    assert outcomes(study)["a"] == {"invalid_success"}
    assert "invalid_success" not in outcomes(study)["b"] | outcomes(study)["c"]
    assert study.cells(metric="exact")["n_invalid"].to_list() == [1]
    assert study.cells(metric="exact")["k"].to_list() == [3]
    assert study.path.joinpath(next(iter(study.live_parts("runs")))).read_bytes() == before


def test_whoever_settles_decides_and_a_mark_can_be_taken_back(study: Study) -> None:
    said(study, "ann", "a")
    said(study, "ben", "a", "valid_success")
    assert apply_labels(study).marked == ()
    said(study, "settled", "a")
    assert len(apply_labels(study).marked) == 1
    entries = len(study.log.entries())
    apply_labels(study)
    assert len(study.log.entries()) == entries
    said(study, "settled", "a", "valid_success")
    assert apply_labels(study).marked == ()
    assert "invalid_success" not in outcomes(study)["a"]
    assert [entry.kind for entry in study.log.entries()].count("mark") == 2


def test_without_labels_nothing_is_marked(study: Study) -> None:
    with pytest.raises(NoAnswer, match="no labels"):
        apply_labels(study)
    add(file_of(study.path, "settled"), Label("0" * 16, "settled", "invalid_success"))
    assert apply_labels(study).unknown == 1
