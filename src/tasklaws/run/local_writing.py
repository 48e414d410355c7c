"""What a small model writes and how likely it holds the right solutions, in large batches, with a memory.

What does not hang on chance is asked once. Of samples the last calls are remembered with the state of the
generator: a call from the same state is the same call, and leaves the generator where it left it then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.ladder.vocabulary import END, encode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.ladder.generate import Writer, Written
    from tasklaws.run.local_questions import Question

CALLS = 16
"""Calls for samples that are remembered."""


@dataclass(frozen=True)
class Measured:
    """What the model thinks of known texts behind a prompt; None where none of them fits."""

    nll: float | None = None
    """Negative log-likelihood of the likeliest reference solution (nats), its end included."""
    tokens: int | None = None
    n_bytes: int | None = None
    probabilities: Mapping[str, float] | None = None
    """Choice -> probability of that text and its end; None for an open question."""


class Pen:
    """A `Writer` that is asked about questions."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._greedy: dict[str, Written] = {}
        self._sampled: dict[str, tuple[list[Written], Any]] = {}
        self._measured: dict[tuple[str, str], Measured] = {}

    def write(
        self, questions: Sequence[Question], temperature: float, rng: np.random.Generator
    ) -> list[Written]:
        """Return what the model writes on each question."""
        if temperature == 0:
            new = {q.prompt: q for q in questions if q.prompt not in self._greedy}
            written = self._write(list(new.values()), 0.0, np.random.default_rng(0))
            self._greedy |= dict(zip(new, written, strict=True))
            return [self._greedy[q.prompt] for q in questions]
        prompts = "\n".join(q.prompt for q in questions)
        call = f"{temperature}\n{rng.bit_generator.state}\n{prompts}"
        if call not in self._sampled:
            written = self._write(questions, temperature, rng)
            self._sampled[call] = written, rng.bit_generator.state
            if len(self._sampled) > CALLS:
                del self._sampled[next(iter(self._sampled))]
        written, rng.bit_generator.state = self._sampled[call]
        return written

    def _write(
        self, questions: Sequence[Question], temperature: float, rng: np.random.Generator
    ) -> list[Written]:
        """Write short answers first: a batch takes as many steps as its longest answer has symbols."""
        order = sorted(range(len(questions)), key=lambda i: _length(questions[i]))
        prompts = [questions[i].prompt for i in order]
        written = self.writer.write(prompts, [temperature] * len(prompts), rng)
        return [text for _, text in sorted(zip(order, written, strict=True), key=lambda pair: pair[0])]

    def measured(self, questions: Sequence[Question]) -> list[Measured]:
        """Return what the model thinks of the reference solutions and choices of each question."""
        new = {q.key: q for q in questions if q.key not in self._measured}
        texts = {(q.prompt, text): 0.0 for q in new.values() for text in (*q.solutions, *q.instance.choices)}
        nll = dict(zip(texts, self.writer.reference_nll(list(texts)).tolist(), strict=True))
        self._measured |= {key: _measured(q, nll) for key, q in new.items()}
        return [self._measured[q.key] for q in questions]


def _length(question: Question) -> int:
    return max((len(text) for text in question.solutions), default=0)


def _measured(question: Question, nll: Mapping[tuple[str, str], float]) -> Measured:
    """Return the figures of one question from those of all texts behind prompts."""
    known = {text: max(0.0, nll[question.prompt, text]) for text in question.solutions}
    if not known:
        return Measured()
    best = min(known, key=known.__getitem__)
    likely = {choice: float(np.exp(-nll[question.prompt, choice])) for choice in question.instance.choices}
    most = max(1.0, sum(likely.values()))  # what single precision adds to a total of 1
    choices = {choice: p / most for choice, p in likely.items()}
    return Measured(known[best], len(encode(best + END)), len(best.encode()), choices or None)
