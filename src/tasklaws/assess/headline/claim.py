"""What a claim is: a sentence with its kind, its evidence, and the result that would overturn it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.assess.headline.known import Known

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


@dataclass(frozen=True)
class Maker:
    """One kind of claim."""

    name: str
    order: int
    """By importance to a reader."""
    make: Callable[[Known], Claim | None]
    """Return the claim; None where it cannot be made and its absence tells a reader nothing."""
    status: str = "published"
    source: str = "seed"


CLAIMS: Catalogue[Maker] = Catalogue("claim", "tasklaws.assess.headline.claims", "CLAIM")


def in_order() -> list[Maker]:
    """Return all makers of claims, the most important first."""
    return sorted(CLAIMS.values(), key=lambda one: (one.order, one.name))
