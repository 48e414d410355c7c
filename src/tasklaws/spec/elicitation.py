"""What an elicitation is: a way of drawing an answer out of a model, at a stated effort.

It has no input or output of its own: it says what it wants asked, and is told the attempts. Who carries that
out, and whether one after the other or at once, is none of its business.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from tasklaws.spec.family import Instance
from tasklaws.spec.transcript import Attempt

if TYPE_CHECKING:
    import numpy as np


class Solver(Protocol):
    """A model with its tools, to whom questions are put."""

    def attempts(
        self,
        instances: Sequence[Instance],
        temperature: float,
        rng: np.random.Generator,
        *,
        places: int | None = None,
        shots: Sequence[str] = (),
    ) -> list[Attempt]:
        """Return one attempt at each instance, tools carried out.

        Args:
            instances: the questions; one that stands twice is answered twice.
            temperature: 0 for the most likely answer.
            rng: for sampled answers.
            places: tokens that an answer may have; None for as many as there are.
            shots: `instance_id` of solved examples; those of a question's own task stand in front of it.
        """
        ...

    def right(self, instance: Instance, attempt: Attempt) -> bool:
        """Return whether the answer is the right one: the verifier."""
        ...


@dataclass(frozen=True)
class Ask:
    """What an elicitation wants of a model: attempts at questions, each begun afresh.

    The answer to it holds an attempt at each instance, `rounds` times over: the first round, then the second.
    """

    instances: Sequence[Instance]
    temperature: float = 0.0
    """0 for the most likely answer."""
    places: int | None = None
    """Tokens that an attempt may have; None for as many as there are."""
    shots: tuple[str, ...] = ()
    """`instance_id` of solved examples; those of a question's own task stand in front of it."""
    words: str = ""
    """Instruction that stands before each question, for models that read prose; others are not told."""
    rounds: int = 1
    """Attempts at each instance. No attempt knows of another, so they may be made at once."""
    after: tuple[Attempt, ...] = ()
    """Of each instance the attempt whose tool failed; models that read prose are told how."""


Right = Callable[[Instance, Attempt], bool]
"""The verifier: whether an attempt's answer is the right one."""
Turns = Generator[Ask, list[Attempt], list[Attempt]]
"""What is asked, one after the other; in the end the attempt that counts for each instance."""


@dataclass(frozen=True)
class Elicitation:
    """One elicitation; its module's name is its name."""

    name: str
    summary: str
    source: str
    status: Literal["published", "emerging"]
    efforts: tuple[int, ...]
    """Efforts of its curve, growing; what one unit of effort is, `unit` says."""
    unit: str
    """Such as ``samples`` or ``tokens``."""
    turns: Callable[[Sequence[Instance], int, Right], Turns]
    """Begin (instances, effort, verifier)."""
    fair: bool
    """Whether it could be used without knowing the right answers; a verifier knows them."""
    prose: bool = False
    """Whether it works by words, which the embedded ladder does not read: so that is not asked with it."""
    general_efforts: tuple[int, ...] | None = None
    """Efforts for general models, where they are others."""

    def draw(
        self, solver: Solver, instances: Sequence[Instance], effort: int, rng: np.random.Generator
    ) -> list[Attempt]:
        """Return the attempt of `solver` that counts for each instance, at an effort."""
        turns, answer = self.turns(instances, effort, solver.right), None
        while True:
            try:
                ask = next(turns) if answer is None else turns.send(answer)
            except StopIteration as end:
                return list(end.value)
            answer = [
                attempt
                for _ in range(ask.rounds)
                for attempt in solver.attempts(
                    ask.instances, ask.temperature, rng, places=ask.places, shots=ask.shots
                )
            ]

    @property
    def facts(self) -> dict[str, str]:
        """Return what `show` tells of the elicitation."""
        told = {
            "efforts": f"{_listed(self.efforts)} {self.unit}",
            "knows the right answers": "no" if self.fair else "yes",
        }
        if self.general_efforts:
            told["efforts of general models"] = f"{_listed(self.general_efforts)} {self.unit}"
        return told | (
            {"works by": "words, so that models which read none are left out"} if self.prose else {}
        )


def _listed(efforts: Sequence[int]) -> str:
    return ", ".join(map(str, efforts))
