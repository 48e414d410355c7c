"""Triage: every leaf is looked at, all hits are kept, and the first of them names what is broken.

Faults hide behind faults: a limit of the harness looks like a step, and a broken scorer like anything. So the
order is that in which one fault would explain the next.

Source: formal model, F8.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.assess.triage.leaf import LEAVES

if TYPE_CHECKING:
    from tasklaws.assess.certificate import Certificate
    from tasklaws.assess.evidence import Evidence
    from tasklaws.assess.triage.leaf import Answer, Leaf


@dataclass(frozen=True)
class Told:
    """A leaf with its answer."""

    leaf: Leaf
    answer: Answer

    def document(self) -> dict[str, Any]:
        """Return the JSON of the leaf."""
        return {"leaf": self.leaf.name, "number": self.leaf.number, "asks": self.leaf.summary} | asdict(
            self.answer
        )


@dataclass(frozen=True)
class Triage:
    """What is broken in one family."""

    leaf: str | None
    """Name of the first leaf that was hit; None where none was."""
    hits: tuple[str, ...]
    """Names of all leaves that were hit, in their order."""
    leaves: tuple[Told, ...]

    @property
    def text(self) -> str:
        """Return what is broken, in a sentence or a few."""
        first = next((one for one in self.leaves if one.leaf.name == self.leaf), None)
        if first is not None:
            return first.answer.text
        untold = [one.leaf.name for one in self.leaves if one.answer.hit is None]
        return "Nothing was found broken" + (f"; not tested: {', '.join(untold)}." if untold else ".")

    def document(self) -> dict[str, Any]:
        """Return the JSON of the triage."""
        return {
            "leaf": self.leaf,
            "hits": list(self.hits),
            "text": self.text,
            "leaves": [one.document() for one in self.leaves],
        }


def triage(evidence: Evidence, certificate: Certificate) -> Triage:
    """Return what is broken in a family, by what was measured and what its certificate found."""
    leaves = sorted(LEAVES.values(), key=lambda leaf: leaf.number)
    told = tuple(Told(leaf, leaf.look(evidence, certificate)) for leaf in leaves)
    hits = tuple(one.leaf.name for one in told if one.answer.hit)
    return Triage(hits[0] if hits else None, hits, told)
