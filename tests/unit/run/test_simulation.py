from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tasklaws.core.errors import BadInput, UnknownName, VerificationFailed
from tasklaws.core.tables import RUNS, validate
from tasklaws.run import simulation
from tasklaws.run.simulation import simulate
from tasklaws.spec.world import Drawn, World, WorldOptions
from tasklaws.study.folder import Study
from tasklaws.worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Listener:
    """Hears how far the verb is."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, int | None]] = []
        self.steps = 0

    def stage(self, name: str, total: int | None = None) -> Any:
        from contextlib import nullcontext

        self.stages.append((name, total))
        return nullcontext(self._advance)

    def _advance(self, steps: int) -> None:
        self.steps += steps


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def without_log(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in tree(folder).items() if name != "log.jsonl"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("drawn") / "study"
    simulate("spread_skills", folder, rungs=3, runs=2_400, seed=7)
    return Study(folder)


@pytest.fixture(scope="module")
def world() -> Drawn:
    return WORLDS["spread_skills"].draw(WorldOptions(rungs=3, runs=2_400, seed=7))


def test_the_study_holds_what_the_world_drew(study: Study, world: Drawn) -> None:
    runs = pl.concat(list(world.runs))
    assert_frame_equal(study.runs(), validate(runs, RUNS))
    assert_frame_equal(study.tasks().select(world.tasks.columns), world.tasks)
    assert_frame_equal(study.human().select(world.human.columns), world.human)
    assert study.ladder().rungs == world.rungs
    assert study.ladder().axis == world.axis
    assert study.ladder().warnings == ()
    assert study.settings.seed == 7
    assert study.settings.name == "spread_skills"


def test_cells_are_those_of_the_runs(study: Study) -> None:
    cells, notes = study.target_cells()
    assert notes == ()
    assert cells.height == 3 * 40
    assert cells["n"].unique().to_list() == [20]
    assert cells["k"].sum() == study.runs()["score"].sum()


def test_the_truth_stands_beside_the_study(study: Study, world: Drawn) -> None:
    truth = json.loads((study.path / "truth.json").read_text())
    stated = {"world": "spread_skills", "code": "W7", "rungs": 3, "runs": 2_400, "seed": 7}
    assert truth == {**stated, **world.truth}


def test_the_log_tells_of_the_draw_as_of_an_import(study: Study) -> None:
    (record,) = study.imports()
    assert record.format == "simulate spread_skills"
    assert record.models == study.ladder().models()
    assert record.rows == study.runs().height == 2_400
    assert sorted(part.split("/")[0] for part in record.parts) == ["human", "runs", "runs", "runs"]


def test_attempts_are_counted_once_however_many_metrics_score_them(tmp_path: Path) -> None:
    result = simulate("W4", tmp_path / "x", rungs=2, runs=100)
    exact = Study(tmp_path / "x").runs().filter(metric="exact")
    assert result.runs == exact.height >= 100
    assert result.runs < Study(tmp_path / "x").runs().height
    assert result.tasks == exact["task_id"].n_unique()


def test_attempts_are_counted_where_tasks_have_different_metrics() -> None:
    rows = [("a/1", "brier"), ("a/1", "brier"), ("a/1", "exact"), ("a/1", "exact"), ("b/1", "exact")]
    written = simulation._Written()
    written.count(pl.DataFrame([("m", *row) for row in rows], ["model", "task_id", "metric"], orient="row"))
    assert (written.attempts, written.rows, written.models) == (3, 5, ["m"])


def test_the_document_holds_what_was_drawn(tmp_path: Path) -> None:
    document = simulate("w7", tmp_path / "x", rungs=2, runs=1).document()
    assert document["world"] == "spread_skills"
    assert document["runs"] == 2 * 40
    assert document["models"] == ["sim-01", "sim-02"]
    assert document["truth"] == str(tmp_path / "x" / "truth.json")
    assert len(document["parts"]) == 3
    assert json.loads(json.dumps(document)) == document


def test_name_and_code_draw_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for folder, called, seed in (("a", "shortcut", 1), ("b", "W3", 1), ("c", "w3", 2)):
        simulate(called, tmp_path / folder, rungs=2, runs=200, seed=seed)
    first, again, other = (without_log(tmp_path / name) for name in "abc")
    assert first == again
    assert first.keys() - other.keys() == {name for name in first if name.startswith("runs/")}


def test_each_model_is_told_of(tmp_path: Path) -> None:
    listener = Listener()
    simulate("W2", tmp_path / "x", rungs=5, runs=1, progress=listener)
    assert listener.stages == [("drawing", 5)]
    assert listener.steps == 5


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.write_text("mine")])
def test_a_folder_or_file_that_exists_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    make(tmp_path / "x")
    with pytest.raises(BadInput, match=r"x exists\. Drawn runs go into a study of their own\."):
        simulate("W1", tmp_path / "x", rungs=2, runs=1)
    assert list(tmp_path.rglob("*")) == [tmp_path / "x"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"rungs": 1}, "the number of rungs is 1"),
        ({"rungs": 2.5}, r"the number of rungs is 2\.5"),
        ({"runs": 0}, "the number of runs is 0"),
        ({"seed": -1}, "the seed is -1"),
        ({"seed": True}, "the seed is True"),
    ],
)
def test_numbers_that_cannot_be_are_refused_before_anything_is_written(
    tmp_path: Path, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        simulate("W1", tmp_path / "x", **asked)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_world_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'shortcut'"):
        simulate("shortcuts", tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


def test_a_draw_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = WORLDS["spread_skills"]

    def breaking(options: WorldOptions) -> Drawn:
        drawn = whole.draw(options)

        def tables() -> Iterator[pl.DataFrame]:
            yield next(iter(drawn.runs))
            raise OSError("no more")

        return replace(drawn, runs=tables())

    broken: World = replace(whole, draw=breaking)
    monkeypatch.setattr(simulation, "world_called", lambda name: broken)
    with pytest.raises(OSError, match="no more"):
        simulate("spread_skills", tmp_path / "x", rungs=2, runs=1)
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_was_changed_later_is_noticed(tmp_path: Path) -> None:
    result = simulate("W2", tmp_path / "x", rungs=2, runs=1)
    path = tmp_path / "x" / result.parts[0]
    pl.read_parquet(path).with_columns(pl.lit(1.0).alias("score")).write_parquet(path)
    with pytest.raises(VerificationFailed, match="its bytes are not those that were imported"):
        Study(tmp_path / "x").runs()
