"""What a time horizon becomes when limit-ended and invalid attempts are counted otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.horizons.rows import OPEN
from tasklaws.assess.horizons.selection import INVALID, INVALID_SUCCESS, LIMIT, LIMITS
from tasklaws.infer.horizon.logistic import fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tasklaws.assess.horizons.selection import Asked, Counting
    from tasklaws.infer.arrays import Floats

TELLING = 1.25
"""Factor between ways to count from which a warning is due."""
HALF = 50


@dataclass(frozen=True, eq=False)
class Sensitivities:
    """Time horizons of the default estimator under each way to count."""

    agents: tuple[str, ...]
    doublings: Mapping[tuple[str, str, int], Floats]
    """(choice, value, success) -> log2 minutes, of shape (agents,)."""

    def of(self, alias: str, success: int) -> dict[str, dict[str, float | None]]:
        """Return choice -> value -> minutes, null where there is no time horizon."""
        place = self.agents.index(alias)
        told: dict[str, dict[str, float | None]] = {}
        for (choice, value, own), found in self.doublings.items():
            if own == success:
                finite = np.isfinite(found[place]) and abs(found[place]) < OPEN
                told.setdefault(choice, {})[value] = float(2.0 ** found[place]) if finite else None
        return told


def sensitivities(asked: Asked, how: Counting, success: Sequence[int]) -> Sensitivities:
    """Return the time horizons with one way to count changed at a time from `how`."""
    ways = [("limits", str(way), replace(how, limits=way)) for way in LIMITS]
    if asked.n[INVALID_SUCCESS].any():
        ways += [("invalid_success", str(way), replace(how, invalid=way)) for way in INVALID]
    found: dict[tuple[str, str, int], Floats] = {}
    for choice, value, way in ways:
        fits = fit(asked.cells(way))
        found.update({(choice, value, one): fits.doublings_at(one / 100) for one in success})
    return Sensitivities(asked.agents, found)


def warnings_of(asked: Asked, how: Counting) -> Iterator[str]:
    """Yield one line for each agent whose 50 % time horizon hangs on how attempts are counted."""
    told = sensitivities(asked, how, (HALF,))
    for place, alias in enumerate(asked.agents):
        for choice, what, cls in (
            ("limits", "attempts that a limit ended", LIMIT),
            ("invalid_success", "invalid successes", INVALID_SUCCESS),
        ):
            minutes = told.of(alias, HALF).get(choice, {})
            known = [value for value in minutes.values() if value]
            if known and max(known) > TELLING * min(known):
                each = ", ".join(f"{way} {_told(value)}" for way, value in minutes.items())
                share = asked.n[cls, place].sum() / asked.n[:, place].sum()
                yield f"{alias}: the 50 % time horizon hangs on {what} ({share:.0%} of all): {each} min"


def _told(minutes: float | None) -> str:
    return "undefined" if minutes is None else f"{minutes:.3g}"
