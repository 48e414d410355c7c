from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.run.imports import import_runs, read_results
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.spec.importer import Imported

HEAD = "task_family,task_id,minutes"


def read(folder: Path, text: str, name: str = "x.csv") -> Imported:
    (folder / name).write_text(text)
    return read_results("human_times", folder / name)


def rows(imported: Imported, *columns: str) -> list[tuple[Any, ...]]:
    assert imported.human is not None
    return imported.human.select(columns).rows()


def test_three_columns_are_enough_and_rows_are_known_by_their_place(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEAD}\nf,t,30\nf,t,50\n")
    assert rows(found, "run_id", "minutes", "source", "score") == [
        ("x.csv:2", 30.0, "baseline", None),
        ("x.csv:3", 50.0, "baseline", None),
    ]


def test_everything_that_is_said_of_an_attempt_is_kept(tmp_path: Path) -> None:
    head = f"{HEAD},run_id,score,outcome,source,population,harness_id,task_version,limit_minutes"
    found = read(tmp_path, f"{head}\nf,t,30,a,1,submitted,QA,expert,laptop,2,480\n")
    assert rows(found, "run_id", "score", "source", "population", "harness_id", "task_version") == [
        ("a", 1.0, "qa", "expert", "laptop", "2")
    ]
    assert rows(found, "limit_minutes") == [(480.0,)]


@pytest.mark.parametrize("ending", ["given_up", "limit_time", "limit"])
def test_who_gave_up_at_no_stated_time_is_taken_to_have_used_the_limit(tmp_path: Path, ending: str) -> None:
    found = read(tmp_path, f"{HEAD},outcome,limit_minutes\nf,t,,{ending},480\nf,t,100,{ending},480\n")
    assert rows(found, "minutes") == [(480.0,), (100.0,)]


def test_who_finished_at_no_stated_time_is_set_aside(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEAD},limit_minutes\nf,t,,480\nf,t,0,480\nf,t,nan,480\nf,t,5,480\n")
    assert rows(found, "minutes") == [(5.0,)]
    assert [(q.row, q.reason) for q in found.quarantined] == [
        (2, "no time"),
        (3, "a time of 0"),
        (4, "minutes is nan"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task_family,task_id,minute\nf,t,3\n", "Did you mean 'minute'"),
        (f"{HEAD}\nf,,3\n", "row 2, column 'task_id': empty"),
        (f"{HEAD}\nf,t,half an hour\n", "row 2, column 'minutes': half an hour is not a number"),
        (f'{HEAD}\nf,t,"3,5"\n', "decimal comma"),
        (f"{HEAD}\nf,t,-3\n", "at least 0"),
        (f"{HEAD},source\nf,t,3,guess\n", "column 'source': 'guess'"),
        (f"{HEAD},outcome\nf,t,3,gave_up\n", "Did you mean 'given_up'"),
        (f"{HEAD},score\nf,t,3,40\n", "Are these percentages"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        read(tmp_path, text)


def test_studies_that_may_have_kept_successes_alone_are_warned(tmp_path: Path) -> None:
    assert "nobody of 2 baselines gave up" in read(tmp_path, f"{HEAD}\nf,t,30\nf,t,50\n").warnings[0]
    with_one = read(tmp_path, f"{HEAD},outcome\nf,t,30,submitted\nf,t,50,given_up\n")
    assert not with_one.warnings


def test_longer_than_the_limit_is_kept_and_said(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEAD},limit_minutes,score,note\nf,t,500,480,1,x\nf,t,9,480,0,y\n")
    assert len(rows(found, "minutes")) == 2
    assert found.warnings == (
        "x.csv: columns left out: note",
        "x.csv: 1 attempts took longer than their limit",
    )


def test_json_lines_hold_the_same(tmp_path: Path) -> None:
    line = '{"task_family": "f", "task_id": "t", "minutes": 30, "score": 1}\n'
    assert rows(read(tmp_path, line, "x.jsonl"), "minutes", "score") == [(30.0, 1.0)]


def test_a_study_of_people_alone_can_be_made_and_taken_in_again(tmp_path: Path, root: Path) -> None:
    example, study = root / "examples" / "human_times.csv", tmp_path / "study"
    first = import_runs("human_times", example, study)
    again = import_runs("human_times", example, study)
    assert first.rows == 108
    assert not again.parts
    human = Study(study).human()
    assert human.height == 108
    assert set(human["population"]) == {"expert", "newcomer"}
    assert (human.filter(human["outcome"] == "given_up")["minutes"] == 480).all()
