"""What a tool is: it takes a text and does something with it, and minds mistakes more or less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.spec.sandbox import Outcome


@dataclass(frozen=True)
class Strictness:
    """Share of one-token mistakes that are fatal, as measured by mutating reference calls."""

    sigma: float
    lower: float
    """Clopper-Pearson, 95 %."""
    upper: float
    n: int
    """Mutated calls."""
    measured: str
    """Date of the measurement and version of what was measured."""


@dataclass(frozen=True)
class Tool:
    """One tool; its module's name is its name."""

    name: str
    summary: str
    source: str
    status: Literal["published", "emerging"]
    references: tuple[str, ...]
    """Calls that work and that differ in length and kind."""
    tokens: Callable[[str], tuple[str, ...]]
    """Split a call into tokens; joined together they are the call."""
    use: Callable[[str], Outcome]
    """Carry out one call. Never raises for what the call says."""
    strictness: Strictness
    """As recorded; ``tasklaws strictness NAME`` measures it again."""
    requires: str
    """What the tool asks of its input, in one sentence."""

    @property
    def facts(self) -> dict[str, str]:
        """Return what `show` tells of the tool."""
        told = self.strictness
        return {
            "requires": self.requires,
            "strictness": f"{told.sigma:.2f} ({told.lower:.2f} to {told.upper:.2f}), {told.n} mutated calls",
            "measured": told.measured,
            "reference calls": str(len(self.references)),
        }
