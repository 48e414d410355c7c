"""The grid of a study: models x tasks x harnesses x elicitations, and which of its attempts are missing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.elicitations import ELICITATIONS
from tasklaws.families import FAMILIES
from tasklaws.spec.harness import Harness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tasklaws.spec.elicitation import Elicitation
    from tasklaws.study.folder import Study
    from tasklaws.study.run_settings import RunSettings

MODELS, PRESET, ASKED = "models", "preset.json", "questions.json"
"""Folder and files of an embedded ladder, as `tasklaws.ladder.store` writes them; that needs an extra."""
LOGS = "logs"
"""Folder of a study's logs of Inspect."""
ITEMS = 20
"""Instances of each size where nothing is said."""
OURS = "tasklaws/"
"""What the names of models of an embedded ladder begin with in Inspect."""
WITHOUT_LIMITS, EMBEDDED = "default", "embedded"
"""Name of the harness where none is stated, of general models and of an embedded ladder."""

Attempts = dict["Cell", frozenset[tuple[str, int]]]
"""Cell -> instance and epoch of attempts at it."""


@dataclass(frozen=True, order=True)
class Cell:
    """One model at one task, in one harness, with one elicitation."""

    model: str
    task_family: str
    size: int
    harness_id: str
    elicitation: str

    @property
    def task_id(self) -> str:
        """Return the task: the family at its size."""
        return f"{self.task_family}/{self.size}"


@dataclass(frozen=True)
class Grid:
    """What a study wants to know."""

    cells: tuple[Cell, ...]
    questions: Mapping[str, tuple[str, ...]]
    """Task -> `instance_id` of its questions."""
    names: Mapping[str, str]
    """Model -> its name in Inspect."""
    harnesses: Mapping[str, Harness]
    said: RunSettings
    seed: int
    asked: Path | None
    """Folder of the models of an embedded ladder, whose held-out questions are put."""
    notes: tuple[str, ...] = ()

    def wanted(self, cell: Cell) -> frozenset[tuple[str, int]]:
        """Return instance and epoch of every attempt that makes a cell whole."""
        return frozenset(product(self.questions[cell.task_id], range(self.said.epochs)))

    def missing(self, runs: pl.DataFrame) -> Attempts:
        """Return the attempts that `runs` do not hold, of each cell that is not whole."""
        there = held(runs)
        lacking = {cell: self.wanted(cell) - there.get(cell, frozenset()) for cell in self.cells}
        return {cell: attempts for cell, attempts in lacking.items() if attempts}


def held(runs: pl.DataFrame) -> Attempts:
    """Return the attempts that `runs` hold, by cell."""
    columns = ["model", "task_id", "harness_id", "elicitation", "instance_id", "epoch"]
    there: dict[Cell, set[tuple[str, int]]] = {}
    for model, task, harness, elicitation, instance, epoch in runs.select(columns).unique().iter_rows():
        family, _, size = task.rpartition("/")
        if size.isdecimal() and instance is not None:
            cell = Cell(model, family, int(size), harness or WITHOUT_LIMITS, elicitation or "default")
            there.setdefault(cell, set()).add((instance, epoch or 0))
    return {cell: frozenset(attempts) for cell, attempts in there.items()}


def grid_of(study: Study, models: Sequence[str] = (), families: Sequence[str] = ()) -> Grid:
    """Return the grid that the settings of a study make.

    Args:
        study: the study.
        models: only these.
        families: only these.

    Raises:
        BadInput: something that cannot be run is asked for.
        UnknownName: there is no such model, family or elicitation.
    """
    said, folder = study.settings.run, study.path / MODELS
    asked = folder if (folder / PRESET).exists() else None
    names, notes = _models(study, models, embedded=asked is not None)
    questions = _questions(said, families, study.settings.seed, asked)
    harnesses = said.harness or {EMBEDDED if asked else WITHOUT_LIMITS: Harness()}
    drawn = {general: _elicitations(said, general=general) for general in (False, True)}
    if asked and len(drawn[False]) < len(said.elicitations):
        notes.append("elicitations that work by words are left out for the embedded ladder, which reads none")
    cells = [
        Cell(model, *_parts(task), harness, elicitation)
        for model, name in names.items()
        for task in questions
        for harness in harnesses
        for elicitation in drawn[not name.startswith(OURS)]
    ]
    return Grid(tuple(cells), questions, names, harnesses, said, study.settings.seed, asked, tuple(notes))


def _parts(task: str) -> tuple[str, int]:
    family, _, size = task.rpartition("/")
    return family, int(size)


def _models(study: Study, only: Sequence[str], *, embedded: bool) -> tuple[dict[str, str], list[str]]:
    """Return model -> its name in Inspect, and what should be said of them."""
    said, ladder = study.settings.run, study.ladder()
    rungs = said.models or tuple(ladder.models())
    if not rungs:
        raise BadInput(
            f"{study.path} has no rungs, and its settings name no models.",
            "A grid needs models.",
            'Add models = ["openai/gpt-4o-mini", ...] under [run] in study.toml, or a ladder.toml.',
        )
    for model in only:
        if model not in rungs:
            raise UnknownName("model in the grid", model, rungs)
    chosen = {model: _name(study, model, embedded=embedded) for model in only or rungs}
    untrained = [m for m, name in chosen.items() if name.startswith(OURS) and not _trained(study.path, name)]
    if untrained and (only or len(untrained) == len(chosen)):
        raise BadInput(
            f"{', '.join(untrained)} of {study.path} is not trained.",
            "A model of the embedded ladder is asked once it is trained.",
            f"Train it with: tasklaws study {study.path}.",
        )
    notes = [f"left out, because they are not trained: {', '.join(untrained)}"] if untrained else []
    strangers = [model for model in chosen if model not in ladder]
    if strangers:
        notes.append(f"without a rung on the ladder, so that no law sees them: {', '.join(strangers)}")
    return {model: name for model, name in chosen.items() if model not in untrained}, notes


