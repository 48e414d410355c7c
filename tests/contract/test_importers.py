"""Every importer, found by itself, keeps the contract of importers."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import polars as pl
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import table_hash
from tasklaws.core.tables import CELLS, HUMAN_TIMES, RUNS, TASKS, validate
from tasklaws.importers import IMPORTERS
from tasklaws.run.imports import import_runs, read_results
from tasklaws.spec.importer import Importer
from tasklaws.study.folder import Study

SAMPLES = Path(__file__).parent / "importers"


def sample(name: str) -> list[Path]:
    """Return the paths of a small input of the format: none for the data that ships."""
    return [] if name == "example" else [SAMPLES / name]


def test_there_are_the_importers_of_the_design() -> None:
    assert {"metr", "olmo_ladder", "pythia_long", "gadre", "table", "example"} <= set(IMPORTERS)


@pytest.mark.parametrize("name", IMPORTERS)
class TestImporter:
    def test_is_one_frozen_constant_of_its_file(self, name: str) -> None:
        importer = IMPORTERS[name]
        assert isinstance(importer, Importer)
        assert importer.name == name
        assert pickle.loads(pickle.dumps(importer)) == importer  # noqa: S301 - our own bytes

    def test_says_what_it_is_and_where_from(self, name: str) -> None:
        importer = IMPORTERS[name]
        assert importer.summary
        assert len(importer.summary) <= 110
        assert importer.source
        assert importer.status in {"published", "emerging"}

    def test_gives_the_declared_tables_and_the_same_twice(self, name: str) -> None:
        one, two = read_results(name, sample(name)), read_results(name, sample(name))
        assert one.rows > 0
        assert any(part is not None for part in (one.runs, one.cells, one.human))
        for kind, declared in (("runs", RUNS), ("cells", CELLS), ("human", HUMAN_TIMES), ("tasks", TASKS)):
            first, second = getattr(one, kind), getattr(two, kind)
            if first is not None:
                validate(first, declared)
                assert table_hash(first) == table_hash(second)
        assert one.rungs == two.rungs
        assert one.warnings == two.warnings

    def test_scores_lie_in_the_unit_interval(self, name: str) -> None:
        imported = read_results(name, sample(name))
        rates = [imported.runs["score"]] if imported.runs is not None else []
        rates += [imported.cells["k"] / imported.cells["n"]] if imported.cells is not None else []
        for rate in rates:
            assert rate.drop_nulls().is_between(0, 1).all()

    def test_makes_a_study(self, name: str, tmp_path: Path) -> None:
        result = import_runs(name, sample(name), tmp_path / "study")
        study = Study(tmp_path / "study")
        assert result.parts
        cells = study.cells()
        assert cells.height + study.human().height > 0
        assert set(cells["task_id"]) <= set(study.tasks()["task_id"])
        assert set(study.models_seen_in_log()) == set(cells["model"])

    def test_writes_nothing_and_leaves_its_input_alone(self, name: str) -> None:
        def tree() -> dict[Path, str]:
            files = (path for path in SAMPLES.rglob("*") if path.is_file())
            return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

        before = tree()
        read_results(name, sample(name))
        assert tree() == before

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"[]", b"a,b\n1,2\n", b'{"a": 1}\n'])
    def test_refuses_what_is_not_its_format(self, name: str, content: bytes, tmp_path: Path) -> None:
        paths = []
        for file in ("odd.csv", "odd.jsonl", "odd.json", "odd.yaml", "eval_metadata.csv"):
            path = tmp_path / file
            path.write_bytes(content)
            paths.append(path)
        for given in [[path] for path in paths] + [paths]:
            with pytest.raises(BadInput):
                import_runs(name, given, tmp_path / "study")
        assert not (tmp_path / "study").exists()

    def test_refuses_a_path_that_does_not_exist(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="absent"):
            read_results(name, tmp_path / "absent.csv")


def test_models_with_covariates_stand_on_the_ladder() -> None:
    for name in ("metr", "olmo_ladder", "pythia_long", "gadre", "example"):
        imported = read_results(name, sample(name))
        tables = [table for table in (imported.runs, imported.cells) if table is not None]
        models = {model for table in tables for model in table["model"].unique()}
        assert {rung.model for rung in imported.rungs} == models
        assert imported.axis is not None


def test_steps_all_gives_a_rung_per_checkpoint() -> None:
    for name in ("olmo_ladder", "pythia_long"):
        last, every = read_results(name, sample(name)), read_results(name, sample(name), steps="all")
        assert len(every.rungs) > len(last.rungs)
        assert all(rung.step is not None and rung.model.endswith(f"@{rung.step}") for rung in every.rungs)
        assert all(rung.step is None for rung in last.rungs)
        assert isinstance(every.cells, pl.DataFrame)
