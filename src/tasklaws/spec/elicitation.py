"""What an elicitation is: a way of drawing an answer out of a model, at a stated effort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


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
    draw: Callable[[Solver, Sequence[Instance], int, np.random.Generator], list[Attempt]]
    """Return the attempt that counts for each instance, at an effort."""
    fair: bool
    """Whether it could be used without knowing the right answers; a verifier knows them."""

    @property
    def facts(self) -> dict[str, str]:
        """Return what `show` tells of the elicitation."""
        efforts = ", ".join(map(str, self.efforts))
        return {"efforts": f"{efforts} {self.unit}", "knows the right answers": "no" if self.fair else "yes"}
