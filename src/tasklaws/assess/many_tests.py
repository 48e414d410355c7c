"""Many tests at once: p values that hold for all of them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p: Sequence[float | None]) -> list[float | None]:
    """Return each p adjusted for all of them, so that one false alarm among all is rare; None stays None.

    Source: Holm 1979.
    """
    known = [i for i, one in enumerate(p) if one is not None]
    adjusted: list[float | None] = [None] * len(p)
    highest = 0.0
    for rank, i in enumerate(sorted(known, key=lambda i: p[i] or 0.0)):
        highest = max(highest, min(1.0, (len(known) - rank) * (p[i] or 0.0)))
        adjusted[i] = highest
    return adjusted
