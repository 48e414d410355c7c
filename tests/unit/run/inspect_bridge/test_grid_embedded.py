"""The grid of an embedded ladder: our own runner and Inspect make the same cells."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.ladder.checkpoints import origin, save_state
from tasklaws.ladder.preset import PRESETS, model_name
from tasklaws.ladder.size import size_of
from tasklaws.ladder.store import MODELS, PRESET, made, read, read_asked
from tasklaws.ladder.train import started
from tasklaws.ladder.vocabulary import END, VOCABULARY
from tasklaws.run.grid import grid_of
from tasklaws.run.run_study import run
from tasklaws.spec.ladder import Ladder, Rung
from tasklaws.spec.ladder_file import ladder_bytes
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

SMALL = replace(PRESETS["quick"], widths=(8, 12), seeds=(0,), documents=120, items=3, elicited=1)
RUN = """
[run]
items = 2
elicitations = ["greedy", "chain_of_thought"]

[run.sizes]
addition = [1, 2]
sha_of = [3]
"""
SAME = ["model", "task_id", "instance_id", "epoch", "elicitation", "metric", "score", "outcome", "tokens"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study whose smaller model is there, of random weights, and whose larger one is not trained."""
    root = tmp_path_factory.mktemp("ladder")
    made(SMALL, root / MODELS)
    (root / MODELS / PRESET).write_text(json.dumps(asdict(SMALL)))
    size = size_of(8)
    belongs = origin(size, SMALL.seeds, read(root / MODELS))
    state = started(size, SMALL.seeds, belongs.steps)
    state.params["tokens"][:, VOCABULARY.index(END)] *= 2
    save_state(root / MODELS / "d8.safetensors", belongs, replace(state, step=belongs.steps))
    rungs = [Rung(model_name(w, 0), "embedded", n_params=float(size_of(w).n_params)) for w in SMALL.widths]
    (root / "ladder.toml").write_bytes(ladder_bytes(Ladder(tuple(rungs), "n_params")))
    (root / "study.toml").write_text(RUN)
    return root


def test_without_sizes_the_grid_is_what_the_ladder_holds_out(study: Path) -> None:
    (study / "study.toml").write_text("seed = 0")
    try:
        grid = grid_of(Study(study))
    finally:
        (study / "study.toml").write_text(RUN)
    held_out = [one.instance_id for one in read_asked(study / MODELS).questions]
    assert sorted(name for names in grid.questions.values() for name in names) == sorted(held_out)
    assert {cell.harness_id for cell in grid.cells} == {"embedded"}


def test_what_the_ladder_lacks_is_left_out_or_refused(study: Path) -> None:
    grid = grid_of(Study(study))
    assert set(grid.names) == {"d8_s0"}
    assert {cell.elicitation for cell in grid.cells} == {"greedy"}
    assert any("not trained: d12_s0" in note for note in grid.notes)
    assert any("work by words" in note for note in grid.notes)
    with pytest.raises(BadInput, match=r"d12_s0 of .* is not trained"):
        grid_of(Study(study), ["d12_s0"])


def test_both_executors_make_the_same_cells(study: Path) -> None:
    found = {}
    for executor in ("local", "inspect"):
        (study / "study.toml").write_text(RUN + f'[[run.harness]]\nname = "{executor}"\n')
        assert run(study, executor).cells == {"planned": 3, "done": 3, "failed": 0, "limited": 0}
        rows = (
            Study(study).runs().filter(pl.col("harness_id") == executor, pl.col("metric") != "reference_nll")
        )
        found[executor] = rows.select(SAME).sort(SAME[:6])
    assert found["local"].height == 3 * 2 * 3
    assert found["inspect"].equals(found["local"])
    assert Study(study).log.entries()[-1].payload["format"] == "inspect"
