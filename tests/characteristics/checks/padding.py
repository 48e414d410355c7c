"""D6: slopes within families from none to as steep as between them, a padded family, and the twins of W8."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from tests.characteristics.checks._timed import Size, sloped, world_suite
from tests.characteristics.design import Design, first_family

if TYPE_CHECKING:
    import numpy as np

    from tasklaws.assess.evidence import Evidence


def draw(ratio: float, size: Size, about: dict[str, Any], rng: np.random.Generator) -> Evidence:
    """Return the evidence on the first family of a suite with this slope within families."""
    return first_family(sloped(ratio, size, rng, **about))


def padded(family: str, rng: np.random.Generator) -> Evidence:
    """Return the evidence on one family of W8 at 6 rungs and 8 runs of a cell."""
    return world_suite("padded", 6, 8, rng).evidence(family)


def design(
    name: str,
    ratio: float,
    size: Size,
    asked: float = 0.05,
    *,
    kind: Literal["null", "alternative"] = "null",
    note: str = "",
    **about: Any,
) -> Design:
    """Return a design of a suite with this slope within families."""
    return Design(name, "padding", kind, partial(draw, ratio, size, about), asked, note)


KNOWN = Size(rungs=8, runs=400, people=100)
"""Difficulties and times all but known, as in the formal model."""

DESIGNS = (
    design("ratio .25, all known", 0.25, KNOWN, 0.063, between=3.0, note="published .063, the margin"),
    design("ratio .25", 0.25, Size(), note="the margin"),
    design(
        "ratio .25, 8 x 7, 8 rungs x 24, shock .3", 0.25, Size(8, 7, 8, runs=24, shock=0.3), note="the margin"
    ),
    design(
        "ratio .25, 8 x 6, 16 models x 20, shock .54",
        0.25,
        Size(8, 6, 8, 2, 20, shock=0.54),
        note="the margin",
    ),
    design("ratio .25, 6 families x 20, shock .54", 0.25, Size(6, 20, shock=0.54), note="the margin"),
    design("ratio 1, shock .54", 1.0, Size(shock=0.54), note="sound; published 0"),
    design(
        "family at a quarter of the slope, 6 x 20, shock .54",
        1.0,
        Size(6, 20, shock=0.54),
        first=(0.25, 1.0, 4.0),
        note="the margin of the family's own slope",
    ),
    design(
        "family twice as long, 6 x 20, shock .54",
        1.0,
        Size(6, 20, shock=0.54),
        first=(1.0, 2.0, 1.0),
        note="the margin of the family's own length",
    ),
    design("ratio 0, all known", 0.0, KNOWN, 0.67, kind="alternative", note="published .67", between=3.0),
    design("ratio 0, 6 rungs x 8", 0.0, Size(), 0.67, kind="alternative", note="with noise"),
    design(
        "flat family of 20 from seconds to days",
        1.0,
        Size(8, 20),
        0.5,
        kind="alternative",
        note="no power is published",
        first=(0.0, 1.0, 4.0),
    ),
    Design("W8, a padded family", "padding", "alternative", partial(padded, "coding_padded"), 0.5, "twins"),
)