def _name(study: Study, model: str, *, embedded: bool) -> str:
    known = study.settings.run.names
    if model in known:
        return known[model]
    if "/" in model:
        return model
    if embedded:
        return OURS + model
    raise BadInput(
        f"rung {model!r} has no name in Inspect.",
        "A model is called by provider and name, such as openai/gpt-4o-mini.",
        f'Add to study.toml, under [run.names]: "{model}" = "PROVIDER/NAME".',
    )


def _trained(root: Path, name: str) -> bool:
    """Return whether the weights are there; names such as ``rung3`` are the provider's to judge."""
    width = re.fullmatch(r"d(\d+)_s\d+", name.removeprefix(OURS))
    return width is None or (root / MODELS / f"d{width[1]}.safetensors").exists()


def _questions(
    said: RunSettings, families: Sequence[str], seed: int, asked: Path | None
) -> dict[str, tuple[str, ...]]:
    """Return task -> its questions: held-out ones of an embedded ladder, else drawn ones."""
    there = _held_out(asked) if asked else {}
    if not said.sizes and not asked:
        raise BadInput(
            "study.toml does not say which tasks are run.",
            "A grid needs families and sizes.",
            "Add them, such as: [run.sizes] and below it sha_chain = [1, 10, 100].",
        )
    tasks = [f"{family}/{size}" for family, sizes in said.sizes.items() for size in sizes] or list(there)
    known = {_parts(task)[0]: FAMILIES[_parts(task)[0]] for task in tasks}
    for family in families:
        if family not in known:
            raise UnknownName("family in the grid", family, known)
    tasks = [task for task in tasks if not families or _parts(task)[0] in families]
    strange = [task for task in tasks if asked and task not in there]
    if strange:
        raise BadInput(
            f"{', '.join(strange)}: the embedded ladder has no such questions.",
            f"It was trained for {', '.join(there)}.",
            "Correct [run.sizes] in study.toml, or leave it out.",
        )
    drawn = range(said.items or ITEMS)
    return {
        task: there[task][: said.items] if asked else tuple(f"{task}/{seed}/{index}" for index in drawn)
        for task in tasks
    }


def _held_out(asked: Path) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for one in json.loads((asked / ASKED).read_text())["questions"]:
        found.setdefault(f"{one['family']}/{one['size']}", []).append(one["instance_id"])
    return {task: tuple(names) for task, names in found.items()}


def _elicitations(said: RunSettings, *, general: bool) -> list[str]:
    """Return the elicitations at their efforts; those that work by words only for models that read them."""
    labels: list[str] = []
    for word in said.elicitations:
        name, _, effort = word.partition("@")
        found: Elicitation = ELICITATIONS[name]
        if found.prose and not general:
            continue
        efforts = found.general_efforts if general and found.general_efforts else found.efforts
        stated = [_effort(word, effort)] if effort else list(efforts)
        labels += [name if len(found.efforts) == 1 else f"{name}@{one}" for one in stated]
    return list(dict.fromkeys(labels))


def _effort(word: str, effort: str) -> int:
    if not effort.isdecimal() or int(effort) < 1:
        raise BadInput(
            f"the elicitation is {word!r}.",
            "Behind the @ stands its effort, a whole number.",
            "Correct run.elicitations in study.toml.",
        )
    return int(effort)


def method_of(label: str) -> tuple[Elicitation, int]:
    """Return the elicitation and the effort that a label names."""
    name, _, effort = label.partition("@")
    found: Elicitation = ELICITATIONS[name]
    return found, int(effort) if effort else found.efforts[0]


def again_limited(grid: Grid, runs: pl.DataFrame) -> Grid:
    """Return the cells in which a limit ended attempts, at twice that limit; twice more where that did.

    The name of the harness says how many times, such as ``short-x2``.
    """
    limited = held(runs.filter(pl.col("outcome").fill_null("submitted").str.starts_with("limit")))
    there, harnesses, cells = held(runs), dict(grid.harnesses), []
    for cell in grid.cells:
        times, at = 1, cell
        while grid.wanted(cell) <= there.get(at, frozenset()) and at in limited:
            times *= 2
            at = replace(cell, harness_id=f"{cell.harness_id}-x{times}")
        if times > 1 and grid.harnesses[cell.harness_id].limits():
            harnesses[at.harness_id] = longer(grid.harnesses[cell.harness_id], times)
            cells.append(at)
    notes = [f"{name}: {_said(harnesses[name])}" for name in sorted({cell.harness_id for cell in cells})]
    return replace(grid, cells=tuple(cells), harnesses=harnesses, notes=(*grid.notes, *notes))


def longer(harness: Harness, times: int) -> Harness:
    """Return a harness with every limit so many times as large."""
    return replace(harness, **{name: times * limit for name, limit in harness.limits().items()})  # type: ignore[arg-type]


def _said(harness: Harness) -> str:
    return "limits are now " + ", ".join(f"{name} {limit:g}" for name, limit in harness.limits().items())
