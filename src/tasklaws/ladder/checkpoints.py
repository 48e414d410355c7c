"""Checkpoints: where the training of a size stands, in one file that is whole or not there.

A run that was killed goes on from the last chunk that ended, and on the same machine ends with the same bits
as one that never stopped. A checkpoint of other code, data or seeds is refused by what differs.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import optax
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from tasklaws.core.errors import BadInput
from tasklaws.ladder.corpus import n_steps
from tasklaws.ladder.model import initial
from tasklaws.ladder.optimiser import optimiser
from tasklaws.ladder.train import State, Trainer, started
from tasklaws.study.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.ladder.corpus import Corpus
    from tasklaws.ladder.model import Tree
    from tasklaws.ladder.rows import Array
    from tasklaws.ladder.size import Size

CODE = ("corpus", "model", "optimiser", "rows", "size", "train", "vocabulary")
"""Modules of this package that decide what training comes to."""
RECORD = "tasklaws"
"""Key of the JSON in the file's header."""


@dataclass(frozen=True)
class Origin:
    """All that decides what training comes to, on one machine."""

    width: int
    layers: int
    heads: int
    seeds: tuple[int, ...]
    corpus_sha256: str
    steps: int
    code: str
    engine: str


def origin(size: Size, seeds: tuple[int, ...], corpus: Corpus) -> Origin:
    """Return what a run of `size` on `corpus` depends on."""
    engine = f"jax {jax.__version__}, optax {optax.__version__}"
    steps = n_steps(corpus)
    return Origin(
        size.width, size.layers, size.heads, tuple(seeds), corpus.sha256, steps, code_version(), engine
    )


@cache
def code_version() -> str:
    """Return a hash of the source of the modules that training depends on."""
    digest = hashlib.sha256()
    for name in CODE:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()


def trained(
    size: Size,
    seeds: tuple[int, ...],
    corpus: Corpus,
    path: Path,
    after: Callable[[State], object] = lambda _: None,
) -> State:
    """Return models of `size`, one per seed, trained on `corpus`; what stands at `path` is gone on from.

    The checkpoint is written after each chunk of steps, before `after` is called with the state.

    Raises:
        BadInput: as `load` and `write_whole`.
    """
    belongs = origin(size, seeds, corpus)
    state = load(path, belongs, size) if path.exists() else started(size, seeds, belongs.steps)
    trainer = Trainer(size, corpus)
    while state.step < trainer.steps:
        state = trainer.chunk(state)
        save_state(path, belongs, state)
        after(state)
    return state


def save_state(path: Path, belongs: Origin, state: State) -> None:
    """Write `state` to `path`, whole or not at all.

    Raises:
        BadInput: the disk is full or read-only.
    """
    record = {**asdict(belongs), "step": state.step, "losses": state.losses}
    write_whole(path, save(_flat(state), {RECORD: json.dumps(record)}))


def load(path: Path, belongs: Origin, size: Size) -> State:
    """Return the state at `path`.

    Raises:
        BadInput: the file is damaged, or belongs to another run.
    """
    empty = _empty(size, belongs)
    try:
        with safe_open(path, framework="numpy") as stream:
            record = json.loads((stream.metadata() or {})[RECORD])
            _check(path, record, belongs)
            tree = _filled(empty, stream.get_tensor)
            return State(tree["params"], tree["memory"], record["step"], tuple(record["losses"]))
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise BadInput(
            f"{path}: is not a checkpoint ({error}).", "It should be one of ours.", _anew(path)
        ) from None


def _empty(size: Size, belongs: Origin) -> State:
    """Return the shapes and types of a state, without computing one."""
    params = jax.tree.map(lambda *leaves: np.stack(leaves), *(initial(size, s) for s in belongs.seeds))
    return State(params, jax.eval_shape(jax.vmap(optimiser(size, belongs.steps).init), params), 0, ())


def _check(path: Path, record: dict[str, Any], belongs: Origin) -> None:
    """Raise unless `record` says what `belongs` says."""
    wanted = json.loads(json.dumps(asdict(belongs)))
    other = [name for name, value in wanted.items() if record.get(name) != value]
    if other:
        found = ", ".join(f"{name} {_short(record.get(name))}, not {_short(wanted[name])}" for name in other)
        raise BadInput(
            f"{path}: is a checkpoint of another run: {found}.",
            "A run goes on only with the same data, seeds, code and engine.",
            _anew(path),
        )


def _short(value: object) -> str:
    return str(value)[:24]


def _anew(path: Path) -> str:
    return f"Remove {path.name} to train anew."


def _flat(state: State) -> dict[str, Array]:
    """Return each array of `state` under its path."""
    return {
        _name(path): np.ascontiguousarray(leaf)
        for path, leaf in jax.tree_util.tree_leaves_with_path(_tree(state))
    }


def _filled(empty: State, array: Callable[[str], Array]) -> dict[str, Tree]:
    """Return the tree of `empty` with the arrays that were saved.

    Raises:
        ValueError: an array has another shape or type.
    """

    def one(path: tuple[Any, ...], leaf: Array) -> Array:
        found = array(_name(path))
        if (found.shape, found.dtype) != (leaf.shape, leaf.dtype):
            raise ValueError(f"{_name(path)} is {found.dtype}{found.shape}, not {leaf.dtype}{leaf.shape}")
        return found

    return jax.tree_util.tree_map_with_path(one, _tree(empty))  # type: ignore[no-any-return]


def _tree(state: State) -> dict[str, Tree]:
    return {"params": state.params, "memory": state.memory}


def _name(path: tuple[Any, ...]) -> str:
    return jax.tree_util.keystr(path, simple=True, separator="/")
