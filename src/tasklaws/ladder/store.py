"""The corpus on disk: arrays in one file, and what is known of it in another."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

from safetensors.numpy import load_file, save

from tasklaws.core.errors import BadInput
from tasklaws.families import FAMILIES
from tasklaws.ladder.corpus import Corpus, answer_to, corpus, held_out
from tasklaws.ladder.rows import Rows
from tasklaws.spec.family import Instance
from tasklaws.study.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.ladder.corpus import Ingredient
    from tasklaws.ladder.preset import Preset

MODELS, PRESET, CONTROLS = "models", "preset.json", "controls.json"
"""Folder of a study's models; in it what was asked for, and what came of the controls of elicitation."""
INTERNALS = "internals.json"
"""What came of looking into models; that of one width has the width before its name."""
ARRAYS, RECORD, ASKED = "corpus.safetensors", "corpus.json", "questions.json"
LOSS_SEED, ITEM_SEED = 1, 0
"""Seeds of held-out documents for the loss and of the questions: no document is both."""
LOSS_ITEMS = 12
"""Held-out documents per task for the loss."""
DATA_SEED = 0


@dataclass(frozen=True)
class Asked:
    """What is put to every model: questions, and documents whose loss is measured."""

    questions: tuple[Instance, ...]
    """Of every task in the order of the mix; no document of the corpus has their prompts."""
    documents: tuple[tuple[str, str, str], ...]
    """Family, prompt and answer; no prompt of them is a question."""

    def first(self, n: int) -> list[Instance]:
        """Return the first `n` questions of every task."""
        counted: Counter[tuple[str, int]] = Counter()
        chosen = []
        for instance in self.questions:
            counted[instance.family, instance.size] += 1
            if counted[instance.family, instance.size] <= n:
                chosen.append(instance)
        return chosen


def drawn(preset: Preset) -> Asked:
    """Return what is asked of the models of `preset`."""
    questions = [instance for _, instance in _kept(preset, preset.items, ITEM_SEED)]
    asked = {_prompt(instance) for instance in questions}
    rng = Random(f"loss/{LOSS_SEED}")  # noqa: S311
    documents = [
        (instance.family, _prompt(instance), answer_to(part, instance, rng))
        for part, instance in _kept(preset, LOSS_ITEMS, LOSS_SEED)
        if part.seen or _prompt(instance) not in asked
    ]
    return Asked(tuple(questions), tuple(documents))


def _kept(preset: Preset, n: int, seed: int) -> list[tuple[Ingredient, Instance]]:
    return [
        (part, instance)
        for part in preset.mix
        for size in part.tasks
        for instance in held_out(FAMILIES[part.family], size, n, seed, seen=part.seen)
    ]


def _prompt(instance: Instance) -> str:
    return FAMILIES[instance.family].compact(instance)


def made(preset: Preset, folder: Path) -> Corpus:
    """Return the corpus of `preset` in `folder`, made if it is not there.

    The record beside it states hash, size, and how many questions stand in the corpus word for word.

    Raises:
        BadInput: the corpus that is there was made for another mix or another number of documents.
    """
    arrays, record = folder / ARRAYS, folder / RECORD
    if arrays.exists() and record.exists():
        _check(record, preset)
        return read(folder)
    found, asked = corpus(preset.mix, preset.documents, DATA_SEED), drawn(preset)
    write_whole(arrays, save(found.rows._asdict()))
    write_whole(folder / ASKED, json.dumps(asdict(asked)).encode())
    told = {
        **_wanted(preset),
        "tokens": found.n_tokens,
        "sha256": found.sha256,
        "overlap": overlap(asked, found),
    }
    write_whole(record, (json.dumps(told, indent=1) + "\n").encode())
    return found


def _wanted(preset: Preset) -> dict[str, Any]:
    """Return what the record of a corpus says of what was wanted."""
    return {"documents": preset.documents, "mix": [asdict(part) for part in preset.mix]}


def _check(record: Path, preset: Preset) -> None:
    told, wanted = json.loads(record.read_text()), json.loads(json.dumps(_wanted(preset)))
    other = [name for name, value in wanted.items() if told.get(name) != value]
    if other:
        raise BadInput(
            f"{record}: the corpus was made with other {' and '.join(other)} than the preset's.",
            "Models of one study learn from one corpus.",
            f"Remove {ARRAYS} and {RECORD}, or name another folder.",
        )


def overlap(asked: Asked, corpus: Corpus) -> dict[str, dict[str, int]]:
    """Return family -> questions asked, and how many of their prompts stand in the corpus."""
    counted: dict[str, dict[str, int]] = {}
    for instance in asked.questions:
        row = counted.setdefault(instance.family, {"questions": 0, "in_corpus": 0})
        row["questions"] += 1
        row["in_corpus"] += _prompt(instance) in corpus.prompts
    return counted


def read_asked(folder: Path) -> Asked:
    """Return what is asked, as it stands in `folder`."""
    told = json.loads((folder / ASKED).read_text())
    questions = (Instance(**{**row, "inputs": _tuples(row["inputs"])}) for row in told["questions"])
    documents = ((family, prompt, answer) for family, prompt, answer in told["documents"])
    return Asked(tuple(replace(q, choices=tuple(q.choices)) for q in questions), tuple(documents))


def _tuples(inputs: dict[str, Any]) -> dict[str, Any]:
    """Return inputs with lists as the tuples that they were."""
    return {name: _tuple(value) for name, value in inputs.items()}


def _tuple(value: Any) -> Any:  # noqa: ANN401  JSON is anything
    return tuple(_tuple(part) for part in value) if isinstance(value, list) else value


def read(folder: Path) -> Corpus:
    """Return the corpus that stands in `folder`, without its prompts."""
    told = json.loads((folder / RECORD).read_text())
    rows = Rows(**load_file(folder / ARRAYS))
    return Corpus(rows, told["documents"], told["tokens"], frozenset(), told["sha256"])
