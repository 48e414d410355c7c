from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import jax
import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.ladder import checkpoints
from tasklaws.ladder.checkpoints import load, origin, save_state, trained
from tasklaws.ladder.corpus import Ingredient, corpus
from tasklaws.ladder.size import size_of
from tasklaws.ladder.train import CHUNK, Trainer, started

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.ladder.corpus import Corpus
    from tasklaws.ladder.train import State

SIZE, SEEDS, DOCUMENTS = size_of(8), (0, 1), 9000
RUN = f"""
import sys
from pathlib import Path
from tasklaws.ladder.checkpoints import trained
from tasklaws.ladder.corpus import Ingredient, corpus
from tasklaws.ladder.size import size_of

mix = (Ingredient("work_in_order", 1.0, (1, 2, 3)),)
state = trained(size_of(8), (0, 1), corpus(mix, {DOCUMENTS}, 0), Path(sys.argv[1]),
                lambda state: print(state.step, flush=True))
"""


@pytest.fixture(scope="module")
def small() -> Corpus:
    return corpus((Ingredient("work_in_order", 1.0, (1, 2, 3)),), DOCUMENTS, 0)


@pytest.fixture
def saved(small: Corpus, tmp_path: Path) -> Path:
    path = tmp_path / "d8.safetensors"
    state = started(SIZE, SEEDS, origin(SIZE, SEEDS, small).steps)
    save_state(path, origin(SIZE, SEEDS, small), replace(state, step=3, losses=(0.1, 1 / 3)))
    return path


def same(a: State, b: State) -> bool:
    leaves = zip(jax.tree.leaves((a.params, a.memory)), jax.tree.leaves((b.params, b.memory)), strict=True)
    return (a.step, a.losses) == (b.step, b.losses) and all(
        np.asarray(x).tobytes() == np.asarray(y).tobytes() for x, y in leaves
    )


def test_a_state_is_read_as_it_was_written(small: Corpus, saved: Path) -> None:
    found = load(saved, origin(SIZE, SEEDS, small), SIZE)
    fresh = started(SIZE, SEEDS, origin(SIZE, SEEDS, small).steps)
    assert same(found, replace(fresh, step=3, losses=(0.1, 1 / 3)))
    assert jax.tree.structure(found.memory) == jax.tree.structure(fresh.memory)


def test_the_same_state_gives_the_same_bytes(small: Corpus, saved: Path) -> None:
    before = saved.read_bytes()
    belongs = origin(SIZE, SEEDS, small)
    save_state(saved, belongs, load(saved, belongs, SIZE))
    assert saved.read_bytes() == before


def test_a_run_killed_in_the_middle_ends_with_the_same_bits(
    small: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A child is killed after its first chunk; this process goes on, and trains the whole run beside it."""
    compiled_once = Trainer(SIZE, small)
    monkeypatch.setattr(checkpoints, "Trainer", lambda size, corpus: compiled_once)
    killed, whole = tmp_path / "killed.safetensors", tmp_path / "whole.safetensors"
    child = subprocess.Popen(
        [sys.executable, "-c", RUN, str(killed)], stdout=subprocess.PIPE, env={**os.environ}, text=True
    )
    assert child.stdout
    assert child.stdout.readline().strip() == str(CHUNK)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    middle = load(killed, origin(SIZE, SEEDS, small), SIZE)
    steps: list[int] = []
    resumed = trained(SIZE, SEEDS, small, killed, lambda state: steps.append(state.step))
    assert middle.step < origin(SIZE, SEEDS, small).steps
    assert len(steps) == -(-(resumed.step - middle.step) // CHUNK)
    assert same(resumed, trained(SIZE, SEEDS, small, whole))
    assert killed.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"seeds": (0, 2)}, "seeds"),
        ({"corpus_sha256": "0" * 64}, "corpus_sha256"),
        ({"code": "0" * 64}, "code"),
        ({"engine": "jax 0"}, "engine"),
        ({"steps": 7}, "steps"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused_by_what_differs(
    small: Corpus, saved: Path, change: dict[str, object], said: str
) -> None:
    with pytest.raises(BadInput, match=rf"another run: {said} .*Remove d8\.safetensors"):
        load(saved, replace(origin(SIZE, SEEDS, small), **change), SIZE)  # type: ignore[arg-type]


def test_changed_code_changes_the_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = checkpoints.code_version()
    monkeypatch.setattr(checkpoints, "CODE", checkpoints.CODE[1:])
    checkpoints.code_version.cache_clear()
    try:
        assert checkpoints.code_version() != before
    finally:
        checkpoints.code_version.cache_clear()


@pytest.mark.parametrize("keep", [0, 5, 3000])
def test_a_damaged_file_is_refused(small: Corpus, saved: Path, keep: int) -> None:
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(BadInput, match="is not a checkpoint"):
        load(saved, origin(SIZE, SEEDS, small), SIZE)


def test_a_file_of_another_program_is_refused(small: Corpus, saved: Path) -> None:
    saved.write_bytes(b"\x02\0\0\0\0\0\0\0{}" + json.dumps({}).encode())
    with pytest.raises(BadInput, match="is not a checkpoint"):
        load(saved, origin(SIZE, SEEDS, small), SIZE)


def test_a_write_that_fails_leaves_the_checkpoint_before_it(
    small: Corpus, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    belongs = origin(SIZE, SEEDS, small)
    with pytest.raises(BadInput, match="No space left"):
        save_state(saved, belongs, started(SIZE, SEEDS, belongs.steps))
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]
