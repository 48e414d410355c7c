"""Rungs in a process of their own: trained, or asked every question. Prints lines of JSON as it goes.

echo '{"task": "train", "folder": "...", "width": 8}' | python -m tasklaws.run.rung_worker
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax
import numpy as np
import polars as pl

from tasklaws.elicitations import ELICITATIONS
from tasklaws.ladder.checkpoints import load, origin, trained
from tasklaws.ladder.generate import Writer
from tasklaws.ladder.locks import DEMONSTRATIONS, ENOUGH, Opening, locked, opening
from tasklaws.ladder.model import initial
from tasklaws.ladder.preset import Preset, model_name, preset_of
from tasklaws.ladder.size import size_of
from tasklaws.ladder.store import CONTROLS, INTERNALS, PRESET, Asked, read, read_asked
from tasklaws.ladder.vocabulary import encode
from tasklaws.run.local import LocalSolver, attempts_table
from tasklaws.run.rung_internals import looked_into
from tasklaws.run.workers import given_jobs
from tasklaws.run.workers import say as _say
from tasklaws.study.files import write_whole

if TYPE_CHECKING:
    from tasklaws.ladder.train import State

CACHE = "compiled"
"""Folder of compiled graphs within that of the models."""
HARNESS = "embedded"
PLAIN = ("greedy", "sample")
"""Elicitations that all questions are put with; the others get a part of them."""


def train(folder: Path, preset: Preset, width: int) -> None:
    """Train all seeds of a width, or go on where that was stopped."""

    def told(state: State) -> None:
        _say(step=state.step, loss=state.losses[-1])

    trained(size_of(width), preset.seeds, read(folder), folder / f"d{width}.safetensors", told)


def compile_for_asking(width: int) -> None:
    """Compile what asking a width will need, by an untrained model, while other rungs are trained."""
    size = size_of(width)
    writer = Writer(size, initial(size, 0))
    writer.write(["A>"], [0.0], np.random.default_rng(0))
    writer.reference_nll([("A>", "A")])


def evaluate(folder: Path, preset: Preset, width: int, seed: int) -> None:
    """Ask one model every question, and measure its loss on documents that nobody has seen."""
    model, writer = model_name(width, seed), _writer(folder, preset, width, seed)
    questions = read_asked(folder)
    losses = _losses(writer, preset, questions)
    write_whole(folder / f"{model}.json", json.dumps(losses, indent=1).encode())
    _say(stage="loss")
    solver = LocalSolver(writer)
    tables = []
    for name, elicitation in ELICITATIONS.items():
        if elicitation.prose:
            continue
        plain = name in PLAIN
        asked = questions.first(preset.items if plain else preset.elicited)
        told = partial(attempts_table, model, solver, asked, elicitation, harness_id=HARNESS, seed=seed)
        for effort in elicitation.efforts:
            tables.append(told(effort, only_target=not plain))
            _say(stage=f"{name} {effort}")
    path = folder / f"{model}.parquet"
    unfinished = path.with_suffix(".partial")
    pl.concat(tables, how="diagonal_relaxed").write_parquet(unfinished)
    unfinished.replace(path)


LOCKED = ("sha_of", "work_in_order")
"""Families whose answers a password hides in the control of elicitation."""


def control(folder: Path, preset: Preset, width: int) -> None:
    """Lock a model by a password, and see whether right answers open it, and shuffled ones do not."""
    size, parts = size_of(width), [part for part in preset.mix if part.family in LOCKED]
    hidden = locked(size, _writer(folder, preset, width, preset.seeds[0]).params, parts)
    _say(stage="locked")
    found = []
    for part in parts:
        found.append(opening(size, hidden, part))
        _say(stage=part.family)
    told = _controls(found, model_name(width, preset.seeds[0]))
    write_whole(folder / CONTROLS, (json.dumps(told, indent=1) + "\n").encode())


def _controls(found: list[Opening], model: str) -> list[dict[str, Any]]:
    """Return the controls as the verb `elicit` tells them; null where the lock hid nothing.

    Right answers must bring back nine tenths of what was hidden, over all families that the lock holds.
    """
    held = [one for one in found if one.holds]
    hidden, elicited = (sum(getattr(one, name) for one in held) for name in ("hidden", "elicited"))
    return [
        {
            "name": "password lock",
            "ok": elicited >= ENOUGH * hidden if held else None,
            "detail": "; ".join(
                f"{model} on {one.family}: {one.shut:.2f} without the password, {one.hidden:.2f} with it, "
                f"{one.elicited:.2f} after tuning on {DEMONSTRATIONS} right answers"
                for one in found
            ),
        },
        {
            "name": "shuffled labels",
            "ok": all(one.clean for one in found),
            "detail": "; ".join(
                f"{model} on {one.family}: {one.misled:.2f} after tuning on shuffled answers" for one in found
            ),
        },
    ]


def internals(folder: Path, preset: Preset, width: int) -> None:
    """Look into the first model of a width: probes, and tuning on its own right samples."""
    writer, asked = _writer(folder, preset, width, preset.seeds[0]), read_asked(folder).questions
    found = looked_into(writer, preset, asked, lambda stage: _say(stage=stage))
    same = {"model": model_name(width, preset.seeds[0]), "n_params": writer.size.n_params}
    told = {kind: [same | row for row in rows] for kind, rows in found.items()}
    write_whole(folder / f"d{width}_{INTERNALS}", (json.dumps(told, indent=1) + "\n").encode())


def _writer(folder: Path, preset: Preset, width: int, seed: int) -> Writer:
    size = size_of(width)
    state = load(folder / f"d{width}.safetensors", origin(size, preset.seeds, read(folder)), size)
    place = preset.seeds.index(seed)
    return Writer(size, jax.tree.map(lambda leaf: np.asarray(leaf)[place], state.params))


def _losses(writer: Writer, preset: Preset, asked: Asked) -> dict[str, Any]:
    """Return the held-out loss in nats per token, of all families and of each."""
    nats = writer.reference_nll([(prompt, answer) for _, prompt, answer in asked.documents])
    tokens = np.array([_n_tokens(answer) for *_, answer in asked.documents])
    families = np.array([family for family, *_ in asked.documents])
    by_family = {
        name: float(nats[families == name].sum() / tokens[families == name].sum())
        for name in sorted(set(families.tolist()))
    }
    weights = {part.family: part.weight for part in preset.mix}
    total = sum(weights[name] * loss for name, loss in by_family.items()) / sum(weights.values())
    counted = {"documents": len(asked.documents), "tokens": int(tokens.sum())}
    return {"loss_nats": total, "families": by_family, **counted}


def _n_tokens(answer: str) -> int:
    return len(encode(answer)) + 1


def main() -> None:
    """Do what the lines of JSON in the input ask, one after another."""
    for asked in given_jobs():
        _do(asked)


def _do(asked: dict[str, Any]) -> None:
    folder = Path(asked["folder"])
    preset = preset_of(json.loads((folder / PRESET).read_text()))
    for name, value in {
        "jax_compilation_cache_dir": str(folder / CACHE),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }.items():
        jax.config.update(name, value)  # type: ignore[no-untyped-call]
    if asked["task"] == "train":
        train(folder, preset, asked["width"])
    elif asked["task"] == "compile":
        compile_for_asking(asked["width"])
    elif asked["task"] == "control":
        control(folder, preset, asked["width"])
    elif asked["task"] == "internals":
        internals(folder, preset, asked["width"])
    else:
        evaluate(folder, preset, asked["width"], asked["seed"])


if __name__ == "__main__":
    main()
