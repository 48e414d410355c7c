"""What a claim is: a sentence with its kind, its evidence, and the result that would overturn it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["observed", "derived", "guess"]

KINDS: dict[Kind, str] = {
    "observed": "counted from attempts",
    "derived": "fitted to results, or tested on them",
    "guess": "about what nobody has seen, or on an assumption that nobody tested",
}
"""Kind -> what it means, surest first."""


@dataclass(frozen=True)
class Rest:
    """One thing that a claim rests on."""

    what: str
    where: str
    """A file of the study, the verb that shows the figures, or a place in the viewer."""
    n: int | None = None
    """Attempts, forecasts or tasks in it."""
    sha256: str | None = None


@dataclass(frozen=True)
class Claim:
    """One or two sentences; every number that was estimated stands with its interval."""

    name: str
    text: str
    kind: Kind
    rests_on: tuple[Rest, ...] = field(default=())
    would_change: str | None = None
    """A result that would overturn it, computed; None where the claim only tells what is missing."""

    def document(self) -> dict[str, Any]:
        """Return the claim as JSON values."""
        return asdict(self) | {"rests_on": [asdict(one) for one in self.rests_on]}
