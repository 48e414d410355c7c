"""The corpus: documents drawn from families in their compact rendering, packed into rows.

A prompt whose hash falls into one bucket of eight is kept for evaluation and never trained on, so that no
evaluated prompt was seen; the overlap is counted all the same. Facts are recall by definition: of a family
whose prompts are meant to be seen, no prompt is kept aside.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.core.errors import BadInput
from tasklaws.families import FAMILIES
from tasklaws.ladder.rows import Rows
from tasklaws.ladder.size import ANSWER_PLACES, PROMPT_PLACES
from tasklaws.ladder.vocabulary import END, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from tasklaws.spec.family import Family, Instance

LENGTH = 64
"""Symbols of a row."""
BATCH = 16
"""Rows of a training step."""
BUCKETS = 8
"""One prompt in so many is kept for evaluation."""
TRIES = 200
"""Draws of an instance before a family is said to have none left."""


@dataclass(frozen=True)
class Ingredient:
    """How much of a family goes into the corpus, at which sizes, solved in which ways."""

    family: str
    weight: float
    sizes: tuple[int, ...]
    """Sizes to draw from, evenly; one that stands twice is drawn twice as often."""
    paths: tuple[tuple[str, tuple[float, ...]], ...] = ()
    """Path and share of documents that take it, one for each of the distinct sizes; none: the first path that
    has a compact solution."""
    seen: bool = False
    """Whether prompts may be evaluated that were trained on, as facts must be."""

    @property
    def tasks(self) -> list[int]:
        """Return the sizes, each once and growing: the tasks that are asked."""
        return sorted(set(self.sizes))


@dataclass(frozen=True)
class Corpus:
    """Packed rows of documents; arrays of shape (rows, length)."""

    rows: Rows
    n_documents: int
    n_tokens: int
    """Symbols that are not filling."""
    prompts: frozenset[str]
    """Prompts of all documents."""
    sha256: str


def n_steps(corpus: Corpus) -> int:
    """Return the training steps of one pass over `corpus`."""
    return int(corpus.rows.tokens.shape[0]) // BATCH


def kept_aside(prompt: str) -> bool:
    """Return whether `prompt` is kept for evaluation."""
    return hashlib.sha256(prompt.encode()).digest()[0] % BUCKETS == 0


def held_out(family: Family, size: int, n: int, seed: int = 0, *, seen: bool = False) -> list[Instance]:
    """Return up to `n` instances of `size` with different prompts, all of them kept aside unless `seen`.

    There are fewer where the family has no more questions of that size.
    """
    found: dict[str, Instance] = {}
    for index in range(TRIES * n):
        instance = family.instance(size, index, seed)
        prompt = family.compact(instance)
        if (seen or kept_aside(prompt)) and prompt not in found:
            found[prompt] = instance
        if len(found) == n:
            break
    return list(found.values())


def documents(mix: Sequence[Ingredient], n: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield `n` documents as pairs of prompt and answer, drawn from `mix`.

    Raises:
        BadInput: the mix is empty, or a family of it has no prompt to train on.
    """
    if not mix or sum(part.weight for part in mix) <= 0:
        raise BadInput("the mix of the corpus is empty.", "It needs a family with a weight.", "Add one.")
    rng = Random(f"corpus/{seed}")  # noqa: S311
    weights = [part.weight for part in mix]
    for part in rng.choices(mix, weights, k=n):
        yield _document(part, rng)


def _document(part: Ingredient, rng: Random) -> tuple[str, str]:
    family, size = FAMILIES[part.family], rng.choice(part.sizes)
    for _ in range(TRIES):
        instance = family.generate(size, rng)
        prompt = family.compact(instance)
        if part.seen or not kept_aside(prompt):
            return prompt, answer_to(part, instance, rng)
    raise BadInput(
        f"family {part.family!r} has no prompt of size {size} to train on.",
        "Of its prompts one in eight is kept aside.",
        "Leave the size out of the mix.",
    )


