"""What makes a claim of what is known of a study, and the catalogue of those makers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.assess.headline.claim import Claim
    from tasklaws.assess.headline.known import Known


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
