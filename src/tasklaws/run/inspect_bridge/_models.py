"""The models of an embedded ladder, opened by name for those who ask one question at a time."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.ladder.preset import model_name, preset_of
from tasklaws.ladder.size import ANSWER_PLACES, size_of
from tasklaws.run.inspect_bridge.batching import Batches
from tasklaws.run.workers import ONE_THREAD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasklaws.ladder.generate import Writer, Written
    from tasklaws.ladder.preset import Preset
    from tasklaws.run.local_questions import Question
    from tasklaws.run.local_writing import Measured

BATCH = 100
"""Rows that a model works on at once: those of `ladder.generate`, which takes long to import."""
OPEN = 64
"""Models that stay open."""
PACKAGES = ("jax", "optax", "safetensors")
"""What the extra ``ladder`` brings."""


@dataclass(frozen=True)
class Request:
    """What decides an answer."""

    prompt: str
    temperature: float = 0.0
    seed: int = 0
    """Of the samples; greedy answers leave it at 0."""

    def chances(self) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """Return the uniform numbers of each place: others for each prompt, though seeds be equal."""
        digest = hashlib.sha256(f"{self.seed}\n{self.prompt}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:16]))
        return rng.random(ANSWER_PLACES, np.float32)


class Model:
    """One small model; concurrent questions are answered in batches."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._lengths: dict[tuple[str, int], float] = {}
        """First sign and length of a prompt -> symbols of the last answers to such, older ones count less."""
        self._answers = Batches(self._write, BATCH, self._expected)
        self._measured = Batches(self._measure, BATCH)

    async def written(self, request: Request) -> Written:
        """Return what the model writes."""
        return await self._answers.answer(request, request)

    async def measured(self, question: Question) -> Measured:
        """Return what the model thinks of the reference solutions and choices of `question`."""
        return await self._measured.answer(question.key, question)

    def _write(self, requests: Sequence[Request]) -> list[Written]:
        heat = [request.temperature for request in requests]
        chances = np.zeros((ANSWER_PLACES, len(requests)), np.float32)
        for column, request in enumerate(requests):
            if request.temperature > 0:
                chances[:, column] = request.chances()
        answers = self.writer.write_drawn([request.prompt for request in requests], heat, chances)
        for request, written in zip(requests, answers, strict=True):
            before = self._lengths.get(_kind(request), written.n_tokens)
            self._lengths[_kind(request)] = (before + written.n_tokens) / 2
        return answers

    def _expected(self, request: Request) -> float:
        return self._lengths.get(_kind(request), 0.0)

    def _measure(self, questions: Sequence[Question]) -> list[Measured]:
        from tasklaws.run.local_writing import Pen

        return Pen(self.writer).measured(questions)


def _kind(request: Request) -> tuple[str, int]:
    """Return what questions of one task have in common."""
    return request.prompt[0], len(request.prompt)


def opened(study: Path, name: str) -> tuple[str, Model]:
    """Return a model of the embedded ladder in `study`, and its name in full.

    Args:
        study: folder of the study.
        name: ``d8_s0``, or ``rung1`` for the first seed of the smallest width.

    Raises:
        BadInput: the study has no embedded ladder, or the model is not trained.
        UnknownName: the ladder has no such model.
    """
    _check_extra()
    from tasklaws.ladder.store import MODELS

    folder = study / MODELS
    width, seed = _place(_preset(folder), name, study)
    path = folder / f"d{width}.safetensors"
    if not path.exists():
        raise _untrained(path, f"{folder} has no {path.name}.")
    return model_name(width, seed), _model(folder.resolve(), width, seed, path.stat().st_mtime_ns)


def _preset(folder: Path) -> Preset:
    from tasklaws.ladder.store import PRESET

    record = folder / PRESET
    if not record.exists():
        raise BadInput(
            f"{folder.parent} holds no embedded ladder.",
            f"The models tasklaws/... are those of a study with {folder.name}/{PRESET}.",
            "Name its folder with -M study=PATH, or make one with: tasklaws study PATH.",
        )
    return preset_of(json.loads(record.read_text()))


def _place(preset: Preset, name: str, study: Path) -> tuple[int, int]:
    """Return width and seed of the model called `name`."""
    known = {f"rung{k}": (width, preset.seeds[0]) for k, width in enumerate(preset.widths, 1)}
    known |= {model_name(width, seed): (width, seed) for width in preset.widths for seed in preset.seeds}
    if name not in known:
        raise UnknownName(f"model of the ladder in {study}", name, known)
    return known[name]


def _untrained(path: Path, needed: str) -> BadInput:
    study = path.parent.parent
    what = f"the models of width {path.stem[1:]} of {study} are not trained."
    return BadInput(what, needed, f"Finish the ladder with: tasklaws study {study}.")


def _check_extra() -> None:
    missing = [package for package in PACKAGES if importlib.util.find_spec(package) is None]
    if missing:
        raise BadInput(
            f"{' and '.join(missing)} cannot be imported.",
            "The embedded ladder needs what the extra `ladder` brings.",
            'Install it with: pip install "tasklaws[ladder]".',
        )


@lru_cache(maxsize=OPEN)
def _model(folder: Path, width: int, seed: int, _written_at: int) -> Model:
    """Open a checkpoint; one that was written at another time is another model."""
    os.environ.setdefault("XLA_FLAGS", ONE_THREAD["XLA_FLAGS"])  # as the local runner
    import jax

    from tasklaws.ladder.checkpoints import load, origin
    from tasklaws.ladder.generate import Writer
    from tasklaws.ladder.store import read

    preset, size = _preset(folder), size_of(width)
    path, belongs = folder / f"d{width}.safetensors", origin(size, preset.seeds, read(folder))
    state = load(path, belongs, size)
    if state.step < belongs.steps:
        raise _untrained(path, f"Its training stands at step {state.step} of {belongs.steps}.")
    place = preset.seeds.index(seed)
    return Model(Writer(size, jax.tree.map(lambda leaf: np.asarray(leaf)[place], state.params)))
