"""D5: at the margin, where time explains half, a failure is a false alarm; unknown is the coverage."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.characteristics.checks._timed import Size, explaining, world_suite
from tests.characteristics.design import Design, first_family

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from tasklaws.assess.evidence import Evidence, Suite

MARGIN = "at the margin: the interval holds half in the share that is unknown, .90 asked"


def judged(suite: Callable[[np.random.Generator], Suite], rng: np.random.Generator) -> Evidence:
    """Return the evidence on the first family of a drawn suite."""
    return first_family(suite(rng))


def design(name: str, share: float, size: Size, **about: object) -> Design:
    """Return a design where time explains `share` of difficulty."""
    draw = partial(judged, lambda rng: explaining(share, size, rng))
    kind = "null" if share >= 0.5 else "alternative"
    return Design(name, "human_time", kind, draw, **{"note": MARGIN, **about})  # type: ignore[arg-type]


DESIGNS = (
    design("one family, 6 x 20 x 8", 0.5, Size(1, 20)),
    design("one family, 6 x 20 x 8, shock .54", 0.5, Size(1, 20, shock=0.54)),
    design("10 families x 6, 6 rungs x 8", 0.5, Size()),
    design("10 families x 6, 6 rungs x 8, shock .54", 0.5, Size(shock=0.54)),
    design("8 families x 7, 8 rungs x 24, shock .3", 0.5, Size(8, 7, 8, runs=24, shock=0.3)),
    design("8 families x 6, 16 models x 20, shock .54", 0.5, Size(8, 6, 8, 2, 20, shock=0.54)),
    design("6 families x 20, 6 rungs x 8, shock .54", 0.5, Size(6, 20, shock=0.54)),
    design("time explains 85 %, shock .54", 0.85, Size(shock=0.54), note="sound"),
    Design(
        "W7 spread_skills, 6 x 8",
        "human_time",
        "null",
        partial(judged, lambda rng: world_suite("spread_skills", 6, 8, rng)),
        note="the good world",
    ),
    design("time explains 10 %, shock .3", 0.1, Size(shock=0.3), asked=0.5, note="no power is published"),
    design("time explains nothing, one family", 0.0, Size(1, 20), asked=0.5, note="no power is published"),
)
