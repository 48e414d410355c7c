"""W5: answers whose tokens err by themselves, so that an answer of L tokens is right with p^L."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.world import Drawn, World, WorldOptions
from tasklaws.worlds._drawing import drawn
from tasklaws.worlds._ladder import ladder, stated
from tasklaws.worlds._token_worlds import LAW, laws, thresholds

if TYPE_CHECKING:
    from tasklaws.spec.ladder import Rung


def correlation(rung: Rung) -> float:  # noqa: ARG001  none, at any size
    """Return 0."""
    return 0.0


def draw(options: WorldOptions) -> Drawn:
    """Return runs in which accuracy is a power of the share of right tokens."""
    rungs = ladder(options.rungs)
    about = {**stated(LAW), "thresholds": thresholds(), "token_correlation": {r.model: 0.0 for r in rungs}}
    return drawn(options, "W5", rungs, laws(rungs, correlation), about=about)


WORLD = World(
    "independent_tokens",
    "W5",
    "answers of 2 to 40 tokens that err independently: right with p^L",
    source="arXiv 2304.15004, section 2; seed 001 (addition); formal model, P1, P3 and P7",
    status="published",
    draw=draw,
    tests="accuracy is the share of right tokens to the power of the length: a smooth metric foretells it",
)