def answer_to(part: Ingredient, instance: Instance, rng: Random) -> str:
    """Return a solution of `instance` in the compact rendering, by a path drawn as often as `part` says."""
    able = [path for path in FAMILIES[part.family].paths if path.compact is not None]
    if not part.paths:
        return able[0].compact(instance)  # type: ignore[misc]
    place = part.tasks.index(instance.size)
    stated = dict(part.paths)
    shares = [stated.get(path.name, (0.0,) * (place + 1))[place] for path in able]
    (path,) = rng.choices(able, shares)
    return path.compact(instance)  # type: ignore[misc]


def corpus(mix: Sequence[Ingredient], n_documents: int, seed: int) -> Corpus:
    """Return the packed corpus of `n_documents` documents.

    Raises:
        BadInput: as `documents`, or a document is longer than a row.
    """
    prompts: set[str] = set()
    packed = Packer()
    digest = hashlib.sha256()
    for prompt, answer in documents(mix, n_documents, seed):
        prompts.add(prompt)
        packed.add(prompt, answer)
        digest.update(f"{prompt}{answer}{END}".encode())
    return Corpus(packed.rows(), n_documents, packed.n_tokens, frozenset(prompts), digest.hexdigest())


OPEN_ROWS = 16
"""Rows that wait for a document that fits; the fullest is closed when none of them has room."""


class Packer:
    """Puts each document into the first open row that has room for it."""

    def __init__(self) -> None:
        self.done: list[NDArray[np.uint8]] = []
        self.open: list[_Row] = []
        self.n_tokens = 0

    def add(self, prompt: str, answer: str) -> None:
        """Add a document."""
        asked, said = symbols(prompt, answer)
        n = len(asked) + len(said)
        row = next((row for row in self.open if row.used + n <= LENGTH), None)
        if row is None:
            row = self._opened()
        row.add(asked, said)
        self.n_tokens += n

    def _opened(self) -> _Row:
        if len(self.open) == OPEN_ROWS:
            fullest = max(self.open, key=lambda row: row.used)
            self.open.remove(fullest)
            self.done.append(fullest.cells)
        self.open.append(_Row())
        return self.open[-1]

    def rows(self) -> Rows:
        """Return all rows."""
        return Rows(*np.stack([*self.done, *(row.cells for row in self.open)], axis=1))


class _Row:
    """One row that is being filled: tokens, places, document and what counts, of shape (4, length)."""

    def __init__(self) -> None:
        self.cells = np.zeros((4, LENGTH), np.uint8)
        self.used = self.documents = 0

    def add(self, asked: list[int], said: list[int]) -> None:
        """Put a document behind those that are there."""
        self.documents += 1
        n = len(asked) + len(said)
        part = self.cells[:, self.used : self.used + n]
        part[0], part[1], part[2] = asked + said, places(len(asked), len(said)), self.documents
        part[3, len(asked) - 1 : n - 1] = 1
        self.used += n


def symbols(prompt: str, answer: str) -> tuple[list[int], list[int]]:
    """Return the symbols of a document: of its prompt, and of its answer with its end.

    Raises:
        BadInput: it is longer than a model reads or writes.
    """
    asked, said = encode(prompt), encode(answer + END)
    if len(asked) > PROMPT_PLACES or len(said) > ANSWER_PLACES or len(asked) + len(said) > LENGTH:
        raise BadInput(
            f"the document {(prompt + answer)[:40]!r} has {len(asked)} + {len(said)} symbols.",
            f"A prompt has {PROMPT_PLACES} at most, an answer {ANSWER_PLACES}, both {LENGTH}.",
            "Leave that size out of the mix.",
        )
    return asked, said


def places(asked: int, said: int) -> list[int]:
    """Return the places of a document: those of the answer begin at the same number after any prompt."""
    return [*range(asked), *range(PROMPT_PLACES, PROMPT_PLACES + said)]


def padded(texts: Sequence[tuple[str, str]]) -> Rows:
    """Return one row per pair of prompt and answer, for teacher-forced scoring."""
    rows = []
    for prompt, answer in texts:
        rows.append(_Row())
        rows[-1].add(*symbols(prompt, answer))
    return Rows(*np.stack([row.cells for row in rows], axis=1))
